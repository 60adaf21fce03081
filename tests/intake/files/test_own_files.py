"""Files of no known system: columns by name in six languages, and every shape of rows."""

from datetime import date

import pytest

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.outcomes import Code, FileRefused, Outcome
from sync.intake.files.records import Allocation, PaymentKind
from tests.intake.files.helpers import Result, money, table


@pytest.mark.parametrize(
    "header",
    [
        "Invoice No.;Client;Invoice Date;Net;VAT;Gross;Due",
        "Rechnungsnr.;Kunde;Rechnungsdatum;Netto;MwSt;Brutto;Fällig am",
        "N° facture;Client;Date de facture;Montant HT;TVA;Total TTC;Échéance",
        "Nº factura;Cliente;Fecha;Base imponible;IVA;Importe total;Vencimiento",
        "Factuurnummer;Klant;Factuurdatum;Bedrag excl. BTW;BTW;Totaal;Vervaldatum",
        "Numero fattura;Cliente;Data fattura;Imponibile;IVA;Totale;Scadenza",
    ],
)
def test_columns_are_known_by_name_in_six_languages(header: str):
    result = Result(header + "\nA-1;Ada;13.01.2026;1.050,42;199,58;1.250,00;27.01.2026\n")
    assert result.asked == []
    [invoice] = result.invoices
    assert (invoice.number, invoice.customer.name) == ("A-1", "Ada")
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 1, 13), date(2026, 1, 27))
    assert (invoice.subtotal, invoice.tax_total, invoice.total) == (
        money("1050.42"), money("199.58"), money("1250.00"),
    )  # fmt: skip


def test_payments_of_ones_own():
    text = (
        "Datum;Kunde;Rechnung;Zahlungsbetrag;Zahlungsart;Verwendungszweck\n"
        "13.01.2026;Ada;A-1;1.250,00;Überweisung;R 1\n14.01.2026;Bo;;50,00;bar;\n"
    )
    result = Result(text)
    one, two = result.payments
    assert result.reading.mapping.kind == Kind.PAYMENTS
    assert one.allocations == (Allocation("A-1", money("1250.00")),)
    assert (one.method, one.reference, one.kind) == ("Überweisung", "R 1", PaymentKind.PAYMENT)
    assert (two.kind, two.allocations) == (PaymentKind.DEPOSIT, ())


def test_rows_that_may_be_invoices_or_payments_are_asked():
    how = "Date,Name,Amount,How,Inv\n1/13/2026,Ada,$50.00,cash,1001\n"
    assert [question.code for question in Result(how).asked] == [Code.KIND]
    text = "Invoice #,Customer,Date,Amount,Method\n1,Ada,2026-01-13,10.00,Check\n"
    result = Result(text)
    assert [question.code for question in result.asked] == [Code.KIND]
    assert result.tally.outcomes[Outcome.ASKED] == 1
    assert Result(text, kind="payments").payments[0].amount == money("10.00")
    assert Result(text, kind="invoices").invoices[0].total == money("10.00")


def test_a_column_nobody_named_is_asked_with_examples_and_remembered():
    text = "Invoice #,Who,Date,Total\n1,Ada,2026-01-13,10.00\n"
    result = Result(text)
    [question] = result.asked
    assert (question.code, question.column) == (Code.COLUMN, "customer")
    [choice] = question.choices
    assert (choice.key, choice.answer, choice.example) == (("columns", "Who"), "customer", "Ada")
    assert Result(text, columns={"Who": "customer"}).invoices[0].customer.name == "Ada"
    with pytest.raises(FileRefused):
        Result(text, columns={"Who": "nonsense"})


def test_a_guess_can_be_overruled():
    text = "Invoice #,Customer,Date,Total,Amount\n1,Ada,2026-01-13,10.00,12.00\n"
    said = {"Total": "ignore", "Amount": "total"}
    assert Result(text, columns=said).invoices[0].total == money("12.00")


def test_paid_is_a_date_an_amount_or_a_word():
    head = "Invoice #,Customer,Date,Total,Paid\n"
    meant = {"2026-01-20": Field.PAID_ON, "4.00": Field.PAID_TOTAL, "yes": Field.STATUS}
    for cell, field in meant.items():
        result = Result(head + f"1,Ada,2026-01-13,10.00,{cell}\n")
        assert result.reading.mapping.columns[4].field == field
        assert result.payments == []
    [payment] = Result(head + "1,Ada,2026-01-13,10.00,2026-01-20\n", paid="yes").payments
    assert (payment.amount, payment.received_on) == (money("10.00"), date(2026, 1, 20))


