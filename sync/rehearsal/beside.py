"""Both sides of a month in one file, so that memory does not grow: sums, pairs, differences.

Amounts are kept in whole cents.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from pathlib import Path

from sync.quickbooks.documents import Group, Posting, name_key

_TABLES = """
CREATE TABLE posting (
    id INTEGER PRIMARY KEY, side INTEGER, entity TEXT, qbo_id TEXT, is_sale INTEGER, number TEXT,
    number_key TEXT, invoice TEXT, invoice_key TEXT, pays TEXT, customer TEXT, customer_key TEXT,
    day TEXT, currency TEXT, amount INTEGER, pair INTEGER
);
CREATE INDEX posting_of_document ON posting (side, entity, qbo_id);
CREATE INDEX posting_unpaired ON posting (pair, side);
CREATE TABLE part (posting INTEGER, grp TEXT, key TEXT, amount INTEGER);
CREATE INDEX part_of_posting ON part (posting);
"""
_INSERT = f"INSERT INTO posting VALUES (NULL{', ?' * 14}, NULL)"  # noqa: S608 - places alone
# What two postings have alike that are the same document: the surest first.
_ALIKE = (
    *("number_key amount", "number_key customer_key"),  # sales
    *(
        "invoice_key amount day",
        "invoice_key amount",
        "customer_key amount day",
        "customer_key amount",
    ),
    *("number_key", "invoice_key"),
)
_PAIR = """
CREATE TEMP TABLE open_now AS
    SELECT id, side, is_sale, {columns},
        ROW_NUMBER() OVER (PARTITION BY side, is_sale, {columns} ORDER BY day, number, id) AS place
    FROM posting WHERE pair IS NULL AND {filled};
CREATE INDEX open_by_key ON open_now (side, is_sale, place, {columns});
CREATE TEMP TABLE found AS
    SELECT there.id AS there, here.id AS here FROM open_now there JOIN open_now here
    ON there.side = 0 AND here.side = 1 AND here.is_sale = there.is_sale
        AND here.place = there.place AND {equal};
CREATE UNIQUE INDEX found_here ON found (here);
UPDATE posting SET pair = id WHERE id IN (SELECT there FROM found);
UPDATE posting SET pair = (SELECT there FROM found WHERE here = posting.id)
    WHERE id IN (SELECT here FROM found);
DROP TABLE found;
DROP TABLE open_now;
"""
_SUMS = """
    COALESCE(SUM(CASE WHEN p.side = 0 THEN part.amount END), 0) AS there,
    COALESCE(SUM(CASE WHEN p.side = 1 THEN part.amount END), 0) AS here
    FROM part JOIN posting p ON p.id = part.posting
"""


class Side(IntEnum):
    """Whose books: QuickBooks' own, or those of the rehearsal."""

    THERE = 0
    HERE = 1


@dataclass(frozen=True, slots=True)
class Total:
    """Both sides' sum of one key of a group."""

    group: Group
    key: str
    currency: str
    there: Decimal
    here: Decimal

    @property
    def difference(self) -> Decimal:
        return self.here - self.there


@dataclass(frozen=True, slots=True)
class Named:
    """A document, as it is named: by its number, or that of the invoice it pays."""

    entity: str
    qbo_id: str
    number: str
    invoice: str
    customer: str
    day: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Differing:
    """A document whose amount under one key of a group is another on either side."""

    total: Total
    document: Named
    is_paired: bool
    """Whether both sides have it; else it is among those only one has."""


