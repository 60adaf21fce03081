from __future__ import annotations

import json
from decimal import Decimal

import pytest

from sync.quickbooks.answers import answer_of
from sync.quickbooks.batches import BatchItem, compose, results
from sync.quickbooks.faults import Outcome, WriteResult


def item(bid: str) -> BatchItem:
    return BatchItem(bid, "create", "Invoice", {"TotalAmt": Decimal("10.10")})


def answer(data, status: int = 200):
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return answer_of(status, body, "1-tid")


def test_compose_writes_each_item_under_its_entity_with_exact_numbers():
    items = [item("a1"), BatchItem("a2", "delete", "Payment", {"Id": "9", "SyncToken": "0"})]
    assert compose(items) == (
        b'{"BatchItemRequest":['
        b'{"bId":"a1","operation":"create","Invoice":{"TotalAmt":10.10}},'
        b'{"bId":"a2","operation":"delete","Payment":{"Id":"9","SyncToken":"0"}}]}'
    )
    assert compose(items) == compose(list(items))


@pytest.mark.parametrize(
    "items",
    [
        [],
        [item(str(n)) for n in range(31)],
        [item("1"), item("1")],
        [item("")],
        [item("x" * 11)],
    ],
    ids=["none", "31", "twice", "empty", "long"],
)
def test_compose_refuses_what_intuit_would(items):
    with pytest.raises(ValueError, match=r"batch has|bid"):
        compose(items)


def test_thirty_items_with_ten_characters_each_fit():
    sent = json.loads(compose([item(f"{n:010}") for n in range(30)]))
    assert [request["bId"] for request in sent["BatchItemRequest"]] == [
        f"{n:010}" for n in range(30)
    ]


def test_results_name_what_became_of_each_item_in_any_order():
    error = {
        "Message": "Duplicate Document Number Error",
        "Detail": "Duplicate Document Number Error : DocNumber=1 is assigned",
        "code": "6140",
        "element": "",
    }
    found = results(
        answer(
            {
                "BatchItemResponse": [
                    {"Fault": {"type": "ValidationFault", "Error": [error]}, "bId": "b"},
                    {"Invoice": {"Id": "7", "TotalAmt": 1}, "bId": "a"},
                    {"bId": "c"},
                    {"bId": "d", "Fault": {}},
                ],
                "time": "x",
            }
        )
    )
    assert sorted(found) == ["a", "b", "c", "d"]
    assert found["a"] == WriteResult(entity={"Id": "7", "TotalAmt": 1}, fault=None)
    assert found["b"].entity is None
    assert found["b"].fault.outcome is Outcome.DUPLICATE
    assert found["c"].entity is None
    assert found["c"].fault.outcome is Outcome.UNKNOWN
    assert found["d"].entity is None
    assert found["d"].fault.outcome is Outcome.UNKNOWN


def test_results_keep_amounts_exact():
    found = results(
        answer(b'{"BatchItemResponse":[{"bId":"a","Invoice":{"Id":"7","TotalAmt":0.10}}]}')
    )
    assert str(found["a"].entity["TotalAmt"]) == "0.10"


def test_item_that_the_answer_does_not_name_is_missing():
    found = results(answer({"BatchItemResponse": [{"Invoice": {"Id": "7"}, "bId": "a"}]}))
    assert found.keys() == {"a"}


@pytest.mark.parametrize(
    ("status", "data"),
    [
        (500, {"BatchItemResponse": [{"Invoice": {"Id": "7"}, "bId": "a"}]}),
        (429, b""),
        (200, b"<html/>"),
        (200, {"Fault": {"Error": [{"code": "2010", "Message": "x"}]}}),
        (200, {"time": "x"}),
        (200, {"BatchItemResponse": ["odd", {"Invoice": {}}]}),
    ],
)
def test_batch_that_failed_as_a_whole_has_no_results(status, data):
    assert results(answer(data, status)) == {}
