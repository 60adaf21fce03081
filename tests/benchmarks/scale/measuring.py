"""Fills a fresh database and measures every page; a process of its own, which prints JSON."""

import json
import os
import subprocess
import sys
import time
from decimal import Decimal
from importlib import import_module

from config.check_deploy import PRODUCTION
from tests.benchmarks import stage

STOCK = "tests.benchmarks.scale.stock"
INSERTED = 1_000


def main(payments, units):
    name = os.environ.get("KEPT")
    with stage.product(f"{name}_{payments}_{units}" if name else ""):
        began = time.monotonic()
        people = filled(payments, units)
        took = time.monotonic() - began
        found = measure(*people)
        found["filled in"] = round(took * 1000), 0, 0, 0
        found |= stock()
    json.dump(found, sys.stdout)


def filled(payments, units):
    """Fill the database where it is empty; return who is in every unit, and who in one only."""
    from django.db import connection

    from accounts.models import Role, User
    from tests.benchmarks.scale.filling import fill
    from tests.factories import MembershipFactory, UserFactory

    there = [User.objects.filter(username=name).first() for name in ("everywhere", "one")]
    if all(there):
        return there
    made = fill(payments, units)
    everywhere, one = UserFactory(username="everywhere"), UserFactory(username="one")
    for unit in made:
        MembershipFactory(user=everywhere, business_unit=unit, role=Role.ACCOUNTANT)
    MembershipFactory(user=one, business_unit=made[0], role=Role.EXPORTER)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return everywhere, one


def measure(everywhere, one):
    """Measure every page for a person with a role in each unit, and some for one of one unit."""
    from django.core.management import call_command
    from django.test import Client

    from sync.models import BusinessUnit, Invoice, Payment
    from tests.benchmarks.scale.pages import OF_ONE_UNIT, PAGES, measured

    call_command("collectstatic", interactive=False, verbosity=0)
    import_module("config.wsgi")  # what the web server does when it starts
    middle = Invoice.objects.order_by("pk")[Invoice.objects.count() // 2]
    names = {
        "unit": BusinessUnit.objects.order_by("pk")[7].pk,
        "number": middle.number,
        "customer": middle.customer.display_name.split()[-1],
        "payment": Payment.objects.filter(sync_records__isnull=False).first().pk,
    }
    found = {}
    for person, pages in ((everywhere, PAGES), (one, OF_ONE_UNIT)):
        client = Client(SERVER_NAME=PRODUCTION["ALLOWED_HOSTS"])
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        for name, path in pages.items():
            found[name] = measured(client, path.format(**names))
    found["inserting a payment, µs"] = _inserted(), 0, 0, 0
    return found


def _inserted():
    """Return the time that a payment takes which its invoice lacked, all triggers at work."""
    from django.db import connection, transaction

    from sync.models import Invoice, Payment

    lacking = Invoice.objects.filter(balance_due__gt=0, paid_total__gt=0)[:INSERTED]
    rows = [
        Payment(
            business_unit_id=invoice.business_unit_id,
            customer_id=invoice.customer_id,
            invoice=invoice,
            amount=Decimal(invoice.balance_due),
            currency="USD",
            method="Check",
            received_on=invoice.issued_on,
        )
        for invoice in lacking
    ]
    best = None
    for _ in range(3):
        with transaction.atomic():
            began = time.perf_counter()
            for row in rows:
                row.pk = None
                Payment.objects.bulk_create([row])
            spent = time.perf_counter() - began
            transaction.set_rollback(True)
        best = min(best or spent, spent)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE sync_payment, sync_invoice, sync_verdict")
    return round(best / len(rows) * 1_000_000)


def stock():
    """Measure Django's stock lists over the same rows, in a process with its settings."""
    code = (
        "import django; django.setup();"
        "from tests.benchmarks.scale.measuring import stock_pages; stock_pages()"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": STOCK},
        check=True,
        stdout=subprocess.PIPE,
    )
    return json.loads(answer.stdout)


def stock_pages():
    """Print what the stock lists take."""
    from django.test import Client

    from accounts.models import User
    from sync.models import Invoice
    from tests.benchmarks.scale.pages import measured

    root, _ = User.objects.get_or_create(username="root", is_staff=True, is_superuser=True)
    client = Client(SERVER_NAME=PRODUCTION["ALLOWED_HOSTS"])
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
    number = Invoice.objects.order_by("-pk")[0].number
    list_ = "/stock/sync/payment/"
    pages = {"Django's stock list": list_, "the same, search": f"{list_}?q={number}"}
    json.dump({name: measured(client, path) for name, path in pages.items()}, sys.stdout)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
