"""A month that was kept twice: by us, and by a bookkeeper who typed it into QuickBooks herself."""

from datetime import date, timedelta
from decimal import Decimal

from sync.models import Customer, Invoice, InvoiceLine, Payment, ReferenceEntry
from sync.quickbooks.client import Client
from tests.exports.books.world import enter

FIRST = date(2026, 5, 1)
TAXABLE, EXEMPT = "Cleaning Supplies", "Window Cleaning"  # her items, and our services
LAWN = "Mowing"
SERVICES = (EXEMPT, LAWN, TAXABLE)
METHODS = {"Check": "2", "Cash": "1"}
RATE = Decimal("0.08")


def number_of(position):
    return f"R{position:05}"


def plan(position, count):
    """One invoice: its lines, tax, day and payments; every fifth is paid in two parts."""
    service = SERVICES[position % 3]
    net = Decimal(10000 + 37 * position) / 100
    tax = (net * RATE).quantize(Decimal("0.01")) if service == TAXABLE else Decimal("0.00")
    day = FIRST + timedelta(days=position * 27 // count)
    total = net + tax
    late = 3 if position == 1 else 0  # dated before the month, and paid in it
    day -= timedelta(days=late)
    parts = [(total, day + timedelta(days=late + position % 3))]
    if position % 5 == 0:
        parts = [(Decimal("20.00"), day - timedelta(days=2)), (total - 20, day)]
    method = "Cash" if position % 4 == 0 else "Check"
    return {
        "number": number_of(position), "service": service, "net": net, "tax": tax,
        "day": day, "payments": parts, "method": method, "who": position % max(count // 5, 3),
    }  # fmt: skip


def build(simulator, unit, count):
    """Enter `count` invoices with their payments here and there; return the plans."""
    plans = [plan(position, count) for position in range(count)]
    names = [f"Client {n}" for n in range(max(count // 5, 3))]
    _enter_here(unit, plans, names)
    _enter_there(simulator, unit.quickbooks_company.realm_id, plans, names)
    return plans


def _enter_here(unit, plans, names):
    customers = Customer.objects.bulk_create(
        Customer(business_unit=unit, external_id=name, display_name=name) for name in names
    )
    invoices = Invoice.objects.bulk_create(
        Invoice(
            business_unit=unit, customer=customers[plan["who"]], number=plan["number"],
            issued_on=plan["day"], currency="USD", subtotal=plan["net"], tax_total=plan["tax"],
            total=plan["net"] + plan["tax"],
        )
        for plan in plans
    )  # fmt: skip
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice, service=plan["service"], unit_price=plan["net"], amount=plan["net"],
            taxable=plan["service"] == TAXABLE, tax_code="",
        )
        for invoice, plan in zip(invoices, plans, strict=True)
    )  # fmt: skip
    Payment.objects.bulk_create(
        Payment(
            business_unit=unit, customer=invoice.customer, invoice=invoice, method=plan["method"],
            amount=amount, currency="USD", received_on=day,
        )
        for invoice, plan in zip(invoices, plans, strict=True)
        for amount, day in plan["payments"]
    )  # fmt: skip


def _enter_there(simulator, realm, plans, names):
    items = {row["Name"]: row["Id"] for row in simulator.documents(realm, "Item")}
    with Client(realm, simulator.grant(realm)["access_token"]) as client:
        bodies = [{"DisplayName": name} for name in names]
        customers = enter(simulator, client, "Customer", bodies)
        bodies = [_bill(plan, items[plan["service"]], customers) for plan in plans]
        invoices = enter(simulator, client, "Invoice", bodies)
        paid = [
            _paying(plan, payment, invoice)
            for plan, invoice in zip(plans, invoices, strict=True)
            for payment in plan["payments"]
        ]
        enter(simulator, client, "Payment", paid)


def _bill(plan, item, customers):
    detail = {
        "ItemRef": {"value": item},
        "TaxCodeRef": {"value": "TAX" if plan["tax"] else "NON"},
    }
    line = {
        "Amount": plan["net"],
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }
    tax = {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}}} if plan["tax"] else {}
    who = {"CustomerRef": {"value": customers[plan["who"]]["Id"]}}
    return who | tax | {
        "DocNumber": plan["number"], "TxnDate": plan["day"].isoformat(), "Line": [line]
    }  # fmt: skip


def _paying(plan, payment, invoice):
    amount, day = payment
    link = {"TxnId": invoice["Id"], "TxnType": "Invoice"}
    return {
        "CustomerRef": {"value": invoice["CustomerRef"]["value"]},
        "TotalAmt": amount,
        "TxnDate": day.isoformat(),
        "PaymentMethodRef": {"value": METHODS[plan["method"]]},
        "DepositToAccountRef": {"value": "4"},
        "Line": [{"Amount": amount, "LinkedTxn": [link]}],
    }


def item(unit, name):
    """The entry of an item of the unit's company."""
    return ReferenceEntry.objects.get(company=unit.quickbooks_company, kind="Item", name=name)
