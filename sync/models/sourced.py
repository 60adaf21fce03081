"""Where a document came from: the system and the id it has there."""

from django.db import models
from django.db.models import Q

LONGEST_ID = 200


class Sourced(models.Model):
    """What knows its source; without one it was typed here."""

    source = models.CharField(max_length=40, blank=True, db_default="", default="")
    external_id = models.CharField(
        max_length=LONGEST_ID,
        blank=True,
        db_default="",
        default="",
        help_text="Its number in the system that it came from.",
    )

    class Meta:
        abstract = True


def once_a_unit(name: str) -> models.UniqueConstraint:
    """Return the constraint that a source's id stands for one document of a unit."""
    return models.UniqueConstraint(
        fields=["business_unit", "source", "external_id"],
        condition=~Q(external_id=""),
        name=name,
    )
