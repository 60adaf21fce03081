"""Names that QuickBooks refuses, changed by one rule that people are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.quickbooks.documents import fit_name, name_key, name_problem

FREE = frozenset()
COLON = "a colon becomes a hyphen"
BREAKS = "tabs and line breaks become a space"
LETTERS = "letters that QuickBooks cannot store become plain ones"
TAKEN = "the customer's number is added, as the name is taken"
CUT = "it is cut to 500 characters with the customer's number"


def fitted(name, taken=FREE, **more):
    found = fit_name(name, "C7", lambda text: name_key(text) in taken, **more)
    return found and (found.name, found.rule)


@pytest.mark.parametrize(
    ("name", "taken", "becomes"),
    [
        ("Smith:Unit 4", FREE, ("Smith-Unit 4", COLON)),
        ("Ann\tLee", FREE, ("Ann Lee", BREAKS)),
        ("Ann \r\n  Lee", FREE, ("Ann Lee", BREAKS)),
        ("HOA: Building C", FREE, ("HOA - Building C", COLON)),
        ("Ann:Lee\tBo", FREE, ("Ann-Lee Bo", f"{COLON}; {BREAKS}")),
        ("O’Brien – “Bo” …", FREE, ('O\'Brien - "Bo" ...', LETTERS)),  # noqa: RUF001
        ("Dvořák", FREE, ("Dvorák", LETTERS)),
        ("Ann\u200b Lee", FREE, ("Ann Lee", LETTERS)),
        ("City Landfill", {"city landfill"}, ("City Landfill (C7)", TAKEN)),
        ("A:B", {"a-b"}, ("A-B (C7)", f"{COLON}; {TAKEN}")),
        ("x" * 501, FREE, (f"{'x' * 495} (C7)", CUT)),
        ("City Landfill", {"city landfill", "city landfill (c7)"}, None),
        ("李明", FREE, None),
    ],
)
def test_the_rule(name, taken, becomes):
    assert fitted(name, taken) == becomes


def test_other_letters_stay_where_the_company_stores_them():
    assert fitted("Dvořák:李明", latin1_only=False) == ("Dvořák-李明", COLON)


@given(st.text(min_size=1, max_size=520), st.booleans())
def test_what_the_rule_makes_is_never_refused(name, latin1_only):
    found = fit_name(name, "C7", lambda _text: False, latin1_only=latin1_only)
    if found is not None:
        assert name_problem(found.name, latin1_only=latin1_only) is None
        assert (found.rule == "") == (found.name == name.strip())
