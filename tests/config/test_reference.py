"""docs/settings.md is what config/settings.py says, and every setting says what it is."""

import re

from config import reference


def test_the_reference_is_current():
    assert reference.REFERENCE.read_text() == reference.text(), "make settings"


def test_every_setting_is_there_with_words():
    read = set(re.findall(r"""env\.\w+\(\s*["'](\w+)["']""", reference.SETTINGS.read_text()))
    rows = re.findall(r"^\| (`.+?`) \| .+ \| (.*) \|$", reference.text(), re.M)
    told = {name for names, words in rows for name in re.findall(r"`(\w+)`", names) if words}
    assert told == read
    assert {"SECRET_KEY", "PORT", "QUICKBOOKS_LEASE", "SENTRY_DSN"} <= told
