"""Factories for every model: believable rows, exact money."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from accounts.models import Membership, Role, User
from sync import models


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password("correct horse battery staple")


class QuickBooksCompanyFactory(DjangoModelFactory):
    class Meta:
        model = models.QuickBooksCompany

    realm_id = factory.Sequence(lambda n: f"91303470000{n:05}")
    name = "Riverside LLC"
    status = models.QuickBooksCompany.Status.CONNECTED
    access_token = "access"
    access_token_expires_at = factory.LazyFunction(lambda: datetime.now(UTC) + timedelta(hours=1))
    refresh_token = "refresh"
    refresh_token_expires_at = factory.LazyFunction(lambda: datetime.now(UTC) + timedelta(days=100))
    country = "US"
    home_currency = "USD"
    preferences = factory.LazyFunction(
        lambda: {"SalesFormsPrefs": {"CustomTxnNumbers": True}, "TaxPrefs": {"UsingSalesTax": True}}
    )
    verified_at = factory.LazyFunction(lambda: datetime.now(UTC))


class BusinessUnitFactory(DjangoModelFactory):
    class Meta:
        model = models.BusinessUnit
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"unit-{n}")
    name = factory.Sequence(lambda n: f"Riverside {n}")
    export_start_date = date(2026, 1, 1)

    @factory.post_generation
    def setup_done(self, create, extracted, **kwargs):
        """A unit made with a company is set up in it, unless `setup_done=False`."""
        if create and extracted is not False and self.quickbooks_company:
            UnitSetupFactory(business_unit=self, company=self.quickbooks_company)


class UnitSetupFactory(DjangoModelFactory):
    """A finished set-up; give `finished_at=None` and so on for one under way."""

    class Meta:
        model = models.UnitSetup

    business_unit = factory.SubFactory(BusinessUnitFactory)
    company = factory.SubFactory(QuickBooksCompanyFactory)
    connected_at = factory.LazyFunction(lambda: datetime.now(UTC))
    confirmed_at = factory.SelfAttribute("connected_at")
    accepted_at = factory.SelfAttribute("connected_at")
    books = "done"
    books_at = factory.SelfAttribute("connected_at")
    books_read_at = factory.SelfAttribute("connected_at")
    books_since = date(2000, 1, 1)
    trial_skipped_at = factory.SelfAttribute("connected_at")
    finished_at = factory.SelfAttribute("connected_at")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    business_unit = factory.SubFactory(BusinessUnitFactory)
    role = Role.EXPORTER


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = models.Customer

    business_unit = factory.SubFactory(BusinessUnitFactory)
    external_id = factory.Sequence(lambda n: f"C{n}")
    display_name = factory.Sequence(lambda n: f"Customer {n}")


class InvoiceFactory(DjangoModelFactory):
    """An invoice of one line unless `lines=[]` is given; `total` sets its one line's amount."""

    class Meta:
        model = models.Invoice
        skip_postgeneration_save = True

    class Params:
        with_line = True

    business_unit = factory.SubFactory(BusinessUnitFactory)
    customer = factory.SubFactory(
        CustomerFactory, business_unit=factory.SelfAttribute("..business_unit")
    )
    number = factory.Sequence(lambda n: f"INV-{n}")
    issued_on = date(2026, 5, 4)
    due_on = date(2026, 6, 3)
    currency = factory.SelfAttribute("business_unit.currency")
    subtotal = Decimal("150.00")
    discount_total = Decimal("0.00")
    tax_total = Decimal("0.00")
    total = factory.LazyAttribute(lambda i: i.subtotal - i.discount_total + i.tax_total)

    @factory.post_generation
    def lines(self, create, extracted, **kwargs):
        if create and extracted is None:
            InvoiceLineFactory(invoice=self, amount=self.subtotal, unit_price=self.subtotal)
            self.refresh_from_db()


class InvoiceLineFactory(DjangoModelFactory):
    class Meta:
        model = models.InvoiceLine

    invoice = factory.SubFactory(InvoiceFactory, lines=[])
    service = "Lawn care"
    description = "Mowing"
    quantity = Decimal("1")
    unit_price = Decimal("150.00")
    amount = Decimal("150.00")


class PaymentFactory(DjangoModelFactory):
    class Meta:
        model = models.Payment

    business_unit = factory.SelfAttribute("invoice.business_unit")
    customer = factory.SelfAttribute("invoice.customer")
    invoice = factory.SubFactory(InvoiceFactory)
    kind = models.Payment.Kind.FINAL
    method = "Check"
    amount = Decimal("150.00")
    currency = factory.SelfAttribute("invoice.currency")
    received_on = date(2026, 5, 10)


class DepositFactory(PaymentFactory):
    """A deposit that has no invoice yet."""

    business_unit = factory.SubFactory(BusinessUnitFactory)
    customer = factory.SubFactory(
        CustomerFactory, business_unit=factory.SelfAttribute("..business_unit")
    )
    invoice = None
    currency = factory.SelfAttribute("business_unit.currency")
    kind = models.Payment.Kind.DEPOSIT


