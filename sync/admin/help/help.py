"""The shape of what is said about a page."""

from typing import NamedTuple

Act = tuple[str, str]
"""The words on a button, and what happens when it is pressed."""


class Help(NamedTuple):
    """What a page is for, and its buttons with what each does."""

    what: str
    acts: tuple[Act, ...] = ()


Texts = dict[str, Help]
"""By the name of an address."""
