"""One line of what was checked about a connection."""

from dataclasses import dataclass

from sync.words import together

GREEN, AMBER, RED = "green", "amber", "red"


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, how it is, and what to do about it."""

    title: str
    level: str
    words: str
    remedy: str = ""

    @property
    def sentence(self) -> str:
        """Return words and remedy as one, for where only the wrong is told."""
        return together(self.words, self.remedy)
