"""Gate 2.1 (R-B2.1, G-46): months are opened by the clock, coordinated by two people, deferred by the Gerente.

# Note [One task a month]
The tray gets one task per role and month, on the dossier of the whole month, not one per group: ten thousand
groups would bury it. What is odd has tasks of its own (the undecided change of speed). Each is done when no group
of the month waits for it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import InvoicingGroup, Month
from mayorista.apps.billing.operations import groups
from mayorista.apps.billing.queries import members
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, live, serials, work
from mayorista.rules import due_dates, lapaz, periods
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.periods import Month as Calendar
from mayorista.rules.procedure import Act, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

State = Month.State
KIND, WHOLE = "AMOUNT", "BILLING_MONTH"
COORDINATE, APPROVE, DEFINE, SEND, INVOICE = "coordinate", "approve", "define", "send", "invoice"
_WORK_ENDS = dt.time(18, 0)


def limits(
    month: Calendar, *, advance: bool, at: dt.datetime, works: due_dates.Calendar | None = None
) -> due_dates.Limits:
    """Return the last day of each step of a month by the parameters in force at `at` (G-24); `works` where it is known."""
    days = due_dates.LimitDays(**procedure.parameter("billing.limit_days", at=at))
    component = due_dates.Component.ADVANCE if advance else due_dates.Component.ARREARS
    return due_dates.limits(month, component, days=days, works=works or procedure.calendar(at=at))


def end_of(day: dt.date) -> dt.datetime:
    """Return the end of an office day of La Paz."""
    return dt.datetime.combine(day, _WORK_ENDS, tzinfo=lapaz.LA_PAZ).astimezone(dt.UTC)


@transaction.atomic
def open_due(*, actor: Actor, at: dt.datetime) -> int:
    """Open the months whose coordination has begun by the calendar; return how many groups' months (a periodic act)."""
    today = lapaz.local(at).date()
    days = procedure.parameter("billing.open_days", at=at)
    now = periods.month_of(today)
    opened = open_months(month=now.previous, advance=False, actor=actor, at=at)
    opened += open_months(month=now, advance=True, actor=actor, at=at)
    if today.day >= days["arrears"]:
        opened += open_months(month=now, advance=False, actor=actor, at=at)
    if today.day >= days["advance"]:
        opened += open_months(month=now.next, advance=True, actor=actor, at=at)
    return opened


@transaction.atomic
def open_months(*, month: Calendar, actor: Actor, at: dt.datetime, advance: bool | None = None) -> int:
    """Open `month` for every group that bills it and has not got it yet; return how many. Safe to repeat.

    `advance` narrows it to the groups of one calendar.
    """
    groups.form_groups(actor=actor, at=at)
    first, after = dt.date.fromordinal(month.first), dt.date.fromordinal(month.after)
    rows = InvoicingGroup.objects.raw(_TO_OPEN, {"first": first, "after": after, "advance": advance})
    new = list(rows)
    if new:
        _write(new, month, actor, at)
    return len(new)


# A group bills a month when a contract of it in that month still holds a circuit in it.
_TO_OPEN = """
SELECT wanted.* FROM billing_invoicinggroup wanted
WHERE (%(advance)s::boolean IS NULL OR wanted.in_advance = %(advance)s::boolean)
    AND NOT EXISTS (SELECT 1 FROM billing_month had WHERE had.group_id = wanted.id AND had.month = %(first)s)
    AND EXISTS (
        SELECT 1 FROM billing_groupcontract member
        JOIN contracts_serviceholding held ON held.contract_id = member.contract_id
        WHERE member.group_id = wanted.id AND member.starts_month <= %(first)s
            AND (member.ends_month IS NULL OR member.ends_month > %(first)s)
            AND held.starts_date < %(after)s AND (held.ends_date IS NULL OR held.ends_date > %(first)s))
ORDER BY wanted.id
"""


