"""Where the guards of the laws are, and which tests must notice that one is broken.

The quickest come first: most mutants end at the first test that fails.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
VAR = ROOT / "var" / "mutants"

_LAW, _OF = "tests/laws/test_law_", "tests/exports/"
LEASE, LOCKS, HELD = (_LAW + name for name in ("1_the_lease", "1_locks", "1_held_by_another"))
OUTBOX, RELAYED = f"{_LAW}1_outbox", f"{_LAW}3_relaying"
ASKED, STOPPED = f"{_LAW}3_remedies", f"{_LAW}4_what_stopped"
ONCE, KNOWN, PAID = f"{_LAW}1_at_most_once", f"{_LAW}3_no_outcome", f"{_LAW}2_invoice_fully_paid"
DELIVERY = [
    LOCKS,
    *(f"{_OF}delivery/test_{name}" for name in ("relay", "unlisted_faults", "throttled")),
    STOPPED,
    *(f"{_OF}delivery/test_{name}" for name in ("unknown_outcomes", "reconnecting", "time_slice")),
    f"{_OF}runs/test_balances",
]
REMEDIES = [ASKED, STOPPED, HELD, *(f"{_OF}remedies/test_{n}" for n in ("check", "link", "remove"))]
DECIDING = [ASKED, LOCKS, f"{_OF}remedies/test_decide", "tests/admin/remedies/test_bulk"]
REFUNDS = [
    f"tests/discrepancies/{name}"
    for name in ("refunds/test_changed_refunds", "reading/test_proof", "refunds/test_reviews")
]
# Module: the files of tests that are asked, by the beginning of their names.
ASKED_OF = {
    "accounts/access.py": [f"{_LAW}6_access"],
    "sync/company/lease.py": [LEASE, LOCKS, f"{_LAW}1_ending", RELAYED],
    "sync/company/sessions.py": [LEASE, f"{_OF}delivery/test_restored"],
    "sync/discrepancies/refunds/judge.py": REFUNDS,
    "sync/discrepancies/refunds/reading/proof.py": [f"{_LAW}5_what_is_read", *REFUNDS],
    "sync/discrepancies/refunds/verdicts.py": [LOCKS, *REFUNDS],
    "sync/exports/delivery/delete_write.py": [f"{_LAW}1_deleting", f"{_OF}remedies/test_remove"],
    "sync/exports/delivery/planner.py": [OUTBOX, LEASE, *DELIVERY, PAID],
    "sync/exports/delivery/recovery.py": [f"{_LAW}3_looking", HELD, *DELIVERY, KNOWN],
    "sync/exports/delivery/relay.py": [
        RELAYED,
        *DELIVERY,
        f"{_OF}delivery/test_during_bulk",
        f"{_OF}delivery/test_restored",
    ],
    "sync/exports/delivery/release_record.py": [f"{_LAW}5_when", f"{_OF}remedies/test_remove"],
    "sync/exports/delivery/revalidation.py": [f"{_LAW}2_asked_again", LOCKS, *DELIVERY, PAID],
    "sync/exports/delivery/settling.py": [f"{_LAW}3_answers", LEASE, ASKED, *DELIVERY],
    "sync/exports/remedies/check.py": [f"{_LAW}3_checking", *REMEDIES[1:4]],
    "sync/exports/remedies/compare.py": [f"{_LAW}4_linking", f"{_OF}remedies/test_link"],
    "sync/exports/remedies/decide.py": DECIDING,
    "sync/exports/remedies/decision_plan.py": DECIDING,
    "sync/exports/remedies/link.py": [f"{_LAW}4_linking", f"{_OF}remedies/test_link"],
    "sync/exports/remedies/removal_guards.py": [ASKED, f"{_OF}remedies/test_remove"],
    "sync/exports/remedies/remove.py": [f"{_LAW}1_removing", f"{_OF}remedies/test_remove"],
    "sync/exports/remedies/requests.py": REMEDIES,
    "sync/exports/remedies/results.py": REMEDIES,
    "sync/exports/remedies/retry.py": [OUTBOX, *DECIDING, f"{_OF}remedies/test_link"],
    "sync/exports/remedies/unlink.py": [f"{_LAW}4_linking", f"{_OF}remedies/test_link"],
    "sync/exports/rules/eligibility.py": [
        *(f"{_LAW}2_{name}" for name in ("eligibility", "standing", "verdicts")),
        f"{_OF}rules/test_by_stage",
    ],
    "sync/exports/runs/outbox.py": [OUTBOX, LOCKS, ONCE, f"{_OF}documents/test_confirmed"],
    "sync/models/triggers.py": [
        "tests/sync/test_sums",
        f"{_LAW}2_eligibility",
        "tests/sync/test_triggers",
    ],
}


def tests_of(module: str) -> list[str]:
    """Return the files of tests that are asked about a module."""
    named = [path for start in ASKED_OF[module] for path in sorted(ROOT.glob(f"{start}*.py"))]
    return [str(path.relative_to(ROOT)) for path in dict.fromkeys(named)]
