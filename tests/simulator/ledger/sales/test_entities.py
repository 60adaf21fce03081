"""python-quickbooks drives every transaction: create, read, query, update, void and delete."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import ObjectNotFoundException, QuickbooksException
from quickbooks.objects.account import Account
from quickbooks.objects.base import CustomerMemo, EmailAddress, LinkedTxn, Ref
from quickbooks.objects.creditmemo import CreditMemo
from quickbooks.objects.customer import Customer
from quickbooks.objects.deposit import Deposit, DepositLine, DepositLineDetail
from quickbooks.objects.detailline import (
    AccountBasedExpenseLine,
    AccountBasedExpenseLineDetail,
    DiscountLine,
    DiscountLineDetail,
    SalesItemLine,
    SalesItemLineDetail,
)
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.journalentry import (
    Entity,
    JournalEntry,
    JournalEntryLine,
    JournalEntryLineDetail,
)
from quickbooks.objects.payment import Payment, PaymentLine
from quickbooks.objects.paymentmethod import PaymentMethod
from quickbooks.objects.purchase import Purchase
from quickbooks.objects.refundreceipt import RefundReceipt
from quickbooks.objects.salesreceipt import SalesReceipt
from quickbooks.objects.vendor import Vendor

from tests.simulator.client import connected


@pytest.fixture(scope="module")
def qb(shared_simulator):
    with connected(shared_simulator) as client:
        yield client


@pytest.fixture
def customer(qb, request):
    made = Customer()
    made.DisplayName = f"Buyer in {request.node.name}"
    made.save(qb=qb)
    return Customer.get(made.Id, qb=qb)


def line(client, amount="100.00", quantity=0, price=0):
    made = SalesItemLine()
    made.Amount, made.Description = Decimal(amount), "work"
    made.SalesItemLineDetail = SalesItemLineDetail()
    made.SalesItemLineDetail.ItemRef = Item.filter(Name="Deep Clean", qb=client)[0].to_ref()
    made.SalesItemLineDetail.Qty, made.SalesItemLineDetail.UnitPrice = quantity, price
    return made


def blank(kind, customer, *lines):
    document = kind()
    document.CustomerRef = customer.to_ref()
    document.Line = list(lines)
    return document


def paid(customer, amount, *invoices):
    payment = Payment()
    payment.TotalAmt = Decimal(amount)
    payment.CustomerRef = customer.to_ref()
    for invoice, part in invoices:
        applied = PaymentLine()
        applied.Amount = Decimal(part)
        applied.LinkedTxn.append(invoice.to_linked_txn())
        payment.Line.append(applied)
    return payment


def account(name, client):
    return Account.filter(Name=name, qb=client)[0]


def test_blank_invoice_with_its_defaults_is_accepted(qb, customer):
    invoice = blank(Invoice, customer, line(qb, "100.10"))
    invoice.CustomerMemo = CustomerMemo()
    invoice.CustomerMemo.value = "Thank you"
    invoice.save(qb=qb)
    read = Invoice.get(invoice.Id, qb=qb)
    assert (read.TotalAmt, read.Balance) == (Decimal("100.10"), Decimal("100.10"))
    assert (read.AllowIPNPayment, read.CustomerMemo.value) == (False, "Thank you")
    assert read.DocNumber is None  # custom numbers are on, and none was given
    assert [each.DetailType for each in read.Line] == ["SalesItemLineDetail", "SubTotalLineDetail"]
    assert date.fromisoformat(read.DueDate) - date.fromisoformat(read.TxnDate) == timedelta(30)


def test_invoice(qb, customer):
    discount = DiscountLine()
    discount.Amount = 0
    discount.DiscountLineDetail = DiscountLineDetail()
    discount.DiscountLineDetail.PercentBased = True
    discount.DiscountLineDetail.DiscountPercent = 10
    invoice = blank(Invoice, customer, line(qb, "90.00", 3, 30), line(qb, "10.00"), discount)
    invoice.DocNumber, invoice.PrivateNote = "EN-1", "marker"
    invoice.save(qb=qb)
    read = Invoice.filter(DocNumber="EN-1", qb=qb)[0]
    assert (read.Id, read.TotalAmt) == (invoice.Id, Decimal("90.00"))
    assert read.CustomerRef.name == customer.DisplayName
    assert Invoice.where(f"CustomerRef = '{customer.Id}'", qb=qb)[0].Id == invoice.Id

    read.Line[0].Description = "changed"
    read.BillEmail = EmailAddress()
    read.BillEmail.Address = "a@example.com"
    read.save(qb=qb)
    read = Invoice.get(invoice.Id, qb=qb)
    assert [each.Description for each in read.Line[:2]] == ["changed", "work"]
    assert (read.SyncToken, read.PrivateNote, read.TotalAmt) == ("1", "marker", Decimal("90.00"))
    assert read.download_pdf(qb=qb).startswith(b"%PDF-1.4")

    read.void(qb=qb)
    read = Invoice.get(invoice.Id, qb=qb)
    assert (read.TotalAmt, read.Balance, read.SyncToken) == (0, 0, "2")
    assert "Voided" in read.PrivateNote
    assert read.delete(qb=qb)["Invoice"] == {
        "domain": "QBO",
        "status": "Deleted",
        "Id": invoice.Id,
    }
    assert Invoice.filter(Id=invoice.Id, qb=qb) == []
    with pytest.raises(ObjectNotFoundException):
        Invoice.get(invoice.Id, qb=qb)


def test_payment(qb, customer):
    invoice = blank(Invoice, customer, line(qb, "150.00"))
    invoice.save(qb=qb)
    payment = paid(customer, "120.00", (invoice, "100.00"))
    payment.PaymentMethodRef = PaymentMethod.filter(Name="Check", qb=qb)[0].to_ref()
    payment.PaymentRefNum, payment.PrivateNote = "1077", "marker"
    payment.save(qb=qb)
    read = Payment.get(payment.Id, qb=qb)
    assert (read.TotalAmt, read.UnappliedAmt) == (Decimal("120.00"), Decimal("20.00"))
    assert read.DepositToAccountRef.value == account("Undeposited Funds", qb).Id
    assert read.Line[0].LinkedTxn[0].TxnId == invoice.Id
    assert Payment.where(f"CustomerRef = '{customer.Id}'", qb=qb)[0].Id == payment.Id
    linked = Invoice.get(invoice.Id, qb=qb)
    assert linked.Balance == Decimal("50.00")
    assert [(each.TxnId, each.TxnType) for each in linked.LinkedTxn] == [(payment.Id, "Payment")]

    read.PaymentRefNum = "1078"
    read.save(qb=qb)
    read = Payment.get(payment.Id, qb=qb)
    assert (read.PaymentRefNum, read.UnappliedAmt) == ("1078", Decimal("20.00"))
    assert Invoice.get(invoice.Id, qb=qb).Balance == Decimal("50.00")

    read.void(qb=qb)
    read = Payment.get(payment.Id, qb=qb)
    assert (read.TotalAmt, read.UnappliedAmt, read.Line) == (0, 0, [])
    assert read.PrivateNote == "Voided - marker"
    assert Invoice.get(invoice.Id, qb=qb).Balance == Decimal("150.00")
    read.delete(qb=qb)
    assert Payment.filter(Id=payment.Id, qb=qb) == []


def test_sales_receipt(qb, customer):
    receipt = blank(SalesReceipt, customer, line(qb, "60.00", 2, 30))
    receipt.save(qb=qb)
    read = SalesReceipt.get(receipt.Id, qb=qb)
    assert (read.TotalAmt, read.Balance) == (Decimal("60.00"), 0)
    assert read.DepositToAccountRef.name == "Undeposited Funds"
    read.PrivateNote = "paid at the door"
    read.save(qb=qb)
    assert SalesReceipt.filter(Id=receipt.Id, qb=qb)[0].PrivateNote == "paid at the door"
    SalesReceipt.get(receipt.Id, qb=qb).void(qb=qb)
    read = SalesReceipt.get(receipt.Id, qb=qb)
    assert (read.TotalAmt, read.PrivateNote) == (0, "Voided - paid at the door")
    read.delete(qb=qb)
    assert SalesReceipt.filter(Id=receipt.Id, qb=qb) == []


def test_credit_memo(qb, customer):
    memo = blank(CreditMemo, customer, line(qb, "40.00"))
    memo.save(qb=qb)
    read = CreditMemo.get(memo.Id, qb=qb)
    assert (read.TotalAmt, read.Balance) == (Decimal("40.00"), Decimal("40.00"))
    assert read.RemainingCredit == Decimal("40.00")
    read.PrivateNote = "goodwill"
    read.save(qb=qb)
    assert CreditMemo.filter(Id=memo.Id, qb=qb)[0].PrivateNote == "goodwill"
    CreditMemo.get(memo.Id, qb=qb).delete(qb=qb)
    assert CreditMemo.filter(Id=memo.Id, qb=qb) == []


def test_refund_receipt(qb, customer):
    refund = blank(RefundReceipt, customer, line(qb, "25.00"))
    refund.DocNumber = "RF-1"
    refund.DepositToAccountRef = account("checking", qb).to_ref()
    refund.save(qb=qb)
    read = RefundReceipt.get(refund.Id, qb=qb)
    assert (read.TotalAmt, read.DocNumber) == (Decimal("25.00"), "RF-1")
    read.PrivateNote = "broken vase"
    read.save(qb=qb)
    assert RefundReceipt.filter(Id=refund.Id, qb=qb)[0].PrivateNote == "broken vase"
    RefundReceipt.get(refund.Id, qb=qb).delete(qb=qb)
    assert RefundReceipt.filter(Id=refund.Id, qb=qb) == []


def test_deposit(qb, customer):
    payment = paid(customer, "80.00")
    payment.save(qb=qb)
    deposit = Deposit()
    deposit.DepositToAccountRef = account("Checking", qb).to_ref()
    taken = DepositLine()
    taken.Amount = Decimal("80.00")
    link = LinkedTxn()
    link.TxnId, link.TxnType, link.TxnLineId = payment.Id, "Payment", "0"
    taken.LinkedTxn.append(link)
    fee = DepositLine()
    fee.Amount = Decimal("-2.50")
    fee.DepositLineDetail = DepositLineDetail()
    fee.DepositLineDetail.AccountRef = account("Card Processing Fees", qb).to_ref()
    deposit.Line = [taken, fee]
    deposit.save(qb=qb)
    read = Deposit.get(deposit.Id, qb=qb)
    assert read.TotalAmt == Decimal("77.50")
    held = Payment.get(payment.Id, qb=qb)
    assert held.LinkedTxn == [{"TxnId": deposit.Id, "TxnType": "Deposit"}]
    with pytest.raises(QuickbooksException) as caught:
        held.delete(qb=qb)
    assert caught.value.error_code == 6540
    read.PrivateNote = "Monday"
    read.save(qb=qb)
    assert Deposit.filter(Id=deposit.Id, qb=qb)[0].PrivateNote == "Monday"
    Deposit.get(deposit.Id, qb=qb).delete(qb=qb)
    assert Payment.get(payment.Id, qb=qb).delete(qb=qb)["Payment"]["status"] == "Deleted"


@pytest.mark.parametrize(("kind", "paid_from"), [("Check", "Checking"), ("CreditCard", "Visa")])
def test_purchase(qb, kind, paid_from):
    purchase = Purchase()
    purchase.PaymentType = kind
    purchase.AccountRef = account(paid_from, qb).to_ref()
    purchase.EntityRef = Vendor.all(max_results=1, qb=qb)[0].to_ref()
    spent = AccountBasedExpenseLine()
    spent.Amount = Decimal("33.30")
    spent.AccountBasedExpenseLineDetail = AccountBasedExpenseLineDetail()
    spent.AccountBasedExpenseLineDetail.AccountRef = account("Fuel", qb).to_ref()
    purchase.Line.append(spent)
    purchase.save(qb=qb)
    read = Purchase.get(purchase.Id, qb=qb)
    assert (read.TotalAmt, read.PaymentType) == (Decimal("33.30"), kind)
    assert read.EntityRef.type == "Vendor"
    read.PrivateNote = "tank"
    read.save(qb=qb)
    assert Purchase.where(f"Id = '{purchase.Id}'", qb=qb)[0].PrivateNote == "tank"
    Purchase.get(purchase.Id, qb=qb).delete(qb=qb)
    assert Purchase.filter(Id=purchase.Id, qb=qb) == []


def test_journal_entry(qb, customer):
    entry = JournalEntry()
    for side, name in (("Debit", "Accounts Receivable (A/R)"), ("Credit", "Services")):
        part = JournalEntryLine()
        part.Amount = Decimal("70.00")
        part.JournalEntryLineDetail = JournalEntryLineDetail()
        part.JournalEntryLineDetail.PostingType = side
        part.JournalEntryLineDetail.AccountRef = account(name, qb).to_ref()
        if side == "Debit":
            part.JournalEntryLineDetail.Entity = Entity()
            part.JournalEntryLineDetail.Entity.Type = "Customer"
            part.JournalEntryLineDetail.Entity.EntityRef = customer.to_ref()
        entry.Line.append(part)
    entry.save(qb=qb)
    assert JournalEntry.get(entry.Id, qb=qb).TotalAmt == Decimal("70.00")
    assert Customer.get(customer.Id, qb=qb).Balance == Decimal("70.00")
    read = JournalEntry.get(entry.Id, qb=qb)
    read.PrivateNote = "opening"
    read.save(qb=qb)
    assert JournalEntry.filter(Id=entry.Id, qb=qb)[0].PrivateNote == "opening"
    JournalEntry.get(entry.Id, qb=qb).delete(qb=qb)
    assert Customer.get(customer.Id, qb=qb).Balance == 0


def test_batches(qb, customer):
    invoices = [blank(Invoice, customer, line(qb, str(amount))) for amount in range(1, 32)]
    made = batch_create(invoices, qb=qb)
    assert (len(made.successes), len(made.faults)) == (31, 0)
    assert [each.TotalAmt for each in made.successes] == list(range(1, 32))
    for each in made.successes:
        each.PrivateNote = "seen"
    changed = batch_update(made.successes, qb=qb)
    assert {each.SyncToken for each in changed.successes} == {"1"}
    stale = batch_update(made.successes[:1], qb=qb)
    assert stale.faults[0].Error[0].code == "5010"
    gone = batch_delete(changed.successes, qb=qb)
    assert {each.status for each in gone.successes} == {"Deleted"}
    assert Invoice.count(f"CustomerRef = '{customer.Id}'", qb=qb) == 0


def test_change_data_capture(qb, customer):
    kept, gone = blank(Invoice, customer, line(qb)), blank(Invoice, customer, line(qb))
    kept.save(qb=qb)
    gone.save(qb=qb)
    Invoice.get(gone.Id, qb=qb).delete(qb=qb)
    since = (date.today() - timedelta(days=1)).isoformat() + "T00:00:00-08:00"
    found = change_data_capture([Invoice, Customer], since, qb=qb)
    status = {each.Id: getattr(each, "status", None) for each in found.Invoice}
    assert (status[kept.Id], status[gone.Id]) == (None, "Deleted")
    assert customer.Id in [each.Id for each in found.Customer]


def test_reports(qb, customer):
    blank(Invoice, customer, line(qb, "12.34")).save(qb=qb)
    report = qb.get_report("CustomerBalance", {"customer": customer.Id})
    assert report["Rows"]["Row"][0]["ColData"] == [
        {"value": customer.DisplayName, "id": customer.Id},
        {"value": "12.34"},
    ]


def test_a_repeated_request_id_makes_one_invoice(qb, customer):
    first = blank(Invoice, customer, line(qb))
    again = blank(Invoice, customer, line(qb))
    first.save(qb=qb, request_id="same-one")
    again.save(qb=qb, request_id="same-one")
    assert first.Id == again.Id
    assert Invoice.count(f"CustomerRef = '{customer.Id}'", qb=qb) == 1


def test_reference_by_value_alone(qb):
    reference = Ref()
    reference.value = "1"
    customer = Customer.get(1, qb=qb)
    invoice = blank(Invoice, customer, line(qb))
    invoice.CustomerRef = reference
    invoice.save(qb=qb)
    assert Invoice.get(invoice.Id, qb=qb).CustomerRef.name == customer.DisplayName
