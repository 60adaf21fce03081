"""Intuit's OAuth 2 as a client meets it: codes, access and refresh tokens, rotation, revocation.

Only digests of codes and tokens are stored.
"""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, fields, replace

from sync.simulator.state.memory import Memory

ACCOUNTING = "com.intuit.quickbooks.accounting"
ROTATIONS = ("always", "daily")
DAY = 86400
LONGEST = 100 * 366 * DAY
SCHEMA = """
CREATE TABLE IF NOT EXISTS oauth_grant (
    id INTEGER PRIMARY KEY, client_id TEXT NOT NULL, realm_id TEXT, scope TEXT NOT NULL,
    hard_expiry REAL NOT NULL, revoked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS oauth_code (
    digest TEXT PRIMARY KEY, client_id TEXT NOT NULL, realm_id TEXT, scope TEXT NOT NULL,
    redirect_uri TEXT NOT NULL, expires REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS oauth_token (
    digest TEXT PRIMARY KEY, grant_id INTEGER NOT NULL, kind TEXT NOT NULL,
    issued REAL NOT NULL, expires REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS oauth_token_grant ON oauth_token (grant_id, kind, issued);
"""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long things live, in simulated seconds, and how refresh tokens rotate.

    `grace_seconds` is how long an earlier refresh token stays good after a newer one was given;
    `rotation` "daily" gives a new one only once the last is a day old.
    """

    access_token_seconds: int = 3600
    refresh_token_seconds: int = 8_726_400
    refresh_hard_seconds: int = 157_680_000
    code_seconds: int = 600
    grace_seconds: int = DAY
    rotation: str = "always"


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a good access token stands for."""

    client_id: str
    realm_id: str | None
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh pair of tokens; `hard_seconds` is what is left of the grant's whole life."""

    access_token: str
    refresh_token: str
    expires_in: int
    refresh_expires_in: int
    hard_seconds: int
    client_id: str
    realm_id: str | None
    scopes: frozenset[str]


class GrantRefused(Exception):
    """A code or token that is not accepted; the text is OAuth's error_description."""


class TokenRefused(Exception):
    """An access token that is not accepted; the text is the gateway's detail."""


Transaction = Callable[[], AbstractContextManager[sqlite3.Connection]]


