"""What a run left behind: documents written, by the simulator's journal and by its ledger."""

import re
from collections import Counter
from datetime import datetime
from itertools import pairwise

DOCUMENTS = ("Customer", "Invoice", "Payment")
NOTES = {"Customer": "Notes", "Invoice": "PrivateNote", "Payment": "PrivateNote"}
WORDS = re.compile(r"[\w:.-]+")


def entries(simulator, realm_id):
    """Return the journal of a company and of all sign-in calls, in order, with their seconds."""
    found = simulator.journal(realm_id) + simulator.journal(kind="oauth")
    for entry in found:
        entry["seconds"] = datetime.fromisoformat(entry["at"]).timestamp()
    return sorted(found, key=lambda entry: entry["id"])


def created(entry):
    """Return the documents that a request created, all of them where it was answered with 200.

    python-quickbooks sends a SyncToken with new documents, so the journal says "update" of them.
    """
    counts = entry["counts"] if entry["status"] == 200 else {}
    return sum(
        counts.get(entity, {}).get(operation, 0)
        for entity in DOCUMENTS
        for operation in ("create", "update")
    )


def pace(journal, seconds):
    """Return what happened in the `seconds` from the first write on."""
    writes = [entry for entry in journal if created(entry)]
    begins = writes[0]["seconds"]
    within = [entry for entry in journal if begins <= entry["seconds"] < begins + seconds]
    documents = sum(map(created, within))
    return {
        "seconds": round(seconds),
        "documents": documents,
        "requests": len(within),
        "requests_per_document": len(within) / documents,
        "documents_per_minute": documents * 60 / seconds,
        "throttled": sum(entry["status"] == 429 for entry in journal),
    }


def longest_gap(journal, seconds):
    """Return the longest time between two requests within the `seconds` from the first on."""
    times = [entry["seconds"] for entry in journal if entry["kind"] == "api"]
    within = [at for at in times if at < times[0] + seconds]
    return max((later - earlier for earlier, later in pairwise(within)), default=0.0)


def duplicated_and_lost(simulator, realm_id, asked, recorded):
    """Compare the ledger with what was asked for, by the word that marks each document there.

    `asked` holds (entity, mark) of every document to be written; `recorded` those that the client
    itself takes for written. Returns how many are there beyond once, are not there, and are there
    though the client takes them for not written.
    """
    there = Counter(
        (entity, mark)
        for entity in DOCUMENTS
        for document in simulator.documents(realm_id, entity)
        for mark in set(WORDS.findall(str(document.get(NOTES[entity], ""))))
        if (entity, mark) in asked
    )
    journal = simulator.journal(realm_id)
    return {
        "documents": len(asked),
        "answers_lost": sum(entry["fault"] == "lose" for entry in journal),
        "duplicated": sum(count - 1 for count in there.values()),
        "lost": len(asked - there.keys()),
        "unrecorded": len(there.keys() - recorded),
    }
