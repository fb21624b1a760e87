"""The tray (bandeja): what is due from my roles, most urgent first, and beside it what waits on others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from mayorista.apps.faults.models import Case
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.models import WorkItem
from mayorista.apps.procedure.prepared import Prepared
from mayorista.rules import lapaz
from mayorista.rules.errors import Conflict, NotAllowed, NotFound
from mayorista.rules.procedure import ROLE_SHORT, Role

LIMIT = 200
STANDING = {
    "ALARMS": _("Alarmas"),
    "UNKNOWN_WRITERS": _("Mensajes por clasificar"),
    "CHANNELS": _("Canales"),
    "TEXTS": _("Textos"),
    "USERS": _("Usuarios"),
    "PARAMETERS": _("Parámetros"),
    "PROTOCOLS": _("Protocolos"),
    "DELEGATIONS": _("Delegaciones"),
    "SHIFTS": _("Turnos"),
    "SEALS": _("Sellos de la bitácora"),
    "EXCHANGE_RATES": _("Tipos de cambio"),
    "BANK_ACCOUNTS": _("Cuentas bancarias"),
    "COLLECTION": _("Cobranza"),
    "NETWORK": _("Red"),
    "SLA_PROFILES": _("Perfiles de SLA"),
}
OTHERS_LIMIT = 30


@dataclass(frozen=True, slots=True)
class Row:
    """A work item with the headline of its dossier."""

    id: int
    step: str
    key: str
    title: str
    role: str
    kind: str
    number: str
    shown_number: str
    headline: str
    severity: int
    opened_at: dt.datetime
    due_at: dt.datetime
    claimed_by: str
    mine: bool
    escalation: int
    snoozed_until: dt.datetime | None
    snooze_reason: str
    unread: int

    @property
    def claimed(self) -> bool:
        """Whether somebody took it."""
        return bool(self.claimed_by)


@dataclass(frozen=True, slots=True)
class TrayPage:
    """The start page of a person."""

    rows: tuple[Row, ...]
    snoozed: tuple[Row, ...]
    others: tuple[Row, ...]
    overdue: int
    today: int
    total: int
    notices: int


@dataclass(frozen=True, slots=True)
class _About:
    """What is known of the case or fault behind a dossier."""

    number: str
    severity: int


_OF_FAULTS: Prepared[Any] = Prepared(
    lambda dossiers: (
        Case.objects.filter(fault__dossier_id__any=dossiers)
        .values("fault__dossier_id")
        .annotate(
            count=Count("id"),
            number=Min("dossier__number"),
            severity=Min("fault__severity", filter=Q(fault__closed_at=None)),
        )
    )
)
_OF_CASES: Prepared[Any] = Prepared(
    lambda dossiers: Case.objects.filter(dossier_id__any=dossiers, closed_at=None).values_list(
        "dossier_id", "severity"
    )
)
_MINE = Prepared(
    lambda roles: (
        WorkItem.objects.filter(role__any=roles, done_at=None)
        .select_related("dossier", "claimed_by")
        .order_by("due_at", "id")[:LIMIT]
    )
)
_OTHERS = Prepared(
    lambda roles: (
        WorkItem.objects.filter(done_at=None)
        .exclude(role__any=roles)
        .select_related("dossier", "claimed_by")
        .order_by("due_at", "id")[:OTHERS_LIMIT]
    )
)


def _about(dossier_ids: Sequence[int]) -> Mapping[int, _About]:
    """Severity while it lasts (0 once closed), and the number that people know: of a fault with one case it is that case's."""
    found = {
        row["fault__dossier_id"]: _About(row["number"] if row["count"] == 1 else "", row["severity"] or 0)
        for row in _OF_FAULTS(list(dossier_ids))
    }
    own = _OF_CASES(list(dossier_ids))
    return {**found, **{dossier_id: _About("", severity) for dossier_id, severity in own}}


def _rows(items: Iterable[WorkItem], actor: Actor) -> list[Row]:
    items = list(items)
    ids = [item.dossier_id for item in items]
    about = _about(ids) if ids else {}
    unread = message_queries.unread_count(ids) if ids else {}
    rows = []
    for item in items:
        known = about.get(item.dossier_id, _About("", 0))
        rows.append(
            Row(
                id=item.pk,
                step=item.step,
                key=item.key,
                title=item.title,
                role=item.role,
                kind=item.dossier.kind,
                number=item.dossier.number,
                shown_number=known.number or ("" if item.dossier.kind == "STANDING" else item.dossier.number),
                headline=str(STANDING.get(item.dossier.headline, item.dossier.headline)),
                severity=known.severity,
                opened_at=item.opened_at,
                due_at=item.due_at,
                claimed_by=item.claimed_by.full_name if item.claimed_by else "",
                mine=item.claimed_by_id == actor.user_id,
                escalation=item.escalation,
                snoozed_until=item.snoozed_until,
                snooze_reason=item.snooze_reason,
                unread=unread.get(item.dossier_id, 0),
            )
        )
    return rows


def tray(*, actor: Actor, at: dt.datetime, mine_only: bool = False, step: str = "") -> TrayPage:
    """Return the tray of `actor` at `at`; five reads whatever its length (200 rows at most)."""
    roles = [role.value for role in actor.roles]
    due = WorkItem.objects.filter(role__in=roles, done_at=None)
    if mine_only:
        due = due.filter(claimed_by_id=actor.user_id)
    if step:
        due = due.filter(step=step)
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=at)
    end_of_day = (lapaz.local(at) + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    counts = due.aggregate(
        overdue=Count("id", filter=awake & Q(due_at__lte=at)),
        today=Count("id", filter=awake & Q(due_at__gt=at, due_at__lt=end_of_day)),
        total=Count("id", filter=awake),
        notices=Count("id", filter=awake & Q(step="A.7")),
    )
    if mine_only or step:
        mine = list(due.select_related("dossier", "claimed_by").order_by("due_at", "id")[:LIMIT])
    else:
        mine = _MINE(roles)
    others = _OTHERS(roles)
    rows = _rows([*mine, *others], actor)
    own, waiting = rows[: len(mine)], rows[len(mine) :]
    asleep = [row for row in own if row.snoozed_until and row.snoozed_until > at]
    return TrayPage(
        rows=tuple(row for row in own if not (row.snoozed_until and row.snoozed_until > at)),
        snoozed=tuple(asleep),
        others=tuple(waiting),
        overdue=counts["overdue"],
        today=counts["today"],
        total=counts["total"],
        notices=counts["notices"],
    )


def items_of_step(step: str, *, actor: Actor) -> list[Row]:
    """Return what is open in a step, whoever's it is, most urgent first; 200 at most, three reads."""
    items = WorkItem.objects.filter(step=step, done_at=None).select_related("dossier", "claimed_by")
    return _rows(items.order_by("due_at", "id")[:LIMIT], actor)


def open_item(*, item_id: int, actor: Actor) -> Row:
    """Return one open item of the roles of `actor`. Raises NotFound, NotAllowed, or Conflict when it is done."""
    item = WorkItem.objects.select_related("dossier", "claimed_by").filter(pk=item_id).first()
    if item is None:
        raise NotFound(_t("No existe esa tarea."))
    if Role(item.role) not in actor.roles:
        raise NotAllowed(
            _t("Esa tarea es de otro rol."),
            remedy=_t("Corresponde a: %(who)s.") % {"who": ROLE_SHORT[Role(item.role)]},
        )
    if item.done_at is not None:
        raise Conflict(_t("Esa tarea ya fue concluida."), remedy=_t("Vuelva a la bandeja."))
    return _rows([item], actor)[0]
