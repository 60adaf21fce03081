"""Names, letters and what is made inactive, merged or switched off."""

from __future__ import annotations

from sync.quickbooks.client import QuickBooksFault
from sync.quickbooks.documents import ref_id
from sync.quickbooks.probe.bench import MARK, Bench, Body, CannotAsk, words_of
from sync.quickbooks.probe.findings import Found

LETTERS = "Łódź"
QUESTIONED = "?ód?"


def account_names(bench: Bench) -> Found:
    """Whether a reference to a sub-account has the full path as its name."""
    parent = bench.income_account
    below = {"SubAccount": True, "ParentRef": {"value": parent["Id"]}}
    account = bench.entry(
        "Account", "Name", f"{MARK} account", {"AccountType": parent["AccountType"], **below}
    )
    sold_to = {"Type": "Service", "IncomeAccountRef": {"value": account["Id"]}}
    item = bench.entry("Item", "Name", f"{MARK} item", sold_to)
    name = str((item.get("IncomeAccountRef") or {}).get("name") or "")
    is_path = ":" in name
    return Found("full_path" if is_path else "own", f"The name has a colon: {is_path}.")


def us_characters(bench: Bench) -> Found:
    """What becomes of letters beyond ISO-8859-1."""
    bench.need_us()
    made = bench.make("Payment", bench.payment_body("1.05", PrivateNote=f"{MARK} {LETTERS}"))
    note = str(bench.read("Payment", made).get("PrivateNote", "")).removeprefix(f"{MARK} ")
    value = {LETTERS: "accept", QUESTIONED: "question_mark"}.get(note, "otherwise")
    return Found(value, f"“{LETTERS}” is read back as “{note}”.")


def deactivated_names(bench: Bench) -> Found:
    """Whether "(deleted)" is written behind the name of what is made inactive."""
    held = bench.read("Customer", bench.customer)
    gone = bench.write("Customer", {**held, "Active": False})
    if gone.entity is None:
        raise CannotAsk(f"A customer could not be made inactive: {gone.words}.")
    name = str(gone.entity["DisplayName"])
    again = bench.write("Customer", {**gone.entity, "Active": True, "DisplayName": MARK})
    if again.entity is None:
        raise CannotAsk(f"A customer could not be made active again: {again.words}.")
    value = "suffix" if "(deleted" in name else "plain"
    return Found(value, f"The name read “{name}”.")


def merged_entries(bench: Bench) -> Found:
    """What is left of an entry that a person merged into another."""
    if bench.merged is None:
        raise CannotAsk("Merge two customers in QuickBooks, then name the one that went: --merged.")
    entity, id_ = bench.merged
    try:
        row = bench.client.read(entity, id_)
    except QuickBooksFault as refusal:
        if not refusal.fault.is_about_the_question:
            raise
        return Found("gone", words_of(refusal.fault))
    is_active = row.get("Active", True)
    return Found("active" if is_active else "inactive", f"It is read, Active: {is_active}.")


def disabled_features(bench: Bench) -> Found:
    """Whether what a setting has not switched on is refused, or dropped without a word."""
    named, body = _switched_off(bench)
    made = bench.write("Invoice", body)
    if made.entity is None:
        return Found("refuse", f"{named}: {made.words}")
    held = made.entity
    details = [each.get("SalesItemLineDetail") or {} for each in held["Line"]]
    is_there = any(ref_id(part, named) for part in (held, *details))
    return Found("kept" if is_there else "ignore", f"{named} was kept: {is_there}.")


def _switched_off(bench: Bench) -> tuple[str, Body]:
    """An invoice with something that the company's settings have switched off."""
    line = bench.line("10.00")
    classes = bench.client.page("Class", 1, size=1)
    if classes:
        chosen = {"ClassRef": {"value": classes[0]["Id"]}}
        if bench.preference("AccountingInfoPrefs", "ClassTrackingPerTxn") is False:
            return "ClassRef", bench.sale(line, **chosen)
        if bench.preference("AccountingInfoPrefs", "ClassTrackingPerTxnLine") is False:
            line["SalesItemLineDetail"] |= chosen
            return "ClassRef", bench.sale(line)
    places = bench.client.page("Department", 1, size=1)
    if places and bench.preference("AccountingInfoPrefs", "TrackDepartments") is False:
        return "DepartmentRef", bench.sale(line, DepartmentRef={"value": places[0]["Id"]})
    raise CannotAsk("Everything that could be asked with is switched on, or has no entries.")
