"""What templates write: amounts, the token of a form that acts once, that no worker is there."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sync import words
from sync.models import Heartbeat
from sync.models.used_forms import FIELD, new_token
from sync.operations import heartbeats

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Write an amount as people read it: $1,234.50."""
    return words.money(amount, currency)


@register.filter
def told(text: str) -> str:
    """Write what was stored in the language of who reads."""
    return words.told(text)


@register.filter(expects_localtime=True)
def written(value: date | None, kind: str) -> str:
    """Write a date or time as `sync.words` does; nothing where there is none."""
    return words.written(value, kind) if value else ""


@register.filter
def main_landmark(page: SafeString) -> SafeString:
    """Say of the theme's page which part is the page's own, and let it take the focus."""
    return SafeString(page.replace('<div id="main"', '<div id="main" role="main" tabindex="-1"', 1))


@register.simple_tag(takes_context=True)
def form_token(context: dict[str, Any], sent_to: str = "") -> SafeString:
    """Write the field by which the form acts once; name the address if it is sent elsewhere."""
    request = context["request"]
    token = new_token(request.user.pk, sent_to or request.path)
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, token)


@register.inclusion_tag("admin/sync/common/no_worker.html")
def no_worker() -> dict[str, Any]:
    """Say on a page that waits for a worker that none is there, and since when."""
    if heartbeats.live_workers():
        return {"is_missing": False}
    return {"is_missing": True, "since": heartbeats.last_seen(Heartbeat.Kind.WORKER)}
