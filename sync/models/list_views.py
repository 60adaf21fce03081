"""What a person keeps of a list: views under a name, and which columns it shows."""

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """Filters, search, order and columns of one list under a name, for one person alone."""

    # The constraint below begins with it.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="saved_views",
        db_index=False,
    )
    list_name = models.CharField(max_length=60, help_text="As app.model.")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=2000, blank=True, help_text="Filters and search.")
    order = models.JSONField(default=list, help_text="Names of columns, with a minus downwards.")
    switched = models.JSONField(default=list, help_text="Columns unlike the list's own.")

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "list_name", "name"], name="view_named_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ListColumns(models.Model):
    """Which columns a person's list shows otherwise than it does by itself."""

    # The constraint below begins with it.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    list_name = models.CharField(max_length=60, help_text="As app.model.")
    switched = models.JSONField(default=list, help_text="Columns unlike the list's own.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "list_name"], name="columns_once_a_list"),
        ]

    def __str__(self) -> str:
        return f"Columns of {self.list_name}"
