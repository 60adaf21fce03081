"""What runs by the clock: the queue may lose tasks, our rows may not."""

from datetime import timedelta

from django.db import migrations
from django.utils import timezone

NIGHT = {"hour": 8, "minute": 0, "second": 0, "microsecond": 0}  # UTC: night in North America


def schedules():
    night = timezone.now().replace(**NIGHT) + timedelta(days=1)
    monday = night + timedelta(days=-night.weekday() % 7, hours=4)
    return {
        "Wake what was forgotten": {"func": "sync.tasks.sweep", "schedule_type": "I", "minutes": 1},
        "Read what changed in QuickBooks": {
            "func": "sync.tasks.nightly", "schedule_type": "D", "next_run": night,
        },
        "Send the weekly digests": {
            "func": "sync.tasks.weekly", "schedule_type": "W", "next_run": monday,
        },
    }


def add(apps, schema_editor):
    for name, defaults in schedules().items():
        apps.get_model("django_q", "Schedule").objects.get_or_create(name=name, defaults=defaults)


def remove(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name__in=schedules()).delete()


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_initial"), ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more")]

    operations = [migrations.RunPython(add, remove)]