def _write(new: Sequence[InvoicingGroup], month: Calendar, actor: Actor, at: dt.datetime) -> None:
    own = procedure.dossiers_by_id(group.dossier_id for group in new)
    homes_of = {pk: each.customer_id for pk, each in own.items()}
    numbers = serials.next_numbers(series="MES", at=at, count=len(new))
    homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier(
                KIND,
                number,
                f"{month.words} · {group.name} · {group.code}",
                str(State.PENDING.label),
                homes_of[group.dossier_id],
                search=f"{group.code} {month}",
            )
            for number, group in zip(numbers, new, strict=True)
        ],
        at=at,
    )
    Month.objects.bulk_create(
        (
            Month(dossier=home, group=group, month=dt.date.fromordinal(month.first))
            for home, group in zip(homes, new, strict=True)
        ),
        batch_size=2000,
    )
    for advance in sorted({group.in_advance for group in new}):
        _open_tasks(month, advance=advance, at=at)
    whole = whole_month(month, at=at)
    journal.record(
        dossier_id=whole,
        act="OPEN_MONTH",
        text=_("Se abre %(month)s para %(n)s grupo(s).") % {"month": month.words, "n": len(new)},
        actor=actor,
        at=at,
        step="B.2",
    )
    live.bump("billing")


def whole_month(month: Calendar, *, at: dt.datetime) -> int:
    """Return the dossier of the month of all groups, opened when it is first asked for."""
    return dossiers.once(
        kind=WHOLE,
        number=f"FACTURACION-{month}",
        headline=f"Facturación de {month.words}",
        state="en curso",
        at=at,
    ).pk


def _open_tasks(month: Calendar, *, advance: bool, at: dt.datetime) -> None:
    """See Note [One task a month]."""
    last = limits(month, advance=advance, at=at)
    home = whole_month(month, at=at)
    suffix = "-advance" if advance else ""
    words = _("%(m)s (por adelantado)") % {"m": month.words} if advance else month.words
    work.open_items(
        items=[
            work.NewItem(home, step, role, title, end_of(day), f"{key}{suffix}")
            for step, key, role, title, day in (
                (
                    "B.2",
                    COORDINATE,
                    Role.INTERCONNECTION,
                    _("Confirmar cambios y montos de %(m)s") % {"m": words},
                    last.coordinated,
                ),
                (
                    "B.2",
                    APPROVE,
                    Role.MANAGER,
                    _("Confirmar cambios y montos de %(m)s") % {"m": words},
                    last.coordinated,
                ),
                (
                    "B.3",
                    DEFINE,
                    Role.INTERCONNECTION,
                    _("Definir montos de %(m)s") % {"m": words},
                    last.defined,
                ),
                (
                    "B.4",
                    SEND,
                    Role.INTERCONNECTION,
                    _("Remitir montos de %(m)s a Facturación") % {"m": words},
                    last.remitted,
                ),
                (
                    "B.5",
                    INVOICE,
                    Role.BILLING,
                    _("Emitir y despachar facturas de %(m)s") % {"m": words},
                    last.invoiced,
                ),
            )
        ],
        at=at,
    )


def settle_tasks(month: dt.date, *, actor: Actor, at: dt.datetime) -> None:
    """Close the month's tasks that no group waits for any more; open again those that one waits for."""
    calendar = periods.month_of(month)
    for advance in (False, True):
        rows = Month.objects.filter(month=month, group__in_advance=advance)
        pending = rows.filter(state=State.PENDING)
        open_for = {
            COORDINATE: pending.filter(confirmed_at=None).exists(),
            APPROVE: pending.filter(manager_confirmed_at=None).exists(),
            DEFINE: rows.filter(state__in=[State.PENDING, State.COORDINATED, State.OBSERVED]).exists(),
            SEND: rows.filter(
                state__in=[State.PENDING, State.COORDINATED, State.OBSERVED, State.DEFINED]
            ).exists(),
            INVOICE: rows.exclude(state__in=[State.DISPATCHED, State.NOTHING]).exists(),
        }
        suffix = "-advance" if advance else ""
        over = [f"{key}{suffix}" for key, waits in open_for.items() if not waits]
        home = whole_month(calendar, at=at)
        work.complete(dossier_ids=[home], keys=over, actor=actor, at=at)
        if any(open_for.values()) and rows.exists():
            _reopen(home, calendar, {key for key, waits in open_for.items() if waits}, advance=advance, at=at)


def _reopen(home: int, month: Calendar, waits: set[str], *, advance: bool, at: dt.datetime) -> None:
    suffix = "-advance" if advance else ""
    there = {item.key for item in procedure.open_items_of([home])}
    if {f"{key}{suffix}" for key in waits} - there:
        _open_tasks(month, advance=advance, at=at)
        work.complete(
            dossier_ids=[home],
            keys=[
                f"{key}{suffix}" for key in (COORDINATE, APPROVE, DEFINE, SEND, INVOICE) if key not in waits
            ],
            actor=Actor(None, job="billing"),
            at=at,
            withdrawn=True,
        )


