"""The journal of all dossiers as an auditor reads it: who did what when on which dossier, before and after."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from mayorista.apps.overview.queries import tray
from mayorista.apps.overview.queries.paging import Pages, counted
from mayorista.apps.overview.queries.trace import KIND_TITLES
from mayorista.apps.procedure.models import JournalEntry, User
from mayorista.rules import lapaz, spanish_dates
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import ROLE_SHORT, Role
from mayorista.rules.xes import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from mayorista.apps.procedure.models import Dossier

SIZE = 50
CHUNK = 2000
DAYS_SHOWN = 7
DAYS_SEARCHED = 90
SYSTEM = "sistema"
STANDING = "STANDING"
KINDS = {
    **{key: title for key, title in KIND_TITLES.items() if key not in {"CLAIM", "OUTAGE", "MESSAGE"}},
    "SUSPENSION": "Suspensión",
    "BANK_STATEMENT": "Extracto bancario",
    "BILLING_MONTH": "Mes de facturación",
    "GROUP": "Grupo de facturación",
    "CONTROL_MONTH": "Control de contrato",
    "INTEREST": "Intereses",
    STANDING: "Del sistema (usuarios, parámetros, canales…)",
}
# Jobs whose names are not Spanish.
JOBS = {
    "billing": "facturación", "monitoring": "monitoreo", "correlator": "correlación de alarmas", "receipts": "comprobantes",
    "maintenance": "mantenimiento", "import": "importación", "scale": "datos de prueba", "createadmin": "instalación",
    "examples": "datos de ejemplo",
}  # fmt: skip
FIELDS = {
    "name": "nombre", "full_name": "nombre", "email": "correo", "phone": "teléfono", "phone_e164": "teléfono",
    "capacity": "capacidad", "capacity_kbps": "capacidad", "description": "descripción", "port": "puerto",
    "status": "estado", "state": "estado", "kind": "clase", "roles": "roles", "is_active": "activo", "unit": "unidad",
    "etr_before": "hora estimada", "valid_from": "rige desde", "value": "valor", "address": "dirección",
    "attribution": "atribución", "cause": "causa", "severity": "severidad", "tax_id": "NIT", "notes": "notas",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for. `person` is a user's id as text, or "sistema"; days are of La Paz, both inclusive."""

    since: dt.date | None
    until: dt.date | None
    person: str = ""
    number: str = ""
    kind: str = ""
    text: str = ""

    @property
    def words(self) -> str:
        """The filters as a sentence for the head of a paper."""
        parts = []
        if self.since:
            parts.append(_("desde el %(day)s") % {"day": lapaz.day(self.since)})
        if self.until:
            parts.append(_("hasta el %(day)s") % {"day": lapaz.day(self.until)})
        if self.kind:
            parts.append(KINDS.get(self.kind, self.kind))
        parts += [part for part in (self.number, f"«{self.text}»" if self.text else "") if part]
        return ", ".join(parts) or _("toda la bitácora")


@dataclass(frozen=True, slots=True)
class Change:
    """A value before and after, as text."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Row:
    """One act in plain words; `number` is empty for what has no page of its own."""

    id: int
    at: dt.datetime
    who: str
    role: str
    behalf: str
    did: str
    kind: str
    number: str
    home: str
    headline: str
    step: str
    act: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the journal, the newest first."""

    filters: Filters
    rows: tuple[Row, ...]
    pages: Pages
    people: tuple[tuple[str, str], ...]
    person_name: str


def read_filters(asked: dict[str, str], *, at: dt.datetime) -> Filters:
    """Read the filters of an address; without any the last seven days. Raises Invalid for what is no day or no kind."""
    known = {"desde", "hasta", "persona", "numero", "clase", "texto"}
    if not any(asked.get(name) for name in known):
        today = lapaz.local(at).date()
        return Filters(today - dt.timedelta(days=DAYS_SHOWN), None)
    since, until = _day(asked.get("desde", ""), "desde"), _day(asked.get("hasta", ""), "hasta")
    if since and until and until < since:
        raise Invalid(
            _("El período termina antes de empezar."), field="hasta", remedy=_("Cambie una de las fechas.")
        )
    if since is None and until is None and not asked.get("numero", "").strip():
        since = lapaz.local(at).date() - dt.timedelta(days=DAYS_SEARCHED)
    kind, person = asked.get("clase", ""), asked.get("persona", "")
    if kind and kind not in KINDS:
        raise Invalid(
            _("«%(kind)s» no es una clase de expediente.") % {"kind": kind[:30]},
            field="clase",
            remedy=_("Elija una de la lista."),
        )
    return Filters(
        since,
        until,
        person if person == SYSTEM or (person.isascii() and person.isdecimal() and len(person) < 10) else "",
        asked.get("numero", "").strip().upper()[:60],
        kind,
        asked.get("texto", "").replace("\0", "").strip()[:100],
    )


