"""A newcomer's road in a real browser: from the first page to a verified trial, by clicks."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import Role, User
from sync import tasks
from sync.connections import invite_links
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    ItemMapping,
    QuickBooksCompany,
    SyncRecord,
    UnitSetup,
)
from tests.admin.common.test_journeys_by_keyboard import MOST_TABS, Typist
from tests.browsing import IN_A_BROWSER, SHOTS, TOO_WIDE, faults_of
from tests.factories import (
    BusinessUnitFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    MembershipFactory,
    PaymentFactory,
    UserFactory,
)
from tests.sampled import one_in

MOST_CLICKS = 9  # from the first page to Finish set-up, which a verified trial comes before
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


# What a page leads with: its heads, the step of the road that it is at, and what can be pressed.
SHOWN = """() => {
    const page = document.querySelector("#content") ?? document.body;
    const words = (query) => [...page.querySelectorAll(query)]
        .filter((element) => element.checkVisibility())
        .map((element) => {
            const bare = element.cloneNode(true);
            bare.querySelectorAll(".material-symbols-outlined").forEach((icon) => icon.remove());
            return bare.textContent.trim();
        })
        .filter((text) => text);
    return [words("h1, h2"), words("[aria-current=step] .paidup-step-title"), words("form button")];
}"""
MAPPINGS = [
    "Customers (optional)",
    "Services",
    "Payment methods",
    "Sales tax",
    "Start date, discounts, class, location and terms",
]
ROAD = ["QuickBooks Integration of North", "Company us", "Set-up", "Company us was read", "Checks"]
VERIFY, SAVE = ["Verify again", "Take back"], ["Check now", "Save mappings and start date"]
# Once the company's books were read.
READ = [MAPPINGS[0], "What QuickBooks holds already", *MAPPINGS[1:]]
AGAIN = [SAVE[0], "Read what is there again", SAVE[1]]


@dataclass
class Shown:
    """What a page leads with: its heads, the step of the road, what can be pressed; no faults."""

    heads: list
    step: list = field(default_factory=list)
    buttons: list = field(default_factory=list)
    faults: list = field(default_factory=list)


class Person:
    """Somebody at a browser whose clicks are counted; typing and looking are free."""

    def __init__(self, page, site, mode, language):
        self.page, self.site, self.mode, self.clicks = page, site, mode, 0
        self.language = language

    def words(self, english, **places):
        """Return what the product says, in the person's language."""
        with translation.override(self.language):
            return gettext(english) % places if places else gettext(english)

    def press(self, english, role="button"):
        self.button(english, role).click()
        self.clicks += 1
        self.page.wait_for_load_state()

    def button(self, english, role="button"):
        # An icon's word stands before the name.
        name = re.compile(rf"(^|\s){re.escape(self.words(english))}$")
        return self.page.get_by_role(role, name=name)

    def agrees_at_quickbooks(self, company):
        """Choose a company on QuickBooks' own page, which is English."""
        self.choose(company)
        self.page.get_by_role("button", name="Connect", exact=True).click()
        self.clicks += 1
        self.page.wait_for_url(f"{self.site}/**")

    def choose(self, words):
        self.page.locator("label", has_text=words).last.click()  # of several tests
        self.clicks += 1

    def shown(self, where):
        """Return what the page leads with, and what of it axe and its width find fault with."""
        if SHOTS:
            self.page.screenshot(path=f"{SHOTS}/{where}-{self.mode}.png", full_page=True)
        heads, step, buttons = self.page.evaluate(SHOWN)
        faults = faults_of(self.page, self.mode) + self.page.evaluate(TOO_WIDE)
        return Shown(heads, step, buttons, faults)

    def sees(self, english, **places):
        self.page.get_by_text(self.words(english, **places)).first.wait_for()


@pytest.fixture
def open_browser(open_site, live_server, settings, simulator):
    """Return a function that signs the owner of North in at a browser."""
    settings.SITE_URL = live_server.url
    settings.QUICKBOOKS_REDIRECT_URI = f"{live_server.url}/quickbooks/callback/"
    owner = UserFactory(username="olivia")
    MembershipFactory(user=owner, business_unit=_unit("USD"), role=Role.ADMINISTRATOR)

    def opened(mode="light", language="en", **options):
        User.objects.update(language=language)
        return Person(open_site(owner, mode, **options), live_server.url, mode, language)

    return opened


@pytest.fixture
def person(open_browser):
    return open_browser()


def _unit(currency):
    return BusinessUnitFactory(
        code="north", name="North", currency=currency, export_start_date=None
    )


