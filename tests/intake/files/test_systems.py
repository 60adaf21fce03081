"""A small file of each system, in the layout its exports have, with their oddities."""

from datetime import date
from zoneinfo import ZoneInfo

from sync.intake.files.outcomes import Code, Outcome
from sync.intake.files.records import Allocation, LineKind, PaymentKind
from tests.intake.files.helpers import Result, money, table

CHICAGO = ZoneInfo("America/Chicago")
JOBBER = (
    "Invoice #,Client name,Client email,Service street,Issued date,Due date,Job #s,Status,"
    "Total ($),Balance ($)"
)


def test_jobber_invoices_claim_what_was_paid_and_leave_drafts_out():
    result = Result(
        "\ufeff"
        + table(
            JOBBER,
            {"Invoice #": "71", "Client name": "Ada", "Issued date": "Nov 20, 2025",
             "Due date": "-", "Job #s": "1, 2", "Status": "Paid", "Total ($)": "1,210.0",
             "Balance ($)": "0.0"},
            {"Invoice #": "72", "Client name": "Bo", "Issued date": "Dec 1, 2025",
             "Status": "Bad Debt", "Total ($)": "99.0", "Balance ($)": "99.0"},
            {"Invoice #": "73", "Client name": "Cy", "Issued date": "-", "Status": "Draft",
             "Total ($)": "5.0", "Balance ($)": "5.0"},
        )
    )  # fmt: skip
    paid, lost = result.invoices
    assert result.layout == "jobber-invoices"
    assert (paid.number, paid.issued_on, paid.due_on) == ("71", date(2025, 11, 20), None)
    assert (paid.total, paid.paid_by_source) == (money("1210.00"), money("1210.00"))
    assert lost.written_off
    assert lost.paid_by_source == 0
    assert result.payments == []
    assert result.not_ours == [((4,), Code.DRAFT)]


def test_jobber_lines_of_one_cell_are_taken_where_they_reach_the_total():
    header = JOBBER + ",Pre-tax total ($),Tax amount ($),Line items"
    row = {"Invoice #": "74", "Client name": "Ada", "Issued date": "Jan 5, 2026",
           "Status": "Paid", "Total ($)": "603.75", "Balance ($)": "0.0",
           "Pre-tax total ($)": "575.0", "Tax amount ($)": "28.75"}  # fmt: skip
    cell = "Monthly SEM (1, $500), CRM charges (3, $25)"
    [invoice] = Result(table(header, row | {"Line items": cell})).invoices
    assert [(line.service, line.quantity, line.amount) for line in invoice.lines] == [
        ("Monthly SEM", 1, money("500.00")),
        ("CRM charges", 3, money("75.00")),
    ]
    other = Result(table(header, row | {"Line items": "Monthly SEM (1, $400)"}))
    assert other.invoices[0].lines == ()
    assert other.staged[-1].reasons[0].code == Code.LINES_LEFT_OUT


LEDGER = (
    "Client name,Date,Type,Total $,Tip $,Note,Cheque #,Invoice #,Method,Transaction ID,"
    "Transaction #,Confirmation #,Job #,Postal code,Paid - Tax $,Refunded on"
)


