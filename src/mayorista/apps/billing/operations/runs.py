"""Whole months at once, in portions: each portion is one transaction with the run's own counts in it.

A run that was killed goes on after the last portion that was committed. Two runs over the same rows wait for each
other's portion and count only what they did themselves. `advance` is called by the job until it says that all is
done; what is small is advanced within the request of who asked for it.

# Note [One that breaks]
A row that no rule foresaw (an amount beyond the database's digits, a defect of ours) must not stop the others: the
portion is taken back and done in halves until the broken row stands alone, and is refused by name. A database
that is away is no such thing: the portion is taken back, and the run goes on when it is there again.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import Amount, Month, Run, RunRow
from mayorista.apps.billing.operations import amounts, dispatching, invoices, months, packets
from mayorista.apps.billing.operations.amounts import Refusal
from mayorista.apps.messaging import jobs
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import live, people
from mayorista.rules.errors import Conflict, DomainError, NotAllowed, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.rules.periods import Month as Calendar

log = logging.getLogger("mayorista.billing")

ADVANCE = "billing.advance"
STALE_SECONDS = 60
SMALL = 100
"""Up to so many rows a run is advanced within the request that starts it."""

State = Month.State
Kind = Run.Kind
_READY = {
    Kind.DEFINE: amounts.READY,
    Kind.SEND: (State.DEFINED,),
    Kind.ISSUE: (State.SENT,),
    Kind.DISPATCH: (State.INVOICED,),
}
_ACT = {
    Kind.DEFINE: Act.DEFINE_AMOUNT,
    Kind.SEND: Act.SEND_PACKET,
    Kind.ISSUE: Act.ISSUE_INVOICE,
    Kind.DISPATCH: Act.DISPATCH_INVOICE,
}
ACT_OF = {kind.value: act for kind, act in _ACT.items()}
_PORTION = {Kind.DEFINE: 500, Kind.SEND: 500, Kind.ISSUE: 500, Kind.DISPATCH: 50}


@transaction.atomic
def start(*, kind: str, month: Calendar, actor: Actor, at: dt.datetime, month_ids: Iterable[int] = ()) -> int:
    """Begin a run over the months named (or over all that are ready); return its id. Raises Conflict when none is.

    The job goes on with it; a caller may `advance` it at once.
    """
    wanted = Kind(kind)
    require(actor, _ACT[wanted])
    first = dt.date.fromordinal(month.first)
    chosen = sorted(set(month_ids))
    rows = Month.objects.filter(month=first, state__in=_READY[wanted])
    if chosen:
        rows = rows.filter(id__in=chosen)
    total = rows.count()
    if not total:
        raise Conflict(
            _("Ninguno de los elegidos está listo para %(what)s.") % {"what": wanted.label},
            remedy=_("Actualice la página: quizá otra persona ya lo hizo."),
        )
    run = Run.objects.create(
        kind=wanted,
        month=first,
        selection=chosen,
        total=total,
        started_by_id=actor.person,
        started_at=at,
        beat_at=at,
    )
    jobs.defer(ADVANCE, "run_id", [run.pk])
    return run.pk


@transaction.atomic
def advance(*, run_id: int, at: dt.datetime) -> bool:
    """Do the next portion of a run; return whether more is left. Nothing happens when it is over."""
    run = Run.objects.select_for_update(of=("self",)).filter(pk=run_id).first()
    if run is None:
        raise NotFound(_("No existe esa corrida."))
    if run.ended_at is not None:
        return False
    kind = Kind(run.kind)
    rows = Month.objects.filter(month=run.month, state__in=_READY[kind], id__gt=run.after_id)
    if run.selection:
        rows = rows.filter(id__in=run.selection)
    # Locked here, so that rows another run is doing are waited for, and then are no longer ready.
    rows = rows.select_for_update(of=("self",)).order_by("id")
    ids = list(rows.values_list("id", flat=True)[: _PORTION[kind]])
    actor = _starter(run)
    if ids:
        refused = _portion(run, ids, actor, at)
        RunRow.objects.bulk_create(
            (
                RunRow(run=run, month_id=each.month_id, field=each.field, reason=each.reason)
                for each in refused
            ),
            ignore_conflicts=True,
        )
        run.after_id = ids[-1]
        run.refused += len(refused)
        run.done += len(ids) - len(refused)
    if len(ids) < _PORTION[kind]:
        run.ended_at = at
        _finish(run, actor, at)
    run.beat_at = at
    run.save(update_fields=["after_id", "refused", "done", "ended_at", "beat_at"])
    live.bump("billing")
    return run.ended_at is None


def stale(*, at: dt.datetime) -> list[int]:
    """Return the runs that stand still unfinished: their worker was killed."""
    limit = at - dt.timedelta(seconds=STALE_SECONDS)
    return list(
        Run.objects.filter(ended_at=None, beat_at__lt=limit).order_by("id").values_list("id", flat=True)
    )


@transaction.atomic
def undo(*, run_id: int, actor: Actor, at: dt.datetime) -> int:
    """Take back what a run did and has not left the house: definitions without packet, mails within their seconds.

    Return how many. Raises Conflict when nothing can be taken back.
    """
    run = Run.objects.select_for_update(of=("self",)).filter(pk=run_id).first()
    if run is None:
        raise NotFound(_("No existe esa corrida."))
    require(actor, _ACT[Kind(run.kind)])
    if run.started_by_id != actor.user_id:
        raise Conflict(_("Esa corrida la empezó otra persona."))
    if run.ended_at is None:
        run.ended_at = at
        run.save(update_fields=["ended_at"])
    if run.kind == Kind.DISPATCH:
        return dispatching.undo(run_id=run.pk, actor=actor, at=at)
    if run.kind == Kind.DEFINE:
        ids = Amount.objects.filter(
            defined_at=run.started_at, defined_by_id=run.started_by_id, month__month=run.month
        ).values_list("month_id", flat=True)
        return months.reopen(month_ids=list(ids), actor=actor, at=at)
    raise Conflict(
        _("Un paquete o una factura no se deshacen: se corrigen con una nueva versión o una nota.")
    )


def _portion(run: Run, ids: list[int], actor: Actor, at: dt.datetime) -> list[Refusal]:
    """Do some rows of a run; return those refused. See Note [One that breaks]."""
    try:
        with transaction.atomic():
            return _DO[Kind(run.kind)](run, ids, actor, at)
    except (OperationalError, InterfaceError):
        raise
    except NotAllowed as error:
        return [Refusal(pk, _words(error)) for pk in ids]
    except Exception as error:
        if len(ids) == 1:
            if not isinstance(error, DomainError):
                log.exception("run %d, month %d can not be done", run.pk, ids[0])
            return [_broken(ids[0], error)]
    half = len(ids) // 2
    return [*_portion(run, ids[:half], actor, at), *_portion(run, ids[half:], actor, at)]


def _broken(month_id: int, error: Exception) -> Refusal:
    if isinstance(error, DomainError):
        return Refusal(month_id, _words(error), error.field[:160])
    cause = (str(error).splitlines() or [""])[0]
    text = _("No se puede calcular: %(what)s (%(kind)s). Revise los datos del contrato.") % {
        "what": cause[:200],
        "kind": type(error).__name__,
    }
    return Refusal(month_id, text[:500])


def _words(error: DomainError) -> str:
    return f"{error.message} {error.remedy}".strip()[:500]


def _starter(run: Run) -> Actor:
    user = procedure.user_by_id(run.started_by_id)
    if user is None:
        raise NotFound(_("No existe esa persona."))
    return people.actor_for(user=user, at=run.started_at)


def _define(run: Run, ids: list[int], actor: Actor, _at: dt.datetime) -> list[Refusal]:
    # All amounts of a run are as known at one instant, whenever its portions came.
    return amounts.define_portion(month_ids=ids, actor=actor, at=run.started_at)


def _send(run: Run, ids: list[int], actor: Actor, _at: dt.datetime) -> list[Refusal]:
    return packets.send_portion(month_ids=ids, actor=actor, at=run.started_at)


def _issue(run: Run, ids: list[int], actor: Actor, _at: dt.datetime) -> list[Refusal]:
    return invoices.issue_portion(month_ids=ids, actor=actor, at=run.started_at)


def _dispatch(run: Run, ids: list[int], actor: Actor, at: dt.datetime) -> list[Refusal]:
    return dispatching.dispatch_portion(month_ids=ids, run_id=run.pk, actor=actor, at=at)


_DO: dict[Run.Kind, Callable[[Run, list[int], Actor, dt.datetime], list[Refusal]]] = {
    Kind.DEFINE: _define,
    Kind.SEND: _send,
    Kind.ISSUE: _issue,
    Kind.DISPATCH: _dispatch,
}


def _finish(run: Run, actor: Actor, at: dt.datetime) -> None:
    amounts.settle(month=run.month, actor=actor, at=at)
    if run.kind == Kind.SEND and run.done:
        packets.tell_billing(month=run.month, sent_at=run.started_at, actor=actor, at=at)
