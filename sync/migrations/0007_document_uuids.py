"""Give documents a column for a UUID of their own; the next migration fills it."""

from django.db import migrations, models

from sync.models.operations import TouchesSums


def add_uuid(model):
    return migrations.AddField(model, "uuid", models.UUIDField(null=True, editable=False))


class Migration(migrations.Migration):

    dependencies = [
        ("sync", "0006_used_forms"),
    ]

    operations = [add_uuid("customer"), TouchesSums(add_uuid("invoice"), add_uuid("payment"))]
