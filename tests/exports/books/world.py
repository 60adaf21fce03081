"""A company that kept its books before: some of our invoices are there, typed by hand or synced.

What is there is entered by batches, as another tool would; `expected` says of each invoice of ours
what must become of it.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from sync.models import Customer, Invoice, InvoiceLine, Payment
from sync.quickbooks.client import Client
from sync.quickbooks.documents import dump
from tests.exports.conftest import Bookkeeper

FIRST = date(2026, 2, 1)
BATCH = 30
NEW, LINKED, LATE, ASKED = "new", "linked", "late", "asked"


@dataclass
class World:
    """What is here and there: by number of ours, what is expected and the id it may get."""

    unit: object
    expected: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    there: dict[str, str] = field(default_factory=dict)

    def numbers(self, *kinds):
        return {number for number, kind in self.expected.items() if kind in kinds}


def case_of(position):
    """Every second one is there; a third of these under other numbers, some odd in other ways."""
    if position % 2:
        return "absent"
    there = position // 2
    if there % 3 == 0:
        return "other number"
    odd = {1: "other cent", 2: "twice", 5: "other customer", 7: "unpaid there", 10: "half paid"}
    return odd.get(there % 12, "same")


def build(simulator, unit, count):
    """Enter `count` invoices here, and what of them is there."""
    world = World(unit)
    realm = unit.quickbooks_company.realm_id
    book = Bookkeeper(simulator, realm)
    item = next(i for i in book.documents("Item") if i["Type"] == "Service")["Id"]
    names = [f"Client {n}" for n in range(max(count // 5, 5))]
    ours = [
        Customer(business_unit=unit, external_id=f"B{n}", display_name=name)
        for n, name in enumerate(names)
    ]
    Customer.objects.bulk_create(ours)
    with Client(realm, simulator.grant(realm)["access_token"]) as client:
        theirs = enter(simulator, client, "Customer", [{"DisplayName": name} for name in names])
        plans = [_plan(world, item, theirs, ours, n) for n in range(count)]
        _store(unit, plans)
        bodies = [(plan, body) for plan in plans for body in plan["bodies"]]
        entered = enter(simulator, client, "Invoice", [body for _, body in bodies])
        for (plan, _), document in zip(bodies, entered, strict=True):
            world.there.setdefault(plan["number"], document["Id"])
        paid = [
            _paying(payment, world.there[plan["number"]], plan["theirs"])
            for plan in plans
            for payment in plan["paid there"]
        ]
        enter(simulator, client, "Payment", paid)
    simulator.advance(120)
    return world


def _plan(world, item, theirs, ours, position):
    number, case = f"N{position:05}", case_of(position)
    total = Decimal(10000 + 7 * position) / 100
    day = FIRST + timedelta(days=position % 90)
    who = position % len(ours)
    parts = [total] if position % 4 else [total / 2 - total / 2 % 1, total - total / 2 // 1]
    payments = [(amount, day + timedelta(days=n + 1)) for n, amount in enumerate(parts)]
    customer = theirs[(who + 1) % len(theirs) if case == "other customer" else who]["Id"]
    shown = total + Decimal("0.01") if case == "other cent" else total
    name = f"QB{position}" if case == "other number" else number
    bodies = [] if case == "absent" else [_bill(item, customer, name, shown, day)]
    if case == "twice":
        bodies.append(_bill(item, customer, f"D{position}", total, day))
    paid = {"absent": [], "unpaid there": [], "half paid": payments[:1]}.get(case, payments)
    if case == "half paid" and len(payments) == 1:
        payments = [(Decimal("40.00"), day), (total - 40, day + timedelta(days=1))]
        paid = payments[:1]
    world.expected[number] = {
        "absent": NEW, "same": LINKED, "unpaid there": LATE, "half paid": LATE
    }.get(case, ASKED)  # fmt: skip
    doubts = {"other number": "number", "other cent": "total", "twice": "several"}
    world.doubts[number] = doubts.get(case, "customer" if case == "other customer" else "")
    return {
        "number": number,
        "customer": ours[who],
        "theirs": customer,
        "total": total,
        "day": day,
        "payments": payments,
        "bodies": bodies,
        "paid there": paid,
    }


def _store(unit, plans):
    invoices = Invoice.objects.bulk_create(
        Invoice(
            business_unit=unit,
            customer=plan["customer"],
            number=plan["number"],
            issued_on=plan["day"],
            currency="USD",
            subtotal=plan["total"],
            total=plan["total"],
        )
        for plan in plans
    )
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice, service="Cleaning", unit_price=invoice.total, amount=invoice.total
        )
        for invoice in invoices
    )
    Payment.objects.bulk_create(
        Payment(
            business_unit=unit,
            customer=plan["customer"],
            invoice=invoice,
            method="Check",
            amount=amount,
            currency="USD",
            received_on=day,
        )
        for plan, invoice in zip(plans, invoices, strict=True)
        for amount, day in plan["payments"]
    )


def _bill(item, customer, number, amount, day):
    line = {
        "Amount": amount,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": item}, "TaxCodeRef": {"value": "NON"}},
    }
    body = {"CustomerRef": {"value": customer}, "DocNumber": number, "Line": [line]}
    return body | {"TxnDate": day.isoformat()}


def _paying(payment, invoice, customer):
    amount, day = payment
    line = {"Amount": amount, "LinkedTxn": [{"TxnId": invoice, "TxnType": "Invoice"}]}
    body = {"CustomerRef": {"value": customer}, "TotalAmt": amount, "Line": [line]}
    return body | {"TxnDate": day.isoformat()}


def enter(simulator, client, entity, bodies):
    """Enter documents, batch after batch; return them as they were answered, in their order."""
    entered = []
    for start in range(0, len(bodies), BATCH):
        some = bodies[start : start + BATCH]
        simulator.advance(2)
        items = [
            {"bId": str(n), "operation": "create", entity: body} for n, body in enumerate(some)
        ]
        answer = client.send_batch(dump({"BatchItemRequest": items}), f"w-{entity}-{start}")
        assert answer.status == 200, answer.data
        found = {each["bId"]: each for each in answer.data["BatchItemResponse"]}
        for n in range(len(some)):
            assert entity in found[str(n)], found[str(n)]
            entered.append(found[str(n)][entity])
    return entered
