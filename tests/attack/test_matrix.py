"""Every address by seven kinds of people by own, shared, foreign and absent units, GET and POST.

Nothing of others changes, nothing of them is told (by words, counts or any other difference
between pages with and without their data), and nothing answers 500. `make matrix` asks everything,
`make test` a seeded part.
"""

import hashlib
import io
import os
import random
import re
import zipfile
from datetime import timedelta
from itertools import product

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, transaction
from django.urls import reverse

from sync.operations import heartbeats
from tests.attack.conftest import KINDS, SECRET
from tests.attack.forms import forms_of, with_token
from tests.attack.pages import ABSENT, pages

WHOLE = os.environ.get("MATRIX") == "whole"
SEED = int(os.environ.get("SEED", "1"))
SHORT = 60
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nowhere")]
# Who ends a session, or uses a form, changes nothing of others; a verdict is what a worker finds.
OWN = {"django_session", "sync_usedform", "axes_accessattempt", "axes_accesslog", "cache",
       "axes_accessfailurelog", "django_q_ormq", "sync_verdict",
       "sync_unitreadiness", "sync_booksmatch", "sync_needsmail", "sync_savedview",
       "sync_listcolumns"}  # fmt: skip
OWN_CHOICE = "'needs_mail_chosen'"  # everybody chooses when e-mail comes to them
# Tokens and times are new on every page.
NEW = re.compile(
    r'name="(csrfmiddlewaretoken|form_token)" value="[^"]*"|nonce="[^"]*"|\d\d:\d\d(:\d\d)?'
)


def some(cases, number=SHORT):
    """Return all cases, or a seeded part of them in the short form."""
    cases = list(cases)
    return cases if WHOLE else random.Random(SEED).sample(cases, min(number, len(cases)))


def stored():
    """Return a digest of every table but those of `OWN`."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - OWN):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows = sorted(row for row in map(repr, cursor.fetchall()) if OWN_CHOICE not in row)
            found[table] = hashlib.sha256("".join(rows).encode()).hexdigest()
    return found


def test_pages_with_and_without_the_data_of_others_are_the_same(
    people, targets, others, own, monkeypatch
):
    # However long it takes to look twice, the worker was seen.
    monkeypatch.setattr(heartbeats, "SILENT_AFTER", timedelta(days=1))
    asked = [page for page in pages() if page.address(targets["own"])]
    kinds = [kind for kind in KINDS if kind != "superuser"]
    cases = some(product(asked, kinds))
    before = {case: shown(people[case[1]], case[0].address(targets["own"])) for case in cases}
    others()
    differ = {}
    for case, was in before.items():
        now = shown(people[case[1]], case[0].address(targets["own"]))
        if now != was or SECRET in now[2]:
            differ[case[0].name, case[1]] = was[:2], now[:2], first_difference(was[2], now[2])
    assert differ == {}


def shown(client, address):
    response = client.get(address)
    assert response.status_code < 500, address
    body = b"" if response.streaming else response.content
    text = in_workbook(body) if body.startswith(b"PK") else body.decode(errors="replace")
    # What is told on the next page is told by this one.
    told = client.cookies.pop("messages", None)
    text += told.value.partition(":")[0] if told else ""  # without when it was signed
    return response.status_code, response.get("Location", ""), NEW.sub("", text)


def in_workbook(body):
    """Return what a workbook says, without when it was made."""
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        told = sorted(name for name in parts.namelist() if not name.startswith("docProps/"))
        return "\n".join(parts.read(name).decode() for name in told)


def first_difference(was, now):
    lines = zip(was.splitlines(), now.splitlines(), strict=False)
    return next(((a.strip(), b.strip()) for a, b in lines if a != b), (len(was), len(now)))


def test_nothing_of_others_is_shown_or_changed(people, targets, others):
    others()
    addresses = {
        (page, target): page.address(targets[target])
        for page, target in product(pages(), ("beside", "foreign", "absent"))
        if page.keywords
    }
    cases = some(
        (page, target, kind)
        for (page, target), address in addresses.items()
        for kind in KINDS
        if address
    )
    posts = {
        at: posts_of(people["superuser"], addresses[at]) for at in {case[:2] for case in cases}
    }
    before = stored()
    amiss = []
    for page, target, kind in cases:
        if kind == "superuser" and target != "absent":
            continue
        for what, answer in requests(people[kind], addresses[page, target], posts[page, target]):
            body = b"" if answer.streaming else answer.content
            if answer.status_code >= 500 or SECRET.encode() in body:
                amiss.append((page.name, target, kind, what, answer.status_code))
    assert amiss == []
    assert differing(before, stored()) == []


def differing(before, now):
    return [table for table, digest in before.items() if now[table] != digest]


def posts_of(superuser, address):
    """Return what a superuser's page of that address would send, and an empty form."""
    with transaction.atomic():
        found = [
            post for form in forms_of(superuser.get(address), address) for post in form.posts()
        ]
        transaction.set_rollback(True)
    is_own = [(to, data) for to, data in found if "logout" not in to]
    return [(address, {}), *is_own]


