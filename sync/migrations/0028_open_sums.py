import sync.models.fields
from django.db import migrations, models

from sync.models.operations import TouchesSums


class Migration(migrations.Migration):
    """Verdicts that are there already are summed when the triggers are made, after `migrate`."""

    dependencies = [
        ('sync', '0027_customer_twins'),
    ]

    operations = [
        TouchesSums(
            migrations.AddField(
                model_name='verdict',
                name='open_payments',
                field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
            ),
            migrations.AddField(
                model_name='verdict',
                name='open_amount',
                field=sync.models.fields.MoneyField(db_default=0, decimal_places=2, default=0, editable=False, max_digits=14),
            ),
            migrations.AddField(
                model_name='verdict',
                name='currency',
                field=models.CharField(db_default='', default='', editable=False, max_length=3),
            ),
            migrations.AddField(
                model_name='verdict',
                name='issued_on',
                field=models.DateField(editable=False, null=True),
            ),
            migrations.AddField(
                model_name='verdict',
                name='first_on',
                field=models.DateField(editable=False, help_text='The first date of the invoice and its payments.', null=True),
            ),
            migrations.AddField(
                model_name='verdict',
                name='is_odd',
                field=models.BooleanField(db_default=False, default=False, editable=False, help_text='Its documents themselves must be asked whether it may go.'),
            ),
        ),
        migrations.AddIndex(
            model_name='verdict',
            index=models.Index(fields=['business_unit', 'version', 'code', 'is_odd', 'currency', 'issued_on', 'first_on', 'open_payments', 'open_amount'], name='verdict_to_sum'),
        ),
        migrations.RemoveIndex(
            model_name='verdict',
            name='verdict_outdated',
        ),
        migrations.AddIndex(
            model_name='syncrecord',
            index=models.Index(condition=models.Q(('state__in', ['failed', 'uncertain', 'mismatch'])), fields=['state', 'kind', 'error_code', 'business_unit', 'payment', 'invoice', 'customer'], name='record_stopped'),
        ),
    ]
