"""Fields of our own: money, words cut to fit, text encrypted at rest, JSON of a known version."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression
from django.db.models.fields.json import KeyTransform

from sync import words
from sync.models import sql  # noqa: F401  # lookups are registered where fields are

CENT_PLACES = 2


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """An amount in its row's currency, to the cent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", CENT_PLACES)
        super().__init__(*args, **kwargs)


class ShortTextField(models.CharField):  # type: ignore[type-arg]
    """Words that the site writes, such as an error's, cut to the column's length when stored.

    Others choose how long they are; losing the end of a sentence is better than losing the row
    that it explains. What a form takes in is refused where it is too long, never cut. What was
    said (`words.Said`) is kept with what it is made of, where that fits, and read as such.
    """

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Return a plain CharField: to the database it is nothing else, so no migration follows."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        value = super().get_db_prep_save(value, connection)
        return value[: self.max_length] if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if not isinstance(value, words.Said):
            return value
        kept = value.kept()
        return kept if len(kept) <= (self.max_length or len(kept)) else words.plainly(value)

    def from_db_value(
        self, value: str | None, expression: object, connection: BaseDatabaseWrapper
    ) -> str | None:
        return words.read(value) if value else value


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def fernet() -> MultiFernet:
    """Return the cipher: the first of FIELD_ENCRYPTION_KEYS encrypts, all of them decrypt."""
    return _fernet(tuple(settings.FIELD_ENCRYPTION_KEYS))


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text held only encrypted in the database; a wrong key raises instead of returning noise."""

    def get_prep_value(self, value: Any) -> Any:
        if value is None or value == "":
            return value
        return fernet().encrypt(str(value).encode()).decode()

    def from_db_value(
        self, value: str | None, expression: object, connection: BaseDatabaseWrapper
    ) -> str | None:
        if not value:
            return value
        try:
            return fernet().decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise ImproperlyConfigured(
                f"{self.name} was encrypted with a key that FIELD_ENCRYPTION_KEYS no longer holds."
            ) from error


VERSION = "version"
MARK_IN_JSON = r"\u001e"  # how JSON writes what begins words that were said
Shape = dict[str, Any]


class NewerShapeError(ValueError):
    """A newer release wrote this; the one that runs cannot know what it means."""


def _each_text(value: Any, act: Callable[[str], Any]) -> Any:
    match value:
        case str():
            return act(value)
        case dict():
            return {name: _each_text(each, act) for name, each in value.items()}
        case list() | tuple():
            return [_each_text(each, act) for each in value]
        case _:
            return value


def _kept(text: str) -> str:
    return text.kept() if isinstance(text, words.Said) else text


class VersionedJSONField(models.JSONField):
    """A JSON object that carries the version of its shape, in the database only.

    `older` holds a function for each version that has passed: the first makes version 2 of
    version 1, and so on. What is read has the newest shape, whenever it was written; what bears no
    version is the first. Queries by key see what is stored: a renamed key needs a data migration.
    """

    def __init__(
        self, *args: Any, older: Sequence[Callable[[Shape], Shape]] = (), **kwargs: Any
    ) -> None:
        self.older = tuple(older)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Return a plain JSONField: to the database it is nothing else, so no migration follows."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def get_prep_value(self, value: Any) -> Any:
        value = _each_text(super().get_prep_value(value), _kept)
        return {**value, VERSION: len(self.older) + 1} if isinstance(value, dict) else value

    def from_db_value(
        self, value: Any, expression: Expression, connection: BaseDatabaseWrapper
    ) -> Any:
        holds_words = isinstance(value, str) and MARK_IN_JSON in value
        value = super().from_db_value(value, expression, connection)
        if holds_words:
            value = _each_text(value, words.read)
        if isinstance(value, dict) and not isinstance(expression, KeyTransform):
            return self._newest(value)
        return value

    def _newest(self, value: Shape) -> Shape:
        version = value.pop(VERSION, 1)
        if version > len(self.older) + 1:
            raise NewerShapeError(f"{self.name} has version {version}: a newer release wrote it.")
        for step in self.older[version - 1 :]:
            value = step(value)
        return value
