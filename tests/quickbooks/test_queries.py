from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.quickbooks.queries import quote, where_in


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("1042", "'1042'"),
        ("O'Neil", r"'O\'Neil'"),
        ("50% off", "'50% off'"),
        ("back\\slash", r"'back\\slash'"),
        ("ends\\", r"'ends\\'"),
        ("\\'", r"'\\\''"),
    ],
)
def test_quote_escapes_what_would_end_the_text(value, quoted):
    assert quote(value) == quoted


@given(st.text())
def test_quoted_text_never_ends_early_and_reads_back(value):
    inner = re.fullmatch(r"'((?:[^'\\]|\\.)*)'", quote(value), re.DOTALL)
    assert re.sub(r"\\(.)", r"\1", inner[1], flags=re.DOTALL) == value


def test_where_in_lists_the_values():
    assert where_in("DocNumber", ["1", "O'2"]) == r"DocNumber IN ('1', 'O\'2')"


def test_where_in_of_nothing_is_refused():
    with pytest.raises(ValueError, match="DocNumber"):
        where_in("DocNumber", [])
