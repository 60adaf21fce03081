"""The exports that are known, most particular first."""

from sync.intake.files.columns.names import exact
from sync.intake.files.layouts import (
    authorize_net,
    field_service,
    freshbooks,
    harvest,
    housecall,
    jobber,
    paypal,
    quickbooks,
    square,
    stripe,
    wave,
    xero,
    zoho,
)
from sync.intake.files.layouts.base import Layout

LAYOUTS: tuple[Layout, ...] = tuple(
    sorted(
        (
            layout
            for module in (
                jobber,
                housecall,
                paypal,
                square,
                stripe,
                quickbooks,
                wave,
                xero,
                freshbooks,
                zoho,
                harvest,
                authorize_net,
                field_service,
            )
            for layout in module.LAYOUTS
        ),
        key=lambda layout: -len(layout.required),
    )
)
KNOWN_NAMES: frozenset[str] = frozenset(exact(name) for layout in LAYOUTS for name in layout.fields)


def recognise(header: tuple[str, ...]) -> Layout | None:
    """Return the export a header is of, None where it is of none that is known."""
    names = frozenset(exact(name) for name in header if name)
    return next((layout for layout in LAYOUTS if layout.matches(names)), None)