def sell(unit, *, tax_code=""):
    """One invoice with a taxed line, an exempt one and a tip, paid in two parts."""
    invoice = InvoiceFactory(
        business_unit=unit,
        number="N-1",
        subtotal=Decimal("140.00"),
        discount_total=Decimal("10.00"),
        tax_total=Decimal("5.00"),
        lines=[],
    )
    for service, amount, code in (
        ("Mowing", "100.00", tax_code),
        ("Window Cleaning", "30.00", "Exempt" if tax_code else ""),
        ("Tip", "10.00", "Exempt" if tax_code else ""),
    ):
        InvoiceLineFactory(
            invoice=invoice,
            service=service,
            amount=Decimal(amount),
            unit_price=Decimal(amount),
            taxable=service == "Mowing",
            tax_code=code,
        )
    for amount in ("35.00", "100.00"):
        PaymentFactory(invoice=invoice, amount=Decimal(amount), method="Credit card")
    return invoice


def connect(person, simulator, variant):
    """Go from the first page through QuickBooks' consent page and back; have the company read."""
    name = f"Company {variant}"
    # Where sales tax is automated, a company that keeps the tax of our invoice.
    keeps = {"tax_override": "code_and_total"} if variant == "us_ast" else None
    simulator.create_company(variant=variant, name=name, switches=keeps)
    unit = BusinessUnit.objects.get()
    person.page.goto(f"{person.site}/admin/")
    person.press("Integration Setup", "link")
    person.press("Connect to QuickBooks")
    person.agrees_at_quickbooks(name)
    unit.refresh_from_db()
    tasks.relay(unit.quickbooks_company_id)
    person.button("Yes, this is the right company").wait_for()
    return unit


@pytest.mark.parametrize(
    ("variant", "width", "language"),
    one_in(
        4,
        [
            ("us_ast", 1400, "en"),
            ("us_ast", 390, "en"),
            ("us_manual", 1400, "es"),
            ("class_lines", 1400, "en"),
            ("canada", 1400, "en"),
        ],
    ),
)
def test_newcomer_gets_from_the_first_page_to_a_verified_trial(
    open_browser, simulator, variant, width, language
):
    person = open_browser(language=language)
    person.page.set_viewport_size({"width": width, "height": 900})
    is_canadian = variant == "canada"
    BusinessUnit.objects.update(currency="CAD" if is_canadian else "USD")
    sell(BusinessUnit.objects.get(), tax_code="GST" if is_canadian else "")
    unit = connect(person, simulator, variant)
    person.press("Yes, this is the right company")
    person.press("Save mappings and start date")
    person.sees("Saved. These choices stay until someone changes them.")
    tasks.relay(unit.quickbooks_company_id)  # reads the customers, which the trial waits for
    person.press("Try this invoice")
    person.press("Confirm and export")
    moving = "Invoice %(number)s and its payments are being exported and compared."
    person.sees(moving, number="N-1")
    tasks.relay(unit.quickbooks_company_id)
    person.sees("Every figure is the same in QuickBooks. Have a look at it there if you like.")
    person.press("Finish set-up")
    person.sees("Set-up is finished: payments of %(unit)s can be exported now.", unit="North")
    assert person.clicks <= MOST_CLICKS
    assert UnitSetup.objects.get().trial_run is not None
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    assert ItemMapping.objects.get(service="Tip").item.name == "Tip"


def test_messy_company_stops_the_newcomer_with_what_to_do(person, simulator):
    sell(BusinessUnit.objects.get())
    connect(person, simulator, "messy")
    person.press("Yes, this is the right company")
    person.sees("Switch on Custom transaction numbers in QuickBooks under Gear")
    person.press("Save mappings and start date")
    person.sees("Saved. These choices stay")
    tasks.relay(BusinessUnit.objects.get().quickbooks_company_id)  # what it holds is read
    person.sees("Before that: QuickBooks assigns its own invoice numbers.")
    person.sees("QuickBooks applies open credits and payments to new invoices by itself")
    person.sees("Books are closed through")
    assert person.page.get_by_role("button", name="Try this invoice").count() == 0
    assert person.page.get_by_role("button", name="Skip the trial and finish").count() == 0
    deposit = person.page.locator("select[name^=deposit]").first
    assert "Payments to deposit" in deposit.locator("option:checked").inner_text()


