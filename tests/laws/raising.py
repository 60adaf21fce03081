"""Raising an error nobody expects in any function of the export road, by its code.

Its code is exchanged, so that it raises wherever a reference to it is held.
"""

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import FunctionType, UnionType

from sync.exports import delivery, documents, runs
from sync.exports.documents import confirmed_content
from sync.exports.documents.units_of_work import UnitOfWork
from sync.models import Customer, ExportRunItem, Invoice, Payment, SyncRecord
from sync.quickbooks.documents import CustomerDocument, Entity, InvoiceDocument, PaymentDocument

ROAD = (runs, documents, delivery)
CONTENTS = (
    confirmed_content.CustomerContent,
    confirmed_content.InvoiceContent,
    confirmed_content.PaymentContent,
    confirmed_content.LineContent,
)
ROWS = (
    SyncRecord, Invoice, Payment, Customer, ExportRunItem, UnitOfWork, CustomerDocument,
    InvoiceDocument, PaymentDocument, Entity, *CONTENTS,
)  # fmt: skip


class UnforeseenError(Exception):
    """What is raised; its text must stand in no log, as it may hold a customer's details."""


@dataclass(frozen=True)
class Function:
    """One function of the road; `owner` is its class, where it has one."""

    name: str
    function: FunctionType
    owner: type | None = None

    @cached_property
    def row_places(self) -> list[int]:
        """Return where among its arguments it takes one row."""
        try:
            hints = typing.get_type_hints(self.function)
        except NameError:
            hints = {}
        names = list(inspect.signature(self.function).parameters)
        if self.owner is not None and names[:1] == ["self"]:
            hints["self"] = self.owner
        return [at for at, name in enumerate(names) if _is_row(hints.get(name))]


def _is_row(hint):
    is_either = typing.get_origin(hint) in {typing.Union, UnionType}
    return hint in ROWS or (is_either and any(each in ROWS for each in typing.get_args(hint)))


def road():
    """Return every function of the road, read from its modules."""
    found = []
    for package in ROAD:
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            found += _of_module(importlib.import_module(module.name))
    return found


def _of_module(module):
    short = module.__name__.removeprefix("sync.exports.")
    for name, value in vars(module).items():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(value):
            yield Function(f"{short}.{name}", value)
        elif inspect.isclass(value) and not issubclass(value, Enum | Exception):
            yield from _of_class(f"{short}.{name}", value)


def _of_class(name, owner):
    for each, value in vars(owner).items():
        function = value.fget if isinstance(value, property) else value
        is_made = each.startswith("__") and each not in {"__enter__", "__exit__"}
        if inspect.isfunction(function) and function.__module__ == owner.__module__ and not is_made:
            yield Function(f"{name}.{each}", function, owner)


class Raiser:
    """Decides at each call whether to raise: for the victim, or while `times` are left."""

    def __init__(self, function, victim=None, times=None):
        self.function, self.victim, self.times = function, victim, times
        self.is_on = True
        self.calls = self.raised = 0

    def before(self, *arguments):
        if not self.is_on:
            return
        self.calls += 1
        if self.victim is not None:
            places = self.function.row_places
            if not any(self.victim.is_in(arguments[p]) for p in places if p < len(arguments)):
                return
        elif self.times is not None and self.raised >= self.times:
            return
        self.raised += 1
        raise UnforeseenError("Secret Smith of 1 Private Road")


@contextmanager
def raising(raiser):
    """Have the function ask the raiser first."""
    function = inspect.unwrap(raiser.function.function)  # its code, not that of `in_english`
    original = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__,
        function.__closure__,
    )  # fmt: skip
    original.__kwdefaults__ = function.__kwdefaults__
    key = f"_raising_{id(function)}"
    names = list(inspect.signature(function).parameters)

    def called(*arguments, **named):
        raiser.before(*arguments, *(named[name] for name in names if name in named))
        return original(*arguments, **named)

    function.__globals__[key] = called
    code = f"def stub(*arguments, **named):\n    return {key}(*arguments, **named)"
    made: dict = {}
    exec(compile(code, "<raising>", "exec"), function.__globals__, made)
    kept = function.__code__
    function.__code__ = made["stub"].__code__
    try:
        yield raiser
    finally:
        function.__code__ = kept
        del function.__globals__[key]


class Victim:
    """An invoice with its customer and payments, known in whatever shape a function takes it."""

    def __init__(self, invoice):
        self.invoice, self.customer = invoice.pk, invoice.customer_id
        self.number, self.name = invoice.number, invoice.customer.display_name

    def is_in(self, row):
        """Say whether a row is the victim's."""
        match row:
            case Mapping():
                return self._is_in_mapping(row)
            case Customer():
                found = row.pk == self.customer
            case Invoice():
                found = row.pk == self.invoice
            case Payment():
                found = row.invoice_id == self.invoice
            case ExportRunItem():
                found = row.payment.invoice_id == self.invoice
            case UnitOfWork():
                found = row.invoice.pk == self.invoice
            case SyncRecord():
                found = self._holds(row)
            case _:
                record = SyncRecord.objects.filter(marker=getattr(row, "marker", "")).first()
                found = record is not None and self._holds(record)
        return found

    def _holds(self, record):
        payment = record.payment
        if record.pk is None:  # made for a look at its document
            return self._is_in_mapping(record.content)
        return (
            record.customer_id == self.customer
            or record.invoice_id == self.invoice
            or (payment is not None and payment.invoice_id == self.invoice)
        )

    def _is_in_mapping(self, row):
        if row.get("display_name") == self.name or row.get("DisplayName") == self.name:
            return True
        if self.number in {row.get("number"), row.get("DocNumber")}:
            return True
        if row.get("invoice") == self.invoice or row.get("description") == self.number:
            return True
        note = str(row.get("PrivateNote", row.get("Notes", "")))
        records = SyncRecord.objects.filter(payment__invoice=self.invoice)
        return any(r.marker in note for r in records)
