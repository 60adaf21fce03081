"""The weather: every fault that the simulator has, and the simulator's own death."""

import time
from collections import Counter
from typing import Any

from sync.simulator.server import Simulator
from tests.chaos.plan import Character, Plan

# For each write of the product; what it reads is spared but for what `worsen` adds.
RATES = {
    "lose": 0.09,
    "cut": 0.06,
    "refuse": 0.05,
    "status": 0.08,
    "throttle": 0.06,
    "late": 0.04,
    "item": 0.05,
    "fault": 0.02,
    "expire_token": 0.03,
    "requestid_ignored": 0.02,
}
# Business faults of each sort that the product distinguishes; none of them was carried out.
CODES = ("10000", "600", "130", "140", "5010", "6000", "2020", "9999", "3200")
OAUTH = ("refuse", "lose", "cut", "status", "late")
# Only what the product sends: the bookkeeper's own requests are spared.
OURS = {"agent": "Paidup"}
WRITES = {"write": True}
LATENCY_MS, ITEM_LATENCY_MS = 60, 12
# A request that is done late is done before the server's own limit, its latency included.
LATEST = 1.5


class Weather:
    """Seeded faults on what the product sends and on its sign-in, until it is calm."""

    def __init__(self, plan: Plan, character: Character, simulator: Simulator, realm: str) -> None:
        self.kills: Counter[str] = Counter()
        self.extras: Counter[str] = Counter()
        self._dice = plan.random("weather")
        self._seed = plan.seed
        self._character = character
        self._simulator = simulator
        self._realm = realm

    def begin(self) -> None:
        """Let the storm loose; it has to be raised again after each death of the simulator."""
        self._simulator.storm(self._seed + 1000 * self.kills.total(), RATES, match=OURS | WRITES)

    def worsen(self) -> None:
        """Add one thing that no storm draws by itself."""
        dice, simulator = self._dice, self._simulator
        kinds = ("late", "late", "fault", "item", "oauth", "expire", "throttle", "read")
        what = dice.choice(kinds)
        if what == "late":
            options: dict[str, Any] = {
                "do_after": round(dice.uniform(0.6, LATEST), 2),
                "seconds": round(dice.uniform(1, 3), 2),
            }
            simulator.fault("late", match=OURS | WRITES, **options)
        elif what == "fault":
            simulator.fault("fault", match=OURS | WRITES, code=dice.choice(CODES))
        elif what == "item":
            entity = dice.choice(("Customer", "Invoice", "Payment"))
            simulator.fault(
                "item", match=OURS | {"entity": entity}, entity=entity, code=dice.choice(CODES)
            )
        elif what == "throttle":
            simulator.fault("throttle", match=OURS | WRITES, when="after", times=2)
        elif what == "read":
            kind = dice.choice(("refuse", "cut", "status", "throttle", "late"))
            simulator.fault(kind, match=OURS | {"write": False})
        elif what == "oauth":
            simulator.fault(dice.choice(OAUTH), match={"kind": "oauth", "endpoint": "token"})
            simulator.expire_tokens(self._realm)
        else:
            simulator.expire_tokens(self._realm)
        self.extras[what] += 1

    def kill_simulator(self) -> None:
        """Kill it with -9 and start it anew on the state that it had written."""
        self._simulator.kill()
        self.kills["simulator"] += 1
        time.sleep(self._dice.uniform(0.1, 0.8))
        self._simulator.start()
        self.begin()

    def lapse(self) -> None:
        """Let Intuit refuse the whole company for a moment."""
        self.extras["lapse"] += 1
        self._simulator.condition(self._realm, self._dice.choice(("lapsed", "no_access")))
        time.sleep(self._dice.uniform(0.2, 0.6))
        self._simulator.condition(self._realm, "ok")

    def end_the_connection(self) -> None:
        """Let the refresh token die: only a person can connect anew."""
        self.extras["refresh_token"] += 1
        self._simulator.expire_tokens(self._realm, "refresh")
        self._simulator.expire_tokens(self._realm)

    def calm(self) -> None:
        """End it all."""
        self._simulator.clear_faults()
        self._simulator.condition(self._realm, "ok")
