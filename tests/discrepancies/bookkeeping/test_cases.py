"""Every way of entering a refund that bookkeepers use: effects, verdict and words."""

from decimal import Decimal

import pytest

from sync.discrepancies.refunds.bookkeeping.needs import GIVES, NEEDS, WAYS, Kind
from tests.discrepancies.bookkeeping.books import (
    BANK_FEES,
    INCOME,
    RECEIVABLE,
    RETURNED_CHECK,
    Books,
    lines_of,
)
from tests.discrepancies.bookkeeping.cases import CASES, OWED
from tests.discrepancies.bookkeeping.desk import Refund, judge, own, read

CURRENCIES = ("USD", "CAD")


def told(words, currency):
    return words if currency == "USD" else words.replace("$", "CA$")


@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_was_entered_has_these_effects_and_this_verdict(case, currency):
    books = Books(currency)
    case.enter(books)
    papers = read(books)
    verdict = judge(case.refunds, papers, currency)
    assert tuple(verdict.effects) == tuple(told(words, currency) for words in case.effects)
    assert tuple(verdict.status) == case.verdict
    assert verdict.words[0].startswith(told(case.words, currency))


@pytest.mark.parametrize("kind", Kind)
def test_every_way_that_is_advised_gives_what_its_kind_needs(kind):
    for way in WAYS[kind]:
        given = {effect for piece in way for effect in GIVES[piece]}
        assert given >= set(NEEDS[kind]), way


# Our own payment and invoice, edited as Intuit's help has it


def ann(**more):
    return {"Id": "P1", "SyncToken": "1", "CustomerRef": {"value": "7"}, **more}


def invoice(balance, total=150):
    return {"Id": "I1", "CustomerRef": {"value": "7"}, "TotalAmt": total, "Balance": balance}


@pytest.mark.parametrize("currency", CURRENCIES)
class TestOurPayment:
    def judged(self, refund, currency, enter, **edit):
        books = Books(currency)
        entered = enter(books)
        made = entered if isinstance(entered, dict) else None
        row = edit.pop("row")(made) if edit.get("row") else edit.pop("row", None)
        changed = own(refund, currency, row, **edit)
        return judge([refund], [*read(books), *changed], currency)

    def test_a_bounced_payment_loses_its_invoice_and_gains_the_expense(self, currency):
        verdict = self.judged(
            Refund(150, "bounced"),
            currency,
            lambda books: books.expense("7", (RECEIVABLE, 150), (BANK_FEES, 12), day=30),
            row=lambda made: ann(TotalAmt=150, Line=lines_of([("Expense", made, 150)])),
            invoice=invoice(150),
        )
        assert verdict.status == ["verified"]
        assert {share[1:] for share in verdict.shares[0]} == {
            ("payout", Decimal("150.00")),
            ("receivable_open", Decimal("150.00")),
        }

    def test_without_the_expense_it_is_half(self, currency):
        verdict = self.judged(
            Refund(150, "bounced"),
            currency,
            lambda books: None,
            row=lambda _: ann(TotalAmt=150, Line=[], UnappliedAmt=150),
            invoice=invoice(150),
        )
        assert verdict.status == ["half"]
        assert verdict.words == ["Payment changed P1 is there; the payout is missing."]

    def test_an_overpayment_goes_back_by_an_expense_that_the_payment_gains(self, currency):
        verdict = self.judged(
            Refund(10, "overpayment"),
            currency,
            lambda books: books.expense("7", (RECEIVABLE, 10), day=40),
            row=lambda made: ann(
                TotalAmt=160, Line=lines_of([("Invoice", "I1", 150), ("Expense", made, 10)])
            ),
            paid=160,
            applied=150,
        )
        assert verdict.status == ["verified"]

    def test_an_overpayment_paid_out_without_the_link_is_half(self, currency):
        verdict = self.judged(
            Refund(10, "overpayment"),
            currency,
            lambda books: books.check("7", 10),
            row=lambda _: ann(TotalAmt=160, Line=lines_of([("Invoice", "I1", 150)])),
            paid=160,
            applied=150,
        )
        assert verdict.status == ["half"]
        assert verdict.words[0].endswith("the link that uses the credit up is missing.")

    def test_an_overpayment_taken_off_the_payment_is_whole(self, currency):
        verdict = self.judged(
            Refund(10, "overpayment"),
            currency,
            lambda books: None,
            row=lambda _: ann(TotalAmt=150, Line=lines_of([("Invoice", "I1", 150)])),
            paid=160,
            applied=150,
        )
        assert verdict.status == ["verified"]

    def test_a_deposit_that_is_deleted_went_back(self, currency):
        verdict = self.judged(
            Refund(150, "overpayment", invoice=""),
            currency,
            lambda books: None,
            row=None,
            applied=0,
        )
        assert verdict.status == ["verified"]

    @pytest.mark.parametrize("how", ["deleted", "voided", "less"])
    def test_a_payment_that_is_gone_or_less_bounced_when_its_invoice_is_open(self, currency, how):
        rows = {
            "deleted": None,
            "voided": ann(TotalAmt=0, Line=[], PrivateNote="Voided"),
            "less": ann(TotalAmt=100, Line=lines_of([("Invoice", "I1", 100)])),
        }
        amount = 50 if how == "less" else 150
        verdict = self.judged(
            Refund(amount, "bounced"),
            currency,
            lambda books: None,
            row=lambda _: rows[how],
            invoice=invoice(amount),
        )
        assert verdict.status == ["verified"]

    def test_a_payment_that_is_less_is_half_of_a_sale_refund(self, currency):
        refund = Refund(50)
        row = ann(TotalAmt=100, Line=lines_of([("Invoice", "I1", 100)]))
        verdict = self.judged(
            refund, currency, lambda books: None, row=lambda _: row, invoice=invoice(50)
        )
        assert verdict.words == [
            "Payment changed P1 is there; the credit of the sale is missing.",
        ]

        def credited(books):
            memo = books.credit_memo("7", 50, balance=0, day=12)
            books.payment("7", 0, ("Invoice", "I1", 50), ("CreditMemo", memo, 50), day=12)

        verdict = self.judged(refund, currency, credited, row=lambda _: row, invoice=invoice(0))
        assert verdict.status == ["verified"]

    def test_a_payment_entered_again_adjusts_nothing(self, currency):
        refund = Refund(150, "bounced")
        books = Books(currency)
        again = books.payment("7", 150, ("Invoice", "I1", 150))
        changed = own(refund, currency, None, invoice(0), others=[again])
        verdict = judge([refund], [*read(books), *changed], currency)
        assert verdict.status == ["open"]
        assert verdict.effects == ["pays nothing back"]

    def test_entered_again_without_its_invoice_it_is_half(self, currency):
        refund = Refund(150, "bounced")
        books = Books(currency)
        again = books.payment("7", 150)
        changed = own(refund, currency, None, invoice(150), others=[again])
        verdict = judge([refund], changed, currency)
        assert verdict.words == ["Payment deleted P1 is there; the payout is missing."]

    def test_an_invoice_made_less_and_what_is_over_paid_out(self, currency):
        verdict = self.judged(
            Refund(50),
            currency,
            lambda books: books.check("7", 50, day=20),
            row=lambda made: ann(
                TotalAmt=150, Line=lines_of([("Invoice", "I1", 100), ("Check", made, 50)])
            ),
            invoice=invoice(0, total=100),
        )
        assert verdict.status == ["verified"]


