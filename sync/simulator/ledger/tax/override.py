"""Whether the tax a client names counts: the switch `tax_override`, in each kind of company."""

from decimal import Decimal

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, ref_value
from sync.simulator.ledger.books.draft import Draft
from sync.simulator.ledger.books.money import cents
from sync.simulator.ledger.tax.codes import is_automatic
from sync.simulator.ledger.tax.tax_lines import check_sum, given_amounts, tax_line
from sync.simulator.wire import Json

AUTOMATIC, MANUAL, ELSEWHERE = "automatic", "manual", "elsewhere"
# What is documented or reported of each kind of company, in its strictest reading.
DOCUMENTED = {AUTOMATIC: "never", MANUAL: "code_and_total", ELSEWHERE: "tax_lines"}


def kind_of(books: Books) -> str:
    """Which of the three ways of sales tax a company has."""
    if not books.is_us:
        return ELSEWHERE
    return AUTOMATIC if is_automatic(books) else MANUAL


def mode_of(books: Books) -> str:
    """How a company lets its tax be overridden."""
    switch = str(books.switches.tax_override)
    return DOCUMENTED[kind_of(books)] if switch == "documented" else switch


def is_repeated(draft: Draft) -> bool:
    """Whether the client only sent back the tax it had read."""
    given = draft.given.get("TxnTaxDetail") or {}
    old = draft.old.body.get("TxnTaxDetail") if draft.old else None
    return old is not None and "TotalTax" in given and _core(given) == _core(old)


def _core(detail: Json) -> tuple[Decimal | None, list[str]]:
    lines = [
        f"{line.get('Amount')} {ref_value(line.get('TaxLineDetail') or {}, 'TaxRateRef')}"
        for line in detail.get("TaxLine") or []
    ]
    return detail.get("TotalTax"), sorted(lines)


def overriding_total(books: Books, draft: Draft) -> Decimal | None:
    """The total that replaces what was worked out, if the client's counts.

    Only ask where something is taxed: tax on lines that are exempt is never charged.
    """
    given = draft.given.get("TxnTaxDetail") or {}
    total = given.get("TotalTax")
    if total is None or is_repeated(draft):
        return None
    counts = {
        "bare_total": True,
        "on_update": draft.old is not None,
        "code_and_total": _with_code(books, given),
    }
    return cents(total) if counts.get(mode_of(books), False) else None


def _with_code(books: Books, given: Json) -> bool:
    """Code and total; in an automated company no TaxLine may come with them."""
    with_lines = bool(given.get("TaxLine")) and kind_of(books) == AUTOMATIC
    return "TxnTaxCodeRef" in given and not with_lines


def check_bare_total(books: Books, draft: Draft, computed: Decimal) -> None:
    """Outside the United States a total without tax lines is refused."""
    given = draft.given.get("TxnTaxDetail") or {}
    total = given.get("TotalTax")
    if total is None or given.get("TaxLine") or overriding_total(books, draft) is not None:
        return
    if cents(total) or computed:
        raise faults.business("A total tax needs its tax lines.")


def with_given_lines(books: Books, draft: Draft, lines: list[Json]) -> list[Json]:
    """The tax lines with the amounts the client set, where these count.

    Outside the United States they must fit the codes on the lines, whether they count or not.
    """
    counts = mode_of(books) == "tax_lines"
    if books.is_us and not counts:
        return lines
    given = draft.given.get("TxnTaxDetail") or {}
    computed = {line["TaxLineDetail"]["TaxRateRef"]["value"]: line for line in lines}
    amounts = given_amounts(given, computed)
    if not amounts or is_repeated(draft) or not counts:
        return lines
    check_sum(given, amounts, lines)
    return [_set(books, rate, line, amounts) for rate, line in computed.items()]


def _set(books: Books, rate: str, line: Json, amounts: dict[str, Decimal]) -> Json:
    found = books.live("TaxRate", rate)
    if rate not in amounts or found is None:
        return line
    net = line["TaxLineDetail"]["NetAmountTaxable"]
    return tax_line(found, net, amounts[rate], overridden=True)
