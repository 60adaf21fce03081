"""How templates write amounts."""

from decimal import Decimal

from django import template

from sync.exports.rules import reasons

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Write an amount as people read it: $1,234.50."""
    return reasons.money(amount, currency)
