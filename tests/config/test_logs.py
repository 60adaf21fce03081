"""Lines of libraries say when, how grave, whose and where, and nothing of what they worked on."""

import json
import os
import subprocess
import sys
from pathlib import Path

from config.check_deploy import PRODUCTION

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import django, logging
django.setup()
try:
    {}["Zebulon Quillfeather"]
except KeyError as error:
    try:
        raise ValueError("zebulon@quillfeather.example") from error
    except ValueError:
        logging.getLogger("some.library").exception("It broke.")
logging.getLogger("some.library").warning("Slow: %s", 3)
"""


def test_a_line_of_a_library_is_whole_and_tells_where_it_broke():
    environment = os.environ | PRODUCTION | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", PROGRAM]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    broke, slow = map(json.loads, ran.stderr.strip().splitlines())
    assert {"timestamp", "level", "logger", "event", "traceback"} == broke.keys()
    assert (broke["level"], broke["logger"], broke["event"]) == (
        "error",
        "some.library",
        "It broke.",
    )
    assert [line.split()[-1] for line in broke["traceback"]] == [
        "KeyError", "<module>", "ValueError", "<module>"
    ]  # fmt: skip
    assert (slow["level"], slow["event"]) == ("warning", "Slow: 3")
    assert "uillfeather" not in ran.stderr


FAILED = """
import django, logging
django.setup()
logging.getLogger("django-q").error("Failed 'sync.tasks.relay' (a-b) - Zebulon : Traceback")
logging.getLogger("django-q").warning("Slow - %s", 3)
"""


def test_a_failed_task_tells_no_errors_text():
    environment = os.environ | PRODUCTION | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", FAILED]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    failed, slow = map(json.loads, ran.stderr.strip().splitlines())
    assert failed["event"] == "Failed 'sync.tasks.relay' (a-b)"
    assert slow["event"] == "Slow - 3"
