"""Tie-outs: asked for, looked at, downloaded, printed and signed."""

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import AccessDenied, Capability
from sync.admin.common.base import actor_of, units_of
from sync.admin.common.once import acts_once
from sync.admin.common.theme import NOTHING, Textarea, display
from sync.admin.lists.filters import UnitFilter
from sync.admin.lists.list_admin import ListAdmin, moment_words
from sync.discrepancies.tieout.files import as_csv, as_xlsx
from sync.discrepancies.tieout.tieouts import (
    LONGEST_NOTE,
    TieOutRefused,
    sign,
    signer_name,
    start,
    unmatched,
)
from sync.models import BusinessUnit, TieOut
from sync.quickbooks.links import deep_link
from sync.words import day, later, money

if TYPE_CHECKING:  # unfold ships no types
    from django.forms import DateInput, Select
else:
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextInputWidget as DateInput

MOST_SHOWN = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class PeriodForm(forms.Form):
    """A unit and a period; it starts with last month."""

    unit = forms.ModelChoiceField(
        BusinessUnit.objects.none(),
        widget=Select(),
        label=later("Business unit"),
        empty_label=None,
    )
    first_day = forms.DateField(label=later("From"), widget=DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(label=later("To"), widget=DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, units: QuerySet[BusinessUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


class SignForm(forms.Form):
    """What a signer says of differences."""

    note = forms.CharField(
        label=later("Note"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=Textarea(attrs={"rows": 2}),
        help_text=later("Needed where something differs: why it may stand."),
    )


def last_month() -> tuple[date, date]:
    """Return the first and last day of the month before this one."""
    last = timezone.localdate().replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


@admin.register(TieOut)
class TieOutAdmin(ListAdmin):
    """Our documents of a period against QuickBooks'."""

    list_display = ["period", "business_unit", "result", "signed"]
    list_select_related = ["business_unit", "request"]
    list_filter = [UnitFilter]
    ordering = ["-last_day", "-id"]
    actions: list[str] = []

    def get_queryset(self, request: HttpRequest) -> QuerySet[TieOut]:
        return super().get_queryset(request).defer("lines", "totals")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.file_view))
        return [
            path("<int:tie_out_id>/csv/", view, {"form": "csv"}, name="sync_tieout_csv"),
            path("<int:tie_out_id>/xlsx/", view, {"form": "xlsx"}, name="sync_tieout_xlsx"),
            *super().get_urls(),
        ]

    @display(description=later("period"), ordering="last_day")
    def period(self, made: TieOut) -> str:
        return _("%(first_day)s to %(last_day)s") % {
            "first_day": day(made.first_day),
            "last_day": day(made.last_day),
        }

    @display(description=later("result"))
    def result(self, made: TieOut) -> str:
        if made.done_at is None:
            failed = made.request is not None and made.request.error
            return made.request.error if failed and made.request else _("being compared")
        words = (f"{count:,} {name}" for name, count in made.own_counts.items())
        return " · ".join(words)

    @display(description=later("signed"))
    def signed(self, made: TieOut) -> str:
        if made.signed_at is None:
            return NOTHING
        return f"{made.signer_name}, {moment_words(made.signed_at, made.business_unit)}"

    @acts_once
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for a unit and period, and have them compared."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        first_day, last_day = last_month()
        form = PeriodForm(
            request.POST or None,
            units=units_of(request, Capability.RESOLVE),
            initial={"first_day": first_day, "last_day": last_day},
        )
        if request.method == "POST" and form.is_valid():
            try:
                made = start(**form.cleaned_data, actor=actor_of(request))
            except TieOutRefused as refused:
                form.add_error("unit", str(refused))
            else:
                return HttpResponseRedirect(reverse("admin:sync_tieout_change", args=[made.pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Tie out a period"),
            "question": {
                "title": _("Tie out a period"),
                "sentence": _(
                    "Every document of the unit dated in the period is compared with"
                    " QuickBooks, to the cent. Nothing is changed."
                ),
                "button": _("Compare"),
            },
            "form": form,
            "back": reverse("admin:sync_tieout_changelist"),
        }
        return TemplateResponse(request, "admin/sync/common/confirm.html", context)

    @acts_once
    def page_of(self, request: HttpRequest, row: TieOut, **shown: Any) -> HttpResponse:
        """Show what was found, to be printed and signed."""
        may_sign = self.has_change_permission(request, row)
        form = SignForm(request.POST or None)
        if request.method == "POST":
            if not may_sign:
                raise PermissionDenied
            if form.is_valid() and self._signed(request, row, form):
                return HttpResponseRedirect(request.path)
        sharing = row.company.business_units.exclude(pk__in=units_of(request, Capability.VIEW))
        context = self._found(row) | {
            "sees_others": not sharing.exists(),
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Tie-out of %(business_unit)s, %(period)s")
            % {"business_unit": row.business_unit, "period": self.period(row)},
            "signer": signer_name(actor_of(request)),
            "form": form if may_sign and row.done_at and not row.signed_at else None,
            "back": reverse("admin:sync_tieout_changelist"),
        }
        return TemplateResponse(request, "admin/sync/discrepancies/tieouts/tie_out.html", context)

    def _found(self, made: TieOut) -> dict[str, Any]:
        """Return what the page shows of a tie-out, whoever looks at it."""
        found = list(unmatched(made))
        return {
            "made": made,
            "result": self.result(made),
            "compared": moment_words(made.done_at, made.business_unit),
            "files": {
                kind.upper(): reverse(f"admin:sync_tieout_{kind}", args=[made.pk])
                for kind in ("csv", "xlsx")
            },
            "signed": self.signed(made),
            "totals": [_in_words(total) for total in made.totals],
            "lines": [_in_words(line) | _link(made, line) for line in found[:MOST_SHOWN]],
            "left_out": max(0, len(found) - MOST_SHOWN),
        }

    @staticmethod
    def _signed(request: HttpRequest, made: TieOut, form: SignForm) -> bool:
        try:
            sign(made.pk, actor_of(request), form.cleaned_data["note"])
        except TieOutRefused as refused:
            form.add_error("note", str(refused))
            return False
        except AccessDenied as denied:
            raise PermissionDenied from denied
        messages.success(request, _("Signed."))
        return True

    def file_view(self, request: HttpRequest, tie_out_id: int, form: str) -> HttpResponse:
        """Send every document with what was found, as a file."""
        made = self.get_object(request, str(tie_out_id))
        if form == "xlsx":
            response = HttpResponse(as_xlsx(made), content_type=XLSX)
        else:
            response = HttpResponse(f"\ufeff{as_csv(made)}", content_type="text/csv; charset=utf-8")
        name = f"tie-out-{made.business_unit.code}-{made.first_day}-{made.last_day}"
        end = "xlsx" if form == "xlsx" else "csv"
        response["Content-Disposition"] = f'attachment; filename="{name}.{end}"'
        return response


def _in_words(line: dict[str, str]) -> dict[str, str]:
    """Write the amounts of a line or of a total as people read them."""
    amounts = {name: line[name] for name in ("ours", "theirs", "difference") if name in line}
    return line | {name: money(Decimal(text), line["currency"]) for name, text in amounts.items()}


def _link(made: TieOut, line: dict[str, str]) -> dict[str, str]:
    """Return what a line's document is called, whose it is, and where it stands in QuickBooks."""
    entity = line["kind"].capitalize()
    name = line["name"] if line["kind"] == "invoice" else line["qbo_id"]
    return {
        "document": f"{entity} {name}",
        "url": deep_link(made.company.realm_id, entity, line["qbo_id"]),
        "whose": ", ".join(filter(None, (line["customer"], line["invoice"]))) or "-",
    }
