import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0026_payment_stage'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='twin_currency',
            field=models.CharField(db_default='', default='', editable=False, max_length=3),
        ),
        migrations.AddField(
            model_name='customer',
            name='twin_of',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='twins', to='sync.customer'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(condition=models.Q(('twin_of__isnull', False)), fields=('twin_of', 'twin_currency'), name='customer_one_twin_a_currency'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('twin_currency', ''), ('twin_of__isnull', True)), models.Q(('twin_currency__regex', '^[A-Z]{3}$'), ('twin_of__isnull', False), models.Q(('twin_of', models.F('id')), _negated=True)), _connector='OR'), name='customer_twin_has_a_currency'),
        ),
    ]
