"""A recognised file from upload to export, by clicks in a browser."""

import pytest

from accounts.models import Role
from sync import tasks
from sync.intake.imports import arriving
from sync.models import Import, Invoice, Payment
from tests import factories
from tests.browsing import IN_A_BROWSER, SHOTS, TOO_WIDE, faults_of
from tests.intake.files.helpers import table

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
CARDS = "Client name,Date,Type,Paid with,Total $,Fee $,Invoice #,Payout #"
PAID = table(
    CARDS,
    {"Client name": "Ada Quist", "Date": "2026-01-20", "Type": "Payment", "Paid with": "Check",
     "Total $": "$150.00", "Invoice #": "1042", "Payout #": "P1"},
    {"Client name": "Report totals:", "Total $": "$150.00"},
)  # fmt: skip


@pytest.fixture
def office(riverside, settings, tmp_path):
    settings.IMPORTS_DIR = str(tmp_path / "imports")
    customer = factories.CustomerFactory(business_unit=riverside, display_name="Ada Quist")
    factories.InvoiceFactory(business_unit=riverside, customer=customer, number="1042")
    user = factories.UserFactory(username="dana")
    factories.MembershipFactory(user=user, business_unit=riverside, role=Role.ACCOUNTANT)
    return user


def test_a_recognised_file_is_in_and_on_its_way_in_eight_clicks(open_site, live_server, office):
    page = open_site(office)
    clicks = []

    def click(target):
        clicks.append(target)
        target.click()

    page.goto(f"{live_server.url}/admin/")
    click(page.get_by_role("link", name="Imports"))
    click(page.get_by_role("link", name="Bring a file in"))
    file = {"name": "cards.csv", "mimeType": "text/csv", "buffer": PAID.encode()}
    page.set_input_files("input[type=file]", file)
    clicks.append("choosing the file")
    click(page.get_by_role("button", name="Look at the file"))
    page.get_by_text("Reading cards.csv").wait_for()
    tasks.bring_in(Import.objects.get().pk)
    page.get_by_text("1 row of cards.csv: this is what becomes of it.").wait_for()
    assert page.get_by_text("recognised as Jobber, card payments").is_visible()
    assert "150.00; its rows come to 150.00" in page.content()
    assert page.evaluate(TOO_WIDE) == []
    assert faults_of(page) == []
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/import-ready.png", full_page=True)
    click(page.get_by_role("button", name="Take all in"))
    page.get_by_text("Taking cards.csv in").wait_for()
    tasks.bring_in(Import.objects.get().pk)
    page.get_by_text("cards.csv was taken in.").wait_for()
    payment = Payment.objects.get()
    assert (payment.invoice, Invoice.objects.get().balance_due) == (Invoice.objects.get(), 0)
    page.goto(f"{live_server.url}{payment.get_absolute_url()}")
    click(page.get_by_text("Export to QuickBooks"))
    click(page.get_by_role("button", name="Confirm and export"))
    page.get_by_text("Exporting to Riverside LLC: 0 of 1 payment.").wait_for()
    assert len(clicks) <= 8
    assert page.said == []


def test_a_question_is_answered_on_a_phone(open_site, live_server, office):
    page = open_site(office)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/admin/sync/import/bring/")
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/import-bring-phone.png", full_page=True)
    text = "Number,Customer,Date,Total\n1,Bo Ny,3/4/2026,10.00\n2,Bo Ny,3/4/2026,9.999\n"
    file = {"name": "own.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Look at the file").click()
    page.get_by_text("Reading own.csv").wait_for()
    tasks.bring_in(Import.objects.get().pk)
    page.get_by_text("own.csv does not tell everything").wait_for()
    assert page.evaluate(TOO_WIDE) == []
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/import-asking-phone.png", full_page=True)
    page.get_by_label("What stands first in this date").select_option("day")
    page.get_by_role("button", name="Answer and look again").click()
    page.get_by_text("Reading own.csv").wait_for()
    tasks.bring_in(Import.objects.get().pk)
    page.get_by_text("Refused: 1").wait_for()
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/import-ready-phone.png", full_page=True)
    assert page.said == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_refused_cell_is_corrected_in_its_row(open_site, live_server, office, width):
    page = open_site(office)
    page.set_viewport_size({"width": width, "height": 900})
    content = b"Number,Customer,Date,Total\n1,Ada,2026-01-05,10.00\n2,Ada,2026-01-06,9.999\n"
    entry = arriving.receive(Invoice.objects.get().business_unit, "own.csv", content, kind="auto",
                             by=office)  # fmt: skip
    assert tasks.bring_in(entry.pk)
    page.goto(f"{live_server.url}{entry.get_absolute_url()}")
    page.get_by_role("link", name="Correct").click()
    page.get_by_label("Total").fill("9.99")
    assert page.evaluate(TOO_WIDE) == []
    assert faults_of(page) == []
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/import-correct-{width}.png", full_page=True)
    page.get_by_role("button", name="Correct and look again").click()
    page.get_by_text("Reading own.csv").wait_for()
    assert tasks.bring_in(entry.pk)
    page.get_by_text("2 rows of own.csv: this is what becomes of them.").wait_for()
    assert page.get_by_text("row 3, Total: “9.99”").is_visible()
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/import-corrected-{width}.png", full_page=True)
    assert page.said == []
