import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0003_runs_and_contract_value"),
        ("contracts", "0006_clock_from_the_case"),
        ("procedure", "0003_journal_by_time"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CreditSweep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("upto", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="creditproposal",
            name="credit_proposal_once",
        ),
        migrations.RemoveConstraint(
            model_name="creditproposal",
            name="credit_proposal_one_open",
        ),
        migrations.AddField(
            model_name="creditproposal",
            name="contract",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="contracts.contract",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditproposal",
            constraint=models.UniqueConstraint(
                fields=("service", "contract", "month", "sequence"),
                name="credit_proposal_once_per_holder",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="creditproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "PROPOSED")),
                fields=("service", "contract", "month"),
                name="credit_proposal_one_open_per_holder",
                nulls_distinct=False,
            ),
        ),
    ]
