"""Where the guards of the laws are, and which tests are asked whether they hold."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
VAR = ROOT / "var" / "mutants"

MODULES = [
    "accounts/access.py",
    "sync/company/lease.py",
    "sync/company/unsent.py",
    "sync/discrepancies/refunds/judge.py",
    "sync/discrepancies/refunds/proof.py",
    "sync/exports/delivery/delete_write.py",
    "sync/exports/delivery/planner.py",
    "sync/exports/delivery/recovery.py",
    "sync/exports/delivery/relay.py",
    "sync/exports/delivery/release_record.py",
    "sync/exports/delivery/revalidation.py",
    "sync/exports/delivery/settling.py",
    "sync/exports/remedies/check.py",
    "sync/exports/remedies/compare.py",
    "sync/exports/remedies/decide.py",
    "sync/exports/remedies/decision_plan.py",
    "sync/exports/remedies/link.py",
    "sync/exports/remedies/removal_guards.py",
    "sync/exports/remedies/remove.py",
    "sync/exports/remedies/requests.py",
    "sync/exports/remedies/results.py",
    "sync/exports/remedies/retry.py",
    "sync/exports/remedies/unlink.py",
    "sync/exports/rules/eligibility.py",
    "sync/exports/runs/outbox.py",
    "sync/models/triggers.py",
]
# What runs when tests start, or in the database, is reached by every test and by none.
ALSO_ASKED = {
    "sync/models/triggers.py": ["tests/sync/test_sums.py"],
    "sync/exports/rules/eligibility.py": ["tests/laws/test_law_2_eligibility.py"],
}
TESTS = ["accounts", "admin", "company", "discrepancies", "exports", "laws", "sync"]


def test_files() -> list[Path]:
    """Return the test files that may be asked."""
    found = [file for room in TESTS for file in (ROOT / "tests" / room).rglob("test_*.py")]
    return sorted(file for file in found if "browser" not in file.name)
