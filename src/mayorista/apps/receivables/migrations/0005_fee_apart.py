"""Suspensions of orders that were carried out before: collection charged their reconnection."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("receivables", "0004_collection"), ("contracts", "0008_fee_apart")]

    operations = [
        migrations.RunSQL(
            "UPDATE contracts_suspension SET fee_apart = true WHERE id IN (SELECT suspension_id FROM receivables_suspendedservice)",
            migrations.RunSQL.noop,
        ),
    ]
