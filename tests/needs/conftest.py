"""People with roles and a unit with something to settle, as the admin's tests have them."""

from tests.admin.conftest import accountant, exporter, foreign, riverside, sign_in, viewer
from tests.admin.home.conftest import troubles

__all__ = ["accountant", "exporter", "foreign", "riverside", "sign_in", "troubles", "viewer"]
