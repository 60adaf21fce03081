"""`make pictures`: the main screens of a fresh demo, for the README: docs/pictures/.

It starts the site as `make run` does, on ports and with a database of its own, and works it as a
bookkeeper would.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browsing import CHROMIUM, FLAGS

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 780}
PASSWORD = re.compile(r"with the password (\S+)")
FILE = """Invoice #,Customer,Date,Service,Amount,Paid,Payment method
5001,Ada Lindqvist,11/13/2026,Lawn care,120.00,120.00,Check
5002,Ben Okafor,11/14/2026,Junk removal,338.50,100.00,Credit card
5003,Cruz Family,11/15/2026,Lawn care,99.999,,
"""


@contextmanager
def demo():
    """Serve a fresh demo; give its address and the password of its people."""
    with tempfile.TemporaryDirectory() as folder:
        ports = {name: str(_free_port()) for name in ("PORT", "SIMULATOR_PORT", "VONIGO_PORT")}
        ports["VONIGO_SIMULATOR_PORT"] = ports.pop("VONIGO_PORT")
        own = {
            "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3",
            "IMPORTS_DIR": f"{folder}/imports",
            "SIMULATORS_STATE": folder,
            "PYTHONUNBUFFERED": "1",
        }
        site = subprocess.Popen(
            [sys.executable, "-m", "config.serve"],
            cwd=ROOT,
            env=os.environ | ports | own,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            told = ""
            for line in site.stdout:
                told += line
                if "Ctrl-C" in line:
                    break
            yield f"http://localhost:{ports['PORT']}", PASSWORD.search(told)[1]
        finally:
            site.send_signal(signal.SIGINT)
            site.wait(60)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    """Take every picture anew."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with demo() as (address, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = _signed_in(browser, address, password, DESK)
        for take in (_first, _export, _refunds, _set_up, _import):
            take(page, f"{address}/admin/")
        page = _signed_in(browser, address, password, PHONE)
        page.goto(f"{address}/admin/sync/payment/?status=not-ready")
        _keep(page, "phone")
        browser.close()


def _signed_in(browser, address, password, size):
    page = browser.new_context(viewport=size, color_scheme="light", base_url=address).new_page()
    page.goto(f"{address}/admin/login/")
    page.fill("input[name=username]", "bookkeeper")
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(f"{address}/admin/")
    return page


def _keep(page, name):
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.png")


def _first(page, admin):
    page.goto(admin)
    _keep(page, "home")
    page.goto(f"{admin}sync/payment/?status=not-ready")
    _keep(page, "not-ready")


def _export(page, admin):
    page.goto(f"{admin}sync/payment/")
    _keep(page, "ready")
    page.get_by_role("button", name="Export Payments").click()
    page.get_by_role("button", name="Confirm and export").wait_for()
    _keep(page, "preview")
    page.get_by_role("button", name="Confirm and export").click()
    page.get_by_text("Finished:").wait_for(timeout=120_000)
    _keep(page, "run")


def _refunds(page, admin):
    page.goto(f"{admin}sync/refunddiscrepancy/")
    _keep(page, "refunds")


def _set_up(page, admin):
    page.goto(f"{admin}sync/businessunit/?q=Riverside")
    page.get_by_role("link", name="Evergreen Riverside").first.click()
    page.goto(page.locator("a[href*=integration_setup]").first.get_attribute("href"))
    _keep(page, "set-up")


def _import(page, admin):
    page.goto(f"{admin}sync/import/bring/")
    page.select_option("select[name=business_unit]", label="Evergreen Riverside")
    file = {"name": "november.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    page.set_input_files("input[type=file]", file)
    page.locator("form button[type=submit]").last.click()
    page.get_by_text("this is what becomes of them").wait_for(timeout=60_000)
    _keep(page, "import")


if __name__ == "__main__":
    main()
