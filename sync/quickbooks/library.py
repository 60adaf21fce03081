"""The typed door to python-quickbooks: nothing else imports it.

Its object classes say what a document is made of; its client holds the URL scheme.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from quickbooks.client import QuickBooks
from quickbooks.objects.base import Address, EmailAddress, LinkedTxn, PhoneNumber, Ref
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import (
    DiscountLine,
    DiscountLineDetail,
    SalesItemLine,
    SalesItemLineDetail,
)
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.payment import Payment, PaymentLine
from quickbooks.objects.tax import TaxLine, TaxLineDetail, TxnTaxDetail

__all__ = [
    "Address",
    "Customer",
    "DiscountLine",
    "DiscountLineDetail",
    "EmailAddress",
    "Invoice",
    "LinkedTxn",
    "Payment",
    "PaymentLine",
    "PhoneNumber",
    "QuickBooks",
    "Ref",
    "SalesItemLine",
    "SalesItemLineDetail",
    "TaxLine",
    "TaxLineDetail",
    "TxnTaxDetail",
    "UnknownPropertyError",
    "part",
    "void_parameters",
]


class UnknownPropertyError(Exception):
    """A property that QuickBooks' object does not have: a mistake in our code."""


def part(kind: Any, **properties: Any) -> dict[str, Any]:
    """The given properties of one QuickBooks object, and none of the library's defaults.

    A blank library object carries values that QuickBooks refuses or misreads (`TotalAmt: ""`,
    `ExchangeRate: 1`), so the class is asked only whether it has the property.
    """
    known = _properties(kind)
    for name in properties:
        if name not in known:
            raise UnknownPropertyError(f"{kind.__name__} has no {name}")
    return properties


@cache
def _properties(kind: Any) -> frozenset[str]:
    return frozenset([*vars(kind()), *kind.class_dict, *getattr(kind, "list_dict", {})])


def void_parameters(entity: str) -> dict[str, str]:
    """What the address of a void says; it is not the same for each kind of document."""
    voidable = {"Invoice": Invoice, "Payment": Payment}
    parameters: dict[str, str] = voidable[entity]().get_void_params()
    return parameters
