from django.db import migrations, models

from sync.models.operations import TouchesSums


class Migration(migrations.Migration):
    """What is there already is filled when its triggers are made, at the end of `migrate`."""

    dependencies = [
        ('sync', '0025_readiness'),
    ]

    operations = [
        TouchesSums(
            migrations.AddField(
                model_name='payment',
                name='stage',
                field=models.CharField(choices=[('sent', 'Has a record in some company'), ('held', 'Do not export'), ('stopped', 'Its documents keep it here'), ('open', 'Its documents let it go')], db_default='stopped', default='stopped', editable=False, max_length=7),
            ),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['stage', '-received_on', '-id', 'business_unit'], name='payment_by_stage'),
        ),
        migrations.RemoveIndex(
            model_name='invoice',
            name='invoice_by_quickbooks_number',
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['quickbooks_number', 'business_unit'], name='invoice_by_number_there'),
        ),
    ]
