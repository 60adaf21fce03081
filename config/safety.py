"""Which starts are refused: whatever is real needs secrets of its own and a site of its own.

A start is real where QuickBooks is not simulated, DEBUG is off, or others can reach SITE_URL.
"""

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

INSECURE_SECRET_KEY = "paidup-development-key-not-for-production-0123456789"  # noqa: S105
INSECURE_ENCRYPTION_KEY = "cGFpZHVwLWRldmVsb3BtZW50LWtleS0wMTIzNDU2Nzg="
SIMULATORS_CLIENT, SIMULATORS_SECRET, SIMULATORS_VERIFIER = (
    "simulator-client",
    "simulator-secret",
    "simulator-verifier",
)
LEAST_SECRET = 32
KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The settings that decide whether a start is safe."""

    debug: bool
    environment: str
    site_url: str
    allowed_hosts: Sequence[str]
    secret_key: str
    encryption_keys: Sequence[str]
    client_id: str
    client_secret: str
    verifier_token: str

    @property
    def is_simulated(self) -> bool:
        return self.environment == "simulator"

    @property
    def is_local(self) -> bool:
        """Say whether only this machine can reach the site."""
        host = urlsplit(self.site_url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    @property
    def is_real(self) -> bool:
        return not (self.debug and self.is_simulated and self.is_local)


def refusals(start: Start) -> list[str]:
    """Return what must be set before this start is allowed, each by the name of its variable."""
    keys = [f"FIELD_ENCRYPTION_KEYS ({words})" for words in _bad_keys(start.encryption_keys)]
    return keys if not start.is_real else [*_site(start), *_secrets(start), *keys]


def _site(start: Start) -> Iterator[str]:
    if start.debug:
        yield "DEBUG=false"
    if "*" in start.allowed_hosts or not start.allowed_hosts:
        yield "ALLOWED_HOSTS (name the hosts, not *)"
    if not start.is_local and not start.site_url.startswith("https://"):
        yield "SITE_URL (https, so that cookies are secure)"


def _secrets(start: Start) -> Iterator[str]:
    if start.secret_key == INSECURE_SECRET_KEY or len(start.secret_key) < LEAST_SECRET:
        yield f"SECRET_KEY (your own, {LEAST_SECRET} characters or more)"
    if INSECURE_ENCRYPTION_KEY in start.encryption_keys:
        yield "FIELD_ENCRYPTION_KEYS (your own: manage.py make_key)"
    if start.secret_key in {*start.encryption_keys, start.client_secret, start.verifier_token}:
        yield "SECRET_KEY (used for nothing else)"
    if start.is_simulated and start.is_local:
        return
    # A simulated QuickBooks knows its own client, but webhooks come from anywhere.
    if not start.is_simulated and start.client_id in {"", SIMULATORS_CLIENT}:
        yield "QUICKBOOKS_CLIENT_ID"
    if not start.is_simulated and start.client_secret in {"", SIMULATORS_SECRET}:
        yield "QUICKBOOKS_CLIENT_SECRET"
    if start.verifier_token in {"", SIMULATORS_VERIFIER}:
        yield "QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN"


def _bad_keys(keys: Sequence[str]) -> Iterator[str]:
    for number, key in enumerate(keys, 1):
        try:
            is_key = len(urlsafe_b64decode(key)) == KEY_BYTES
        except (binascii.Error, ValueError):
            is_key = False
        if not is_key:
            yield f"number {number} is not a key: manage.py make_key gives one"
