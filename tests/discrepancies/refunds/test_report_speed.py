"""The report with many refunds: as many queries as with few. REFUNDS=50000 measures it as well."""

import os
import time

import pytest
from django.db import connection

from accounts.models import Role
from sync.models import BusinessUnit
from tests.discrepancies.refunds.many_refunds import make_refunds
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
REFUNDS = int(os.environ.get("REFUNDS", "120"))
LIST = "/admin/sync/refunddiscrepancy/"


def test_report_opens_with_a_constant_number_of_queries(client, django_assert_max_num_queries):
    person = UserFactory()
    taken = []
    for number in (10, REFUNDS):
        for unit in make_refunds(number, units=3):
            MembershipFactory(user=person, business_unit=unit, role=Role.ACCOUNTANT)
        client.force_login(person)
        with django_assert_max_num_queries(30) as queries:
            assert client.get(LIST).status_code == 200
        taken.append(len(queries))
    # Each unit of a row is loaded once a page: three of them, or six.
    assert taken[1] - taken[0] <= BusinessUnit.objects.count() - 3
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    spent = []
    for _ in range(5):
        began, worked = time.perf_counter(), time.process_time()
        client.get(LIST)
        spent.append((time.perf_counter() - began, time.process_time() - worked))
    print(f"{REFUNDS} refunds, {taken[1]} queries, {connection.vendor}:")
    print(
        "; ".join(f"{all_ * 1000:.0f} ms, of which {cpu * 1000:.0f} ms ours" for all_, cpu in spent)
    )
