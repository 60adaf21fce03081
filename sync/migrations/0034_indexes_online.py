from django.db import migrations, models

from sync.models.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('sync', '0033_payment_stages_of_records'),
    ]

    operations = [
        AddIndexOnline(
            model_name='customer',
            index=models.Index(fields=['display_name', 'id'], name='customer_in_order'),
        ),
        AddIndexOnline(
            model_name='syncrecord',
            index=models.Index(fields=['qbo_id'], name='record_by_quickbooks_id'),
        ),
        AddIndexOnline(
            model_name='payment',
            index=models.Index(condition=models.Q(('stage__in', ['stopped', 'open', 'stuck'])), fields=['stage', 'business_unit'], name='payment_waiting'),
        ),
    ]
