"""The search of the whole site (Ctrl-K): pages by their names in the menu, units, and documents."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.access import Capability
from sync.admin.common.base import units_of
from sync.admin.common.navigation import sidebar
from sync.admin.search.documents import search_documents
from sync.models import Customer, Invoice, Payment
from sync.needs.places import setup_of
from sync.words import day, money

FEW = 5  # of a kind; the list has the rest


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found, and where it is."""

    title: str
    link: str
    icon: str
    about: str = ""


def find(request: HttpRequest) -> HttpResponse:
    """Answer what is typed with pages and documents that the person may open."""
    term = request.GET.get("s", "").strip()
    finders = (_pages, _units, _documents) if term else ()
    hits = [hit for finder in finders for hit in finder(request, term)]
    shown = {"hits": hits, "term": term}
    return TemplateResponse(request, "unfold/helpers/command_results.html", shown)


def _pages(request: HttpRequest, term: str) -> Iterator[Hit]:
    for group in sidebar(request):
        for item in group["items"]:
            if term.casefold() in item["title"].casefold():
                yield Hit(item["title"], item["link"], item["icon"], _("Page"))


def _units(request: HttpRequest, term: str) -> Iterator[Hit]:
    """Yield the connection to QuickBooks of each unit of that name."""
    named = units_of(request, Capability.VIEW).filter(name__icontains=term)
    for unit in named.order_by("name")[:FEW]:
        yield Hit(unit.name, setup_of(unit), "storefront", _("QuickBooks Integration"))


def _documents(request: HttpRequest, term: str) -> Iterator[Hit]:
    for model, (icon, joined, worded) in _WORDED.items():
        shown, page = admin.site.get_model_admin(model), f"admin:sync_{model._meta.model_name}"
        if not shown.has_view_or_change_permission(request):
            continue
        rows = search_documents(request, shown.get_queryset(request), term)
        found = list(rows.select_related(*joined).order_by(*(shown.ordering or ()))[: FEW + 1])
        for row in found[:FEW]:
            title, *about = worded(row)
            yield Hit(title, reverse(f"{page}_change", args=[row.pk]), icon, " · ".join(about))
        if len(found) > FEW:
            asked = urlencode({"q": term, **({"status": "all"} if model is Payment else {})})
            listed = f"{reverse(f'{page}_changelist')}?{asked}"
            yield Hit(
                _("All %(verbose_name_plural)s that match")
                % {"verbose_name_plural": model._meta.verbose_name_plural},
                listed,
                icon,
            )


def _customer(row: Customer) -> list[str]:
    return [row.display_name, _("Customer"), row.email or row.business_unit.name]


def _invoice(row: Invoice) -> list[str]:
    return [str(row), row.customer.display_name, money(row.total, row.currency)]


def _payment(row: Payment) -> list[str]:
    paid = _("%(amount)s on %(received_on)s") % {
        "amount": money(row.amount, row.currency),
        "received_on": day(row.received_on),
    }
    method = f"{row.method} {row.reference}".strip()
    return [
        _("Payment of %(paid)s") % {"paid": paid},
        method,
        row.customer.display_name,
        str(row.invoice or _("Deposit")),
    ]


_WORDED: dict[type[Model], tuple[str, tuple[str, ...], Callable[[Any], list[str]]]] = {
    Invoice: ("receipt_long", ("customer",), _invoice),
    Payment: ("payments", ("customer", "invoice"), _payment),
    Customer: ("group", ("business_unit",), _customer),
}
