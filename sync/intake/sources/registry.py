"""The sources there are: those of the setting SOURCES, each by its name."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from sync.intake.sources.interface import Source


def sources() -> dict[str, Source]:
    """Return every source by its name."""
    return _loaded(tuple(settings.SOURCES))


def source_named(name: str) -> Source:
    """Return a source; KeyError where it is registered no more."""
    return sources()[name]


@cache
def _loaded(paths: tuple[str, ...]) -> dict[str, Source]:
    found: list[Source] = [import_string(path)() for path in paths]
    return {source.name: source for source in found}
