"""The probe finds each switch of the simulator out, and leaves the company as it was."""

import json
import os
import random
from argparse import ArgumentParser
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from sync.connections.probing import Options, ProbeRefused, probe
from sync.models import ProbeReport
from sync.quickbooks.probe import running
from sync.quickbooks.probe.listening import Listener
from sync.quickbooks.probe.registry import PROBES
from sync.simulator.ledger.seed.company import VARIANTS
from sync.simulator.serving import add_arguments, settings_from
from sync.simulator.simulation import Simulation
from sync.simulator.state.switches import CHOICES, NUMBERS, TABLE
from tests.connections.sandboxes import ledger, marked, sandbox

pytestmark = pytest.mark.django_db
LIMITS = ["batch_counts", "throttle_form"]
WEBHOOKS = ["webhook_content_type", "webhook_format", "deposited_payment"]
US = {"us", "us_ast", "us_manual", "multicurrency", "class_lines", "messy", "empty"}
COMPANIES = sorted(VARIANTS.keys() - {"large"})
DOCUMENTED = {"us_ast": "never", "canada": "tax_lines", "europe": "tax_lines"}
ROUNDS = max(map(len, CHOICES.values()))
# Of every company in every round; `make test` draws three.
ALL = [(variant, number) for variant in COMPANIES for number in range(ROUNDS)]
DRAWN = random.Random(os.environ.get("SEED", "1")).sample(ALL, 3)


# A US company of one currency, without webhooks, limits or automated tax, cannot tell these.
UNASKED = {
    "batch_counts": "once",
    "deposited_payment": "keep",
    "merged_entries": "gone",
    "missing_rate": "one",
    "tax_drift_cents": 0,
    "tax_rounding": "per_line",
    "webhook_content_type": "cloudevents",
}


def only(*names):
    return [each.name for each in PROBES if each.name not in names]


def chosen(number):
    """Every switch at one of its values: over all rounds each value is met."""
    values = {name: values[number % len(values)] for name, values in CHOICES.items()}
    drift, kept = ((0, 0), (3, 600), (-2, 0))[number % 3]
    values |= {"tax_drift_cents": drift, "requestid_seconds": kept}
    return {name: value for name, value in values.items() if name != "webhook_content_type"}


def unanswerable(variant, switches):
    """What no call can tell of such a company."""
    names = {"batch_counts", "webhook_content_type"}
    if switches["requestid"] == "ignored":
        names |= {"requestid_failed", "requestid_other_body", "requestid_seconds"}
    if variant not in US:
        names |= {"query_characters", "us_characters", "pseudo_tax_codes"}
    if variant not in {"canada", "multicurrency"}:
        names |= {"missing_rate"}
    if variant not in {"canada", "europe"}:
        names |= {"tax_rounding"}
    if variant != "us_ast":
        names |= {"tax_drift_cents"}
    if variant == "messy":
        names |= {"doc_number_scope", "closed_payment_update"}  # it has a closing date
    if variant == "empty":
        names |= {"merged_entries"}
    return names


def expected(variant, switches):
    """The switches as a probe must find them."""
    told = dict(switches)
    if told["tax_override"] == "documented":
        told["tax_override"] = DOCUMENTED.get(variant, "code_and_total")
    for name in unanswerable(variant, switches):
        told.pop(name, None)
    return told


def look_into(simulator, variant, switches):
    """Probe a new company; return its switches as found, what was told, and both ledgers."""
    unit = sandbox(simulator, variant, **switches)
    realm_id = unit.quickbooks_company.realm_id
    customers = [row["Id"] for row in simulator.documents(realm_id, "Customer")][:2]
    if customers:
        simulator.merge(realm_id, "Customer", merged=customers[0], survivor=customers[1])
    before, found = ledger(simulator, unit), []
    with Listener(0, realm_id) as listener:
        simulator.webhooks(url=f"http://127.0.0.1:{listener.port}/")
        options = Options(
            leave_out=LIMITS,
            webhook_wait=20,
            listener=listener,
            merged=("Customer", customers[0]) if customers else None,
            pause=lambda _seconds: simulator.advance(700),
        )
        kept = probe(unit, options, found.append)
        simulator.webhooks(url="")
    return unit, kept, found, before


