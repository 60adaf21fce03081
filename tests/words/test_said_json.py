"""What is said in JSON is told to each reader in her language; older English stays as it is."""

from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.translation import override

from sync.models import Delivery
from sync.words import plainly, stored, told
from tests import factories


@pytest.mark.django_db
def test_reasons_are_told_in_the_language_of_who_reads():
    due = stored(
        "Invoice %(number)s still has %(due)s due.", number="1042", due=(Decimal("1234.5"), "USD")
    )
    kept = Delivery.objects.create(
        business_unit=factories.BusinessUnitFactory(),
        kind=Delivery.Kind.INVOICE,
        source="file",
        external_id="1",
        observed_at=timezone.now(),
        digest="d",
        state=Delivery.State.REFUSED,
        problems=[["A", "total", due], ["B", "", "An older sentence."]],
    )
    [(_, _, words), (_, _, older)] = Delivery.objects.get(pk=kept.pk).problems
    assert plainly(words) == "Invoice 1042 still has $1,234.50 due."
    with override("es"):
        assert f"{words}" == "La factura 1042 aún tiene $1,234.50 por pagar."
        assert told(older) == "An older sentence."
    with override("fr-ca"):
        assert str(words) == "La facture 1042 a encore 1\xa0234,50\xa0$\xa0US à payer."
