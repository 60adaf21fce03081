"""Pages whose form leads on to QuickBooks' sign-in, which the site's policy forbids elsewhere."""

from typing import cast

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse

from sync.connections.handshake import sign_in_origin


def leading_to_sign_in(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let the page's form lead there."""
    update = csp_update({"form-action": [sign_in_origin()]})
    answer = update(lambda _request: response)(request)
    return cast("HttpResponse", answer)