class Beside:
    """What either side holds, document by document."""

    def __init__(self, file: Path) -> None:
        self._rows = sqlite3.connect(file, isolation_level=None)
        self._rows.executescript(f"PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY; {_TABLES}")

    def close(self) -> None:
        self._rows.close()

    def keep(
        self, side: Side, entity: str, ids: Sequence[str], postings: Iterable[Posting]
    ) -> None:
        """Keep documents as they were just read, in place of what was read of them before."""
        self._rows.execute("BEGIN")
        for qbo_id in ids:
            of = (side, entity, qbo_id)
            self._rows.execute(
                "DELETE FROM part WHERE posting IN (SELECT id FROM posting"
                " WHERE side = ? AND entity = ? AND qbo_id = ?)",
                of,
            )
            self._rows.execute(
                "DELETE FROM posting WHERE side = ? AND entity = ? AND qbo_id = ?", of
            )
        for posting in postings:
            self._insert(side, posting)
        self._rows.execute("COMMIT")

    def forget(self, side: Side, entity: str) -> None:
        """Forget what was read of a kind: it is read anew."""
        of = (side, entity)
        self._rows.execute(
            "DELETE FROM part WHERE posting IN (SELECT id FROM posting WHERE side = ? AND"
            " entity = ?)",
            of,
        )
        self._rows.execute("DELETE FROM posting WHERE side = ? AND entity = ?", of)

    def _insert(self, side: Side, posting: Posting) -> None:
        made = self._rows.execute(
            _INSERT,
            (
                side, posting.entity, posting.qbo_id, posting.is_sale, posting.number,
                name_key(posting.number), posting.invoice,
                name_key(posting.invoice), posting.pays,
                posting.customer, name_key(posting.customer), posting.day, posting.currency,
                _cents(posting.amount),
            ),
        )  # fmt: skip
        self._rows.executemany(
            "INSERT INTO part VALUES (?, ?, ?, ?)",
            [(made.lastrowid, part.group, part.key, _cents(part.amount)) for part in posting.parts],
        )

    def pair(self) -> None:
        """Find what is the same document on both sides, each once, by what they have alike."""
        self._rows.execute(
            "UPDATE posting SET (invoice, invoice_key) = (s.number, s.number_key) FROM posting s"
            " WHERE s.side = posting.side AND s.entity = 'Invoice' AND s.is_sale"
            " AND s.qbo_id = posting.pays AND posting.invoice = '' AND posting.pays <> ''"
        )
        for alike in _ALIKE:
            columns = alike.split()
            self._rows.executescript(
                _PAIR.format(
                    columns=", ".join(columns),
                    filled=" AND ".join(f"{name} <> ''" for name in columns),
                    equal=" AND ".join(f"here.{name} = there.{name}" for name in columns),
                )
            )

    def counts(self, side: Side) -> dict[str, int]:
        """Count the documents of a side by kind."""
        rows = self._rows.execute(
            "SELECT entity, COUNT(DISTINCT qbo_id) FROM posting WHERE side = ? GROUP BY entity"
            " ORDER BY entity",
            (side,),
        )
        return dict(rows.fetchall())

    def totals(self) -> list[Total]:
        """Return the sums of both sides, in the order of the groups."""
        rows = self._rows.execute(
            f"SELECT part.grp, part.key, p.currency, {_SUMS}"
            " GROUP BY part.grp, part.key, p.currency ORDER BY part.key, p.currency"
        )
        order = list(Group)
        return sorted(map(_total, rows), key=lambda total: order.index(total.group))

    def differing(self) -> Iterator[Differing]:
        """Yield each document that differs under some key, key after key."""
        rows = self._rows.execute(
            "WITH cell AS (SELECT part.grp, part.key, p.currency,"  # noqa: S608 - our own words
            " COALESCE(p.pair, p.id) AS document, MAX(p.pair IS NOT NULL) AS is_paired,"
            f"{_SUMS} GROUP BY part.grp, part.key, p.currency, document)"
            " SELECT cell.grp, cell.key, cell.currency, cell.there, cell.here, cell.is_paired,"
            f" {_NAMED} FROM cell JOIN posting p ON p.id = cell.document"
            " WHERE cell.there <> cell.here"
            " ORDER BY cell.grp, cell.key, p.day, p.number_key, p.invoice, p.id"
        )
        for row in rows:
            yield Differing(_total(row[:5]), _named(row[6:]), bool(row[5]))

    def only(self, side: Side) -> Iterator[Named]:
        """Yield what only one side has, in order of day; a sale with its money is named once."""
        rows = self._rows.execute(
            f"SELECT {_NAMED} FROM posting p WHERE p.pair IS NULL AND p.side = ?"  # noqa: S608 - our own words
            " AND (p.is_sale OR NOT EXISTS (SELECT 1 FROM posting s WHERE s.side = p.side AND"
            " s.entity = p.entity AND s.qbo_id = p.qbo_id AND s.is_sale AND s.pair IS NULL))"
            " ORDER BY p.day, p.entity, p.number_key, p.invoice, p.id",
            (side,),
        )
        yield from map(_named, rows)


_NAMED = "p.entity, p.qbo_id, p.number, p.invoice, p.customer, p.day, p.currency, p.amount"


def _cents(amount: Decimal) -> int:
    return int(amount.scaleb(2).to_integral_exact())


def _amount(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2).quantize(Decimal("0.01"))


def _total(row: Sequence[object]) -> Total:
    group, key, currency, there, here = row
    return Total(
        Group(str(group)),
        str(key),
        str(currency),
        _amount(int(str(there))),
        _amount(int(str(here))),
    )


def _named(row: Sequence[object]) -> Named:
    entity, qbo_id, number, invoice, customer, day, currency = map(str, row[:-1])
    amount = _amount(int(str(row[-1])))
    return Named(entity, qbo_id, number, invoice, customer, day, currency, amount)
