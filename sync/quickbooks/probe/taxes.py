"""Whose sales tax counts, and where it is rounded."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sync.quickbooks.documents import Rate, TaxedLine, expected_taxes, figure, ref_id
from sync.quickbooks.documents.taxes import to_cents
from sync.quickbooks.probe.bench import Bench, Body, CannotAsk, Written
from sync.quickbooks.probe.findings import Found

SOLD = "100.00"
# What our tax differs by from QuickBooks' own.
OFF = Decimal("0.37")
LINES = 3
PER_LINE, PER_DOCUMENT = "per_line", "per_document"


def override(bench: Bench) -> Found:
    """In which form, if any, the tax that we name replaces the one worked out."""
    own = _own_invoice(bench)
    ours = _tax(own) + OFF
    tried = {
        "code and total": lambda: _create(bench, {**_code(own), "TotalTax": ours}),
        "update of the total": lambda: _update(bench, ours),
        "tax lines": lambda: _create(bench, {**_code(own), **_with_lines(own, ours)}),
    }
    kept = {name: _is_kept(ask, ours) for name, ask in tried.items()}
    words = ", ".join(f"{name}: {'kept' if is_kept else 'not'}" for name, is_kept in kept.items())
    return Found(_mode(*kept.values()), f"{words}.")


def _mode(with_code: bool, on_update: bool, by_lines: bool) -> str:  # noqa: FBT001
    if with_code and on_update:
        return "bare_total"
    if with_code:
        return "code_and_total"
    if on_update:
        return "on_update"
    return "tax_lines" if by_lines else "never"


def _is_kept(ask: Callable[[], Written], ours: Decimal) -> bool:
    made = ask()
    return made.entity is not None and _tax(made.entity) == ours


def _own_invoice(bench: Bench) -> Body:
    """An invoice that QuickBooks taxes by itself."""
    if "taxed" in bench.kept:
        found: Body = bench.kept["taxed"]
        return found
    if bench.preference("TaxPrefs", "UsingSalesTax") is not True:
        raise CannotAsk("The company does not use sales tax.")
    made = bench.make("Invoice", _taxed(bench, SOLD))
    if _tax(made) <= 0:
        raise CannotAsk("QuickBooks works out no tax on a taxable line.")
    bench.kept["taxed"] = made
    return made


def _taxed(bench: Bench, *amounts: str | Decimal, detail: Body | None = None) -> Body:
    """The body of an invoice whose lines are taxed."""
    code = "TAX" if bench.is_us else _taxing_code(bench)
    lines = [bench.line(amount, {"TaxCodeRef": {"value": code}}) for amount in amounts]
    body = bench.sale(*lines)
    detail = dict(detail or {})
    if bench.is_us and not bench.has_automated_tax:
        detail.setdefault("TxnTaxCodeRef", {"value": _taxing_code(bench)})
    if not bench.is_us:
        body["GlobalTaxCalculation"] = "TaxExcluded"
    return {**body, **({"TxnTaxDetail": detail} if detail else {})}


def _taxing_code(bench: Bench) -> str:
    """A code that charges one rate."""
    usual = ref_id(bench.preferences.get("TaxPrefs") or {}, "TaxGroupCodeRef")
    single = [c for c, rates in bench.codes.items() if len(rates) == 1 and rates[0][1] > 0]
    several = [c for c, rates in bench.codes.items() if sum(percent for _, percent in rates) > 0]
    if bench.is_us and usual in several:
        return usual
    if not (single or several):
        raise CannotAsk("No tax code charges anything.")
    return (single or several)[0]


def _create(bench: Bench, detail: Body) -> Written:
    return bench.write("Invoice", _taxed(bench, SOLD, detail=detail))


def _update(bench: Bench, ours: Decimal) -> Written:
    held = bench.make("Invoice", _taxed(bench, SOLD))
    return bench.change("Invoice", held, TxnTaxDetail={"TotalTax": ours})


def _code(own: Body) -> Body:
    """The code that QuickBooks wrote, or the one of its lines where documents have none."""
    code = ref_id(own.get("TxnTaxDetail") or {}, "TxnTaxCodeRef")
    if not code:
        code = ref_id(own["Line"][0].get("SalesItemLineDetail") or {}, "TaxCodeRef")
    return {"TxnTaxCodeRef": {"value": code}}


def _with_lines(own: Body, ours: Decimal) -> Body:
    """The tax lines that QuickBooks made, the first of them with what makes the sum ours."""
    lines = [_tax_line(each) for each in own["TxnTaxDetail"].get("TaxLine") or []]
    if lines:
        lines[0]["Amount"] += ours - sum(line["Amount"] for line in lines)
    return {"TotalTax": ours, "TaxLine": lines}


def _tax_line(line: Body) -> Body:
    detail: dict[str, Any] = line.get("TaxLineDetail") or {}
    return {
        "Amount": Decimal(str(line["Amount"])),
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": ref_id(detail, "TaxRateRef")},
            "PercentBased": False,
            "NetAmountTaxable": Decimal(str(detail.get("NetAmountTaxable", 0))),
        },
    }


def _tax(invoice: Body) -> Decimal:
    return figure(invoice.get("TxnTaxDetail") or {}, "TotalTax") or Decimal(0)


def rounding(bench: Bench) -> Found:
    """Whether tax is rounded on each line, or once."""
    if bench.is_us:
        raise CannotAsk("It is said of companies outside the United States only.")
    rates = tuple(Rate(id_, percent) for id_, percent in bench.codes[_taxing_code(bench)])
    amount, expected = _telling_amount(rates)
    told = _tax(bench.make("Invoice", _taxed(bench, *[amount] * LINES)))
    values = {expected["line"]: PER_LINE, expected["document"]: PER_DOCUMENT}
    words = f"{LINES} lines of {amount}: {told}; by line it is {expected['line']}"
    return Found(values.get(told, "otherwise"), f"{words}, once {expected['document']}.")


def _telling_amount(rates: tuple[Rate, ...]) -> tuple[Decimal, dict[str, Decimal]]:
    """An amount where the two ways differ."""
    for cents in range(101, 999):
        amount = Decimal(cents) / 100
        expected = expected_taxes([TaxedLine(amount, rates)] * LINES)
        if expected["line"] != expected["document"]:
            return amount, expected
    raise CannotAsk("No amount tells the two ways apart.")


def drift(bench: Bench) -> Found:
    """By how many cents automated tax differs from its own rates."""
    if not bench.has_automated_tax:
        raise CannotAsk("The company has no automated sales tax.")
    own = _own_invoice(bench)
    details = [line.get("TaxLineDetail") or {} for line in own["TxnTaxDetail"].get("TaxLine") or []]
    if not details:
        raise CannotAsk("The answer has no tax lines.")
    expected = to_cents(
        sum(
            (
                Decimal(str(each.get("NetAmountTaxable", 0)))
                * Decimal(str(each.get("TaxPercent", 0)))
                / 100
                for each in details
            ),
            Decimal(0),
        )
    )
    cents = int((_tax(own) - expected) * 100)
    return Found(cents, f"Tax {_tax(own)}, by its own rates {expected}.")
