"""HTML pages: Jinja2 with escaping, no script, nothing loaded from elsewhere."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def _money(amount: Any, currency: str = "") -> str:
    return f"{Decimal(amount or 0):,.2f} {currency}".strip()


_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters["money"] = _money


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Render one template of templates/."""
    html = _pages.get_template(template).render(**values)
    return HTMLResponse(html, status, headers=HEADERS)
