"""What a page says once, after an act."""

from django.contrib.messages.storage.fallback import FallbackStorage


class SpokenStorage(FallbackStorage):
    """Keeps words in the language they were said in: a translation to come cannot be stored."""

    def add(self, level: int, message: object, extra_tags: str | None = "") -> None:
        """Keep a message; what is safe to show as it is stays so."""
        super().add(level, str(message), extra_tags)