def test_long_lists_are_searched_by_keyboard(person, simulator):
    sell(BusinessUnit.objects.get())
    connect(person, simulator, "large")
    person.press("Yes, this is the right company")
    field = person.page.locator("tr", has_text="Mowing").locator(".select2-selection")
    field.focus()
    person.page.keyboard.press("Enter")
    person.page.keyboard.type("item 04242")
    person.page.get_by_role("option", name="Item 04242 (Cleaning Income)").wait_for()
    person.page.keyboard.press("Enter")
    person.press("Save mappings and start date")
    person.sees("Saved. These choices stay")
    assert ItemMapping.objects.get(service="Mowing").item.name == "Item 04242"


def test_progress_is_told_while_the_company_is_being_written_down(person, simulator):
    unit = connect(person, simulator, "us")
    company = unit.quickbooks_company
    CompanyRequest.objects.update(
        state="running", step="Reading its accounts", steps_done=3, steps_total=10
    )
    with transaction.atomic():
        company.reference_entries.update(name="Half read")
        company.save()
        told = person.page.request.get(f"{person.page.url}progress/")
    assert told.status == 200
    for words in ("Reading its accounts", "3 of 10", 'aria-valuenow="30"'):
        assert words in told.text()


def test_second_link_that_is_opened_over_a_first_one_shows_its_own_unit(person, simulator):
    owner = User.objects.get()
    south = BusinessUnitFactory(code="south", name="South")
    MembershipFactory(user=owner, business_unit=south, role=Role.ADMINISTRATOR)
    for unit in (BusinessUnit.objects.get(code="north"), south):
        person.page.goto(invite_links.make(unit, owner))
        person.sees(f"asks you to connect {unit.name} to its QuickBooks company.")


@pytest.mark.parametrize("mode", one_in(2, ["light", "dark"]))
def test_every_step_is_readable(open_browser, simulator, mode):
    person = open_browser(mode, bypass_csp=True)  # axe puts its own script into the page
    unit = BusinessUnit.objects.get()
    home = f"{person.site}/admin/sync/quickbookscompany/unit/{unit.pk}/"
    sell(unit)
    person.page.goto(home)
    person.page.get_by_text("Send the link to my bookkeeper").click()
    assert person.shown("not-connected") == Shown(
        ["QuickBooks Integration of North", "QuickBooks Online", "Set-up"],
        ["Sign in at QuickBooks"],
        ["Connect to QuickBooks", "Make the link"],
    )
    person.press("Make the link")
    assert person.shown("link-made") == Shown(["Link to connect North"])
    address = person.page.get_by_label("Link to copy").input_value()
    realm = simulator.create_company(variant="us", name="Company us")
    person.page.goto(home)
    person.press("Connect to QuickBooks")
    person.agrees_at_quickbooks("Company us")
    unnamed = f"QuickBooks company {realm}"
    assert person.shown("being-read") == Shown(
        ["QuickBooks Integration of North", unnamed, "Set-up", f"Verifying {unnamed}"],
        ["Confirm the company"],
        ["Take back"],
    )
    unit.refresh_from_db()
    tasks.relay(unit.quickbooks_company_id)
    person.sees("You are connecting")
    assert person.shown("confirm") == Shown(
        ROAD,
        ["Confirm the company"],
        [*VERIFY, "Yes, this is the right company", "Check now"],
    )
    person.press("Yes, this is the right company")
    assert person.shown("map") == Shown(
        ROAD + MAPPINGS, ["Look through the mappings"], VERIFY + SAVE
    )
    person.press("Save mappings and start date")
    person.sees("Saved. These choices stay")
    tasks.relay(unit.quickbooks_company_id)  # reads what the trial waits for: customers and books
    person.page.goto(home)
    trying = ["Find", "Try this invoice", "Skip the trial and finish"]
    assert person.shown("trial") == Shown(ROAD + READ, ["Try one invoice"], VERIFY + trying + AGAIN)
    person.press("Try this invoice")
    person.press("Confirm and export")
    person.sees("are being exported and compared")
    tasks.relay(unit.quickbooks_company_id)
    person.sees("Every figure is the same in QuickBooks.")
    done = [*VERIFY, "Finish set-up", *AGAIN]
    compared = Shown(ROAD + READ, ["Try one invoice"], done)
    assert person.shown("compared") == compared
    person.page.set_viewport_size({"width": 390, "height": 900})
    assert person.shown("compared-390") == compared
    widths = "all => Math.min(...all.map((one) => one.offsetWidth))"
    assert person.page.locator(".paidup-choices select").evaluate_all(widths) > 250
    person.page.set_viewport_size({"width": 1400, "height": 900})
    person.press("Finish set-up")
    assert person.shown("finished") == Shown(
        [*ROAD[:2], "Ready to export", "Checks", *READ],
        [],
        [*VERIFY, *AGAIN[:2], "Save mappings"],
    )
    person.press("Disconnect", "link")
    assert person.shown("disconnect") == Shown(
        ["Disconnect North from Company us?"], [], ["Disconnect"]
    )
    QuickBooksCompany.objects.update(status="needs_reconnect", status_detail="Intuit ended it.")
    person.page.goto(home)
    assert person.shown("needs-reconnect") == Shown(
        ROAD + MAPPINGS[1:],
        ["Sign in at QuickBooks"],
        ["Reconnect to QuickBooks", "Take back", "Save mappings and start date"],
    )
    User.objects.update(is_superuser=True)
    for path, heads in (("", ["No corporate defaults here"]), ("add/", [])):
        person.page.goto(f"{person.site}/admin/sync/corporatedefault/{path}")
        assert person.shown(f"corporate-{path[:3]}") == Shown(heads)
    person.page.context.clear_cookies()
    person.page.goto(address)
    person.sees("asks you to connect")
    assert person.shown("bookkeeper") == Shown(
        ["Connect to QuickBooks"], [], ["Continue to QuickBooks"]
    )
    person.page.goto(f"{person.site}/quickbooks/disconnected/?realmId=1")
    assert person.shown("goodbye") == Shown(["Disconnected in QuickBooks"])


