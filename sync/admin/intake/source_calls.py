"""Where a source calls when something changed: proven, answered, and pulled by a worker."""

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from sync.intake.sources.waking import called

log = structlog.get_logger(__name__)


@csrf_exempt  # other systems post to it; the source's own secret is the proof
@require_POST
def source_call(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Wake a feed for its source; whoever else calls learns nothing of it."""
    try:
        body = request.body
    except RequestDataTooBig:
        return HttpResponse(status=413)
    if called(feed_id, request.headers, body):
        return HttpResponse(status=204)
    log.warning("source_call.refused", feed=feed_id, size=len(body))
    return HttpResponse(status=401)