LINES = "Invoice #,Customer,Date,Service,Amount\n"


def test_lines_stand_together_apart_or_without_their_number():
    text = LINES + (
        "1,Ada,2026-01-13,Wash,10.00\n2,Bo,2026-01-14,Wash,7.00\n,,,Wax,3.00\n"
        "1,Ada,2026-01-13,Wax,5.00\n3,Cy,2026-01-15,Wash,1.00\n"
    )
    result = Result(text)
    assert {one.number: (one.total, len(one.lines)) for one in result.invoices} == {
        "1": (money("15.00"), 2),
        "2": (money("10.00"), 2),
        "3": (money("1.00"), 1),
    }


def test_a_line_that_begins_with_total_is_a_line():
    result = Result(LINES + "1,Ada,2026-01-13,Wash,10.00\n,,,Total care,5.00\n,,,Total,15.00\n")
    assert [line.service for line in result.invoices[0].lines] == ["Wash", "Total care"]
    assert result.not_ours == [((4,), Code.TOTAL)]


def test_a_heading_is_no_customer_where_customers_have_a_column():
    result = Result(LINES + "January,,,,\n1,,2026-01-13,Wash,10.00\n2,Bo,2026-01-13,Wash,1.00\n")
    assert [one.customer.name for one in result.invoices] == ["Bo"]
    assert [(rows, code) for rows, code, *_ in result.refused] == [((3,), Code.MISSING)]
    assert result.not_ours == [((2,), Code.HEADING)]


def test_rows_of_one_number_that_contradict_are_refused_whole():
    result = Result(LINES + "1,Ada,2026-01-13,Wash,10.00\n1,Bo,2026-01-13,Wax,5.00\n")
    assert result.invoices == []
    assert [(rows, code, column) for rows, code, column, _ in result.refused] == [
        ((2, 3), Code.DIFFERS_WITHIN, "Customer")
    ]


def test_one_bad_line_refuses_its_invoice_and_no_other():
    result = Result(
        LINES + "1,Ada,2026-01-13,Wash,10.00\n1,Ada,2026-01-13,Wax,x\n2,Bo,2026-01-13,Wax,5.00\n"
    )
    assert [one.number for one in result.invoices] == ["2"]
    assert [(rows, code) for rows, code, *_ in result.refused] == [((2, 3), Code.NOT_A_NUMBER)]


def test_tax_beside_lines_without_a_total_is_asked():
    text = "Invoice #,Customer,Date,Service,Amount,Tax\n1,Ada,2026-01-13,Wash,10.00,1.30\n"
    assert [question.code for question in Result(text).asked] == [Code.TAX_MODE]
    assert Result(text, tax="exclusive").invoices[0].total == money("11.30")
    inside = Result(text, tax="inclusive").invoices[0]
    assert (inside.total, inside.prices_include_tax) == (money("10.00"), True)


def test_an_amount_that_each_line_repeats_is_asked():
    text = LINES + "1,Ada,2026-01-13,Wash,10.00\n1,Ada,2026-01-13,Wax,10.00\n"
    assert [question.code for question in Result(text).asked] == [Code.AMOUNT]
    assert Result(text).invoices == []
    by_line = Result(text, columns={"Amount": "line_amount"}).invoices[0]
    assert (by_line.total, len(by_line.lines)) == (money("20.00"), 2)
    assert Result(text, columns={"Amount": "total"}).invoices[0].total == money("10.00")


def test_amounts_of_cents_by_name_and_money_by_the_day_it_was_paid():
    text = "id,customer,invoice,amount_cents,payment_method,paid_at\n"
    text += "7,Ada,1,12550,card,2026-01-13T10:00:00Z\n7,Ada,2,3000,card,2026-01-13T10:00:00Z\n"
    result = Result(text)
    assert result.asked == []
    assert [one.amount for one in result.payments] == [money("125.50"), money("30.00")]
    assert len({one.external_id for one in result.payments}) == 2


def test_payments_of_nobody_wait_and_a_person_may_name_whose_they_are():
    text = "Payment date,Customer,Invoice #,Payment amount\n2026-01-13,,,10.00\n"
    result = Result(text)
    assert [question.code for question in result.reading.questions] == [Code.NO_CUSTOMER]
    assert result.payments[0].customer is None
    assert Result(text, customer="Walk-in").payments[0].customer.name == "Walk-in"


