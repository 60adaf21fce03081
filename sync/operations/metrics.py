"""Figures for a monitor, in Prometheus' text format; counted from our rows when they are asked for.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Iterator

from django.db.models import Count, Sum
from django.db.models.functions import Now
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sync.company import pacing
from sync.models import BatchRequest, QuickBooksCompany, SyncRecord
from sync.operations import facts, heartbeats


class _Figures(Collector):
    """What the rows say now; no customer, unit or company is named."""

    def collect(self) -> Iterator[Metric]:
        yield _documents()
        yield from _requests()
        yield from _companies()
        yield from _reads()
        yield GaugeMetricFamily(
            "paidup_oldest_waiting_seconds",
            "How long the oldest queued document of a connected company waits.",
            value=facts.oldest_waiting_seconds(),
        )
        yield GaugeMetricFamily(
            "paidup_workers", "Worker clusters seen lately.", value=heartbeats.live_workers()
        )
        well = GaugeMetricFamily("paidup_well", "1 where that works.", labels=["fact"])
        for fact in facts.all_facts():
            well.add_metric([fact.name], int(fact.is_well))
        yield well


def _documents() -> Metric:
    family = GaugeMetricFamily(
        "paidup_documents", "Sync records by kind and state.", labels=["kind", "state"]
    )
    rows = SyncRecord.objects.order_by().values("kind", "state").annotate(n=Count("pk"))
    for row in rows:
        family.add_metric([row["kind"], row["state"]], row["n"])
    return family


def _requests() -> Iterator[Metric]:
    calls = QuickBooksCompany.objects.aggregate(n=Sum("api_calls"))["n"] or 0
    yield CounterMetricFamily(
        "paidup_quickbooks_requests", "Requests ever made to QuickBooks.", value=calls
    )
    writes = GaugeMetricFamily(
        "paidup_quickbooks_writes", "Kept write requests by HTTP status.", labels=["status"]
    )
    rows = BatchRequest.objects.order_by().values("http_status").annotate(n=Count("pk"))
    for row in rows:
        writes.add_metric([str(row["http_status"] or "none")], row["n"])
    yield writes
    unsettled = BatchRequest.objects.filter(settled_at__isnull=True, sent_at__isnull=False)
    yield GaugeMetricFamily(
        "paidup_quickbooks_writes_unsettled",
        "Writes that left and are not settled.",
        value=unsettled.count(),
    )


def _companies() -> Iterator[Metric]:
    companies = GaugeMetricFamily("paidup_companies", "Companies by status.", labels=["status"])
    rows = QuickBooksCompany.objects.order_by().values("status").annotate(n=Count("pk"))
    for row in rows:
        companies.add_metric([row["status"]], row["n"])
    yield companies
    held = QuickBooksCompany.objects.filter(lease_token__isnull=False, lease_expires_at__gte=Now())
    yield GaugeMetricFamily("paidup_leases", "Companies that a process holds.", value=held.count())
    paused = QuickBooksCompany.objects.filter(paused_until__gt=Now())
    yield GaugeMetricFamily(
        "paidup_companies_paused", "Companies left alone for now.", value=paused.count()
    )


def _reads() -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "paidup_quickbooks_reads_this_month",
        "Reads that Intuit meters, of all companies, this month (UTC).",
        value=pacing.reads_of_all(),
    )
    yield GaugeMetricFamily(
        "paidup_quickbooks_reads_included",
        "How many it includes before it blocks the app.",
        value=pacing.reads_included(),
    )


def text() -> bytes:
    """Return all figures as they stand now."""
    registry = CollectorRegistry()
    registry.register(_Figures())
    return generate_latest(registry)
