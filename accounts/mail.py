"""Mail to people: what is written into it by others is no text of their choice."""

import re
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.http import urlencode

LONGEST_NAME = 60
LEAVES_FOR = timedelta(days=60)  # how long the address in a message ends what it came with


def as_name(text: object) -> str:
    """Return a name for a mail to strangers: one short line, in which nothing is a link."""
    line = re.sub(r"\s+", " ", str(text).replace("://", " ")).strip()
    return re.sub(r"\.(?=\S)", ". ", line)[:LONGEST_NAME]


def leaving_address(page: str, ids: list[int]) -> str:
    """Return the signed address of a page that ends the mails which these ids name.

    The token stands in the query, which no log holds.
    """
    token = urlencode({"token": signing.dumps(ids, salt=f"paidup.{page}")})
    return f"{settings.SITE_URL}{reverse(page)}?{token}"


def ids_left(page: str, token: str) -> list[int]:
    """Return the ids that an address of that page was signed for; none where it is too old."""
    try:
        ids: list[int] = signing.loads(token, salt=f"paidup.{page}", max_age=LEAVES_FOR)
    except (signing.BadSignature, ValueError):
        return []
    return ids


def leaving_headers(address: str) -> dict[str, str]:
    """Return the headers by which mail programs offer one click to end it (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{address}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
