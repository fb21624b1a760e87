"""A note is dispatched as an invoice is, and carries the authorization of the system that issued it."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_attached_papers"), ("messaging", "0010_note_text")]

    operations = [
        migrations.AddField(
            model_name="note",
            name="authorization",
            field=models.CharField(blank=True, default="", max_length=120),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="dispatch",
            name="invoice",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.invoice",
            ),
        ),
        migrations.AddField(
            model_name="dispatch",
            name="note",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.note",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispatch",
            constraint=models.UniqueConstraint(fields=("note", "sequence"), name="dispatch_note_sequence"),
        ),
        migrations.AddConstraint(
            model_name="dispatch",
            constraint=models.CheckConstraint(
                condition=Q(invoice__isnull=False, note__isnull=True)
                | Q(invoice__isnull=True, note__isnull=False),
                name="dispatch_of_one_paper",
            ),
        ),
    ]
