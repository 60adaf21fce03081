
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0030_uuids_in_order'),
    ]

    operations = [
        migrations.AddField(
            model_name='quickbookscompany',
            name='lease_pid',
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name='quickbookscompany',
            name='lease_supervisor',
            field=models.UUIDField(help_text='The worker command whose process took it, none for a command alone.', null=True),
        ),
        migrations.AlterField(
            model_name='heartbeat',
            name='kind',
            field=models.CharField(choices=[('worker', 'Worker'), ('sweep', 'Sweep'), ('asked', 'Sweep asked for'), ('probe', 'Probe')], max_length=10),
        ),
    ]
