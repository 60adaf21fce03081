"""Which starts are refused, each by the name of what must be set."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from config import safety
from config.check_deploy import PRODUCTION
from config.safety import Start, refusals

REAL = Start(
    debug=False,
    environment="production",
    site_url="https://paidup.example",
    allowed_hosts=["paidup.example"],
    secret_key="a secret key of our own, long enough to be one",
    encryption_keys=["Zm9yLXRoZS1kZXBsb3ktY2hlY2stb25seS0wMTIzNDU="],
    client_id="client",
    client_secret="secret",
    verifier_token="token",
)
DEMO = Start(
    debug=True,
    environment="simulator",
    site_url="http://localhost:8000",
    allowed_hosts=["*"],
    secret_key=safety.INSECURE_SECRET_KEY,
    encryption_keys=[safety.INSECURE_ENCRYPTION_KEY],
    client_id=safety.SIMULATORS_CLIENT,
    client_secret=safety.SIMULATORS_SECRET,
    verifier_token=safety.SIMULATORS_VERIFIER,
)


@pytest.mark.parametrize("start", [REAL, DEMO, replace(DEMO, site_url="http://127.0.0.1:8000")])
def test_a_real_start_and_a_demo_are_allowed(start):
    assert refusals(start) == []


@pytest.mark.parametrize("environment", ["sandbox", "production"])
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"debug": True}, "DEBUG"),
        ({"allowed_hosts": ["*"]}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": ["paidup.example", "*"]}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": []}, "ALLOWED_HOSTS"),
        ({"site_url": "http://paidup.example"}, "SITE_URL"),
        ({"site_url": "http://10.0.0.7"}, "SITE_URL"),
        ({"secret_key": safety.INSECURE_SECRET_KEY}, "SECRET_KEY"),
        ({"secret_key": "short"}, "SECRET_KEY"),
        ({"secret_key": ""}, "SECRET_KEY"),
        ({"secret_key": REAL.encryption_keys[0]}, "SECRET_KEY"),
        ({"encryption_keys": [safety.INSECURE_ENCRYPTION_KEY]}, "FIELD_ENCRYPTION_KEYS"),
        ({"encryption_keys": [REAL.encryption_keys[0], "no key"]}, "FIELD_ENCRYPTION_KEYS"),
        ({"encryption_keys": ["Zm9v"]}, "FIELD_ENCRYPTION_KEYS"),
        ({"encryption_keys": ["schlüssel"]}, "FIELD_ENCRYPTION_KEYS"),
        ({"client_id": ""}, "QUICKBOOKS_CLIENT_ID"),
        ({"client_secret": safety.SIMULATORS_SECRET}, "QUICKBOOKS_CLIENT_SECRET"),
        ({"verifier_token": safety.SIMULATORS_VERIFIER}, "QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN"),
    ],
)
def test_what_is_unsafe_is_refused_by_name(environment, change, named):
    [refusal] = refusals(replace(REAL, environment=environment, **change))
    assert refusal.startswith(named)


def test_a_demo_that_others_can_reach_is_a_real_start():
    names = {words.split()[0] for words in refusals(replace(DEMO, site_url="http://demo.example"))}
    assert names == {
        "DEBUG=false",
        "ALLOWED_HOSTS",
        "SITE_URL",
        "SECRET_KEY",
        "FIELD_ENCRYPTION_KEYS",
        "QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN",
    }


def test_what_looks_like_this_machine_and_is_not_is_real():
    for host in ("localhost.example", "127.0.0.1.example", "0.0.0.0", "[::]"):
        assert not replace(DEMO, site_url=f"http://{host}").is_local
    for host in ("localhost", "127.0.0.2", "[::1]", "demo.localhost"):
        assert replace(DEMO, site_url=f"http://{host}").is_local


def manage(command, **changes):
    return subprocess.run(
        [sys.executable, "manage.py", command],
        env=os.environ | PRODUCTION | {"DJANGO_SETTINGS_MODULE": "config.settings"} | changes,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_refused_start_says_what_to_set_and_make_key_works_all_the_same():
    refused = manage("check", FIELD_ENCRYPTION_KEYS="not a key")
    assert refused.returncode != 0
    assert "Not starting: set FIELD_ENCRYPTION_KEYS (number 1 is not a key" in refused.stderr
    given = manage("make_key", FIELD_ENCRYPTION_KEYS="", SECRET_KEY="")
    assert given.returncode == 0
    assert refusals(replace(REAL, encryption_keys=[given.stdout.strip()])) == []