def test_an_id_that_repeats_is_no_id():
    text = (
        "Payment ID,Payment date,Customer,Invoice #,Payment amount\n"
        "7,2026-01-13,Ada,1,10.00\n7,2026-01-14,Bo,2,5.00\n"
    )
    result = Result(text)
    assert sorted(one.amount for one in result.payments) == [money("5.00"), money("10.00")]
    assert len({one.external_id for one in result.payments} - {"7"}) == 2


def test_a_credit_is_no_invoice():
    text = "Invoice #,Customer,Date,Net,Tax,Gross\n1,Ada,2026-01-13,-84.03,-15.97,-100.00\n"
    assert Result(text).not_ours == [((2,), Code.CREDIT)]


def test_rows_without_a_customer_are_refused_unless_a_person_names_one():
    text = "Invoice #,Customer,Date,Total\n1,,2026-01-13,10.00\n"
    assert [code for _, code, *_ in Result(text).refused] == [Code.MISSING]
    assert Result(text).reading.questions[-1].code == Code.NO_CUSTOMER
    assert Result(text, customer="Walk-in").invoices[0].customer.name == "Walk-in"


def test_a_word_of_status_that_nobody_knows_is_asked():
    text = "Invoice #,Customer,Date,Total,Status\n1,Ada,2026-01-13,10.00,Geparkt\n"
    [question] = Result(text).asked
    assert (question.code, question.key) == (Code.TYPE, ("types", "Geparkt"))
    assert Result(text, types={"Geparkt": "open"}).invoices[0].number == "1"
    assert Result(text, types={"Geparkt": "draft"}).not_ours == [((2,), Code.DRAFT)]


def test_a_ledger_of_ones_own_by_its_words_and_signs():
    text = (
        "Date,Type,Customer,Invoice #,Amount\n2026-01-13,Invoice,Ada,1,100.00\n"
        "2026-01-14,Payment,Ada,1,-100.00\n2026-01-15,Refund,Ada,1,20.00\n"
    )
    result = Result(text)
    assert [one.total for one in result.invoices] == [money("100.00")]
    assert [one.amount for one in result.payments] == [money("100.00")]
    assert [one.amount for one in result.refunds] == [money("20.00")]


def test_equal_payments_of_one_day_are_two_and_keep_their_ids():
    row = "2026-01-14,Ada,1,Cash,20.00\n"
    text = "Payment date,Customer,Invoice #,Method,Amount\n" + row * 2
    ids = [one.external_id for one in Result(text).payments]
    assert len(set(ids)) == 2
    assert ids == [one.external_id for one in Result(text).payments]
    other = text.replace("2026-01-14", "14 Jan 2026").replace("20.00", "$20.0")
    assert ids == [one.external_id for one in Result(other).payments]


def test_amounts_beside_the_lines_become_lines_of_their_kind():
    text = (
        "Invoice #,Customer,Date,Service,Line amount,Shipping,Rounding,Total\n"
        "1,Ada,2026-01-13,Wash,10.00,2.50,-0.02,12.48\n"
    )
    [invoice] = Result(text).invoices
    assert [(line.kind.value, line.amount) for line in invoice.lines] == [
        ("service", money("10.00")), ("shipping", money("2.50")), ("adjustment", money("-0.02")),
    ]  # fmt: skip


def test_payments_that_are_all_below_zero_are_asked_whether_they_came_or_went():
    header = "Payment Date,Customer,Invoice No,Payment Amount"
    text = table(header, {"Payment Date": "2026-02-13", "Customer": "Ada", "Invoice No": "7",
                          "Payment Amount": "-450.00"})  # fmt: skip
    [question] = Result(text).asked
    assert [choice.answer for choice in question.choices] == ["payments", "refunds"]
    [payment] = Result(text, kind="payments").payments
    [refund] = Result(text, kind="refunds").refunds
    assert (payment.amount, refund.amount) == (money("450.00"), money("450.00"))
    assert Result(text.replace("-450", "450")).asked == []


def test_a_sum_without_a_word_is_no_further_line():
    text = (
        "Date,Invoice #,Customer,Description,Amount\n2026-02-13,41,Ada,Wash,120.00\n"
        "2026-02-14,42,Bo,Wash,80.00\n,,,Wax,20.00\n,,,,220.00\n"
    )
    result = Result(text)
    assert [one.total for one in result.invoices] == [money("120.00"), money("100.00")]
    assert result.not_ours == [((5,), Code.TOTAL)]
    assert [(one.stated, one.found) for one in result.controls] == [
        (money("220.00"), money("220.00"))
    ]
    other = Result(text.replace("220.00", "999.00"))
    assert next(rows for rows, _, _, _ in other.refused) == (5,)


