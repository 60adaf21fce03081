"""Signs of life: what works behind the pages says now and then that it is there."""

from django.db import models


class Heartbeat(models.Model):
    """When a worker cluster, or the sweep that workers run, was last seen."""

    class Kind(models.TextChoices):
        WORKER = "worker", "Worker"
        SWEEP = "sweep", "Sweep"
        ASKED = "asked", "Sweep asked for"
        PROBE = "probe", "Probe"

    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=150, help_text="A worker's host and process.")
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="heartbeat_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"
