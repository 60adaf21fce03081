"""Idempotency by requestid: what was answered once is answered again."""

import hashlib
import sqlite3

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.types import ApiRequest, ApiResponse
from sync.simulator.state.switches import Switches

LONGEST = 50


class Answers:
    """The remembered answers of one company."""

    def __init__(
        self, connection: sqlite3.Connection, switches: Switches, realm_id: str, now: float
    ) -> None:
        """Read and write answers at a moment, in seconds since 1970."""
        self.connection = connection
        self.switches = switches
        self.realm_id = realm_id
        self.now = int(now)

    def find(self, request: ApiRequest, request_id: str) -> ApiResponse | None:
        """The first answer to this requestid, if it counts still."""
        row = self.connection.execute(
            "SELECT fingerprint, at, status, body FROM ledger_answer"
            " WHERE realm_id = ? AND request_id = ?",
            (self.realm_id, request_id),
        ).fetchone()
        if row is None or self._expired(row[1]):
            return None
        if row[0] != fingerprint(request) and self.switches.requestid_other_body == "refuse":
            raise faults.business("The requestid was used before with other content.")
        if row[2] != 200 and self.switches.requestid_failed == "run_again":
            return None
        return ApiResponse(row[2], row[3])

    def _expired(self, at: int) -> bool:
        kept = self.switches.requestid_seconds
        return bool(kept) and self.now - at >= kept

    def remember(self, request: ApiRequest, request_id: str, response: ApiResponse) -> None:
        """Keep the answer for whoever repeats the request."""
        self.connection.execute(
            "INSERT OR REPLACE INTO ledger_answer VALUES (?,?,?,?,?,?)",
            (
                self.realm_id,
                request_id,
                fingerprint(request),
                self.now,
                response.status,
                response.body,
            ),
        )


def fingerprint(request: ApiRequest) -> str:
    """What makes two requests the same: operation, path and body."""
    digest = hashlib.sha256(request.body)
    operation = f"{request.method} {'/'.join(request.path)} {request.params.get('operation', '')}"
    digest.update(operation.encode())
    return digest.hexdigest()


def request_id_of(request: ApiRequest) -> str | None:
    """The requestid of a write, refused where it is too long."""
    request_id = request.params.get("requestid")
    if not request_id or request.method != "POST" or request.path[:1] == ("query",):
        return None
    if len(request_id) > LONGEST:
        raise faults.length("requestid", 1, LONGEST, len(request_id))
    return request_id
