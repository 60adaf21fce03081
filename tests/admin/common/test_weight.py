"""What a first view of a page fetches, compressed as it is sent."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client

from config.compression import WholeAnswers
from tests.factories import InvoiceFactory, PaymentFactory
from tests.fonts import ICONS, WEIGHTS, shown

MOST_PAGE, MOST_FIRST_VIEW = 100_000, 400_000
FONTS = [f"unfold/fonts/inter/Inter-{weight}-Latin.woff2" for weight in WEIGHTS]
FONTS.append("unfold/fonts/material-symbols/Material-Symbols-Outlined.woff2")
PAGES = ["", "sync/payment/", "sync/payment/?status=all", "sync/refunddiscrepancy/"]


def fetched(page):
    """Return the files that a page names, and its fonts, by size as they are sent."""
    named_there = re.findall(r'(?:src|href)="/static/([^"?]+)', page)
    files = {name: Path(finders.find(name)).read_bytes() for name in named_there}
    fonts = {name: Path(finders.find(name)).stat().st_size for name in FONTS}
    return {name: len(gzip.compress(file)) for name, file in files.items()} | fonts


def test_a_first_view_is_light(sign_in, riverside):
    client = Client()
    client.cookies = sign_in(is_superuser=True).cookies
    PaymentFactory(invoice=InvoiceFactory(business_unit=riverside))
    for path in PAGES:
        answer = client.get(f"/admin/{path}", HTTP_ACCEPT_ENCODING="gzip")
        assert answer["Content-Encoding"] == "gzip"
        sizes = fetched(gzip.decompress(answer.content).decode())
        assert len(sizes) > 15
        assert len(answer.content) < MOST_PAGE
        assert len(answer.content) + sum(sizes.values()) < MOST_FIRST_VIEW, (path, sizes)
        print(path, len(answer.content), sum(sizes.values()))


def test_the_font_holds_every_icon_that_is_named():
    kept = set(ICONS.read_text().split())
    assert len(kept) > 100
    assert shown() == kept, "make fonts"


@pytest.mark.parametrize(("status", "packed"), [(200, True), (206, False)])
def test_a_piece_of_a_file_is_sent_as_it_lies_there(rf, status, packed):
    answers = WholeAnswers(lambda _request: HttpResponse(b"x" * 1000, status=status))
    answer = answers(rf.get("/", HTTP_ACCEPT_ENCODING="gzip"))
    assert ("Content-Encoding" in answer, answer.content == b"x" * 1000) == (packed, not packed)
