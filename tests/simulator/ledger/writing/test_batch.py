"""Batches, requestid, change data capture: the ways of asking for much at once, or again."""

from decimal import Decimal

import pytest

from sync.simulator.wire import parse_json
from tests.simulator.desk import Desk, Refused, receipt, sale


@pytest.fixture
def desk():
    return Desk("empty")


@pytest.fixture
def ada(desk):
    return desk.customer()


def code(answer):
    return answer["Fault"]["Error"][0]["code"]


def test_mixed_operations_are_answered_one_by_one(desk, ada):
    invoice, other = desk.invoice(ada), desk.invoice(ada)
    answer = desk.call(
        "POST",
        "batch",
        {
            "BatchItemRequest": [
                {"bId": "a", "operation": "create", "Vendor": {"DisplayName": "Fuel"}},
                {"bId": "b", "operation": "delete", "Invoice": {"Id": "9999", "SyncToken": "0"}},
                {
                    "bId": "c",
                    "operation": "update",
                    "Invoice": {"Id": invoice["Id"], "SyncToken": "7", "sparse": True},
                },
                {
                    "bId": "d",
                    "operation": "void",
                    "Invoice": {"Id": invoice["Id"], "SyncToken": "0"},
                },
                {
                    "bId": "e",
                    "operation": "delete",
                    "Invoice": {"Id": other["Id"], "SyncToken": "0"},
                },
                {"bId": "f", "Query": "select count(*) from Invoice"},
            ]
        },
    )
    found = {each["bId"]: each for each in answer["BatchItemResponse"]}
    assert list(found) == ["a", "b", "c", "d", "e", "f"]
    assert found["a"]["Vendor"]["DisplayName"] == "Fuel"
    assert (code(found["b"]), code(found["c"])) == ("610", "5010")
    assert found["d"]["Invoice"]["PrivateNote"] == "Voided"
    assert found["e"]["Invoice"]["status"] == "Deleted"
    assert found["f"]["QueryResponse"] == {"totalCount": 2}  # as it was before the batch
    assert set(answer) == {"BatchItemResponse", "time"}


def test_items_do_not_see_each_others_documents(desk, ada):
    last = int(desk.invoice(ada)["Id"])
    later = {"Id": str(last + 1)}
    answers = desk.batch(
        ("1", "create", "Invoice", sale(ada)),
        ("2", "create", "Payment", receipt(ada, "100.00", (later, "100.00"))),
        ("3", "delete", "Invoice", later | {"SyncToken": "0"}),
    )
    assert answers["1"]["Invoice"]["Id"] == later["Id"]
    assert (code(answers["2"]), code(answers["3"])) == ("610", "610")
    assert desk.get("Invoice", later["Id"])["Balance"] == Decimal("100.00")


def test_items_do_not_take_the_same_number_or_the_same_money(desk, ada):
    answers = desk.batch(
        ("1", "create", "Invoice", sale(ada) | {"DocNumber": "N-1"}),
        ("2", "create", "Invoice", sale(ada) | {"DocNumber": "N-1"}),
        ("3", "create", "Customer", {"DisplayName": "Twin"}),
        ("4", "create", "Vendor", {"DisplayName": "twin"}),
    )
    assert (code(answers["2"]), code(answers["4"])) == ("6140", "6240")
    invoice = answers["1"]["Invoice"]
    pay = receipt(ada, "60.00", (invoice, "60.00"))
    answers = desk.batch(("1", "create", "Payment", pay), ("2", "create", "Payment", pay))
    assert code(answers["2"]) == "6000"
    assert desk.get("Invoice", invoice["Id"])["Balance"] == Decimal("40.00")


def test_options_of_an_item(desk, ada):
    desk.invoice(ada, DocNumber="N-1")
    payment = desk.payment(ada, "5.00")
    head = {"Id": payment["Id"], "SyncToken": "0", "sparse": True}
    answer = desk.call(
        "POST",
        "batch",
        {
            "BatchItemRequest": [
                {
                    "bId": "1",
                    "operation": "create",
                    "optionsData": "include=allowduplicatedocnum",
                    "Invoice": sale(ada) | {"DocNumber": "N-1"},
                },
                {"bId": "2", "operation": "update", "optionsData": "void", "Payment": head},
            ]
        },
    )
    first, second = answer["BatchItemResponse"]
    assert first["Invoice"]["DocNumber"] == "N-1"
    assert second["Payment"]["PrivateNote"] == "Voided"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"bId": "1", "Invoice": {}}, "2020"),
        ({"bId": "1", "operation": "create"}, "2020"),
        ({"bId": "1", "operation": "merge", "Invoice": {}}, "500"),
        ({"bId": "1", "operation": "create", "Nonsense": {}}, "2010"),
        ({"bId": "1", "operation": "create", "TaxCode": {"Name": "x"}}, "500"),
    ],
)
def test_faulty_items(desk, item, expected):
    answer = desk.call("POST", "batch", {"BatchItemRequest": [item]})
    assert code(answer["BatchItemResponse"][0]) == expected


