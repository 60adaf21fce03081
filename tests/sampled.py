"""Cases of a kind of which each proves little more: some run always, all by hand."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest


def one_in(share: int, cases: Iterable[Any]) -> list[Any]:
    """Mark all but every so manieth case as long (`make test-long`)."""
    return [
        pytest.param(*_values(case), marks=[pytest.mark.long] if number % share else [])
        for number, case in enumerate(cases)
    ]


def _values(case: Any) -> Sequence[Any]:
    return case if isinstance(case, tuple) else (case,)
