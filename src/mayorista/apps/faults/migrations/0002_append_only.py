"""What was sent or decided stays as it is: the application's role cannot change or delete it."""

from django.db import migrations

from mayorista.apps.procedure.migration_tools import append_only


class Migration(migrations.Migration):
    dependencies = [("faults", "0001_initial")]

    operations = [
        append_only("faults_dacissue"),
        append_only("faults_dacacknowledgement"),
        append_only("faults_dacreprint"),
    ]
