"""What probes work with: the company's client, and documents of a customer of their own.

All that a probe makes belongs to entries whose names begin with the mark, so that it is found and
removed by that alone, also after a kill (`leftovers`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import uuid4

from sync.quickbooks.answers import Answer
from sync.quickbooks.client import Client, QuickBooksFault, quote
from sync.quickbooks.documents import dump, ref_id
from sync.quickbooks.faults import Fault, fault_of, single_result
from sync.quickbooks.probe.listening import Listener

MARK = "Paidup probe"
Body = dict[str, Any]


class CannotAsk(Exception):
    """This company, or this call, cannot tell; the text says why."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one write was answered: exactly one of entity and fault is set."""

    answer: Answer
    entity: Body | None
    fault: Fault | None

    @property
    def words(self) -> str:
        """The evidence: Intuit's code and general words, and nothing of any document."""
        return words_of(self.fault) if self.fault else f"HTTP {self.answer.status}"


def words_of(fault: Fault) -> str:
    """A refusal without its detail, which may name customers."""
    tid = f", intuit_tid {fault.intuit_tid}" if fault.intuit_tid else ""
    return f"HTTP {fault.status}, code {fault.code or 'none'} “{fault.message[:120]}”{tid}"


@dataclass
class Bench:
    """One company, and what was made in it so far."""

    client: Client
    hurry: Callable[[], Client]
    """Gives a client that does not keep the pace: limits are met on purpose."""
    pause: Callable[[float], None]
    patience: float = 0
    webhook_wait: float = 120
    listener: Listener | None = None
    merged: tuple[str, str] | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    """What one probe found and another needs."""

    # The company

    @cached_property
    def info(self) -> Body:
        return self.client.company_info()

    @cached_property
    def preferences(self) -> Body:
        return self.client.preferences()

    def preference(self, group: str, name: str) -> Any:
        return (self.preferences.get(group) or {}).get(name)

    @property
    def is_us(self) -> bool:
        return self.info.get("Country", "US") in {"US", "USA", ""}

    @property
    def has_automated_tax(self) -> bool:
        return self.is_us and self.preference("TaxPrefs", "PartnerTaxEnabled") is True

    @property
    def is_multicurrency(self) -> bool:
        return self.preference("CurrencyPrefs", "MultiCurrencyEnabled") is True

    @property
    def home_currency(self) -> str:
        return ref_id(self.preferences.get("CurrencyPrefs") or {}, "HomeCurrency")

    def need_us(self) -> None:
        """Go no further where it is said of companies in the United States alone."""
        if not self.is_us:
            raise CannotAsk("It is said of companies in the United States only.")

    # Writing

    def write(
        self, entity: str, body: Mapping[str, Any], request_id: str = "", operation: str = ""
    ) -> Written:
        """One write, answered whatever way."""
        sent = dump(body)
        answer = self.client.send(entity, sent, request_id or new_id(), operation)
        fault = fault_of(answer)
        if fault is not None and (fault.throttled or fault.company_wide):
            raise QuickBooksFault(fault)
        if fault is not None:
            return Written(answer, None, fault)
        result = single_result(answer, entity)
        return Written(answer, result.entity, result.fault)

    def make(self, entity: str, body: Mapping[str, Any]) -> Body:
        """Make what a probe needs before it can ask."""
        return self.make_as("", entity, body)

    def make_as(self, request_id: str, entity: str, body: Mapping[str, Any]) -> Body:
        """Make it under an id that is used again."""
        made = self.write(entity, body, request_id)
        if made.entity is None:
            raise CannotAsk(f"A {entity} that is needed for it was refused: {made.words}.")
        return made.entity

    def change(self, entity: str, held: Body, **changes: Any) -> Written:
        """A sparse update of something that was just read."""
        return self.write(entity, {**key_of(held), "sparse": True, **changes})

    def read(self, entity: str, held: Body) -> Body:
        return self.client.read(entity, str(held["Id"]))

    def refused(self, statement: str) -> Fault | None:
        """The fault that a query meets, None where it is answered."""
        try:
            self.client.query(statement)
        except QuickBooksFault as refusal:
            if not refusal.fault.is_about_the_question:
                raise
            return refusal.fault
        return None

    # Entries of our own, kept inactive between runs

    @cached_property
    def customer(self) -> Body:
        return self.entry("Customer", "DisplayName", MARK, {"Notes": MARK})

    @cached_property
    def buyer(self) -> Body:
        """Who is billed; apart from the payments without an invoice, which might pay the bills."""
        return self.entry("Customer", "DisplayName", f"{MARK} sales", {"Notes": MARK})

    @property
    def applies_by_itself(self) -> bool:
        """Whether QuickBooks applies open payments and credits to new invoices."""
        names = ("AutoApplyCredit", "AutoApplyPayments")
        return any(self.preference("SalesFormsPrefs", name) is True for name in names)

    @cached_property
    def item(self) -> str:
        """The id of a service to sell."""
        found = self.client.page("Item", 1, "Type = 'Service'", size=1)
        if found:
            return str(found[0]["Id"])
        income = self.income_account
        body = {"Type": "Service", "IncomeAccountRef": {"value": income["Id"]}}
        return str(self.entry("Item", "Name", MARK, body)["Id"])

    @cached_property
    def income_account(self) -> Body:
        found = self.client.page("Account", 1, "AccountType = 'Income'", size=1)
        if not found:
            raise CannotAsk("The company has no income account.")
        return found[0]

    def entry(self, entity: str, named: str, name: str, body: Body) -> Body:
        """The entry of that name, made or made active again."""
        where = f"Active IN (true, false) AND {named} LIKE {quote(name + '%')}"
        found = [e for e in self.client.page(entity, 1, where) if _plain(e.get(named)) == name]
        if not found:
            return self.make(entity, {named: name, **body})
        first = found[0]
        if first.get("Active", True) is True:
            return first
        again = self.write(entity, {**first, "Active": True, named: name})
        if again.entity is None:
            raise CannotAsk(f"A {entity} could not be made active again: {again.words}.")
        return again.entity

    # Documents

    @cached_property
    def today(self) -> date:
        told = self.client.answered_at if self.preferences else None
        return told.date() if told else date.today()  # noqa: DTZ011 - only where nobody said

    @cached_property
    def tax_code(self) -> Body:
        """What lines that are not about tax carry: a code that charges nothing, where there is."""
        if self.is_us:
            return {"TaxCodeRef": {"value": "NON"}}
        free = [code for code, rates in self.codes.items() if not sum(r for _, r in rates)]
        codes = free or list(self.codes)
        return {"TaxCodeRef": {"value": codes[0]}} if codes else {}

    @cached_property
    def codes(self) -> dict[str, list[tuple[str, Decimal]]]:
        """Each tax code, and the ids and percentages that it charges on sales."""
        percents = {
            str(rate["Id"]): Decimal(str(rate.get("RateValue") or 0))
            for rate in self.client.page("TaxRate", 1)
        }
        return {
            str(code["Id"]): [(id_, percents[id_]) for id_ in _rate_ids(code, set(percents))]
            for code in self.client.page("TaxCode", 1)
        }

    def currency(self, code: str = "") -> Body:
        if not self.is_multicurrency:
            return {}
        return {"CurrencyRef": {"value": code or self.home_currency}}

    def line(self, amount: str | Decimal, tax: Body | None = None) -> Body:
        detail = {"ItemRef": {"value": self.item}, **(self.tax_code if tax is None else tax)}
        return {
            "DetailType": "SalesItemLineDetail",
            "Amount": Decimal(amount),
            "SalesItemLineDetail": detail,
        }

    def sale(self, *lines: Body, customer: Body | None = None, **more: Any) -> Body:
        """The body of an invoice or a credit memo."""
        return {
            "CustomerRef": {"value": (customer or self.buyer)["Id"]},
            "Line": list(lines),
            "PrivateNote": MARK,
            **self.currency(),
            **more,
        }

    def invoice(self, amount: str = "10.00", **more: Any) -> Body:
        return self.make("Invoice", self.sale(self.line(amount), **more))

    def payment_body(self, amount: str, *links: tuple[str, Body, str], **more: Any) -> Body:
        lines = [
            {"Amount": Decimal(part), "LinkedTxn": [{"TxnId": of["Id"], "TxnType": kind}]}
            for kind, of, part in links
        ]
        payer = self.buyer if links else self.customer
        return {
            "CustomerRef": {"value": payer["Id"]},
            "TotalAmt": Decimal(amount),
            **({"Line": lines} if lines else {}),
            "PrivateNote": MARK,
            **self.currency(),
            **more,
        }

    def paid_invoice(self) -> tuple[Body, Body]:
        """An invoice and the payment that pays it."""
        invoice = self.invoice()
        body = self.payment_body("10.00", ("Invoice", invoice, "10.00"))
        return invoice, self.make("Payment", body)


def new_id() -> str:
    return uuid4().hex


def key_of(held: Body) -> Body:
    return {"Id": held["Id"], "SyncToken": held["SyncToken"]}


def told_at(answer: Answer) -> datetime | None:
    """When QuickBooks answered, by its own clock."""
    try:
        moment = datetime.fromisoformat(str((answer.data or {}).get("time")))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _plain(name: Any) -> str:
    return str(name).split(" (deleted", 1)[0]


def _rate_ids(code: Body, known: set[str]) -> list[str]:
    details = (code.get("SalesTaxRateList") or {}).get("TaxRateDetail") or []
    ids = [ref_id(each, "TaxRateRef") for each in details]
    return [id_ for id_ in ids if id_ in known]
