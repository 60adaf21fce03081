"""The simulator's pages in a real browser: a person consents, cancels, and can read them."""

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes

from tests.browsing import IN_A_BROWSER, faults_of
from tests.simulator.pages.test_pages import paid_example

pytestmark = IN_A_BROWSER


class Callback:
    """The app's redirect address."""

    def __init__(self):
        self.came = queue.Queue()
        callback = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                callback.came.put(dict(parse_qsl(urlsplit(self.path).query)))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/back"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def callback():
    callback = Callback()
    yield callback
    callback.close()


@pytest.fixture
def tab(chromium):
    return chromium.new_page()


def test_person_connects_and_cancels_in_a_browser(own_simulator, tab, callback):
    client = AuthClient(
        own_simulator.client_id,
        own_simulator.client_secret,
        callback.url,
        own_simulator.discovery_url,
    )
    company = own_simulator._call("GET", "/_simulator/companies")[1]
    url = client.get_authorization_url([Scopes.ACCOUNTING], state_token="abc")
    tab.goto(url)
    tab.get_by_label(company["name"]).check()
    tab.get_by_role("button", name="Connect").click()
    back = callback.came.get(timeout=30)
    assert (back["realmId"], back["state"]) == (company["realm_id"], "abc")
    client.get_bearer_token(back["code"], realm_id=back["realmId"])
    assert client.access_token

    tab.goto(url)
    tab.get_by_role("button", name="Cancel").click()
    cancelled = callback.came.get(timeout=30)
    while "error" not in cancelled:  # the browser may ask for an icon in between
        cancelled = callback.came.get(timeout=30)
    assert cancelled == {"error": "access_denied", "state": "abc"}


def test_pages_have_no_serious_accessibility_faults(simulator, api, tab):
    paid_example(api)
    client = AuthClient(
        simulator.client_id,
        simulator.client_secret,
        "http://127.0.0.1:8000/back",
        simulator.discovery_url,
    )
    urls = [client.get_authorization_url([Scopes.ACCOUNTING]), simulator.url + "/"]
    urls += [
        f"{simulator.url}/companies/{api.realm_id}/{name}" for name in ("invoices", "payments")
    ]
    urls += [f"{simulator.url}/journal"]
    found = {}
    for url in urls:
        tab.goto(url)
        found[urlsplit(url).path] = faults_of(tab)
    assert found == {urlsplit(url).path: [] for url in urls}
