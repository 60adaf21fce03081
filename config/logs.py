"""What may stand in a log: paths without their query, which can hold codes and customers' names."""

import logging

from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware as StructlogRequestMiddleware


class RequestMiddleware(StructlogRequestMiddleware):
    """Logs each request by method and path alone."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Return what names the request in the log."""
        return f"{request.method} {request.path}"


class WithoutErrorsText(logging.Filter):
    """Cuts a failed task's result off django-q2's line: an error's text may name customers."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the line; it is never held back."""
        if record.levelno >= logging.ERROR:
            record.msg, record.args = record.getMessage().partition(" - ")[0], None
        return True
