"""What people do in Vonigo: enter, charge, take money, give it back, cancel, move."""

import threading
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sync.intake.sources.vonigo.standin.schema import (
    CHARGE,
    CLIENT,
    INVOICE,
    JOB,
    PAYMENT,
    TAX,
    WORK_ORDER,
)
from sync.intake.sources.vonigo.standin.store import Store, Thing
from sync.intake.sources.vonigo.standin.switches import checked, defaults

FRANCHISES = {
    1: ("Northside", "America/Los_Angeles", -8),
    2: ("Lakeview", "America/New_York", -5),
    3: ("Hilltop", "America/Denver", -7),
}
PASSWORD = "vonigo-demo"  # noqa: S105 - opens nothing but the stand-in
NOTHING = Decimal("0.00")


class Office:
    """One tenant; every act is one step that survives a kill."""

    def __init__(self, path: str | Path | None = None) -> None:
        self.lock = threading.RLock()
        self.store = Store(path)
        self.switches: dict[str, Any] = defaults() | (self.store.recall("switches") or {})
        self.moved: list[str] = self.store.recall("moved") or []
        self.shift = float(self.store.recall("shift") or 0)

    def now(self) -> int:
        """Return the microseconds since 1970, by the stand-in's clock."""
        return int((time.time() + self.shift) * 1_000_000)

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.shift += seconds
        self.store.keep("shift", self.shift)

    def switch(self, **values: Any) -> None:
        """Answer otherwise from now on."""
        self.switches |= checked(values)
        self.store.keep("switches", self.switches)

    def move_field(self, kind: int, name: str) -> None:
        """Give a field another id, as when it is deleted and made anew."""
        self.moved = [*self.moved, f"{kind}:{name}"]
        self.store.keep("moved", self.moved)

    def add_client(self, franchise: int, name: str, email: str = "", phone: str = "") -> int:
        """Enter a client."""
        fields = {"Email": email, "Phone": phone, "Notes": ""}
        return self._add(CLIENT, franchise, name, fields, [])["id"]  # type: ignore[no-any-return]

    def add_job(self, client: int) -> int:
        """Enter a job with one work order, for a client."""
        franchise = self.store.get(CLIENT, client)["franchise"]
        job = self._add(JOB, franchise, "Job", {}, [[CLIENT, client]])["id"]
        self._add(WORK_ORDER, franchise, "Work order", {}, [[CLIENT, client], [JOB, job]])
        return int(job)

    def bill(  # noqa: PLR0913
        self,
        client: int,
        lines: list[tuple[str, str, str]],
        *,
        issued: date,
        discount: str = "0",
        tax: str = "0",
        taxes: tuple[int, ...] = (),
        due: date | None = None,
        job: int | None = None,
        number: str = "",
    ) -> int:
        """Bill a job: each line is a name, a quantity and a price; all bear the taxes."""
        franchise = self.store.get(CLIENT, client)["franchise"]
        with self.lock:
            job = job or self.add_job(client)
            order = self._order_of(job, franchise)
            price = NOTHING
            for name, quantity, unit_price in lines:
                price += Decimal(quantity) * Decimal(unit_price)
                fields = {"Name": name, "Description": "", "Quantity": quantity,
                          "Unit Price": unit_price}  # fmt: skip
                of = [[WORK_ORDER, order], *([TAX, each] for each in taxes)]
                self._add(CHARGE, franchise, name, fields, of, work_order=order)
            fields = {
                "Price": f"{price:.2f}",
                "Subtotal": f"{price - Decimal(discount):.2f}",
                "Tax": f"{Decimal(tax):.2f}",
                "Date Issued": issued.isoformat(),
                "Due Date": due.isoformat() if due else "",
                "Status": "Open",
            }
            related = [[CLIENT, client], [JOB, job], [WORK_ORDER, order]]
            invoice = self._add(INVOICE, franchise, "", fields, related)
            self._change(invoice, name=number or f"V{invoice['id']}")
            return int(invoice["id"])

    def pay(  # noqa: PLR0913
        self, client: int, amount: str, *, received: date, invoice: int | None = None,
        method: str = "Check", check: str = "", job: int | None = None,
    ) -> int:  # fmt: skip
        """Take money, for an invoice or as a deposit for a job."""
        franchise = self.store.get(CLIENT, client)["franchise"]
        fields = {
            "Amount": amount, "Amount Received": amount, "Payment Method": method,
            "Check Number": check, "Notes": "", "Payment Date": received.isoformat(),
            "Status": "Paid Online" if method == "Credit Card" else "Completed",
            "Refund Amount": "", "Refund Date": "",
        }  # fmt: skip
        if invoice:
            job = next(each[1] for each in self.store.get(INVOICE, invoice)["related"]
                       if each[0] == JOB)  # fmt: skip
        related = [[CLIENT, client]] + ([[JOB, job]] if job else [])
        related += [[INVOICE, invoice]] if invoice else []
        return int(self._add(PAYMENT, franchise, "Payment", fields, related)["id"])

    def apply(self, payment: int, invoice: int | None) -> None:
        """Move a payment to another invoice, or to none."""
        thing = self.store.get(PAYMENT, payment)
        related = [each for each in thing["related"] if each[0] != INVOICE]
        self._change(thing, related=related + ([[INVOICE, invoice]] if invoice else []))

    def refund(self, payment: int, amount: str, on: date) -> None:
        """Give money back; amounts add up, and the last day stands."""
        thing = self.store.get(PAYMENT, payment)
        fields = thing["fields"]
        total = Decimal(fields["Refund Amount"] or "0") + Decimal(amount)
        is_all = total == Decimal(fields["Amount"])
        status = "Refunded" if is_all else "Partially Refunded"
        changed = {"Refund Amount": f"{total:.2f}", "Refund Date": on.isoformat(), "Status": status}
        self._change(thing, fields=fields | changed)

    def void_payment(self, payment: int) -> None:
        """Void a payment."""
        thing = self.store.get(PAYMENT, payment)
        self._change(thing, fields=thing["fields"] | {"Status": "Voided"})

    def cancel(self, invoice: int) -> None:
        """Cancel an invoice."""
        thing = self.store.get(INVOICE, invoice)
        self._change(thing, fields=thing["fields"] | {"Status": "Cancelled"})

    def edit(self, kind: int, number: int, **fields: str) -> None:
        """Write something into fields, named with _ for a space, as people or bugs do."""
        thing = self.store.get(kind, number)
        written = {name.replace("_", " "): value for name, value in fields.items()}
        self._change(thing, fields=thing["fields"] | written)

    def reorder(self, kind: int, number: int, place: int) -> None:
        """Let an object come elsewhere in lists that keep an order of their own; not an edit."""
        thing = self.store.get(kind, number)
        self.store.put(thing | {"place": place})

    def remove(self, kind: int, number: int) -> None:
        """Delete an object: Vonigo lists it no more, and only the lines tell of it."""
        thing = self.store.get(kind, number)
        self._change(thing, franchise=-abs(thing["franchise"]))

    def _order_of(self, job: int, franchise: int) -> int:
        number = self.store.recall(f"order_of:{job}")
        if number is not None:
            return int(number)
        orders = self.store.all(WORK_ORDER, franchise)
        return int(next(each["id"] for each in reversed(orders) if [JOB, job] in each["related"]))

    def _add(  # noqa: PLR0913, PLR0917
        self, kind: int, franchise: int, name: str, fields: dict[str, str],
        related: list[list[int]], work_order: int | None = None,
    ) -> Thing:  # fmt: skip
        with self.lock:
            number, now = self.store.next_id(), self.now()
            thing = {
                "type": kind, "id": number, "franchise": franchise, "name": name, "created": now,
                "edited": now, "active": True, "fields": fields, "related": related,
                "work_order": work_order,
            }  # fmt: skip
            self.store.put(thing)
            if kind == WORK_ORDER:
                job = next(each[1] for each in related if each[0] == JOB)
                self.store.keep(f"order_of:{job}", number)
            return thing

    def _change(self, thing: Thing, **values: Any) -> None:
        with self.lock:
            thing.update(values, edited=self.now())
            self.store.put(thing)
