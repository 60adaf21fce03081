"""Give each document that is there a UUID of its own, a chunk at a time; it may be run again."""

from uuid import uuid4

from django.db import migrations

_CHUNK = 2000


def fill(apps, schema_editor):
    """Fill what is empty; records keep the markers that they were given before."""
    for name in ("Customer", "Invoice", "Payment"):
        rows = apps.get_model("sync", name).objects.using(schema_editor.connection.alias)
        while chunk := list(rows.filter(uuid=None).order_by().only("pk")[:_CHUNK]):
            for row in chunk:
                row.uuid = uuid4()
            rows.bulk_update(chunk, ["uuid"], batch_size=200)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("sync", "0007_document_uuids"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
