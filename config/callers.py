"""From where each request comes, so that the activity can tell it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from sync.models.events import called_from


def caller_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Let the events that a request writes bear the address that it came from."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with called_from(request.META.get("REMOTE_ADDR", "")):
            return get_response(request)

    return middleware
