"""A failure as every page shows it: cause, what to do, who can do it, and Intuit's words folded."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import Capability, roles_with
from accounts.models import Membership
from sync.admin.common.document_records import DocumentRecords
from sync.exports.remedies.figures import has_amiss_figures
from sync.exports.remedies.requests import is_comparable, is_link_amiss
from sync.models import BusinessUnit, Payment, SyncRecord
from sync.needs.causes import PROBLEMS

Kind, Problem = SyncRecord.Kind, SyncRecord.Problem
MOST_NAMED = 5
# What a mapping is to be chosen for again, as QuickBooks says it or as we found out.
_OF_MAPPINGS = {Problem.MAPPING.value, "6100"}


@dataclass(frozen=True, slots=True)
class Failure:
    """What stopped a document; `words` say why and what to do, `links` lead to where."""

    words: str
    who: str
    detail: str
    intuit_tid: str
    links: tuple[tuple[str, str], ...]


def failure_of(record: SyncRecord | None) -> Failure | None:
    """Return the failure that a record stopped at; None where it did not."""
    if record is None or record.state not in PROBLEMS:
        return None
    return Failure(
        words=record.error,
        who=who_can([record.business_unit_id])[record.business_unit_id],
        detail=record.error_detail,
        intuit_tid=record.intuit_tid if record.error_detail else "",
        links=tuple(_links(record)),
    )


def failure_of_payment(payment: Payment | None) -> Failure | None:
    """Return what a payment waits behind: its own failure, its invoice's or its customer's."""
    if payment is None:
        return None
    company_id = payment.business_unit.quickbooks_company_id
    return failure_of(DocumentRecords([payment]).stopping(payment, company_id))


def who_can(unit_ids: Collection[int]) -> dict[int, str]:
    """Say by unit who can put a failure right there; two queries."""
    members = Membership.objects.filter(
        business_unit__in=unit_ids,
        role__in=roles_with(Capability.RESOLVE),
        user__is_active=True,
    )
    people: dict[int, list[str]] = defaultdict(list)
    for member in members.select_related("user").order_by("user__username"):
        people[member.business_unit_id].append(str(member.user))
    names = dict(BusinessUnit.objects.filter(pk__in=unit_ids).values_list("pk", "name"))
    return {pk: _who(people[pk], names.get(pk, "")) for pk in unit_ids}


def _who(people: list[str], unit: str) -> str:
    if not people:
        return _(
            "Whoever is an accountant of %(unit)s can do this; an administrator names one."
        ) % {"unit": unit}
    named = ", ".join(people[:MOST_NAMED])
    more = (
        _(" and %(value)s more") % {"value": len(people) - MOST_NAMED}
        if len(people) > MOST_NAMED
        else ""
    )
    return _("Who can do this in %(unit)s: %(named)s%(more)s.") % {
        "unit": unit,
        "named": named,
        "more": more,
    }


def _links(record: SyncRecord) -> Iterable[tuple[str, str]]:
    if record.error_code in _OF_MAPPINGS:
        page = reverse("admin:sync_businessunit_quickbooks", args=[record.business_unit_id])
        yield _("Change the mappings"), f"{page}#mappings"
    if has_amiss_figures(record):
        for label, name in (
            (_("Send the correction"), "correct"),
            (_("Accept as it is there"), "accept"),
        ):
            yield label, reverse(f"admin:sync_syncrecord_{name}_one", args=[record.pk])
    if is_comparable(record):
        page = reverse("admin:sync_syncrecord_compare_one", args=[record.pk])
        yield _("Compare and link"), page
    if is_link_amiss(record):
        yield _("Mend the customer's link"), link_page(record)


def link_page(record: SyncRecord) -> str:
    """Return where the link of the customer is mended that a document belongs to."""
    document = record.invoice or record.payment
    customer = document.customer_id if document else record.customer_id
    page = reverse("admin:sync_customer_mend", args=[customer])
    invoice = record.payment.invoice_id if record.payment else record.invoice_id
    return f"{page}?of={invoice}" if invoice else page
