"""What may stand in a log: paths without their query, which can hold codes and customers' names."""

from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware as StructlogRequestMiddleware


class RequestMiddleware(StructlogRequestMiddleware):
    """Logs each request by method and path alone."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Return what names the request in the log."""
        return f"{request.method} {request.path}"
