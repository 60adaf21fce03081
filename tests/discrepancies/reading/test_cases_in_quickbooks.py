"""The bookkeepers' cases once more, entered in the simulated QuickBooks and read from there."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from sync import tasks
from sync.company.requests import ask
from sync.discrepancies.refunds.reading import proof
from sync.models import Invoice, Refund, RefundMatch, RefundReview, SyncRecord
from tests.connected import connected_unit
from tests.discrepancies.bookkeeping import books as entered
from tests.discrepancies.bookkeeping.books import Books
from tests.discrepancies.bookkeeping.cases import CASES
from tests.discrepancies.reading.bookkeeper import Bookkeeper
from tests.discrepancies.reading.exported_world import TODAY, export_payments

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 3
"""Refunds of a case, each of a payment of its own."""
START = TODAY - timedelta(days=60)
TYPES = {
    entered.RECEIVABLE: ("Accounts Receivable", ""),
    entered.BANK: ("Bank", "Checking"),
    entered.CARD: ("Credit Card", ""),
    entered.UNDEPOSITED: ("Other Current Asset", "UndepositedFunds"),
    entered.CLEARING: ("Other Current Asset", "OtherCurrentAssets"),
    entered.INCOME: ("Income", "ServiceFeeIncome"),
    entered.RETURNS: ("Income", "DiscountsRefundsGiven"),
    entered.LATE_FEES: ("Income", "OtherPrimaryIncome"),
    entered.SALES_TAX: ("Other Current Liability", "GlobalTaxPayable"),
    entered.BAD_DEBT: ("Expense", "BadDebts"),
    entered.BANK_FEES: ("Expense", "BankCharges"),
    entered.INVENTORY: ("Other Current Asset", "Inventory"),
}
HERE = [
    case
    for case in CASES
    # What needs a tax, a deposit of a payment or a product of its own is judged without it.
    if "tax" not in case.name
    and "deposit" not in case.name
    and "product" not in case.name
    # Nobody's expense is anybody's of that amount; and here she has no sale 1041.
    and "without a name" not in case.name
    and "that is known" not in case.name
    and len(case.refunds) <= MOST
]


class Ledger:
    """Enters the documents of cases in the company, each case for a customer of its own."""

    def __init__(self, keeper):
        self.keeper = keeper
        self.accounts = {own: self._account(own) for own in TYPES}

    def _account(self, own):
        kind, subtype = TYPES[own]
        if kind == "Accounts Receivable":
            return self.keeper.receivable
        made = {"Name": f"Case {own}", "AccountType": kind}
        made |= {"AccountSubType": subtype} if subtype else {}
        return self.keeper.one("create", "Account", made)["Id"]

    def enter(self, rows, customer, somebody, other_invoice, number):
        """Enter rows in order, with the company's ids for the case's."""
        ids = {"777": other_invoice}
        people = {"7": customer, "8": somebody}
        for entity, row in rows:
            body = self._theirs(row, ids, people, number)
            name = body.pop("Id")
            for computed in ("Balance", "RemainingCredit", "SyncToken"):
                body.pop(computed, None)
            if entity != "Payment":
                body.pop("TotalAmt", None)
            lines = [
                each for each in body["Line"] if each.get("DetailType") != "SubTotalLineDetail"
            ]
            ids[name] = self.keeper.one("create", entity, body | {"Line": lines})["Id"]

    def _theirs(self, value, ids, people, number, key=""):
        """Return a part of a document with the company's own ids."""
        if isinstance(value, list):
            return [self._theirs(each, ids, people, number, key) for each in value]
        if not isinstance(value, dict):
            return self._said(value, ids, number, key)
        if "value" in value:
            own = value["value"]
            known = self.accounts if key.endswith("AccountRef") else people
            theirs = self.keeper.item if key == "ItemRef" else known[own]
            return value | {"value": theirs}
        return {k: self._theirs(v, ids, people, number, k) for k, v in value.items()}

    @staticmethod
    def _said(value, ids, number, key):
        match key:
            case "TxnId":
                return ids[value]
            case "PrivateNote":
                return value.replace("1042", number)
            case "TxnDate":
                return str(START + (date.fromisoformat(value) - entered.DAY))
        return value


def refunds_of(case, place, paid):
    """Make the case's refunds, each of a payment of the customer of that place."""
    made = []
    for n, told in enumerate(case.refunds):
        payment = paid[place + n * len(HERE)]
        number = f"{7000 + place}-{n}" if told.number != "1042" else f"{7000 + place}-42"
        Invoice.objects.filter(pk=payment.invoice_id).update(
            number=number if n == 0 or told.number != "1042" else f"{number}{n}"
        )
        if not told.is_asked:
            SyncRecord.objects.filter(payment=payment).delete()
            SyncRecord.objects.filter(invoice=payment.invoice_id).delete()
        made.append(
            Refund(
                payment=payment,
                kind=told.kind,
                amount=Decimal(str(told.amount)),
                refunded_on=START + timedelta(days=told.day),
            )
        )
    return made


def verdict_of(refund, told):
    if not told.is_asked:
        return "open"
    review = RefundReview.objects.filter(refund=refund).first()
    if review is not None and review.status == "verified":
        return "verified"
    matches = RefundMatch.objects.filter(refund=refund)
    if matches.filter(is_part=True).exists():
        return "half"
    return "asked" if matches.exists() else "open"


@pytest.fixture(params=["us", "multicurrency"])
def unit(request, simulator, db):
    """A unit of a company of one currency, and of one where every document names its own."""
    return connected_unit(simulator, request.param)


@pytest.fixture
def keeper(unit, request):
    keeper = Bookkeeper(unit.quickbooks_company)
    if "multicurrency" in request.node.name:
        done = keeper.do
        keeper.do = lambda *operations: done(*(_with_currency(*each) for each in operations))
    yield keeper
    keeper.close()


def _with_currency(operation, entity, body):
    return operation, entity, {"CurrencyRef": {"value": "USD"}, **body}


def test_the_cases_have_the_same_verdicts_when_they_are_read_from_quickbooks(unit, keeper):
    places = len(HERE)
    paid, receipts = export_payments(unit, keeper, places * MOST, customers=places)
    ledger = Ledger(keeper)
    somebody = keeper.one(*keeper.customer("Somebody else"))["Id"]
    made = []
    for place, case in enumerate(HERE):
        customer = receipts[place]["CustomerRef"]["value"]
        other = keeper.one(*keeper.invoice(customer, 50, START, f"other-{place}"))["Id"]
        made.append(Refund.objects.bulk_create(refunds_of(case, place, paid)))
        books = Books()
        case.enter(books)
        ledger.enter(books.rows, customer, somebody, other, f"{7000 + place}-42")
    request = ask(unit.quickbooks_company, proof.KIND)
    tasks.relay(unit.quickbooks_company_id)
    request.refresh_from_db()
    assert request.state == "done", request.error
    found = {
        case.name: tuple(
            verdict_of(refund, told) for refund, told in zip(refunds, case.refunds, strict=True)
        )
        for case, refunds in zip(HERE, made, strict=True)
    }
    expected = {case.name: tuple(_seen(case)) for case in HERE}
    assert {n: v for n, v in found.items() if v != expected[n]} == {}


def _seen(case):
    """Return the verdicts; of what is only a rival nothing is said."""
    for verdict, told in zip(case.verdict, case.refunds, strict=True):
        yield verdict if told.is_asked else "open"
