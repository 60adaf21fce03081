"""The simulator's whole ledger of a company, reduced to what must equal ours."""

from decimal import Decimal

from sync.models import SyncRecord

# The payments of the example (fixture `paid`), as `payments` returns them.
EXAMPLE = [
    (Decimal("30.00"), Decimal("0.00"), "2026-05-06", "R-1042"),
    (Decimal("50.00"), Decimal("0.00"), "2026-05-09", "R-1042"),
    (Decimal("70.00"), Decimal("0.00"), "2026-05-01", "R-1042"),
]


def money(value) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def ours_only(documents):
    """Leave out what the company was seeded with: only what carries our marker."""
    return [d for d in documents if "Paidup " in str(d.get("PrivateNote", d.get("Notes", "")))]


def invoices(simulator, unit):
    """Return number -> (total, balance, date, customer name) of our invoices there."""
    realm = unit.quickbooks_company.realm_id
    return {
        d["DocNumber"]: (money(d["TotalAmt"]), money(d["Balance"]), d["TxnDate"])
        for d in ours_only(simulator.documents(realm, "Invoice"))
    }


def payments(simulator, unit):
    """Return sorted (total, unapplied, date, invoice number) of our payments there."""
    realm = unit.quickbooks_company.realm_id
    numbers = {d["Id"]: d["DocNumber"] for d in simulator.documents(realm, "Invoice")}
    found = []
    for d in ours_only(simulator.documents(realm, "Payment")):
        linked = [
            numbers[link["TxnId"]] for line in d.get("Line", []) for link in line["LinkedTxn"]
        ]
        found.append((money(d["TotalAmt"]), money(d["UnappliedAmt"]), d["TxnDate"], *linked))
    return sorted(found)


def nothing(simulator, unit):
    """Say whether nothing of ours is there."""
    realm = unit.quickbooks_company.realm_id
    return not any(
        ours_only(simulator.documents(realm, entity))
        for entity in ("Customer", "Invoice", "Payment")
    )


def assert_equal_to_ours(simulator, unit):
    """Compare document by document: each exported record is there once, equal to the cent."""
    realm = unit.quickbooks_company.realm_id
    for kind, entity in (("customer", "Customer"), ("invoice", "Invoice"), ("payment", "Payment")):
        there = {d["Id"]: d for d in ours_only(simulator.documents(realm, entity))}
        records = SyncRecord.objects.filter(company__realm_id=realm, kind=kind).exclude(qbo_id="")
        assert {r.qbo_id for r in records} == set(there), entity
        for record in records:
            document = there[record.qbo_id]
            assert record.marker in str(document.get("PrivateNote", document.get("Notes")))
            if kind == "invoice":
                assert money(document["TotalAmt"]) == record.invoice.total
                assert document["DocNumber"] == record.invoice.number
            if kind == "payment":
                assert money(document["TotalAmt"]) == record.payment.amount
