from django.db import migrations, models

from sync.models.operations import TouchesSums


class Migration(migrations.Migration):
    """What is there already gets its new stage when the triggers change, at the end of `migrate`."""

    dependencies = [
        ('sync', '0032_needs_and_views'),
    ]

    operations = [
        TouchesSums(
            migrations.AlterField(
                model_name='payment',
                name='stage',
                field=models.CharField(choices=[('sent', 'In QuickBooks'), ('queued', 'On its way to QuickBooks'), ('stuck', 'Stands before a person, or waits for what does'), ('held', 'Do not export'), ('stopped', 'Its documents keep it here'), ('open', 'Its documents let it go')], db_default='stopped', default='stopped', editable=False, max_length=7),
            ),
        ),
    ]
