"""What was stored before refunds had kinds and documents had effects.

A refund stays one of the sale unless its payment has no invoice: then a deposit was returned. What
was said of a refund was said of that kind. All documents are read anew, to be read by their
effects, at the next reading.
"""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def settle(apps, schema_editor):
    Refund = apps.get_model("sync", "Refund")
    Refund.objects.filter(payment__invoice__isnull=True).update(kind="overpayment")
    kind = Refund.objects.filter(pk=OuterRef("refund")).values("kind")
    apps.get_model("sync", "RefundReview").objects.update(kind=Subquery(kind))
    apps.get_model("sync", "Reading").objects.filter(kind="proof").delete()


class Migration(migrations.Migration):
    dependencies = [("sync", "0010_refund_effects")]

    operations = [migrations.RunPython(settle, migrations.RunPython.noop)]
