"""What every admin page rests on: roles per business unit decide what is seen and done."""

import re
from collections.abc import Iterable
from functools import partial
from itertools import chain
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import IntegrityError
from django.db.models import ForeignKey, Model, QuerySet
from django.forms import Media, ModelChoiceField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import Capability, holds_everything, units_by_capability
from accounts.models import User
from sync.admin.common.once import OneUseForms
from sync.admin.common.theme import ModelAdmin, TabularInline
from sync.admin.common.theme_rows import tick_box
from sync.models import BusinessUnit
from sync.models.sql import within_units
from sync.needs.sight import Sight

__all__ = [
    "ModelAdmin",
    "ReadOnlyMixin",
    "ScopedAdmin",
    "TabularInline",
    "actor_of",
    "is_allowed",
    "row_numbers",
    "sight",
    "unit_or_404",
    "units_held",
    "units_of",
    "within",
]

THE_UNIT_ITSELF = "pk"
FOR_ADDRESSES = {"urlify.js", "prepopulate.js", "xregexp.js", "xregexp.min.js"}
LONGEST_ID = 18
_NO_ID = re.compile(r"\d{19}")  # more than a database counts to


def units_held(request: HttpRequest, capability: Capability) -> frozenset[int] | None:
    """Return the ids of the units where the person has the capability; None means every unit.

    Read once a request, however many buttons and links ask.
    """
    if holds_everything(request.user):
        return None
    held: dict[Capability, frozenset[int]] | None = request.__dict__.get("units_held")
    if held is None:
        held = request.__dict__["units_held"] = units_by_capability(request.user)
    return held[capability]


