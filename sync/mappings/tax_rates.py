"""What the tax codes of a company charge, as last read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from sync.models import ReferenceEntry
from sync.quickbooks.documents import Rate

Kind = ReferenceEntry.Kind


def rate_ids(code: ReferenceEntry) -> list[str]:
    """Return the ids of the rates that a tax code charges on sales, in QuickBooks' order."""
    return [str(each["TaxRateRef"]["value"]) for each in _details(code)]


def _details(code: ReferenceEntry) -> list[dict[str, Any]]:
    listed = code.data.get("SalesTaxRateList") or {}
    return [each for each in listed.get("TaxRateDetail") or [] if "TaxRateRef" in each]


@dataclass(frozen=True, slots=True)
class TaxRates:
    """The percentages of a company's rates, by id."""

    percents: Mapping[str, Decimal]

    @classmethod
    def of_companies(cls, company_ids: Collection[int]) -> dict[int, Self]:
        """Load those of many companies, in one query."""
        rows = ReferenceEntry.objects.filter(company__in=company_ids, kind=Kind.TAX_RATE)
        read: dict[int, dict[str, Decimal]] = {pk: {} for pk in company_ids}
        for company_id, id_, data in rows.values_list("company_id", "qbo_id", "data"):
            if (percent := _percent(data)) is not None:
                read[company_id][id_] = percent
        return {pk: cls(percents) for pk, percents in read.items()}

    def of_code(self, code: ReferenceEntry) -> tuple[Rate, ...] | None:
        """Return what a code charges; None where it cannot be known, as of a tax on a tax."""
        details = _details(code)
        on_amount = all(each.get("TaxTypeApplicable") == "TaxOnAmount" for each in details)
        ids = rate_ids(code)
        if not on_amount or any(id_ not in self.percents for id_ in ids):
            return None
        return tuple(Rate(id_, self.percents[id_]) for id_ in ids)


def _percent(data: Mapping[str, object]) -> Decimal | None:
    try:
        percent = Decimal(str(data.get("RateValue")))
    except InvalidOperation:
        return None
    return percent if percent.is_finite() else None
