"""Spans of the months that are over, forgotten by the database in the transaction that changes one of their tasks.

Who changes a task of a month holds the month's lock shared until the transaction ends; who keeps the month takes it
alone, so that it reads either before the change began or after it ended, and is forgotten by who comes later.
"""

from django.db import migrations, models

TRIGGERS = """
CREATE FUNCTION indicators_lock_spans(first date) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(19795, (extract(year FROM first) * 12 + extract(month FROM first))::int)
$$;
CREATE FUNCTION indicators_forget_spans(months date[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE each date;
BEGIN
    FOR each IN SELECT DISTINCT unnest(months) ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock_shared(19795, (extract(year FROM each) * 12 + extract(month FROM each))::int);
    END LOOP;
    DELETE FROM indicators_stepspans WHERE month = ANY(months);
END $$;
CREATE FUNCTION indicators_task_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE months date[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(date_trunc('month', done_at AT TIME ZONE 'America/La_Paz')::date) INTO months
        FROM arrived WHERE done_at IS NOT NULL;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(date_trunc('month', done_at AT TIME ZONE 'America/La_Paz')::date) INTO months
        FROM gone WHERE done_at IS NOT NULL;
    ELSE
        SELECT array_agg(date_trunc('month', change.at AT TIME ZONE 'America/La_Paz')::date) INTO months
        FROM arrived JOIN gone ON gone.id = arrived.id, unnest(ARRAY[arrived.done_at, gone.done_at]) change (at)
        WHERE change.at IS NOT NULL AND (arrived.done_at, arrived.opened_at, arrived.step, arrived.withdrawn)
            IS DISTINCT FROM (gone.done_at, gone.opened_at, gone.step, gone.withdrawn);
    END IF;
    IF months IS NOT NULL THEN
        PERFORM indicators_forget_spans(months);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER spans_task_arrived AFTER INSERT ON procedure_workitem REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION indicators_task_changed();
CREATE TRIGGER spans_task_changed AFTER UPDATE ON procedure_workitem
    REFERENCING NEW TABLE AS arrived OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION indicators_task_changed();
CREATE TRIGGER spans_task_gone AFTER DELETE ON procedure_workitem REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION indicators_task_changed();
"""
AWAY = """
DROP FUNCTION indicators_task_changed() CASCADE;
DROP FUNCTION indicators_forget_spans(date[]);
DROP FUNCTION indicators_lock_spans(date);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0003_network_check"),
        ("procedure", "0005_work_item_done"),
    ]

    operations = [
        migrations.CreateModel(
            name="StepSpans",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("step", models.CharField(blank=True, max_length=6)),
                ("spans", models.BinaryField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("month", "step"), name="step_spans_once")],
            },
        ),
        migrations.RunSQL(TRIGGERS, AWAY),
    ]