@pytest.mark.parametrize("kind", ["bounced", "chargeback"])
@pytest.mark.parametrize("currency", CURRENCIES)
def test_a_bounce_by_an_invoice_of_a_product_that_is_kept_in_the_bank(currency, kind):
    books = Books(currency)
    books.invoice("7", 50, item=RETURNED_CHECK)
    verdict = judge([Refund(50, kind)], read(books), currency)
    assert verdict.effects == [told(OWED, currency)]
    assert verdict.status == ["verified"]


@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_fee_of_a_chargeback_is_never_a_part_of_it(currency):
    books = Books(currency)
    books.journal(("Dr", RECEIVABLE, 50, "7"), ("Dr", BANK_FEES, 15), ("Cr", "11", 65))
    assert judge([Refund(50, "chargeback")], read(books), currency).status == ["verified"]
    assert judge([Refund(65, "chargeback")], read(books), currency).status == ["half"]


@pytest.mark.parametrize(("currency", "other"), [("USD", "CAD"), ("CAD", "USD"), ("CAD", "GBP")])
def test_an_amount_of_another_currency_is_never_equal(currency, other):
    books = Books(currency)
    books.check("7", 50, to=INCOME, currency=other)
    verdict = judge([Refund(50)], read(books), currency)
    assert (verdict.status, verdict.words) == (
        ["asked"],
        [f"It is in {other}, the refund in {currency}."],
    )


def test_a_relative_is_asked_about_unless_the_sale_is_named():
    books = Books()
    books.refund_receipt("8", 50)
    assert judge([Refund(50)], read(books)).words == ["It is under a relative of this customer."]
    books = Books()
    books.refund_receipt("8", 50, note="invoice 1042")
    assert judge([Refund(50)], read(books)).status == ["verified"]


def test_a_strong_proof_fears_no_weak_rival_and_a_weak_one_does():
    books = Books()
    books.refund_receipt("7", 50, note="Refund of 1042", day=30)
    books.refund_receipt("7", 50)
    verdict = judge([Refund(50)], read(books))
    assert verdict.shares[0][0][0] == "Refund receipt 301"
    books.refund_receipt("7", 50, note="1042 again")
    assert judge([Refund(50)], read(books)).status == ["asked"]


def test_what_people_gave_is_not_given_twice():
    books = Books()
    books.refund_receipt("7", 50)
    papers = read(books)
    held = {(1, effect): amount for effect, amount in papers[0].effects.items()}
    assert judge([Refund(50)], papers, held=held).status == ["open"]
