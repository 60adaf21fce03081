"""Lists are read whole, whatever order equal times come in and whatever changes meanwhile."""

import math
import random
import re
from datetime import UTC, datetime, timedelta

import pytest

from sync.quickbooks.lists import ListIncomplete, read_whole

START = datetime(2026, 5, 1, 10, tzinfo=UTC)
BOUND = re.compile(r"MetaData\.LastUpdatedTime (>=|<) '([^']+)'")


class Company:
    """A company with one list; `between` is called after each request, and may change it."""

    def __init__(self, stamps, *, names=None, seed=1, between=None):
        self.random, self.between = random.Random(seed), between or (lambda _company: None)
        self.now, self.asked, self.rows = START + timedelta(days=9), 0, {}
        for number, stamp in enumerate(stamps):
            self.put(str(number), stamp, f"{names or 'Name '}{'' if names else number}")

    def put(self, qbo_id, stamp=None, name="New"):
        self.rows[qbo_id] = {
            "Id": qbo_id,
            "DisplayName": name,
            "MetaData": {"LastUpdatedTime": (stamp or self.now).isoformat()},
        }

    def page(self, entity, start, where="", order_by="", size=1000):
        found = self._found(where)
        self.random.shuffle(found)
        if order_by == "MetaData.LastUpdatedTime":
            found.sort(key=lambda row: row["MetaData"]["LastUpdatedTime"])
        else:
            assert order_by in {"DisplayName", "TxnDate", "TotalAmt"}
            found.sort(key=lambda row: row["DisplayName"])
        self._answered()
        return found[start - 1 : start - 1 + size]

    def count(self, entity, where=""):
        found = len(self._found(where))
        self._answered()
        return found

    @property
    def answered_at(self):
        return self.now

    def _found(self, where):
        rows = list(self.rows.values())
        for operator, text in BOUND.findall(where):
            bound, is_lower = datetime.fromisoformat(text).isoformat(), operator == ">="
            rows = [r for r in rows if (r["MetaData"]["LastUpdatedTime"] >= bound) is is_lower]
        return rows

    def _answered(self):
        self.asked += 1
        self.now += timedelta(seconds=1)
        self.between(self)


def read(company, entity="Customer", **more):
    return {row["Id"]: row for row in read_whole(company, entity, **more)}


def seconds(number):
    return [START + timedelta(seconds=n) for n in range(number)]


def test_one_page_is_one_request():
    company = Company(seconds(999))
    assert read(company) == company.rows
    assert company.asked == 1


@pytest.mark.parametrize("number", [1000, 1001, 5000])
def test_long_list_is_read_in_few_requests(number):
    company = Company(seconds(number))
    assert read(company) == company.rows
    assert company.asked <= math.ceil(number / 1000) + 5


@pytest.mark.long
def test_fifty_thousand_are_read_in_few_requests():
    company = Company(seconds(50_000))
    assert read(company).keys() == company.rows.keys()
    assert company.asked <= 50 + 5


@pytest.mark.long
def test_fifty_thousand_of_one_time_are_read_whole():
    company = Company([START] * 50_000)
    assert read(company).keys() == company.rows.keys()
    assert company.asked <= 50 + 10


def test_rows_of_one_time_and_of_equal_names_are_read_in_turns_until_all_are_known():
    company = Company([START] * 2500)
    for number, row in enumerate(company.rows.values()):
        row["DisplayName"] = f"Day {number // 137}"
    assert read(company).keys() == company.rows.keys()


def test_times_that_many_rows_share_are_read_whole():
    company = Company([START + timedelta(seconds=n // 700) for n in range(5000)])
    assert read(company).keys() == company.rows.keys()


def test_what_cannot_be_told_apart_at_all_is_incomplete_after_a_while():
    company = Company([START] * 5000, names="Equal")
    with pytest.raises(ListIncomplete, match="LIST_INCOMPLETE"):
        read(company)
    assert company.asked < 60


def coming(company):
    if company.asked < 12:
        company.put(f"new {company.asked}")


def going(company):
    if company.asked < 6:
        company.rows.pop(next(iter(company.rows)))


def changing(company):
    if company.asked < 6:
        company.put(company.random.choice(list(company.rows)), name="Changed")


def all_three(company):
    for act in (coming, going, changing):
        act(company)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("plan", [coming, going, changing, all_three])
@pytest.mark.parametrize("stamps", [seconds(4000), [START] * 4000], ids=["distinct", "equal"])
def test_rows_that_come_go_and_change_are_neither_missed_nor_made_up(stamps, plan, seed):
    company = Company(stamps, seed=seed, between=plan)
    assert read(company) == company.rows


def test_a_restless_list_is_incomplete_and_yields_nothing():
    def restless(company):
        company.rows.pop(next(iter(company.rows)))
        company.put(f"new {company.asked}")

    company = Company([START] * 3000, between=restless)
    rows = read_whole(company, "Customer")
    with pytest.raises(ListIncomplete) as raised:
        next(rows)
    assert "nothing was concluded" in raised.value.fault.words
    assert company.asked < 100


def test_only_what_is_wanted_is_held_and_only_what_changed_since_is_read():
    company = Company(seconds(3000))
    rows = read(company, since=START + timedelta(seconds=1500), wanted=lambda r: r["Id"] != "1700")
    assert rows.keys() == {str(n) for n in range(1500, 3000)} - {"1700"}
