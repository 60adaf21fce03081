"""A document being made or changed, and the checks every transaction passes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document, ref_value
from sync.simulator.ledger.books.currencies import currency, rate_on
from sync.simulator.ledger.books.money import currency_ref
from sync.simulator.wire import Json

NUMBERED = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Purchase")
ADDRESSES = ("BillAddr", "ShipAddr", "PrimaryAddr")
DUPLICATES_ALLOWED = "allowduplicatedocnum"


@dataclass(slots=True)
class Draft:
    """What a document will be: `body` may be changed freely; `given` is what the client sent."""

    kind: str
    body: Json
    given: Json
    old: Document | None = None
    hidden: Json = field(default_factory=dict)
    include: frozenset[str] = frozenset()

    def default(self, **values: object) -> None:
        """Set properties that are missing."""
        for name, value in values.items():
            if self.body.get(name) is None:
                self.body[name] = value

    def require(self, *names: str) -> None:
        """Refuse the request where one of these is missing."""
        for name in names:
            if self.body.get(name) in (None, []):
                raise faults.required(name)


def check_feature(
    books: Books, draft: Draft, names: Iterable[str], section: str, flag: str
) -> None:
    """Refuse, or drop where the switch says so, what a preference has not turned on."""
    used = [name for name in names if draft.body.get(name)]
    if not used or books.preference(section, flag):
        return
    if books.switches.disabled_features == "refuse":
        raise faults.business(f"{used[0]} needs the company preference {section}.{flag}.")
    for name in used:
        draft.body.pop(name)


def check_open(books: Books, *days: str | None) -> None:
    """Refuse a document dated in closed books."""
    if any(day is not None and is_closed(books, day) for day in days):
        raise faults.closed_period()


def is_closed(books: Books, day: str) -> bool:
    """Whether the books are closed for a day."""
    closed = books.preference("AccountingInfoPrefs", "BookCloseDate")
    return bool(closed) and day <= closed


def check_email(address: str) -> None:
    """Refuse an address without an at sign and a dot; several are separated by commas."""
    for part in address.split(","):
        if "@" not in part or "." not in part:
            raise faults.bad_email(address)


def complete_header(books: Books, draft: Draft) -> None:
    """Give a transaction its date, number, currency and location, and check them."""
    draft.default(TxnDate=books.today.isoformat())
    check_open(books, draft.body["TxnDate"], draft.old.body["TxnDate"] if draft.old else None)
    check_feature(books, draft, ["DepartmentRef"], "AccountingInfoPrefs", "TrackDepartments")
    set_currency(books, draft)
    if draft.kind in NUMBERED:
        set_number(books, draft)


def set_currency(books: Books, draft: Draft) -> None:
    """Settle currency and rate: the party's currency, or the home currency."""
    code = ref_value(draft.body, "CurrencyRef")
    if not books.multicurrency:
        if code not in (None, books.home_currency):
            raise faults.business("Multicurrency must be turned on to use another currency.")
        draft.body.pop("ExchangeRate", None)
        draft.body["CurrencyRef"] = currency_ref(books.home_currency)
        return
    code = code or _party_currency(books, draft) or books.home_currency
    draft.body["CurrencyRef"] = currency_ref(code)
    if code != books.home_currency:
        currency(books, code)
    rate = draft.body.get("ExchangeRate")
    if code == books.home_currency or not rate:
        draft.body["ExchangeRate"] = _rate(books, code, draft.body["TxnDate"])
    elif rate < 0:
        raise faults.out_of_range("ExchangeRate")


def _party_currency(books: Books, draft: Draft) -> str | None:
    customer = ref_value(draft.body, "CustomerRef")
    party = books.get("Customer", customer) if customer else None
    return ref_value(party.body, "CurrencyRef") if party else None


def _rate(books: Books, code: str, day: str) -> Decimal:
    """The rate of a document that names none."""
    asks = code != books.home_currency and books.switches.missing_rate == "of_the_day"
    found = rate_on(books, code, day) if asks else None
    return Decimal(found.body["Rate"]) if found else Decimal(1)


