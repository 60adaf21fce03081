"""Ids of our own documents: each another one, and one after the other."""

import os
import time
from uuid import UUID


def new_uuid() -> UUID:
    """Return a UUID of version 7: the milliseconds since 1970, then 74 bits by chance.

    Keys by chance alone are written all over their index: at a million rows each insert touches a
    page of its own, and files came in slower the more there was.
    https://www.rfc-editor.org/rfc/rfc9562#section-5.7
    """
    time_of_day = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10), "big")
    return UUID(
        int=time_of_day << 80 | 0x7 << 76 | (chance >> 68) << 64 | 0b10 << 62 | chance % (1 << 62)
    )