def test_faulty_batches(desk):
    query = {"Query": "SELECT * FROM Term"}
    many = [{"bId": str(number), **query} for number in range(31)]
    for items in ([], many, [query], [many[0], many[0]]):
        with pytest.raises(Refused) as caught:
            desk.call("POST", "batch", {"BatchItemRequest": items})
        assert caught.value.status == 400
    assert (
        len(desk.call("POST", "batch", {"BatchItemRequest": many[:30]})["BatchItemResponse"]) == 30
    )


def test_ids_of_request_and_item_together_are_limited(desk):
    item = {"bId": "b" * 15, "Query": "SELECT * FROM Term"}
    assert desk.call("POST", "batch", {"BatchItemRequest": [item]})  # library ids have 36
    with pytest.raises(Refused) as caught:
        desk.call("POST", "batch", {"BatchItemRequest": [item]}, requestid="r" * 36)
    assert caught.value.code == "2050"


@pytest.mark.parametrize("order", ["reversed", "shuffled"])
def test_order_of_a_batch_is_a_switch(desk, ada, order):
    desk.switches.set(batch_order=order)
    items = [(str(n), "create", "Customer", {"DisplayName": f"C{n}"}) for n in range(9)]
    answers = desk.batch(*items, requestid="o-1")
    assert sorted(answers) == [str(n) for n in range(9)]
    assert list(answers) != sorted(answers)
    assert all(answers[str(n)]["Customer"]["DisplayName"] == f"C{n}" for n in range(9))


def test_a_planned_fault_hits_one_item_and_leaves_nothing(desk, ada):
    items = [
        {"bId": str(n), "operation": "create", "Invoice": sale(ada) | {"DocNumber": f"N-{n}"}}
        for n in range(3)
    ]
    answer = desk.call(
        "POST", "batch", {"BatchItemRequest": items}, item_fault={"index": 1, "code": "6190"}
    )
    found = answer["BatchItemResponse"]
    assert ["Fault" in each for each in found] == [False, True, False]
    assert code(found[1]) == "6190"
    assert [each["DocNumber"] for each in desk.all("Invoice")] == ["N-0", "N-2"]


def test_thirty_invoices_for_one_customer_add_up(desk, ada):
    items = [(str(n), "create", "Invoice", sale(ada) | {"DocNumber": f"N-{n}"}) for n in range(30)]
    answers = desk.batch(*items)
    assert [each["Invoice"]["DocNumber"] for each in answers.values()] == [
        f"N-{n}" for n in range(30)
    ]
    assert desk.get("Customer", ada["Id"])["Balance"] == Decimal("3000.00")


def test_a_repeated_request_is_answered_the_same_and_done_once(desk, ada):
    first = desk.send("POST", "invoice", sale(ada), requestid="r-1")
    desk.clock.advance(600)
    assert desk.send("POST", "invoice", sale(ada), requestid="r-1") == first
    assert len(desk.all("Invoice")) == 1
    assert desk.send("POST", "invoice", sale(ada), requestid="r-2") != first
    assert len(desk.all("Invoice")) == 2


def test_a_repeated_batch_is_answered_the_same(desk, ada):
    body = {"BatchItemRequest": [{"bId": "1", "operation": "create", "Invoice": sale(ada)}]}
    first = desk.send("POST", "batch", body, requestid="r-1")
    assert desk.send("POST", "batch", body, requestid="r-1") == first
    assert len(desk.all("Invoice")) == 1


def test_request_ids_belong_to_a_company(desk, ada):
    desk.send("POST", "invoice", sale(ada), requestid="r-1")
    desk.realm_id = desk.ledger.create_company(variant="us").realm_id
    before = len(desk.all("Invoice"))
    desk.send("POST", "invoice", sale({"Id": "1"}), requestid="r-1")
    assert len(desk.all("Invoice")) == before + 1


def test_a_repeat_of_a_refused_request_is_refused_again_or_run_by_switch(desk, ada):
    body = sale(ada) | {"DocNumber": "N-1"}
    invoice = desk.invoice(ada, DocNumber="N-1")
    first = desk.send("POST", "invoice", body, requestid="r-1")
    assert first.status == 400
    desk.delete("Invoice", invoice)
    assert desk.send("POST", "invoice", body, requestid="r-1") == first
    desk.switches.set(requestid_failed="run_again")
    assert desk.send("POST", "invoice", body, requestid="r-1").status == 200


def test_an_id_with_another_body_replays_or_is_refused_by_switch(desk, ada):
    first = desk.send("POST", "invoice", sale(ada), requestid="r-1")
    assert desk.send("POST", "invoice", sale(ada, "5.00"), requestid="r-1") == first
    desk.switches.set(requestid_other_body="refuse")
    assert desk.send("POST", "invoice", sale(ada, "5.00"), requestid="r-1").status == 400
    assert desk.send("POST", "invoice", sale(ada), requestid="r-1") == first
    assert len(desk.all("Invoice")) == 1


