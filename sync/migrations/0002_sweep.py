"""Every minute, wake what was forgotten: the queue may lose tasks, our rows may not."""

from django.db import migrations

NAME = "Wake what was forgotten"


def add(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.get_or_create(
        name=NAME, defaults={"func": "sync.tasks.sweep", "schedule_type": "I", "minutes": 1}
    )


def remove(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_initial"), ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more")]

    operations = [migrations.RunPython(add, remove)]
