"""Webhooks: what changed, sent to one URL, signed, in either format, retried as documented.

Source: developer.intuit.com, webhooks best practices; blogs of 14 Oct and 12 Nov 2025.
"""

import asyncio
import uuid
from contextlib import suppress
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Any

from sync.simulator.state.clock import Clock
from sync.simulator.state.memory import Memory
from sync.simulator.state.store import Store
from sync.simulator.state.switches import Switchboard
from sync.simulator.webhooks.notifications import (
    Event,
    Target,
    check,
    cloudevents,
    content_type_of,
    legacy,
    post,
)

MINUTE, HOUR = 60.0, 3600.0
RETRIES = (10.0, 20.0, 30.0, 5 * MINUTE, 20 * MINUTE, 2 * HOUR, 4 * HOUR, 6 * HOUR)
SILENT_ENTITIES = frozenset({"CompanyInfo", "TaxCode", "TaxRate"})
SCHEMA = """
CREATE TABLE IF NOT EXISTS webhook_event (
    id INTEGER PRIMARY KEY, realm_id TEXT NOT NULL, entity TEXT NOT NULL, entity_id TEXT NOT NULL,
    operation TEXT NOT NULL, at TEXT NOT NULL, uuid TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS webhook_delivery (
    id INTEGER PRIMARY KEY, body BLOB NOT NULL, attempts INTEGER NOT NULL, due REAL NOT NULL
);
"""


class Webhooks:
    """Notes changes in the state file and delivers them until they are acknowledged."""

    def __init__(self, store: Store, clock: Clock, memory: Memory, switches: Switchboard) -> None:
        self._switches = switches
        self._store = store
        self._connection = store.connection
        self._clock = clock
        self._memory = memory
        self._awake = asyncio.Event()
        self._connection.executescript(SCHEMA)
        self.target = Target(**(memory.recall("webhooks") or {}))

    def set(self, **values: Any) -> None:
        """Change the target by name; ValueError says what is wrong, and nothing is changed."""
        known = {item.name for item in fields(Target)}
        if set(values) - known:
            raise ValueError(f"webhooks have no {', '.join(sorted(set(values) - known))}")
        target = replace(self.target, **values)
        check(target)
        self.target = target
        self._memory.keep("webhooks", asdict(target))
        self.wake()

    def note(
        self, realm_id: str, entity: str, entity_id: str, operation: str, at: datetime
    ) -> None:
        """Keep one change until it is delivered."""
        if not self.target.url or entity in SILENT_ENTITIES:
            return
        moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._connection.execute(
            "INSERT INTO webhook_event (realm_id, entity, entity_id, operation, at, uuid)"
            " VALUES (?,?,?,?,?,?)",
            (realm_id, entity, entity_id, operation, moment, str(uuid.uuid4())),
        )
        self.wake()

    def wake(self) -> None:
        """Look again for what is due."""
        self._awake.set()

    def waiting(self) -> list[dict[str, Any]]:
        """Every notification that is not acknowledged, with its attempts and next moment."""
        rows = self._connection.execute(
            "SELECT id, attempts, due FROM webhook_delivery ORDER BY id"
        )
        return [
            {
                "id": row[0],
                "attempts": row[1],
                "due": datetime.fromtimestamp(row[2], UTC).isoformat(),
            }
            for row in rows
        ]

    async def run(self) -> None:
        """Deliver, for as long as the simulator runs."""
        while True:
            self._awake.clear()
            self._gather()
            await self._deliver_due()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), self._pause())

    def _gather(self) -> None:
        """Put the noted changes into one notification, as the aggregation upstream does."""
        with self._store.transaction() as connection:
            rows = connection.execute(
                "SELECT realm_id, entity, entity_id, operation, at, uuid FROM webhook_event"
                " ORDER BY id"
            ).fetchall()
            if not rows:
                return
            connection.execute("DELETE FROM webhook_event")
            events = [Event(*row) for row in rows]
            if self.target.order == "reversed":
                events.reverse()
            body = legacy(events) if self.target.format == "legacy" else cloudevents(events)
            connection.executemany(
                "INSERT INTO webhook_delivery (body, attempts, due) VALUES (?, 0, ?)",
                [(body, self._clock.timestamp())] * self.target.repeat,
            )

    async def _deliver_due(self) -> None:
        rows = self._connection.execute(
            "SELECT id, attempts, due FROM webhook_delivery ORDER BY id"
        ).fetchall()
        for delivery_id, attempts, due in rows:
            acknowledged = False
            if due <= self._clock.timestamp() and self.target.url:
                said = self._switches.of().webhook_content_type
                content_type = content_type_of(self.target, said)
                body = self._body(delivery_id)
                acknowledged = await asyncio.to_thread(post, self.target, body, content_type)
                self._settle(delivery_id, attempts, acknowledged=acknowledged)
            if self.target.hold and not acknowledged:
                return

    def _body(self, delivery_id: int) -> bytes:
        row = self._connection.execute(
            "SELECT body FROM webhook_delivery WHERE id = ?", (delivery_id,)
        ).fetchone()
        return bytes(row[0])

    def _settle(self, delivery_id: int, attempts: int, *, acknowledged: bool) -> None:
        if acknowledged:
            self._connection.execute("DELETE FROM webhook_delivery WHERE id = ?", (delivery_id,))
            return
        wait = RETRIES[min(attempts, len(RETRIES) - 1)]
        self._connection.execute(
            "UPDATE webhook_delivery SET attempts = ?, due = ? WHERE id = ?",
            (attempts + 1, self._clock.timestamp() + wait, delivery_id),
        )

    def _pause(self) -> float | None:
        """Real seconds until something is due; None where only a wake can change that."""
        row = self._connection.execute("SELECT min(due) FROM webhook_delivery").fetchone()
        if row[0] is None or not self._clock.rate or not self.target.url:
            return None
        due = float(row[0])
        return max(0.05, (due - self._clock.timestamp()) / self._clock.rate)