def test_a_ledger_counts_payments_down_and_refunds_up():
    text = 'Totals\n\nTotal Transactions,5\nTotal Transaction Value,-270.00\n\n' + table(
        LEDGER,
        {"Client name": "Ada", "Date": "2026-01-15", "Type": "Invoice", "Total $": "105.00",
         "Invoice #": "81"},
        {"Client name": "Ada", "Date": "2026-01-20", "Type": "Payment", "Total $": "-315.00",
         "Invoice #": "80, 81", "Method": "e-Transfer", "Confirmation #": "2026012011112222333"},
        {"Client name": "Cy", "Date": "2026-03-22", "Type": "Payment", "Total $": "-110.00",
         "Tip $": "10.00", "Invoice #": "82", "Transaction ID": "ch_9"},
        {"Client name": "Di", "Date": "2026-03-11", "Type": "Deposit", "Total $": "-210.00",
         "Note": "Payment applied to Estimate #973"},
        {"Client name": "Ada", "Date": "2026-03-20", "Type": "Refund", "Total $": "260.00",
         "Invoice #": "81", "Method": "Cheque", "Cheque #": "0055"},
    )  # fmt: skip
    result = Result(text)
    [invoice], [card, deposit], [refund] = result.invoices, result.payments, result.refunds
    assert (invoice.number, invoice.total) == ("81", money("105.00"))
    assert (card.external_id, card.amount, card.tip) == ("ch_9", money("110.00"), money("10.00"))
    assert (deposit.kind, deposit.quote, deposit.allocations) == (PaymentKind.DEPOSIT, "973", ())
    assert (refund.amount, refund.invoice_numbers) == (money("260.00"), ("81",))
    assert refund.reference == "0055"
    assert [(c.stated, c.found) for c in result.controls] == [(5, 5), (-270, -270)]
    assert result.reasons(Outcome.ASKED) == [((8,), Code.SPLIT, "Invoice #", "80, 81")]
    split = Result(text, splits={"80,81=315.00": {"80": "210.00", "81": "105.00"}})
    assert split.payments[0].allocations == (
        Allocation("80", money("210.00")),
        Allocation("81", money("105.00")),
    )


def test_jobber_card_payments_end_with_their_totals():
    header = (
        "Client name,Date,Time,Type,Paid with,Paid through,Total $,Tip $,Fee $,Note,"
        "Card ending #,Card type,Invoice #,Quote #,Payout #"
    )
    result = Result(
        table(
            header,
            {"Client name": "Ada", "Date": "2026-01-20", "Type": "Payment", "Paid with": "Card",
             "Total $": "$310.80", "Fee $": "$9.31", "Invoice #": "80", "Payout #": "P1"},
            {"Client name": "Report totals:", "Total $": "$310.80", "Fee $": "$9.31"},
        )
    )  # fmt: skip
    [payment] = result.payments
    assert (payment.amount, payment.fee) == (money("310.80"), money("9.31"))
    assert result.not_ours == [((3,), Code.TOTAL)]
    assert all(control.stated == control.found for control in result.controls)


HCP = (
    "Job ID,Payment Received Date,Customer ID,Customer Name,Invoice Number,Invoice Status,"
    "Payment Amount,Tax Amount,Tip Amount,Payment Type,Fee Amount,Job Location Zip Code"
)


def test_housecall_payments_have_no_id_and_days_of_the_unit():
    rows = (
        {"Job ID": "36", "Payment Received Date": "2026-08-01T00:10:00Z", "Customer ID": "cus_1",
         "Customer Name": "Mika", "Invoice Number": "614-1", "Payment Amount": "6,280.00",
         "Tip Amount": "20.00", "Payment Type": "credit card", "Fee Amount": "3.78",
         "Job Location Zip Code": "01905"},
        {"Job ID": "36", "Payment Received Date": "2026-08-03T09:00:00-05:00",
         "Customer Name": "Dee", "Invoice Number": "615", "Payment Amount": "-89.00",
         "Payment Type": "refund"},
    )  # fmt: skip
    asked = Result(table(HCP, *rows), CHICAGO)
    assert [question.code for question in asked.asked] == [Code.TIPS]
    result = Result(table(HCP, *rows), CHICAGO, tips="inside")
    [payment], [refund] = result.payments, result.refunds
    assert (payment.received_on, payment.amount) == (date(2026, 7, 31), money("6280.00"))
    assert payment.customer.address.postal_code == "01905"
    assert payment.allocations == (Allocation("614-1", money("6280.00")),)
    assert (refund.amount, refund.invoice_numbers) == (money("89.00"), ("615",))
    again = Result(table(HCP, *reversed(rows)), CHICAGO, tips="inside")
    assert again.payments[0].external_id == payment.external_id
    beside = Result(table(HCP, *rows), CHICAGO, tips="beside").payments[0]
    assert beside.amount == money("6300.00")


