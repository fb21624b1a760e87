"""Import a workbook: preview, confirm exactly what was previewed, give back what could not load.

# Note [Preview by doing]
The preview runs the very operations of the loading inside a transaction that is rolled back, so it
cannot promise what the loading does not keep. Confirming runs them again and compares the hash of
what happened with the one that was shown; any difference rolls everything back and shows the new
preview instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.onboarding import correction, reading, scans
from mayorista.apps.onboarding.models import ImportRun, ImportState
from mayorista.apps.onboarding.operations import loading, shared, units
from mayorista.apps.onboarding.operations.run import BAD, CHANGED, NEW, SAME, Run, plan_hash
from mayorista.apps.onboarding.scans import Scans
from mayorista.apps.onboarding.values import Book, Problem
from mayorista.apps.procedure import editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, journal
from mayorista.rules.errors import Conflict, Stale
from mayorista.rules.procedure import Act

DOSSIER = "IMPORTS"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE_KIND = "IMPORT"
SCANS_KIND = "IMPORT_SCANS"
CORRECTION_KIND = "IMPORT_CORRECTION"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entries there are of each status, and how many of them are customers."""

    new: int
    changed: int
    same: int
    bad: int

    @property
    def loadable(self) -> int:
        """How many entries would change something."""
        return self.new + self.changed


def count(plan: list[dict[str, Any]], *, sheet: str = "") -> Counts:
    """Count the entries of a plan, of one sheet or of all."""
    states = [entry["status"] for entry in plan if not sheet or entry["sheet"] == sheet]
    return Counts(states.count(NEW), states.count(CHANGED), states.count(SAME), states.count(BAD))


def preview_import(
    *, content: bytes, name: str, actor: Actor, at: dt.datetime, scans_zip: bytes = b"", scans_name: str = ""
) -> ImportRun:
    """Read a workbook and store it with what it would change; nothing else is written.

    `scans_zip` holds the scans that its cells name. Raises Invalid (field "file" or "scans") for a file that is not
    read at all, NotAllowed.
    """
    require(actor, Act.IMPORT)
    book = reading.read(content=content, name=name)
    run = _try(book, scans.read(scans_zip, scans_name), actor, at)
    return keep_preview(
        run, content=content, name=name, scans_zip=scans_zip, scans_name=scans_name, uploader=actor
    )


@transaction.atomic
def keep_preview(
    run: Run,
    *,
    content: bytes,
    name: str,
    scans_zip: bytes,
    scans_name: str,
    uploader: Actor,
    with_sales: bool = False,
) -> ImportRun:
    """Store a workbook with what it would change."""
    actor, at = uploader, run.at
    home = dossiers.standing(kind=DOSSIER)
    stored = files.store(
        dossier_id=home.id,
        name=name,
        content=content,
        content_type=XLSX,
        actor=actor,
        at=at,
        kind=FILE_KIND,
    )
    kept = scans_zip and files.store(
        dossier_id=home.id,
        name=scans_name or "escaneos.zip",
        content=scans_zip,
        content_type=scans.ZIP,
        actor=actor,
        at=at,
        kind=SCANS_KIND,
    )
    made = ImportRun(
        file=stored,
        scans=kept or None,
        file_name=stored.name,
        state=ImportState.PREVIEWED,
        with_sales=with_sales,
        uploaded_by_id=actor.user_id,
        uploaded_at=at,
    )
    fill(made, run)
    made.save()
    _store_correction(made, run, actor, at)
    return made


def confirm_import(
    *, run_id: int, actor: Actor, at: dt.datetime, shown_hash: str = "", partial: bool = False
) -> ImportRun:
    """Load what a preview showed; what has problems stays out and comes back as a correction workbook.

    `partial` says that a person accepts that; without it a workbook with problems is refused.
    `shown_hash` is that of the preview on the screen. Raises Stale when the data have changed since
    (the run then holds the new preview), Conflict when it was loaded or discarded, NotFound.
    """
    require(actor, Act.IMPORT)
    with kept_as_shown(run_id, actor, at), transaction.atomic():
        return _confirm(run_id, actor, at, shown_hash, partial=partial)


