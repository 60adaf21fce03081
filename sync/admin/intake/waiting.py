"""What came in and waits, or was refused: in sight, and attached by a person."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import Capability
from sync.admin.common.base import ReadOnlyMixin, actor_of, is_allowed, row_numbers
from sync.admin.common.once import acts_once, refuse
from sync.admin.common.theme import ChoicesDropdownFilter, Select, TextInput, display
from sync.admin.intake.page import field_name
from sync.admin.lists.filters import UnitFilter
from sync.admin.lists.list_admin import ListAdmin, moment_words
from sync.intake.door.attaching import CannotAttach, attach
from sync.models import Customer, Delivery, Invoice, Payment
from sync.words import later, told

_MODELS: dict[str, Any] = {"invoice": Invoice, "customer": Customer, "payment": Payment}


class AttachForm(forms.Form):
    """What it belongs to: an invoice by its number, a customer or a payment by its id."""

    to = forms.ChoiceField(
        label=later("Attach it to"),
        choices=[("invoice", later("an invoice, by its number")),
                 ("customer", later("a customer, by its name")),
                 ("payment", later("a payment, by its id"))],
        widget=Select,
    )  # fmt: skip
    name = forms.CharField(label=later("Number, name or id"), max_length=500, widget=TextInput)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyMixin, ListAdmin):
    """Deliveries that did not become a document yet."""

    list_display = ["received", "kind", "external_id", "source", "business_unit", "state", "why"]
    list_select_related = ["business_unit"]
    list_filter = [UnitFilter, ("state", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter)]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        rows: QuerySet[Delivery] = super().get_queryset(request)
        return rows.exclude(state=Delivery.State.APPLIED).select_related("business_unit")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.attach))
        return [
            path("<int:object_id>/attach/", view, name="sync_delivery_attach"),
            *super().get_urls(),
        ]

    @display(description=later("came in"), ordering="id")
    def received(self, row: Delivery) -> str:
        return moment_words(row.received_at, row.business_unit)

    @display(description=later("why"))
    def why(self, row: Delivery) -> str:
        return " ".join(told(words) for _code, _field, words in row.problems)

    @method_decorator(require_GET)
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show what it says, and what it can be attached to."""
        row = self.get_object(request, object_id)
        may_act = is_allowed(request, Capability.RESOLVE, row.business_unit_id)
        is_waiting = row.state == Delivery.State.WAITING
        said = {field_name(name): value for name, value in (row.body or {}).items() if value}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(row),
            "row": row,
            "why": self.why(row),
            "said": said,
            "form": AttachForm() if may_act and is_waiting else None,
        }
        return TemplateResponse(request, "admin/sync/intake/waiting.html", context)

    @acts_once
    def attach(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Attach it to what a person names."""
        row = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not is_allowed(request, Capability.RESOLVE, row.business_unit_id):
            raise PermissionDenied
        form = AttachForm(request.POST)
        found = _named(row, form.cleaned_data) if form.is_valid() else []
        words = ""
        if len(found) != 1:
            words = _("%(count)s have that name: there must be one.") % {"count": len(found)}
        try:
            if not words:
                attach(row, found[0], actor_of(request))
        except CannotAttach as why:
            words = str(why)
        if words:
            messages.error(request, words)
            refuse(request)
            return HttpResponseRedirect(reverse("admin:sync_delivery_change", args=[row.pk]))
        messages.success(request, _("It is attached."))
        return HttpResponseRedirect(reverse("admin:sync_delivery_changelist"))


def _named(row: Delivery, given: dict[str, str]) -> list[Any]:
    """Return what of the unit has that number, name or id; more than one is not one."""
    ours = _MODELS[given["to"]].objects.filter(business_unit=row.business_unit_id)
    name = given["name"].strip()
    if given["to"] == "invoice":
        return list(ours.filter(number=name)[:2])
    if given["to"] == "customer":
        return list(ours.filter(display_name__iexact=name)[:2])
    return list(ours.filter(pk__in=row_numbers([name]))[:2])
