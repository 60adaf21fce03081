"""A customer beside one in QuickBooks: the whole of both, and what speaks against it."""

from decimal import Decimal

import pytest

from sync.exports.documents.compared_customers import customer_rows

OURS = {
    "display_name": "Bob Hill",
    "company_name": "",
    "email": "bob@example.com",
    "phone": "(312) 555-0100",
    "address": "1 Main St",
    "city": "Dallas",
    "region": "TX",
    "postal_code": "75201",
    "country": "USA",
}
THEIRS = {
    "Id": "4",
    "DisplayName": "bob hill",
    "PrimaryEmailAddr": {"Address": "Bob@Example.com"},
    "Mobile": {"FreeFormNumber": "312.555.0100"},
    "BillAddr": {"Line1": "1 main  st.", "City": "DALLAS", "PostalCode": "75201"},
    "Balance": Decimal("55.5"),
}


def against(**theirs):
    return {label for label, _, _, differs in customer_rows(OURS, THEIRS | theirs) if differs}


def test_all_of_it_is_shown_and_another_writing_contradicts_nothing():
    assert [row[:3] for row in customer_rows(OURS, THEIRS)] == [
        ("Name", "Bob Hill", "bob hill"),
        ("Sub-customer of", "", ""),
        ("Company", "", ""),
        ("E-mail", "bob@example.com", "Bob@Example.com"),
        ("Phone", "(312) 555-0100", "312.555.0100"),
        ("Address", "1 Main St", "1 main  st."),
        ("City", "Dallas", "DALLAS"),
        ("State or province", "TX", ""),
        ("Postal code", "75201", "75201"),
        ("Country", "USA", ""),
        ("Open balance", "", "55.50"),
    ]
    assert against() == set()


@pytest.mark.parametrize(
    ("theirs", "label"),
    [
        ({"BillAddr": {"City": "Austin"}}, "City"),
        ({"BillAddr": {"Line1": "1 Main St", "Line2": "Unit 4"}}, "Address"),
        ({"BillAddr": {"CountrySubDivisionCode": "CA"}}, "State or province"),
        ({"BillAddr": {"PostalCode": "75202"}}, "Postal code"),
        ({"PrimaryEmailAddr": {"Address": "rob@example.com"}}, "E-mail"),
        ({"Mobile": {"FreeFormNumber": "312 555 0199"}}, "Phone"),
        ({"DisplayName": "Bob Hills"}, "Name"),
        ({"FullyQualifiedName": "Hill Trust:bob hill", "Job": True}, "Sub-customer of"),
        ({"ParentRef": {"value": "9"}}, "Sub-customer of"),
    ],
)
def test_what_differs_on_both_sides_contradicts(theirs, label):
    assert against(**theirs) == {label}


def test_what_only_one_side_knows_contradicts_nothing():
    assert against(BillAddr=None, PrimaryEmailAddr=None, Mobile=None) == set()


def test_a_sub_customer_is_the_one_that_our_name_says():
    ours = OURS | {"display_name": "Hill Trust:Bob Hill"}
    theirs = THEIRS | {"FullyQualifiedName": "Hill Trust:Bob Hill"}
    assert not any(row[3] for row in customer_rows(ours, theirs))
