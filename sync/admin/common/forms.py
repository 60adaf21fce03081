"""Forms of the documents that the office enters: what is wrong is said in words, by row."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from sync.admin.common.meanwhile import retype
from sync.admin.common.theme import (
    Checkbox,
    CustomerFields,
    InlineFormSet,
    InvoiceFields,
    LineFields,
    PaymentFields,
    RefundFields,
)
from sync.discrepancies.refunds.refund_entry import problems
from sync.exports.customers.twins import owner_of
from sync.exports.rules.odd_dates import USUAL, odd_dates
from sync.models import BusinessUnit, Customer, Invoice, InvoiceLine, Payment, Refund, SyncRecord
from sync.quickbooks.documents import name_problem
from sync.words import day as day_in_words
from sync.words import later, money

CENT = Decimal("0.01")


def is_in_quickbooks(**document: Any) -> bool:
    """Say whether QuickBooks holds the customer, invoice or payment."""
    return SyncRecord.objects.filter(**document).exclude(qbo_id="").exists()


class UnitDocument:
    """What every document of a unit shares: its unit is chosen once and never changes."""

    instance: Any
    cleaned_data: dict[str, Any]
    errors: Any
    own = ""

    def unit(self) -> BusinessUnit | None:
        """Return the unit, as chosen or as it stands."""
        if self.instance.pk:
            found: BusinessUnit = self.instance.business_unit
            return found
        return self.cleaned_data.get("business_unit")

    def take_units_currency(self, data: dict[str, Any]) -> None:
        """Take the unit's currency where none is given."""
        unit = self.unit()
        if not data.get("currency") and "currency" not in self.errors and unit is not None:
            data["currency"] = unit.currency

    def take_twin(self, data: dict[str, Any], invoice: Invoice | None = None) -> None:
        """Take the customer of its own that the one chosen has for the currency; `own` is said."""
        customer, currency = data.get("customer"), data.get("currency")
        if customer is None or not currency:
            return
        stored = invoice or (self.instance if self.instance.pk else None)
        owner = data["customer"] = owner_of(customer, currency, stored)
        if owner != customer:
            self.own = _("It is for %(owner)s, which is kept in %(currency)s in QuickBooks.") % {
                "owner": owner,
                "currency": currency,
            }

    def foreign(self, name: str, row: Customer | Invoice | None) -> str | None:
        """Say it when a chosen row belongs to another unit."""
        unit = self.unit()
        if row is None or unit is None or row.business_unit_id == unit.pk:
            return None
        return _("%(row)s belongs to %(business_unit)s: choose the %(name)s of %(unit)s.") % {
            "row": row,
            "business_unit": row.business_unit,
            "name": name,
            "unit": unit,
        }


class AsksAboutDates(forms.Form):
    """Asks about dates that are hardly meant: the same ones sent again are taken."""

    dates_asked = forms.CharField(label="", required=False, widget=forms.HiddenInput)

    def ask_about_dates(self, unit: BusinessUnit | None, data: dict[str, Any]) -> None:
        """Add an error to each odd date that the person was not asked about yet."""
        dates = {name: data.get(name) for name in USUAL if name in self.fields}
        odd = dict(odd_dates(dates, unit.today() if unit else timezone.localdate()))
        asked = " ".join(day.isoformat() for day in odd.values())
        if not odd or data.get("dates_asked") == asked:
            return
        retype(self, {self.add_prefix("dates_asked"): asked})
        for name, day in odd.items():
            words = _("Is %(day_in_words)s meant? Then save once more.") % {
                "day_in_words": day_in_words(day)
            }
            self.add_error(name, words)


