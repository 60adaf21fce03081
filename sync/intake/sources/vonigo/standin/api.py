"""Vonigo's addresses, as far as public code and notes tell of them."""

import json
import random
import re
from collections import Counter
from hashlib import md5
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sync.intake.sources.vonigo.standin.office import FRANCHISES, PASSWORD, Office
from sync.intake.sources.vonigo.standin.schema import FIELDS, LISTS, OPTIONS, field_id
from sync.intake.sources.vonigo.standin.wire import EXACT, local_seconds, written

Said = dict[str, Any]
_EDITED = {"1": "created", "2": "edited"}


class Exactly(JSONResponse):
    """Writes texts that are marked as numbers, as they stand."""

    _MARKED = re.compile(json.dumps(f"{EXACT}([0-9.]+){EXACT}").replace("\\", "\\\\").encode())

    def render(self, content: Any) -> bytes:
        """Return the JSON."""
        return self._MARKED.sub(rb"\1", super().render(content))


class Api:
    """One tenant's API, with the tokens that it gave."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.tokens: dict[str, dict[str, int]] = {}
        self.calls: Counter[str] = Counter()
        self.dice = random.Random(7)  # noqa: S311 - shuffles lists

    def routes(self) -> list[Route]:
        """Return the addresses."""
        return [
            Route("/api/v1/security/login/", self._answer("login"), methods=["GET"]),
            Route("/api/v1/security/session/", self._answer("session"), methods=["POST"]),
            Route("/api/v1/resources/franchises/", self._answer("franchises"), methods=["POST"]),
            Route("/api/v1/system/objects/", self._answer("objects"), methods=["POST"]),
            Route("/api/v1/data/{list}/", self._answer("data"), methods=["POST"]),
        ]

    def _answer(self, act: str) -> Any:
        async def answered(request: Request) -> Response:
            asked = dict(request.query_params) | request.path_params
            if request.method == "POST":
                asked |= await request.json()
            with self.office.lock:
                self.calls[request.url.path.removeprefix("/api/v1/")] += 1
                if self._is_out():
                    return HTMLResponse("<html><h1>522</h1></html>", status_code=522)
                if act != "login" and not self._is_good(asked):
                    return JSONResponse({"errNo": -421, "errMsg": "Token expired."})
                return Exactly(getattr(self, act)(asked))

        return answered

    def _is_out(self) -> bool:
        switches = self.office.switches
        if switches["outages"]:
            self.office.switch(outages=switches["outages"] - 1)
            return True
        every = switches["outage_every"]
        return bool(every and sum(self.calls.values()) % every == 0)

    def _is_good(self, asked: Said) -> bool:
        session = self.tokens.get(asked.get("securityToken", ""))
        if session is None:
            return False
        session["uses"] += 1
        lasts = self.office.switches["token_lasts"]
        return not lasts or session["uses"] <= lasts

    def login(self, asked: Said) -> Said:
        """Give a token for the MD5 of the password."""
        if asked.get("password") != md5(PASSWORD.encode(), usedforsecurity=False).hexdigest():
            return {"errNo": -420, "errMsg": "Invalid user name or password."}
        token = uuid4().hex
        self.tokens[token] = {"franchise": next(iter(FRANCHISES)), "uses": 0}
        return {"errNo": 0, "errMsg": "", "securityToken": token}

    def session(self, asked: Said) -> Said:
        """Switch the franchise."""
        session = self.tokens[asked["securityToken"]]
        wanted = int(asked.get("franchiseID") or 0)
        if wanted not in FRANCHISES:
            return {"errNo": -600, "errMsg": "No such franchise."}
        if wanted == session["franchise"]:
            return {"errNo": "-5213", "errMsg": "Same franchise."}
        session["franchise"] = wanted
        return {"errNo": "0", "errMsg": "Franchise changed successfully."}

    def franchises(self, _asked: Said) -> Said:
        """List the franchises."""
        rows = [
            {"franchiseID": str(number), "optionID": 9000 + number, "franchiseName": name,
             "gmtOffsetFranchise": str(offset), "sequence": number, "isActive": "true"}
            for number, (name, _, offset) in FRANCHISES.items()
        ]  # fmt: skip
        return {"errNo": 0, "errMsg": "", "Franchises": rows}

    def objects(self, asked: Said) -> Said:
        """Tell the fields of a type, or what may be chosen in a field."""
        moved = self.office.moved
        if "fieldID" in asked:
            return self._field_options(int(asked["fieldID"]))
        kind = int(asked.get("objectID") or 0)
        rows = [
            {"fieldID": str(field_id(kind, name, moved)), "field": name, "fieldType": tag,
             "fieldMode": "RW", "isFieldRequired": "false"}
            for name, (_, tag) in FIELDS.get(kind, {}).items()
        ]  # fmt: skip
        return {"errNo": 0, "errMsg": "", "Fields": rows}

    def _field_options(self, number: int) -> Said:
        for (kind, name), options in OPTIONS.items():
            if field_id(kind, name, self.office.moved) == number:
                rows = [{"optionID": str(each), "name": text} for text, each in options.items()]
                return {"errNo": 0, "errMsg": "", "Options": rows}
        return {"errNo": -501, "errMsg": "No options."}

    def data(self, asked: Said) -> Said:
        """List objects."""
        kind = LISTS.get(asked["list"])
        if kind is None:
            return {"errNo": -600, "errMsg": "No such object."}
        things = self._page(kind, asked)
        rows = [written(self.office, thing) for thing in things]
        return {"errNo": 0, "errMsg": "", asked["list"]: rows}

    def _page(self, kind: int, asked: Said) -> list[Said]:
        office, switches = self.office, self.office.switches
        franchise = self.tokens[asked["securityToken"]]["franchise"]
        where, values = "type = ? AND franchise > 0", [kind]
        if switches["franchise_filter"] == "honoured":
            where, values = f"{where} AND franchise = ?", [*values, franchise]
        if asked.get("workOrderID"):
            where, values = f"{where} AND work_order = ?", [*values, int(asked["workOrderID"])]
        if asked.get("clientID"):
            where, values = f"{where} AND client = ?", [*values, int(asked["clientID"])]
        if asked.get("dateStart") and switches["date_filter"] == "honoured":
            column = _EDITED.get(str(asked.get("dateMode")), "edited")
            zone = ZoneInfo(FRANCHISES[franchise][1])
            off = local_seconds(office.now(), zone) - office.now() // 1_000_000
            first, last = int(asked["dateStart"]) - off, int(asked["dateEnd"]) - off
            where = f"{where} AND {column} BETWEEN ? AND ?"
            values += [first * 1_000_000, last * 1_000_000]
        size = min(int(asked.get("pageSize") or 100), switches["page_cap"] or 1_000)
        at = (int(asked.get("pageNo") or 1) - 1) * size
        order = {"id": "place", "edited": "edited, id"}.get(switches["order"], "id")
        if switches["order"] == "shuffled":
            things = office.store.page(where, values, "id", 1_000_000, 0)
            self.dice.shuffle(things)
            return things[at : at + size]
        page = office.store.page(where, values, order, size, at)
        if not page and at and switches["past_the_end"] == "last_page":
            things = office.store.page(where, values, order, 1_000_000, 0)
            return things[(len(things) - 1) // size * size :] if things else []
        return page
