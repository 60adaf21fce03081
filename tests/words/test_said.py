"""What is stored in words is told each reader in her language; all else takes it for English."""

import copy
import hashlib
import json
from datetime import date
from decimal import Decimal

import pytest
from django.utils.translation import override

from sync.company.tokens import NotConnected
from sync.models import CompanyRequest
from sync.models.sql import update_each
from sync.words import both, listed, plainly, read, stored, stored_count, together, told, words_of
from tests.factories import QuickBooksCompanyFactory

GONE = stored("It is no longer in QuickBooks.")
DUE = stored(
    "Invoice %(number)s still has %(due)s due.", number="R-7", due=(Decimal("1234.50"), "USD")
)


def through_the_database(said):
    return read(said.kept())


def test_it_is_english_whoever_is_here():
    with override("es"):
        made = stored(
            "It is kept in %(theirs)s there, and this one is in %(ours)s.", theirs="CAD", ours="USD"
        )
        assert made == "It is kept in CAD there, and this one is in USD."
        assert plainly(made) == made
        assert json.dumps([made]) == json.dumps([str.__str__(made)])
        english = hashlib.sha256(b"It is no longer in QuickBooks.").hexdigest()
        assert hashlib.sha256(GONE.encode()).hexdigest() == english


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (None, "Invoice R-7 still has $1,234.50 due."),
        ("en", "Invoice R-7 still has $1,234.50 due."),
        ("en-us", "Invoice R-7 still has $1,234.50 due."),
        ("es", "La factura R-7 aún tiene $1,234.50 por pagar."),
        ("fr-ca", "La facture R-7 a encore 1\xa0234,50\xa0$\xa0US à payer."),
    ],
)
def test_each_reader_has_her_own(language, words):
    kept = through_the_database(DUE)
    with override(language):
        assert str(kept) == f"{kept}" == f"{NotConnected(kept)}" == told(kept) == words


def test_dates_and_counts_are_the_readers_own():
    said = together(
        stored("Intuit ended the connection; noticed on %(day)s.", day=date(2026, 11, 3)),
        stored_count("%(count)s invoice goes to it now.", "%(count)s invoices go to it now.", 1200),
        "",
    )
    assert said == (
        "Intuit ended the connection; noticed on 3 Nov 2026. 1,200 invoices go to it now."
    )
    with override("fr-ca"):
        assert str(through_the_database(said)) == (
            "Intuit a mis fin à la connexion; constaté le 2026-11-03."
            " 1\xa0200 factures vont maintenant vers lui."
        )


def test_one_within_another_is_told_as_well():
    names = both([stored("the total"), stored("the tax"), "R-7"])
    assert names == "the total, the tax and R-7"
    with override("es"):
        assert str(through_the_database(names)) == "el total, el impuesto y R-7"
        assert str(listed(["a", GONE], "; ")) == "a; Ya no está en QuickBooks."


def test_what_people_wrote_stands_as_it_is():
    said = stored("Marked Do not export: %(words)s", words="100%% of it, see %(number)s")
    with override("es"):
        assert str(said) == "Marcada No exportar: 100%% of it, see %(number)s"


def test_it_is_the_same_when_copied_and_filled():
    held = stored("%(invoice)s is released already.")
    assert held.filled(invoice="R-7") == "R-7 is released already."
    with override("es"):
        assert str(copy.deepcopy(DUE)) == str(DUE)


@pytest.mark.parametrize(
    "kept",
    ["", "It was sent.", "\x1e", "\x1e{", '\x1e{"other":1}', "\x1e[1", '\x1e{"said":[],"of":{}}'],
)
def test_what_was_stored_before_is_shown_as_it_stands(kept):
    with override("es"):
        assert str(read(kept)) == kept


def test_an_exception_keeps_what_it_is_made_of():
    with override("es"):
        assert words_of(NotConnected(GONE)) is GONE
        assert words_of(ValueError(7)) == "7"


@pytest.mark.django_db
def test_columns_and_json_keep_what_it_is_made_of():
    company = QuickBooksCompanyFactory()
    values = {"error": DUE, "result": {"outcomes": [{"words": GONE, "rows": [[DUE, "1.00"]]}]}}
    saved = CompanyRequest.objects.create(company=company, kind="check_again", **values)
    bulk = CompanyRequest(company=company, kind="check_again", **values)
    CompanyRequest.objects.bulk_create([bulk])
    CompanyRequest.objects.filter(pk=bulk.pk).update(**values)
    update_each([bulk], ["error", "result"])
    for request in CompanyRequest.objects.filter(pk__in=[saved.pk, bulk.pk]):
        outcome = request.result["outcomes"][0]
        assert (request.error, outcome["words"], outcome["rows"]) == (DUE, GONE, [[DUE, "1.00"]])
        with override("es"):
            assert str(request.error) == "La factura R-7 aún tiene $1,234.50 por pagar."
            assert str(outcome["words"]) == "Ya no está en QuickBooks."
    assert CompanyRequest.objects.filter(error=DUE).count() == 2


@pytest.mark.django_db
def test_what_does_not_fit_with_what_it_is_made_of_is_kept_in_english():
    long = stored("%(name)s: %(words)s", name="é" * 300, words="é" * 190)
    request = CompanyRequest.objects.create(
        company=QuickBooksCompanyFactory(), kind="verify", error=long
    )
    request.refresh_from_db()
    assert request.error == long
    assert type(request.error) is str
