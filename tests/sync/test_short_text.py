"""Words that somebody else made long are cut where they are stored, whichever way that is done."""

import pytest
from django.core.exceptions import ValidationError

from sync.models import CompanyRequest
from sync.models.sql import update_each
from tests.factories import QuickBooksCompanyFactory

LONG = "é" * 600
CUT = "é" * 500


def a_request(**values: str) -> CompanyRequest:
    return CompanyRequest(company=QuickBooksCompanyFactory(), kind="verify", **values)


def stored(*requests: CompanyRequest) -> list[str]:
    rows = CompanyRequest.objects.filter(pk__in=[request.pk for request in requests])
    return list(rows.values_list("error", flat=True))


@pytest.mark.django_db
def test_what_is_too_long_is_cut_however_it_is_written() -> None:
    saved, made = a_request(error=LONG), a_request(error=LONG)
    saved.save()
    CompanyRequest.objects.bulk_create([made])
    assert stored(saved, made) == [CUT, CUT]

    short = CompanyRequest.objects.filter(pk__in=[saved.pk, made.pk])
    short.update(error="")
    short.update(error=LONG)
    assert stored(saved, made) == [CUT, CUT]

    short.update(error="")
    CompanyRequest.objects.bulk_update([saved], ["error"])
    update_each([made], ["error"])
    assert stored(saved, made) == [CUT, CUT]


@pytest.mark.django_db
def test_what_fits_stays_and_a_form_is_told() -> None:
    request = a_request(error=CUT)
    request.save()
    assert stored(request) == [CUT]
    with pytest.raises(ValidationError, match="at most 500 characters"):
        CompanyRequest._meta.get_field("error").clean(LONG, request)