def test_housecall_invoices_without_totals_are_refused_and_not_invented():
    header = "Invoice #,Customer name,Invoice status,Amount due,Due date,Latest send date,Job #"
    row = {"Invoice #": '="363"', "Customer name": "Mika", "Amount due": "$885.00"}
    result = Result(table(header, row))
    assert [(rows, code) for rows, code, *_ in result.refused] == [((2,), Code.NO_TOTAL_IN_EXPORT)]


SQUARE = (
    "Date,Time,Time Zone,Gross Sales,Tip,Total Collected,Source,Card,Cash,Square Gift Card,"
    "Other Tender,Other Tender Type,Fees,Net Total,Transaction ID,Payment ID,Event Type,"
    "Refund Reason,Customer Name,Transaction Status"
)


def test_square_splits_by_ways_of_paying_and_its_refund_shares_the_sale():
    sale = {"Date": "2026-01-13", "Total Collected": "$1,149.00 ", "Card": "$1,100.00",
            "Cash": "$49.00", "Fees": "($33.62)", "Net Total": "$1,115.38",
            "Transaction ID": "T1", "Payment ID": "PC3, PC4", "Event Type": "Payment",
            "Customer Name": "Ada", "Transaction Status": "Complete"}  # fmt: skip
    back = {"Date": "2026-01-14", "Total Collected": "-$49.00", "Cash": "-$49.00",
            "Net Total": "-$49.00", "Transaction ID": "T1", "Event Type": "Refund",
            "Refund Reason": "Broken", "Transaction Status": "Complete"}  # fmt: skip
    result = Result(table(SQUARE, sale, back))
    card, cash = result.payments
    assert [(one.method, one.amount, one.receipt) for one in (card, cash)] == [
        ("Card", money("1100.00"), "T1"),
        ("Cash", money("49.00"), "T1"),
    ]
    [refund] = result.refunds
    assert (refund.payment_external_id, refund.reason) == (cash.external_id, "Broken")


def test_square_items_are_lines_and_returned_lines_are_not_ours():
    header = (
        "Date,Time,Item,Qty,Gross Sales,Discounts,Net Sales,Tax,Transaction ID,"
        "Event Type,Customer Name"
    )
    result = Result(
        table(
            header,
            {"Date": "1/13/26", "Item": "Wash", "Qty": "2.0", "Net Sales": "$100.00",
             "Tax": "$8.00", "Transaction ID": "T1", "Event Type": "Payment"},
            {"Date": "1/13/26", "Item": "Wax", "Qty": "1.0", "Net Sales": "$20.00",
             "Tax": "$1.60", "Transaction ID": "T1", "Event Type": "Payment"},
            {"Date": "1/14/26", "Item": "Wax", "Qty": "-1.0", "Net Sales": "-$20.00",
             "Tax": "-$1.60", "Transaction ID": "T2", "Event Type": "Refund"},
        ),
        customer="Walk-in",
        tax="exclusive",
    )  # fmt: skip
    [invoice] = result.invoices
    assert (invoice.customer.name, invoice.total) == ("Walk-in", money("129.60"))
    assert result.not_ours == [((4,), Code.REFUND_LINE)]


STRIPE = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Fee,"
    "Refunded date (UTC),Status,Customer Email,Invoice ID,plan (metadata)"
)


def test_a_stripe_refund_is_a_column_of_its_payment():
    rows = (
        {"id": "ch_1", "Created date (UTC)": "2026-01-01 03:00", "Amount": "150.00",
         "Amount Refunded": "50.00", "Refunded date (UTC)": "2026-01-09 12:00", "Currency": "usd",
         "Captured": "true", "Fee": "4.65", "Status": "Refunded", "Customer Email": "a@b.test",
         "Invoice ID": "in_7"},
        {"id": "ch_2", "Created date (UTC)": "2026-01-02 03:00", "Amount": "10.00",
         "Amount Refunded": "0.00", "Currency": "usd", "Captured": "false", "Status": "Failed"},
    )  # fmt: skip
    result = Result(table(STRIPE, *rows), CHICAGO)
    [payment], [refund] = result.payments, result.refunds
    assert (payment.external_id, payment.received_on) == ("ch_1", date(2025, 12, 31))
    assert (payment.amount, payment.fee, payment.currency) == (money("150"), money("4.65"), "USD")
    assert payment.allocations == (Allocation("", money("150.00"), "in_7"),)
    assert (refund.payment_external_id, refund.amount) == ("ch_1", money("50.00"))
    assert refund.external_id == "ch_1#refunded"
    assert result.not_ours == [((3,), Code.NOT_RECEIVED)]


