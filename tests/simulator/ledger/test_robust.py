"""Whatever a client sends is answered with 200 or a fault, never with a failure of the server."""

import copy
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.simulator.ledger.books.schema import KINDS
from sync.simulator.wire import parse_json, to_json
from tests.simulator.desk import Desk

ODD_TEXTS = ("", "1", "0", "-5", "1.5", "NaN", "2026-01-31", "TAX", "Invoice", "é:'\\\"", "x" * 40)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**16),
    st.decimals(-100, 10**6, places=3, allow_nan=False),
    st.sampled_from(ODD_TEXTS),
    st.just({}),
    st.just([]),
    st.just([[]]),
    st.just({"value": "1"}),
    st.just({"value": None}),
    st.just([{"Amount": 1}]),
)
WORDS = (
    *("SELECT", "*", "FROM", "Customer", "Invoice", "WHERE", "Id", "TxnDate", "count(*)", "true"),
    *("=", "<", ">", "IN", "LIKE", "(", ")", ",", "'1'", "'a%'", "''", "5", "AND", "ORDERBY"),
    *("DESC", "STARTPOSITION", "MAXRESULTS", "MetaData.CreateTime", "Active", "Balance"),
)
PARTS = ["BatchItemRequest", "bId", "operation", "Query", "CDCQuery", "Invoice"]
WRITTEN = (
    *("Customer", "Vendor", "Employee", "Item", "Account", "PaymentMethod", "Term", "Class"),
    *("Department", "Invoice", "Payment", "SalesReceipt", "CreditMemo", "RefundReceipt", "Deposit"),
    *("Purchase", "JournalEntry", "CompanyInfo", "Preferences"),
)


@pytest.fixture(scope="module")
def desk():
    return Desk()


def places(value, path=()):
    """Every place in a JSON value."""
    yield path
    if isinstance(value, dict):
        children = list(value.items())
    else:
        children = list(enumerate(value)) if isinstance(value, list) else []
    for key, child in children:
        yield from places(child, (*path, key))


def put(body, path, value):
    if not path:
        return value
    changed = copy.deepcopy(body)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), leaves=st.lists(LEAVES, min_size=3, max_size=3))
def test_any_body_is_answered(desk, seed, leaves):
    chance = random.Random(seed)
    kind = chance.choice(WRITTEN)
    body = chance.choice(desk.all(kind) or [{}])
    if chance.random() < 0.5:
        body = {key: value for key, value in body.items() if key not in {"Id", "SyncToken"}}
    for leaf in leaves[: chance.randint(1, 3)]:
        names = [(name,) for name in KINDS[kind]] if isinstance(body, dict) else []
        body = put(body, chance.choice([*places(body), *names]), leaf)
    operation = chance.choice(["", "", "", "update", "delete", "void", "other"])
    answer = desk.send("POST", kind.lower(), to_json(body).encode(), operation=operation)
    assert answer.status in {200, 400}
    assert set(parse_json(answer.body)) == {"Fault" if answer.status == 400 else kind, "time"}


@settings(max_examples=120, deadline=None)
@given(text=st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
def test_any_query_is_answered(desk, text):
    assert desk.send("GET", "query", query=text).status in {200, 400}


@settings(max_examples=60, deadline=None)
@given(
    body=st.recursive(
        LEAVES,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(PARTS), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_any_batch_is_answered(desk, body):
    assert desk.send("POST", "batch", to_json(body).encode()).status in {200, 400}


@pytest.mark.parametrize("variant", ["us", "us_ast", "us_manual", "canada", "multicurrency"])
def test_sending_back_what_was_read_changes_nothing(variant):
    desk = Desk(variant)
    before = {kind: desk.all(kind) for kind in WRITTEN}
    desk.clock.advance(3600)
    for kind, documents in before.items():
        for document in documents:
            assert desk.post(kind, document) == document
    assert {kind: desk.all(kind) for kind in WRITTEN} == before
