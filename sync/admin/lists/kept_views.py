"""What a person keeps of a list: views under a name, and the columns that are shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.db.models import Model
from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.text import capfirst

from accounts.models import User
from sync.models import ListColumns, SavedView

VIEW = "view"  # in a list's address: the saved view that is open
# In an address they say neither what is filtered nor what is looked for.
_NO_FILTERS = {VIEW, "o", "p", "e", "_popup", "_to_field"}


@dataclass(slots=True)
class KeptList:
    """A list's columns, all of them in order, and what a person keeps of it."""

    name: str  # as app.model
    every: list[str]
    fixed: set[str]  # cannot be hidden: ticks, and what opens a row
    more: set[str]  # shown only to who wants them
    views: list[SavedView] = field(default_factory=list)
    view: SavedView | None = None
    switched: set[str] = field(default_factory=set)
    """Columns that are hidden though the list shows them, or the other way round."""

    def shown(self, switched: set[str] | None = None) -> list[str]:
        """Return the columns to show, in order."""
        chosen = self.switched if switched is None else switched
        return [
            name
            for name in self.every
            if name in self.fixed or (name in self.more) == (name in chosen)
        ]

    def address_of(self, view: SavedView) -> str:
        """Return where a saved view opens, from the list's own page."""
        places = {name: place for place, name in enumerate(self.shown(set(view.switched)))}
        order = [
            f"{'-' if name.startswith('-') else ''}{places[name.lstrip('-')]}"
            for name in view.order
            if name.lstrip("-") in places
        ]
        ordered = {"o": ".".join(order)} if order else {}
        return f"?{urlencode([*parse_qsl(view.query), *ordered.items(), (VIEW, str(view.pk))])}"


def kept_list(
    request: HttpRequest,
    model: type[Model],
    columns: Sequence[Any],
    links: Sequence[Any] | None,
    more: Sequence[str],
) -> KeptList:
    """Read in two queries what the person keeps of a list."""
    name, person = model._meta.label_lower, request.user
    every = [*columns, *more]
    opening = [each for each in links or columns[:2] if each in columns]
    views = list(SavedView.objects.filter(user=person.pk, list_name=name))
    opened = request.GET.get(VIEW, "")
    view = next((each for each in views if str(each.pk) == opened), None)
    kept = ListColumns.objects.filter(user=person.pk, list_name=name)
    switched = view.switched if view else kept.values_list("switched", flat=True).first()
    return KeptList(
        name,
        every,
        {"action_checkbox", *opening},
        set(more),
        views,
        view,
        set(switched or ()),
    )


class ViewBar:
    """What stands at a list for its views and columns."""

    def __init__(self, kept: KeptList, listed: Any) -> None:
        self.kept, self._listed = kept, listed

    @property
    def chips(self) -> list[dict[str, Any]]:
        """Return each saved view with the address that opens it."""
        return [
            {"view": view, "link": self.kept.address_of(view), "is_open": view == self.kept.view}
            for view in self.kept.views
        ]

    @property
    def columns(self) -> list[dict[str, Any]]:
        """Return each column that can be hidden, by the name above it."""
        model, shown = self._listed.model, set(self.kept.shown())
        owner = admin.site.get_model_admin(model)
        return [
            {
                "name": name,
                "title": capfirst(str(label_for_field(name, model, owner))),
                "is_shown": name in shown,
            }
            for name in self.kept.every
            if name not in self.kept.fixed
        ]

    @property
    def query(self) -> str:
        """Return the filters and the search, to be saved."""
        return filters_in(self._listed.get_query_string().removeprefix("?"))

    @property
    def order(self) -> str:
        """Return the order that somebody chose, by names, to be saved."""
        if "o" not in self._listed.params:
            return ""
        ordered = self._listed.get_ordering_field_columns()
        names = self._listed.list_display
        return ",".join(
            f"{'-' if way == 'desc' else ''}{names[place]}"
            for place, way in ordered.items()
            if place < len(names)  # an address may name any
        )

    @property
    def says_something(self) -> bool:
        """Say whether there is anything to save: a plain list opens by itself."""
        return bool(self.query or self.order or self.kept.switched)


def filters_in(query: str) -> str:
    """Return filters and search of an address, without place, order and what is open."""
    pairs = parse_qsl(query)
    return urlencode([(name, value) for name, value in pairs if name not in _NO_FILTERS])


LONGEST_QUERY = 2_000
MOST_VIEWS = 20


def keep_view(person: User, list_name: str, name: str, **said: Any) -> SavedView | None:
    """Keep a view under a name; one of that name is replaced. None where there are too many."""
    mine = SavedView.objects.filter(user=person, list_name=list_name)
    if mine.exclude(name=name).count() >= MOST_VIEWS:
        return None
    view, _ = SavedView.objects.update_or_create(
        user=person, list_name=list_name, name=name, defaults=said
    )
    return view


def keep_columns(
    person: User, list_name: str, switched: Sequence[str], view: SavedView | None
) -> None:
    """Keep which columns a view, or else the list, shows otherwise than by itself."""
    if view is not None:
        view.switched = list(switched)
        view.save(update_fields=["switched"])
        return
    ListColumns.objects.update_or_create(
        user=person, list_name=list_name, defaults={"switched": list(switched)}
    )
