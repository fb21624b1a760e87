"""Gate 2.1 (R-B2.1, G-46): months are opened by the clock, coordinated by two people, deferred by the Gerente.

# Note [One task a month]
The tray gets one task per role and month, on the dossier of the whole month, not one per group: ten thousand
groups would bury it. What is odd has tasks of its own (the undecided change of speed). Each is done when no group
of the month waits for it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import InvoicingGroup, Month
from mayorista.apps.billing.operations import groups
from mayorista.apps.billing.queries import confirmed, members
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, live, serials, work
from mayorista.rules import due_dates, formats, lapaz, money, periods
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.periods import Month as Calendar
from mayorista.rules.procedure import Act, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from mayorista.apps.billing.queries.confirmed import Basis

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
    return confirm_side(month_ids=month_ids, manager=manager, actor=actor, at=at).count


@dataclass(frozen=True, slots=True)
class Confirmed:
    """How many months it was new for, and those left out: (group, why)."""

    count: int
    left_out: tuple[tuple[str, str], ...] = ()


@transaction.atomic
def confirm_side(
    *,
    month_ids: Iterable[int],
    manager: bool,
    actor: Actor,
    at: dt.datetime,
    seen: Mapping[int, Decimal] | None = None,
) -> Confirmed:
    """Confirm for the side named, by one who may. See `confirm`.

    `seen` is what the screen showed: a month that comes to something else by now is left out, as is one that can
    not be calculated. Raises Conflict, naming why, when nothing is left.
    """
    require(actor, Act.APPROVE_MONTH if manager else Act.CONFIRM_MONTH)
    person = actor.person
    rows = list(
        Month.objects.select_for_update(of=("self",))
        .select_related("group")
        .filter(id__in=list(month_ids), state=State.PENDING)
        .order_by("id")
    )
    if not rows:
        raise Conflict(
            _("No hay nada por confirmar."), remedy=_("Actualice la página: quizá ya se confirmó.")
        )
    holding = held(rows)
    waiting = [row for row in rows if row.deferred_reason or row.pk not in holding]
    now, left_out = _calculable(waiting, seen or {}, at)
    fresh = [
        row
        for row in waiting
        if row.pk in now
        and (
            (row.manager_confirmed_at if manager else row.confirmed_at) is None
            or not confirmed.holds(row, now[row.pk])
        )
    ]
    _refuse_both_sides(fresh, manager=manager, person=person)
    if not fresh and left_out:
        code, why = left_out[0]
        raise Conflict(_("%(group)s no puede confirmarse: %(why)s") % {"group": code, "why": why})
    if not fresh and len(waiting) < len(rows):
        first = next(iter(holding.values()))[0]
        raise Conflict(
            _("El cambio %(n)s está sin decidir: retiene su grupo.") % {"n": first.number},
            remedy=_("La Gerencia lo decide, o difiere con motivo."),
        )
    if not fresh:
        return Confirmed(0)
    _write_side(fresh, now, manager=manager, person=person, at=at)
    side = _("Gerencia") if manager else _("Interconexión")
    journal.record_many(
        lines=[
            journal.Line(
                row.dossier_id,
                Act.APPROVE_MONTH if manager else Act.CONFIRM_MONTH,
                _("%(side)s confirma cambios y montos: %(total)s.")
                % {"side": side, "total": _money(row, now[row.pk].total)},
                "B.2",
                {"total": str(now[row.pk].total), "sha256": now[row.pk].digest},
            )
            for row in fresh
        ],
        actor=actor,
        at=at,
    )
    for month in {row.month for row in fresh}:
        settle_tasks(month, actor=actor, at=at)
    live.bump("billing")
    return Confirmed(len(fresh), tuple(left_out))


def _money(row: Month, total: Decimal) -> str:
    return f"{money.currency_sign(row.group.currency)} {formats.number(total)}"


def _calculable(
    rows: Sequence[Month], seen: Mapping[int, Decimal], at: dt.datetime
) -> tuple[dict[int, Basis], list[tuple[str, str]]]:
    """What each of these months comes to, and those that may not be confirmed, with the reason."""
    now: dict[int, Basis] = {}
    left_out = []
    found = confirmed.measure(rows, at=at)
    for row in rows:
        each = found[row.pk]
        if isinstance(each, Invalid):
            left_out.append((row.group.code, f"{each.message} {each.remedy}".strip()))
        elif seen.get(row.pk, each.total) != each.total:
            why = _(
                "cambió mientras usted lo miraba: antes %(before)s, ahora %(now)s. Actualice la página."
            ) % {
                "before": _money(row, seen[row.pk]),
                "now": _money(row, each.total),
            }
            left_out.append((row.group.code, why))
        else:
            now[row.pk] = each
    return now, left_out


def _refuse_both_sides(fresh: Sequence[Month], *, manager: bool, person: int) -> None:
    if any((row.confirmed_by_id if manager else row.manager_confirmed_by_id) == person for row in fresh):
        raise Conflict(
            _("Usted ya confirmó por la otra parte."),
            remedy=_("Las dos confirmaciones son de dos personas (G-36)."),
        )


def _write_side(
    fresh: Sequence[Month], now: Mapping[int, Basis], *, manager: bool, person: int, at: dt.datetime
) -> None:
    """Keep who confirmed what. The other side's confirmation falls where it does not hold to the amount of now."""
    mine, other = ("manager_confirmed", "confirmed") if manager else ("confirmed", "manager_confirmed")
    both = []
    for row in fresh:
        if getattr(row, f"{other}_at") is None:
            continue
        if confirmed.holds(row, now[row.pk]):
            row.state, row.returned = State.COORDINATED, ""
            both.append(row)
        else:
            row.returned = confirmed.moved_words(row, now[row.pk])
    fallen = [row.pk for row in fresh if row.state == State.PENDING and row.returned]
    Month.objects.filter(id__in=fallen).update(
        **{f"{other}_by": None, f"{other}_at": None, f"{other}_total": None}
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE billing_month AS month SET {mine}_by_id = %s, {mine}_at = %s, {mine}_total = given.total, "  # noqa: S608 - names of ours
            "seen_digest = given.digest, seen_one_offs = '[]', state = given.state, returned = given.returned "
            "FROM unnest(%s::bigint[], %s::numeric[], %s::text[], %s::text[], %s::text[]) "
            "AS given (id, total, digest, state, returned) WHERE month.id = given.id",
            [
                person,
                at,
                [row.pk for row in fresh],
                [now[row.pk].total for row in fresh],
                [now[row.pk].digest for row in fresh],
                [str(row.state) for row in fresh],
                [row.returned for row in fresh],
            ],
        )
    for row in fresh:
        if now[row.pk].one_offs:
            Month.objects.filter(pk=row.pk).update(seen_one_offs=sorted(now[row.pk].one_offs))
    tell_states(both)