def assert_found_out(simulator, variant, number):
    switches = chosen(number)
    unit, kept, _, before = look_into(simulator, variant, switches)
    told, right = dict(kept.switches), expected(variant, switches)
    told.pop("webhook_content_type", None)
    if right.get("requestid_seconds"):  # asked once: it is not known when it was forgotten
        assert told.pop("requestid_seconds") >= right.pop("requestid_seconds")
    assert told == right
    assert without_tokens(ledger(simulator, unit)) == without_tokens(before)
    assert kept.left == []
    assert not any(is_active for _, _, is_active in marked(simulator, unit))


@pytest.mark.parametrize(("variant", "number"), DRAWN)
def test_each_switch_is_found_out_and_the_ledger_is_as_before(simulator, variant, number):
    assert_found_out(simulator, variant, number)


@pytest.mark.long
@pytest.mark.parametrize(("variant", "number"), ALL)
def test_each_switch_in_each_kind_of_company(simulator, variant, number):
    assert_found_out(simulator, variant, number)


def test_every_switch_has_a_probe_and_what_is_believed_is_the_strict_reading():
    switches = {each.name: each.believed for each in PROBES if each.is_switch}
    assert switches.keys() == {*TABLE, *NUMBERS}
    strict = {name: switch.values[0] for name, switch in TABLE.items()}
    assert switches == strict | dict.fromkeys(NUMBERS, 0)


@pytest.mark.parametrize(
    ("counts", "form"),
    [("once", "xml"), ("per_item", "json_lower"), ("once", "empty"), ("per_item", "json_upper")],
)
def test_limits_are_met_on_purpose(simulator, counts, form):
    unit = sandbox(simulator, batch_counts=counts)
    simulator.limits(per_minute=500, batches_per_minute_app=40, form=form)
    before, found, waits = ledger(simulator, unit), [], []

    def pause(seconds):
        waits.append(seconds)
        simulator.advance(seconds)

    try:
        kept = probe(unit, Options(leave_out=only("void_paid", *LIMITS), pause=pause), found.append)
    finally:
        simulator.limits(per_minute=0, batches_per_minute_app=0, form="xml")
    assert [each.value for each in found[1:]] == [counts, form]
    assert waits == [30, 30]  # what was met is over before anything is taken away
    assert (kept.left, ledger(simulator, unit)) == ([], before)


@pytest.mark.parametrize("said", ["cloudevents", "json"])
def test_webhooks_tell_their_form(simulator, said):
    unit = sandbox(simulator)
    simulator.switch(webhook_content_type=said)
    found = []
    with Listener(0, unit.quickbooks_company.realm_id) as listener:
        simulator.webhooks(url=f"http://127.0.0.1:{listener.port}/")
        options = Options(leave_out=only(*WEBHOOKS[:2]), webhook_wait=20, listener=listener)
        probe(unit, options, found.append)
        simulator.webhooks(url="")
    simulator.switch(webhook_content_type="cloudevents")
    assert [each.value for each in found] == [said, "cloudevents"]


def test_an_unsigned_notification_is_refused_and_not_kept(settings):
    with Listener(0, "1") as listener:
        body = b'[{"type":"qbo.payment.created.v1","intuitaccountid":"1","intuitentityid":"7"}]'
        assert listener.take("application/json", body, "not Intuit's") == 401
        assert listener.heard == []


def test_what_a_killed_probe_left_is_taken_away_by_the_next(simulator, monkeypatch):
    """Killed while books are closed, with documents of every kind there."""
    unit = sandbox(simulator, "multicurrency")
    before = ledger(simulator, unit)

    def killed(*_arguments):
        raise SystemExit

    options = Options(leave_out=LIMITS)
    with monkeypatch.context() as patch:
        patch.setattr(running, "remove", killed)
        patch.setattr("sync.quickbooks.probe.closing.open_books", killed)
        with pytest.raises(SystemExit):
            probe(unit, options, lambda _finding: None)
    left = ledger(simulator, unit)
    kinds = {kind for kind, id_ in left.keys() - before.keys()}
    assert kinds == {"Invoice", "Payment", "CreditMemo", "Deposit"}
    realm_id = unit.quickbooks_company.realm_id
    (preferences,) = simulator.documents(realm_id, "Preferences")
    assert preferences["AccountingInfoPrefs"]["BookCloseDate"] == "2001-01-17"
    probe(unit, Options(leave_out=[each.name for each in PROBES]), lambda _finding: None)
    told = ledger(simulator, unit)
    assert without_tokens(told) == without_tokens(before)
    assert marked(simulator, unit) == [
        ("Account", "Paidup probe account", False),
        ("Customer", "Paidup probe", False),
        ("Customer", "Paidup probe CAD", False),
        ("Customer", "Paidup probe sales", False),
        ("Item", "Paidup probe item", False),
    ]


