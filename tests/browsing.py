"""A real browser for the tests that need one, and somebody signed in at the site with it."""

import os
import shutil

import pytest
from django.conf import settings
from django.test import Client

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


@pytest.fixture(scope="session")
def one_chromium():
    """One browser a test process: to start it takes as long as many a test."""
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch:
        # Playwright's loop runs in this thread; the ORM is called from it all the same.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            yield browser
            browser.close()


@pytest.fixture
def chromium(one_chromium):
    """Give the browser, and close what a test opened in it."""
    yield one_chromium
    for context in one_chromium.contexts:
        context.close()


@pytest.fixture
def open_site(chromium, live_server):
    """Return a function that gives somebody's page, signed in, with what its console said."""

    def opened(user, mode="light", **options):
        context = chromium.new_context(
            viewport={"width": 1400, "height": 900}, color_scheme=mode, **options
        )
        context.add_cookies([signed_in(user) | {"url": live_server.url}])
        page = context.new_page()
        page.said = []
        page.on("console", lambda m: page.said.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(f"{live_server.url}/admin/")
        return page

    return opened


def signed_in(user):
    """Return the cookie of a session of the user's."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    return {"name": cookie.key, "value": cookie.value}


def faults_of(page, mode="light"):
    """Return what axe finds hard to use on a page: each rule, and where.

    Only colours are other ones in the dark.
    """
    from axe_playwright_python.sync_playwright import Axe

    options = {"resultTypes": ["violations"]}
    if mode == "dark":
        options["runOnly"] = ["color-contrast"]
    return [
        (violation["id"], [node["html"] for node in violation["nodes"]])
        for violation in Axe().run(page, options=options).response["violations"]
    ]
