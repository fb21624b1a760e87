"""Disposal of records that outlived their retention: one person proposes, another approves, the act stays (G-39).

# Note [What goes and what stays]
The content goes out of the store; the row of the file stays with its name, number, size and SHA-256, and so does what
was issued from it (a D.A.C.'s serial and hash, an invoice's number). Content that another record still needs stays.

# Note [Content that comes back]
The store keeps a content once. Something stored while its old twin is being removed would lose it: the store marks
what it is given anew, and a content marked within the last day is left for the next sweep.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.procedure import retention_queries
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.models import Disposal, DisposalLine, StoredFile
from mayorista.apps.procedure.operations import dossiers, journal, work
from mayorista.apps.procedure.queries import calendar
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules import lapaz, records
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act, Role

State = Disposal.State
HOME = "RECORDS"
GRACE = dt.timedelta(days=1)


def key_of(act: Disposal) -> str:
    """Return the key of the task that asks for a decision."""
    return f"disposicion:{act.pk}"


@transaction.atomic
def propose(*, code: str, reason: str, actor: Actor, at: dt.datetime) -> Disposal:
    """Propose that all records of a type go that are past their time and not held; the list stays as it is now.

    Raises NotFound for no type, Invalid without reason, Conflict when there is nothing.
    """
    require(actor, Act.PROPOSE_DISPOSAL)
    if code not in records.TYPES:
        raise NotFound(_("No existe ese tipo de documento."))
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se eliminan."))
    files = retention_queries.disposable(code=code, at=at)
    if not files:
        raise Conflict(
            _("Ningún documento de este tipo puede eliminarse."),
            remedy=_("Se proponen los que cumplieron su plazo y nadie retiene."),
        )
    act = Disposal.objects.create(
        code=code, reason=reason.strip()[:300], proposed_by_id=actor.person, proposed_at=at
    )
    DisposalLine.objects.bulk_create(
        (DisposalLine(disposal=act, file=file) for file in files), batch_size=500
    )
    _record(
        act,
        Act.PROPOSE_DISPOSAL,
        _("Acta %(n)d: propone eliminar %(c)d documento(s) de «%(t)s». Motivo: %(why)s")
        % {"n": act.pk, "c": len(files), "t": records.TYPES[code].name, "why": act.reason},
        files,
        actor,
        at,
    )
    work.open_item(
        dossier_id=_home(),
        step="",
        key=key_of(act),
        role=Role.MANAGER,
        title=_("Decidir el acta %(n)d de eliminación: %(c)d documento(s)") % {"n": act.pk, "c": len(files)},
        due_at=calendar(at=at).after(at, 5),
        at=at,
    )
    return act


@transaction.atomic
def decide(*, disposal_id: int, approve: bool, note: str, actor: Actor, at: dt.datetime) -> Disposal:
    """Let the listed records go, or refuse.

    Raises Conflict for what was decided, for the own proposal (which its author may only take back), and where something
    listed is held or kept longer by now; Invalid for a refusal without reason; NotFound.
    """
    require(actor, Act.APPROVE_DISPOSAL)
    act = Disposal.objects.select_for_update().filter(pk=disposal_id).first()
    if act is None:
        raise NotFound(_("No existe esa acta."))
    if act.state != State.PROPOSED:
        raise Conflict(
            _("Esa acta ya está %(s)s.") % {"s": act.get_state_display()}, remedy=_("Actualice la página.")
        )
    if approve and act.proposed_by_id == actor.person:
        raise Conflict(_("Quien propone un acta no la aprueba."), remedy=_("La aprueba otra persona."))
    if not approve and not note.strip():
        raise Invalid(_("Falta el motivo."), field="note", remedy=_("Escriba por qué no se eliminan."))
    files = [line.file for line in retention_queries.lines_of(act)]
    if approve:
        _refuse_kept(act, files, at)
        StoredFile.objects.filter(pk__in=[file.pk for file in files]).update(disposed_at=at)
    else:
        DisposalLine.objects.filter(disposal=act).update(refused=True)
    act.state = State.APPROVED if approve else State.REFUSED
    act.decided_by_id, act.decided_at, act.note = actor.person, at, note.strip()[:300]
    act.save()
    work.complete(dossier_ids=[_home()], keys=[key_of(act)], actor=actor, at=at)
    verdict = _("aprueba eliminar") if approve else _("no aprueba eliminar")
    _record(
        act,
        Act.APPROVE_DISPOSAL,
        _("Acta %(n)d: %(v)s %(c)d documento(s) de «%(t)s». %(note)s")
        % {
            "n": act.pk,
            "v": verdict,
            "c": len(files),
            "t": records.TYPES[act.code].name,
            "note": act.note,
        },
        files,
        actor,
        at,
    )
    if approve:
        _tell_each(act, files, actor, at)
        transaction.on_commit(lambda: sweep(at=at))
    return act


def sweep(*, at: dt.datetime) -> int:
    """Take out of the store what approved acts let go; return how many. For a job, safe to repeat.

    See Note [Content that comes back].
    """
    store, removed = adapter("files"), 0
    waiting = DisposalLine.objects.filter(disposal__state=State.APPROVED, removed_at=None)
    for line in waiting.select_related("file").order_by("id"):
        digest = line.file.sha256
        if not StoredFile.objects.filter(sha256=digest, disposed_at=None).exists():
            if not store.remove(digest, touched_before=at - GRACE):
                continue
            removed += 1
        DisposalLine.objects.filter(pk=line.pk).update(removed_at=at)
    return removed


def _refuse_kept(act: Disposal, files: list[StoredFile], at: dt.datetime) -> None:
    """Raise Conflict naming what may not go any more: held since, its dossier opened again, its years grown."""
    today, years = lapaz.local(at).date(), retention_queries.years_kept(at=at)[act.code]
    still = set(
        StoredFile.objects.filter(pk__in=[file.pk for file in files])
        .filter(retention_queries.past(today, years))
        .values_list("pk", flat=True)
    )
    held = retention_queries.why_held(files)
    kept = [file for file in files if file.pk in held or file.pk not in still]
    if kept:
        raise Conflict(
            _("%(n)d documento(s) del acta ya no pueden eliminarse: %(names)s.")
            % {"n": len(kept), "names": ", ".join(sorted({file.dossier.number for file in kept})[:10])},
            remedy=_("Rechace el acta y proponga otra."),
        )


def _home() -> int:
    return dossiers.standing(kind=HOME).pk


def _record(
    act: Disposal, what: Act, text: str, files: list[StoredFile], actor: Actor, at: dt.datetime
) -> None:
    journal.record(
        dossier_id=_home(),
        act=what,
        text=text.strip(),
        actor=actor,
        at=at,
        payload={
            "disposal": act.pk,
            "files": [
                {"number": file.dossier.number, "name": file.name, "sha256": file.sha256} for file in files
            ],
        },
    )


def _tell_each(act: Disposal, files: list[StoredFile], actor: Actor, at: dt.datetime) -> None:
    """Write the act on every dossier that lost a file."""
    names: dict[int, list[str]] = defaultdict(list)
    for file in files:
        names[file.dossier_id].append(f"{file.name} (SHA-256 {file.sha256[:16]}…)")
    journal.record_many(
        lines=[
            journal.Line(
                dossier_id,
                Act.APPROVE_DISPOSAL,
                _("Eliminado por cumplir su plazo, acta %(n)d: %(names)s")
                % {"n": act.pk, "names": ", ".join(gone)},
                "",
                {"disposal": act.pk},
            )
            for dossier_id, gone in names.items()
        ],
        actor=actor,
        at=at,
    )
