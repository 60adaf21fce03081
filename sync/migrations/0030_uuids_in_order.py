from django.db import migrations, models

import sync.models.ids


def _uuid(model):
    field = models.UUIDField(default=sync.models.ids.new_uuid, editable=False, unique=True)
    return migrations.AlterField(model, "uuid", field)


class Migration(migrations.Migration):
    """What Python gives to new rows; nothing of the tables changes."""

    dependencies = [("sync", "0029_people")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[_uuid("customer"), _uuid("invoice"), _uuid("payment")]
        )
    ]
