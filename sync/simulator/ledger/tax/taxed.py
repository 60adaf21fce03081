"""What a line sells, as taxes see it."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Taxed:
    """The net amount of a line and its tax code; `gross` where its price includes the tax."""

    code: str
    net: Decimal
    gross: Decimal | None = None
