"""A bookkeeper who works in QuickBooks by hand, beside the product."""

import itertools

import pytest
from django_q.conf import Conf

from accounts.models import Role
from sync.exports.delivery.relay import Ended, relay
from sync.exports.remedies import requests
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import QuickBooksCompany
from sync.quickbooks.client import Client
from sync.quickbooks.documents import dump
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.factories import MembershipFactory, UserFactory


class Bookkeeper:
    """Reads and changes one company's books with tokens of their own."""

    def __init__(self, simulator, realm_id):
        self._simulator, self._realm_id = simulator, realm_id
        self._numbers = itertools.count(1)

    def documents(self, entity):
        return self._simulator.documents(self._realm_id, entity)

    def ours(self, entity):
        return ledger.ours_only(self.documents(entity))

    def books(self):
        """Return everything a removal or link could touch, to be compared whole."""
        kinds = ("Customer", "Invoice", "Payment", "Deposit", "CreditMemo", "Vendor")
        return {kind: self.documents(kind) for kind in kinds}

    def send(self, entity, body, operation=""):
        with Client(
            self._realm_id, self._simulator.grant(self._realm_id)["access_token"]
        ) as client:
            answer = client.send(entity, dump(body), f"book-{next(self._numbers)}", operation)
        assert answer.status == 200, answer.data
        return answer.data[entity]

    def edit(self, entity, document, **changes):
        body = {name: document[name] for name in ("Id", "SyncToken")}
        return self.send(entity, body | {"sparse": True} | changes)

    def delete(self, entity, document):
        fresh = next(d for d in self.documents(entity) if d["Id"] == document["Id"])
        return self.send(entity, {n: fresh[n] for n in ("Id", "SyncToken")}, "delete")

    def void(self, entity, document):
        fresh = next(d for d in self.documents(entity) if d["Id"] == document["Id"])
        return self.send(entity, {n: fresh[n] for n in ("Id", "SyncToken")}, "void")

    def account(self, kind):
        return next(a for a in self.documents("Account") if a["AccountType"] == kind)["Id"]

    def deposit(self, payment):
        link = {"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}
        line = {"Amount": payment["TotalAmt"], "LinkedTxn": [link]}
        body = {"DepositToAccountRef": {"value": self.account("Bank")}, "Line": [line]}
        return self.send("Deposit", body)

    def sub_customer(self, parent, name):
        """Enter a customer under another one."""
        above = next(c for c in self.documents("Customer") if c["DisplayName"] == parent)
        return self.send("Customer", {"DisplayName": name, "ParentRef": {"value": above["Id"]}})

    def bill(self, customer_id, number, amount, **more):
        """Enter an invoice of one line."""
        item = next(i for i in self.documents("Item") if i["Type"] == "Service")
        line = {
            "Amount": amount,
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {
                "ItemRef": {"value": item["Id"]},
                "TaxCodeRef": {"value": "NON"},
            },
        }
        body = {"CustomerRef": {"value": customer_id}, "DocNumber": number, "Line": [line]}
        return self.send("Invoice", body | more)

    def receive(self, customer_id, amount, invoice_id="", **more):
        """Enter a payment, applied to an invoice."""
        link = {"TxnId": invoice_id, "TxnType": "Invoice"}
        lines = [{"Amount": amount, "LinkedTxn": [link]}] if invoice_id else []
        body = {"CustomerRef": {"value": customer_id}, "TotalAmt": amount, "Line": lines}
        return self.send("Payment", body | more)

    def close_books(self, through):
        prefs = self.documents("Preferences")[0]
        body = {"Id": prefs["Id"], "SyncToken": prefs["SyncToken"], "sparse": True}
        self.send("Preferences", body | {"AccountingInfoPrefs": {"BookCloseDate": through}})


@pytest.fixture
def bookkeeper(simulator, unit):
    return Bookkeeper(simulator, unit.quickbooks_company.realm_id)


@pytest.fixture
def calm(simulator):
    """Leave no fault behind."""
    yield
    simulator.clear_faults()
    simulator.switch(requestid="honoured")


@pytest.fixture
def lee(unit):
    """An accountant, who may resolve."""
    user = UserFactory(username="lee")
    MembershipFactory(user=user, business_unit=unit, role=Role.ACCOUNTANT)
    return user


@pytest.fixture
def ask(lee):
    """Ask for a remedy and have it served; return (done, words) by the document's name."""

    def asked(remedy, records, actor=lee):
        asked_for = requests.ask(remedy, [record.pk for record in records], actor)
        return answers(asked_for)

    return asked


def answers(requests):
    """Serve requests and return (done, words) by the document's name."""
    said = {}
    for request in requests:
        serve(request)
        assert request.state == "done", request.error
        said |= {o["name"]: (o["done"], o["words"]) for o in request.result["outcomes"]}
    return said


def serve(request):
    """Let the relay serve a request, whatever pause the company is in and slice after slice."""
    QuickBooksCompany.objects.update(paused_until=None)
    while relay(request.company_id, HANDLERS) is Ended.SLICE:
        pass
    request.refresh_from_db()


@pytest.fixture
def stopped(simulator, unit, paid):
    """Return a function that exports the example up to its invoice, whose answer is lost."""

    def stop():
        simulator.fault("lose", match={"endpoint": "batch"}, after=1)
        run = runs.confirm(prepare_ready(unit, None), None)
        relay(unit.quickbooks_company_id, HANDLERS)
        return run

    return stop


@pytest.fixture
def queue_in_database(monkeypatch):
    """Have the queue in the database also where the broker is Redis, so that a test can read it."""
    monkeypatch.setattr(Conf, "ORM", "default")
