"""What a worker process and the command that started it know of each other.

The command names itself and a file to its processes; once the file is there, nothing new is begun.
"""

import os
from pathlib import Path
from uuid import UUID

SUPERVISOR = "PAIDUP_SUPERVISOR"
STOP_SIGN = "PAIDUP_STOP_SIGN"


def supervisor() -> UUID | None:
    """Return the name of the worker command that started this process, if one did."""
    name = os.environ.get(SUPERVISOR)
    return UUID(name) if name else None


def is_asked() -> bool:
    """Say whether this process is to end what it has under way, and begin nothing."""
    sign = os.environ.get(STOP_SIGN)
    return sign is not None and Path(sign).exists()
