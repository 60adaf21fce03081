"""What a first view of a page fetches, compressed as it is sent."""

import gzip

import pytest
from django.http import HttpResponse
from django.test import Client

from config.compression import WholeAnswers
from tests.factories import InvoiceFactory, PaymentFactory
from tests.fonts import ICONS, shown
from tests.weighing import MOST_FIRST_VIEW, MOST_PAGE, fetched

PAGES = ["", "sync/payment/", "sync/payment/?status=all", "sync/refunddiscrepancy/"]


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
