"""Fields of our own: money, and text that is encrypted at rest."""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

CENT_PLACES = 2


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """An amount in its row's currency, to the cent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", CENT_PLACES)
        super().__init__(*args, **kwargs)


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
