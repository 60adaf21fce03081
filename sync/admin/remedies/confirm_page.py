"""The page that asks once more: of many documents, what will happen to each or why it is not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from sync.admin.common.base import ScopedAdmin
from sync.admin.common.standing import Standing
from sync.exports.remedies.requests import Remedy
from sync.models import Invoice, SyncRecord


@dataclass(frozen=True, slots=True)
class Row:
    """One document and its page, or a chosen row that means none; `refused` says why it stays."""

    name: str
    url: str = ""
    customer: str = ""
    amount: str = ""
    standing: Standing | None = None
    words: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the rows of a list mean: which records for a remedy, which invoices, and which none."""

    records: Callable[[QuerySet[Any], Remedy], QuerySet[SyncRecord]]
    invoices: Callable[[QuerySet[Any]], QuerySet[Invoice]]
    strays: Callable[[QuerySet[Any]], Iterable[Row]] = lambda _rows: ()


def asking_page(
    request: HttpRequest, owner: ScopedAdmin, question: Any, rows: Iterable[Row], **context: Any
) -> HttpResponse:
    """Show the question and its rows, what is left out first.

    What is posted on is `hidden`, to `post_to`; `going` are the ids of what the button is about.
    """
    shown = sorted(rows, key=lambda row: not row.refused)
    everything = {
        **owner.admin_site.each_context(request),
        "opts": owner.model._meta,
        "title": question.title,
        "question": question,
        "rows": shown,
        "left_out": sum(bool(row.refused) for row in shown),
        **context,
    }
    return TemplateResponse(request, "admin/sync/remedies/ask.html", everything)
