"""One case for each row of the table, in the words and shapes Intuit was seen to use."""

from __future__ import annotations

import json
import re

import pytest

from sync.quickbooks.answers import Answer, answer_of
from sync.quickbooks.fault_table import TABLE, row_for
from sync.quickbooks.faults import Outcome, fault_of, fault_of_item

THROTTLED = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
UNAUTHENTICATED = "message=AuthenticationFailed; errorCode=003200; statusCode=401"
UNAUTHORISED = "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"


def business(
    code: str, message: str = "", detail: str = "", kind: str = "ValidationFault", element: str = ""
) -> dict:
    error = {"Message": message, "Detail": detail, "code": code, "element": element}
    return {"Fault": {"Error": [error], "type": kind}, "time": "2026-03-01T06:58:50.262-07:00"}


def gateway(code: str, message: str, detail: str | None = None, kind: str = "SERVICE") -> dict:
    error = {"message": message, "detail": detail, "code": code, "element": None}
    return {"warnings": None, "fault": {"error": [error], "type": kind}, "time": 1601391072830}


def answer(status: int, data: dict | bytes) -> Answer:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return answer_of(status, body, "1-tid")


def xml(code: str, message: str, detail: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<IntuitResponse time="x" xmlns="http://schema.intuit.com/finance/v3">'
        f'<Fault type="SERVICE"><Error code="{code}">\n<Message>{message}</Message>\n'
        f"<Detail>{detail}</Detail></Error></Fault></IntuitResponse>"
    ).encode()


