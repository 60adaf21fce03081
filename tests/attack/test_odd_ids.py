"""An id that is none, and a field without a name, are a page that is not there."""

import pytest
from django.urls import NoReverseMatch, reverse

from tests.attack.pages import pages
from tests.sampled import one_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nowhere")]
OF_A_ROW = [page for page in pages() if page.keywords == ("object_id",)]


@pytest.mark.parametrize("kind", one_in(2, ["accountant", "superuser"]))
def test_no_odd_id_breaks_the_page_of_a_row(people, targets, kind):
    broken = {}
    for page in OF_A_ROW:
        for odd in ("²", "a/b", "%ED%A0%80", "9" * 30):
            try:
                address = reverse(page.name, args=[odd])
            except NoReverseMatch:  # it takes numbers only
                continue
            if (status := people[kind].get(address).status_code) >= 500:
                broken[address] = status
        address = page.address(targets["own"])
        if address and (status := people[kind].get(f"{address}?_to_field=").status_code) >= 500:
            broken[address] = status
    assert broken == {}
