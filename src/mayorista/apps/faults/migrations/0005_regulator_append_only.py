"""What was answered about the regulator's duties stays as it is."""

from django.db import migrations

from mayorista.apps.procedure.migration_tools import append_only


class Migration(migrations.Migration):
    dependencies = [("faults", "0004_regulator")]

    operations = [append_only("faults_regulatoranswer")]
