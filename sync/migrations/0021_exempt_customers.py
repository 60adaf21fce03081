from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("sync", "0020_verdicts")]

    operations = [
        migrations.AddField(
            model_name="syncrecord",
            name="is_exempt",
            field=models.BooleanField(db_default=False, default=False, help_text="Customers: QuickBooks charges them no sales tax, as it last said."),
        ),
    ]
