"""What the theme works out anew for every row of a list, worked out once."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

if TYPE_CHECKING:  # unfold ships no types
    checkbox: Any
    unfold_list: Any
else:
    from unfold.admin import checkbox
    from unfold.templatetags import unfold_list

_ANY_ROW = "any-row"
_headers_of = unfold_list.result_headers


def tick_box(pk: Any) -> SafeString:
    """Return the box that ticks a row, as the theme draws it."""
    before, after = _around(get_language())
    return format_html("{}{}{}", before, pk, after)


@lru_cache
def _around(_language: str | None) -> tuple[SafeString, SafeString]:
    before, _, after = checkbox.render(ACTION_CHECKBOX_NAME, _ANY_ROW).partition(_ANY_ROW)
    return SafeString(before), SafeString(after)


def headers_once(cl: Any) -> list[dict[str, Any]]:
    """Return a list's headers: the theme asks for all of them again to label a row's cells."""
    if "headers" not in vars(cl):
        cl.headers = list(_headers_of(cl))
    headers: list[dict[str, Any]] = cl.headers
    return headers


def to_row(context: dict[str, Any], url: str) -> str:
    """Return a row's address with the list's filters; the theme looks up each address first."""
    filters = context["preserved_filters"]
    return f"{url}?{filters}" if filters else url


unfold_list.result_headers = headers_once
unfold_list.add_preserved_filters = to_row
