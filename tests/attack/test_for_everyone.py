"""Every page of the site for everyone: a desk, a phone or 200 %, by day and by night, by keyboard.

The pages come from the resolver and stand where they have the most to say (world.py): one that is
added tomorrow is looked at tomorrow. `make test-long` looks at all of them, `make test-services` at
a seeded few.
"""

import os
import random

import pytest

from accounts.models import User
from tests.attack.pages import shown_to
from tests.browsing import IN_A_BROWSER, SHOTS, TOO_WIDE, faults_of
from tests.fonts import ICONS

pytestmark = [
    *IN_A_BROWSER,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("nowhere"),
]
SEED = int(os.environ.get("SEED", "1"))
ONLY = os.environ.get("ONLY", "")  # a part of the addresses that are looked at
SPEAK = os.environ.get("SPEAK", "")  # the language of who looks; empty: as the browser asks for
FEW = 4
DESK, PHONE = 1400, 390
ZOOMED = 700  # the desk at 200 %
WAYS = [(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark"), (ZOOMED, "light")]
# What Tab cannot reach though a mouse can press it, and what else axe does not ask.
AMISS = """() => {
    const seen = (one) => one.checkVisibility();
    const shuts = (one) => /= false$/.test(one.getAttribute("x-on:click").trim());
    const pressed = [...document.querySelectorAll("[x-on\\\\:click]")].filter(seen)
        .filter((one) => one.tabIndex < 0 && !shuts(one))
        .map((one) => `Tab cannot reach ${one.outerHTML.slice(0, 90)}`);
    const mains = document.querySelectorAll("main, [role=main]").length;
    const menu = document.querySelector("#nav-sidebar");
    const skip = document.querySelector("body a[href]");
    const skips = !menu || document.querySelector(skip.hash || "none")?.matches("[role=main]");
    const helps = !menu || document.querySelector("[popovertarget=paidup-help]");
    const keys = innerWidth < 1024 ? [...document.querySelectorAll("kbd")].filter(seen) : [];
    return [
        ...pressed,
        ...(mains === 1 ? [] : [`${mains} main landmarks`]),
        ...(skips ? [] : ["no way past the menu"]),
        ...(helps ? [] : ["no help"]),
        ...(scrollY === 0 ? [] : [`opens ${scrollY} px down`]),
        ...keys.map((key) => `a hint for keys: ${key.textContent.trim()}`),
    ];
}"""

# What of a table lies beyond the edge of a phone, and words that a column is too narrow for.
CUT = """() => {
    const cells = [...document.querySelectorAll("td, th")].filter((cell) => cell.checkVisibility());
    const broken = (node, word) => {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        return new Set([...range.getClientRects()].map((rect) => rect.top)).size > 1;
    };
    const texts = cells.flatMap((cell) => {
        const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        const nodes = [];
        while (walker.nextNode()) nodes.push(walker.currentNode);
        return nodes;
    });
    const words = texts.flatMap((node) => [...node.data.matchAll(/[\\p{L}\\d]{2,16}/gu)]
        .filter((word) => broken(node, word)).map((word) => `broken: ${word[0]}`));
    const boxes = [...document.querySelectorAll(".paidup-sideways, .paidup-scroll")];
    const beyond = boxes.filter((box) => box.scrollWidth > box.clientWidth)
        .map((box) => `beyond the edge: ${box.innerText.slice(0, 60)}`);
    return innerWidth < 640 ? [...beyond, ...words] : words;
}"""

# Icons that the font does not hold are shown as words (`make fonts`).
SHOWN_ICONS = """[
    ...[...document.querySelectorAll(".material-symbols-outlined")].map((icon) => icon.textContent),
    ...[...document.querySelectorAll("*")]
        .flatMap((one) => ["::before", "::after"].map((part) => getComputedStyle(one, part)))
        .filter((style) => style.fontFamily.includes("Material Symbols"))
        .filter((style) => /^"./.test(style.content))
        .map((style) => style.content.replaceAll('"', "")),
].map((name) => name.trim()).filter(Boolean)"""


@pytest.fixture
def looked_at(own, targets, people):
    """Return the pages that an accountant is shown, and those that only a superuser is."""
    return shown_to({kind: people[kind] for kind in ("accountant", "superuser")}, targets["own"])


def amiss(page, address, width, mode):
    """Return what is wrong with a page, seen in one way."""
    page.said.clear()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if SHOTS:
        name = address.split("//")[1].partition("/")[2].replace("/", "-").strip("-")
        page.screenshot(path=f"{SHOTS}/{name}-{width}-{mode}.png", full_page=True)
    wide = [f"wider than the window: {tag}" for tag in page.evaluate(TOO_WIDE)]
    lacking = set(page.evaluate(SHOWN_ICONS)) - set(ICONS.read_text().split())
    return [
        *page.said,
        *wide,
        *lacking,
        *page.evaluate(AMISS),
        *page.evaluate(CUT),
        *faults_of(page, mode),
    ]


def look(open_site, live_server, people, looked_at, addresses, views):
    """Open each page in each way, as who is shown it; return what is wrong."""
    found = {}
    for width, mode, language in views:
        User.objects.update(language=language)
        opened = {}
        for address in addresses:
            kind = looked_at[address]
            if kind not in opened:
                opened[kind] = open_site(people[kind].user, mode)
                opened[kind].set_viewport_size({"width": width, "height": 900})
            if faults := amiss(opened[kind], f"{live_server.url}{address}", width, mode):
                found[address, width, mode] = faults
                print(address, width, mode, *faults, sep="\n    ")
    return found


def test_a_few_pages_are_for_everyone(open_site, live_server, people, looked_at):
    ways = [(DESK, "light", "es"), (PHONE, "dark", "fr-ca"), (ZOOMED, "light", "")]
    some = random.Random(SEED).sample(sorted(looked_at), FEW)
    assert look(open_site, live_server, people, looked_at, some, ways) == {}


@pytest.mark.long
@pytest.mark.parametrize(("width", "mode"), WAYS)
def test_every_page_is_for_everyone(open_site, live_server, people, looked_at, width, mode):
    assert len(looked_at) > 80
    asked = [address for address in looked_at if ONLY in address]
    found = look(open_site, live_server, people, looked_at, asked, [(width, mode, SPEAK)])
    assert found == {}
