"""What a remedy did about each document: kept with its request, and shown by its page."""

from collections.abc import Iterable
from typing import NotRequired, TypedDict, Unpack

from accounts import access
from accounts.access import Capability
from sync.company.requests import RequestFailed
from sync.exports.documents.remote import RELATED
from sync.exports.runs import runs
from sync.models import CompanyRequest, Event, ExportRun, SyncRecord
from sync.words import stored, together, words_of


class Asked(TypedDict):
    """A document that a remedy is asked for, as a request keeps it (`params["documents"]`)."""

    record: int
    name: str
    of: str  # the invoice that a payment belongs to
    page: tuple[str, int]  # its kind and our id
    to: NotRequired[tuple[str, str]]  # as it was shown: there its id and SyncToken, here figures
    only: NotRequired[list[str]]  # the one invoice that goes on by it; all, where it is not said


class More(TypedDict, total=False):
    """What a comparison shows besides its words."""

    rows: list[tuple[str, str, str, bool]]  # label, ours, theirs, and whether they differ
    qbo_id: str
    sync_token: str
    linkable: bool
    contradicts: bool  # something of it speaks against the two being the same


class Said(More):
    """What became of a document, in words, and whether it is done."""

    words: str
    done: bool


class Outcome(Said):
    """The same, as the request keeps it."""

    record: int
    name: str
    of: str
    page: tuple[str, int]


class RemedyResult(TypedDict):
    """What became of every document of a request (`result`)."""

    outcomes: list[Outcome]


class Outcomes:
    """The documents a request is about, and what became of each of them."""

    def __init__(self, request: CompanyRequest) -> None:
        """Ask once more whether the person may: roles change while requests wait."""
        if request.business_unit_id is None:
            raise RequestFailed(stored("Nothing was done: it names no business unit."))
        try:
            access.require(request.requested_by, Capability.RESOLVE, request.business_unit_id)
        except access.AccessDenied as denied:
            raise RequestFailed(together(stored("Nothing was done."), words_of(denied))) from None
        self.request = request
        self.asked: dict[int, Asked] = {
            document["record"]: document for document in request.params["documents"]
        }
        self._said: dict[int, Said] = {}

    def records(self) -> list[SyncRecord]:
        """Return the records as they stand now; what is gone since is left out."""
        rows = SyncRecord.objects.filter(
            pk__in=self.asked,
            company=self.request.company_id,
            business_unit=self.request.business_unit_id,
        )
        return list(rows.select_related(*RELATED).order_by("pk"))

    def say(self, record_id: int, words: str, *, done: bool = False, **more: Unpack[More]) -> None:
        """Say what became of one document."""
        self._said[record_id] = {"words": words, "done": done, **more}

    def is_undone(self, record_id: int) -> bool:
        """Say whether it is known of a document that nothing was done about it."""
        return record_id in self._said and not self._said[record_id]["done"]

    def result(self, otherwise: str, *, done: bool = False) -> RemedyResult:
        """Return all of it for the page; `otherwise` is said of documents not spoken of."""
        silent: Said = {"words": otherwise, "done": done}
        return {
            "outcomes": [
                {
                    "record": pk,
                    "name": document["name"],
                    "of": document["of"],
                    "page": document["page"],
                    **self._said.get(pk, silent),
                }
                for pk, document in self.asked.items()
            ]
        }

    def audit(self, records: Iterable[SyncRecord], action: Event.Action) -> None:
        """Write into the activity what was done about these records."""
        said = ((r, self._said[r.pk]["words"]) for r in records if r.pk in self._said)
        subjects = [record.as_subject(outcome=words) for record, words in said]
        Event.objects.record(action, self.request.requested_by, subjects)


def resume(records: Iterable[SyncRecord]) -> None:
    """Let the runs go on that stopped, or ended, before what was just settled."""
    run_ids = {record.run_id for record in records if record.run_id}
    still = SyncRecord.objects.filter(run__in=run_ids, state=SyncRecord.State.MISMATCH)
    going = run_ids - set(still.values_list("run", flat=True))
    ExportRun.objects.filter(pk__in=going).update(
        state=ExportRun.State.RUNNING, state_detail="", finished_at=None
    )
    for run in ExportRun.objects.filter(pk__in=going):
        runs.finish(run)