def test_sums_and_taxes_among_the_lines_are_no_work():
    text = (
        "Invoice #,Date,Customer,Item,Amount\n41,2026-02-13,Ada,Wash,100.00\n"
        "41,2026-02-13,Ada,Subtotal,100.00\n41,2026-02-13,Ada,Tax 8%,8.00\n"
        "41,2026-02-13,Ada,Total,108.00\n"
    )
    [invoice] = Result(text).invoices
    assert (invoice.total, invoice.tax_total) == (money("108.00"), money("8.00"))
    assert [line.service for line in invoice.lines] == ["Wash"]
    assert Result(text.replace("Total,108", "Total,109")).invoices == []


def test_a_payment_among_the_lines_does_not_lower_the_bill():
    text = (
        "Invoice #,Date,Customer,Item,Amount\n41,2026-02-13,Ada,Wash,100.00\n"
        "41,2026-02-13,Ada,Payment - thank you,-100.00\n"
    )
    assert [code for _, code, _, _ in Result(text).refused] == [Code.PAYMENT_LINE]


def test_a_total_that_is_each_lines_with_its_tax_is_the_lines():
    text = (
        "Invoice #,Invoice Date,Customer,Service,Amount,Tax,Total\n"
        "41,2026-02-13,Ada,Wash,500.00,41.25,541.25\n41,2026-02-13,Ada,Wax,300.00,24.75,324.75\n"
    )
    [invoice] = Result(text).invoices
    assert (invoice.total, invoice.tax_total) == (money("866.00"), money("66.00"))


def test_a_rate_of_tax_without_its_amount_is_not_left_out():
    text = (
        "Invoice #,Invoice Date,Customer,Item,Quantity,Unit Price,Tax Rate\n"
        "41,2026-02-13,Ada,Wash,2,50.00,8\n"
    )
    assert [code for _, code, _, _ in Result(text).refused] == [Code.MISSING]


def test_a_number_of_several_customers_is_of_none():
    text = (
        "Invoice #,Date,Customer,Account No,Amount\n1,2026-02-13,Ada,4-1000,9.00\n"
        "2,2026-02-14,Bo,4-1000,8.00\n"
    )
    assert [one.customer.external_id for one in Result(text).invoices] == ["", ""]
    own = [one.customer.external_id for one in Result(text.replace("Bo,4-1", "Bo,4-2")).invoices]
    assert own == ["4-1000", "4-2000"]


def test_headings_of_ways_of_paying_are_no_customers():
    text = "Payment Date,Invoice #,Amount\nCash,,\n2026-02-13,41,9.00\nTotal Cash,,9.00\n"
    assert [one.customer for one in Result(text).payments] == [None]
    assert Result(text.replace("Cash", "Ada Co")).payments[0].customer.name == "Ada Co"


def test_a_list_of_days_and_amounts_of_payment_is_of_payments():
    text = "Date Paid,Client,Invoice #,Amount Paid\n2026-02-13,Ada,41,9.00\n"
    assert [one.amount for one in Result(text).payments] == [money("9.00")]


@pytest.mark.parametrize("names", ["GST (5%),PST (7 %)", "MwSt 7%,MwSt 19%", "IVA 10%,IVA 21%"])
def test_a_rate_in_the_name_of_a_tax_makes_no_rate_of_its_amounts(names: str):
    text = f"Invoice #,Date,Customer,Net,{names},Total\n1,2026-02-13,Ada,100.00,5.00,7.00,112.00\n"
    [invoice] = Result(text).invoices
    assert (invoice.total, invoice.tax_total) == (money("112.00"), money("12.00"))
    said = dict.fromkeys(names.split(",")[1:], "tax_total")
    assert Result(text, columns=said).invoices[0].tax_total == money("12.00")