def actor_of(request: HttpRequest) -> User:
    """Return who is signed in; every admin page asks that somebody is."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def row_numbers(texts: Iterable[str]) -> list[int]:
    """Read ids as they came with a request, leaving out what cannot be one."""
    return [int(text) for text in texts if text.isdecimal() and len(text) <= LONGEST_ID]


def is_allowed(request: HttpRequest, capability: Capability, unit_id: int | None = None) -> bool:
    """Say whether the person has the capability in the unit, or in any where none is given."""
    held = units_held(request, capability)
    if held is None:
        return True
    return bool(held) if unit_id is None else unit_id in held


def units_of(request: HttpRequest, capability: Capability) -> QuerySet[BusinessUnit]:
    """Return the units where the person has the capability."""
    return within_units(units_held(request, capability), BusinessUnit.objects.all(), "pk")


def sight(request: HttpRequest) -> Sight:
    """Return in which units the person may do what."""
    return Sight(partial(units_held, request))


def within(
    request: HttpRequest, rows: QuerySet[Any], capability: Capability, path: str = "business_unit"
) -> QuerySet[Any]:
    """Limit rows to those of units where the person has the capability; `path` leads to the unit.

    By their ids, not by a query for the units: SQLite would look for the rows by that.
    """
    return within_units(units_held(request, capability), rows, path)


def unit_or_404(request: HttpRequest, unit_id: int, needed: Capability) -> BusinessUnit:
    """Return a unit where the person has the capability; any other is not told to exist."""
    units = units_of(request, needed)
    known = units.select_related("quickbooks_company__discount_account", "readiness")
    return get_object_or_404(known.prefetch_related("setups"), pk=unit_id)


class UnknownFilter(IncorrectLookupParameters, BadRequest):
    """A filter that is not there, or of another kind: a list opens without, others answer 400."""


class ScopedAdmin(OneUseForms):
    """Shows and changes only rows of the units in which the person holds a role.

    A row of any other unit answers 404: that it exists is not told. Nothing here is deleted:
    documents are voided, and what may be deleted says so itself.
    """

    unit_path: ClassVar[str] = "business_unit"
    view_capability: ClassVar[Capability] = Capability.VIEW
    change_capability: ClassVar[Capability] = Capability.RESOLVE
    more_columns: ClassVar[tuple[str, ...]] = ()  # of its list, shown to who chooses them
    list_sections: ClassVar[tuple[type, ...]] = ()  # missing, it is looked for at every row

    @property
    def media(self) -> Media:
        """Leave out what makes addresses of titles: no form here has any, and it weighs 50 kB."""
        media: Any = super().media
        scripts = [each for each in media._js if each.rpartition("/")[2] not in FOR_ADDRESSES]
        return Media(css=media._css, js=scripts)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.within(request, super().get_queryset(request), self.view_capability)

    def within(
        self, request: HttpRequest, rows: QuerySet[Any], capability: Capability
    ) -> QuerySet[Any]:
        """Limit rows of this model to the units where the person has the capability."""
        return within(request, rows, capability, self.unit_path)

    def resolvable(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the chosen rows of units where the person may resolve; say what is left out."""
        allowed = self.within(request, rows.order_by(), Capability.RESOLVE)
        if left_out := rows.count() - allowed.count():
            messages.warning(
                request,
                ngettext(
                    "%(left_out)s was left out: you may not resolve for their business unit.",
                    "%(left_out)s were left out: you may not resolve for their business unit.",
                    left_out,
                )
                % {"left_out": left_out},
            )
        return allowed

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        filters = (texts for name, texts in request.GET.lists() if name != SEARCH_VAR)
        if any(map(_NO_ID.search, chain.from_iterable(filters))):
            raise UnknownFilter
        try:
            return super().get_changelist_instance(request)
        except IncorrectLookupParameters as unknown:
            raise UnknownFilter from unknown

    def action_checkbox(self, obj: Model) -> SafeString:
        return tick_box(obj.pk)

    def unit_id_of(self, row: Model) -> int | None:
        """Return the id of the unit that the row belongs to."""
        *steps, last = self.unit_path.split("__")
        target: Any = row
        for step in steps:
            target = getattr(target, step)
        unit_id: int | None = (
            target.pk if last == THE_UNIT_ITSELF else getattr(target, f"{last}_id")
        )
        return unit_id

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Find a row that the person may see; once for a page, however many buttons ask."""
        found: dict[Any, Any] = request.__dict__.setdefault("rows_found", {})
        key = self.model, str(object_id), from_field
        row = found.get(key) if request.method == "GET" else None
        # Django takes an empty name of a field for one that there is not.
        row = row or super().get_object(request, object_id, from_field or None)
        if row is None:
            raise Http404
        found[key] = row
        return row

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Find the row for those who may see it, any other answers 404; its page does the rest."""
        row = self.get_object(request, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        return self.page_of(request, row)

    def page_of(self, request: HttpRequest, row: Any, **shown: Any) -> HttpResponse:
        """Show a row, or act on its form: the theme's form, unless a page of its own is here."""
        return super().change_view(request, str(row.pk), extra_context=shown)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Turn a constraint that another's change just broke into words."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError:
            messages.error(
                request,
                _(
                    "Nothing was saved: what you entered no longer fits what somebody else"
                    " saved just"
                    " now. Look at it as it stands, and enter it again."
                ),
            )
            return HttpResponseRedirect(request.get_full_path())

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_allowed(request, self.view_capability)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.holds(request, self.view_capability, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.holds(request, self.change_capability, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_allowed(request, self.change_capability)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_export_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.holds(request, Capability.EXPORT, obj)

    def has_resolve_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.holds(request, Capability.RESOLVE, obj)

    def has_manage_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.holds(request, Capability.MANAGE, obj)

    def holds(self, request: HttpRequest, capability: Capability, obj: Any = None) -> bool:
        """Say whether the person has the capability for the row; unfold hands over its id."""
        if obj is None:
            return is_allowed(request, capability)
        row = obj if isinstance(obj, Model) else self.get_object(request, str(obj))
        return is_allowed(request, capability, self.unit_id_of(row))

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        """Offer, and accept, only rows of units in which the person may change this model."""
        if "queryset" not in kwargs:
            kwargs["queryset"] = self.choices_for(db_field, request)
        field: ModelChoiceField[Any] | None = super().formfield_for_foreignkey(
            db_field, request, **kwargs
        )
        return field

    def choices_for(self, db_field: ForeignKey[Any, Any], request: HttpRequest) -> QuerySet[Any]:
        """Return the rows that the field may point at, all of them where they have no unit."""
        model = db_field.remote_field.model
        rows: QuerySet[Any] = model._default_manager.all()
        if not self.admin_site.is_registered(model):
            return rows
        target = self.admin_site.get_model_admin(model)
        if not isinstance(target, ScopedAdmin):
            return rows
        return target.within(request, rows, self.change_capability)


class ReadOnlyMixin:
    """For rows that the site writes by itself: they are looked at, never typed."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