class VoidableForm(forms.Form):
    """Voids and restores by a tick instead of a date and time."""

    is_voided = forms.BooleanField(
        label=later("Voided"),
        required=False,
        widget=Checkbox,
        help_text=later("Void what is never to be sent."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("is_voided", self.voided_row().voided_at is not None)

    def voided_row(self) -> Any:
        """Return the document that the tick is about."""
        return self.instance  # type: ignore[attr-defined]

    def mark_voided(self) -> None:
        """Set the moment of voiding to match the tick; a standing one stays."""
        row, is_voided = self.voided_row(), self.cleaned_data.get("is_voided", False)
        if is_voided != (row.voided_at is not None):
            row.voided_at = timezone.now() if is_voided else None


class CustomerForm(CustomerFields):
    """A customer, whose name QuickBooks must be able to take."""

    class Meta:
        model = Customer
        exclude = ["source", "external_id"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        name = data.get("quickbooks_name") or data.get("display_name") or ""
        problem = name_problem(name) if name else None
        if problem:
            self.add_error("quickbooks_name", problem)
        return data


class InvoiceForm(UnitDocument, AsksAboutDates, VoidableForm, InvoiceFields):
    """An invoice; subtotal and total follow from its lines, discount and tax."""

    class Meta:
        model = Invoice
        fields = [
            "business_unit",
            "customer",
            "number",
            "chosen_number",
            "issued_on",
            "due_on",
            "currency",
            "discount_total",
            "tax_total",
        ]
        labels = {
            "discount_total": later("Discount"),
            "tax_total": later("Sales tax"),
        }

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"].strip()
        return number

    def clean_chosen_number(self) -> str:
        chosen: str = self.cleaned_data["chosen_number"].strip()
        queued = SyncRecord.objects.filter(invoice=self.instance.pk or 0)
        is_fixed = queued.exclude(state=SyncRecord.State.FAILED).exists()
        if chosen != self.instance.chosen_number and is_fixed:
            raise forms.ValidationError(
                _("It is queued or in QuickBooks under its number already.")
            )
        return chosen

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.take_units_currency(data)
        if words := self.foreign("customer", data.get("customer")):
            self.add_error("customer", words)
        else:
            self.take_twin(data)
        unit, number = self.unit(), data.get("number")
        others = Invoice.objects.filter(
            business_unit=unit, source=self.instance.source, number=number
        ).exclude(pk=self.instance.pk)
        if unit and number and others.exists():
            self.add_error(
                "number",
                _("%(unit)s already has an invoice %(number)s.") % {"unit": unit, "number": number},
            )
        issued, due = data.get("issued_on"), data.get("due_on")
        if issued and due and due < issued:
            self.add_error("due_on", _("An invoice is not due before it is issued."))
        self.ask_about_dates(unit, data)
        self._clean_currency(data)
        self.mark_voided()
        return data

    def _clean_currency(self, data: dict[str, Any]) -> None:
        if not self.instance.pk or "currency" not in data:
            return
        other = self.instance.payments.filter(voided_at=None).exclude(currency=data["currency"])
        if payment := other.first():
            self.add_error(
                "currency",
                _("A payment of %(amount)s for it is in %(currency)s.")
                % {"amount": money(payment.amount, payment.currency), "currency": payment.currency},
            )


class InvoiceLineForm(LineFields):
    """A line; an amount left empty is quantity times unit price, and where it is rounded, said."""

    class Meta:
        model = InvoiceLine
        fields = [
            "service",
            "description",
            "quantity",
            "unit_price",
            "amount",
            "taxable",
            "tax_code",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].required = False
        self.rounded = ""
        if "service" in self.fields:
            self.fields["service"].widget.attrs["list"] = "paidup-services"
        for field in self.fields.values():  # the column's heading is no label to a screen reader
            field.widget.attrs["aria-label"] = field.label or ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        quantity, price = data.get("quantity"), data.get("unit_price")
        if data.get("amount") is None and quantity is not None and price is not None:
            product = quantity * price
            amount = data["amount"] = product.quantize(CENT, ROUND_HALF_UP)
            if amount != product:
                self.rounded = _(
                    "%(quantity)s times %(price)s is %(product)s: %(amount)s was entered."
                ) % {"quantity": quantity, "price": price, "product": product, "amount": amount}
        if not data.get("service") and not data.get("description"):
            self.add_error("service", _("Say what was done: a service or a description."))
        return data


class InvoiceLineFormSet(InlineFormSet):
    """An invoice has at least one line, and what it comes to is not below zero."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        if not kept:
            raise forms.ValidationError(_("Enter at least one line."))
        invoice = self.instance
        lines = sum((line["amount"] for line in kept), Decimal(0))
        total = lines - (invoice.discount_total or 0) + (invoice.tax_total or 0)
        if total < 0:
            raise forms.ValidationError(
                _("The invoice would come to %(total)s: a total is not below zero.")
                % {"total": money(total, invoice.currency)}
            )


def row_amount(payment: Payment) -> Decimal:
    """Return what a payment is stored with, whatever was typed over it."""
    return Payment.objects.values_list("amount", flat=True).get(pk=payment.pk)


class PaymentForm(UnitDocument, AsksAboutDates, VoidableForm, PaymentFields):
    """A payment, of the customer and in the currency of its invoice."""

    amount_asked = forms.CharField(label="", required=False, widget=forms.HiddenInput)

    class Meta:
        model = Payment
        fields = [
            "business_unit",
            "customer",
            "invoice",
            "kind",
            "method",
            "amount",
            "currency",
            "received_on",
            "reference",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "method" in self.fields:
            self.fields["method"].widget.attrs["list"] = "paidup-methods"

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount <= 0:
            raise forms.ValidationError(
                _("A payment's amount must be above zero. Enter money given back as a refund.")
            )
        if amount < self.instance.refunded_total:
            refunded = money(self.instance.refunded_total, self.instance.currency)
            raise forms.ValidationError(
                _("%(refunded)s of this payment was already refunded.") % {"refunded": refunded}
            )
        return amount

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.take_units_currency(data)
        customer, invoice = data.get("customer"), data.get("invoice")
        if words := self.foreign("customer", customer):
            self.add_error("customer", words)
        if words := self.foreign("invoice", invoice):
            self.add_error("invoice", words)
        elif invoice is not None:
            self.take_twin(data, invoice)
            self._clean_against(invoice, data)
            self._ask_about_amount(invoice, data)
        else:
            self.take_twin(data)
        self.ask_about_dates(self.unit(), data)
        self.mark_voided()
        return data

    def _ask_about_amount(self, invoice: Invoice, data: dict[str, Any]) -> None:
        """Add an error to an amount above what is due, unless the person was asked about it."""
        amount, row = data.get("amount"), self.instance
        if amount is None or data.get("is_voided"):
            return
        stands = row.pk is not None and row.voided_at is None and "invoice" not in self.changed_data
        due = invoice.balance_due + (row_amount(row) if stands else 0)
        asked = f"{amount} {invoice.pk}"
        is_new = "amount" in self.changed_data or "invoice" in self.changed_data
        if amount <= due or not is_new or data.get("amount_asked") == asked:
            return
        retype(self, {self.add_prefix("amount_asked"): asked})
        words = _("Only %(max)s is due of %(invoice)s.") % {
            "max": money(max(due, Decimal(0)), invoice.currency),
            "invoice": invoice,
        }
        self.add_error(
            "amount",
            _("%(words)s Is %(amount)s meant? Then save once more.")
            % {"words": words, "amount": amount},
        )

    def _clean_against(self, invoice: Invoice, data: dict[str, Any]) -> None:
        customer, currency = data.get("customer"), data.get("currency")
        if customer is not None and customer.pk != invoice.customer_id:
            self.add_error(
                "customer",
                _(
                    "%(invoice)s is for %(customer)s. QuickBooks takes no payment of another "
                    "customer for it."
                )
                % {"invoice": invoice, "customer": invoice.customer},
            )
        if currency and currency != invoice.currency:
            self.add_error(
                "currency",
                _("%(invoice)s is in %(currency)s, so its payments are too.")
                % {"invoice": invoice, "currency": invoice.currency},
            )
        if invoice.voided_at and not data.get("is_voided"):
            self.add_error("invoice", _("%(invoice)s is voided.") % {"invoice": invoice})


class RefundForm(RefundFields):
    """Money given back of one payment; QuickBooks is never told, so the person is."""

    understood = forms.BooleanField(
        label=later("I will adjust QuickBooks"),
        required=False,
        widget=Checkbox,
        help_text=later(
            "This payment is already in QuickBooks. The refund will not be sent: you will"
            " need to adjust QuickBooks yourself, and it will be listed under Refunds to adjust."
        ),
    )

    is_another = forms.BooleanField(
        label=later("It is a second refund of the same amount"),
        required=False,
        widget=Checkbox,
    )

    class Meta:
        model = Refund
        fields = ["payment", "kind", "amount", "refunded_on", "reason"]
        labels = {"kind": later("What it was")}
        help_texts = {
            "kind": later(
                "Each kind is entered in QuickBooks in another way. Nothing is guessed from"
                " the reason."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields.get("kind")
        if kind is not None and not self.instance.pk:
            # Nothing is chosen beforehand: it is asked.
            kind.choices = [("", _("Choose what it was")), *Refund.Kind.choices]  # type: ignore[attr-defined]
            self.initial["kind"] = ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        payment = data.get("payment") or (self.instance.payment if self.instance.pk else None)
        amount = data.get("amount")
        if payment is None or amount is None:
            return data
        found = problems(
            payment,
            amount,
            data.get("refunded_on"),
            self.instance.pk,
            understood=bool(data.get("understood")),
            is_another=bool(data.get("is_another")),
        )
        for name, words in found.items():
            self.add_error(name, words)
        return data
