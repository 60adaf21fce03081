"""Ids for what has none: the same row again gets the same id, equal rows of a file count on.

The rule: sixteen hex digits of the SHA-256 of what the row says (kind, day, amount, currency,
customer, invoices, method, reference), as read, so that neither the order of the rows nor the
way a date is written changes it; the second equal row of a file gets "-2", the third "-3".
"""

from collections import Counter
from hashlib import sha256


class Identities:
    """Gives out the derived ids of one reading of one file."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._met: Counter[bytes] = Counter()

    def derive(self, *said: object) -> str:
        """Return the id of what a row says."""
        text = "\x1f".join(map(str, (self.source, *said)))
        digest = sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]
        self._met[digest] += 1
        count = self._met[digest]
        return digest.hex() if count == 1 else f"{digest.hex()}-{count}"