def without_tokens(found):
    """Settings that were changed and changed back have another SyncToken."""
    changed = {key: dict(row) for key, row in found.items()}
    for (kind, _), row in changed.items():
        if kind == "Preferences":
            row.pop("SyncToken"), row.pop("MetaData")
    return changed


def test_a_second_probe_uses_the_same_entries(simulator):
    unit = sandbox(simulator)
    options = Options(leave_out=only("requestid", "account_names", "void_paid"))
    probe(unit, options, lambda _finding: None)
    first = ledger(simulator, unit, with_marked=True).keys()
    probe(unit, options, lambda _finding: None)
    assert ledger(simulator, unit, with_marked=True).keys() == first


def test_lost_answers_cost_their_probe_only_and_leave_nothing(simulator):
    unit = sandbox(simulator)
    before, found = ledger(simulator, unit), []
    simulator.fault("lose", times=3, after=2, match={"entity": "Invoice", "operation": "create"})
    probe(unit, Options(leave_out=LIMITS), found.append)
    unasked = [each.name for each in found if each.evidence == "No answer: OutcomeUnknown."]
    assert len(unasked) == 3
    assert len(found) == len(PROBES) - len(LIMITS)
    assert without_tokens(ledger(simulator, unit)) == without_tokens(before)


def test_a_throttled_probe_stops_and_says_so(simulator):
    unit = sandbox(simulator)
    simulator.fault("throttle", after=6, match={"write": True})
    with pytest.raises(CommandError, match="slow down"):
        call_command("probe_quickbooks", unit.code, stdout=StringIO())
    assert not ProbeReport.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("QUICKBOOKS_ENVIRONMENT", "production", "QUICKBOOKS_ENVIRONMENT is production"),
        ("QUICKBOOKS_API_URL", "https://quickbooks.api.intuit.com/v3", "real companies"),
    ],
)
def test_production_is_refused_and_nothing_is_asked(simulator, settings, name, value, words):
    unit = sandbox(simulator)
    simulator.clear_journal()
    setattr(settings, name, value)
    with pytest.raises(ProbeRefused, match=words):
        probe(unit, Options(), lambda _finding: None)
    assert simulator.journal(unit.quickbooks_company.realm_id) == []


def test_the_command_writes_a_report_to_send_and_a_file_the_simulator_starts_with(
    simulator, tmp_path
):
    unit = sandbox(simulator, "us", over_apply="unapplied", void_paid="unlink")
    company, out = unit.quickbooks_company, StringIO()
    without = [f"--leave-out={name}" for name in LIMITS]
    call_command("probe_quickbooks", unit.code, "--out", str(tmp_path), *without, stdout=out)
    (report,) = tmp_path.glob("*.md")
    (switches,) = tmp_path.glob("*.json")
    assert "not held: over_apply (unapplied). HTTP 200; 5.00 is unapplied." in out.getvalue()
    assert "could not be asked: merged_entries." in out.getvalue()
    for text in (out.getvalue(), report.read_text(), switches.read_text()):
        for secret in (company.access_token, company.refresh_token, "Riverside LLC"):
            assert secret not in text
    assert company.realm_id not in report.read_text()
    chosen = json.loads(switches.read_text())
    assert (chosen["over_apply"], chosen["void_paid"]) == ("unapplied", "unlink")
    parser = ArgumentParser()
    add_arguments(parser)
    given = ["--switches", str(switches), "--state", str(tmp_path / "new" / "state.sqlite3")]
    started = Simulation(settings_from(vars(parser.parse_args(given))))
    assert started.switches.as_dict() == chosen | UNASKED
    kept = ProbeReport.objects.get()
    assert (kept.company, kept.switches, kept.left) == (company, chosen, [])
