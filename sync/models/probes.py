"""Probes: what a sandbox company told of our assumptions about Intuit."""

from django.db import models

from sync.models.fields import VersionedJSONField


class ProbeReport(models.Model):
    """One probe of one company; its text names neither the company nor anybody in it."""

    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="probes"
    )
    environment = models.CharField(max_length=20)
    asked_at = models.DateTimeField(auto_now_add=True)
    counts = VersionedJSONField(default=dict, help_text="How many held, did not, were not asked.")
    switches = VersionedJSONField(default=dict, help_text="The simulator's, as was found.")
    text = models.TextField(help_text="The report as it is sent.")
    left = models.JSONField(default=list, help_text="What could not be taken away.")

    def __str__(self) -> str:
        return f"Probe of {self.asked_at:%-d %B %Y}"
