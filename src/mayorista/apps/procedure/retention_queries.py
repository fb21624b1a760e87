"""What outlived its retention, what a legal hold keeps whatever its age, and the acts by which records went (G-39)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from mayorista.apps.procedure.models import Disposal, DisposalLine, LegalHold, StoredFile
from mayorista.apps.procedure.queries import parameter
from mayorista.rules import lapaz, records

RETENTION = "documents.retention_years"
MOST = 1000
"""So many documents go by one act at most: a list that a person can read."""


def years_kept(*, at: dt.datetime) -> dict[str, int]:
    """Return how many years each type of document is kept, by the parameter in force; one read."""
    said: dict[str, int] = parameter(RETENTION, at=at)
    return {code: each.years for code, each in records.TYPES.items()} | said


def past(today: dt.date, years: int) -> Q:
    """Records that are still there and whose dossier was closed so long ago that they need not be kept."""
    if not years:
        return Q(pk__in=[])
    last = records.closed_before(today, years)
    after = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=lapaz.LA_PAZ)
    return Q(dossier__closed_at__lt=after, disposed_at=None)


def disposable(*, code: str, at: dt.datetime) -> list[StoredFile]:
    """Return the records of a type that may be proposed: past their time, not held, in no open proposal; oldest first."""
    due = (
        StoredFile.objects.filter(kind__in=records.TYPES[code].files)
        .filter(past(lapaz.local(at).date(), years_kept(at=at)[code]))
        .exclude(pk__in=DisposalLine.objects.filter(refused=False).values("file_id"))
        .select_related("dossier")
        .order_by("dossier__closed_at", "id")
    )
    reached = _reached()
    found: list[StoredFile] = []
    for file in due.iterator(chunk_size=MOST):
        if not _why(file, reached):
            found.append(file)
        if len(found) == MOST:
            break
    return found


def why_held(files: Iterable[StoredFile]) -> dict[int, str]:
    """Return why records stay whatever their age, by file: a legal hold on their dossier, its customer or what led to it."""
    reached = _reached()
    return {file.pk: why for file in files if (why := _why(file, reached))}


def _why(file: StoredFile, reached: dict[int, str]) -> str:
    return reached.get(file.dossier_id) or reached.get(file.dossier.customer_id or 0) or ""


def _reached() -> dict[int, str]:
    """The dossiers that open holds reach, each with the reason of one; one read."""
    with connection.cursor() as cursor:
        cursor.execute(_REACHED)
        rows = cursor.fetchall()
    return {
        dossier_id: _("en Asesoría Legal")
        if origin == LegalHold.Origin.DEBT
        else _("retención legal: %(why)s") % {"why": reason}
        for dossier_id, origin, reason in rows
    }


def holds(*, standing: bool) -> QuerySet[LegalHold]:
    """Return the legal holds that stand, or those that were lifted, the newest first."""
    rows = LegalHold.objects.filter(lifted_at__isnull=standing).order_by("-set_at", "-id")
    return rows.select_related("dossier", "set_by", "lifted_by")


def disposals() -> QuerySet[Disposal]:
    """Return the acts of disposal, the newest first."""
    return Disposal.objects.select_related("proposed_by", "decided_by").order_by("-proposed_at", "-id")


def disposal(disposal_id: int) -> Disposal | None:
    """Return one act, or None."""
    return disposals().filter(pk=disposal_id).first()


def lines_of(act: Disposal) -> QuerySet[DisposalLine]:
    """Return what an act lists, in its order."""
    return DisposalLine.objects.filter(disposal=act).select_related("file__dossier").order_by("id")


# What hangs together is held together: the D.A.C. of a case's fault, the invoices and receipts of a contract's months.
_REACHED = """
WITH RECURSIVE reached (dossier_id, origin, reason, steps) AS (
    SELECT dossier_id, origin, reason, 0 FROM procedure_legalhold WHERE lifted_at IS NULL
    UNION
    SELECT CASE WHEN link.source_id = reached.dossier_id THEN link.target_id ELSE link.source_id END,
        reached.origin, reached.reason, reached.steps + 1
    FROM reached
    JOIN procedure_dossierlink link ON reached.dossier_id IN (link.source_id, link.target_id)
    WHERE reached.steps < 4
)
SELECT DISTINCT ON (dossier_id) dossier_id, origin, reason FROM reached ORDER BY dossier_id, steps
"""
