"""Where Intuit posts what changed: checked, stored, answered; looked at by a worker."""

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from sync.discrepancies.webhooks import receive
from sync.quickbooks.webhooks import SIGNATURE_HEADER, NotANotification, is_signed, notices_in

log = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Take in one notification; what Intuit did not sign is refused, and its body never logged."""
    try:
        body = request.body
    except RequestDataTooBig:
        return _refused("too long", 413)
    if not is_signed(body, request.headers.get(SIGNATURE_HEADER, "")):
        return _refused("not signed by Intuit", 401, len(body))
    try:
        notices = notices_in(body)
    except NotANotification:
        return _refused("neither of the formats", 400, len(body))
    receive(notices)
    return HttpResponse(status=200)


def _refused(why: str, status: int, size: int = 0) -> HttpResponse:
    log.warning("webhook.refused", why=why, size=size)
    return HttpResponse(status=status)
