"""Three clients as public code has them, for comparison: python -m tests.benchmarks.clients NAME.

Each writes customers, invoices and payments with python-quickbooks or requests, one document a
call, and prints what it cost as JSON. What goes wrong is handled as such code does: a broken
connection is tried again, a 429 is waited out, and a refusal is taken for "not written".
"""

import base64
import json
import os
import sys
import time
import warnings
from dataclasses import dataclass, field

import requests
from intuitlib.client import AuthClient
from quickbooks import QuickBooks
from quickbooks.exceptions import QuickbooksException
from quickbooks.objects import Customer, Invoice, Item, Payment, PaymentLine, SalesItemLine
from quickbooks.objects.base import LinkedTxn, Ref
from quickbooks.objects.detailline import SalesItemLineDetail

from tests.benchmarks import stage

MOST_TRIES = 5
THROTTLED = "statusCode=429"  # what Intuit's text says; numbers of documents may have 429 in them


@dataclass
class Access:
    """How a client reaches its company, as the command line hands it over."""

    realm_id: str
    refresh_token: str
    discovery_url: str
    api_url: str
    client_id: str
    client_secret: str
    pause: float = 60.0


@dataclass
class Client:
    """What the three have in common: the bodies, and what is done when it goes wrong."""

    access: Access
    item: str = ""
    throttled: int = 0
    ids: dict = field(default_factory=dict)

    def write(self, kind, row):
        """Write a document, trying again plainly; say whether the client takes it for written."""
        for _ in range(MOST_TRIES):
            try:
                self.save(kind, row, self.create(kind, row))
            except (requests.ConnectionError, requests.Timeout):
                continue
            except QuickbooksException as refused:
                if THROTTLED not in str(refused):
                    return False
                self.throttled += 1
                time.sleep(self.access.pause)
            except MissingParent:
                return False
            else:
                return True
        return False

    def save(self, kind, row, qbo_id):
        """Keep the result in memory; those that use a database do more."""
        self.ids[kind, row.pk] = qbo_id

    def id_of(self, kind, pk):
        """Return the id of a document written before."""
        if (kind, pk) not in self.ids:
            raise MissingParent
        return self.ids[kind, pk]

    def create(self, kind, row):
        raise NotImplementedError


class MissingParent(Exception):
    """What the document refers to was not written, as far as the client knows."""


def invoice(row, customer_id, item_id):
    document = Invoice()
    document.DocNumber = row.number
    document.TxnDate = row.issued_on.isoformat()
    document.PrivateNote = f"invoice-{row.pk}"
    document.CustomerRef = reference(customer_id)
    for line in row.lines.all():
        part = SalesItemLine()
        part.Amount = float(line.amount)
        part.Description = line.description
        part.SalesItemLineDetail = SalesItemLineDetail()
        part.SalesItemLineDetail.ItemRef = reference(item_id)
        document.Line.append(part)
    return document


def payment(row, customer_id, invoice_id):
    document = Payment()
    document.TotalAmt = float(row.amount)
    document.TxnDate = row.received_on.isoformat()
    document.PrivateNote = f"payment-{row.pk}"
    document.CustomerRef = reference(customer_id)
    line = PaymentLine()
    line.Amount = float(row.amount)
    link = LinkedTxn()
    link.TxnId, link.TxnType = invoice_id, "Invoice"
    line.LinkedTxn.append(link)
    document.Line.append(line)
    return document


def customer(row):
    document = Customer()
    document.DisplayName = row.display_name
    document.Notes = f"customer-{row.pk}"
    return document


def reference(value):
    ref = Ref()
    ref.value = value
    return ref


class Naive(Client):
    """A new AuthClient and QuickBooks client, and a customer look-up, for every document."""

    def connect(self):
        auth = AuthClient(
            self.access.client_id,
            self.access.client_secret,
            "http://localhost/callback",
            self.access.discovery_url,
        )
        client = QuickBooks(
            auth_client=auth,
            refresh_token=self.access.refresh_token,
            company_id=self.access.realm_id,
        )
        self.access.refresh_token = client.refresh_token
        client.api_url_v3 = self.access.api_url
        return client

    def create(self, kind, row):
        client = self.connect()
        who = row if kind == "customer" else row.customer
        found = Customer.filter(DisplayName=who.display_name, qb=client)
        if kind == "customer":
            return found[0].Id if found else customer(row).save(qb=client).Id
        if not found:
            raise MissingParent
        return document_of(self, kind, row, found[0].Id).save(qb=client).Id


