"""The product's application."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def reinstall_triggers(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Put the triggers back: SQLite drops them silently when a migration rebuilds a table."""
    from sync.models import triggers  # noqa: PLC0415 - models are not loaded when this file is

    triggers.install(using)


class SyncConfig(AppConfig):
    name = "sync"
    verbose_name = _("Invoices and QuickBooks")

    def ready(self) -> None:
        from sync import checks  # noqa: F401, PLC0415 - registers the system checks

        post_migrate.connect(reinstall_triggers, sender=self)
