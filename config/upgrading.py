"""Pages while code and schema differ, or the database takes nothing: 503, and when to come back."""

import time

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from config import errors
from sync.models import Heartbeat
from sync.operations import heartbeats, schema

UPGRADED_AFTER = 30
"""Seconds after which a monitor, a webhook or the page itself asks again."""
BACK_AFTER = 10


class UpgradingMiddleware:
    """Answers instead of every page that needs the database, while it is another release's.

    It looks once in SCHEMA_LOOK_SECONDS, and whenever a page failed.
    """

    def __init__(self, get_response: errors.View) -> None:
        self._get_response = get_response
        self._look_at = 0.0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SCHEMA_LOOK_SECONDS and time.monotonic() >= self._look_at:
            if schema.differs():
                return _upgrading(request)
            self._look_at = time.monotonic() + settings.SCHEMA_LOOK_SECONDS
        response = self._get_response(request)
        if response.status_code != 500:
            return response
        if schema.differs():
            return _upgrading(request)
        return response if _takes_writes() else _answer(request, errors.AWAY, BACK_AFTER)


def _upgrading(request: HttpRequest) -> HttpResponse:
    return _answer(request, errors.UPGRADING, UPGRADED_AFTER)


def _answer(request: HttpRequest, words: errors.Words, seconds: int) -> HttpResponse:
    # Who they are stands in the database, so the browser says in which language.
    with translation.override(translation.get_language_from_request(request)):
        answer = errors.page(request, words, 503)
    answer["Retry-After"] = str(seconds)
    if request.method == "GET":
        answer["Refresh"] = str(seconds)
    return answer


def _takes_writes() -> bool:
    try:
        heartbeats.beat(Heartbeat.Kind.PROBE)
    except DatabaseError:
        return False
    return True
