"""Two posts of one form at the same moment: exactly one acts, the other is led to its result.

On PostgreSQL the threads share the test database. SQLite's is in memory, where a writer fails
instead of waiting: there they share a copy of it in a file, as the product has it.
"""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.db import connection, connections, transaction

from accounts.models import Role
from sync.admin.common import once
from sync.exports.runs.drafts import prepare
from sync.models import Customer, Event, ExportRun, Invoice, Payment, Refund, UsedForm
from sync.models.used_forms import FIELD
from tests.admin.conftest import fully_paid, part_paid, riverside, sign_in
from tests.admin.documents.test_documents import payment_data, refund_data
from tests.admin.remedies.test_second_currency import kept_back

__all__ = ["fully_paid", "kept_back", "part_paid", "riverside", "sign_in"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def in_a_thread(tmp_path):
    """Return a function that runs another one in a new thread, with a connection of its own."""
    file = tmp_path / "shared.sqlite3"

    def run(do):
        own = connections["default"]
        if own.vendor == "sqlite":
            own.settings_dict = {**own.settings_dict, "NAME": str(file)}
        try:
            return do()
        finally:
            own.close()

    return run


def share(file):
    """Copy what is stored by now to the file that the threads open."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with sqlite3.connect(file) as copy:
            connection.connection.backup(copy)
        copy.close()


@pytest.fixture
def at_once(in_a_thread, tmp_path, monkeypatch):
    """Post the same thing twice; both have found the token unused before either begins to act."""
    meeting = Barrier(2, timeout=30)

    def atomic(*arguments, **options):
        meeting.wait()
        return transaction.atomic(*arguments, **options)

    def posted(client, address, data):
        share(tmp_path / "shared.sqlite3")
        same = {FIELD: client._token(address, address), **data}
        slow = SimpleNamespace(atomic=atomic, set_rollback=transaction.set_rollback)
        monkeypatch.setattr(once, "transaction", slow)
        post = lambda: client.post(address, dict(same))  # noqa: E731
        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(in_a_thread, post) for _ in range(2)]
            answers = [one.result(timeout=60) for one in both]
        return sorted(answers, key=lambda answer: answer.status_code)

    return posted


def stored(in_a_thread, query):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(in_a_thread, query).result()


def acts_of(part_paid):
    """Return of each act: its address, what is posted, and how to count what it did."""
    payment = part_paid.payments.get(amount=Decimal("70.00"))
    return {
        "payment": (
            "/admin/sync/payment/add/",
            payment_data(part_paid, amount="10.00"),
            lambda: Payment.objects.filter(amount=Decimal("10.00")).count(),
        ),
        "refund": (
            "/admin/sync/refund/add/",
            refund_data(payment),
            lambda: Refund.objects.filter(payment=payment).count(),
        ),
        "hold": (
            "/admin/sync/invoice/decide/",
            {"decision": "do_not_export", "invoices": part_paid.pk, "reason": "Old books"},
            lambda: Event.objects.filter(action="do_not_export").count(),
        ),
        "hold one": (
            f"/admin/sync/invoice/{part_paid.pk}/hold/",
            {"reason": "Old books"},
            lambda: Invoice.objects.exclude(do_not_export_at=None).count(),
        ),
    }


@pytest.mark.parametrize("act", ["payment", "refund", "hold", "hold one"])
def test_one_of_two_at_the_same_moment_acts(
    act, sign_in, riverside, part_paid, at_once, in_a_thread
):
    client = sign_in(riverside, Role.ACCOUNTANT)
    address, data, count = acts_of(part_paid)[act]
    first, second = at_once(client, address, data)
    assert (first.status_code, second.status_code) == (302, 409)
    assert stored(in_a_thread, count) == 1
    used = stored(in_a_thread, UsedForm.objects.get)
    assert used.words
    assert used.result in second.content.decode()
    assert "It was sent at" in second.content.decode()


def test_a_customer_gets_one_of_its_own_once(sign_in, riverside, kept_back, at_once, in_a_thread):
    client = sign_in(riverside, Role.ACCOUNTANT)
    first, second = at_once(client, f"/admin/sync/invoice/{kept_back.pk}/own_customer/", {})
    assert (first.status_code, second.status_code) == (302, 409)
    assert stored(in_a_thread, Customer.objects.count) == 2
    assert stored(in_a_thread, Event.objects.count) == 1


def test_a_run_is_confirmed_once(sign_in, riverside, fully_paid, at_once, in_a_thread):
    client = sign_in(riverside, Role.EXPORTER)
    [draft] = prepare(list(fully_paid.payments.values_list("pk", flat=True)), client.user)
    first, second = at_once(client, "/admin/sync/exportrun/confirm/", {"run": draft.pk})
    assert (first.status_code, second.status_code) == (302, 409)
    assert draft.get_absolute_url() in second.content.decode()
    count = Event.objects.filter(action="export_confirmed").count
    assert stored(in_a_thread, count) == 1
    assert stored(in_a_thread, lambda: ExportRun.objects.get().state) == "running"
