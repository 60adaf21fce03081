"""HTTP with one total deadline a request, no second try, and proof of whether bytes left.

A read timeout starts anew with each byte that arrives, so a server that drips outlives it. Here
every single wait on the socket is given only what is left of the whole. Retries and redirects
are off: a request that was sent is sent once. What the environment says (proxies, .netrc, which
would replace the Authorization header) is ignored: tokens go where the settings say.
"""

from __future__ import annotations

import io
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    import socket

    from typing_extensions import Buffer

# Everything that requests, urllib3, http.client and the socket raise when a request breaks.
BROKEN = (OSError, HTTPError, HTTPException)


@dataclass(frozen=True, slots=True)
class Config:
    """Where QuickBooks is, who asks, and how long an answer may take, in seconds."""

    environment: str
    client_id: str
    client_secret: str = field(repr=False)
    discovery_url: str
    api_url: str
    redirect_uri: str
    send_deadline: float
    connect_timeout: float


def from_settings() -> Config:
    """The configuration of this installation."""
    return Config(
        environment=settings.QUICKBOOKS_ENVIRONMENT,
        client_id=settings.QUICKBOOKS_CLIENT_ID,
        client_secret=settings.QUICKBOOKS_CLIENT_SECRET,
        discovery_url=settings.QUICKBOOKS_DISCOVERY_URL,
        api_url=settings.QUICKBOOKS_API_URL,
        redirect_uri=settings.QUICKBOOKS_REDIRECT_URI,
        send_deadline=settings.QUICKBOOKS_SEND_DEADLINE,
        connect_timeout=settings.QUICKBOOKS_CONNECT_TIMEOUT,
    )


class TransportError(Exception):
    """No answer came; names neither address nor body."""


class NotSent(TransportError):
    """Not one byte of the request can have left."""


class OutcomeUnknown(TransportError):
    """Bytes of the request may have left, so it may have been carried out."""


class Attempt:
    """The clock of one request, and whether its first byte was handed to the network."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self.has_written = False

    def remaining(self) -> float:
        """Seconds left; raises TimeoutError when there are none."""
        seconds = self._ends_at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the deadline has passed")
        return seconds


_current: ContextVar[Attempt] = ContextVar("quickbooks_attempt")


class DeadlineSession(requests.Session):
    """A session whose every request ends within `send_deadline` seconds, answered or not.

    Not for several threads at once: `attempt` is the latest request's.
    """

    send_deadline = 60.0
    connect_timeout = 10.0

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.attempt = Attempt(0)
        self.mount("https://", DeadlineAdapter())
        self.mount("http://", DeadlineAdapter())

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """One request, one answer read to its end; a redirect is an answer like any other."""
        self.attempt = Attempt(self.send_deadline)
        kwargs["allow_redirects"] = False
        kwargs["timeout"] = (min(self.connect_timeout, self.send_deadline), self.send_deadline)
        token = _current.set(self.attempt)
        try:
            return super().request(method, url, *args, **kwargs)
        finally:
            _current.reset(token)


class DeadlineAdapter(HTTPAdapter):
    """Opens connections whose sockets watch the deadline; keeps one of them alive."""

    def __init__(self) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Puts the watching connections under the usual pools."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class _WatchedSocket:
    """A socket on which each wait lasts at most until the deadline of the current request."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def sendall(self, data: Buffer) -> None:
        attempt = _current.get()
        unsent = memoryview(data).cast("B")
        while unsent:
            self._sock.settimeout(attempt.remaining())
            attempt.has_written = True
            unsent = unsent[self._sock.send(unsent) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_WatchedReader(self._sock))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _WatchedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._sock = sock
        self._stream = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int | None:
        self._sock.settimeout(_current.get().remaining())
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock: Any = _WatchedSocket(self.sock)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock: Any = _WatchedSocket(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
