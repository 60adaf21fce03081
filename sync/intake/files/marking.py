"""How words for people stand in a room that knows no languages: collected, and told elsewhere."""


def mark(message: str) -> str:
    """Return an English message as it is; translators find it by this call."""
    return message