def take_back(moved: Sequence[tuple[Month, Basis]], *, actor: Actor, at: dt.datetime) -> None:
    """Let the confirmations of locked months fall that do not hold to their amount any more: both sides confirm again."""
    lines = []
    for row, now in moved:
        before, row.returned = confirmed.seen_total(row), confirmed.moved_words(row, now)
        lines.append(
            journal.Line(
                row.dossier_id,
                "RETURN_MONTH",
                _("%(why)s Vuelve a confirmarse por ambas partes.") % {"why": row.returned},
                "B.2",
                {"before": None if before is None else str(before), "now": str(now.total)},
            )
        )
        row.state = State.PENDING
        row.confirmed_by = row.manager_confirmed_by = None
        row.confirmed_at = row.manager_confirmed_at = None
        row.confirmed_total = row.manager_confirmed_total = None
        row.seen_digest, row.seen_one_offs = "", []
    rows = [row for row, _now in moved]
    Month.objects.bulk_update(rows, _CONFIRMATION, batch_size=500)
    tell_states(rows)
    journal.record_many(lines=lines, actor=actor, at=at)
    for month in {row.month for row in rows}:
        settle_tasks(month, actor=actor, at=at)
    live.bump("billing")


_CONFIRMATION = (
    "state",
    "returned",
    "seen_digest",
    "seen_one_offs",
    *(f"{side}_{what}" for side in ("confirmed", "manager_confirmed") for what in ("by", "at", "total")),
)


def recheck(*, actor: Actor, at: dt.datetime) -> int:
    """Let the confirmations fall that do not hold any more; return how many months' (a periodic act)."""
    waiting = Month.objects.filter(state__in=[State.PENDING, State.COORDINATED, State.OBSERVED]).exclude(
        confirmed_at=None, manager_confirmed_at=None
    )
    ids = list(waiting.order_by("month", "id").values_list("id", flat=True))
    portions = [ids[start : start + confirmed.PORTION] for start in range(0, len(ids), confirmed.PORTION)]
    return sum(recheck_months(month_ids=each, actor=actor, at=at) for each in portions)


@transaction.atomic
def recheck_months(*, month_ids: Iterable[int], actor: Actor, at: dt.datetime) -> int:
    """Let these months' confirmations fall where they do not hold; return how many. Rows that somebody holds wait for the next time."""
    rows = [
        row
        for row in Month.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("group")
        .filter(id__in=list(month_ids), state__in=[State.PENDING, State.COORDINATED, State.OBSERVED])
        .order_by("id")
        if confirmed.is_confirmed(row)
    ]
    found = confirmed.measure(rows, at=at)
    moved = [
        (row, now)
        for row in rows
        if not isinstance(now := found[row.pk], Invalid) and not confirmed.holds(row, now)
    ]
    if moved:
        take_back(moved, actor=actor, at=at)
    return len(moved)


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
