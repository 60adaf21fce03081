"""The units' own command lines, on an empty database: the site is ready, and stops when asked."""

import configparser
import http.client
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.check_deploy import PRODUCTION

pytestmark = pytest.mark.services
ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
AT_MOST = 60
INSTALLED = "/srv/paidup"


def unit(name):
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str
    parsed.read(DEPLOY / f"{name}.service")
    return parsed


def command_of(name, folder):
    line = unit(name)["Service"]["ExecStart"]
    # What the wheel calls `paidup`; tests/deploy/test_wheel.py installs that.
    line = line.replace(f"{INSTALLED}/.venv/bin/paidup", f"{sys.executable} manage.py")
    return shlex.split(line.replace("/run/paidup", str(folder)))


def example():
    lines = (DEPLOY / "paidup.env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.fixture
def environment(tmp_path):
    """The example's settings with keys of their own and a database in a file."""
    assert {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS"} <= example().keys()
    changed = {"DATABASE_URL": f"sqlite:///{tmp_path}/site.sqlite3", "REDIS_URL": ""}
    return (
        os.environ
        | example()
        | PRODUCTION
        | changed
        | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    )


def manage(environment, *arguments):
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


class OverSocket(http.client.HTTPConnection):
    """What the proxy does: HTTP over the unit's socket."""

    def __init__(self, path):
        super().__init__("paidup.example")
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


def ask(path, address, **headers):
    connection = OverSocket(path)
    connection.request("GET", address, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def until(is_so):
    ends = time.monotonic() + AT_MOST
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.2)


def test_the_units_serve_and_stop(environment, tmp_path):
    manage(environment, "migrate")
    log = (tmp_path / "log").open("ab")
    running = [
        subprocess.Popen(
            command_of(name, tmp_path), cwd=ROOT, env=environment, stdout=log, stderr=log,
            start_new_session=True,
        )
        for name in ("paidup-web", "paidup-worker")
    ]  # fmt: skip
    try:
        until((tmp_path / "web.sock").exists)
        until(lambda: ask(tmp_path / "web.sock", "/readyz")[0] == 200)
        assert json.loads(ask(tmp_path / "web.sock", "/readyz")[1])["ready"]
        proxied = {"X-Forwarded-Proto": "https", "Host": "paidup.example"}
        status, page = ask(tmp_path / "web.sock", "/admin/login/", **proxied)
        assert (status, "Paidup" in page) == (200, True)
        assert ask(tmp_path / "web.sock", "/admin/login/", Host="paidup.example")[0] == 301
        for process in running:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(AT_MOST) for process in running] == [0, 0]
    finally:
        for process in running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("name", ["paidup-web", "paidup-worker"])
def test_a_unit_starts_again_and_reads_the_settings(name):
    service = unit(name)["Service"]
    assert (service["EnvironmentFile"], service["Restart"]) == ("/etc/paidup.env", "always")
    assert service["WorkingDirectory"] == INSTALLED


def test_a_worker_is_stopped_alone_and_given_its_time():
    service = unit("paidup-worker")["Service"]
    assert (service["KillMode"], service["TimeoutStopSec"]) == ("mixed", "70")
