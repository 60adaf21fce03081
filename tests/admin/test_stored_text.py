"""What people and QuickBooks wrote is shown on every page, and followed by none.

The columns come from the models and the pages from the addresses: one that is added tomorrow is
in it. A model that has no row here fails the test.
"""

from itertools import chain

import pytest
from django.apps import apps
from django.urls import NoReverseMatch, get_resolver, reverse

from sync import models
from tests.admin.stored_text import OURS, columns, followed, poison
from tests.attack.pages import SHOWING
from tests.attack.world import of_the_company, of_the_unit

# Rows that are no page's: counted, compared, or read by the relay only.
UNSEEN = {"ConnectAttempt", "ExchangeRate"}


@pytest.fixture
def admin(sign_in):
    return sign_in(is_superuser=True)


@pytest.fixture
def everything(riverside, fully_paid, admin):
    """One row at least of every model, standing where its pages have the most to say."""
    of_the_company(riverside)
    of_the_unit(riverside, fully_paid, admin.user)
    return riverside


def addresses():
    """Yield the address of every admin page: each that takes a row, for the first and last rows."""
    for name, keywords in sorted(_patterns(get_resolver())):
        model = _model_of(name)
        if not keywords:
            yield reverse(f"admin:{name}")
        elif keywords == {"unit_id"}:
            yield from _for_each(name, models.BusinessUnit, "unit_id")
        elif model is not None and len(keywords) == 1:
            [keyword] = keywords
            yield from _for_each(name, model, keyword)


def _patterns(resolver, namespace=""):
    for each in resolver.url_patterns:
        if hasattr(each, "url_patterns"):
            yield from _patterns(each, each.namespace or namespace)
        elif namespace == "admin" and each.name and each.name not in _NO_PAGES:
            yield each.name, frozenset(each.pattern.converters)


_NO_PAGES = {"logout", "view_on_site", "app_list"}


def _model_of(name):
    parts = name.replace("auth_user", "accounts_user").split("_")
    try:
        return apps.get_model(parts[0], parts[1])
    except (LookupError, IndexError):
        return None


def _for_each(name, model, keyword):
    numbers = list(model._base_manager.order_by("pk").values_list("pk", flat=True))
    for pk in sorted({*numbers[:1], *numbers[-1:]}):
        try:
            yield reverse(f"admin:{name}", kwargs={keyword: pk})
        except NoReverseMatch:
            continue


def asking_pages(client):
    """Choose each action of the lists for all rows: most ask first, on a page of their own."""
    for name in ("payment", "invoice", "syncrecord", "customermatch", "drift", "refunddiscrepancy"):
        page = f"/admin/sync/{name}/"
        chosen = apps.get_model("sync", name)._base_manager.values_list("pk", flat=True)
        page += "?status=all" if name == "payment" else ""
        form = client.get(page).context.get("action_form")
        for action, _ in form.fields["action"].choices if form else ():
            data = {"action": action, "_selected_action": list(chosen)}
            yield f"{page} {action}", client.post(page, data)


def test_every_model_has_a_row(everything):
    without = {
        model.__name__
        for model in {model for model, _ in columns()}
        if not model._base_manager.exists() and not model.__name__.startswith("Historical")
    }
    assert without <= UNSEEN
    assert {model._meta.app_label for model, _ in columns()} == set(OURS)


def test_no_page_follows_what_is_stored(everything, admin):
    taken = poison()
    numbers = {
        "request": models.CompanyRequest.objects.get(kind="compare").pk,
        "run": models.ExportRun.objects.get(state="draft").pk,
    }
    found, shown = {}, 0
    pages = (
        (address, admin.get(address + SHOWING.get(address, "").format(**numbers)))
        for address in addresses()
    )
    for address, response in chain(pages, asking_pages(admin)):
        # 286 ends a poll of the theme's htmx.
        assert response.status_code in {200, 286, 302, 403, 404, 405}, address
        shown += not response.streaming and b"pz7" in response.content
        if parts := followed(response):
            found[address] = parts
    assert found == {}
    assert shown > 60
    assert taken >= {"sync.QuickBooksCompany.name", "sync.BusinessUnit.name", "sync.Event.detail"}