class RefundFactory(DjangoModelFactory):
    class Meta:
        model = models.Refund

    payment = factory.SubFactory(PaymentFactory)
    amount = Decimal("20.00")
    refunded_on = date(2026, 5, 20)
    reason = "Broken sprinkler"


class RefundReviewFactory(DjangoModelFactory):
    class Meta:
        model = models.RefundReview

    refund = factory.SubFactory(RefundFactory)
    reviewed_by = factory.SubFactory(UserFactory)
    amount = factory.SelfAttribute("refund.amount")
    currency = factory.SelfAttribute("refund.payment.currency")
    refunded_on = factory.SelfAttribute("refund.refunded_on")
    kind = factory.SelfAttribute("refund.kind")
    payment = factory.SelfAttribute("refund.payment")


class ExportRunFactory(DjangoModelFactory):
    class Meta:
        model = models.ExportRun

    business_unit = factory.SubFactory(BusinessUnitFactory)
    requested_by = factory.SubFactory(UserFactory)


class ExportRunItemFactory(DjangoModelFactory):
    class Meta:
        model = models.ExportRunItem

    payment = factory.SubFactory(PaymentFactory)
    run = factory.SubFactory(
        ExportRunFactory, business_unit=factory.SelfAttribute("..payment.business_unit")
    )
    choice = models.ExportRunItem.Choice.SELECTED


class BatchRequestFactory(DjangoModelFactory):
    class Meta:
        model = models.BatchRequest

    company = factory.SubFactory(QuickBooksCompanyFactory)
    request_id = factory.LazyFunction(lambda: uuid4().hex[:24])
    body = '{"BatchItemRequest":[]}'
    lease_token = factory.LazyFunction(uuid4)
    sent_at = factory.LazyFunction(lambda: datetime.now(UTC))
    look_after = factory.LazyFunction(lambda: datetime.now(UTC) + timedelta(seconds=210))


class SyncRecordFactory(DjangoModelFactory):
    """The record of a payment; pass `kind` with `customer` or `invoice` for another document."""

    class Meta:
        model = models.SyncRecord

    company = factory.SubFactory(QuickBooksCompanyFactory)
    kind = models.SyncRecord.Kind.PAYMENT
    payment = factory.Maybe(
        factory.LazyAttribute(lambda r: r.kind == models.SyncRecord.Kind.PAYMENT),
        factory.SubFactory(PaymentFactory),
    )
    business_unit = factory.LazyAttribute(
        lambda r: (r.payment or getattr(r, "invoice", None) or r.customer).business_unit
    )
    marker = factory.LazyFunction(lambda: f"TEST:{uuid4()}")
    content = factory.LazyFunction(dict)


class ReferenceEntryFactory(DjangoModelFactory):
    class Meta:
        model = models.ReferenceEntry

    company = factory.SubFactory(QuickBooksCompanyFactory)
    kind = models.ReferenceEntry.Kind.ITEM
    qbo_id = factory.Sequence(lambda n: str(n + 1))
    name = "Services"
    read_at = factory.LazyFunction(lambda: datetime.now(UTC))


def _entry(kind, name):
    return factory.SubFactory(
        ReferenceEntryFactory, company=factory.SelfAttribute("..company"), kind=kind, name=name
    )


class ItemMappingFactory(DjangoModelFactory):
    class Meta:
        model = models.ItemMapping

    company = factory.SubFactory(QuickBooksCompanyFactory)
    item = _entry("Item", "Services")


class MethodMappingFactory(DjangoModelFactory):
    class Meta:
        model = models.MethodMapping

    company = factory.SubFactory(QuickBooksCompanyFactory)
    payment_method = _entry("PaymentMethod", "Check")
    deposit_account = _entry("Account", "Undeposited Funds")


class TaxMappingFactory(DjangoModelFactory):
    class Meta:
        model = models.TaxMapping

    company = factory.SubFactory(QuickBooksCompanyFactory)
    quickbooks_tax_code = _entry("TaxCode", "NON")


class UnitMappingFactory(DjangoModelFactory):
    class Meta:
        model = models.UnitMapping

    company = factory.SubFactory(QuickBooksCompanyFactory)
    business_unit = factory.SubFactory(BusinessUnitFactory)
    quickbooks_class = _entry("Class", "Riverside")


class CompanyRequestFactory(DjangoModelFactory):
    class Meta:
        model = models.CompanyRequest

    company = factory.SubFactory(QuickBooksCompanyFactory)
    kind = "verify"


class ConnectAttemptFactory(DjangoModelFactory):
    class Meta:
        model = models.ConnectAttempt

    state_hash = factory.Sequence(lambda n: f"{n:064}")
    business_unit = factory.SubFactory(BusinessUnitFactory)


class EventFactory(DjangoModelFactory):
    class Meta:
        model = models.Event

    action = "export_confirmed"
