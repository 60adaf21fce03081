"""Measures the simulator: python -m tests.simulator.benchmark; exit status 1 where it is too slow.

Client and simulator share the machine. Targets: 300 single reads a second, 100 batches of 30
creates in 10 seconds, and memory that does not grow with the number of requests served.
"""

import http.client
import json
import sys
import time
from pathlib import Path

from sync.simulator.server import Simulator

READS = 3000
BATCHES = 100
GROWTH_READS = 20_000
GROWTH_ALLOWED_MIB = 8


class Client:
    """A client that costs little itself: one kept connection, no library."""

    def __init__(self, simulator):
        tokens = simulator.grant()
        self.realm_id = tokens["realm_id"]
        self.connection = http.client.HTTPConnection("127.0.0.1", simulator.port)
        self.headers = {
            "Authorization": f"Bearer {tokens['access_token']}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }

    def send(self, method, path, body=None):
        url = f"/v3/company/{self.realm_id}/{path}"
        self.connection.request(method, url, body, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        return json.loads(text)


def invoice_body(client):
    items = client.send("GET", "query?query=select+*+from+Item+where+Type='Service'")
    customers = client.send("GET", "query?query=select+*+from+Customer+maxresults+1")
    item = items["QueryResponse"]["Item"][0]["Id"]
    line = {
        "Amount": 150.25,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": item}},
    }
    customer = customers["QueryResponse"]["Customer"][0]["Id"]
    return {"CustomerRef": {"value": customer}, "Line": [line]}


def batch_of(entity, bodies):
    items = [
        {"bId": str(number), "operation": "create", entity: body}
        for number, body in enumerate(bodies)
    ]
    return json.dumps({"BatchItemRequest": items})


def reads_per_second(client, reads):
    client.send("POST", "invoice", json.dumps(invoice_body(client)))
    found = client.send("GET", "query?query=select+*+from+Invoice+maxresults+1")
    invoice_id = found["QueryResponse"]["Invoice"][0]["Id"]
    began = time.perf_counter()
    for _ in range(reads):
        client.send("GET", f"invoice/{invoice_id}?minorversion=75")
    return reads / (time.perf_counter() - began)


def batch_seconds(client, entity, body_of):
    began = time.perf_counter()
    for number in range(BATCHES):
        text = batch_of(entity, [body_of(number * 30 + item) for item in range(30)])
        answer = client.send("POST", f"batch?minorversion=75&requestid=b{entity}{number}", text)
        assert all(entity in item for item in answer["BatchItemResponse"]), answer
    return time.perf_counter() - began


def resident_mib(process):
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise LookupError("the kernel tells no VmRSS")


def main():
    with Simulator(subprocess=True) as simulator:
        client = Client(simulator)
        body = invoice_body(client)
        rate = reads_per_second(client, READS)
        customers = batch_seconds(
            client, "Customer", lambda number: {"DisplayName": f"Benchmark {number}"}
        )
        invoices = batch_seconds(
            client, "Invoice", lambda number: {**body, "DocNumber": f"BENCH-{number}"}
        )
        before = resident_mib(simulator.process)
        reads_per_second(client, GROWTH_READS)
        growth = resident_mib(simulator.process) - before
    checks = [
        (f"{rate:.0f} single reads a second (at least 300)", rate >= 300),
        (f"{customers:.1f} s for {BATCHES} batches of 30 customers (at most 10)", customers <= 10),
        (f"{invoices:.1f} s for {BATCHES} batches of 30 invoices (at most 10)", invoices <= 10),
        (
            f"{growth:+.1f} MiB over {GROWTH_READS} more reads (at most {GROWTH_ALLOWED_MIB})",
            growth <= GROWTH_ALLOWED_MIB,
        ),
    ]
    for text, good in checks:
        sys.stdout.write(f"{'ok ' if good else 'BAD'} {text}\n")
    return 0 if all(good for _, good in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
