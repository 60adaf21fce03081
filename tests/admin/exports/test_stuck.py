"""A company whose exports cannot go on says so: on the home page, its units' pages and its runs."""

import pytest
from django.urls import reverse

from sync.company.isolation import say_going_on, say_stuck, unexpected
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare
from sync.models import Payment

WORDS = "Something unexpected stops exports."


@pytest.fixture
def pages(exporter, riverside, fully_paid):
    """Return what the three pages say, each in small letters on one line."""
    [draft] = prepare(list(Payment.objects.values_list("pk", flat=True)), exporter.user)
    run = runs.confirm(draft, exporter.user)
    addresses = [
        reverse("admin:index"),
        reverse("admin:sync_businessunit_quickbooks", args=[riverside.pk]),
        run.get_absolute_url(),
    ]
    return lambda: [exporter.get(address).content.decode() for address in addresses]


def test_three_pages_say_so_until_it_goes_on(pages, riverside):
    company = riverside.quickbooks_company
    assert [WORDS in page for page in pages()] == [False] * 3
    trouble = unexpected(ValueError("Secret Smith"))
    say_stuck(company.pk, trouble)
    told = pages()
    assert [WORDS in page for page in told] == [True] * 3
    assert all(trouble.id in page and "Secret Smith" not in page for page in told)
    company.refresh_from_db()
    since = company.stuck_since
    say_stuck(company.pk, unexpected(ValueError()))
    company.refresh_from_db()
    assert company.stuck_since == since
    say_going_on(company)
    assert [WORDS in page for page in pages()] == [False] * 3


def test_a_company_without_a_connection_says_only_that(pages, riverside):
    company = riverside.quickbooks_company
    say_stuck(company.pk, unexpected(ValueError()))
    company.status = "disconnected"
    company.save(update_fields=["status"])
    assert [WORDS in page for page in pages()[:2]] == [False] * 2
