"""What probes and monitors ask, answered before sessions, hosts and redirects have their say.

A load balancer asks by address, without TLS and without a name that ALLOWED_HOSTS holds.
"""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from sync.operations import facts, metrics

View = Callable[[HttpRequest], HttpResponse]


class HealthMiddleware:
    """Answers the addresses of HEALTH; everything else goes on."""

    def __init__(self, get_response: View) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = HEALTH.get(request.path_info)
        if answer is None:
            return self._get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        response = answer(request)
        response["Cache-Control"] = "no-store"
        return response


def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """Say what work needs and whether it is there: 200, or 503 where anything is not well."""
    found = facts.all_facts()
    is_ready = all(fact.is_well for fact in found)
    answer: dict[str, object] = {
        "ready": is_ready,
        "facts": {f.name: {"well": f.is_well, "words": f.words} for f in found},
    }
    if is_ready:
        answer["oldest_waiting_seconds"] = facts.oldest_waiting_seconds()
    return JsonResponse(answer, status=200 if is_ready else 503)


def metrics_view(request: HttpRequest) -> HttpResponse:
    """Give the figures to whoever holds METRICS_TOKEN; no page where none is set."""
    token, given = settings.METRICS_TOKEN, request.headers.get("Authorization", "")
    if not token:
        return HttpResponse(status=404)
    if not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(metrics.text(), content_type=CONTENT_TYPE_LATEST)


HEALTH: dict[str, View] = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics_view}
