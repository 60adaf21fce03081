from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("sync", "0016_tax_modes")]

    operations = [
        migrations.AddField(
            model_name="syncrecord",
            name="customer_there",
            field=models.CharField(blank=True, db_default="", default="", help_text="Invoices and payments: the customer that they stay with in QuickBooks where ours was linked anew after they went; empty where it is the customer's own.", max_length=50),
        ),
        migrations.AddField(
            model_name="party",
            name="city",
            field=models.CharField(blank=True, db_default="", default="", max_length=255),
        ),
    ]
