"""Which pages may evaluate texts as scripts: those of the admin's theme, and no others.

The theme's Alpine and htmx do (ARCHITECTURE.md, "Scripts"); no page of ours needs it.
"""

from csp.constants import UNSAFE_EVAL
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.templatetags.static import static

THEME = "unfold/js/alpine/alpine.js"


class ScriptsMiddleware(CSPMiddleware):
    """The site's policy, with the theme's leave for pages that load the theme."""

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,  # noqa: FBT001, FBT002 - as its own
    ) -> PolicyParts:
        parts: PolicyParts = super().get_policy_parts(request, response, report_only)
        if not report_only and _loads_the_theme(response):
            parts.update = {**(parts.update or {}), "script-src": [UNSAFE_EVAL]}
        return parts


def _loads_the_theme(response: HttpResponseBase) -> bool:
    """Say whether it is a page with the theme's scripts; a text that names them is escaped."""
    if not isinstance(response, HttpResponse) or "html" not in response.get("Content-Type", ""):
        return False
    return f'<script src="{static(THEME)}"'.encode() in response.content
