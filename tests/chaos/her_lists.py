"""What the bookkeeper does to lists: customers and items merged, renamed and made inactive.

None of it changes a document's money, so all that waits must go in the end, by the remedies that
stand where it stopped.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sync.simulator.server import Simulator

Entity = dict[str, Any]


class NothingThere(Exception):
    """There is nothing yet to put her hand to."""


@dataclass
class Listed:
    """What she did to customers of ours, by the notes they carried, and to items."""

    notes: set[str] = field(default_factory=set)
    merged: dict[str, str] = field(default_factory=dict)  # ids: the customer that is left
    items: set[str] = field(default_factory=set)

    def whose(self, customer_id: str) -> str:
        """Return the id of the customer that one is now, through every merge."""
        while customer_id in self.merged:
            customer_id = self.merged[customer_id]
        return customer_id


@dataclass
class HerLists:
    """Her hand in the lists; `post` sends a body to an address of the API."""

    simulator: Simulator
    realm: str
    dice: random.Random
    items: tuple[str, ...]  # the ids she may touch
    post: Callable[[str, Entity], None]
    did: Listed = field(default_factory=Listed)

    def acts(self) -> list[Callable[[], None]]:
        """Return what she does, the likelier more often."""
        return [
            self.rename_customer, self.merge_customers, self.merge_customers,
            self.deactivate_customer, self.deactivate_item, self.merge_items, self.rename_item,
        ]  # fmt: skip

    def rename_customer(self) -> None:
        customer = self._one_of_ours()
        renamed = f"{customer['DisplayName'][:60]} of {self.dice.randint(1, 999)}"
        self.post("customer", _sparse(customer) | {"DisplayName": renamed})

    def deactivate_customer(self) -> None:
        self.post("customer", _sparse(self._one_of_ours()) | {"Active": False})

    def make_active(self, customer_id: str) -> None:
        """Make a customer active again, which a person asks her for; its name may be given."""
        [customer] = [c for c in self._all("Customer") if c["Id"] == customer_id]
        name = f"Again {self.dice.randint(1, 9999)}"
        self.post("customer", _sparse(customer) | {"Active": True, "DisplayName": name})

    def is_inactive(self, customer_id: str) -> bool:
        """Say whether she made a customer inactive that was merged into."""
        found = [c for c in self._all("Customer") if c["Id"] == customer_id]
        return bool(found) and found[0].get("Active", True) is False

    def merge_customers(self) -> None:
        """Merge one of ours into another one of ours or of her own, of the same currency."""
        gone = self._one_of_ours()
        fit = [
            customer
            for customer in self._all("Customer")
            if customer["Id"] != gone["Id"]
            and customer.get("Active", True)
            and not customer.get("Job")
            and customer.get("CurrencyRef") == gone.get("CurrencyRef")
            and self.did.whose(customer["Id"]) != gone["Id"]
        ]
        ours = [customer for customer in fit if is_ours(customer)]
        hers = [customer for customer in fit if not is_ours(customer)]
        among = (self.dice.random() < 0.5 and ours) or hers or ours
        if not among:
            raise NothingThere
        left = self.dice.choice(among[-12:])
        self.did.merged[gone["Id"]] = left["Id"]
        self.simulator.merge(self.realm, "Customer", merged=gone["Id"], survivor=left["Id"])

    def deactivate_item(self) -> None:
        self.post("item", _sparse(self._item()) | {"Active": False})

    def rename_item(self) -> None:
        item = self._item()
        renamed = f"{item['Name'][:60]} {self.dice.randint(1, 99)}"
        self.post("item", _sparse(item) | {"Name": renamed})

    def merge_items(self) -> None:
        gone = self._item()
        rest = [
            item
            for item in self._all("Item")
            if item["Type"] == gone["Type"] and item["Id"] not in self.items and item["Active"]
        ]
        left = self.dice.choice(rest)
        self.simulator.merge(self.realm, "Item", merged=gone["Id"], survivor=left["Id"])

    def _item(self) -> Entity:
        live = [i for i in self._all("Item") if i["Id"] in self.items and i.get("Active")]
        if not live:
            raise NothingThere
        item = self.dice.choice(live)
        self.did.items.add(item["Id"])
        return item

    def _one_of_ours(self) -> Entity:
        ours = [c for c in self._all("Customer") if is_ours(c) and c.get("Active", True)]
        if not ours:
            raise NothingThere
        chosen = self.dice.choice(ours[-12:])
        self.did.notes.add(str(chosen["Notes"]))
        return chosen

    def _all(self, kind: str) -> list[Entity]:
        return self.simulator.documents(self.realm, kind)


def is_ours(customer: Entity) -> bool:
    """Say whether a customer carries our mark."""
    return str(customer.get("Notes", "")).startswith("Paidup ")


def _sparse(document: Entity) -> Entity:
    return {"Id": document["Id"], "SyncToken": document["SyncToken"], "sparse": True}
