"""A production installation has no stand-ins: their packages are an extra, and absent is told."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from sync.management.stand_ins import PACKAGES
from sync.operations.keys import refuse_closed
from tests import factories

ROOT = Path(__file__).parents[2]
# Runs a command in a process that finds none of the extra's packages.
WITHOUT = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in {packages}:
            raise ModuleNotFoundError(name=name)

sys.meta_path.insert(0, Absent())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name in {packages} else found(name, *more)
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


def test_what_production_installs_has_none_of_the_stand_ins_packages():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = {need.split(">")[0] for need in project["optional-dependencies"]["simulator"]}
    assert extra == set(PACKAGES)
    production = (ROOT / "requirements.txt").read_text()
    development = (ROOT / "requirements-dev.txt").read_text()
    for name in PACKAGES:
        assert f"\n{name}==" not in production, name
        assert f"\n{name}==" in development, name


def without_extra(*command):
    code = WITHOUT.format(packages=set(PACKAGES))
    return subprocess.run(
        [sys.executable, "-c", code, *command],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", ["simulator", "vonigo_simulator", "rehearse"])
def test_without_the_extra_a_stand_in_says_what_to_install(command):
    told = without_extra(command)
    assert told.returncode == 2
    assert "pip install 'paidup[simulator]'" in told.stderr
    assert "Traceback" not in told.stderr


def test_without_the_extra_the_product_starts():
    checked = without_extra("check")
    assert checked.returncode == 0, checked.stderr
    started = without_extra("shell", "-c", "import config.wsgi, config.urls, sync.tasks")
    assert started.returncode == 0, started.stderr


@pytest.mark.django_db(transaction=True)
def test_a_start_whose_keys_open_nothing_stored_is_refused_by_name(settings):
    factories.QuickBooksCompanyFactory(refresh_token="secret")
    refuse_closed()
    settings.FIELD_ENCRYPTION_KEYS = ["Zm9yLXRoZS1kZXBsb3ktY2hlY2stb25seS0wMTIzNDU="]
    with pytest.raises(ImproperlyConfigured, match=r"FIELD_ENCRYPTION_KEYS opens .*refresh_token"):
        refuse_closed()
