"""Sentry is told of every unexpected error by type and place, and of no customer."""

import gzip
import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import brotli
import pytest

pytest.importorskip("sentry_sdk", reason="the extra `sentry` is not installed")
ROOT = Path(__file__).parents[2]
DETAILS = ("Jane Roe", "jane@example.com", "4111-1111", "secret-cookie", "card=")
UNPACKED = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}
CHILD = """
import django
django.setup()
from django.http import HttpRequest
from django.test import Client
from django.urls import path
from config import urls
from sync.company.isolation import attempt

def fails(*_args):
    customer = "Jane Roe"
    raise ValueError(f"{customer} jane@example.com 4111-1111")

urls.urlpatterns.insert(0, path("fails/", fails))
attempt(fails, company=7)
client = Client(raise_request_exception=False)
client.cookies["session"] = "secret-cookie"
client.post("/fails/?card=4111-1111", {"name": "Jane Roe"}, headers={"X-Name": "Jane Roe"})
import sentry_sdk
sentry_sdk.flush(10)
"""


@pytest.fixture
def sentry():
    told = []

    class Takes(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.append(UNPACKED[self.headers.get("Content-Encoding")](body).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Takes) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://key@127.0.0.1:{server.server_port}/1", told
        server.shutdown()


def test_types_and_places_go_and_nothing_of_a_customer(sentry, tmp_path):
    dsn, told = sentry
    environment = os.environ | {
        "SENTRY_DSN": dsn,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite3",
        "SCHEMA_LOOK_SECONDS": "0",  # it is empty: the page fails before that is said
        "LOG_LEVEL": "CRITICAL",
    }
    ran = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    events = [json.loads(each.splitlines()[2]) for each in told]
    assert len(events) == 2, told
    for event in events:
        [error] = event["exception"]["values"]
        assert error["type"] == "ValueError"
        assert error["stacktrace"]["frames"][-1]["function"] == "fails"
    assert [bool(event.get("tags", {}).get("paidup")) for event in events] == [True, False]
    assert not [detail for detail in DETAILS for each in told if detail in each]