def test_stripe_balance_rows_are_told_apart_by_category():
    header = (
        "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,"
        "source_id,charge_id,description"
    )
    rows = [
        {"balance_transaction_id": f"t{at}", "created_utc": "2026-01-05 12:00:00",
         "currency": "cad", "gross": gross, "fee": fee, "net": gross,
         "reporting_category": category, "source_id": f"s{at}", "charge_id": "s0"}
        for at, (category, gross, fee) in enumerate((
            ("charge", "100.00", "3.20"), ("refund", "-40.00", "0.00"), ("payout", "-56.80", "0"),
            ("fee", "-2.00", "0"), ("dispute", "-60.00", "15.00"), ("transfer", "-1.00", "0")))
    ]  # fmt: skip
    result = Result("\ufeff" + table(header, *rows).replace("\n", "\r\n"))
    [payment], [refund] = result.payments, result.refunds
    assert (payment.external_id, payment.amount, payment.currency) == ("s0", money("100.00"), "CAD")
    assert (refund.external_id, refund.payment_external_id) == ("s1", "s0")
    assert [code for _, code in result.not_ours] == [
        Code.PAYOUT, Code.FEE, Code.DISPUTE, Code.TRANSFER,
    ]  # fmt: skip


def test_quickbooks_import_states_customer_and_day_on_the_first_row_only():
    header = (
        "*InvoiceNo,*Customer,*InvoiceDate,*DueDate,Terms,Item(Product/Service),"
        "ItemDescription,ItemQuantity,ItemRate,*ItemAmount,Service Date"
    )
    rows = (
        {"*InvoiceNo": "1001", "*Customer": "Ada", "*InvoiceDate": "02/13/2026",
         "*DueDate": "03/01/2026", "Item(Product/Service)": "Wash", "ItemQuantity": "2",
         "ItemRate": "40", "*ItemAmount": "80"},
        {"*InvoiceNo": "1001", "Item(Product/Service)": "Wax", "*ItemAmount": "20.50"},
    )  # fmt: skip
    result = Result(table(header, *rows))
    [invoice] = result.invoices
    assert result.layout == "quickbooks-import"
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 2, 13), date(2026, 3, 1))
    assert (invoice.total, len(invoice.lines)) == (money("100.50"), 2)


def test_a_quickbooks_report_has_its_customers_as_headings():
    text = (
        "Riverside Hauling,,,,,,,\nSales by Customer Detail,,,,,,,\n"
        "January 2026,,,,,,,\n,,,,,,,\n"
        ",Date,Transaction type,Num,Product/Service,Qty,Sales price,Amount\n"
        "Acme Fleet,,,,,,,\n"
        ',01/05/2026,Invoice,1001,Haul,1,1045.50,"1,045.50"\n'
        ",01/19/2026,Credit Memo,1002,Haul,1,20.00,-20.00\n"
        'Total for Acme Fleet,,,,,,,"$1,025.50"\n'
        "Kit Moss,,,,,,,\n"
        ",01/20/2026,Invoice,1003,Haul,2,50.00,100.00\n"
        "Total for Kit Moss,,,,,,,$100.00\n"
        'TOTAL,,,,,,,"$1,125.50"\n'
        '"Accrual Basis Thursday, February 5, 2026 09:12 AM GMT-06:00",,,,,,,\n'
    )
    result = Result(text)
    assert [(one.customer.name, one.number, one.total) for one in result.invoices] == [
        ("Acme Fleet", "1001", money("1045.50")),
        ("Kit Moss", "1003", money("100.00")),
    ]
    assert [(c.label, c.stated, c.found) for c in result.controls] == [
        ("TOTAL", money("1125.50"), money("1125.50"))
    ]
    assert Code.CREDIT_NOTE in {code for _, code in result.not_ours}
    assert result.not_ours[-1] == ((14,), Code.FOOTER)


