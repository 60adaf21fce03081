"""Compressing answers that are not compressed yet."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class WholeAnswers(GZipMiddleware):
    """Compresses whole answers: a piece of a file is asked for by its bytes as they lie there."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        return (
            response if response.status_code == 206 else super().process_response(request, response)
        )
