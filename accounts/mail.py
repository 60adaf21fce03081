"""Mail to people: what is written into it by others is no text of their choice."""

import re

LONGEST_NAME = 60


def as_name(text: object) -> str:
    """Return a name for a mail to strangers: one short line, in which nothing is a link."""
    line = re.sub(r"\s+", " ", str(text).replace("://", " ")).strip()
    return re.sub(r"\.(?=\S)", ". ", line)[:LONGEST_NAME]
