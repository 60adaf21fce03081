"""Limits, met on purpose, and the form of webhooks."""

from __future__ import annotations

import time

from sync.quickbooks.answers import Answer
from sync.quickbooks.batches import MOST_ITEMS
from sync.quickbooks.probe.bench import Bench, CannotAsk, new_id
from sync.quickbooks.probe.findings import Found
from sync.quickbooks.probe.repeats import batch_of_reads

# 17 batches of 30 are more than 500 requests, 41 are more than 40 batches.
MOST_BATCHES = 45
BY_ITEMS_AT_MOST, BY_BATCHES_AT_LEAST = 20, 30
A_MINUTE = 60.0
CLOUDEVENTS = "application/cloudevents+json"


def batch_counts(bench: Bench) -> Found:
    """Whether each item of a batch counts as a request of the 500 a minute."""
    passed, _ = _until_refused(bench)
    words = f"{passed} batches of {MOST_ITEMS} reads passed."
    if passed <= BY_ITEMS_AT_MOST:
        return Found("per_item", words)
    return Found("once" if passed >= BY_BATCHES_AT_LEAST else "otherwise", words)


def throttle_form(bench: Bench) -> Found:
    """What a 429 looks like."""
    _, answer = _until_refused(bench)
    body = answer.body.strip()
    if not body:
        return Found("empty", "It has no body.")
    if body.startswith(b"<"):
        return Found("xml", "Its body is XML.")
    upper = answer.data is not None and "Fault" in answer.data
    return Found("json_upper" if upper else "json_lower", "Its body is JSON.")


def _until_refused(bench: Bench) -> tuple[int, Answer]:
    """How many batches passed before the first that was refused, and that answer."""
    if "refused" not in bench.kept:
        bench.kept["refused"] = found = _hurry(bench)
        if found is not None:  # others, and the taking away of what was made, must pass again
            bench.pause(A_MINUTE)
    refused: tuple[int, Answer] | None = bench.kept["refused"]
    if refused is None:
        raise CannotAsk(f"No limit was met in {MOST_BATCHES} batches, or within a minute.")
    return refused


def _hurry(bench: Bench) -> tuple[int, Answer] | None:
    body, began = batch_of_reads(), time.monotonic()
    with bench.hurry() as client:
        for passed in range(MOST_BATCHES):
            answer = client.send_batch(body, new_id())
            if answer.status == 429:
                return passed, answer
            if time.monotonic() - began > A_MINUTE:
                return None
    return None


def webhook_content_type(bench: Bench) -> Found:
    """What a notification says that it is."""
    said = _heard(bench)[0].partition(";")[0].strip().lower()
    values = {CLOUDEVENTS: "cloudevents", "application/json": "json"}
    return Found(values.get(said, "otherwise"), f"Content-Type: {said}.")


def webhook_format(bench: Bench) -> Found:
    """Whether a notification is a list of CloudEvents, or the older object."""
    return Found("cloudevents" if _heard(bench)[1] else "legacy", "By its body.")


def _heard(bench: Bench) -> tuple[str, bool]:
    if bench.listener is None:
        raise CannotAsk("Point the app's webhooks here and say where they come in: --webhooks.")
    payment = bench.kept.get("webhook") or bench.make("Payment", bench.payment_body("1.10"))
    bench.kept["webhook"] = payment
    if not bench.listener.wait_for(
        lambda notice: (notice.entity, notice.qbo_id) == ("payment", payment["Id"]),
        bench.webhook_wait,
    ):
        raise CannotAsk("No signed notification came in time.")
    heard = bench.listener.heard[-1]
    return heard.content_type, heard.is_list
