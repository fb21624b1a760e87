"""Traffic samples come in: sources with their tokens, and intake, each sample once.

# Note [The same upload twice]
A stamp holds one sample. What comes again with the same value changes nothing and is counted; another value replaces
what stood there and is named in the answer and in the circuit's journal: what an issued amount was computed from
stays in its sheet (R7 computes no burst again). All of an upload is written or nothing. Days are locked in one order,
so that two uploads of the same port wait for each other.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import (
    Service,
    ServiceAlias,
    TrafficCounter,
    TrafficDay,
    TrafficSource,
    TrafficUpload,
)
from mayorista.apps.contracts.queries import alias_key
from mayorista.apps.procedure import constraints
from mayorista.apps.procedure.actors import Actor, for_job, require
from mayorista.apps.procedure.operations import dossiers, journal, live
from mayorista.rules import percentile
from mayorista.rules.errors import FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act
from mayorista.rules.traffic import placing, table
from mayorista.rules.traffic.placing import Finding, Placed, Port
from mayorista.rules.traffic.table import Cell, Reading, Table

STANDING = "TRAFFIC"
TOKEN_BYTES = 32
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
BITS = (32, 64)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A source and the token it must send from now on; nobody can read the token again."""

    source_id: int
    code: str
    token: str


@dataclass(frozen=True, slots=True)
class Sender:
    """A source that proved itself."""

    source_id: int
    code: str
    zone: str
    counter_bits: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What an upload brought: rows read, samples new, equal to what stood there, replaced; and what was odd."""

    upload_id: int
    rows: int
    ports: int
    new: int
    same: int
    replaced: int
    findings: tuple[Finding, ...]


def hash_token(token: str) -> str:
    """What is kept of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def admit(*, code: str, token: str) -> Sender | None:
    """Return the active source that this token belongs to, or None; takes the same time either way."""
    row = TrafficSource.objects.filter(code=code, active=True).first()
    same = hmac.compare_digest(row.token_hash if row else hash_token(""), hash_token(token))
    if row is None or not same:
        return None
    return Sender(row.pk, row.code, row.zone, row.counter_bits)


@transaction.atomic
def create_source(
    *, code: str, name: str, zone: str, counter_bits: int, actor: Actor, at: dt.datetime
) -> NewToken:
    """Make a source and its token. Raises Invalid naming every wrong field, NotAllowed."""
    require(actor, Act.ADMINISTER)
    errors = []
    if not CODE.fullmatch(code):
        errors.append(FieldError("code", _("Código no válido."), _("Use minúsculas, cifras y guiones.")))
    if not name.strip():
        errors.append(FieldError("name", _("Falta el nombre."), _("Escriba qué sistema es.")))
    if zone not in available_timezones():
        errors.append(
            FieldError("zone", _("No existe esa zona horaria."), _("Por ejemplo America/La_Paz o UTC."))
        )
    if counter_bits not in BITS:
        errors.append(FieldError("counter_bits", _("Son 32 o 64 bits."), _("Elija uno.")))
    if errors:
        raise Invalid.of(errors)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    taken = FieldError("code", _("Ya existe una fuente con ese código."), _("Elija otro código."))
    with constraints.in_words({"traffic_source_code_unique": taken}):
        source = TrafficSource.objects.create(
            code=code,
            name=name.strip()[:120],
            token_hash=hash_token(token),
            token_rotated_at=at,
            zone=zone,
            counter_bits=counter_bits,
            created_at=at,
        )
    _record(_("Fuente de tráfico «%(code)s» creada.") % {"code": code}, actor, at)
    return NewToken(source.pk, code, token)


