"""Other people's clients drive the simulator, unmodified and with nothing in between."""

import json
import shutil
import subprocess
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from django.utils import timezone
from quickbooks.batch import batch_create
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import QuickbooksException
from quickbooks.objects import Customer, Invoice, Item, Payment, PaymentLine, SalesItemLine
from quickbooks.objects.base import LinkedTxn, Ref
from quickbooks.objects.detailline import SalesItemLineDetail

from tests.simulator.client import connected

NODE_QUICKBOOKS = "node-quickbooks@2.0.50"
DRIVER = Path(__file__).with_name("node_quickbooks.cjs")


def ledger(simulator, realm_id):
    """Return what of ours stands in the books after either client."""
    there = [d for d in simulator.documents(realm_id, "Invoice") if d.get("DocNumber") == "N-1"]
    [customer] = [
        c for c in simulator.documents(realm_id, "Customer") if c["DisplayName"] == "Ada Archer"
    ]
    payments = [
        (Decimal(str(p["TotalAmt"])), Decimal(str(p["UnappliedAmt"])))
        for p in simulator.documents(realm_id, "Payment")
        if p["CustomerRef"]["value"] == customer["Id"]
    ]
    return [Decimal(str(d["Balance"])) for d in there], payments


AFTER = ([Decimal("70.00")], [(Decimal("80.00"), Decimal("0.00"))])


def ref(value):
    found = Ref()
    found.value = value
    return found


def invoice_of(customer, item):
    invoice, line = Invoice(), SalesItemLine()
    line.Amount, line.SalesItemLineDetail = Decimal(150), SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = ref(item.Id)
    invoice.DocNumber, invoice.TxnDate, invoice.Line = "N-1", "2026-05-04", [line]
    invoice.CustomerRef = ref(customer.Id)
    return invoice


def payment_of(customer, invoice, amount):
    payment, line, link = Payment(), PaymentLine(), LinkedTxn()
    link.TxnId, link.TxnType = invoice.Id, "Invoice"
    line.Amount, line.LinkedTxn = Decimal(amount), [link]
    payment.TotalAmt, payment.Line = Decimal(amount), [line]
    payment.CustomerRef = ref(customer.Id)
    return payment


def test_python_quickbooks_drives_it(simulator):
    with connected(simulator) as client:
        item = Item.filter(Type="Service", max_results=1, qb=client)[0]
        customer = Customer()
        customer.DisplayName = "Ada Archer"
        customer.save(qb=client)
        twice = Customer()
        twice.DisplayName = "Ada Archer"
        with pytest.raises(QuickbooksException) as refused:
            twice.save(qb=client)
        assert refused.value.error_code == 6240
        invoice = invoice_of(customer, item)
        invoice.save(qb=client)
        invoice.PrivateNote = "by python"
        invoice.save(qb=client)
        first = payment_of(customer, invoice, 70)
        first.save(qb=client)
        many = batch_create([payment_of(customer, invoice, 80), twice], qb=client)
        assert [p.TotalAmt for p in many.successes] == [80]
        assert [f.Error[0].code for f in many.faults] == ["6240"]
        assert Invoice.get(invoice.Id, qb=client).Balance == 0
        found = Payment.filter(CustomerRef=customer.Id, TotalAmt=70, qb=client)
        assert [p.TotalAmt for p in found] == [70]
        assert Invoice.count("DocNumber = 'N-1'", qb=client) == 1
        hour_ago = timezone.now() - timedelta(hours=1)
        changed = change_data_capture([Payment], hour_ago.isoformat(timespec="seconds"), qb=client)
        assert len(changed.Payment) >= 2
        Payment.get(first.Id, qb=client).delete(qb=client)
        assert ledger(simulator, client.company_id) == AFTER


@pytest.mark.services
@pytest.mark.long
@pytest.mark.skipif(shutil.which("npm") is None, reason="Node is not installed")
def test_node_quickbooks_drives_it(simulator, tmp_path):
    npm = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(tmp_path)]
    subprocess.run([*npm, NODE_QUICKBOOKS], check=True, timeout=300)
    realm_id = simulator.create_company(variant="us", name="By Node")
    found = requests.get(simulator.discovery_url, timeout=10).json()
    access = {
        **simulator.grant(realm_id),
        "api_url": simulator.api_url,
        "token_url": found["token_endpoint"],
    }
    driven = subprocess.run(
        ["node", str(DRIVER), json.dumps(access)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"NODE_PATH": str(tmp_path / "node_modules"), "PATH": "/usr/bin:/bin:/usr/local/bin"},
    )
    assert driven.returncode == 0, driven.stderr
    assert json.loads(driven.stdout) == {
        "renewed": True,
        "company": "By Node",
        "numbers": True,
        "again": "6240",
        "stale": "5010",
        "note": "by node",
        "items": [["one", 80], ["two", "6240"]],
        "balance": 0,
        "found": [70],
        "count": 1,
        "changed": 2,
        "gone": "Deleted",
        "after": 70,
    }
    assert ledger(simulator, realm_id) == AFTER
