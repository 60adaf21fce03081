"""What a probe found, as a text that can be sent, and as the simulator's switches."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sync.quickbooks.probe.bench import Bench
from sync.quickbooks.probe.findings import Finding, Standing, Value
from sync.quickbooks.probe.running import Run

OTHERWISE = {"otherwise", "done", "kept", "active"}


def switches_of(findings: Sequence[Finding]) -> dict[str, Value]:
    """The simulator's switches, set as the company was found; what it cannot do is left out."""
    sure = (each for each in findings if each.sets_switch and each.value not in OTHERWISE)
    return {each.name: each.value for each in sure if each.value is not None}


def switches_file(switches: Mapping[str, Value]) -> str:
    """The file that `manage.py simulator --switches` reads."""
    return json.dumps(switches, indent=2, sort_keys=True) + "\n"


def kind_of(bench: Bench) -> str:
    """What kind of company it is; neither its name nor its number."""
    words = [
        str(bench.info.get("Country") or "no country told"),
        bench.home_currency or "no currency told",
        "automated sales tax" if bench.has_automated_tax else "no automated sales tax",
        "several currencies" if bench.is_multicurrency else "one currency",
    ]
    return ", ".join(words)


def counted(findings: Sequence[Finding]) -> str:
    """How many held, did not, and could not be asked."""
    count = dict.fromkeys(Standing, 0)
    for each in findings:
        count[each.standing] += 1
    return ", ".join(f"{number} {standing.value}" for standing, number in count.items())


def sentence(finding: Finding) -> str:
    """One finding on one line."""
    value = "" if finding.value is None else f" ({finding.value})"
    return f"{finding.standing.value}: {finding.name}{value}. {finding.evidence}"


def text(run: Run, kind: str, at: datetime) -> str:
    """The report: no name, number or secret of the company is in it."""
    lines = [
        "# Probe of a QuickBooks sandbox",
        "",
        f"{at:%-d %B %Y %H:%M %Z}. Company: {kind}. {counted(run.findings)}.",
        "",
        "| assumption | asked | believed | found | | evidence |",
        "|---|---|---|---|---|---|",
        *(_row(each) for each in run.findings),
        "",
        f"Deleted afterwards: {run.removed.deleted} documents.",
        f"Made inactive, as QuickBooks deletes none: {', '.join(run.removed.inactive) or 'none'}.",
    ]
    if run.removed.left:
        lines.append(f"**Left there**: {', '.join(run.removed.left)}.")
    return "\n".join([*lines, ""])


def _row(finding: Finding) -> str:
    value = "" if finding.value is None else finding.value
    cells = [finding.name, finding.question, finding.believed, value]
    cells += [finding.standing.value, finding.evidence]
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"
