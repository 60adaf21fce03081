"""What a unit's set-up lacks, stored with the unit.

What outdates it is in the database (readiness_triggers.py), so whoever writes cannot forget it.
"""

from django.db import models

from sync.models.fields import VersionedJSONField


class UnitReadiness(models.Model):
    """What stops every export of a unit, with the changes that it was found by.

    It counts only while nothing changed since: in the unit, or in the rules of its company.
    """

    business_unit = models.OneToOneField(
        "sync.BusinessUnit",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="readiness",
        db_constraint=False,
    )
    changes = models.BigIntegerField(
        default=1, db_default=1, help_text="Raised by whatever of the unit changes."
    )
    found_at = models.BigIntegerField(
        default=0, db_default=0, help_text="The unit's changes that it was found by."
    )
    found_by = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="Its company's `setup_changes` that it was found by.",
    )
    lacking = VersionedJSONField(null=True, help_text="What is missing, in words.")
    lacking_for_trial = VersionedJSONField(null=True, help_text="What stops even a trial export.")
    # Whether it ever had such: what was taxed once may be again.
    has_taxable_lines = models.BooleanField(default=False, db_default=False)
    has_exempt_lines = models.BooleanField(default=False, db_default=False)
    has_discounts = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return f"Readiness of unit {self.business_unit_id}"
