"""The SQL that is kept of the reasons is the one that would be made anew, wherever it is asked."""

import re

import pytest
from django.db.models import Case, Count, Exists, OuterRef

from sync.exports.rules.eligibility import Units, open_with_reasons, with_reasons
from sync.models import Invoice, Payment, sql

pytestmark = pytest.mark.django_db


def queries():
    """Yield with_reasons in every place of a query, twice with others beside it."""
    payments = Payment.objects.all()
    for incomplete in ([], [1], [2, 1]):
        yield with_reasons(payments, incomplete).values_list("pk", "reason")
        yield with_reasons(payments, incomplete, queued=True).exclude(reason="")
    reasoned = with_reasons(payments.filter(customer__display_name="A"), [])
    yield reasoned.select_related("customer", "business_unit").order_by("reason", "pk")
    yield reasoned.order_by().values_list("reason").annotate(Count("pk"))
    ready = with_reasons(payments, []).filter(reason="")
    yield Invoice.objects.filter(payments__in=ready)
    yield Payment.objects.filter(pk__in=ready.values("pk"), business_unit__name="B")
    yield Invoice.objects.filter(Exists(ready.filter(invoice=OuterRef("pk"))))
    yield ready.filter(invoice__customer__in=ready.values("invoice__customer"))
    for numbers in ([], [3]):
        units = Units(incomplete=numbers, moved=numbers, sharing=[4], several=numbers)
        yield open_with_reasons(payments, units)
        yield ready.order_by().union(open_with_reasons(payments, units).order_by())


def said():
    """Return SQL and parameters of each; Django puts needless brackets where it resolved twice."""
    both = [query.query.sql_with_params() for query in queries()]
    return [(re.sub(r"[()]", "", sql), repr(params)) for sql, params in both]


def test_kept_sql_is_that_which_would_be_made_anew(monkeypatch):
    said()
    kept = said()
    monkeypatch.setattr(sql.KeptCase, "as_sql", Case.as_sql)
    assert kept == said()


def test_it_is_made_once(monkeypatch):
    said()

    def made(*_given, **_more):
        raise AssertionError("made anew")

    monkeypatch.setattr(Case, "as_sql", made)
    list(with_reasons(Payment.objects.all(), []).values_list("reason"))


def test_no_more_than_some_are_kept(monkeypatch):
    monkeypatch.setattr(sql, "MOST_KEPT", 3)
    monkeypatch.setattr(sql, "_kept", {})
    for number in range(5):
        str(with_reasons(Payment.objects.all(), [number]).values_list("reason").query)
    assert len(sql._kept) == 2
