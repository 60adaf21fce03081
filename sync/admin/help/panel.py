"""The help of the page that is open."""

from collections import ChainMap
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from sync.admin.help import bookkeeping, exports, incoming, money, quickbooks, site
from sync.admin.help.help import Help

TEXTS: ChainMap[str, Help] = ChainMap(
    money.TEXTS, incoming.TEXTS, exports.TEXTS, quickbooks.TEXTS, bookkeeping.TEXTS, site.TEXTS
)
# Pages of many lists that say themselves what they are about.
_ASKING = (
    "accept", "allow", "ask", "decide", "disconnect", "hold", "link", "names", "one", "release",
    "retry", "review",
)  # fmt: skip
_KINDS = {"history": site.HISTORY, "delete": site.DELETE} | dict.fromkeys(_ASKING, site.ASKS)


def help_of(name: str) -> Help | None:
    """Return the help of a page by the name of its address; None where there is none."""
    return TEXTS.get(name) or _KINDS.get(name.rpartition("_")[2])


def page_with_help(request: HttpRequest) -> dict[str, Any]:
    """Name to every template the page that is asked for, if it has help: a context processor."""
    match = request.resolver_match
    name = match.url_name if match else None
    return {"page_with_help": name if name and help_of(name) else None}


def show_help(request: HttpRequest) -> HttpResponse:
    """Answer what a page is and what its buttons do, for the panel beside it."""
    name = request.GET.get("of", "")
    found = help_of(name)
    if found is None:
        raise Http404
    shown = {"help": found, "is_list": name.endswith("_changelist")}
    return TemplateResponse(request, "admin/sync/help/text.html", shown)
