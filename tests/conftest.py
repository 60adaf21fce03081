"""What every test room shares: the simulator over real HTTP, and units connected to it."""

import gc
import json
import os
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands import flush, migrate
from django.db import connection
from django.utils import translation

from sync.company import lease
from sync.exports.rules import eligibility, ready_sums
from sync.exports.runs import verdicts
from sync.management.commands.simulator import NOT_YET_STRICT
from sync.models import BusinessUnit, QuickBooksCompany, SyncRecord
from sync.simulator.ledger import service as ledger_service
from sync.simulator.server import Simulator
from tests.browsing import chromium, one_chromium, open_site
from tests.connected import connected_unit
from tests.factories import InvoiceFactory, PaymentFactory
from tests.form_client import FormClient
from tests.migrated import migrate_once
from tests.seeded import seed_once

__all__ = ["chromium", "one_chromium", "open_site"]
KEPT = {"django_content_type", "auth_permission"}


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Look for garbage seldom, and not in what is loaded: it took an eighth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """A page that was read in another language leaves it behind, for the thread is the same."""
    yield
    translation.deactivate()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits at a page for a company that a process holds."""
    monkeypatch.setattr(lease, "PATIENCE", 0.0)


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """Emptying the tables after a test leaves content types, permissions and triggers as they are.

    To make them anew costs more than most tests; and a content type that one test makes on demand,
    and takes back with its transaction, would be remembered by the next.
    """

    def sql_flush(style: Any, connection: Any, **options: Any) -> list[str]:
        tables = connection.introspection.django_table_names(only_existing=True)
        # Always in one order, and sums before what they are of: triggers renew them while they are.
        tables = sorted(tables, key=lambda table: (table != "sync_verdict", table))
        emptied = [connection.ops.quote_name(table) for table in tables if table not in KEPT]
        asked = ", ".join(f"EXISTS (SELECT 1 FROM {table})" for table in emptied)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {asked}")
            filled = zip(emptied, cursor.fetchone(), strict=True)
        # To truncate takes a third of a second on PostgreSQL.
        return [f"DELETE FROM {table}" for table, is_filled in filled if is_filled]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", sql_flush)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_args, **_more: None)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    django_db_modify_db_settings_parallel_suffix: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Browser tests have SQLite in a file, as the product has it.

    In memory, what one thread is writing fails for the server's threads at once instead of waiting.
    """
    del django_db_modify_db_settings_parallel_suffix
    is_served = any(item.get_closest_marker("browser") for item in request.session.items)
    if is_served and connection.vendor == "sqlite":
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(file)


@pytest.fixture(scope="session")
def quick_migrations() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        if "MIGRATE_ANEW" not in os.environ:
            patch.setattr(migrate.Command, "handle", migrate_once)
        yield patch


@pytest.fixture(scope="session")
def django_db_setup(quick_migrations: pytest.MonkeyPatch, django_db_setup: None) -> None:
    """Migrate once for all processes, and let the tests of migrations migrate as ever."""
    del django_db_setup
    quick_migrations.undo()


@pytest.fixture(scope="session")
def simulator_server() -> Iterator[Simulator]:
    """One simulator a test process, in memory, without limits."""
    with Simulator(limits="off", switches=NOT_YET_STRICT) as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def prompt_checks(monkeypatch):
    """Have verdicts found as if a worker had been there just before they are asked for.

    No worker runs in most tests. What it does is not counted among a page's queries.
    """
    renewed = {"at": None}

    def after_the_worker(ask):
        def asking(*args, **named):
            now = _written_so_far()
            if now is None or now != renewed["at"]:
                counts, connection.force_debug_cursor = connection.force_debug_cursor, False
                for company_id in QuickBooksCompany.objects.values_list("pk", flat=True):
                    verdicts.renew_all(company_id)
                connection.force_debug_cursor = counts
                renewed["at"] = _written_so_far()
            return ask(*args, **named)

        return asking

    for asked, name in ((eligibility, "with_standing"), (ready_sums, "goes_plainly")):
        monkeypatch.setattr(asked, name, after_the_worker(getattr(asked, name)))


def _written_so_far() -> tuple[object, ...] | None:
    """Return what is another once any connection has written, None where that cannot be told."""
    if connection.vendor != "sqlite" or connection.connection is None:
        return None
    by_others = connection.connection.execute("PRAGMA data_version").fetchone()
    # What a transaction wrote may be taken back at its end.
    inside = (connection.in_atomic_block, *connection.savepoint_ids)
    return id(connection.connection), connection.connection.total_changes, by_others, inside


@pytest.fixture
def client():
    """In place of pytest-django's: one that posts with the token of the form it was shown."""
    return FormClient()


@pytest.fixture
def quick(settings):
    """The product's waits, shortened so that tests need not sleep through them."""
    settings.QUICKBOOKS_SERVER_LIMIT = 0.3
    settings.QUICKBOOKS_SEND_DEADLINE = 5.0
    settings.QUICKBOOKS_THROTTLE_PAUSE = 0.3
    settings.QUICKBOOKS_RETRY_PAUSE = 0.1
    settings.QUICKBOOKS_REQUESTS_PER_MINUTE = 0
    settings.QUICKBOOKS_BATCHES_PER_MINUTE = 0
    settings.QUICKBOOKS_REQUESTS_PER_SECOND = 0
    return settings


@pytest.fixture
def simulator(simulator_server, quick, monkeypatch) -> Simulator:
    """The simulator, with the product's settings pointing at it."""
    monkeypatch.setattr(ledger_service, "seed_company", seed_once)
    quick.QUICKBOOKS_ENVIRONMENT = "simulator"
    quick.QUICKBOOKS_DISCOVERY_URL = simulator_server.discovery_url
    quick.QUICKBOOKS_API_URL = simulator_server.api_url
    quick.QUICKBOOKS_CLIENT_ID = simulator_server.client_id
    quick.QUICKBOOKS_CLIENT_SECRET = simulator_server.client_secret
    return simulator_server


@pytest.fixture
def unit(simulator, db) -> BusinessUnit:
    """A business unit connected to a company of its own, set up and ready to export."""
    unit = connected_unit(simulator)
    simulator.clear_journal()
    return unit


@pytest.fixture
def export(unit):
    """Run the command as a person would; return what it printed as JSON."""

    def run(*arguments, status=0, wait="--wait"):
        out = StringIO()
        code = 0
        try:
            call_command("export_payments", unit.code, *arguments, wait, "--json", stdout=out)
        except SystemExit as stopped:
            code = stopped.code
        errors = list(SyncRecord.objects.exclude(error="").values_list("kind", "state", "error"))
        assert status is None or code == status, errors
        return json.loads(out.getvalue())

    return run


@pytest.fixture
def example(unit):
    """The invoice of $150.00 with a $70.00 deposit and a $30.00 part payment."""
    invoice = InvoiceFactory(business_unit=unit, number="R-1042")
    PaymentFactory(
        invoice=invoice, kind="deposit", amount=Decimal("70.00"), received_on="2026-05-01"
    )
    PaymentFactory(
        invoice=invoice, kind="partial", amount=Decimal("30.00"), received_on="2026-05-06"
    )
    return invoice


@pytest.fixture
def paid(example):
    """The example after its last $50.00."""
    PaymentFactory(invoice=example, amount=Decimal("50.00"), received_on="2026-05-09")
    return example