@transaction.atomic
def rotate_token(*, source_id: int, actor: Actor, at: dt.datetime) -> NewToken:
    """Give a source a new token; the old one is refused from now on. Raises NotFound, NotAllowed."""
    require(actor, Act.ADMINISTER)
    source = _locked(source_id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    source.token_hash, source.token_rotated_at = hash_token(token), at
    source.save(update_fields=["token_hash", "token_rotated_at"])
    _record(_("Nueva clave de la fuente de tráfico «%(code)s».") % {"code": source.code}, actor, at)
    return NewToken(source.pk, source.code, token)


@transaction.atomic
def switch_source(*, source_id: int, active: bool, actor: Actor, at: dt.datetime) -> None:
    """Turn a source off, or on again. Raises NotFound, NotAllowed."""
    require(actor, Act.ADMINISTER)
    source = _locked(source_id)
    source.active = active
    source.save(update_fields=["active"])
    said = (
        _("Fuente de tráfico «%(code)s» encendida.") if active else _("Fuente de tráfico «%(code)s» apagada.")
    )
    _record(said % {"code": source.code}, actor, at)


def _locked(source_id: int) -> TrafficSource:
    source = TrafficSource.objects.select_for_update().filter(pk=source_id).first()
    if source is None:
        raise NotFound(_("No existe esa fuente de tráfico."))
    return source


def _record(text: str, actor: Actor, at: dt.datetime) -> None:
    home = dossiers.standing(kind=STANDING).pk
    journal.record(dossier_id=home, act=Act.ADMINISTER, text=text, actor=actor, at=at, step="B.3")


@transaction.atomic
def take(
    *,
    rows: Sequence[Sequence[Cell]],
    content_hash: str,
    at: dt.datetime,
    actor: Actor | None = None,
    sender: Sender | None = None,
    name: str = "",
    zone: str = "America/La_Paz",
    counter_bits: int = 64,
) -> Taken:
    """Take samples in: a table whose first row names its columns (`rules.traffic.table`), by a person or a source.

    `zone` holds for hours without offset. Raises Invalid with row and column of each wrong cell, NotAllowed.
    See Note [The same upload twice].
    """
    if sender is None:
        assert actor is not None
        require(actor, Act.LOAD_TRAFFIC)
    who = actor or for_job(f"trafico-{sender.code if sender else ''}"[:40])
    zone = sender.zone if sender else zone
    bits = sender.counter_bits if sender else counter_bits
    if zone not in available_timezones():
        raise Invalid(
            _("No existe esa zona horaria."), field="zone", remedy=_("Por ejemplo America/La_Paz o UTC.")
        )
    read = table.read(rows, zone=ZoneInfo(zone), now=at)
    named, services = _named(read)
    before = _counters(services) if read.counters else {}
    placed = placing.place(
        named,
        capacity_bps={port: services[port].capacity_kbps * 1000 for port in services},
        counter_bits=bits,
        before=before,
    )
    source = sender.code if sender else "archivo"
    new, same, replaced = _store(placed, services, source, at)
    _keep_counters(placed, services)
    for port, count in replaced.items():
        if count:
            _tell_replaced(services[port], port, count, who, at)
    upload = TrafficUpload.objects.create(
        source_id=sender.source_id if sender else None,
        author_id=actor.user_id if actor else None,
        at=at,
        name=name[:200],
        sha256=content_hash,
        rows=len(read.readings),
        new=new,
        same=same,
        replaced=sum(replaced.values()),
        findings=[finding._asdict() for finding in placed.findings[:200]],
    )
    if actor is not None:
        _record(
            _(
                "Muestras de tráfico de «%(name)s»: %(new)d nuevas, %(same)d iguales, %(replaced)d reemplazadas."
            )
            % {"name": name, "new": new, "same": same, "replaced": upload.replaced},
            actor,
            at,
        )
    live.bump("traffic")
    return Taken(upload.pk, upload.rows, len(placed.days), new, same, upload.replaced, placed.findings)


def _named(read: Table) -> tuple[Table, dict[Port, Service]]:
    """The readings under the circuits' own codes and ports, and the circuit of each. Raises Invalid."""
    asked = {each.circuit for each in read.readings}
    keys = {alias_key(code): code for code in asked}
    found: dict[str, Service] = {
        alias_key(row.circuit_code): row
        for row in Service.objects.filter(circuit_code__in=asked | {code.upper() for code in asked})
    }
    for alias in (
        ServiceAlias.objects.filter(alias_key__in=set(keys) - set(found))
        .exclude(kind="CUSTOMER")
        .select_related("service")
    ):
        found.setdefault(alias.alias_key, alias.service)
    errors: list[FieldError] = []
    renamed: list[Reading] = []
    services: dict[Port, Service] = {}
    unknown: set[str] = set()
    for each in read.readings:
        service = found.get(alias_key(each.circuit))
        if service is None:
            if each.circuit not in unknown and len(errors) < table.MAX_ERRORS:
                unknown.add(each.circuit)
                errors.append(
                    FieldError(
                        f"fila {each.row}, circuito",
                        _("No existe el circuito «%(c)s».") % {"c": each.circuit[:40]},
                        _("Use el código de la ficha o un alias."),
                    )
                )
            continue
        port = (service.circuit_code, each.port[:80] or service.port)
        services[port] = service
        renamed.append(each._replace(circuit=port[0], port=port[1]))
    if errors:
        raise Invalid.of(errors)
    return Table(tuple(renamed), read.counters), services


def _counters(services: Mapping[Port, Service]) -> dict[Port, Reading]:
    of_port = {(service.pk, port[1]): port for port, service in services.items()}
    rows = TrafficCounter.objects.filter(service_id__in={pk for pk, _port in of_port})
    return {
        of_port[row.service_id, row.port]: Reading(
            0, *of_port[row.service_id, row.port], row.at, int(row.inward), int(row.outward)
        )
        for row in rows
        if (row.service_id, row.port) in of_port
    }


def _store(
    placed: Placed, services: Mapping[Port, Service], source: str, at: dt.datetime
) -> tuple[int, int, dict[Port, int]]:
    """Merge every day into what is stored; return how many samples are new and equal, and by port how many replaced."""
    new = same = 0
    replaced = dict.fromkeys(placed.days, 0)
    wanted = {
        (services[port].pk, port[1], on): (port, day)
        for port, days in placed.days.items()
        for on, day in days.items()
    }
    TrafficDay.objects.bulk_create(
        (
            TrafficDay(
                service_id=key[0],
                port=key[1],
                on=key[2],
                samples=_EMPTY,
                present=0,
                source=source,
                received_at=at,
            )
            for key in sorted(wanted)
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )
    held = TrafficDay.objects.select_for_update().filter(
        service_id__in={key[0] for key in wanted}, on__in={key[2] for key in wanted}
    )
    changed = []
    for row in held.order_by("service_id", "port", "on"):
        here = wanted.get((row.service_id, row.port, row.on))
        if here is None:
            continue
        merged = placing.merge(percentile.unpack(bytes(row.samples)), here[1])
        new, same = new + merged.new, same + merged.same
        replaced[here[0]] += merged.replaced
        if merged.new or merged.replaced:
            row.samples, row.present = (
                percentile.pack(merged.day),
                sum(pair is not None for pair in merged.day),
            )
            row.source, row.received_at = source, at
            changed.append(row)
    TrafficDay.objects.bulk_update(changed, ["samples", "present", "source", "received_at"], batch_size=500)
    return new, same, replaced


_EMPTY = percentile.pack([None] * percentile.PER_DAY)


def _keep_counters(placed: Placed, services: Mapping[Port, Service]) -> None:
    for port, reading in placed.last.items():
        if reading.inward is None or reading.outward is None:
            continue
        row, made = TrafficCounter.objects.select_for_update().get_or_create(
            service=services[port],
            port=port[1],
            defaults={
                "at": reading.at,
                "inward": Decimal(reading.inward),
                "outward": Decimal(reading.outward),
            },
        )
        if not made and row.at < reading.at:
            row.at, row.inward, row.outward = reading.at, Decimal(reading.inward), Decimal(reading.outward)
            row.save(update_fields=["at", "inward", "outward"])


def _tell_replaced(service: Service, port: Port, count: int, actor: Actor, at: dt.datetime) -> None:
    journal.record(
        dossier_id=service.dossier_id,
        act=Act.LOAD_TRAFFIC,
        text=_("%(n)d muestras de tráfico del puerto %(p)s reemplazadas por otro valor.")
        % {"n": count, "p": port[1] or "—"},
        actor=actor,
        at=at,
        step="B.3",
    )
