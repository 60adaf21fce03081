"""A connected unit without connecting anew for each test: the rows that it left are kept.

Connecting has its own tests; in the others it took a fifth of the time.
"""

from collections import defaultdict
from datetime import timedelta

from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from sync.company.continuity import epoch
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

CODE, NAME, COMPANY = "riverside", "Riverside", "Riverside LLC"
_kept = defaultdict(list)


def connected_unit(simulator, variant="us", **values):
    """Give Riverside, connected to a company of its own, as `connect_simulator` leaves both."""
    realm_id = simulator.create_company(variant=variant, name=COMPANY)
    made_by_triggers = (CompanyRules, UnitReadiness, Verdict)
    every = apps.get_app_config("sync").get_models()
    models = [model for model in every if model not in made_by_triggers]
    is_first = not any(model.objects.exists() for model in models)
    if _kept[variant] and is_first:
        _put_back(_kept[variant], simulator.grant(realm_id))
    else:
        BusinessUnitFactory(code=CODE, name=NAME, **values)
        call_command("connect_simulator", CODE, realm=realm_id, verbosity=0)
        QuickBooksCompany.objects.filter(realm_id=realm_id).update(known_epochs=[epoch()])
        # What the company was seeded with has numbers that tests give as well.
        BooksDocument.objects.all().delete()
        CompanyRequest.objects.filter(kind=booked.READ).delete()
        if is_first:
            _kept[variant].extend(rows for model in models if (rows := list(model.objects.all())))
    return BusinessUnit.objects.get(code=CODE)


def _put_back(kept, granted):
    """Insert the rows that were kept, about another company with tokens of its own."""
    hour = timezone.now() + timedelta(hours=1)
    with transaction.atomic():
        for rows in kept:
            for row in rows:
                if hasattr(row, "realm_id"):
                    row.realm_id = granted["realm_id"]
            type(rows[0]).objects.bulk_create(rows)
        QuickBooksCompany.objects.update(
            access_token=granted["access_token"],
            access_token_expires_at=hour,
            refresh_token=granted["refresh_token"],
        )
