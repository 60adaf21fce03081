"""How one simulator is started."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sync.simulator.state.switches import STRICT, Value

DEFAULT_CLIENT_ID = "simulator-client"
DEFAULT_CLIENT_SECRET = "simulator-secret"  # noqa: S105 - opens nothing but the simulator
LIMIT_MODES = ("intuit", "off")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line or a test decides before the simulator starts.

    `state` is the file that outlives the process. Latencies are real milliseconds, added to every
    API call and to every item of a batch. `redirect_uris` empty allows any http loopback address
    and any https one. `server_limit_seconds` is the longest that a request may be left undone.
    `preset` and `switches` are how a new state file reads what Intuit's texts leave open.
    """

    state: Path
    limits: str = "intuit"
    latency_ms: float = 0.0
    item_latency_ms: float = 0.0
    seed: int | None = None
    client_id: str = DEFAULT_CLIENT_ID
    client_secret: str = DEFAULT_CLIENT_SECRET
    redirect_uris: tuple[str, ...] = ()
    server_limit_seconds: float = 120.0
    preset: str = STRICT
    switches: Mapping[str, Value] = field(default_factory=dict)
