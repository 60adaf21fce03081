"""Where QuickBooks is and how long it may take to answer, read from the settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the room needs to know; times are in seconds."""

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