def test_request_ids_may_be_ignored_or_forgotten(desk, ada):
    desk.switches.set(requestid_seconds=3600)
    desk.send("POST", "invoice", sale(ada), requestid="r-1")
    desk.clock.advance(3601)
    desk.send("POST", "invoice", sale(ada), requestid="r-1")
    assert len(desk.all("Invoice")) == 2
    desk.switches.set(requestid="ignored")
    desk.send("POST", "invoice", sale(ada), requestid="r-1")
    assert len(desk.all("Invoice")) == 3


def test_a_request_id_has_at_most_fifty_characters(desk, ada):
    assert desk.send("POST", "invoice", sale(ada), requestid="r" * 50).status == 200
    answer = desk.send("POST", "invoice", sale(ada), requestid="r" * 51)
    assert parse_json(answer.body)["Fault"]["Error"][0]["code"] == "2050"


def test_reads_are_not_remembered(desk, ada):
    text = b"SELECT count(*) FROM Invoice"
    desk.send("POST", "query", text, requestid="r-1")
    desk.invoice(ada)
    again = parse_json(desk.send("POST", "query", text, requestid="r-1").body)
    assert again["QueryResponse"] == {"totalCount": 1}


def since(desk, entities, moment):
    answer = desk.call("GET", "cdc", entities=entities, changedSince=moment)
    assert set(answer) == {"CDCResponse", "time"}
    return answer["CDCResponse"][0]["QueryResponse"]


def test_changes_since_a_moment(desk, ada):
    old, gone = desk.invoice(ada), desk.invoice(ada)
    desk.clock.advance(3600)
    moment = "2026-03-20T12:00:00-07:00"
    new = desk.invoice(ada)
    desk.delete("Invoice", gone)
    invoices, customers = since(desk, "Invoice,customer", moment)
    assert {row["Id"]: row.get("status") for row in invoices["Invoice"]} == {
        new["Id"]: None,
        gone["Id"]: "Deleted",
    }
    assert (invoices["startPosition"], invoices["maxResults"]) == (1, 2)
    assert next(row for row in invoices["Invoice"] if row["Id"] == new["Id"]) == new
    assert customers == {}  # a moved balance is no change of the customer
    payment = desk.payment(ada, "10.00", (old, "10.00"))
    (found,) = since(desk, "Invoice", moment)
    assert old["Id"] in {row["Id"] for row in found["Invoice"]}
    assert payment["Id"] in {row["Id"] for row in since(desk, "Payment", moment)[0]["Payment"]}


def test_changes_long_ago_are_given_or_refused_by_switch(desk, ada):
    assert since(desk, "Customer", "2011-10-10T09:00:00-07:00")[0]["Customer"][0]["Id"] == ada["Id"]
    desk.switches.set(cdc_look_back="refuse")
    with pytest.raises(Refused):
        since(desk, "Customer", "2011-10-10T09:00:00-07:00")


@pytest.mark.parametrize(
    ("entities", "moment", "expected"),
    [
        ("", "2026-01-01", "2020"),
        ("Invoice", "", "2020"),
        ("Nothing", "2026-01-01", "4001"),
        ("Invoice", "lately", "4001"),
        ("TaxCode", "2026-01-01", "4001"),
    ],
)
def test_faults_of_change_data_capture(desk, entities, moment, expected):
    with pytest.raises(Refused) as caught:
        since(desk, entities, moment)
    assert caught.value.code == expected


def test_changes_stop_at_a_thousand(desk):
    for start in range(0, 1020, 30):
        desk.batch(
            *[
                (str(n), "create", "Term", {"Name": f"T{n}", "DueDays": 1})
                for n in range(start, start + 30)
            ]
        )
    (found,) = since(desk, "Term", "2026-01-01")
    assert (len(found["Term"]), found["maxResults"]) == (1000, 1000)


def test_listeners_hear_of_each_change_after_it_is_kept(desk, ada):
    heard = []
    desk.ledger.on_change = lambda *event: heard.append(event[:4])
    invoice = desk.invoice(ada)
    payment = desk.payment(ada, "100.00", (invoice, "100.00"))
    desk.void("Payment", payment)
    desk.delete("Invoice", desk.get("Invoice", invoice["Id"]))
    with pytest.raises(Refused):
        desk.invoice(ada, DocNumber="9" * 30)
    realm = desk.realm_id
    assert heard == [
        (realm, "Invoice", invoice["Id"], "Create"),
        (realm, "Invoice", invoice["Id"], "Update"),
        (realm, "Payment", payment["Id"], "Create"),
        (realm, "Invoice", invoice["Id"], "Update"),
        (realm, "Payment", payment["Id"], "Void"),
        (realm, "Invoice", invoice["Id"], "Delete"),
    ]
