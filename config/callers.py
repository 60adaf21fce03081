"""From where each request comes: past the proxies that are trusted, for limits and the activity."""

from collections.abc import Callable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from sync.models.events import called_from

Network: TypeAlias = IPv4Network | IPv6Network
# A web server that listens on a socket of this machine is told no address of its proxy.
SOCKET = "unix"


def networks_of(named: Sequence[str]) -> list[Network]:
    """Return the networks that are named by address or CIDR; ValueError where one is neither."""
    return [ip_network(name) for name in named if name != SOCKET]


def caller_of(peer: str, forwarded: str, proxies: Sequence[str]) -> str:
    """Return the address of who calls: the last one that no trusted proxy has.

    `peer` is the other end of the connection, `forwarded` the header X-Forwarded-For, which each
    trusted proxy ends with whom it spoke to. What stands before that, anybody may have written.
    """
    trusted = networks_of(proxies)
    known = peer
    for said in (peer, *reversed(forwarded.split(","))):
        try:
            address = _address(said.strip())
        except ValueError:
            if said == peer == "" and SOCKET in proxies:
                continue
            return known
        known = str(address)
        if not any(address in network for network in trusted):
            return known
    return known


def _address(said: str) -> IPv4Address | IPv6Address:
    """Return an address as it is written: some proxies add a port, some sockets map IPv4."""
    bare = said.partition("]")[0].lstrip("[")
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    address = ip_address(bare)
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def caller_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Let all that a request does know the address that it came from."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.META["REMOTE_ADDR"] = caller_of(
            request.META.get("REMOTE_ADDR", ""),
            request.META.get("HTTP_X_FORWARDED_FOR", ""),
            settings.TRUSTED_PROXIES,
        )
        with called_from(request.META["REMOTE_ADDR"]):
            return get_response(request)

    return middleware
