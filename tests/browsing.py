"""A real browser for the tests that need one, and somebody signed in at the site with it."""

import os
import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SHOTS = os.environ.get("SHOTS")  # a folder for pictures of pages, to look at
PASSWORD = "correct horse battery staple"  # the factory's
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# What a page is too wide for: the window, or the card that a table stands in.
TOO_WIDE = """[
    document.documentElement,
    ...[...document.querySelectorAll("table")].map((table) => table.parentElement)
        .filter((card) => card.checkVisibility() && getComputedStyle(card).overflowX === "visible"),
].filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.tagName)"""


@pytest.fixture
def chromium(monkeypatch):
    # Playwright's loop runs in this thread; the ORM is called from it all the same.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_site(chromium, live_server):
    """Return a function that signs somebody in and gives the page, with what its console said."""

    def opened(user, mode="light", **options):
        page = chromium.new_context(
            viewport={"width": 1400, "height": 900}, color_scheme=mode, **options
        ).new_page()
        page.said = []
        page.on("console", lambda m: page.said.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(f"{live_server.url}/admin/login/")
        page.fill("input[name=username]", user.username)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(f"{live_server.url}/admin/")
        return page

    return opened


def faults_of(page, mode="light"):
    """Return what axe finds seriously hard to read on a page: each rule, and where.

    Only colours are other ones in the dark.
    """
    from axe_playwright_python.sync_playwright import Axe

    options = {"resultTypes": ["violations"]}
    if mode == "dark":
        options["runOnly"] = ["color-contrast"]
    return [
        (violation["id"], [node["html"] for node in violation["nodes"]])
        for violation in Axe().run(page, options=options).response["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