def document_of(client, kind, row, customer_id):
    if kind == "invoice":
        return invoice(row, customer_id, client.item)
    return payment(row, customer_id, client.id_of("invoice", row.invoice_id))


class Kept(Naive):
    """One client for all, a cache of look-ups, and each result saved to the database."""

    client = None

    def create(self, kind, row):
        self.client = self.client or self.connect()
        if kind != "customer":
            return document_of(self, kind, row, self.customer_id(row.customer)).save(self.client).Id
        found = Customer.filter(DisplayName=row.display_name, qb=self.client)
        return found[0].Id if found else customer(row).save(qb=self.client).Id

    def customer_id(self, who):
        return self.id_of("customer", who.pk)

    def save(self, kind, row, qbo_id):
        from tests.benchmarks.results import Result

        Result.objects.create(kind=kind, document=row.pk, qbo_id=qbo_id)
        super().save(kind, row, qbo_id)


class Fresh(Kept):
    """A fresh token and one call for every document, ids of parents read from the database."""

    def create(self, kind, row):
        token = self.token()
        if kind == "customer":
            document = customer(row)
        else:
            document = document_of(self, kind, row, self.customer_id(row.customer))
        answer = requests.post(
            f"{self.access.api_url}/company/{self.access.realm_id}/{kind}?minorversion=75",
            data=document.to_json(),
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                "Content-Type": "application/json",
            },
        )
        if answer.status_code != 200:
            raise QuickbooksException(f"statusCode={answer.status_code}")
        return answer.json()[kind.capitalize()]["Id"]

    def id_of(self, kind, pk):
        from tests.benchmarks.results import Result

        found = Result.objects.filter(kind=kind, document=pk).first()
        if found is None:
            raise MissingParent
        return found.qbo_id

    def token(self):
        pair = f"{self.access.client_id}:{self.access.client_secret}".encode()
        answer = requests.post(
            self.access.api_url.removesuffix("/v3") + "/oauth2/v1/tokens/bearer",
            data={"grant_type": "refresh_token", "refresh_token": self.access.refresh_token},
            headers={"Authorization": f"Basic {base64.b64encode(pair).decode()}"},
        )
        answer.raise_for_status()
        self.access.refresh_token = answer.json()["refresh_token"]
        return answer.json()["access_token"]


CLIENTS = {"naive": Naive, "kept": Kept, "fresh": Fresh}


def documents(unit):
    """Yield a unit's (kind, row) in the order in which they can be written."""
    from sync.models import Invoice as PaidInvoice

    paid = PaidInvoice.objects.filter(business_unit__code=unit)
    paid = paid.select_related("customer").order_by("pk")
    known = set()
    for row in paid.prefetch_related("lines", "payments").iterator(chunk_size=200):
        if row.customer_id not in known:
            known.add(row.customer_id)
            yield "customer", row.customer
        yield "invoice", row
        for part in row.payments.all():
            yield "payment", part


def main(name, access, unit, seconds, most):
    """Write a unit's documents for so many seconds, or so many of them; print what it cost."""
    import django

    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the simulator has no TLS
    warnings.simplefilter("ignore", DeprecationWarning)  # of a client without a minor version
    django.setup()
    client = CLIENTS[name](Access(**access))
    client.item = Item.where("Type = 'Service'", max_results=1, qb=client.connect())[0].Id
    asked, recorded = [], []
    began, spent = time.monotonic(), time.process_time()
    for kind, row in documents(unit):
        if len(asked) == most or time.monotonic() - began > seconds:
            break
        asked.append((kind.capitalize(), f"{kind}-{row.pk}"))
        if client.write(kind, row):
            recorded.append(asked[-1])
    report = {
        "asked": asked,
        "recorded": recorded,
        "waits": client.throttled,
        "processor_seconds": time.process_time() - spent,
        "peak_mib": stage.peak_mib(os.getpid()),
    }
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main(**json.load(sys.stdin))