class Authority:
    """Issues, checks, rotates and revokes."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        transaction: Transaction,
        time: Callable[[], float],
        memory: Memory,
    ) -> None:
        self._connection = connection
        self._transaction = transaction
        self._time = time
        self._memory = memory
        connection.executescript(SCHEMA)
        self.lifetimes = Lifetimes(**(memory.recall("oauth") or {}))
        self._clients: dict[str, str] = memory.recall("clients") or {}

    def set(self, **values: int | str) -> None:
        """Change lifetimes by name; ValueError says what is wrong, and none is changed."""
        known = {item.name for item in fields(Lifetimes)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"OAuth has no {name}")
            if name == "rotation":
                if value not in ROTATIONS:
                    raise ValueError(f"rotation is one of {', '.join(ROTATIONS)}")
            elif type(value) is not int or not 0 <= value <= LONGEST:
                raise ValueError(f"{name} is a whole number of seconds, a century at most")
        self.lifetimes = replace(self.lifetimes, **values)  # type: ignore[arg-type]
        self._memory.keep("oauth", asdict(self.lifetimes))

    def add_client(self, client_id: str, client_secret: str) -> None:
        """Register an app, or give it another secret."""
        self._clients[client_id] = client_secret
        self._memory.keep("clients", self._clients)

    def knows_client(self, client_id: str) -> bool:
        """Say whether an app of this id is registered."""
        return client_id in self._clients

    def is_client(self, client_id: str, client_secret: str) -> bool:
        """Say whether an app gave its own secret."""
        known = self._clients.get(client_id, "")
        return bool(known) and hmac.compare_digest(known.encode(), client_secret.encode())

    def first_client(self) -> tuple[str, str]:
        """Give the id and secret of the app that was registered first."""
        return next(iter(self._clients.items()))

    def issue_code(
        self, client_id: str, realm_id: str | None, scope: str, redirect_uri: str
    ) -> str:
        """Make an authorization code for what a person agreed to."""
        code = "XAB1" + secrets.token_hex(23)
        self._connection.execute(
            "INSERT INTO oauth_code VALUES (?,?,?,?,?,?)",
            (
                _digest(code),
                client_id,
                realm_id,
                scope,
                redirect_uri,
                self._time() + self.lifetimes.code_seconds,
            ),
        )
        return code

    def redeem(self, client_id: str, code: str, redirect_uri: str) -> Issued:
        """Exchange a code for tokens, once; GrantRefused otherwise."""
        with self._transaction() as connection:
            row = connection.execute(
                "DELETE FROM oauth_code WHERE digest = ? AND client_id = ? AND redirect_uri = ?"
                " AND expires > ? RETURNING realm_id, scope",
                (_digest(code), client_id, redirect_uri, self._time()),
            ).fetchone()
            if row is None:
                raise GrantRefused("Invalid authorization code")
            return self._open_grant(connection, client_id, row[0], row[1])

    def grant(self, client_id: str, realm_id: str, scope: str) -> Issued:
        """Give tokens without a person, for tests."""
        with self._transaction() as connection:
            return self._open_grant(connection, client_id, realm_id, scope)

    def refresh(self, client_id: str, refresh_token: str) -> Issued:
        """Exchange a refresh token for fresh tokens; GrantRefused otherwise."""
        now = self._time()
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT g.id, t.issued, t.expires FROM oauth_token t"
                " JOIN oauth_grant g ON g.id = t.grant_id WHERE t.digest = ?"
                " AND t.kind = 'refresh' AND g.client_id = ? AND NOT g.revoked"
                " AND t.expires > ? AND g.hard_expiry > ?",
                (_digest(refresh_token), client_id, now, now),
            ).fetchone()
            if row is None:
                raise GrantRefused("Incorrect or invalid refresh token")
            grant_id, issued, expires = row
            if self.lifetimes.rotation == "daily" and now - issued < DAY:
                return self._issue(connection, grant_id, (refresh_token, expires))
            self._limit_earlier(connection, grant_id, now)
            return self._issue(connection, grant_id, None)

    def revoke(self, client_id: str, token: str) -> bool:
        """End the grant that a token belongs to; False where the token is unknown."""
        ended = self._connection.execute(
            "UPDATE oauth_grant SET revoked = 1 WHERE client_id = ? AND NOT revoked"
            " AND id = (SELECT grant_id FROM oauth_token WHERE digest = ?)",
            (client_id, _digest(token)),
        )
        return ended.rowcount == 1

    def bearer(self, access_token: str) -> Bearer:
        """Say what an access token stands for; TokenRefused where it is not good."""
        row = self._connection.execute(
            "SELECT g.client_id, g.realm_id, g.scope, g.revoked, t.expires FROM oauth_token t"
            " JOIN oauth_grant g ON g.id = t.grant_id WHERE t.digest = ? AND t.kind = 'access'",
            (_digest(access_token),),
        ).fetchone()
        if row is None:
            raise TokenRefused("Token invalid")
        client_id, realm_id, scope, revoked, expires = row
        if revoked:
            raise TokenRefused("Token revoked")
        if expires <= self._time():
            raise TokenRefused("Token expired")
        return Bearer(client_id, realm_id, frozenset(scope.split()))

    def expire(self, access_token: str) -> None:
        """Let an access token run out now."""
        self._connection.execute(
            "UPDATE oauth_token SET expires = ? WHERE digest = ? AND kind = 'access'",
            (self._time(), _digest(access_token)),
        )

    def expire_company(self, realm_id: str, kind: str) -> int:
        """Let every token of a kind ("access" or "refresh") of a company run out now."""
        ended = self._connection.execute(
            "UPDATE oauth_token SET expires = :now WHERE kind = :kind AND expires > :now"
            " AND grant_id IN (SELECT id FROM oauth_grant WHERE realm_id = :realm_id)",
            {"now": self._time(), "kind": kind, "realm_id": realm_id},
        )
        return ended.rowcount

    def _open_grant(
        self, connection: sqlite3.Connection, client_id: str, realm_id: str | None, scope: str
    ) -> Issued:
        grant_id = connection.execute(
            "INSERT INTO oauth_grant (client_id, realm_id, scope, hard_expiry) VALUES (?,?,?,?)",
            (client_id, realm_id, scope, self._time() + self.lifetimes.refresh_hard_seconds),
        ).lastrowid
        if grant_id is None:
            raise RuntimeError("SQLite gave the grant no row")
        return self._issue(connection, grant_id, None)

    def _limit_earlier(self, connection: sqlite3.Connection, grant_id: int, now: float) -> None:
        connection.execute(
            "UPDATE oauth_token SET expires = min(expires, ?) WHERE grant_id = ?"
            " AND kind = 'refresh'",
            (now + self.lifetimes.grace_seconds, grant_id),
        )
        connection.execute(
            "DELETE FROM oauth_token WHERE grant_id = ? AND expires < ?", (grant_id, now - DAY)
        )

    def _issue(
        self, connection: sqlite3.Connection, grant_id: int, kept: tuple[str, float] | None
    ) -> Issued:
        """Make an access token, and a refresh token unless one is `kept` with its expiry."""
        now = self._time()
        client_id, realm_id, scope, hard_expiry = connection.execute(
            "SELECT client_id, realm_id, scope, hard_expiry FROM oauth_grant WHERE id = ?",
            (grant_id,),
        ).fetchone()
        access_expiry = now + self.lifetimes.access_token_seconds
        access = _new_token(connection, grant_id, "access", now, access_expiry)
        refresh_expiry = min(now + self.lifetimes.refresh_token_seconds, hard_expiry)
        refresh, refresh_expiry = kept or (
            _new_token(connection, grant_id, "refresh", now, refresh_expiry),
            refresh_expiry,
        )
        return Issued(
            access,
            refresh,
            self.lifetimes.access_token_seconds,
            int(refresh_expiry - now),
            int(hard_expiry - now),
            client_id,
            realm_id,
            frozenset(scope.split()),
        )


def _new_token(
    connection: sqlite3.Connection, grant_id: int, kind: str, issued: float, expires: float
) -> str:
    token = (
        "eyJlbmMi." + secrets.token_urlsafe(400)
        if kind == "access"
        else "RT1-" + secrets.token_hex(24)
    )
    connection.execute(
        "INSERT INTO oauth_token VALUES (?,?,?,?,?)",
        (_digest(token), grant_id, kind, issued, expires),
    )
    return token


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
