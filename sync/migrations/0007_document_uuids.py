"""Give documents a column for a UUID of their own; the next migration fills it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("sync", "0006_used_forms"),
    ]

    operations = [
        migrations.AddField(model, "uuid", models.UUIDField(null=True, editable=False))
        for model in ("customer", "invoice", "payment")
    ]
