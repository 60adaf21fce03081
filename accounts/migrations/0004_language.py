"""The language of a person; nobody has chosen one yet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_people")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(
                blank=True,
                choices=[
                    ("en", "English: 28 Nov 2026"),
                    ("en-us", "English (US): Nov 28, 2026"),
                    ("es", "Español: 28 nov 2026"),
                    ("fr-ca", "Français (Canada) : 2026-11-28"),
                ],
                db_default="",
                default="",
                help_text="Empty: as the browser asks for.",
                max_length=10,
                verbose_name="language and dates",
            ),
        ),
    ]
