"""Real storms, a short selection of them; `make chaos STORMS=100` runs the rest."""

import json
import os
import subprocess
import sys

import pytest

from tests.chaos.databases import drop_templates
from tests.chaos.plan import ROOT, Plan


def report_of(plan):
    """Run one storm in a process of its own, as `make chaos` does."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.chaos.storm", json.dumps(plan.as_dict())],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": str(plan.seed)},
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout.splitlines()[-1])


def assert_good(report):
    assert report["problems"] == []
    assert report["is_good"]
    assert sum(report["faults"].values()) > 0
    assert sum(report["kills"].values()) > 0


@pytest.mark.long  # the one on PostgreSQL runs in CI
def test_a_storm_leaves_one_of_each():
    assert_good(report_of(Plan(1, "ignored", "sqlite", 30, 4)))


@pytest.mark.services
def test_a_storm_on_postgresql_leaves_one_of_each():
    try:
        assert_good(report_of(Plan(3, "ignored", "postgres", 60, 8)))
    finally:
        drop_templates()
