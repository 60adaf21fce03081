"""A unit whose company kept its books before, and an accountant who decides."""

import pytest

from sync.connections import books_step
from sync.models import BusinessUnit, CompanyRequest
from tests.exports.conftest import bookkeeper, calm, lee, serve

__all__ = ["bookkeeper", "calm", "lee"]


@pytest.fixture
def read(unit, lee):
    """Read customers and books, as a person who presses Read again; return what was found."""

    def asked():
        fresh = BusinessUnit.objects.prefetch_related("setups").get(pk=unit.pk)
        serve(request := books_step.read_again(fresh, lee))
        assert request.state == "done", request.error
        return request.result

    return asked


@pytest.fixture
def link():
    """Serve what was chosen; return how many were linked and refused."""

    def served():
        request = CompanyRequest.objects.filter(kind="link_books").latest("id")
        serve(request)
        assert request.state == "done", request.error
        return request.result["linked"], request.result["refused"]

    return served
