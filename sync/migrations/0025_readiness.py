import django.db.models.deletion
from django.db import migrations, models

from sync.models.operations import TouchesSums


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0024_shared_changes'),
    ]

    operations = [
        TouchesSums(
            migrations.AddField(
                model_name='companyrules',
                name='setup_changes',
                field=models.BigIntegerField(db_default=1, default=1, help_text="Raised by what a unit's set-up may lack of the company."),
            ),
        ),
        migrations.CreateModel(
            name='UnitReadiness',
            fields=[
                ('business_unit', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='readiness', serialize=False, to='sync.businessunit')),
                ('changes', models.BigIntegerField(db_default=1, default=1, help_text='Raised by whatever of the unit changes.')),
                ('found_at', models.BigIntegerField(db_default=0, default=0, help_text="The unit's changes that it was found by.")),
                ('found_by', models.BigIntegerField(db_default=0, default=0, help_text="Its company's `setup_changes` that it was found by.")),
                ('lacking', models.JSONField(help_text='What is missing, in words.', null=True)),
                ('lacking_for_trial', models.JSONField(help_text='What stops even a trial export.', null=True)),
                ('has_taxable_lines', models.BooleanField(db_default=False, default=False)),
                ('has_exempt_lines', models.BooleanField(db_default=False, default=False)),
                ('has_discounts', models.BooleanField(db_default=False, default=False)),
            ],
        ),
    ]