ROWS = [
    (
        400,
        "2210",
        "Email Address does not conform to the required format",
        "Email Address does not conform to the required format. Supplied value:bob@localhost",
        "rejected",
        False,
        False,
        "e-mail address",
    ),
    (
        400,
        "2040",
        "Invalid String. The string has an unsupported character",
        "Property Name:GivenName has a colon, tab or newline. Supplied value:A:B",
        "rejected",
        False,
        False,
        "a colon",
    ),
    # status, code, message, detail, outcome, throttled, company-wide, the remedy's own words
    (429, "3001", THROTTLED, "", "unknown", True, False, "waits a minute"),
    (403, "3001", THROTTLED, "", "unknown", True, False, "waits a minute"),
    (400, "9999", THROTTLED, "", "unknown", True, False, "waits a minute"),
    (500, "10000", "An application error has occurred", "", "unknown", False, False, "checks"),
    (502, "", "", "", "unknown", False, False, "checks"),
    (200, "10000", "An application error has occurred", "", "unknown", False, False, "checks"),
    (
        401,
        "120",
        "Authorization Failure",
        "-11014-You do not have access",
        "blocked",
        False,
        True,
        "administrators reconnect",
    ),
    (403, "3100", UNAUTHORISED, "", "blocked", False, True, "keys"),
    (403, "", "", "", "blocked", False, True, "subscription"),
    (401, "3200", UNAUTHENTICATED, "", "reauthorize", False, True, "reconnect the company"),
    (401, "", "", "", "reauthorize", False, True, "reconnect the company"),
    (400, "3200", UNAUTHENTICATED, "", "reauthorize", False, True, "reconnect the company"),
    (400, "130", "Wrong cluster", "", "retry", False, True, "tried again"),
    (400, "140", "Company locked", "", "retry", False, True, "tried again"),
    (400, "150", "Company in maintenance", "", "retry", False, True, "tried again"),
    (400, "600", "RequestId already exists", "", "unknown", False, False, "what became of it"),
    (
        400,
        "6210",
        "Account Period Closed, Cannot Update Through Services API",
        "",
        "blocked",
        False,
        False,
        "closing date",
    ),
    (400, "5010", "Account Period Closed", "", "blocked", False, False, "closing date"),
    (
        400,
        "6190",
        "Invalid Company Status",
        "Subscription period has ended",
        "blocked",
        False,
        True,
        "subscription",
    ),
    (
        400,
        "6140",
        "Duplicate Document Number Error",
        "DocNumber=1042 is assigned to TxnType=Invoice with TxnId=45823",
        "duplicate",
        False,
        False,
        "link to the existing document",
    ),
    (400, "6210", "Duplicate Document Number Error", "", "duplicate", False, False, "number"),
    (400, "6240", "Duplicate Document Number Error", "", "duplicate", False, False, "number"),
    (
        400,
        "6240",
        "Duplicate Name Exists Error",
        "The name supplied already exists. : null",
        "duplicate",
        False,
        False,
        "another name",
    ),
    (
        400,
        "610",
        "Object Not Found",
        "Something you're trying to use has been made inactive.",
        "blocked",
        False,
        False,
        "active again",
    ),
    (
        400,
        "610",
        "Object Not Found",
        "Another user has deleted this transaction",
        "rejected",
        False,
        False,
        "deleted",
    ),
    (
        400,
        "2500",
        "Invalid Reference Id",
        "Accounts element id 7 not found",
        "blocked",
        False,
        False,
        "mappings",
    ),
    (400, "6100", "TaxCode must be TAX or NON", "", "blocked", False, False, "tax mappings"),
    (400, "5010", "Stale Object Error", "You and X", "retry", False, False, "read again"),
    (400, "2020", "Required param missing", "", "rejected", False, False, "add what is missing"),
    (400, "2050", "String length", "Max:21", "rejected", False, False, "shorten"),
    (400, "2240", "Number out of range", "", "rejected", False, False, "Correct the amount"),
    (400, "6070", "Amount is not equal to UnitPrice * Qty", "", "rejected", False, False, "line"),
    (400, "6270", "Transaction date is prior", "", "rejected", False, False, "start date"),
    (400, "6540", "Deposited Transaction", "", "rejected", False, False, "bank deposit"),
    (400, "6000", "A business validation error", "", "rejected", False, False, "forbids"),
    *(
        (400, code, "", "", "rejected", False, False, "whoever runs this system")
        for code in ("500", "2010", "2030", "2170", "4000", "4001")
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}-{row[2][:20]}")
def test_row(row):
    status, code, message, detail, outcome, throttled, company_wide, remedy = row
    fault = fault_of(answer(status, business(code, message, detail)))
    assert (fault.outcome, fault.throttled, fault.company_wide) == (
        outcome,
        throttled,
        company_wide,
    )
    # A number that is taken is kept under one code, whichever Intuit gave.
    is_number = outcome == "duplicate" and "number" in fault.words
    assert (fault.status, fault.code, fault.message, fault.detail) == (
        status,
        "6140" if is_number else code,
        message,
        detail,
    )
    assert remedy in fault.words
    assert not fault.unlisted
    assert fault.intuit_tid == "1-tid"


def test_every_row_of_the_table_has_a_case():
    reached = {
        id(row_for(status, code, f"{words} {more}")) for status, code, words, more, *_ in ROWS
    }
    assert reached == {id(row) for row in TABLE}


def test_every_row_tells_a_bookkeeper_what_to_do():
    for row in TABLE:
        first, *rest = re.split(r"(?<=\.) ", row.words)
        assert first.endswith("."), row.words
        assert rest, row.words
        assert not re.search(r"JSON|HTTP|API|payload|null|token", row.words), row.words


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("code", sorted({row[1] for row in ROWS if row[0] == 400}))
def test_batch_item_means_what_the_single_write_means(status, code):
    message, detail = next((row[2], row[3]) for row in ROWS if row[:2] == (400, code))
    single = fault_of(answer(400, business(code, message, detail)))
    item = {"bId": "1"} | business(code, message, detail)
    fault = fault_of_item(item, answer(status, {"BatchItemResponse": [item]}))
    assert (fault.outcome, fault.words) == (single.outcome, single.words)


@pytest.mark.parametrize(
    "body",
    [
        xml("3001", THROTTLED, "The request limit was reached.  Try again later"),
        json.dumps(business("3001", THROTTLED, kind="SERVICE")).encode(),
        json.dumps(business("003001", THROTTLED)).encode(),
        json.dumps(gateway("3001", THROTTLED)).encode(),
        b"",
        b"<html>Too many</html>",
    ],
    ids=["xml", "upper", "padded", "lower", "empty", "html"],
)
def test_throttle_in_every_form_is_unknown(body):
    fault = fault_of(answer(429, body))
    assert (fault.outcome, fault.throttled, fault.unlisted) == (Outcome.UNKNOWN, True, False)


def test_xml_is_read_where_json_was_asked_for():
    detail = "The request limit was reached.  Try again later"
    fault = fault_of(answer(403, xml("3001", THROTTLED, detail)))
    assert (fault.code, fault.message, fault.detail) == ("3001", THROTTLED, detail)
    assert fault.throttled


def test_xml_that_could_grow_is_not_opened():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x><Fault><Error code="6140"/></Fault></x>'
    fault = fault_of(answer(400, bomb))
    assert (fault.outcome, fault.code, fault.unlisted) == (Outcome.REJECTED, "", True)


def test_lower_case_gateway_fault_is_read():
    fault = fault_of(answer(403, gateway("3100", UNAUTHORISED)))
    assert (fault.outcome, fault.code, fault.message) == (Outcome.BLOCKED, "3100", UNAUTHORISED)
    assert (fault.detail, fault.element) == ("", "")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 409, 302, 100])
@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"{}"])
def test_status_that_leaves_it_open_is_unknown(status, body):
    fault = fault_of(answer(status, body))
    assert (fault.outcome, fault.unlisted) == (Outcome.UNKNOWN, False)