class Moved(Exception):
    """What would happen now is not what was shown."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run


@contextmanager
def kept_as_shown(run_id: int, actor: Actor, at: dt.datetime) -> Iterator[None]:
    """Turn a Moved of the block into a new preview that is stored, and Stale."""
    try:
        yield
    except Moved as moved:
        _refresh(run_id, moved.run, actor, at)
        stale = Stale(_("Los datos cambiaron desde la previsualización: no se cargó nada."))
        stale.remedy = _("Revise la nueva previsualización y confirme otra vez.")
        raise stale from None


def _confirm(run_id: int, actor: Actor, at: dt.datetime, shown_hash: str, *, partial: bool) -> ImportRun:
    stored = locked(run_id)
    if stored.problems_block and not partial:
        raise Conflict(
            _("El libro tiene errores."),
            remedy=_("Corríjalo y súbalo de nuevo, o acepte cargar solo lo correcto."),
        )
    _row, content = files.read(file_id=stored.file_id)
    papers = files.read(file_id=stored.scans_id)[1] if stored.scans_id else b""
    book = reading.read(content=content, name=stored.file_name)
    run = _load(book, scans.read(papers, ""), actor, at)
    if plan_hash(run.plan()) != (shown_hash or stored.plan_hash):
        raise Moved(run)
    stored.state, stored.applied_by_id, stored.applied_at = ImportState.APPLIED, actor.user_id, at
    fill(stored, run)
    stored.save()
    _journal(stored, actor, at)
    return stored


@transaction.atomic
def _refresh(run_id: int, run: Run, actor: Actor, at: dt.datetime) -> None:
    """Store what the workbook would change now."""
    stored = editing.locked(ImportRun.objects.all(), row_id=run_id, missing=_("No existe esa importación."))
    fill(stored, run)
    _store_correction(stored, run, actor, at)


@transaction.atomic
def discard_import(*, run_id: int, actor: Actor, at: dt.datetime) -> None:
    """Put a preview aside; its file stays stored and journaled."""
    require(actor, Act.IMPORT)
    stored = locked(run_id)
    stored.state = ImportState.DISCARDED
    stored.save(update_fields=["state"])
    journal.record(
        dossier_id=dossiers.standing(kind=DOSSIER).id,
        act=Act.IMPORT,
        text=_("Importación «%(name)s» descartada.") % {"name": stored.file_name},
        actor=actor,
        at=at,
        payload={"run": stored.pk},
    )


def locked(run_id: int, *, with_sales: bool = False) -> ImportRun:
    """Lock a preview that waits, of Ventas or of Interconexión. Raises NotFound, Conflict when it waits no longer."""
    stored = editing.locked(ImportRun.objects.all(), row_id=run_id, missing=_("No existe esa importación."))
    if stored.state != ImportState.PREVIEWED or stored.with_sales != with_sales:
        state = _("con Ventas") if stored.with_sales else ImportState(stored.state).label.lower()
        state = _("entregada") if with_sales else state
        raise Conflict(
            _("Esa importación ya está %(state)s.") % {"state": state}, remedy=_("Suba el libro otra vez.")
        )
    return stored


def _try(book: Book, papers: Scans, actor: Actor, at: dt.datetime) -> Run:
    """Do everything and take it back."""
    with transaction.atomic():
        run = _load(book, papers, actor, at)
        transaction.set_rollback(True)
    return run


def _load(book: Book, papers: Scans, actor: Actor, at: dt.datetime) -> Run:
    run = Run(book, actor, at, papers)
    load(run)
    return run


def load(run: Run) -> None:
    """Load everything of a run's book."""
    common = shared.load(run)
    for unit in units.gather(run):
        loading.load(run, unit, common)
    run.problems += [
        Problem(
            _("Escaneos"),
            0,
            "",
            "",
            _("Ninguna celda nombra «%(name)s».") % {"name": name[-80:]},
            _("Escríbalo en la columna Archivo, o ignórelo."),
            warning=True,
        )
        for name in run.scans.unused
    ]


def fill(stored: ImportRun, run: Run) -> None:
    """Write on a run what happened."""
    stored.plan = run.plan()
    stored.plan_hash = plan_hash(stored.plan)
    stored.problems = [asdict(each) for each in run.sorted_problems()]
    stored.outcome = {"counts": asdict(count(stored.plan)), "ignored": list(run.book.ignored)}


def _store_correction(stored: ImportRun, run: Run, actor: Actor, at: dt.datetime) -> None:
    """Keep the workbook of what cannot load, when there is any."""
    stored.correction_file = None
    content = correction.workbook(run)
    if content is not None:
        stem = stored.file_name.rsplit(".", 1)[0]
        stored.correction_file = files.store(
            dossier_id=dossiers.standing(kind=DOSSIER).id,
            name=f"{stem} - por corregir.xlsx",
            content=content,
            content_type=XLSX,
            actor=actor,
            at=at,
            kind=CORRECTION_KIND,
        )
    stored.save()


def _journal(stored: ImportRun, actor: Actor, at: dt.datetime) -> None:
    counts = count(stored.plan)
    journal.record(
        dossier_id=dossiers.standing(kind=DOSSIER).id,
        act=Act.IMPORT,
        text=_(
            "Importación «%(name)s»: %(new)d nuevos, %(changed)d modificados, %(same)d sin cambios, %(bad)d por corregir."
        )
        % {
            "name": stored.file_name,
            "new": counts.new,
            "changed": counts.changed,
            "same": counts.same,
            "bad": counts.bad,
        },
        actor=actor,
        at=at,
        payload={"run": stored.pk, "file": stored.file_id, "hash": stored.plan_hash},
    )