XERO = (
    "ContactName,EmailAddress,InvoiceNumber,InvoiceDate,DueDate,Total,TaxTotal,"
    "InvoiceAmountPaid,InvoiceAmountDue,Description,Quantity,UnitAmount,LineAmount,TaxType,"
    "TaxAmount,Currency,Type,Sent,Status"
)


def test_xero_repeats_the_total_on_each_line():
    head = {"ContactName": "Cafe", "InvoiceNumber": "INV-1", "InvoiceDate": "03/02/2026",
            "DueDate": "17/02/2026", "Total": "230.0000", "TaxTotal": "30.0000",
            "InvoiceAmountPaid": "230.0000", "InvoiceAmountDue": "0.0000", "Currency": "NZD",
            "Type": "Sales invoice", "Status": "Paid"}  # fmt: skip
    lines = (
        head | {"Description": "Window", "LineAmount": "160.0000", "TaxAmount": "24.0000"},
        head | {"Description": "Gutter", "LineAmount": "40.0000", "TaxAmount": "6.0000"},
        head | {"InvoiceNumber": "CN-7", "Type": "Sales credit note", "Total": "5"},
        head | {"InvoiceNumber": "", "Type": "Sales overpayment", "Total": "20"},
    )
    result = Result(table(XERO, *lines))
    [invoice] = result.invoices
    assert (invoice.total, invoice.tax_total) == (money("230.00"), money("30.00"))
    assert invoice.issued_on == date(2026, 2, 3)
    assert result.not_ours == [((4,), Code.CREDIT_NOTE), ((5,), Code.OVERPAYMENT)]
    inside = Result(table(XERO, head | {"LineAmount": "230.0000", "TaxAmount": "30.0000"}))
    assert inside.invoices[0].prices_include_tax
    wrong = Result(table(XERO, head | {"LineAmount": "100.0000", "TaxAmount": "15.0000"}))
    assert [code for _, code, *_ in wrong.refused] == [Code.DOES_NOT_ADD_UP]


def test_xero_invoices_to_import_take_discounts_off_and_do_not_invent_tax():
    header = (
        "*ContactName,EmailAddress,*InvoiceNumber,*InvoiceDate,*DueDate,Total,*Description,"
        "*Quantity,*UnitAmount,Discount,*AccountCode,*TaxType,TaxAmount,Currency"
    )
    row = {"*ContactName": "Ada", "*InvoiceNumber": "INV-1", "*InvoiceDate": "13/02/2026",
           "*Quantity": "2", "*UnitAmount": "50", "Discount": "10"}  # fmt: skip
    taxed = row | {"*TaxType": "15% GST on Income"}
    told = taxed | {"*InvoiceNumber": "INV-2", "Total": "103.50", "TaxAmount": "13.50"}
    free = row | {"*InvoiceNumber": "INV-3", "*TaxType": "No VAT"}
    result = Result(table(header, taxed, told, free))
    assert [(one.number, one.total) for one in result.invoices] == [
        ("INV-2", money("103.50")),
        ("INV-3", money("90.00")),
    ]
    assert [(rows, code) for rows, code, *_ in result.refused] == [((2,), Code.MISSING)]


def test_a_quickbooks_list_of_transactions_tells_its_sign_by_its_payments():
    text = (
        "Acme\nTransaction List by Customer\n\n"
        ",Date,Transaction type,Num,Memo/Description,Amount\nAda Co,,,,,\n"
        ',01/15/2026,Invoice,1001,,"1,045.50"\n,01/20/2026,Payment,55,,"-1,045.50"\n'
        "Total for Ada Co,,,,,$0.00\n"
    )
    result = Result(text)
    [invoice], [payment] = result.invoices, result.payments
    assert (invoice.number, invoice.customer.name) == ("1001", "Ada Co")
    assert (payment.amount, payment.reference) == (money("1045.50"), "55")
    assert result.refunds == []


