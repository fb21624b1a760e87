"""B.3: the amounts of a month, rated in bulk and kept with their sheets; what is broken is left out with its reason.

# Note [Each amount once]
A month's row is locked while its amount is written and leaves the states that may be defined in the same
transaction, so two runs, two people or a run started again define it once; `amount_sequence_unique` would refuse
a second. A row that another transaction holds is skipped: that one defines it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from mayorista.apps.billing import sheets
from mayorista.apps.billing.models import Amount, CreditProposal, Month
from mayorista.apps.billing.operations import months
from mayorista.apps.billing.queries import confirmed, inputs
from mayorista.apps.billing.queries.inputs import Prepared
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, links, live
from mayorista.rules import formats, lapaz, money
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import Act
from mayorista.rules.rating.groups import GroupAnswer

State = Month.State
READY = (State.COORDINATED, State.OBSERVED)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was left out, and why."""

    month_id: int
    reason: str
    field: str = ""


def define_amount(*, month_id: int, actor: Actor, at: dt.datetime) -> Amount:
    """Define the amount of one group's month. Raises Conflict (not coordinated, held), Invalid with what is wrong."""
    # A refusal may have taken the confirmations back: that stays, so the refusal is raised afterwards.
    with transaction.atomic():
        row = months.locked(month_id)
        if row.state not in READY:
            raise Conflict(
                _("Ese mes está %(state)s.") % {"state": row.get_state_display()},
                remedy=_("Se define lo que está coordinado por las dos partes."),
            )
        refused = define_portion(month_ids=[month_id], actor=actor, at=at)
        if not refused:
            settle(month=row.month, actor=actor, at=at)
            return Amount.objects.filter(month_id=month_id).latest("sequence")
    raise Invalid(refused[0].reason, field=refused[0].field)


def settle(*, month: dt.date, actor: Actor, at: dt.datetime) -> None:
    """Close what no group of the month waits for, tell open screens."""
    months.settle_tasks(month, actor=actor, at=at)
    live.bump("billing")


@transaction.atomic
def define_portion(*, month_ids: Iterable[int], actor: Actor, at: dt.datetime) -> list[Refusal]:
    """Define the amounts of these months of one calendar month; return those refused. See Note [Each amount once]."""
    require(actor, Act.DEFINE_AMOUNT)
    rows = list(
        Month.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("group")
        .filter(id__in=list(month_ids), state__in=READY)
        .order_by("id")
    )
    if not rows:
        return []
    refused, ready = _gate(rows, at)
    prepared = inputs.prepare(ready, as_of=at)
    good: list[tuple[Month, Prepared, GroupAnswer]] = []
    moved: list[tuple[Month, confirmed.Basis]] = []
    for row in ready:
        each = prepared[row.pk]
        try:
            rated = confirmed.rated_of(each)
        except Invalid as error:
            refused.append(_refusal(row.pk, error))
            continue
        now = confirmed.basis(each, rated)
        if confirmed.holds(row, now):
            good.append((row, each, rated))
        else:
            moved.append((row, now))
    refused += [
        Refusal(
            row.pk,
            f"{confirmed.moved_words(row, now)} {_('Interconexión y la Gerencia confirman de nuevo.')}",
            "confirmations",
        )
        for row, now in moved
    ]
    if moved:
        months.take_back(moved, actor=actor, at=at)
    if good:
        _write(good, actor, at)
    return refused


def _refusal(month_id: int, error: Invalid) -> Refusal:
    return Refusal(month_id, f"{error.message} {error.remedy}".strip()[:500], error.field[:160])


