"""What the provider told is append-only; the house's first texts are data."""

import datetime as dt

from django.db import migrations

from mayorista.apps.messaging.seed_texts import TEXTS
from mayorista.apps.procedure.migration_tools import append_only

WRITTEN_AT = dt.datetime(2022, 11, 1, 4, 0, tzinfo=dt.UTC)


def write_texts(apps, schema_editor):
    template = apps.get_model("messaging", "MessageTemplate")
    template.objects.bulk_create(
        template(
            code=each.code,
            version=1,
            kind=each.kind,
            channel=each.channel,
            name=each.name,
            category="UTILITY" if each.kind == "TEMPLATE" else "",
            subject=each.subject,
            body=each.body,
            variables=list(each.variables),
            buttons=[{"payload": payload, "title": title} for payload, title in each.buttons],
            step=each.step,
            approval="UNKNOWN" if each.kind == "TEMPLATE" else "APPROVED",
            created_at=WRITTEN_AT,
        )
        for each in TEXTS
    )


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]

    operations = [
        append_only("messaging_webhookevent"),
        append_only("messaging_deliveryevent"),
        migrations.RunPython(write_texts, migrations.RunPython.noop),
    ]
