"""Trying tokens on a company before they replace those that other units work with."""

from sync.company.lease import LeaseLost, hold_for_person
from sync.models import QuickBooksCompany
from sync.quickbooks.client import Client, QuickBooksFault, TransportError
from sync.words import stored, together


class NotProven(Exception):
    """The tokens could not be shown to open the company; the text is for the page."""


def prove(company: QuickBooksCompany, access_token: str) -> None:
    """Read the company with this token, as the holder of its lease, or raise NotProven."""
    with hold_for_person(company.pk) as lease:
        if lease is None:
            raise NotProven(
                stored(
                    "%(company)s is being worked with right now. Nothing was changed; try again in "
                    "a minute.",
                    company=company,
                )
            )
        try:
            with Client(company.realm_id, access_token, gate=lease.renew) as client:
                client.company_info()
        except QuickBooksFault as failure:
            raise NotProven(together(failure.fault.words, stored("Nothing was changed."))) from None
        except (TransportError, LeaseLost):
            raise NotProven(
                stored("QuickBooks did not answer. Nothing was changed; try again.")
            ) from None
