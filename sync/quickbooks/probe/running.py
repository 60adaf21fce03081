"""Asks every probe in turn; whatever happens, what was made is taken away again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sync.quickbooks.client import QuickBooksFault, TransportError
from sync.quickbooks.probe.bench import Bench, CannotAsk, words_of
from sync.quickbooks.probe.findings import Finding, Found, Probe, Standing, Value
from sync.quickbooks.probe.leftovers import Removed, delete_documents, remove
from sync.quickbooks.probe.registry import PROBES

# What the documented reading of a tax override is, in each kind of company.
DOCUMENTED = "documented"


@dataclass(frozen=True, slots=True)
class Run:
    """What was found, and what is left of it in the company."""

    findings: list[Finding]
    removed: Removed


def run(bench: Bench, leave_out: Collection[str], tell: Callable[[Finding], None]) -> Run:
    """Ask all but some, each told as soon as it is known."""
    findings: list[Finding] = []
    removed = Removed()
    try:
        for probe in PROBES:
            if probe.name not in leave_out:
                findings.append(_ask(bench, probe))
                tell(findings[-1])
                if bench.applies_by_itself:  # what one probe leaves open would pay for the next
                    delete_documents(bench.client, [bench.buyer["Id"]], removed)
    finally:
        remove(bench.client, removed)
    return Run(findings, removed)


def _ask(bench: Bench, probe: Probe) -> Finding:
    """Ask one; what it cannot be asked for is no reason not to ask the others."""
    try:
        found = probe.ask(bench)
    except CannotAsk as reason:
        return _finding(probe, Standing.NOT_ASKED, None, str(reason))
    except QuickBooksFault as refusal:
        if refusal.fault.throttled or refusal.fault.company_wide:
            raise
        return _finding(probe, Standing.NOT_ASKED, None, words_of(refusal.fault))
    except TransportError as error:
        return _finding(probe, Standing.NOT_ASKED, None, f"No answer: {type(error).__name__}.")
    return _judged(bench, probe, found)


def _judged(bench: Bench, probe: Probe, found: Found) -> Finding:
    value = found.value
    is_held = value == (documented(bench) if probe.believed == DOCUMENTED else probe.believed)
    standing = Standing.HELD if is_held else Standing.NOT_HELD
    return _finding(probe, standing, value, found.evidence, is_sure=found.is_sure)


def documented(bench: Bench) -> str:
    """What is documented of a tax that we name, in this kind of company."""
    if not bench.is_us:
        return "tax_lines"
    return "never" if bench.has_automated_tax else "code_and_total"


def _finding(
    probe: Probe, standing: Standing, value: Value | None, evidence: str, *, is_sure: bool = True
) -> Finding:
    return Finding(
        name=probe.name,
        question=probe.question,
        believed=probe.believed,
        standing=standing,
        value=value,
        evidence=evidence,
        sets_switch=probe.is_switch and is_sure and value is not None,
    )
