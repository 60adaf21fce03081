"""What one storm is: everything random in it is drawn from its seed, once or by named actors."""

import random
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var" / "chaos"

REQUESTID = ("honoured", "ignored")
DATABASES = ("sqlite", "postgres")
# The product's own waits in seconds, sixty times as short.
SCALED = {
    "QUICKBOOKS_SERVER_LIMIT": 2.0,
    "QUICKBOOKS_SEND_DEADLINE": 1.5,
    "QUICKBOOKS_CONNECT_TIMEOUT": 0.5,
    "QUICKBOOKS_LEASE": 1.8,
    "QUICKBOOKS_TIME_SLICE": 2.0,
    "QUICKBOOKS_THROTTLE_PAUSE": 1.0,
    "QUICKBOOKS_BLOCKED_PAUSE": 1.0,
    "QUICKBOOKS_PACE_MEMORY": 60.0,
    "QUICKBOOKS_RETRY_PAUSE": 0.2,
    "QUICKBOOKS_REQUESTS_PER_MINUTE": 0,
    "QUICKBOOKS_BATCHES_PER_MINUTE": 0,
    "QUICKBOOKS_REQUESTS_PER_SECOND": 0,
}


@dataclass(frozen=True)
class Character:
    """What kind of storm a seed makes; it breaks when the share `head_start` is in QuickBooks."""

    lanes: str
    head_start: float
    clusters: int
    kills: int
    simulator_kills: int
    meddling: float
    deletes: bool
    edits: float
    reconnects: bool
    lapses: bool
    branches: int  # units that post to the one company
    currencies: bool
    lists: bool  # she also renames, merges and makes inactive
    switches: dict[str, str] = field(default_factory=dict)
    cuts: int = 0  # of every connection to PostgreSQL
    has_redis: bool = False  # as its queue, which is away now and then
    upgrades: bool = False
    restores: bool = False  # a backup, while nobody but the workers does anything


@dataclass(frozen=True)
class Plan:
    """One storm, as the command line of its process names it; `seconds` is its longest time."""

    seed: int
    requestid: str = "honoured"
    database: str = "sqlite"
    invoices: int = 100
    seconds: float = 14.0

    @property
    def key(self) -> str:
        """What this storm is called in files and figures."""
        return f"{self.seed}-{self.requestid}-{self.database}-{self.invoices}"

    def random(self, actor: str) -> random.Random:
        """Return the dice of one actor, so that the speed of one does not change another's."""
        return random.Random(f"{self.seed}/{actor}")

    def character(self) -> Character:
        """Draw what kind of storm it is; what people did since a backup would be lost with it."""
        site, is_postgres = self.random("site"), self.database == "postgres"
        drawn = replace(
            self._drawn(),
            cuts=site.choice((0, 1, 2)) if is_postgres else 0,
            has_redis=is_postgres and site.random() < 0.5,
            upgrades=site.random() < 0.25,
            restores=site.random() < 0.25,
        )
        if not drawn.restores:
            return drawn
        return replace(drawn, meddling=0, edits=0, reconnects=False, lapses=False)

    def _drawn(self) -> Character:
        dice = self.random("character")
        return Character(
            lanes=dice.choice(("batch", "both")),
            head_start=dice.choice((0, 0.2, 0.4, 0.5)),
            clusters=dice.choice((2, 2, 3)),
            kills=dice.randint(1, 3),
            simulator_kills=dice.choice((0, 0, 1, 1, 2)),
            meddling=dice.choice((0, 0.4, 1, 1)),
            deletes=dice.random() < 0.4,
            edits=dice.choice((0, 0.4, 1)),
            reconnects=dice.random() < 0.25,
            lapses=dice.random() < 0.25,
            branches=dice.choice((1, 2, 2)),
            currencies=dice.random() < 0.5,
            lists=dice.random() < 0.75,
            switches={
                "merged_entries": dice.choice(("gone", "inactive")),
                "batch_order": dice.choice(("serial", "reversed", "shuffled")),
                "requestid_failed": dice.choice(("replay", "run_again")),
                "applied_payment": dice.choice(("bump", "keep")),
            },
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as its line in the file of results has it."""
        return asdict(self)
