"""A connected unit without connecting anew for each test: the rows that it left are kept.

Connecting has its own tests; in the others it took a fifth of the time.
"""

from collections import defaultdict
from datetime import timedelta

from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from sync.company.sessions import epoch
from sync.mappings import booked
from sync.models import (
    BooksDocument,
    BusinessUnit,
    CompanyRequest,
    CompanyRules,
    QuickBooksCompany,
    UnitReadiness,
    Verdict,
)
from tests.factories import BusinessUnitFactory

RIVERSIDE = ("riverside", "Riverside", "Riverside LLC")
_kept = defaultdict(list)
_made = {}


def connected_unit(simulator, variant="us", named=RIVERSIDE, **values):
    """Give a unit, connected to a company of its own, as `connect_simulator` leaves both."""
    code, name, company = named
    realm_id = simulator.create_company(variant=variant, name=company)
    is_first = not _filled()
    kept = _kept[variant, named, *sorted(values.items())]
    if kept and is_first:
        _put_back(kept, simulator.grant(realm_id))
    else:
        BusinessUnitFactory(code=code, name=name, **values)
        call_command("connect_simulator", code, realm=realm_id, verbosity=0)
        QuickBooksCompany.objects.filter(realm_id=realm_id).update(known_epochs=[epoch()])
        # What the company was seeded with has numbers that tests give as well.
        BooksDocument.objects.all().delete()
        CompanyRequest.objects.filter(kind=booked.READ).delete()
        if is_first:
            kept.extend(_rows())
    return BusinessUnit.objects.get(code=code)


def make_company(simulator, variant, name):
    """Make a company of the simulator that a unit can be connected to by kept rows."""
    realm_id = simulator.create_company(variant=variant, name=name)
    _made[realm_id] = (variant, name)
    return realm_id


def connect(simulator, unit, realm_id):
    """Connect a unit that is there, as `connect_simulator` does.

    Only where nothing else is stored, and nobody knows the company yet, may rows be put back.
    """
    before = {model: list(model.objects.values_list("pk", flat=True)) for model in _filled()}
    own = {BusinessUnit, BusinessUnit.history.model}
    is_alone = all(model in own and len(pks) == 1 for model, pks in before.items())
    values = [str(getattr(unit, field.attname)) for field in unit._meta.concrete_fields]
    is_alone = is_alone and realm_id in _made
    kept = _kept[_made.get(realm_id), *values, str(before)]
    if kept and is_alone:
        _put_back(kept, simulator.grant(realm_id), before)
        return
    call_command("connect_simulator", unit.code, realm=realm_id, verbosity=0)
    if is_alone:
        kept.extend(_rows())


def _models():
    made_by_triggers = (CompanyRules, UnitReadiness, Verdict)
    every = apps.get_app_config("sync").get_models()
    return [model for model in every if model not in made_by_triggers]


def _filled():
    """Return the models of which there are rows, asked of all of them at once."""
    models = _models()
    asked = ", ".join(f"EXISTS (SELECT 1 FROM {model._meta.db_table})" for model in models)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked}")
        return [
            model for model, is_there in zip(models, cursor.fetchone(), strict=True) if is_there
        ]


def _rows():
    return [list(model.objects.all()) for model in _filled()]


def _put_back(kept, granted, before=None):
    """Store the rows that were kept, about another company with tokens of its own."""
    hour = timezone.now() + timedelta(hours=1)
    with transaction.atomic():
        for rows in kept:
            model = type(rows[0])
            for row in rows:
                if hasattr(row, "realm_id"):
                    row.realm_id = granted["realm_id"]
            _store(model, rows, (before or {}).get(model, ()))
        QuickBooksCompany.objects.update(
            access_token=granted["access_token"],
            access_token_expires_at=hour,
            refresh_token=granted["refresh_token"],
        )


def _store(model, rows, there):
    """Insert rows, and write over those that are there."""
    model.objects.bulk_create([row for row in rows if row.pk not in there])
    for row in rows:
        if row.pk in there:
            names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
            values = {name: getattr(row, name) for name in names}
            model.objects.filter(pk=row.pk).update(**values)