def test_freshbooks_has_two_taxes_a_line():
    header = (
        "Client Name,Invoice #,Date Issued,Date Due,Invoice Status,Date Paid,Item Name,"
        "Item Description,Rate,Quantity,Discount Percentage,Line Subtotal,Tax 1 Type,"
        "Tax 1 Amount,Tax 2 Type,Tax 2 Amount,Line Total,Currency"
    )
    row = {"Client Name": "Ada", "Invoice #": "0000012", "Date Issued": "02/13/2026",
           "Date Paid": "02/20/2026", "Invoice Status": "paid", "Item Name": "Wash",
           "Rate": "100.00", "Quantity": "1", "Line Subtotal": "100.00", "Tax 1 Type": "GST",
           "Tax 1 Amount": "5.00", "Tax 2 Amount": "7.00", "Line Total": "112.00",
           "Currency": "CAD"}  # fmt: skip
    result = Result(table(header, row))
    [invoice] = result.invoices
    assert (invoice.number, invoice.total, invoice.tax_total) == (
        "0000012", money("112.00"), money("12.00"),
    )  # fmt: skip
    assert result.payments == []
    [payment] = Result(table(header, row), paid="yes").payments
    assert (payment.received_on, payment.claimed) == (date(2026, 2, 20), True)


ZOHO = (
    "Invoice Date,Invoice ID,Invoice Number,Invoice Status,Customer ID,Customer Name,"
    "Is Inclusive Tax,Due Date,Currency Code,SubTotal,Total,Balance,Adjustment,"
    "Entity Discount Amount,Shipping Charge,Item Name,Quantity,Discount Amount,Item Total,"
    "Item Price,Item Tax Amount"
)


def test_zoho_invoices_round_off_beside_their_lines_and_keep_19_digits():
    head = {"Invoice Date": "2026-01-05", "Invoice ID": "1234567890123456789",
            "Invoice Number": "INV-9", "Invoice Status": "Closed",
            "Customer ID": "9876543210987654321", "Customer Name": "Ada",
            "Is Inclusive Tax": "false", "Currency Code": "INR", "SubTotal": "100.400",
            "Total": "118.000", "Balance": "0.000", "Adjustment": "-0.47"}  # fmt: skip
    line = {"Item Name": "Wash", "Quantity": "1.00", "Item Total": "100.400",
            "Item Price": "100.400", "Item Tax Amount": "18.070"}  # fmt: skip
    result = Result(table(ZOHO, head | line, head | {"Invoice Number": "INV-8",
                    "Invoice ID": "1.23457E+18", "Adjustment": ""} | line))  # fmt: skip
    [invoice] = result.invoices
    assert invoice.external_id == "1234567890123456789"
    assert [line.kind for line in invoice.lines] == [LineKind.SERVICE, LineKind.ADJUSTMENT]
    assert invoice.total == money("118.00")
    assert {code for _, code, *_ in result.refused} == {Code.DIGITS_LOST, Code.DOES_NOT_ADD_UP}


def test_zoho_payments_are_a_row_an_application():
    header = (
        "Payment Number,CustomerPayment ID,Mode,Amount,Unused Amount,Reference Number,"
        "Currency Code,Customer Name,Payment Type,Date,Payment Type,"
        "Amount Applied to Invoice,Withholding Tax Amount,Invoice Number"
    )
    head = (
        "12,1111111111111111111,Cash,500.000,20.000,R1,INR,Ada,Invoice Payment,2026-01-05,"
        "Invoice Payment,{},{},{}\n"
    )
    text = (
        header
        + "\n"
        + head.format("300.000", "0.00", "INV-1")
        + head.format("180.000", "10.00", "INV-2")
    )
    [payment] = Result(text).payments
    assert (payment.external_id, payment.amount) == ("1111111111111111111", money("500.00"))
    assert payment.allocations == (
        Allocation("INV-1", money("300.00")),
        Allocation("INV-2", money("180.00")),
    )
    assert (payment.unapplied, payment.withheld_tax) == (money("20.00"), money("10.00"))