@transaction.atomic
def confirm(*, month_ids: Iterable[int], actor: Actor, at: dt.datetime) -> int:
    """Confirm "cambios y montos" of these months for the side of who acts; return how many it was new for.

    Interconexión and the Gerente each confirm, and never the same person for both. A month with an undecided
    change is left out: it is held until it is decided or deferred (G-46). Raises NotAllowed, Conflict.
    """
    manager = actor.may(Act.APPROVE_MONTH) and not actor.may(Act.CONFIRM_MONTH)
    if not manager:
        require(actor, Act.CONFIRM_MONTH)
    return confirm_side(month_ids=month_ids, manager=manager, actor=actor, at=at)


@transaction.atomic
def confirm_side(*, month_ids: Iterable[int], manager: bool, actor: Actor, at: dt.datetime) -> int:
    """Confirm for the side named, by one who may. See `confirm`."""
    require(actor, Act.APPROVE_MONTH if manager else Act.CONFIRM_MONTH)
    person = actor.person
    rows = list(
        Month.objects.select_for_update(of=("self",))
        .filter(id__in=list(month_ids), state=State.PENDING)
        .order_by("id")
    )
    if not rows:
        raise Conflict(
            _("No hay nada por confirmar."), remedy=_("Actualice la página: quizá ya se confirmó.")
        )
    holding = held(rows)
    waiting = [row for row in rows if row.deferred_reason or row.pk not in holding]
    fresh = [row for row in waiting if (row.manager_confirmed_at if manager else row.confirmed_at) is None]
    _refuse_both_sides(fresh, manager=manager, person=person)
    if not fresh and len(waiting) < len(rows):
        first = next(iter(holding.values()))[0]
        raise Conflict(
            _("El cambio %(n)s está sin decidir: retiene su grupo.") % {"n": first.number},
            remedy=_("La Gerencia lo decide, o difiere con motivo."),
        )
    if not fresh:
        return 0
    _write_side(fresh, manager=manager, person=person, at=at)
    side = (
        _("Gerencia confirma cambios y montos.") if manager else _("Interconexión confirma cambios y montos.")
    )
    journal.record_many(
        lines=[
            journal.Line(row.dossier_id, Act.APPROVE_MONTH if manager else Act.CONFIRM_MONTH, side, "B.2")
            for row in fresh
        ],
        actor=actor,
        at=at,
    )
    for month in {row.month for row in fresh}:
        settle_tasks(month, actor=actor, at=at)
    live.bump("billing")
    return len(fresh)


def _refuse_both_sides(fresh: Sequence[Month], *, manager: bool, person: int) -> None:
    if any((row.confirmed_by_id if manager else row.manager_confirmed_by_id) == person for row in fresh):
        raise Conflict(
            _("Usted ya confirmó por la otra parte."),
            remedy=_("Las dos confirmaciones son de dos personas (G-36)."),
        )


def _write_side(fresh: Sequence[Month], *, manager: bool, person: int, at: dt.datetime) -> None:
    mine = Month.objects.filter(id__in=[row.pk for row in fresh])
    if manager:
        mine.update(manager_confirmed_by_id=person, manager_confirmed_at=at)
    else:
        mine.update(confirmed_by_id=person, confirmed_at=at)
    both = [row for row in fresh if (row.confirmed_at if manager else row.manager_confirmed_at) is not None]
    if both:
        Month.objects.filter(id__in=[row.pk for row in both]).update(state=State.COORDINATED)
        for row in both:
            row.state = State.COORDINATED
        tell_states(both)


def held(rows: Sequence[Month]) -> dict[int, list[contracts.MonthChange]]:
    """Return the undecided changes that hold each of these months (by its id); one read a calendar month."""
    found: dict[int, list[contracts.MonthChange]] = {}
    by_month: dict[dt.date, list[Month]] = {}
    for row in rows:
        by_month.setdefault(row.month, []).append(row)
    for month, mine in by_month.items():
        joined = members.members_of([row.group_id for row in mine], month)
        of_group = {row.group_id: row.pk for row in mine}
        changes = contracts.undecided_changes(
            [pk for pks in joined.values() for pk in pks], month=periods.month_of(month)
        )
        for group_id, contract_ids in joined.items():
            each = [change for pk in contract_ids for change in changes.get(pk, [])]
            if each:
                found[of_group[group_id]] = each
    return found


