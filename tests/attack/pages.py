"""Every address of the site, from the resolver, with the row that it is asked for.

A page that is added tomorrow is among them tomorrow.
"""

from dataclasses import dataclass

from django.apps import apps
from django.contrib import admin
from django.urls import NoReverseMatch, get_resolver, reverse

from accounts.models import Membership
from sync.admin.common.base import ScopedAdmin
from sync.models import CompanyRequest, ConnectAttempt, ExportRun

ABSENT = 987_654_321
# What pages are asked for so that they show something; the numbers are of a request and of a run.
SHOWING = {
    "/admin/sync/payment/": "?status=all",
    "/admin/sync/booksmatch/": "?standing=look",
    "/admin/sync/customermatch/": "?standing=look",
    "/admin/sync/companyrequest/outcome/": "?request={request}",
    "/admin/sync/companyrequest/moved/": "?request={request}",
    "/admin/sync/exportrun/preview/": "?run={run}",
}


@dataclass(frozen=True, order=True)
class Page:
    """One pattern: its name with its namespace, and the keywords that its address takes."""

    name: str
    keywords: tuple[str, ...]

    def address(self, target):
        """Return its address for a target; None where the target has no such row."""
        values = {keyword: target.value(self, keyword) for keyword in self.keywords}
        if None in values.values():
            return None
        try:
            return reverse(self.name, kwargs=values)
        except NoReverseMatch:
            return None

    @property
    def model(self):
        parts = self.name.rpartition(":")[2].replace("auth_user", "accounts_user").split("_")
        try:
            return apps.get_model(parts[0], parts[1])
        except (LookupError, IndexError):
            return None


def pages():
    """Return every page that has a name."""
    return sorted(set(_pages(get_resolver(), "")))


def _pages(resolver, namespace):
    for each in resolver.url_patterns:
        if hasattr(each, "url_patterns"):
            yield from _pages(each, each.namespace or namespace)
        elif each.name:
            name = f"{namespace}:{each.name}" if namespace else each.name
            named = set(each.pattern.converters) | set(each.pattern.regex.groupindex)
            yield Page(name, tuple(sorted(named)))


UNSHOWN = {"admin:logout", "admin:view_on_site"}


def shown_to(people, target):
    """Return the addresses of pages by who of some people is the first that is shown them."""
    numbers = {
        "request": target.rows(CompanyRequest).get(kind="compare").pk,
        "run": target.rows(ExportRun).filter(state="draft").first().pk,
    }
    found = {}
    for page in pages():
        address = page.address(target)
        if address is None or page.name in UNSHOWN:
            continue
        address += SHOWING.get(address, "").format(**numbers)
        seen = (kind for kind, client in people.items() if _is_page(client.get(address)))
        if kind := next(seen, None):
            found[address] = kind
    return found


def _is_page(answer):
    return answer.status_code == 200 and not answer.streaming and b"<html" in answer.content


OTHERS = {
    "app_label": "sync",
    "content_type_id": 1,
    "url": "x",
    "uidb64": "MQ",
    "token": "c-0123456789abcdef",
}


class Target:
    """A unit that is asked for, or one that is not there: what addresses say of it."""

    def __init__(self, name, unit=None):
        self.name, self.unit, self._rows = name, unit, {}

    def value(self, page, keyword):
        if keyword in OTHERS and (keyword != "url" or page.name != "admin:None"):
            return OTHERS[keyword]
        if self.unit is None:
            return ABSENT
        if keyword == "unit_id":
            return self.unit.pk
        model = ConnectAttempt if keyword == "attempt_id" else page.model
        return self.row(model) if model else None

    def row(self, model):
        """Return the id of the unit's last row of a model; None where it has none."""
        if model not in self._rows:
            self._rows[model] = self._found(model)
        return self._rows[model]

    def rows(self, model):
        path = unit_path(model)
        return model._base_manager.filter(**{path: self.unit.pk}) if path else model.objects.none()

    def _found(self, model):
        if self.unit is None:
            return ABSENT
        if model._meta.label == "accounts.User":
            held = Membership.objects.filter(business_unit=self.unit).exclude(user__is_staff=False)
            return held.order_by("pk").values_list("user", flat=True).first()
        return self.rows(model).order_by("pk").values_list("pk", flat=True).last()


def unit_path(model):
    """Return the way from a row to its unit, as its page knows it."""
    shown = admin.site._registry.get(model)
    if isinstance(shown, ScopedAdmin):
        return shown.unit_path
    names = {field.name for field in model._meta.fields}
    return "business_unit" if "business_unit" in names else None