def requests(client, address, posts):
    user_id = client.user.pk if client.user else None
    yield "GET", client.get(address)
    for to, data in posts:
        if to.split("?")[0].endswith(("/logout/", "/login/", "password_change/")):
            continue
        yield f"POST {to}", client.post(to, with_token(data, user_id, to))


def test_a_viewer_changes_nothing_of_the_own_unit_either(people, targets):
    cases = some((page, kind) for page in pages() for kind in ("anonymous", "nobody", "viewer"))
    before = stored()
    amiss = []
    for page, kind in cases:
        address = page.address(targets["own"])
        if address is None or page.name.endswith(("password_change", "language")):  # one's own
            continue
        posts = posts_of(people["superuser"], address)
        for what, answer in requests(people[kind], address, posts):
            if answer.status_code >= 500:
                amiss.append((page.name, kind, what, answer.status_code))
    assert amiss == []
    assert differing(before, stored()) == []


def actions():
    """Yield every action of every list, from the registry."""
    for model, shown in admin.site._registry.items():
        for action in shown.actions or ():
            yield model, action if isinstance(action, str) else action.__name__


def test_no_action_of_a_list_reaches_rows_of_others(people, targets, others):
    others()
    before = stored()
    for (model, action), target, kind in some(
        product(actions(), ("beside", "foreign", "absent"), KINDS[:-1]), 20
    ):
        row = targets[target].row(model) or ABSENT
        page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        data = {"action": [action], "_selected_action": [str(row)], "select_across": ["0"]}
        user = people[kind].user
        answer = people[kind].post(page, with_token(data, user.pk if user else None, page))
        assert answer.status_code < 500, (page, action, target, kind)
        assert SECRET.encode() not in answer.content, (page, action, target, kind)
    assert differing(before, stored()) == []


def autocompletes():
    """Yield every field that is searched for while typing, as its page declares it."""
    for model, shown in admin.site._registry.items():
        for name in shown.autocomplete_fields:
            yield model, name


def test_no_field_offers_rows_of_others(people, targets, others):
    others()
    fields = list(autocompletes())
    assert len(fields) >= 2
    for (model, name), kind in product(fields, KINDS[:-1]):
        asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
        for term in ("", SECRET[:4], "Customer"):
            query = {**asked, "field_name": name, "term": term}
            answer = people[kind].get(reverse("admin:autocomplete"), query)
            assert answer.status_code < 500
            assert SECRET.encode() not in answer.content, (model, name, kind)


def test_every_page_of_the_registry_is_asked_for(targets):
    """A page that no target has a row for would be left out in silence."""
    unasked = {page.name for page in pages() if page.address(targets["own"]) is None}
    rowless = {"sync_quickbookscompany", "sync_corporatedefault"}
    assert {name for name in unasked if not any(each in name for each in rowless)} <= UNASKED
    assert len(pages()) > 150
    assert apps.is_installed("sync")


# Without a row in the unit's world, or without a name that can be reversed; a view is a person's.
UNASKED = {
    "admin:sync_businessunit_quickbooks_join",
    "admin:view_on_site",
    "source_call",
    "view_change",
}
