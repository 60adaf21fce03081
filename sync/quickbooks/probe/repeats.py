"""Whether a write that is sent again is done again, and in which order a batch is done."""

from __future__ import annotations

from sync.quickbooks.batches import MOST_ITEMS, BatchItem, compose, results
from sync.quickbooks.documents import dump
from sync.quickbooks.faults import fault_of
from sync.quickbooks.probe.bench import MARK, Bench, CannotAsk, new_id, told_at, words_of
from sync.quickbooks.probe.findings import Found

HONOURED, IGNORED = "honoured", "ignored"
MANY = 12


def repeated(bench: Bench) -> Found:
    """The same write under the same requestid."""
    body, request_id = bench.payment_body("1.01"), new_id()
    first, again = (bench.write("Payment", body, request_id) for _ in range(2))
    if first.entity is None:
        raise CannotAsk(f"A payment without an invoice was refused: {first.words}.")
    is_same = again.entity is not None and again.entity["Id"] == first.entity["Id"]
    bench.kept["repeated"] = (body, request_id, first)
    bench.kept["is_honoured"] = is_same
    told = "the same payment" if is_same else f"another: {again.words}"
    return Found(HONOURED if is_same else IGNORED, f"The second answer was {told}.")


def _need_honoured(bench: Bench) -> None:
    if not bench.kept.get("is_honoured"):
        raise CannotAsk("A requestid is not honoured at all.")


def failed_original(bench: Bench) -> Found:
    """The same again after a refusal whose cause is gone: a SyncToken that is right by now."""
    _need_honoured(bench)
    held = bench.make("Payment", bench.payment_body("1.02"))
    early = {"Id": held["Id"], "SyncToken": str(int(held["SyncToken"]) + 1), "sparse": True}
    early |= {"PrivateNote": f"{MARK}, later", **bench.currency()}
    request_id = new_id()
    first = bench.write("Payment", early, request_id)
    if first.fault is None:
        raise CannotAsk("A SyncToken that is too high was not refused.")
    changed = bench.change("Payment", held, PrivateNote=f"{MARK}, changed", **bench.currency())
    if changed.entity is None:
        raise CannotAsk(f"The payment could not be changed: {changed.words}.")
    again = bench.write("Payment", early, request_id)
    value = "run_again" if again.fault is None else "replay"
    return Found(value, f"First {first.words}; the same again {again.words}.")


def other_body(bench: Bench) -> Found:
    """Another body under an id that was used."""
    _need_honoured(bench)
    request_id = new_id()
    first = bench.make_as(request_id, "Payment", bench.payment_body("1.03"))
    again = bench.write("Payment", bench.payment_body("1.04"), request_id)
    if again.entity is None:
        return Found("refuse", again.words)
    is_first = again.entity["Id"] == first["Id"]
    return Found("replay" if is_first else "done", f"{again.words}; the same payment: {is_first}.")


def remembered(bench: Bench) -> Found:
    """How long an answer is remembered: 0 where it still was when it was asked last."""
    _need_honoured(bench)
    body, request_id, first = bench.kept["repeated"]
    bench.pause(bench.patience)
    again = bench.write("Payment", body, request_id)
    began, now = told_at(first.answer), told_at(again.answer)
    if again.entity is None or began is None or now is None:
        raise CannotAsk(f"The answer told too little: {again.words}.")
    age = int((now - began).total_seconds())
    if again.entity["Id"] == first.entity["Id"]:
        return Found(0, f"After {age} seconds it was still remembered.")
    return Found(max(1, age), f"After {age} seconds it was forgotten, and done again.")


def batch_order(bench: Bench) -> Found:
    """Ids are given in the order in which items are done."""
    items = [
        BatchItem(f"{n:02}", "create", "Payment", bench.payment_body(f"2.{n:02}"))
        for n in range(MANY)
    ]
    answer = bench.client.send_batch(compose(items), new_id())
    fault = fault_of(answer)
    if fault is not None:
        raise CannotAsk(f"The batch was refused: {words_of(fault)}.")
    done = results(answer)
    made = [found.entity for item in items if (found := done.get(item.bid)) and found.entity]
    if len(made) < MANY:
        raise CannotAsk(f"Only {len(made)} of {MANY} items were done.")
    bench.kept["batch"] = made
    ids = [int(each["Id"]) for each in made]
    rising = sorted(ids)
    orders = {tuple(rising): "serial", tuple(reversed(rising)): "reversed"}
    value = orders.get(tuple(ids), "shuffled")
    return Found(value, f"{MANY} payments in one batch got ids in the order: {value}.")


def batch_size(bench: Bench) -> Found:
    """A full batch of reads."""
    answer = bench.client.send_batch(batch_of_reads(), new_id())
    fault = fault_of(answer)
    if fault is not None:
        return Found(0, words_of(fault))
    said = (answer.data or {}).get("BatchItemResponse") or []
    return Found(len(said), f"HTTP {answer.status}, {len(said)} items answered.")


def batch_of_reads() -> bytes:
    """As many small reads as one batch takes."""
    query = "SELECT * FROM CompanyInfo"
    return dump({"BatchItemRequest": [{"bId": str(n), "Query": query} for n in range(MOST_ITEMS)]})
