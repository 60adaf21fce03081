"""Findings on a terminal, and the exit status for scripts."""

from collections.abc import Iterable

from django.core.management.base import OutputWrapper

from sync.operations.facts import Fact


def tell(findings: Iterable[Fact], stdout: OutputWrapper) -> None:
    """Write each finding on a line; exit 1 where anything is not well."""
    all_well = True
    for finding in findings:
        all_well = all_well and finding.is_well
        stdout.write(f"{'ok  ' if finding.is_well else 'BAD '}{finding.name}: {finding.words}")
    if not all_well:
        raise SystemExit(1)
