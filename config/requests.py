"""What no page can do anything with is refused before one sees it."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]
NUL = "\0"  # PostgreSQL takes it in no text, and no person types it


class ReadableMiddleware:
    """Answers 400 to an address or a form that holds a NUL."""

    def __init__(self, get_response: View) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: View, *_: Any) -> None:
        """Look at the form only where pages of ours send it; others' bodies are read elsewhere."""
        reads_form = not getattr(view, "csrf_exempt", False)
        if any(NUL in text for text in _texts(request, reads_form=reads_form)):
            raise BadRequest("It holds a NUL.")


def _texts(request: HttpRequest, *, reads_form: bool) -> Iterator[str]:
    yield request.path
    for form in (request.GET, request.POST) if reads_form else (request.GET,):
        for name, texts in form.lists():
            yield from (name, *map(str, texts))
