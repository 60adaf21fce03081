# ruff: noqa: RUF001 - the signs are what is tested
"""What a company in the United States cannot store is known before anything is sent."""

import pytest

from sync.exports.rules.eligibility import explain
from sync.exports.runs.drafts import prepare_ready
from sync.models import Customer, InvoiceLine, Payment
from sync.quickbooks.documents import name_problem, plain_typography, unstorable
from tests.exports import ledger

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("text", "plain", "lost"),
    [
        ("Bob’s “Best” Plumbing – 24/7…", 'Bob\'s "Best" Plumbing - 24/7...', ""),
        ("Café Zoë, Åre", "Café Zoë, Åre", ""),
        ("Paweł №5 😀 Ł", "Paweł №5 😀 Ł", "ł № 😀 Ł"),
        ("A\u200bB\u202fC", "AB C", ""),
        ("", "", ""),
    ],
)
def test_typographic_signs_become_plain_and_the_rest_is_named(text, plain, lost):
    assert plain_typography(text) == plain
    assert unstorable(plain) == lost


def test_typographic_signs_go_as_plain_ones_and_nothing_differs(simulator, unit, paid, export):
    Customer.objects.update(display_name="Bob’s Plumbing", company_name="Bob’s – Sons")
    InvoiceLine.objects.update(description="Drain “A” …")
    Payment.objects.filter(amount=50).update(reference="chq – 5")
    assert export()["exported"] == 3
    realm = unit.quickbooks_company.realm_id
    [customer] = ledger.ours_only(simulator.documents(realm, "Customer"))
    assert (customer["DisplayName"], customer["CompanyName"]) == ("Bob's Plumbing", "Bob's - Sons")
    [invoice] = ledger.ours_only(simulator.documents(realm, "Invoice"))
    assert invoice["Line"][0]["Description"] == 'Drain "A" ...'
    references = {
        row.get("PaymentRefNum", "")
        for row in ledger.ours_only(simulator.documents(realm, "Payment"))
    }
    assert "chq - 5" in references


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda: Customer.objects.update(display_name="Paweł Łącki"), "customer's name"),
        (lambda: Payment.objects.update(reference="chq №5"), "payment's reference"),
        (lambda: InvoiceLine.objects.update(description="Lawn 🌱"), "description of a line"),
        (lambda: Customer.objects.update(city="Łódź"), "customer's city"),
    ],
)
def test_other_letters_stop_the_whole_before_anything_is_sent(simulator, unit, paid, spoil, words):
    spoil()
    [(code, reason)] = {(why.code, why.words) for why in explain(paid.payments.all()).values()}
    assert code == "WOULD_BE_REFUSED"
    assert not prepare_ready(unit, None).items.exists()
    assert reason.startswith(f"The {words} has characters that QuickBooks cannot store: ")
    assert ledger.nothing(simulator, unit)


def test_a_name_with_typographic_signs_is_no_problem_and_others_are():
    assert name_problem("Bob’s Plumbing") is None
    assert name_problem("Paweł") is not None
    assert name_problem("Paweł", latin1_only=False) is None
