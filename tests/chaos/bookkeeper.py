"""A bookkeeper who works in QuickBooks meanwhile, with a token of her own and spared by the storm.

She keeps a list of what she put her hand to, before she does: whatever becomes of her request, the
document counts as touched. She knows nothing of our database but what is on the invoices.
"""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sync.quickbooks.documents import plain_typography
from sync.simulator.remote import HOST
from sync.simulator.server import Simulator, SimulatorError
from tests.chaos.her_lists import HerLists, Listed, NothingThere
from tests.chaos.plan import Character, Plan

Entity = dict[str, Any]
HERS = "entered by hand"


@dataclass(frozen=True)
class Known:
    """What stands on one invoice of ours, for her to enter by hand."""

    number: str
    customer: str
    total: str
    paid: tuple[tuple[str, str], ...]  # amount and date of each payment


@dataclass
class Touched:
    """What she changed of ours, by the notes it carries, and what of hers resembles ours."""

    notes: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)  # notes too
    numbers: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    deleted_kinds: set[str] = field(default_factory=set)
    listed: Listed = field(default_factory=Listed)


class Refused(Exception):
    """QuickBooks did not do it, or did not say, however often she tried."""


class Bookkeeper(threading.Thread):
    """She does one thing after another until she is told to stop."""

    def __init__(
        self,
        plan: Plan,
        character: Character,
        simulator: Simulator,
        realm: str,
        known: Sequence[Known],
        items: tuple[str, ...],
    ) -> None:
        """`items` are the ids of those that she may merge, rename and make inactive."""
        super().__init__(name="bookkeeper", daemon=True)
        self.touched = Touched()
        self.did: Counter[str] = Counter()
        self._dice = plan.random("bookkeeper")
        self._character = character
        self._simulator = simulator
        self._realm = realm
        self._known = known
        self._token = simulator.grant(realm)["access_token"]
        self._over = threading.Event()
        self.lists = HerLists(simulator, realm, self._dice, items, self._post)
        self.touched.listed = self.lists.did

    def run(self) -> None:
        """Work at irregular intervals; she comes in a little after the export began."""
        while not self._over.wait(self._dice.uniform(0.1, 1) / self._character.meddling):
            self._one()

    def _one(self) -> None:
        """Do what comes to hand; where there is nothing of ours yet, she tries again soon."""
        acts = self._entries() if self._dice.random() < 0.3 else self._changes()
        act = self._dice.choice(acts)
        try:
            act()
            self.did[act.__name__] += 1
        except NothingThere:
            self._over.wait(0.1)
        except (OSError, http.client.HTTPException, ValueError, Refused, SimulatorError):
            self.did[f"failed: {act.__name__}"] += 1

    def go_home(self) -> None:
        """Stop, once what she is at is done."""
        self._over.set()
        if self.ident is not None:
            self.join()

    def _changes(self) -> list[Any]:
        changes = [
            self.move_payment, self.edit_payment, self.void_payment, self.void_invoice,
            self.edit_invoice, self.renumber_invoice,
        ]  # fmt: skip
        if self._character.lists:
            changes += self.lists.acts() * 2
        deletions = [self.delete_payment, self.delete_invoice, self.delete_her_own]
        return changes + deletions if self._character.deletes else changes

    def _entries(self) -> list[Any]:
        return [self.enter_invoice, self.enter_payment, self.enter_customer]

    # What she does to documents of ours

    def move_payment(self) -> None:
        """Give a payment another date."""
        payment = self._one_of_ours("Payment")
        self._post("payment", _sparse(payment) | {"TxnDate": "2026-05-11"})

    def edit_payment(self) -> None:
        """Make a payment a dollar more."""
        payment = self._one_of_ours("Payment")
        more = Decimal(str(payment["TotalAmt"])) + 1
        self._post("payment", _sparse(payment) | {"TotalAmt": float(more)})

    def void_payment(self) -> None:
        payment = self._one_of_ours("Payment")
        self._post("payment", _sparse(payment), operation="update", include="void")

    def void_invoice(self) -> None:
        self._post("invoice", _named(self._one_of_ours("Invoice")), operation="void")

    def edit_invoice(self) -> None:
        """Make the first line of an invoice a dollar more."""
        invoice = self._one_of_ours("Invoice")
        lines = [line for line in invoice["Line"] if line["DetailType"] == "SalesItemLineDetail"]
        lines[0]["Amount"] = float(Decimal(str(lines[0]["Amount"])) + 1)
        lines[0]["SalesItemLineDetail"].pop("UnitPrice", None)
        lines[0]["SalesItemLineDetail"].pop("Qty", None)
        self._post("invoice", _sparse(invoice) | {"Line": lines})

    def renumber_invoice(self) -> None:
        invoice = self._one_of_ours("Invoice")
        number = f"{invoice['DocNumber'][:15]}-{self._dice.randint(1, 999)}"
        self._post("invoice", _sparse(invoice) | {"DocNumber": number})

    def delete_payment(self) -> None:
        payment = self._one_of_ours("Payment", deletes=True)
        self._post("payment", _named(payment), operation="delete")

    def delete_invoice(self) -> None:
        invoice = self._one_of_ours("Invoice", deletes=True)
        self._post("invoice", _named(invoice), operation="delete")

    # What she enters herself, that looks like ours

    def enter_invoice(self) -> None:
        """Use a number that is one of ours, there already or still to come."""
        known = self._dice.choice(self._known)
        self.touched.numbers.add(known.number)
        customer = self._dice.choice(self._all("Customer"))
        line = {
            "DetailType": "SalesItemLineDetail",
            "Amount": float(known.total),
            "SalesItemLineDetail": {"ItemRef": {"value": self._all("Item")[0]["Id"]}},
        }
        self._post("invoice", self._hers(customer) | {"DocNumber": known.number, "Line": [line]})

    def enter_payment(self) -> None:
        """Enter a payment like one of ours: same customer, amount and day."""
        known = self._dice.choice(self._known)
        self.touched.names.add(known.customer)
        name = plain_typography(known.customer)
        customers = [c for c in self._all("Customer") if c["DisplayName"] == name]
        if not customers:
            raise NothingThere
        amount, date = self._dice.choice(known.paid)
        self._post(
            "payment", self._hers(customers[0]) | {"TotalAmt": float(amount), "TxnDate": date}
        )

    def enter_customer(self) -> None:
        """Enter a customer whose name is one of ours."""
        known = self._dice.choice(self._known)
        self.touched.names.add(known.customer)
        self._post("customer", {"DisplayName": plain_typography(known.customer), "Notes": HERS})

    def delete_her_own(self) -> None:
        """Delete something of her own, which nobody else can tell from ours once it is gone."""
        kind = self._dice.choice(("Invoice", "Payment"))
        hers = [d for d in self._all(kind) if d.get("PrivateNote") == HERS]
        if not hers:
            raise NothingThere
        self.touched.deleted_kinds.add(kind.lower())
        self._post(kind.lower(), _named(self._dice.choice(hers)), operation="delete")

    def _hers(self, customer: Entity) -> Entity:
        return {"CustomerRef": {"value": customer["Id"]}, "PrivateNote": HERS}

    # Her hands

    def _one_of_ours(self, kind: str, *, deletes: bool = False) -> Entity:
        ours = [d for d in self._all(kind) if _note(d).startswith("Paidup ")]
        if not ours:
            raise NothingThere
        # Rather what came last: that is where the export is at.
        chosen = self._dice.choice(ours[-12:])
        self.touched.notes.add(_note(chosen))
        if deletes:
            self.touched.deleted.add(_note(chosen))
            self.touched.deleted_kinds.add(kind.lower())
        return chosen

    def _all(self, kind: str) -> list[Entity]:
        return self._simulator.documents(self._realm, kind)

    def _post(self, path: str, body: Entity, **parameters: str) -> None:
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        address = f"/v3/company/{self._realm}/{path}?{query}"
        for _ in range(3):
            status = self._try(address, json.dumps(body, default=float))
            if status == 200:
                return
            if status == 400:
                break
            if status == 401:
                self._token = self._simulator.grant(self._realm)["access_token"]
            time.sleep(0.1)
        raise Refused(status)

    def _try(self, address: str, body: str) -> int:
        connection = http.client.HTTPConnection(HOST, self._simulator.port, timeout=5)
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        try:
            connection.request("POST", address, body, headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
        return response.status


def _note(document: Entity) -> str:
    return str(document.get("PrivateNote", document.get("Notes", "")))


def _named(document: Entity) -> Entity:
    return {"Id": document["Id"], "SyncToken": document["SyncToken"]}


def _sparse(document: Entity) -> Entity:
    return _named(document) | {"sparse": True}
