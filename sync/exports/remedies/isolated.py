"""Remedies for many documents: what one of them does stops no other."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import copy
from functools import wraps
from typing import TypeAlias

from sync.company.isolation import together_or_apart
from sync.company.requests import LookLater, RequestFailed
from sync.company.sessions import CompanySession
from sync.exports.remedies.results import Asked, Outcome, RemedyResult
from sync.models import CompanyRequest
from sync.words import stored

Serve: TypeAlias = Callable[[CompanySession, CompanyRequest], RemedyResult]
Parts: TypeAlias = list[list[Asked]]
REMEDY = stored("What became of it is not known here: look at it, and ask for it again.")


def by_document(asked: Sequence[Asked]) -> Parts:
    """Part what is asked document by document."""
    return [[document] for document in asked]


def by_unit_of_work(asked: Sequence[Asked]) -> Parts:
    """Part what is asked by invoice, each with its payments."""
    parts: dict[str, list[Asked]] = defaultdict(list)
    for document in asked:
        parts[document["of"] or document["name"]].append(document)
    return list(parts.values())


def isolated(part: Callable[[Sequence[Asked]], Parts]) -> Callable[[Serve], Serve]:
    """Serve a request whole, and only after an unexpected error part by part."""

    def decorate(serve: Serve) -> Serve:
        @wraps(serve)
        def served(session: CompanySession, request: CompanyRequest) -> RemedyResult:
            parts = part(request.params["documents"])

            def act(some: Sequence[list[Asked]]) -> RemedyResult:
                return serve(session, request if some is parts else _about(request, some))

            tried = together_or_apart(
                parts, act, passing=(LookLater, RequestFailed), request=request.pk
            )
            outcomes = [outcome for result in tried.done for outcome in result["outcomes"]]
            for documents, trouble in tried.out:
                outcomes += [_unknown(each, trouble.words(REMEDY)) for each in documents]
            return {"outcomes": outcomes}

        return served

    return decorate


def _about(request: CompanyRequest, parts: Sequence[list[Asked]]) -> CompanyRequest:
    """Return the request as if it were about these documents alone; it is not to be saved."""
    smaller = copy(request)
    smaller.params = {**request.params, "documents": [each for part in parts for each in part]}
    return smaller


def _unknown(document: Asked, words: str) -> Outcome:
    return {
        "record": document["record"],
        "name": document["name"],
        "of": document["of"],
        "page": document["page"],
        "words": words,
        "done": False,
    }