@transaction.atomic
def defer(*, month_id: int, reason: str, actor: Actor, at: dt.datetime) -> None:
    """The Gerente lets a month go out with the speeds in force; the change stays pending and named (G-46).

    Raises Invalid without a reason, Conflict when nothing holds it, NotAllowed.
    """
    require(actor, Act.APPROVE_MONTH)
    row = locked(month_id)
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se difiere."))
    holding = held([row]).get(row.pk, [])
    if row.state not in {State.PENDING, State.COORDINATED, State.OBSERVED} or not holding:
        raise Conflict(_("Ningún cambio sin decidir retiene este mes."))
    row.deferred_reason = reason.strip()[:300]
    row.save(update_fields=["deferred_reason"])
    journal.record(
        dossier_id=row.dossier_id,
        act=Act.APPROVE_MONTH,
        text=_("Gerencia difiere %(what)s: %(reason)s. Se facturan las velocidades vigentes.")
        % {"what": ", ".join(change.number for change in holding), "reason": reason.strip()},
        actor=actor,
        at=at,
        step="B.2",
        payload={"deferred": [change.number for change in holding]},
    )
    live.bump("billing")


@transaction.atomic
def reopen(*, month_ids: Iterable[int], actor: Actor, at: dt.datetime) -> int:
    """Take back the definition of months whose packet has not left; return how many. Their sheets stay in the books."""
    require(actor, Act.DEFINE_AMOUNT)
    rows = list(
        Month.objects.select_for_update(of=("self",))
        .filter(id__in=list(month_ids), state__in=[State.DEFINED, State.NOTHING])
        .order_by("id")
    )
    if not rows:
        raise Conflict(_("Nada que deshacer: los paquetes ya se remitieron."))
    Month.objects.filter(id__in=[row.pk for row in rows]).update(state=State.COORDINATED)
    for row in rows:
        row.state = State.COORDINATED
    tell_states(rows)
    journal.record_many(
        lines=[
            journal.Line(row.dossier_id, Act.DEFINE_AMOUNT, _("Se deshace la definición del monto."), "B.3")
            for row in rows
        ],
        actor=actor,
        at=at,
    )
    for month in {row.month for row in rows}:
        settle_tasks(month, actor=actor, at=at)
    live.bump("billing")
    return len(rows)


@transaction.atomic
def observe(*, month_id: int, reason: str, actor: Actor, at: dt.datetime) -> None:
    """Send a month back to Interconexión with what is wrong, before it is invoiced; a new packet will supersede.

    Raises Invalid without a reason, Conflict once it is invoiced (then a note corrects), NotAllowed.
    """
    if not (actor.may(Act.ISSUE_INVOICE) or actor.may(Act.APPROVE_MONTH) or actor.may(Act.SEND_PACKET)):
        require(actor, Act.ISSUE_INVOICE)
    row = locked(month_id)
    if not reason.strip():
        raise Invalid(_("Falta qué se observa."), field="reason", remedy=_("Escriba qué debe corregirse."))
    if row.state not in {State.DEFINED, State.SENT, State.NOTHING}:
        raise Conflict(
            _("Ese mes está %(state)s.") % {"state": row.get_state_display()},
            remedy=_("Una factura emitida se corrige con una nota."),
        )
    row.state, row.observation = State.OBSERVED, reason.strip()
    row.save(update_fields=["state", "observation"])
    tell_states([row])
    journal.record(
        dossier_id=row.dossier_id,
        act="OBSERVE_MONTH",
        text=_("Observado: %(reason)s") % {"reason": reason.strip()},
        actor=actor,
        at=at,
        step="B.4",
    )
    settle_tasks(row.month, actor=actor, at=at)
    live.bump("billing")


def locked(month_id: int) -> Month:
    """Return a month, locked for the rest of the transaction. Raises NotFound."""
    row = Month.objects.select_for_update(of=("self",)).select_related("group").filter(pk=month_id).first()
    if row is None:
        raise NotFound(_("No existe ese mes."))
    return row


def tell_states(rows: Sequence[Month]) -> None:
    """Say on the months' dossiers where they stand."""
    dossiers.restate_many(states={row.dossier_id: str(State(row.state).label) for row in rows})
