"""How templates write amounts, and the token of a form that acts once."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sync.exports.rules import reasons
from sync.models.used_forms import FIELD, new_token

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Write an amount as people read it: $1,234.50."""
    return reasons.money(amount, currency)


@register.simple_tag(takes_context=True)
def form_token(context: dict[str, Any], sent_to: str = "") -> SafeString:
    """Write the field by which the form acts once; name the address if it is sent elsewhere."""
    request = context["request"]
    token = new_token(request.user.pk, sent_to or request.path)
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, token)
