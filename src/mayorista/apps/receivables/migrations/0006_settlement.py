"""What is settled of each invoice, kept by the database in the transaction that changes it.

The triggers come before the rows: their locks keep writers out until the last row stands. Each adds its difference to
the row, which the row's lock puts in a line, so two who write at once both count. Invoices and notes are append-only
(their owner may delete, for retention); allocations are undone, and may be deleted by their owner.
"""

import django.db.models.deletion
from django.db import migrations, models

from mayorista.apps.procedure.migration_tools import APP_ROLE

INVOICES = """
CREATE FUNCTION receivables_settlement_of_invoice() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO receivables_settlement (invoice_id, customer_id, owed, settled)
        SELECT id, customer_id, total, 0 FROM arrived;
    ELSE
        DELETE FROM receivables_settlement USING gone WHERE invoice_id = gone.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_begins AFTER INSERT ON billing_invoice REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_settlement_of_invoice();
CREATE TRIGGER settlement_ends AFTER DELETE ON billing_invoice REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_settlement_of_invoice();
"""
NOTES = """
CREATE FUNCTION receivables_settlement_of_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE receivables_settlement kept SET owed = owed + note.sum FROM (
            SELECT invoice_id, sum(CASE WHEN kind = 'DEBIT' THEN total ELSE -total END) AS sum FROM arrived GROUP BY invoice_id
        ) note WHERE kept.invoice_id = note.invoice_id;
    ELSE
        UPDATE receivables_settlement kept SET owed = owed - note.sum FROM (
            SELECT invoice_id, sum(CASE WHEN kind = 'DEBIT' THEN total ELSE -total END) AS sum FROM gone GROUP BY invoice_id
        ) note WHERE kept.invoice_id = note.invoice_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_noted AFTER INSERT ON billing_note REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_settlement_of_note();
CREATE TRIGGER settlement_note_gone AFTER DELETE ON billing_note REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_settlement_of_note();
"""
_CHANGE = """
        UPDATE receivables_settlement kept SET settled = settled + change.sum FROM (
            SELECT invoice_id, sum(amount) AS sum FROM ({rows}) live WHERE invoice_id IS NOT NULL
            GROUP BY invoice_id HAVING sum(amount) <> 0
        ) change WHERE kept.invoice_id = change.invoice_id;"""
_ARRIVED = "SELECT invoice_id, amount FROM arrived WHERE undone_at IS NULL"
_GONE = "SELECT invoice_id, -amount AS amount FROM gone WHERE undone_at IS NULL"
ALLOCATIONS = f"""
CREATE FUNCTION receivables_settlement_of_allocation() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN{_CHANGE.format(rows=_ARRIVED)}
    ELSIF TG_OP = 'UPDATE' THEN{_CHANGE.format(rows=f"{_ARRIVED} UNION ALL {_GONE}")}
    ELSE{_CHANGE.format(rows=_GONE)}
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_allocated AFTER INSERT ON receivables_allocation REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_settlement_of_allocation();
CREATE TRIGGER settlement_changed AFTER UPDATE ON receivables_allocation
    REFERENCING NEW TABLE AS arrived OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_settlement_of_allocation();
CREATE TRIGGER settlement_allocation_gone AFTER DELETE ON receivables_allocation REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_settlement_of_allocation();
"""  # noqa: S608 - words of ours
FILL = """
INSERT INTO receivables_settlement (invoice_id, customer_id, owed, settled)
SELECT invoice.id, invoice.customer_id, invoice.total + coalesce(note.sum, 0), coalesce(allocated.sum, 0)
FROM billing_invoice invoice
LEFT JOIN (
    SELECT invoice_id, sum(CASE WHEN kind = 'DEBIT' THEN total ELSE -total END) AS sum FROM billing_note GROUP BY invoice_id
) note ON note.invoice_id = invoice.id
LEFT JOIN (
    SELECT invoice_id, sum(amount) AS sum FROM receivables_allocation WHERE undone_at IS NULL GROUP BY invoice_id
) allocated ON allocated.invoice_id = invoice.id
"""
# The functions write with their owner's rights; nobody else does.
ONLY_READ = (
    f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN "  # noqa: S608 - a name of ours
    f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON receivables_settlement FROM {APP_ROLE}; END IF; END $$"
)
AWAY = """
DROP FUNCTION receivables_settlement_of_invoice() CASCADE;
DROP FUNCTION receivables_settlement_of_note() CASCADE;
DROP FUNCTION receivables_settlement_of_allocation() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0004_credits_by_holder"),
        ("customers", "0001_initial"),
        ("receivables", "0005_fee_apart"),
    ]

    operations = [
        migrations.CreateModel(
            name="Settlement",
            fields=[
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="billing.invoice",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("owed", models.DecimalField(decimal_places=2, max_digits=16)),
                ("settled", models.DecimalField(decimal_places=2, max_digits=16)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("owed__gt", models.F("settled"))),
                        fields=["customer"],
                        name="settlement_open",
                    )
                ],
            },
        ),
        migrations.RunSQL([INVOICES, NOTES, ALLOCATIONS, FILL, ONLY_READ], AWAY),
    ]