def test_zoho_credit_notes_are_not_ours():
    header = (
        "Credit Note Date,CreditNotes ID,Credit Note Number,Credit Note Status,Customer Name,Total"
    )
    row = {"Credit Note Date": "2026-01-05", "Credit Note Number": "CN-1", "Total": "10.00"}
    assert Result(table(header, row)).not_ours == [((2,), Code.CREDIT_NOTE)]


def test_servicetitan_refunds_are_a_payment_type():
    header = (
        "Payment Date,Customer Name,Payment Type,Payment Method,Payment Amount,"
        "Amount Allocated,Unapplied,Invoice #,Status"
    )
    rows = (
        {"Payment Date": "1/13/2026", "Customer Name": "Ada", "Payment Type": "Check",
         "Payment Amount": "$200.00", "Amount Allocated": "$200.00", "Invoice #": "500",
         "Status": "Posted"},
        {"Payment Date": "1/14/2026", "Customer Name": "Ada", "Payment Type": "Refund",
         "Payment Amount": "$50.00", "Invoice #": "500", "Status": "Posted"},
        {"Payment Date": "1/15/2026", "Customer Name": "Bo", "Payment Type": "Check",
         "Payment Amount": "$90.00", "Amount Allocated": "$60.00", "Unapplied": "$30.00",
         "Invoice #": "501", "Status": "Posted"},
    )  # fmt: skip
    result = Result(table(header, *rows))
    assert [one.amount for one in result.payments] == [money("200.00"), money("90.00")]
    assert [one.amount for one in result.refunds] == [money("50.00")]
    untold = Result(table(header, rows[2] | {"Unapplied": ""}))
    assert [code for _, code, *_ in untold.refused] == [Code.ROWS_CANNOT_BE_JOINED]


def test_simpro_names_surcharges_and_asks_for_splits():
    header = (
        "Payment No.,Customer,Invoice No.(s),Date,Payment Method,Cheque No.,"
        "Credit Card Surcharge,Total"
    )
    rows = (
        {"Payment No.": "7", "Customer": "Ada", "Invoice No.(s)": "31", "Date": "31/01/2026",
         "Payment Method": "Card", "Credit Card Surcharge": "$1.50", "Total": "$101.50"},
        {"Payment No.": "8", "Customer": "Ada", "Invoice No.(s)": "31, 32",
         "Date": "01/02/2026", "Payment Method": "EFT", "Total": "$50.00"},
    )  # fmt: skip
    result = Result(table(header, *rows))
    [payment] = result.payments
    assert payment.surcharge == money("1.50")
    assert [code for _, code, *_ in result.reasons(Outcome.ASKED)] == [Code.SPLIT]


def test_kickserv_and_workiz_payments():
    kickserv = (
        "id,date,payment_type,amount,ref_number,txn_id,stripe_payment_id,status,customer,"
        "created_at,updated_at"
    )
    [one] = Result(
        table(kickserv, {"id": "5", "date": "2026-01-05", "payment_type": "check",
              "amount": "50.0", "ref_number": "0012", "customer": "Ada"})
    ).payments  # fmt: skip
    assert (one.external_id, one.reference, one.amount) == ("5", "0012", money("50.00"))
    workiz = "Date,Client,Invoice #,Amount,Tip,Status,Confirmation code,Card,Tech"
    [two] = Result(
        table(workiz, {"Date": "1/31/2026", "Client": "Bo", "Invoice #": "9", "Amount": "$80.00",
              "Status": "ACH", "Confirmation code": "A1"})
    ).payments  # fmt: skip
    assert (two.reference, two.received_on) == ("A1", date(2026, 1, 31))
