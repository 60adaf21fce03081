"""Speaks to one Vonigo tenant. What it holds is read only; nothing is written there.

Signing in puts the MD5 of the password into an address, because Vonigo takes it nowhere else; no
address is logged, and no error names one. Everything after that goes by POST.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from hashlib import md5
from typing import Any

from django.conf import settings

from sync.intake.sources.interface import SignInRefused, SourceAway, SourceFault
from sync.intake.sources.vonigo.values import text_of, whole_of
from sync.quickbooks.transport import BROKEN, DeadlineSession
from sync.words import stored

TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
TOKEN_EXPIRED, SAME_FRANCHISE, NO_OPTIONS = -421, -5213, -501
_MOST_PAGES, _SURELY_ALL = 200, 20


class Answered(SourceFault):
    """Vonigo refused a request: `number` is its errNo."""

    code = "REFUSED"

    def __init__(self, number: int, words: str) -> None:
        words = (
            stored("Vonigo refuses it (%(number)s): %(words)s.", number=number, words=words)
            if words
            else stored("Vonigo refuses it (%(number)s): it does not say why.", number=number)
        )
        super().__init__(words)
        self.number = number


def _away(error: str) -> SourceAway:
    return SourceAway(
        stored(
            "Vonigo does not answer with data (%(error)s). It is asked again later; nothing is"
            " lost.",
            error=error,
        )
    )


def sealed(password: str) -> str:
    """Return what Vonigo takes in place of the password; the password itself is not kept."""
    return md5(password.encode(), usedforsecurity=False).hexdigest()


class Client:
    """A signed-in session; a token that ends is renewed, and the franchise chosen again."""

    def __init__(
        self,
        options: Mapping[str, str],
        secrets: Mapping[str, str],
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        if not TENANT.fullmatch(options.get("tenant", "")):
            raise SignInRefused(stored("The tenant is the first part of your Vonigo address."))
        self._base = settings.VONIGO_URL.format(tenant=options["tenant"])
        self._options, self._secrets, self._beat = options, secrets, beat
        self._session = DeadlineSession()
        self._session.send_deadline = settings.VONIGO_DEADLINE
        self._token = ""
        self._franchise = ""
        self.calls = 0

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def sign_in(self) -> None:
        """Get a token. Raises SignInRefused or SourceAway."""
        asked = {
            "appVersion": "1",
            "company": self._options.get("company", ""),
            "userName": self._options.get("user", ""),
            "password": self._secrets.get("password", ""),
        }
        said = self._exchange("GET", "security/login/", asked)
        self._token = text_of(said.get("securityToken"))
        if whole_of(said.get("errNo")) != 0 or not self._token:
            raise SignInRefused(
                stored("Vonigo refuses the user name, the password or the company.")
            )
        if self._franchise:
            self._switch()

    def choose(self, franchise: str) -> None:
        """Speak of one franchise from now on."""
        self._franchise = franchise
        self._switch()

    def call(self, path: str, **asked: str) -> dict[str, Any]:
        """Ask once, and once more with a new token where it had ended. Raises SourceFault."""
        try:
            said = self._post(path, asked)
        except SourceAway:  # a read may be asked again; what writes never would be
            time.sleep(settings.VONIGO_RETRY_PAUSE)
            said = self._post(path, asked)
        if _number(said) == TOKEN_EXPIRED:
            self.sign_in()
            said = self._post(path, asked)
        if number := _number(said):
            raise Answered(number, text_of(said.get("errMsg"))[:200])
        return said

    def whole_list(self, name: str, **narrowed: str) -> list[dict[str, Any]]:
        """Return a short list to its end: a page of fewer than the first had, or nothing new."""
        name = name.capitalize()
        found: dict[str, dict[str, Any]] = {}
        for page in range(1, _MOST_PAGES):
            said = self.call(f"data/{name}/", method="0", isCompleteObject="true", pageNo=str(page),
                             pageSize="500", **narrowed)  # fmt: skip
            rows = [row for row in said.get(name) or () if isinstance(row, dict)]
            new = {text_of(row.get("objectID")): row for row in rows}
            if new.keys() <= found.keys():
                break
            found |= new
            # Most such lists are of a few: a look at a second page is left out for those.
            if len(rows) < _SURELY_ALL:
                break
        return list(found.values())

    def _switch(self) -> None:
        said = self._post("security/session/", {"franchiseID": self._franchise})
        if (number := _number(said)) not in {0, SAME_FRANCHISE}:
            raise Answered(number, text_of(said.get("errMsg"))[:200])

    def _post(self, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        return self._exchange("POST", path, {"securityToken": self._token, **asked})

    def _exchange(self, method: str, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        self._beat()
        self.calls += 1
        how: dict[str, Any] = {"params": asked} if method == "GET" else {"json": asked}
        try:
            answer = self._session.request(method, f"{self._base}/{path}", **how)
            content = answer.content
        except BROKEN as broken:  # its text has the address, with what is secret in it
            raise _away(type(broken).__name__) from None
        try:
            said = json.loads(content, parse_float=Decimal)
        except (ValueError, RecursionError):
            said = None  # an outage comes as a page of HTML
        if not isinstance(said, dict) or whole_of(said.get("errNo")) is None:
            raise _away(str(answer.status_code))
        return said


def _number(said: Mapping[str, Any]) -> int:
    return whole_of(said.get("errNo")) or 0
