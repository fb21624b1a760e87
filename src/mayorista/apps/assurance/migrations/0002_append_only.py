"""What was issued, and what left the house, stays as it is."""

from django.db import migrations

from mayorista.apps.procedure.migration_tools import append_only


class Migration(migrations.Migration):
    dependencies = [("assurance", "0001_papers")]

    operations = [append_only("assurance_issue"), append_only("assurance_copy")]
