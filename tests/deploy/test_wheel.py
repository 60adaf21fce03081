"""The wheel in an empty folder, with nothing else of ours: `paidup` alone makes a site of it."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from config.check_deploy import PRODUCTION
from tests.deploy.test_units import until

pytestmark = pytest.mark.services
ROOT = Path(__file__).parent.parent.parent
PASSWORD = "four-green-bottles-on-a-wall"


def run(*command, cwd, env=None, status=0):
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def install(folder, wheel, extra=""):
    uv = [sys.executable, "-m", "uv"]
    if not extra:
        run(*uv, "venv", "--quiet", "--python", sys.executable, "venv", cwd=folder)
    # The versions of the lock, whatever came out since.
    locked = ["--constraint", str(ROOT / "requirements-dev.txt")]
    python = ["--python", str(folder / "venv")]
    run(*uv, "pip", "install", "--quiet", *python, *locked, f"{wheel}{extra}", cwd=folder)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with an environment, what the wheel is, and an empty place to work in."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    [wheel] = folder.glob("paidup-*.whl")
    install(folder, wheel)
    (folder / "site").mkdir()
    return folder, wheel


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def site(installed):
    """What an operator sets for a trial on one machine, and nothing of this test's own settings."""
    folder, _ = installed
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "DEBUG": "false",
        "SITE_URL": f"http://127.0.0.1:{free_port()}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECRET_KEY": PRODUCTION["SECRET_KEY"],
        "FIELD_ENCRYPTION_KEYS": PRODUCTION["FIELD_ENCRYPTION_KEYS"],
        "EMAIL_URL": "smtp://127.0.0.1:2525",
        "WORKERS": "1",
    }


@pytest.fixture
def paidup(installed, site):
    folder, _ = installed

    def call(*arguments, status=0, **changes):
        command = str(folder / "venv" / "bin" / "paidup")
        return run(command, *arguments, cwd=folder / "site", env=site | changes, status=status)

    return call


@contextmanager
def running(installed, site, *commands):
    folder, _ = installed
    with (folder / "log").open("ab") as log:
        parts = [
            subprocess.Popen(
                [folder / "venv" / "bin" / "paidup", *command], cwd=folder / "site", env=site,
                stdout=log, stderr=log, start_new_session=True,
            )
            for command in commands
        ]  # fmt: skip
    try:
        yield
        for part in parts:
            part.send_signal(signal.SIGINT)
        assert [part.wait(60) for part in parts] == [0] * len(parts), (folder / "log").read_text()
    finally:
        for part in parts:
            if part.poll() is None:
                os.killpg(part.pid, signal.SIGKILL)


def is_ready(address):
    try:
        return requests.get(f"{address}/readyz", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def send(session, answer, **fields):
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.text)[1]
    fields |= {"csrfmiddlewaretoken": token}
    return session.post(answer.url, fields, headers={"Referer": answer.url}, timeout=20)


def test_an_empty_folder_becomes_a_site_with_its_first_administrator(installed, site, paidup):
    folder, _ = installed
    address = site["SITE_URL"]
    paidup("migrate", "--verbosity=0")
    assert "No worker has been seen yet" in paidup("doctor", status=1)
    link = paidup("createadmin", "boss", "--email", "boss@example.com").splitlines()[-1]
    assert link.startswith(f"{address}/password/new/?uid=")
    serve = ("serve", "--bind", address.removeprefix("http://"), "--workers", "1")
    with running(installed, site, serve, ("worker",)):
        until(lambda: is_ready(address))
        with requests.Session() as session:
            page = session.get(link, timeout=20)
            changed = send(session, page, new_password1=PASSWORD, new_password2=PASSWORD)
            assert changed.url == f"{address}/password/set/"
            page = session.get(f"{address}/admin/login/", timeout=20)
            first = send(session, page, username="boss", password=PASSWORD)
            assert first.url == f"{address}/admin/", first.url
            assert "business unit" in first.text
            style = re.search(r'href="(/static/paidup/admin\.[0-9a-f]+\.css)"', first.text)[1]
            assert session.get(f"{address}{style}", timeout=20).status_code == 200
        # Behind TLS nothing is left to say.
        assert "BAD" not in paidup("doctor", **PRODUCTION)
    assert {each.name for each in (folder / "site").iterdir()} == {"var"}


def test_the_simulator_is_an_extra(installed, site, paidup):
    folder, wheel = installed
    assert "pip install 'paidup[simulator]'" in paidup("simulator", status=2)
    install(folder, wheel, "[simulator]")
    port = free_port()
    found = f"http://127.0.0.1:{port}/.well-known/openid_configuration"

    def answers():
        try:
            return requests.get(found, timeout=5).ok
        except requests.ConnectionError:
            return False

    with running(installed, site, ("simulator", "--port", str(port))):
        until(answers)