def audit_page(filters: Filters, *, page: int = 1, size: int = SIZE) -> AuditPage:
    """Return a page of what fits, the newest first."""
    found = _found(filters).order_by("-at", "-id")
    pages = counted(found, page, size)
    start = (pages.number - 1) * size
    people = tuple(
        (str(pk), name) for pk, name in User.objects.order_by("full_name").values_list("pk", "full_name")
    )
    return AuditPage(
        filters,
        tuple(_row(entry) for entry in found[start : start + size]),
        pages,
        people,
        dict(people).get(filters.person, _("el sistema") if filters.person == SYSTEM else ""),
    )


def stream(filters: Filters) -> Iterator[Row]:
    """Yield all that fits, the oldest first, a portion in memory at a time."""
    for entry in _found(filters).order_by("at", "id").iterator(chunk_size=CHUNK):
        yield _row(entry)


def events(filters: Filters) -> Iterator[Event]:
    """Yield all that fits as events, the traces one after another, a portion in memory at a time."""
    for entry in _found(filters).order_by("dossier_id", "at", "id").iterator(chunk_size=CHUNK):
        row = _row(entry)
        dossier = entry.dossier
        yield Event(
            trace=dossier.number,
            kind=dossier.kind,
            customer=dossier.customer.headline if dossier.customer else "",
            step=entry.step,
            act=entry.act,
            who=row.who,
            role=row.role,
            at=entry.at,
            text=entry.text,
        )


def _found(filters: Filters) -> QuerySet[JournalEntry]:
    rows = JournalEntry.objects.select_related("dossier", "dossier__customer", "user", "on_behalf_of")
    if filters.since:
        rows = rows.filter(at__gte=_midnight(filters.since))
    if filters.until:
        rows = rows.filter(at__lt=_midnight(filters.until) + dt.timedelta(days=1))
    if filters.person == SYSTEM:
        rows = rows.filter(user=None)
    elif filters.person:
        rows = rows.filter(user_id=int(filters.person))
    if filters.number:
        rows = rows.filter(dossier__number=filters.number)
    if filters.kind:
        rows = rows.filter(dossier__kind=filters.kind)
    for word in filters.text.split():
        # Not `icontains`: of that the database can not tell beforehand how many rows fit, and would sort them all.
        rows = rows.filter(text__iregex=re.escape(word))
    return rows


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), lapaz.LA_PAZ)


def _day(text: str, field: str) -> dt.date | None:
    return spanish_dates.parse(text, field=field) if text.strip() else None


def _row(entry: JournalEntry) -> Row:
    dossier = entry.dossier
    standing = dossier.kind == STANDING
    return Row(
        id=entry.pk,
        at=entry.at,
        who=entry.user.full_name
        if entry.user
        else _("Sistema (%(job)s)") % {"job": JOBS.get(entry.job, entry.job)},
        role=str(ROLE_SHORT[Role(entry.role)]) if entry.role in set(Role) else "",
        behalf=entry.on_behalf_of.full_name if entry.on_behalf_of else "",
        did=entry.text,
        kind=KINDS.get(dossier.kind, dossier.kind),
        number="" if standing else dossier.number,
        home=_home(dossier),
        headline="" if standing else dossier.headline,
        step=entry.step,
        act=entry.act,
        changes=tuple(_changes(entry.payload)),
    )


def _home(dossier: Dossier) -> str:
    if dossier.kind != STANDING:
        return dossier.number
    key = dossier.number.removeprefix("FIJO-")
    return str(tray.STANDING.get(key, key.replace("_", " ").capitalize()))


def _changes(payload: dict[str, Any]) -> Iterator[Change]:
    """Yield what a payload says of values before and after; payloads of other shapes say nothing here."""
    changed = payload.get("changed")
    if isinstance(changed, dict):
        for field, pair in changed.items():
            if isinstance(pair, list) and len(pair) == 2:
                yield Change(_field(field), _said(pair[0]), _said(pair[1]))
    created = payload.get("created")
    if isinstance(created, dict):
        for field, after in created.items():
            yield Change(_field(field), "", _said(after))
    before = payload.get("before")
    if isinstance(before, dict):
        for field, value in before.items():
            if field in payload and payload[field] != value:
                yield Change(_field(field), _said(value), _said(payload[field]))


def _field(name: str) -> str:
    return FIELDS.get(name, name.replace("_", " "))


def _said(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("sí") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_said(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{_field(str(key))}: {_said(each)}" for key, each in value.items())
    return str(value)
