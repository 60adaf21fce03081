"""What the forms at a list are sent to: views are saved, renamed and deleted, columns chosen."""

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.exceptions import NotRegistered
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sync.admin.common.base import ScopedAdmin, actor_of, row_numbers
from sync.admin.common.once import acts_once
from sync.admin.lists.kept_views import (
    LONGEST_QUERY,
    MOST_VIEWS,
    VIEW,
    KeptList,
    filters_in,
    keep_columns,
    keep_view,
    kept_list,
)
from sync.admin.lists.list_admin import QuietList
from sync.models import SavedView

LONGEST_NAME = 40


@require_POST
@acts_once
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep filters, search, order and columns of a list under a name."""
    owner = _list_in(request)
    query, name = filters_in(request.POST.get("query", "")), _name_in(request)
    if not name:
        messages.error(request, _("Nothing was saved: give the view a name."))
        return _to_list(owner, query)
    if len(query) > LONGEST_QUERY:  # cut, it would find something else
        messages.error(request, _("Nothing was saved: what is looked for is too long."))
        return _to_list(owner, query)
    kept = _kept(owner, request)
    # Also what opens a row, which cannot be hidden, may be what rows are ordered by.
    order = [each for each in _words_in(request, "order") if each.lstrip("-") in kept.every]
    switched = [each for each in _words_in(request, "switched") if each in _hidable(kept)]
    said = {"query": query, "order": order, "switched": switched}
    view = keep_view(actor_of(request), owner.model._meta.label_lower, name, **said)
    if view is None:
        words = _("Nothing was saved: %(most)s views are kept of a list. Delete one first.")
        messages.error(request, words % {"most": MOST_VIEWS})
        return _to_list(owner, query)
    words = _("The view “%(view)s” is saved. It is yours alone.") % {"view": view}
    messages.success(request, words)
    return _open(owner, request, view)


@require_POST
@acts_once
def change_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename or delete a view of the person's own; any other is not told to exist."""
    view = get_object_or_404(SavedView, pk=pk, user=actor_of(request))
    owner = _list_named(request, view.list_name)
    if "delete" in request.POST:
        view.delete()
        messages.success(request, _("The view “%(view)s” is deleted.") % {"view": view})
        return _to_list(owner, view.query)
    before, view.name = view.name, _name_in(request) or view.name
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError:
        words = _("Another view is called “%(view)s” already.") % {"view": view}
        messages.error(request, words)
        view.name = before
    return _open(owner, request, view)


@require_POST
@acts_once
def choose_columns(request: HttpRequest) -> HttpResponse:
    """Keep which columns the list, or the view that is open, shows."""
    owner, person = _list_in(request), actor_of(request)
    columns, shown = _hidable(_kept(owner, request)), set(request.POST.getlist("column"))
    switched = [name for name in columns if (name in owner.more_columns) == (name in shown)]
    number = row_numbers([request.POST.get(VIEW, "")])
    mine = SavedView.objects.filter(user=person, list_name=owner.model._meta.label_lower)
    view = mine.filter(pk__in=number).first()
    keep_columns(person, owner.model._meta.label_lower, switched, view)
    query = filters_in(request.POST.get("query", ""))
    return _open(owner, request, view) if view else _to_list(owner, query)


def _list_in(request: HttpRequest) -> ScopedAdmin:
    return _list_named(request, request.POST.get("list", ""))


def _list_named(request: HttpRequest, name: str) -> ScopedAdmin:
    """Return a list that the person may open; any other is not told to exist."""
    try:
        owner = admin.site.get_model_admin(apps.get_model(name))
    except (LookupError, ValueError, NotRegistered) as unknown:
        raise Http404 from unknown
    if not isinstance(owner, ScopedAdmin) or not owner.has_view_permission(request):
        raise Http404
    if not issubclass(owner.get_changelist(request), QuietList):
        raise Http404
    return owner


def _hidable(kept: KeptList) -> list[str]:
    """Return the columns that can be hidden."""
    return [name for name in kept.every if name not in kept.fixed]


def _kept(owner: ScopedAdmin, request: HttpRequest) -> KeptList:
    columns = owner.get_list_display(request)
    links = owner.get_list_display_links(request, columns)
    if owner.get_actions(request):  # counted among the columns by which an address orders
        columns = ["action_checkbox", *columns]
    return kept_list(request, owner.model, columns, links, owner.more_columns)


def _words_in(request: HttpRequest, field: str) -> list[str]:
    return [word for word in request.POST.get(field, "").split(",") if word]


def _name_in(request: HttpRequest) -> str:
    return " ".join(request.POST.get("name", "").split())[:LONGEST_NAME]


def _page(owner: ScopedAdmin) -> str:
    meta = owner.model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")


def _to_list(owner: ScopedAdmin, query: str) -> HttpResponse:
    return HttpResponseRedirect(f"{_page(owner)}?{query}" if query else _page(owner))


def _open(owner: ScopedAdmin, request: HttpRequest, view: SavedView) -> HttpResponse:
    return HttpResponseRedirect(f"{_page(owner)}{_kept(owner, request).address_of(view)}")