def _gate(rows: Sequence[Month], at: dt.datetime) -> tuple[list[Refusal], list[Month]]:
    """What gate 2.1 and the calendar hold back."""
    holding = months.held(rows)
    today = lapaz.local(at).date()
    refused, ready = [], []
    for row in rows:
        ends = (row.month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
        changes = holding.get(row.pk)
        if changes and not row.deferred_reason:
            names = ", ".join(change.number for change in changes)
            refused.append(
                Refusal(
                    row.pk,
                    _("El cambio %(n)s está sin decidir; la Gerencia lo decide o difiere.") % {"n": names},
                    "speed_changes",
                )
            )
        elif not row.group.in_advance and today < ends:
            refused.append(
                Refusal(
                    row.pk,
                    _("El mes termina el %(day)s: lo vencido se define después.")
                    % {"day": formats.date(ends - dt.timedelta(days=1))},
                    "month",
                )
            )
        else:
            ready.append(row)
    return refused, ready


def _write(good: Sequence[tuple[Month, Prepared, GroupAnswer]], actor: Actor, at: dt.datetime) -> None:
    person = actor.person
    last = dict(
        Amount.objects.filter(month_id__in=[row.pk for row, _p, _r in good])
        .values("month_id")
        .annotate(last=Max("sequence"))
        .values_list("month_id", "last")
    )
    amounts, lines_of = [], []
    for row, each, rated in good:
        answer = rated.answer
        sheet, digest = sheets.written(each, answer)
        amounts.append(
            Amount(
                month=row,
                sequence=last.get(row.pk, 0) + 1,
                as_of=at,
                currency=answer.currency,
                total=money.amount(answer.total),
                tax=money.amount(answer.tax or 0),
                lines_total=money.amount(answer.lines_total),
                credit_applied=money.amount(answer.credit_applied),
                credit_carried=money.amount(answer.credit_carried_forward),
                sheet=sheet,
                sheet_hash=digest,
                defined_by_id=person,
                defined_at=at,
            )
        )
        lines_of.append(sheets.lines(each, rated))
    made = _write_amounts(amounts)
    _write_lines([(amount.pk, lines) for amount, lines in zip(made, lines_of, strict=True)])
    carried = {
        pk: amount.pk for amount, (_m, each, _r) in zip(made, good, strict=True) for pk in each.credit_ids
    }
    if carried:
        credits_ = list(CreditProposal.objects.select_for_update().filter(id__in=carried).order_by("id"))
        for credit in credits_:
            credit.carried_by_id, credit.carried_how = carried[credit.pk], "DISCOUNT"
        CreditProposal.objects.bulk_update(credits_, ["carried_by", "carried_how"])
    # What led to the amount: changes of speed and credits (the trace, R-04).
    links.link_many(
        pairs=sorted(
            {
                (line.cause_dossier_id, row.dossier_id)
                for (row, _p, _r), lines in zip(good, lines_of, strict=True)
                for line in lines
                if line.cause_dossier_id
            }
        ),
        kind="AMOUNT",
    )
    _close(good, made, actor, at)


def _write_amounts(made: list[Amount]) -> list[Amount]:
    """COPY: sheets as parameters of an INSERT are escaped letter by letter, a fifth of the time of a month."""
    fields = Amount._meta.concrete_fields  # noqa: SLF001 - Django's public way to a model's columns
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('billing_amount', 'id')) FROM generate_series(1, %s)",
            [len(made)],
        )
        for amount, (pk,) in zip(made, cursor.fetchall(), strict=True):
            amount.pk = pk
        columns = ", ".join(str(field.column) for field in fields)
        with cursor.copy(f"COPY billing_amount ({columns}) FROM STDIN") as copy:
            for amount in made:
                copy.write_row(
                    [
                        json.dumps(amount.sheet, ensure_ascii=False)
                        if field.name == "sheet"
                        else getattr(amount, field.attname)
                        for field in fields
                    ]
                )
    return made


def _write_lines(lines_of: Sequence[tuple[int, list[sheets.SheetLine]]]) -> None:
    """COPY: a third of the time of INSERT, where a month has tens of thousands of lines."""
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY billing_amountline (amount_id, position, service_id, kind, starts_date, ends_date, for_month, text, value, "
            "contract_value, cause_dossier_id) FROM STDIN"
        ) as copy,
    ):
        for amount_id, lines in lines_of:
            for position, line in enumerate(lines, start=1):
                copy.write_row(
                    (
                        amount_id, position, line.service_id, line.kind, line.starts, line.ends, line.for_month, line.text,
                        line.value, line.contract_value, line.cause_dossier_id,
                    )
                )  # fmt: skip


def _close(
    good: Sequence[tuple[Month, Prepared, GroupAnswer]],
    made: Sequence[Amount],
    actor: Actor,
    at: dt.datetime,
) -> None:
    for row, each, rated in good:
        row.state = State.DEFINED if rated.answer.is_invoiced else State.NOTHING
        row.fx_rate, row.fx_source = each.rate, each.rate_source[:60]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_month AS month SET state = given.state, fx_rate = given.rate, fx_source = given.source "
            "FROM unnest(%s::bigint[], %s::text[], %s::numeric[], %s::text[]) AS given (id, state, rate, source) "
            "WHERE month.id = given.id",
            [
                [row.pk for row, _p, _r in good],
                [str(row.state) for row, _p, _r in good],
                [row.fx_rate for row, _p, _r in good],
                [row.fx_source for row, _p, _r in good],
            ],
        )
    months.tell_states([row for row, _p, _r in good])
    journal.record_many(
        lines=[
            journal.Line(
                row.dossier_id,
                Act.DEFINE_AMOUNT,
                _("Monto definido: %(sign)s %(total)s (versión %(n)s).")
                % {
                    "sign": money.currency_sign(amount.currency),
                    "total": formats.number(amount.total),
                    "n": amount.sequence,
                },
                "B.3",
                {"amount": amount.pk, "sha256": amount.sheet_hash},
            )
            for (row, _p, _r), amount in zip(good, made, strict=True)
        ],
        actor=actor,
        at=at,
    )
