"""The typed door to intuit-oauth, with our deadlines and a kept discovery document under it."""

from __future__ import annotations

import io
import time
from typing import Any

import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError as ClientError
from requests.adapters import BaseAdapter

from sync.quickbooks.transport import Config, DeadlineAdapter, DeadlineSession

__all__ = ["ClientError", "Handshake", "Scopes"]

# Intuit's endpoints change with long notice; a day keeps us from asking at every refresh.
DISCOVERY_SECONDS = 24 * 60 * 60
_ENDPOINTS = {
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "issuer",
    "jwks_uri",
    "userinfo_endpoint",
}

_kept: dict[str, tuple[float, bytes]] = {}


class _DiscoveryAdapter(BaseAdapter):
    """Answers for the discovery document from memory, and asks Intuit only when it is old."""

    def __init__(self, network: BaseAdapter) -> None:
        super().__init__()
        self._network = network

    def send(self, request: requests.PreparedRequest, *args: Any, **kw: Any) -> requests.Response:
        fetched_at, body = _kept.get(request.url or "", (0.0, b""))
        if body and time.monotonic() - fetched_at < DISCOVERY_SECONDS:
            return _answer(request, body)
        response = self._network.send(request, *args, **kw)
        if response.status_code == 200 and _is_complete(response):
            _kept[request.url or ""] = (time.monotonic(), response.content)
        return response

    def close(self) -> None:
        self._network.close()


def _answer(request: requests.PreparedRequest, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code = 200
    response.url = request.url or ""
    response.request = request
    response.raw = io.BytesIO(body)
    return response


def _is_complete(response: requests.Response) -> bool:
    try:
        document = response.json()
    except ValueError:
        return False
    return isinstance(document, dict) and document.keys() >= _ENDPOINTS


class _Session(DeadlineSession):
    _discovery_url: str

    def __init__(self) -> None:
        super().__init__()
        self.mount(self._discovery_url, _DiscoveryAdapter(DeadlineAdapter()))


class Handshake(AuthClient, _Session):  # type: ignore[misc]
    """One use of intuit-oauth's client; its constructor runs ours before it asks anything."""

    def __init__(self, config: Config) -> None:
        self.send_deadline = config.send_deadline
        self.connect_timeout = config.connect_timeout
        self._discovery_url = config.discovery_url
        AuthClient.__init__(
            self,
            client_id=config.client_id,
            client_secret=config.client_secret,
            redirect_uri=config.redirect_uri,
            environment=config.discovery_url,
        )
        # Asks for the day after which no refresh helps and a person must reconnect.
        self.headers["x-include-refresh-token-hard-expires-in"] = "true"
