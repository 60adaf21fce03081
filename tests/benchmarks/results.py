"""The table in which the clients for comparison keep their results; the product has its own."""

from django.db import connection, models


class Result(models.Model):
    """One document that a client takes for written."""

    kind = models.CharField(max_length=10)
    document = models.BigIntegerField()
    qbo_id = models.CharField(max_length=50)
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "benchmarks"
        indexes = [models.Index(fields=["kind", "document"], name="result_of_document")]

    def __str__(self):
        return f"{self.kind} {self.document}"


def create_table():
    """Make the table in the piece's database."""
    with connection.schema_editor() as editor:
        editor.create_model(Result)


def forget():
    """Start anew for the next client."""
    Result.objects.all().delete()
