"""The database itself refuses a hole in a bandwidth timeline: each period follows the end of another."""

from django.db import migrations

FOREIGN_KEY = """
ALTER TABLE contracts_bandwidthperiod ADD CONSTRAINT bandwidth_no_hole
    FOREIGN KEY (service_id, follows_end) REFERENCES contracts_bandwidthperiod (service_id, ends_date)
    DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0002_stage_b")]

    operations = [
        migrations.RunSQL(
            FOREIGN_KEY, "ALTER TABLE contracts_bandwidthperiod DROP CONSTRAINT bandwidth_no_hole"
        )
    ]
