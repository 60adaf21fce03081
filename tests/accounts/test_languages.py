"""Each person's language, and with it how dates and amounts are written and typed."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.core import mail
from django.test import Client
from django.utils import translation

from accounts.models import Role, User
from sync import words
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english_again():
    """A request leaves its language in this thread; a server's has one of the next request's."""
    yield
    translation.activate("en")


@pytest.fixture
def lee():
    client = Client()
    client.user = factories.UserFactory(username="lee", language="es")
    client.force_login(client.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def title_of(client, **asked):
    return client.get("/admin/", headers=asked).context["title"]


def test_a_persons_choice_goes_before_what_the_browser_asks_for(lee):
    assert title_of(lee, accept_language="fr-CA,fr;q=0.9") == "Inicio"
    User.objects.update(language="")
    assert title_of(lee, accept_language="fr-CA,fr;q=0.9") == "Accueil"
    assert title_of(lee, accept_language="de") == "Home"


def test_who_is_not_signed_in_reads_what_the_browser_asks_for():
    client = Client()
    answer = client.get("/admin/login/", headers={"accept-language": "fr-CA"})
    assert "Mot de passe" in answer.content.decode()
    assert answer["Content-Language"] == "fr-ca"
    assert "¿Olvidó su contraseña?" in (
        client.get("/password/forgotten/", headers={"accept-language": "es-MX"}).content.decode()
    )


def test_a_page_keeps_the_choice_with_the_person_and_in_the_browser(lee):
    shown = lee.get("/language/?next=/admin/sync/payment/")
    assert 'value="fr-ca"' in shown.content.decode()
    answer = lee.post("/language/", {"language": "fr-ca", "next": "/admin/sync/payment/"})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/sync/payment/")
    assert User.objects.get(pk=lee.user.pk).language == "fr-ca"
    stranger = Client()
    stranger.cookies = lee.cookies
    del stranger.cookies["sessionid"]
    assert stranger.get("/admin/login/")["Content-Language"] == "fr-ca"


@pytest.mark.parametrize("odd", ["", "de", "en-us\x00", "zz"])
def test_a_language_that_there_is_none_of_changes_nothing(lee, odd):
    lee.post("/language/", {"language": odd})
    assert User.objects.get(pk=lee.user.pk).language == "es"


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com", "javascript:x"])
def test_the_way_on_is_a_page_of_ours(lee, elsewhere):
    answer = lee.post("/language/", {"language": "en", "next": elsewhere})
    assert answer["Location"] == "/admin/"


@pytest.mark.parametrize(
    ("code", "day", "long", "amount", "count"),
    [
        ("en", "28 Nov 2026", "28 November 2026", "-$1,234.50", "12,345"),
        ("en-us", "Nov 28, 2026", "November 28, 2026", "-$1,234.50", "12,345"),
        ("es", "28 nov 2026", "28 de noviembre de 2026", "-$1,234.50", "12,345"),
        ("fr-ca", "2026-11-28", "28 novembre 2026", "-1\xa0234,50\xa0$\xa0US", "12\xa0345"),
    ],
)
def test_dates_and_amounts_are_written_as_usual_there(code, day, long, amount, count):
    with translation.override(code):
        assert words.day(date(2026, 11, 28)) == day
        assert words.long_day(date(2026, 11, 28)) == long
        assert words.money(Decimal("-1234.5"), "USD") == amount
        assert words.number(12345) == count


@pytest.mark.parametrize(
    ("code", "typed", "is_taken"),
    [
        ("en", "2026-11-09", True),
        ("en-us", "11/09/2026", True),
        ("en-us", "2026-11-09", True),
        ("es", "09/11/2026", True),
        ("es", "2026-11-09", True),
        ("fr-ca", "2026-11-09", True),
        ("fr-ca", "09/11/2026", False),
        ("fr-ca", "26-11-09", False),
    ],
)
def test_a_date_is_typed_in_ones_own_order_or_as_iso(code, typed, is_taken):
    class Form(forms.Form):
        on = forms.DateField()

    with translation.override(code):
        form = Form({"on": typed})
        assert form.is_valid() is is_taken
        if is_taken:
            assert form.cleaned_data["on"] == date(2026, 11, 9)


@pytest.mark.parametrize("code", ["en", "en-us", "es", "fr-ca"])
def test_what_is_typed_as_an_amount_means_one_amount_everywhere(code):
    class Form(forms.Form):
        amount = forms.DecimalField(decimal_places=2)

    with translation.override(code):
        taken = Form({"amount": "1234.50"})
        assert taken.is_valid()
        assert taken.cleaned_data["amount"] == Decimal("1234.50")
        assert not Form({"amount": "1,234"}).is_valid()  # a thousand to one, a fraction to another
        assert 'value="1234.50"' in str(Form(initial={"amount": Decimal("1234.50")}))


def test_a_mail_is_in_the_language_of_who_gets_it():
    factories.UserFactory(username="ana", email="ana@example.com", language="es")
    Client().post("/password/forgotten/", {"email": "ana@example.com"})
    [message] = mail.outbox
    assert message.subject == "Su contraseña de Paidup"
    assert "no haga nada" in message.body


def test_roles_read_in_ones_language_and_are_kept_as_codes():
    role = factories.MembershipFactory(role=Role.EXPORTER)
    with translation.override("fr-ca"):
        assert role.get_role_display() == "Exportateur\xa0: exporte les paiements"
    role.refresh_from_db()
    assert role.role == "exporter"
