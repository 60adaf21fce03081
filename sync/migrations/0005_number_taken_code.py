"""A number that is taken is kept under one code, so that nothing reads the sentence beside it."""

from django.db import migrations


def keep_as_6140(apps, _schema_editor):
    records = apps.get_model("sync", "SyncRecord").objects.filter(state="failed", error_code="6210")
    records.filter(error__contains="with this number").update(error_code="6140")


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0004_heartbeat'),
    ]

    operations = [migrations.RunPython(keep_as_6140, migrations.RunPython.noop, elidable=True)]
