"""Each page says beside itself what it is for, and what its buttons do, without being left."""

import pytest
from django.contrib import admin
from django.urls import reverse

from sync.admin.help.panel import TEXTS, help_of
from tests.attack.pages import pages
from tests.factories import MembershipFactory
from tests.form_client import FormClient

pytestmark = pytest.mark.django_db
LISTED = [model for model in admin.site._registry if model._meta.model_name not in (
    "companyrequest", "quickbookscompany",  # these have no list
)]  # fmt: skip


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model.__name__)
@pytest.mark.parametrize("what", ["changelist", "change", "history", "delete"])
def test_every_list_and_document_has_help(model, what):
    assert help_of(f"{model._meta.app_label}_{model._meta.model_name}_{what}")


def test_help_is_of_an_address_that_there_is():
    assert set(TEXTS) <= {page.name.rpartition(":")[2] for page in pages()}


def test_the_panel_says_it_in_the_persons_language():
    person = MembershipFactory().user
    client = FormClient()
    client.force_login(person)
    page = client.get(reverse("admin:sync_refund_changelist")).content.decode()
    asked = f"{reverse('page_help')}?of=sync_refund_changelist"
    assert f'hx-get="{asked}"' in page
    assert "All money that was given back." in client.get(asked).content.decode()
    person.language = "es"
    person.save(update_fields=["language"])
    assert "Todo el dinero que se devolvió." in client.get(asked).content.decode()


def test_help_is_for_who_signs_in_and_of_pages_that_have_some():
    asked = reverse("page_help")
    assert FormClient().get(f"{asked}?of=index").status_code in (302, 403)
    client = FormClient()
    client.force_login(MembershipFactory().user)
    assert client.get(f"{asked}?of=nothing").status_code == 404
    assert client.get(asked).status_code == 404
