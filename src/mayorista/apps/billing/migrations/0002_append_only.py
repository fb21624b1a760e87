"""What was defined, sent or issued stays as it is."""

from django.db import migrations

from mayorista.apps.procedure.migration_tools import append_only


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_stage_b")]

    operations = [
        append_only("billing_amount"),
        append_only("billing_amountline"),
        append_only("billing_packet"),
        append_only("billing_packetacknowledgement"),
        append_only("billing_invoice"),
        append_only("billing_note"),
    ]