@pytest.mark.parametrize("mode", one_in(2, ["light", "dark"]))
def test_what_stops_a_unit_is_readable(open_browser, simulator, mode):
    person = open_browser(mode, bypass_csp=True)
    unit = connect(person, simulator, "messy")
    person.press("Yes, this is the right company")
    person.press("Save mappings and start date")
    person.sees("Saved. These choices stay")
    tasks.relay(unit.quickbooks_company_id)  # what it holds is read
    person.page.goto(f"{person.site}/admin/sync/quickbookscompany/unit/{unit.pk}/")
    assert person.shown("messy") == Shown(
        [ROAD[0], "Company messy", "Set-up", "Not ready to export yet", "Checks", *READ],
        ["Try one invoice"],
        [VERIFY[0], *AGAIN],
    )
    south = BusinessUnitFactory(code="south", name="South")
    MembershipFactory(user=User.objects.get(), business_unit=south, role=Role.ADMINISTRATOR)
    person.page.goto(f"{person.site}/admin/sync/quickbookscompany/unit/{south.pk}/")
    person.press("Connect to QuickBooks")
    person.agrees_at_quickbooks("Company messy")
    person.sees("Another unit uses this company: continue only if intended.")
    assert person.shown("join") == Shown(
        ["Connect South to Company messy?"],
        [],
        ["Yes, connect to Company messy", "No, leave South as it is"],
    )
    person.press("No, leave South as it is")
    south.refresh_from_db()
    assert (south.quickbooks_company, unit.quickbooks_company.is_connected) == (None, True)


def test_a_unit_is_connected_and_its_set_up_is_finished(open_browser, simulator):
    sell(BusinessUnit.objects.get())
    simulator.create_company(variant="us", name="Company us")
    owner = open_browser()
    typist = Typist(owner.page)
    typist.goes_to("North", "QuickBooks Integration")
    typist.skips_to("Skip to the next step", "Connect to QuickBooks")
    typist.tabs_to("Riverside LLC")  # the first company on QuickBooks' own page; ours is the last
    typist.page.keyboard.press("ArrowUp")
    typist.tabs_to("Connect")
    typist.opens()
    typist.page.wait_for_url(f"{owner.site}/**")
    company_id = BusinessUnit.objects.get().quickbooks_company_id
    tasks.relay(company_id)
    owner.button("Yes, this is the right company").wait_for()
    typist.skips_to("Skip to the next step", "Yes, this is the right company")
    typist.skips_to("Skip to the next step", "Save mappings and start date")
    tasks.relay(company_id)
    owner.button("Try this invoice").wait_for()  # the page shows by itself what was read
    typist.skips_to("Skip to the next step", "Try this invoice")
    typist.skips_to("Skip to the buttons", "Confirm and export")
    tasks.relay(company_id)
    owner.button("Finish set-up").wait_for()
    typist.skips_to("Skip to the next step", "Finish set-up")
    typist.sees("Set-up is finished: payments of North can be exported now.")
    assert typist.tabs <= MOST_TABS, typist.passed
    assert typist.page.said == []
