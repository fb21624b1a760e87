"""What was done to collect, and what accounting was told, stays as it is."""

from django.db import migrations

from mayorista.apps.procedure.migration_tools import append_only


class Migration(migrations.Migration):
    dependencies = [("receivables", "0001_stage_b")]

    operations = [
        append_only("receivables_contactlog"),
        append_only("receivables_accountingnotice"),
        append_only("receivables_noticedreceipt"),
    ]
