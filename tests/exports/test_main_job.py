"""The rule that everything serves, end to end over real HTTP."""

from decimal import Decimal

import pytest

from sync.models import ExportRun, QuickBooksCompany, SyncRecord
from tests.exports import ledger
from tests.factories import PaymentFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_part_paid_sends_nothing_by_command(simulator, unit, export, example):
    report = export()
    assert report["ready"] == 0
    assert report["blocked"] == {"NOT_FULLY_PAID": 2}
    first = example.payments.first()
    report = export("--payment", str(first.pk))
    assert (report["ready"], report["exported"]) == (0, 0)
    assert report["blocked"] == {"NOT_FULLY_PAID": 1}
    assert ledger.nothing(simulator, unit)
    assert not SyncRecord.objects.exists()
    assert not ExportRun.objects.exists()
    assert simulator.journal(unit.quickbooks_company.realm_id) == []


def test_fully_paid_goes_whole_and_once(simulator, unit, export, example):
    last = PaymentFactory(invoice=example, amount=Decimal("50.00"), received_on="2026-05-09")
    report = export("--payment", str(last.pk))
    assert (report["ready"], report["exported"], report["blocked"]) == (3, 3, {})
    assert ledger.invoices(simulator, unit) == {
        "R-1042": (Decimal("150.00"), Decimal("0.00"), "2026-05-04")
    }
    assert ledger.payments(simulator, unit) == [
        (Decimal("30.00"), Decimal("0.00"), "2026-05-06", "R-1042"),
        (Decimal("50.00"), Decimal("0.00"), "2026-05-09", "R-1042"),
        (Decimal("70.00"), Decimal("0.00"), "2026-05-01", "R-1042"),
    ]
    ledger.assert_equal_to_ours(simulator, unit)
    assert ExportRun.objects.get().state == ExportRun.State.FINISHED
    again = export()
    assert (again["ready"], again["exported"]) == (0, 0)
    assert again["blocked"] == {"ALREADY_EXPORTED": 3}
    assert len(ledger.payments(simulator, unit)) == 3


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (
            lambda simulator, realm: simulator.condition(realm, "lapsed"),
            "3 payments are still queued.",
        ),
        (
            lambda simulator, realm: [
                simulator.expire_tokens(realm, kind) for kind in ("access", "refresh")
            ],
            "Riverside is not connected to QuickBooks. Reconnect it: 3 payments wait.",
        ),
        (
            lambda *_: QuickBooksCompany.objects.update(status="needs_reconnect"),
            "Riverside is not connected to QuickBooks. Reconnect it: 3 payments wait.",
        ),
    ],
)
def test_waiting_for_what_cannot_go_is_a_failure(simulator, unit, paid, export, capfd, end, words):
    realm = unit.quickbooks_company.realm_id
    end(simulator, realm)
    export(status=1)
    assert words in capfd.readouterr().err
    assert ledger.nothing(simulator, unit)
    export("--dry-run")
    simulator.condition(realm, "ok")
