"""The exported payments of the report's tests serve here too."""

from tests.discrepancies.conftest import exported, unit

__all__ = ["exported", "unit"]
