"""The first days: what is to be done from an empty database to the first export, until it is."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import Capability, holds_everything
from accounts.models import Membership
from sync.admin.common.base import is_allowed, units_of, within
from sync.models import BusinessUnit, Payment, SyncRecord


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do once: whether it is done, and where."""

    title: str
    words: str
    link: str
    button: str
    is_done: bool


def first_steps(request: HttpRequest) -> list[Step]:
    """Return the steps for whoever may take them; none where all are done."""
    if not is_allowed(request, Capability.MANAGE):
        return []
    exported = SyncRecord.objects.filter(
        kind=SyncRecord.Kind.PAYMENT, state=SyncRecord.State.EXPORTED
    )
    if within(request, exported, Capability.VIEW).exists():
        return []
    unit = units_of(request, Capability.MANAGE).first()
    steps = [_unit(unit)] if holds_everything(request.user) else []
    if unit is not None:
        steps += [_invite(request, unit), _connect(request, unit), _bring(request), _export(unit)]
    return steps


def _unit(unit: BusinessUnit | None) -> Step:
    return Step(
        _("Name your first business unit"),
        _("A branch or franchise with books of its own, its time zone and its currency."),
        reverse("admin:sync_businessunit_add"),
        _("Add a business unit"),
        is_done=unit is not None,
    )


def _invite(request: HttpRequest, unit: BusinessUnit) -> Step:
    others = Membership.objects.filter(business_unit=unit).exclude(user=request.user.pk)
    return Step(
        _("Invite people"),
        _("By e-mail, each with a role: who looks, who exports, who settles what failed."),
        f"{reverse('admin:accounts_membership_add')}?business_unit={unit.pk}",
        _("Invite somebody"),
        is_done=others.exists(),
    )


def _connect(request: HttpRequest, unit: BusinessUnit) -> Step:
    connected = units_of(request, Capability.MANAGE).filter(setups__finished_at__isnull=False)
    return Step(
        _("Connect QuickBooks"),
        _("Sign in at Intuit, look through what leads to which account, and try one invoice."),
        reverse("admin:sync_businessunit_quickbooks", args=[unit.pk]),
        _("Set up the connection"),
        is_done=connected.exists(),
    )


def _bring(request: HttpRequest) -> Step:
    payments = within(request, Payment.objects.all(), Capability.VIEW)
    return Step(
        _("Bring in invoices and payments"),
        _("A file as your system exports it, CSV or Excel. Nothing is stored until you say so."),
        reverse("admin:sync_import_bring"),
        _("Bring in a file"),
        is_done=payments.exists(),
    )


def _export(unit: BusinessUnit) -> Step:
    return Step(
        _("Export the first payments"),
        _("Only invoices that are paid in full go, with all their payments, once you confirm."),
        f"{reverse('admin:sync_payment_changelist')}?status=ready&unit={unit.pk}",
        _("See what is ready"),
        is_done=False,
    )