@pytest.mark.parametrize("code", ["120", "3100", "3200", "6140", "6000", "2010", "4711"])
def test_server_error_is_unknown_whatever_its_body_says(code):
    fault = fault_of(answer(500, business(code, "Duplicate Document Number Error")))
    assert fault.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [400, 402, 404, 405, 413, 415, 422])
@pytest.mark.parametrize("body", [b"", b"<html>no</html>", business("4711", "Something new")])
def test_definite_refusal_not_in_the_table_is_rejected_but_looked_up_first(status, body):
    fault = fault_of(answer(status, body))
    assert (fault.outcome, fault.unlisted) == (Outcome.REJECTED, True)


@pytest.mark.parametrize(
    ("code", "kind", "outcome", "unlisted"),
    [
        ("4711", "ValidationFault", Outcome.REJECTED, True),
        ("4711", "", Outcome.REJECTED, True),
        ("4711", "SystemFault", Outcome.UNKNOWN, False),
        ("4711", "SERVICE", Outcome.UNKNOWN, False),
        ("12000", "ValidationFault", Outcome.UNKNOWN, False),
        ("", "ValidationFault", Outcome.UNKNOWN, False),
    ],
)
def test_unlisted_fault_of_an_item_is_believed_only_where_it_is_a_validation(
    code, kind, outcome, unlisted
):
    item = {"bId": "1"} | business(code, "Something new", kind=kind)
    fault = fault_of_item(item, answer(200, {"BatchItemResponse": [item]}))
    assert (fault.outcome, fault.unlisted) == (outcome, unlisted)


@pytest.mark.parametrize("fault", [{}, {"Error": []}, {"Error": None}, {"type": "X"}, ["odd"]])
def test_empty_fault_of_an_item_is_unknown_or_no_fault(fault):
    item = {"bId": "1", "Fault": fault}
    found = fault_of_item(item, answer(200, {"BatchItemResponse": [item]}))
    assert found is None if not fault else found.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("body", [b"", b"<html>hello</html>", b"[]", b'"x"', b"{", b"[" * 100000])
def test_success_that_cannot_be_read_is_unknown(body):
    fault = fault_of(answer(200, body))
    assert (fault.outcome, fault.unlisted) == (Outcome.UNKNOWN, False)


def test_success_is_no_fault():
    assert fault_of(answer(200, {"Invoice": {"Id": "1"}})) is None
    assert fault_of(answer(200, {"QueryResponse": {}, "fault": None})) is None
    item = {"bId": "1", "Invoice": {"Id": "1"}}
    assert fault_of_item(item, answer(200, {"BatchItemResponse": [item]})) is None


def test_fault_inside_a_200_is_a_fault():
    fault = fault_of(answer(200, business("6140", "Duplicate Document Number Error")))
    assert (fault.outcome, fault.status) == (Outcome.DUPLICATE, 200)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_gravest_of_several_errors_decides(is_reversed):
    data = business("6140", "Duplicate Document Number Error")
    data["Fault"]["Error"].append({"Message": "An application error", "code": "10000"})
    if is_reversed:
        data["Fault"]["Error"].reverse()
    fault = fault_of(answer(400, data))
    assert (fault.outcome, fault.code) == (Outcome.UNKNOWN, "10000")


def test_element_is_kept():
    fault = fault_of(answer(400, business("2050", "String length", element="DocNumber")))
    assert fault.element == "DocNumber"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Token expired: AB01", "Token expired: [removed]"),
        ("Token expired: AB01163712987x0aBcDeFgHiJkLmNoPqRsTuVw", "Token expired: [removed]"),
        ("bad Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIi.c2ln", "bad [removed]"),
        ("see eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.abc.def now", "see [removed] now"),
        ("access_token=abc; x", "access_token=[removed]; x"),
        (UNAUTHENTICATED, UNAUTHENTICATED),
        (
            'Unrecognized field "BadJson" (class com.intuit.schema.finance.v3.Invoice)',
            'Unrecognized field "BadJson" (class com.intuit.schema.finance.v3.Invoice)',
        ),
        (
            "DocNumber=O0010714 is assigned to TxnType=Invoice with TxnId=45823",
            "DocNumber=O0010714 is assigned to TxnType=Invoice with TxnId=45823",
        ),
    ],
)
def test_what_looks_like_a_token_is_taken_out_of_intuits_words(said, kept):
    fault = fault_of(answer(401, gateway("3200", said, said)))
    assert (fault.message, fault.detail) == (kept, kept)


def test_detail_which_may_name_people_is_not_shown():
    fault = fault_of(answer(400, business("5010", "Stale Object Error", "You and Ann Lee")))
    assert "Ann Lee" not in repr(fault)
    assert fault.detail == "You and Ann Lee"


def test_body_is_not_shown():
    assert "Ann Lee" not in repr(answer(200, {"Customer": {"DisplayName": "Ann Lee"}}))
