"""The D.A.C. of a fault that has ended is closed since then, or since its last part when that came later (G-39)."""

from typing import ClassVar

from django.db import migrations

CLOSE = """
UPDATE procedure_dossier AS dossier
SET closed_at = GREATEST(
    fault.closed_at,
    (SELECT max(issue.issued_at) FROM faults_dacissue AS issue WHERE issue.form_id = form.id)
)
FROM faults_dacform AS form
JOIN faults_fault AS fault ON fault.id = form.fault_id
WHERE dossier.id = form.dossier_id AND dossier.closed_at IS NULL AND fault.closed_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("faults", "0008_regulator_without_step"),
        ("procedure", "0012_legal_hold_and_disposal"),
    ]

    operations: ClassVar = [migrations.RunSQL(CLOSE, migrations.RunSQL.noop)]
