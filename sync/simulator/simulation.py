"""All that one running simulator consists of."""

from sync.simulator.ledger import Ledger
from sync.simulator.oauth.authority import ACCOUNTING, Authority, Issued
from sync.simulator.settings import Settings
from sync.simulator.state.clock import Clock, ClockState
from sync.simulator.state.journal import Journal
from sync.simulator.state.memory import Memory
from sync.simulator.state.store import Store
from sync.simulator.state.switches import Switchboard
from sync.simulator.traffic.injection import Injector
from sync.simulator.traffic.limits import OFF, Figures, Limits
from sync.simulator.webhooks.delivery import Webhooks


class Simulation:
    """The parts, put together over one state file; everything runs in one thread."""

    def __init__(self, settings: Settings) -> None:
        """Open or create the state that `settings` names."""
        self.settings = settings
        self.store = Store(settings.state)
        connection = self.store.connection
        self.memory = Memory(connection)
        clock_state = self.memory.recall("clock")
        self.clock = Clock(ClockState(**clock_state) if clock_state else None)
        self.switches = Switchboard(settings.preset, **settings.switches)
        self.switches.restore(self.memory.recall("switches") or {})
        self.ledger = Ledger(self.store, self.clock, self.switches)
        self.ledger.first_start(settings.seed)
        self.authority = Authority(
            connection, self.store.transaction, self.clock.timestamp, self.memory
        )
        self.authority.add_client(settings.client_id, settings.client_secret)
        self.limits = Limits(self.clock.timestamp, OFF if settings.limits == "off" else Figures())
        self.throttle_form = "xml"
        self.retry_after = 0
        self.latency_ms = settings.latency_ms
        self.item_latency_ms = settings.item_latency_ms
        self.sign_in_latency_ms = 0.0
        self.injector = Injector(settings.server_limit_seconds)
        self.journal = Journal(connection)
        self.webhooks = Webhooks(self.store, self.clock, self.memory, self.switches)
        self.ledger.on_change = self.webhooks.note

    def grant(self, realm_id: str | None, scope: str = ACCOUNTING) -> Issued:
        """Give tokens for a company without a person; a realm not yet known is created."""
        company = self.ledger.company(realm_id) if realm_id else self.ledger.companies()[0]
        if company is None:
            company = self.ledger.create_company(realm_id=realm_id)
        return self.authority.grant(self.settings.client_id, company.realm_id, scope)

    def keep_clock(self) -> None:
        """Store where the clock stands, and wake what waits for a time."""
        self.memory.keep("clock", self.clock.as_dict())
        self.webhooks.wake()

    def keep_switches(self) -> None:
        """Store the switches."""
        self.memory.keep("switches", self.switches.stored())

    def close(self) -> None:
        """Close the state file."""
        self.store.close()
