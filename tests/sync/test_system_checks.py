"""System checks: what is misconfigured is refused at start."""

import pytest
from django.core.checks import run_checks

NAMES = {
    "QUICKBOOKS_ENVIRONMENT": ("prod", "paidup.E001"),
    "QUICKBOOKS_BULK_LANES": ("all", "paidup.E002"),
    "QUICKBOOKS_LEASE": (90, "paidup.E004"),
    "QUICKBOOKS_REQUESTS_AT_ONCE": (1, "paidup.E006"),
}


def ours():
    """Return the ids of our errors."""
    return [error.id for error in run_checks() if str(error.id).startswith("paidup.")]


def test_the_settings_as_they_come_are_good():
    assert ours() == []


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_setting_is_refused(settings, name):
    value, error = NAMES[name]
    settings.QUICKBOOKS_SEND_DEADLINE = 90
    setattr(settings, name, value)
    assert ours() == [error]
