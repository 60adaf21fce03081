"""Which of theirs one of ours may be: what is certain, and what a person must look at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.exports.customers import matching
from sync.exports.customers.matching import Ours, Theirs, match, words_of
from sync.quickbooks.documents import email_key, name_key, phone_key

SMITH = Theirs(pk=1, name_key="jan smith", email="jan@example.com", phone="3125550100")


def theirs(pk=1, name="Jan Smith", **more):
    return Theirs(pk=pk, name_key=name_key(name), **more)


@pytest.mark.parametrize(
    ("ours", "agrees"),
    [
        (Ours("Jan Smith"), ("name",)),
        (Ours("  JAN smith "), ("name",)),
        (Ours("Jan Smith", "Jan@Example.com", "(312) 555-9999"), ("name", "email")),
        (Ours("Jan Smith", "other@example.com", "+1 312-555-0100"), ("name", "phone")),
        (Ours("Jan Smith", "jan@example.com", "312.555.0100"), ("name", "email", "phone")),
        (Ours("Jan Smith", city="Dallas"), ("name",)),
    ],
)
def test_one_of_the_same_name_that_nothing_contradicts_is_certain(ours, agrees):
    found = match(ours, [SMITH])
    assert (found.best.theirs, found.best.agrees, found.doubt) == (SMITH, agrees, "")


@pytest.mark.parametrize(
    ("ours", "candidates", "doubt"),
    [
        (Ours("J. Smith", "jan@example.com"), [SMITH], matching.OTHER_NAME),
        (Ours("J. Smith", phone="13125550100"), [SMITH], matching.OTHER_NAME),
        (Ours("Jan Smith", "other@example.com"), [SMITH], matching.OTHER_CONTACT),
        (Ours("Jan Smith", phone="3125559999"), [SMITH], matching.OTHER_CONTACT),
        (Ours("Jan Smith"), [SMITH, theirs(2)], matching.SEVERAL),
        (
            Ours("Jan Smith", "x@example.com"),
            [theirs(1), theirs(2, "X", email="x@example.com")],
            matching.SEVERAL,
        ),
        (Ours("Jan Smith"), [theirs(active=False)], matching.INACTIVE),
        (Ours("Jan Smith"), [theirs(held_in=frozenset({1}))], matching.HELD),
        (
            Ours("Jan Smith", currency="USD"),
            [theirs(currency="CAD")],
            "It is kept in CAD there, and this one is in USD.",
        ),
        (
            Ours("Jan Smith", "jan@example.com", city="Dallas"),
            [theirs(email="jan@example.com", city="Austin")],
            "It is in Austin there, and this one in Dallas: it may be somebody else.",
        ),
    ],
)
def test_everything_else_is_put_to_a_person_with_the_reason(ours, candidates, doubt):
    assert match(ours, candidates).doubt == doubt


def test_a_sub_customer_is_known_by_its_full_name():
    unit_4 = theirs(1, "Unit 4", full_key="smith properties:unit 4")
    found = match(Ours("Smith Properties:Unit 4"), [unit_4])
    assert (found.best.agrees, found.doubt) == (("full name",), "")


@pytest.mark.parametrize(
    "ours",
    [Ours("Ann Lee"), Ours("Ann Lee", "ann@example.com", "3125559999"), Ours("J", phone="555")],
)
def test_what_agrees_in_nothing_is_no_match(ours):
    assert match(ours, [SMITH, theirs(2, "Unit 4", full_key="")]) is None


def test_the_best_comes_first():
    by_mail = theirs(1, "Other", email="jan@example.com")
    by_name = theirs(2)
    gone = theirs(3, active=False)
    found = match(Ours("Jan Smith", "jan@example.com"), [gone, by_mail, by_name])
    assert [c.theirs.pk for c in found.candidates] == [2, 1, 3]


@pytest.mark.parametrize(
    ("agrees", "words"),
    [
        (("name",), "same name"),
        (("name", "email"), "same name and e-mail"),
        (("full name", "email", "phone"), "same full name, e-mail and phone"),
        (("phone",), "same phone, other name"),
        (("email", "phone"), "same e-mail and phone, other name"),
    ],
)
def test_what_a_match_rests_on_in_words(agrees, words):
    assert words_of(agrees) == words


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("+1 (312) 555-0100", "3125550100"),
        ("312.555.0100", "3125550100"),
        ("044 668 18 00", "0446681800"),
        ("555-01", ""),
        ("", ""),
    ],
)
def test_a_phone_is_compared_by_its_digits(written, key):
    assert phone_key(written) == key


names = st.sampled_from(["Ann Lee", "ANN LEE", "Bo Ek", "Cy:Dee", "Dee"])
emails = st.sampled_from(["", "ann@example.com", "Bo@example.com"])
phones = st.sampled_from(["", "312-555-0100", "+13125550100", "3125550111"])
everyone = st.lists(
    st.builds(
        lambda name, email, phone, active, held, currency: (
            name, email, phone, active, held, currency
        ),
        names, emails, phones, st.booleans(), st.booleans(), st.sampled_from(["", "USD", "CAD"]),
    ),
    max_size=6,
)  # fmt: skip


@given(st.builds(Ours, names, emails, phones, st.sampled_from(["", "USD"])), everyone)
def test_certain_is_only_one_of_the_same_name_that_may_be_used(ours, rows):
    candidates = [
        Theirs(pk, name_key(name), "", email_key(email), phone_key(phone), currency, active, held)
        for pk, (name, email, phone, active, held, currency) in enumerate(rows)
    ]
    found = match(ours, candidates)
    agreeing = [
        each
        for each in candidates
        if each.name_key == name_key(ours.name)
        or (each.email and each.email == email_key(ours.email))
        or (each.phone and each.phone == phone_key(ours.phone))
    ]
    assert {c.theirs for c in found.candidates} == set(agreeing) if found else not agreeing
    if found and not found.doubt:
        [only] = agreeing
        assert only.name_key == name_key(ours.name)
        assert only.active
        assert not only.is_held
        assert not (ours.currency and only.currency) or ours.currency == only.currency
