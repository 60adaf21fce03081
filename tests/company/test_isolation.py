"""Work is done together, after an unexpected error apart, and what fails alone is left out."""

import sys

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from sync.company.isolation import MANY, Trouble, apart, attempt, together_or_apart
from sync.company.lease import LeaseLost
from sync.company.requests import LookLater
from sync.company.tokens import NotConnected
from sync.models import Customer
from sync.quickbooks.client import OutcomeUnknown
from tests.factories import BusinessUnitFactory, CustomerFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_whole_is_done_once_where_nothing_is_wrong():
    done = []
    tried = together_or_apart([1, 2, 3], done.append)
    assert done == [[1, 2, 3]]
    assert tried.out == []


def test_only_the_row_that_fails_is_out_and_nothing_of_it_is_left():
    unit = BusinessUnitFactory()
    CustomerFactory(business_unit=unit, external_id="2")

    def add(numbers):
        for number in numbers:
            CustomerFactory(business_unit=unit, external_id=f"before {number}")
            CustomerFactory(business_unit=unit, external_id=number)

    with transaction.atomic():
        tried = together_or_apart(["1", "2", "3"], add)
        ours = Customer.objects.order_by("external_id").values_list("external_id", flat=True)
        assert list(ours) == ["1", "2", "3", "before 1", "before 3"]
    [(row, trouble)] = tried.out
    assert row == "2"
    assert isinstance(trouble.error, IntegrityError)
    assert len(tried.done) == 2


def test_a_good_road_costs_one_savepoint_however_many_rows(django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(2):
        together_or_apart(list(range(100)), lambda rows: None)
    with django_assert_num_queries(0):
        together_or_apart(list(range(100)), lambda rows: None)


@pytest.mark.parametrize(
    "error",
    [LeaseLost, NotConnected("ended"), OutcomeUnknown("lost"), OperationalError, InterfaceError],
)
def test_what_is_no_rows_error_goes_on(error):
    def act(_rows):
        raise error

    with pytest.raises(error if isinstance(error, type) else type(error)):
        together_or_apart([1, 2], act)
    with pytest.raises(SystemExit):
        attempt(lambda: sys.exit(1))


def test_what_the_caller_expects_goes_on():
    def act(_row):
        raise LookLater

    with pytest.raises(LookLater):
        apart([1], act, passing=(LookLater,))


def test_that_all_of_many_fail_is_about_none_of_them():
    def act(row):
        raise ValueError(row)

    few, many = apart(range(MANY - 1), act), apart(range(MANY), act)
    assert (few.is_general, many.is_general) == (False, True)
    few.raise_if_general()
    with pytest.raises(ValueError, match="0"):
        many.raise_if_general()


def test_the_log_says_where_and_never_what_it_says(capsys, caplog):
    def act():
        try:
            raise KeyError("Secret Smith")
        except KeyError as before:
            raise ValueError("of 1 Private Road") from before

    trouble = attempt(act, company=7)
    assert isinstance(trouble, Trouble)
    told = caplog.text + capsys.readouterr().out
    assert trouble.id in told
    assert "test_isolation.py" in told
    assert "KeyError" in told
    assert "ValueError" in told
    assert "Secret Smith" not in told
    assert "Private Road" not in told
    assert trouble.id in trouble.words("Retry it.")
    assert "Retry it." in trouble.words("Retry it.")