def check_customer_currency(books: Books, draft: Draft) -> None:
    """Refuse a document in another currency than its customer's."""
    theirs = _party_currency(books, draft)
    if theirs is not None and ref_value(draft.body, "CurrencyRef") != theirs:
        raise faults.business("The transaction's currency is not the currency of the customer.")


def set_number(books: Books, draft: Draft) -> None:
    """Give a document its number as the company's preference says, and refuse a taken one."""
    number = draft.body.get("DocNumber")
    custom = books.preference("SalesFormsPrefs", "CustomTxnNumbers") or draft.kind == "Purchase"
    automatic = number == "AUTO_GENERATE" or draft.body.get("AutoDocNumber")
    if automatic or (number is None and not custom):
        draft.body["DocNumber"] = _next_number(books, draft.kind)
    elif number is not None and custom and DUPLICATES_ALLOWED not in draft.include:
        _refuse_taken(books, draft, number)
    draft.body.pop("AutoDocNumber", None)
    if draft.body.get("DocNumber") and draft.kind != "Purchase":
        books.set_sequence("number", draft.body["DocNumber"])


def _refuse_taken(books: Books, draft: Draft, number: str) -> None:
    if draft.old and draft.old.number == number.casefold():
        return
    kinds = NUMBERED if books.switches.doc_number_scope == "all" else (draft.kind,)
    for kind in kinds:
        other = books.numbered(kind, number)
        if other is not None and other.id != (draft.old and draft.old.id):
            raise faults.duplicate_number(number, kind, other.id)


def _next_number(books: Books, kind: str) -> str:
    number = books.sequence("number") or "1000"
    while True:
        number = _increment(number)
        if books.numbered(kind, number) is None:
            return number


def _increment(number: str) -> str:
    digits = len(number) - len(number.rstrip("0123456789"))
    if not digits:
        return f"{number}1"
    stem, tail = number[:-digits], number[-digits:]
    return f"{stem}{int(tail) + 1:0{digits}d}"


def number_addresses(books: Books, draft: Draft) -> None:
    """Give new addresses an id; one that is changed keeps its own."""
    for name in ADDRESSES:
        address = draft.body.get(name)
        if address is not None and "Id" not in address:
            old = (draft.old.body.get(name) or {}) if draft.old else {}
            draft.body[name] = {"Id": old.get("Id") or books.next_id("Address")} | address


def number_lines(draft: Draft, lines: list[Json]) -> None:
    """Give new lines the next line ids; ids a client made up do not count."""
    old_ids = {line.get("Id") for line in draft.old.body.get("Line", [])} if draft.old else set()
    last = int(draft.hidden.get("line", 0))
    for position, line in enumerate(lines, 1):
        if line.get("Id") not in old_ids or line.get("Id") is None:
            last += 1
            line["Id"] = str(last)
        line["LineNum"] = position
    draft.hidden["line"] = last


def due_date(books: Books, body: Json, term_id: str | None) -> str:
    """The day a document is due under its term, else under the company's default term."""
    issued = date.fromisoformat(body["TxnDate"])
    default = books.preference("SalesFormsPrefs", "DefaultTerms") or {}
    term_id = term_id or default.get("value")
    term = books.get("Term", term_id) if term_id else None
    if term is None:
        return issued.isoformat()
    if "DayOfMonthDue" in term.body:
        return _day_of_month(issued, term.body)
    return date.fromordinal(issued.toordinal() + int(term.body.get("DueDays", 0))).isoformat()


def _day_of_month(issued: date, term: Json) -> str:
    day = min(int(term["DayOfMonthDue"]), 28)
    near = int(term.get("DueNextMonthDays", 0))
    due = issued.replace(day=day)
    if due < issued or (due - issued).days < near:
        year, month = divmod(issued.year * 12 + issued.month, 12)
        due = date(year, month + 1, day)
    return due.isoformat()
