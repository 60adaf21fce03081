"""One of Vonigo's objects, read by what a person confirmed of its fields."""

from collections.abc import Iterator, Mapping
from typing import Any

from sync.intake.sources.interface import Unreadable
from sync.intake.sources.vonigo.schema import key_of, usual_name
from sync.intake.sources.vonigo.values import id_of, is_true, text_of, whole_of
from sync.words import stored


class Record:
    """A client, invoice, charge or payment as it was listed."""

    def __init__(self, object_type: int, said: Mapping[str, Any], answers: Mapping[str, str]):
        self.type, self._said, self._answers = object_type, said, answers
        self._fields = {
            id_of(row.get("fieldID")): row
            for row in said.get("Fields") or ()
            if isinstance(row, dict)
        }

    @property
    def id(self) -> str:
        """Return its id, empty where it has none."""
        return id_of(self._said.get("objectID"))

    @property
    def name(self) -> str:
        return text_of(self._said.get("name"))

    @property
    def is_active(self) -> bool:
        return is_true(self._said.get("isActive", True))

    @property
    def edited(self) -> Any:
        """Return when it was last edited, as it is written there."""
        return self._said.get("dateLastEdited")

    def has(self, slot: str) -> bool:
        """Say whether the tenant has a field for it."""
        return bool(self._answers.get(key_of(self.type, slot)))

    def value(self, slot: str) -> Any:
        """Return a field's value; None where the tenant has no such field, or where it is empty.

        Raises Unreadable where the object does not have a field that the tenant has.
        """
        row = self._row(slot)
        return None if row is None else row.get("fieldValue")

    def option(self, slot: str) -> str:
        """Return the id of what is chosen in a field."""
        row = self._row(slot)
        return "" if row is None else id_of(row.get("optionID"))

    def related(self, object_type: int) -> list[str]:
        """Return the ids of objects of a type that it belongs to, each once."""
        found = dict.fromkeys(self._related(object_type))
        return list(found)

    def names_of_related(self, object_type: int) -> list[str]:
        """Return what the objects of a type that it belongs to are called, where that is told."""
        rows = self._said.get("Relations") or ()
        of_type = (
            row
            for row in rows
            if isinstance(row, dict) and whole_of(row.get("objectTypeID")) == object_type
        )
        return sorted({name for row in of_type if (name := text_of(row.get("name")))})

    def _related(self, object_type: int) -> Iterator[str]:
        for row in self._said.get("Relations") or ():
            is_of_type = isinstance(row, dict) and whole_of(row.get("objectTypeID")) == object_type
            if is_of_type and (name := id_of(row.get("objectID"))):
                yield name

    def _row(self, slot: str) -> Mapping[str, Any] | None:
        field_id = self._answers.get(key_of(self.type, slot), "")
        if not field_id:
            return None
        if field_id not in self._fields:
            words = stored(
                "It comes without field %(id)s (%(name)s).",
                id=field_id,
                name=usual_name(self.type, slot),
            )
            raise Unreadable("NO_FIELD", words)
        return self._fields[field_id]