def test_a_year_of_two_digits_may_stand_first():
    text = (
        "Invoice #,Date,Customer,Total\n1,26-02-13,Ada,9.00\n2,26-02-28,Ada,9.00\n"
        "3,26-03-01,Ada,9.00\n"
    )
    assert [f"{one.issued_on}" for one in Result(text).invoices] == [
        "2026-02-13", "2026-02-28", "2026-03-01",
    ]  # fmt: skip
    last = text.replace("26-02-13", "13-02-26").replace("26-02-28", "28-02-26")
    days = Result(last.replace("26-03-01", "01-03-26")).invoices
    assert [f"{one.issued_on}" for one in days] == ["2026-02-13", "2026-02-28", "2026-03-01"]


def test_an_amount_whose_name_has_the_tax_in_it_is_the_total():
    text = "Invoice,Client,Date,{},GST,{}\n41,Ada,2026-02-13,100.00,15.00,115.00\n"
    for names in (("Amount", "Total Incl"), ("Amount ex GST", "Amount (incl. GST)")):
        [invoice] = Result(text.format(*names)).invoices
        assert (invoice.total, invoice.tax_total) == (money("115.00"), money("15.00"))


def test_a_sale_is_money_of_a_processor_and_a_bill_of_the_books():
    text = "Transaction ID,Date,Customer,Amount,Type\nt1,2026-02-13,Ada,9.00,Sale\n"
    assert [one.amount for one in Result(text).payments] == [money("9.00")]
    bill = "Invoice #,Invoice Date,Customer,Total,Type\n1,2026-02-13,Ada,9.00,Sale\n"
    assert [one.total for one in Result(bill).invoices] == [money("9.00")]
    both = text + "t2,2026-02-13,Ada,9.00,Invoice\nt3,2026-02-13,Ada,9.00,Refund\n"
    both = both.replace("Transaction ID", "Number")
    assert [one.examples for one in Result(both).asked] == [("Sale",)]


@pytest.mark.parametrize("more", ["", "43,2026-02-15,Cy,Wash,9.00\n"])
def test_an_amount_alone_below_lines_leaves_its_bill_not_short(more: str):
    head = "Invoice #,Date,Customer,Item,Amount\n41,2026-02-13,Ada,Wash,7.00\n"
    result = Result(f"{head}42,2026-02-14,Bo,Dry,50.00\n,,,,25.00\n{more}")
    assert [one.number for one in result.invoices] == ["41", "43"][: 1 + bool(more)]
    assert {rows for rows, *_ in result.refused} == {(3,), (4,)}


def test_an_amount_alone_is_a_sum_at_the_foot_or_apart_and_not_amid_the_rows():
    head = "Invoice #,Date,Customer,Item,Amount\n41,2026-02-13,Ada,Wash,50.00\n"
    more = "42,2026-02-14,Bo,Wash,9.00\n"
    amid = Result(f"{head},,,,50.00\n{more}")
    assert [one.number for one in amid.invoices] == ["42"]
    assert amid.not_ours == []
    apart = Result(f"{head},,,,\n,,,,50.00\n{more}")
    assert [one.number for one in apart.invoices] == ["41", "42"]
    assert apart.not_ours == [((4,), Code.TOTAL)]


def test_an_amount_alone_is_a_line_where_the_total_of_its_bill_says_so():
    text = "Invoice #,Date,Customer,Item,Line amount,Total\n41,2026-02-13,Ada,Wash,50.00,75.00\n"
    [invoice] = Result(f"{text},,,,25.00,\n42,2026-02-13,Ada,Wash,x,9.00\n").invoices
    assert [line.amount for line in invoice.lines] == [money("50.00"), money("25.00")]


def test_work_that_is_called_taxes_is_no_tax():
    head = "Invoice #,Date,Customer,Item,Quantity,Amount\n"
    two = f"{head}41,2026-02-13,Ada,Bookkeeping,,100.00\n41,2026-02-13,Ada,Taxes,,300.00\n"
    one = f"{head}41,2026-02-13,Ada,Taxes,1,300.00\n"
    for text, total in ((two, "400.00"), (one, "300.00")):
        [invoice] = Result(text).invoices
        assert (invoice.total, invoice.tax_total) == (money(total), None)
        assert invoice.lines[-1].service == "Taxes"
    for name, amount in (("Taxes", "8.00"), ("Taxes 40 %", "40.00")):
        [invoice] = Result(two.replace("Taxes", name).replace("300.00", amount)).invoices
        assert invoice.tax_total == money(amount)
    stated = two.replace("Amount", "Amount,Tax").replace(".00\n", ".00,300.00\n")
    [invoice] = Result(stated, tax="exclusive").invoices
    assert (invoice.total, invoice.tax_total) == (money("400.00"), money("300.00"))
