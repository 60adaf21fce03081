"""Keys of what is encrypted at rest: new ones, whether they open what is stored, re-encryption."""

from collections.abc import Iterator
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, models, transaction
from django.db.models import F
from django.db.models.functions import Cast

from sync.models.fields import EncryptedTextField, fernet

CHUNK = 500


def new_key() -> str:
    """Return a key for FIELD_ENCRYPTION_KEYS."""
    return Fernet.generate_key().decode()


def encrypted_fields() -> Iterator[tuple[type[models.Model], str]]:
    """Yield each model and field that holds encrypted text."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField):
                yield model, field.name


def _stored(model: type[models.Model], name: str) -> models.QuerySet[Any]:
    """Return what has something in this field, with the stored text as it is in `raw`."""
    held = model._base_manager.exclude(**{name: ""}).exclude(**{f"{name}__isnull": True})
    rows: models.QuerySet[Any] = held.annotate(raw=Cast(F(name), models.TextField()))
    return rows.order_by("pk")


def unreadable() -> list[str]:
    """Name each field whose newest stored text none of the keys opens."""
    closed = []
    for model, name in encrypted_fields():
        newest = _stored(model, name).values_list("raw", flat=True).last()
        if newest is not None and not _opens(newest):
            closed.append(f"{model._meta.verbose_name}: {name}")
    return closed


def refuse_closed() -> None:
    """Raise ImproperlyConfigured where no key opens what is stored: a start would lose it.

    A database that is away, or has no tables yet, holds nothing to be opened now.
    """
    try:
        closed = unreadable()
    except DatabaseError:
        return
    finally:
        connection.close()  # the processes of a server have connections of their own
    if closed:
        words = f"Not starting: no key of FIELD_ENCRYPTION_KEYS opens {', '.join(closed)}."
        raise ImproperlyConfigured(words)


def _opens(text: str) -> bool:
    try:
        fernet().decrypt(text.encode())
    except InvalidToken:
        return False
    return True


def rotate() -> int:
    """Encrypt everything anew with the first key; return how many texts. Raises InvalidToken.

    In pieces, each under lock, so that a page or worker that saves meanwhile is not overwritten.
    """
    return sum(_rotate(model, name) for model, name in encrypted_fields())


def _rotate(model: type[models.Model], name: str) -> int:
    done, last = 0, 0
    while True:
        with transaction.atomic():
            rows = list(
                _stored(model, name)
                .filter(pk__gt=last)
                .select_for_update(no_key=True)
                .values_list("pk", "raw")[:CHUNK]
            )
            for pk, raw in rows:
                # The field encrypts what it is given, with the first key.
                text = fernet().decrypt(raw.encode()).decode()
                model._base_manager.filter(pk=pk).update(**{name: text})
        if not rows:
            return done
        done, last = done + len(rows), rows[-1][0]
