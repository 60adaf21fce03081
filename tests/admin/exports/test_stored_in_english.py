"""What is stored says it in English, whatever language the person who pressed reads."""

import re

import pytest
from django.apps import apps
from django.db import models
from django.utils import translation

from accounts.models import Role
from sync.exports.remedies import decide
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare
from sync.models import ExportRunItem, Payment
from tests import factories
from tests.admin.exports.test_exporting import preview_of
from tests.words import catalogs


@pytest.fixture
def lee(sign_in, riverside):
    """An accountant who reads Spanish."""
    client = sign_in(riverside, Role.ACCOUNTANT, username="lee", language="es")
    yield client
    translation.activate("en")


def prepared(client):
    with translation.override("es"):
        ids = Payment.objects.values_list("pk", flat=True)
        [run] = prepare(list(ids), client.user)
    return run


def stored_texts():
    """Return all text that our tables hold, with where it stands."""
    for model in apps.get_app_config("sync").get_models():
        kinds = models.CharField | models.TextField | models.JSONField
        names = [field.name for field in model._meta.local_fields if isinstance(field, kinds)]
        for row in model._default_manager.values(*names) if names else ():
            for name, value in row.items():
                yield f"{model.__name__}.{name}", str(value or "")


def spanish():
    """Return pieces of Spanish sentences, between their places, that no English one has."""
    found = set()
    for one in catalogs.kept("es"):
        if one.id and isinstance(one.string, str) and len(one.string) > 12:
            found |= {part.strip() for part in re.split(r"%\(\w+\)s", one.string)}
    return {part for part in found if len(part) > 12 and " " in part}


def test_a_reason_is_stored_in_english_and_shown_in_the_persons_language(lee, part_paid):
    run = prepared(lee)
    items = ExportRunItem.objects.filter(choice=ExportRunItem.Choice.SKIPPED)
    assert {item.reason for item in items} == {"Invoice 1042 still has $50.00 due."}
    page = lee.get(f"/admin/sync/exportrun/preview/?run={run.pk}")
    with translation.override("es"):  # as the page says it
        shown = {str(item.reason) for item in preview_of(page).skipped}
    assert shown == {"La factura 1042 aún tiene $50.00 por pagar."}


def test_nothing_stored_is_in_the_language_of_who_pressed(lee, fully_paid, riverside):
    odd = factories.InvoiceFactory(business_unit=riverside, number="1043", currency="EUR")
    factories.PaymentFactory(invoice=odd, amount=odd.total, currency="EUR")
    other = factories.InvoiceFactory(business_unit=riverside, number="1044")
    factories.PaymentFactory(invoice=other, amount=other.total)
    with translation.override("es"):
        decide.hold(other, lee.user, "Barter")
        run = prepared(lee)
        runs.confirm(run, lee.user)
        decide.allow(other, lee.user)
    texts = list(stored_texts())
    assert any("1043" in text for _, text in texts)
    parts = spanish()
    assert not [where for where, text in texts if any(part in text for part in parts)]
