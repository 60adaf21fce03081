"""A company's ledger called directly, without HTTP, for tests of what it answers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sync.simulator.ledger import ApiRequest, Ledger
from sync.simulator.state.store import Store
from sync.simulator.state.switches import Switchboard
from sync.simulator.wire import parse_json, to_json


class StoppedClock:
    """Time that moves only when told to."""

    def __init__(self):
        self.moment = datetime(2026, 3, 20, 18, 30, 15, 250000, UTC)

    def now(self):
        return self.moment

    def advance(self, seconds):
        self.moment += timedelta(seconds=seconds)


class Refused(Exception):
    """What the ledger answered instead of 200."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.error = body["Fault"]["Error"][0]
        self.code = self.error["code"]


class Desk:
    """One company of a new ledger in memory (or in a file), and shorthand to use it."""

    def __init__(self, variant="us", path=None, preset="strict", **switches):
        self.clock = StoppedClock()
        self.switches = Switchboard(preset, **switches)
        self.ledger = Ledger(Store(path), self.clock, self.switches)
        known = self.ledger.companies()
        company = known[0] if known else self.ledger.create_company(variant=variant)
        self.realm_id = company.realm_id

    def send(self, method, path, body=None, *, item_fault=None, **params):
        raw = body if isinstance(body, bytes) else b"" if body is None else to_json(body).encode()
        request = ApiRequest(
            method,
            self.realm_id,
            tuple(path.split("/")),
            params,
            "application/json",
            raw,
            item_fault=item_fault,
        )
        return self.ledger.handle(request)

    def call(self, method, path, body=None, **params):
        answer = self.send(method, path, body, **params)
        content = parse_json(answer.body)
        if answer.status != 200:
            raise Refused(answer.status, content)
        return content

    def get(self, kind, id_):
        return self.call("GET", f"{kind.lower()}/{id_}")[kind]

    def post(self, kind, body, **params):
        return self.call("POST", kind.lower(), body, **params)[kind]

    def create(self, kind, **fields):
        return self.post(kind, fields)

    def change(self, document, kind, **fields):
        """Sparse update."""
        head = {"Id": document["Id"], "SyncToken": document["SyncToken"], "sparse": True}
        return self.post(kind, head | fields)

    def delete(self, kind, document):
        head = {"Id": document["Id"], "SyncToken": document["SyncToken"]}
        return self.post(kind, head, operation="delete")

    def void(self, kind, document):
        head = {"Id": document["Id"], "SyncToken": document["SyncToken"]}
        if kind in {"Payment", "SalesReceipt"}:
            return self.post(kind, head | {"sparse": True}, operation="update", include="void")
        return self.post(kind, head, operation="void")

    def query(self, text):
        return self.call("POST", "query", text.encode())["QueryResponse"]

    def rows(self, text):
        answer = self.query(text)
        found = [value for value in answer.values() if isinstance(value, list)]
        return found[0] if found else []

    def all(self, kind):
        return self.ledger.documents(self.realm_id, kind)

    def batch(self, *items, **params):
        """Answers by bId; each item is (bId, operation, kind, body)."""
        requests = [
            {"bId": name, "operation": operation, kind: body}
            for name, operation, kind, body in items
        ]
        answer = self.call("POST", "batch", {"BatchItemRequest": requests}, **params)
        return {each["bId"]: each for each in answer["BatchItemResponse"]}

    def prefer(self, section, **settings):
        current = self.call("GET", "preferences")["Preferences"]
        head = {"Id": "1", "SyncToken": current["SyncToken"], "sparse": True}
        return self.post("Preferences", head | {section: settings})

    def customer(self, name="Ada Archer", **fields):
        return self.create("Customer", DisplayName=name, **fields)

    def invoice(self, customer, amount="100.00", **fields):
        return self.create("Invoice", **sale(customer, amount), **fields)

    def payment(self, customer, amount, *applied, **fields):
        """A payment; `applied` holds (document, amount) or (document, amount, type)."""
        return self.create("Payment", **receipt(customer, amount, *applied), **fields)


def sale(customer, amount="100.00", item="1", **detail):
    line = {
        "Amount": Decimal(amount),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": item}, **detail},
    }
    return {"CustomerRef": {"value": customer["Id"]}, "Line": [line]}


def receipt(customer, amount, *applied):
    lines = [
        {
            "Amount": Decimal(part),
            "LinkedTxn": [{"TxnId": target["Id"], "TxnType": (*kind, "Invoice")[0]}],
        }
        for target, part, *kind in applied
    ]
    body = {"CustomerRef": {"value": customer["Id"]}, "TotalAmt": Decimal(amount)}
    return body | ({"Line": lines} if lines else {})
