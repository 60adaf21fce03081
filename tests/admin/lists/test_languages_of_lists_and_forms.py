"""Days that are typed mean the same whatever language is chosen before, after and meanwhile."""

from datetime import date

import pytest

from sync.models import SavedView
from tests import factories
from tests.admin.common.test_meanwhile import opened
from tests.admin.lists.test_list_views import save

LIST = "/admin/sync/invoice/"
LANGUAGES = ["en", "en-us", "es", "fr-ca"]


def speak(client, language):
    client.user.language = language
    client.user.save()


@pytest.fixture
def april_and_march(riverside):
    """Two invoices whose days are one text, the day first or the month first."""
    for day in (date(2026, 4, 3), date(2026, 3, 4)):
        factories.InvoiceFactory(business_unit=riverside, issued_on=day, number=f"{day}")


def found(client, query):
    return [row.number for row in client.get(f"{LIST}?{query}").context["cl"].result_list]


def test_a_saved_view_finds_the_same_days_in_every_language(accountant, april_and_march):
    save(accountant, f"{LIST}?issued_on_from=2026-04-03", "Since April")
    for language in LANGUAGES:
        speak(accountant, language)
        page = accountant.get(LIST)
        [chip] = page.context["cl"].view_bar.chips
        opened_page = accountant.get(f"{LIST}{chip['link']}")
        assert [r.number for r in opened_page.context["cl"].result_list] == ["2026-04-03"]
        assert 'value="2026-04-03"' in opened_page.content.decode()
        assert page.content.decode().count('<input type="date" name="issued_on_') == 2
    assert SavedView.objects.get().query == "issued_on_from=2026-04-03"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_that_may_be_two_finds_nothing_and_is_told(accountant, april_and_march, language):
    speak(accountant, language)
    for text in ("03/04/2026", "25/03/2026", "x", "99999-01-01"):
        assert found(accountant, f"issued_on_from={text}") == []
    page = accountant.get(f"{LIST}?issued_on_to=03/04/2026")
    assert page.context["cl"].has_active_filters
    assert page.context["cl"].result_count == 0
    specs = page.context["cl"].filter_specs
    [form] = [
        next(spec.choices(None))["form"]
        for spec in specs
        if "issued_on" in str(spec.expected_parameters())
    ]
    assert list(form.errors) == ["issued_on_to"]


@pytest.mark.parametrize(
    ("before", "after"), [("en-us", "es"), ("es", "en-us"), ("en-us", "fr-ca")]
)
def test_a_form_is_read_in_the_language_it_was_opened_in(sign_in, riverside, before, after):
    client = sign_in(is_superuser=True)
    invoice = factories.InvoiceFactory(
        business_unit=riverside, issued_on=date(2026, 3, 4), due_on=date(2026, 5, 6), number="1"
    )
    page = f"{LIST}{invoice.pk}/change/"
    speak(client, before)
    typed = opened(client, page)
    speak(client, after)
    refused = client.post(page, {**typed, "number": ""})
    assert f'value="{typed["issued_on"]}"' in refused.content.decode()
    assert f'name="written_in" value="{before}"' in refused.content.decode()
    assert client.post(page, {**typed, "number": "2"}).status_code == 302
    invoice.refresh_from_db()
    assert (invoice.number, invoice.issued_on) == ("2", date(2026, 3, 4))
    assert invoice.due_on == date(2026, 5, 6)


def test_brackets_in_brackets_for_marks_are_no_error(sign_in, riverside):
    client = sign_in(is_superuser=True)
    invoice = factories.InvoiceFactory(business_unit=riverside, number="1")
    page = f"{LIST}{invoice.pk}/change/"
    data = {**opened(client, page), "as_it_stood": "[" * 100_000}
    assert client.post(page, data).status_code == 200
