"""Create, edit and end services (circuits)."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import (
    AliasKind,
    BandwidthPeriod,
    Contract,
    Resource,
    Ride,
    Service,
    ServiceAlias,
    ServiceHolding,
    ServiceStatus,
    SlaProfile,
)
from mayorista.apps.contracts.operations import bandwidth, holdings, naming, network
from mayorista.apps.contracts.queries import alias_key
from mayorista.apps.customers.models import Customer
from mayorista.apps.customers.saved import Saved
from mayorista.apps.procedure import constraints, editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.models import Dossier
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.rules import capacity, changes
from mayorista.rules.errors import FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act

STATE_ACTIVE = "activo"
STATE_ENDED = "terminado"
MAX_ASN = 4_294_967_295
MAX_VLAN = 4_094
_CODE_SHAPE = re.compile(r"^[A-Z0-9][A-Z0-9._-]{1,39}$")
_LIMITS = {"circuit_code": 40, "description": 240, "port": 80, "equipment": 2000, "notes": 4000}


def _sla_name(profile_id: object) -> str:
    found = SlaProfile.objects.filter(pk=profile_id).values_list("name", flat=True).first()  # type: ignore[misc]  # an id
    return str(found or changes.NOTHING)


def _resource_code(resource_id: object) -> str:
    found = Resource.objects.filter(pk=resource_id).values_list("code", flat=True).first()  # type: ignore[misc]  # an id
    return str(found or changes.NOTHING)


def _contract_number(contract_id: object) -> str:
    found = Contract.objects.filter(pk=contract_id).values_list("number", flat=True).first()  # type: ignore[misc]  # an id
    return str(found or changes.NOTHING)


LABELS: dict[str, changes.Label] = {
    "circuit_code": changes.Label("circuito"),
    "description": changes.Label("descripción"),
    "capacity_kbps": changes.Label("capacidad", lambda kbps: capacity.show(int(str(kbps)))),
    "contract_id": changes.Label("contrato", _contract_number),
    "node_id": changes.Label("nodo", _resource_code),
    "port": changes.Label("puerto"),
    "vlan": changes.Label("VLAN"),
    "asn": changes.Label("ASN"),
    "prefixes": changes.Label("prefijos"),
    "equipment": changes.Label("equipos dedicados"),
    "sla_profile_id": changes.Label("perfil SLA", _sla_name),
    "started_date": changes.Label("en servicio desde"),
    "notes": changes.Label("notas"),
}


@dataclass(frozen=True, slots=True)
class AliasWish:
    """Another designation that a circuit shall have (kind OWN, UPSTREAM or CUSTOMER)."""

    alias: str
    kind: str = AliasKind.OWN.value


@dataclass(frozen=True, slots=True)
class RideWish:
    """A resource that a service shall ride on; `primary` false for a protection path."""

    resource_id: int
    primary: bool = True


@dataclass(frozen=True, slots=True)
class NameWish:
    """Labels by which alarms of any source shall name a service."""

    labels: Mapping[str, str]


@transaction.atomic
def save_service(
    *,
    actor: Actor,
    at: dt.datetime,
    service_id: int | None = None,
    customer_id: int | None = None,
    version: int | None = None,
    aliases: Sequence[AliasWish] | None = None,
    rides: Sequence[RideWish] | None = None,
    nms_names: Sequence[NameWish] | None = None,
    **fields: object,
) -> Saved:
    """Create a service of a customer, or change the fields given of an existing one; journaled.

    Fields as people type them: circuit_code, description, capacity ("2 Gbps"), contract_id, node_id,
    port, vlan, asn, prefixes (text or list), equipment, sla_profile_id, started_date (a date), notes.
    `aliases`, `rides` and `nms_names`, when given, become all it has. A service does not change its
    customer here (G-48). Raises Invalid with every wrong field, NotFound, Stale, NotAllowed.
    """
    require(actor, Act.EDIT_SERVICES)
    current = None
    if service_id is not None:
        current = editing.locked(
            Service.objects.all(), row_id=service_id, missing=_("No existe ese servicio.")
        )
    customer = _customer(current, customer_id)
    errors: list[FieldError] = []
    wanted = _checked(current, fields, errors)
    _check_references(customer, wanted, errors)
    if current is not None:
        _check_agreed(current, wanted, errors)
    clean_aliases = _aliases(current, aliases, wanted, errors)
    clean_rides = _rides(rides, errors)
    clean_names = _names(nms_names, errors)
    if errors:
        raise Invalid.of(errors)
    before = editing.values(current, LABELS) if current else {}
    if current is not None:
        editing.refuse_stale(
            current=current.version, expected=version, before=before, wanted=wanted, labels=LABELS
        )
    made = changes.compare(before, wanted, LABELS)
    service = current
    if made or service is None:
        service = _store(
            current, customer, wanted, [each.alias for each in (clean_aliases or {}).values()], at
        )
    made += _store_parts(service, clean_aliases, clean_rides, clean_names, created=current is None)
    if not made and current is not None:
        return Saved(service.pk, service.circuit_code, service.dossier_id, created=False)
    _tell(service, customer, made, actor, at, created=current is None)
    return Saved(service.pk, service.circuit_code, service.dossier_id, created=current is None, changes=made)


@transaction.atomic
def end_service(*, service_id: int, ended_date: dt.date, reason: str, actor: Actor, at: dt.datetime) -> None:
    """End a service: alarms no longer open outages on it; its history stays."""
    require(actor, Act.EDIT_SERVICES)
    service = editing.locked(Service.objects.all(), row_id=service_id, missing=_("No existe ese servicio."))
    errors = []
    if service.status == ServiceStatus.ENDED:
        errors.append(FieldError("status", _("El servicio ya está terminado."), _("Revise el circuito.")))
    if not reason.strip():
        errors.append(FieldError("reason", _("Falta el motivo."), _("Escriba por qué termina.")))
    if service.started_date and ended_date < service.started_date:
        errors.append(FieldError("ended_date", _("Termina antes de empezar."), _("Revise la fecha.")))
    if errors:
        raise Invalid.of(errors)
    service.status, service.ended_date = ServiceStatus.ENDED, ended_date
    service.version += 1
    service.save()
    holdings.close(service=service, on=ended_date, actor=actor, at=at)
    if BandwidthPeriod.objects.filter(service=service, first=True, starts_date__lt=ended_date).exists():
        bandwidth.rebuild(service_id=service.pk, at=at)
    dossiers.change(dossier_id=service.dossier_id, state=STATE_ENDED, closed_at=at)
    journal.record(
        dossier_id=service.dossier_id,
        act=Act.EDIT_SERVICES,
        text=_("Servicio terminado el %(day)s. %(reason)s")
        % {"day": changes.shown(ended_date), "reason": reason.strip()},
        actor=actor,
        at=at,
    )


def _customer(current: Service | None, customer_id: int | None) -> Customer:
    wanted = customer_id if current is None else current.customer_id
    customer = Customer.objects.filter(pk=wanted).first() if wanted else None
    if customer is None:
        raise NotFound(_("No existe ese cliente."), field="customer", remedy=_("Elija uno de la lista."))
    if current is not None and customer_id is not None and customer_id != current.customer_id:
        raise Invalid(
            _("El circuito %(code)s es de %(name)s.") % {"code": current.circuit_code, "name": customer.name},
            field="customer",
            remedy=_("Un servicio no cambia de cliente aquí; el cambio de titular es por contrato."),
        )
    return customer


def _checked(
    current: Service | None, fields: Mapping[str, object], errors: list[FieldError]
) -> dict[str, object]:
    """Return the clean values; every field that does not fit is added to `errors`."""
    known = (set(LABELS) - {"capacity_kbps"}) | {"capacity", "capacity_kbps"}
    if set(fields) - known:
        msg = f"not fields of a service: {sorted(set(fields) - known)}"
        raise TypeError(msg)
    wanted: dict[str, object] = {}
    for name, limit in _LIMITS.items():
        if name in fields:
            text = str(fields[name] or "")
            wanted[name] = (text.strip() if name in {"equipment", "notes"} else " ".join(text.split()))[
                :limit
            ]
    if "circuit_code" in wanted or current is None:
        wanted["circuit_code"] = _code(current, str(wanted.get("circuit_code", "")), errors)
    _check_capacity(current, fields, wanted, errors)
    if "vlan" in fields:
        wanted["vlan"] = _whole(fields["vlan"], "vlan", "VLAN", MAX_VLAN, errors)
    if "asn" in fields:
        text = re.sub(r"^\s*AS\s*", "", str(fields["asn"] or ""), flags=re.IGNORECASE)
        wanted["asn"] = _whole(text, "asn", "ASN", MAX_ASN, errors)
    if "prefixes" in fields:
        wanted["prefixes"] = _prefixes(fields["prefixes"], errors)
    for name in ("contract_id", "node_id", "sla_profile_id", "started_date"):
        if name in fields:
            wanted[name] = fields[name] or None
    return wanted


def _code(current: Service | None, text: str, errors: list[FieldError]) -> str:
    code = text.upper()
    if not code:
        errors.append(
            FieldError("circuit_code", _("Falta el código del circuito."), _("Escriba por ejemplo TIP-0141."))
        )
    elif not _CODE_SHAPE.match(code):
        errors.append(
            FieldError(
                "circuit_code",
                _("Circuito «%(code)s»: solo lleva letras, dígitos y . _ -") % {"code": code},
                _("Escriba por ejemplo TIP-0141."),
            )
        )
    elif Dossier.objects.filter(number=code).exclude(pk=current.dossier_id if current else 0).exists():
        owner = Service.objects.filter(circuit_code=code).select_related("customer").first()
        whose = _(" por %(name)s") % {"name": owner.customer.name} if owner else ""
        errors.append(
            FieldError(
                "circuit_code",
                _("El circuito «%(code)s» ya está en uso%(whose)s.") % {"code": code, "whose": whose},
                _("Revise el código."),
            )
        )
    return code


def _check_capacity(
    current: Service | None, fields: Mapping[str, object], wanted: dict[str, object], errors: list[FieldError]
) -> None:
    if "capacity_kbps" in fields:
        wanted["capacity_kbps"] = int(str(fields["capacity_kbps"]))
        if not 0 < int(str(fields["capacity_kbps"])) <= capacity.HIGHEST_KBPS:
            errors.append(
                FieldError("capacity", _("La capacidad no es válida."), _("Escriba por ejemplo «2 Gbps»."))
            )
        return
    if "capacity" not in fields and current is not None:
        return
    text = str(fields.get("capacity") or "")
    if not text.strip():
        errors.append(
            FieldError("capacity", _("Falta la capacidad."), _("Escriba por ejemplo «2 Gbps» o «500 Mbps»."))
        )
        return
    try:
        wanted["capacity_kbps"] = capacity.parse(text)
    except Invalid as error:
        errors.extend(error.errors)


def _check_agreed(current: Service, wanted: Mapping[str, object], errors: list[FieldError]) -> None:
    """What a contract says of a circuit is not edited here: its speed and its contract move by their own acts."""
    if (
        wanted.get("capacity_kbps", current.capacity_kbps) != current.capacity_kbps
        and BandwidthPeriod.objects.filter(service=current).exists()
    ):
        errors.append(
            FieldError(
                "capacity",
                _("La velocidad de un servicio con contrato no se edita."),
                _("Registre un cambio de velocidad (B.2)."),
            )
        )
    held = (
        ServiceHolding.objects.filter(service=current, ends_date=None)
        .values_list("contract_id", flat=True)
        .first()
    )
    if (
        held is not None
        and "contract_id" in wanted
        and wanted["contract_id"] not in {held, current.contract_id}
    ):
        errors.append(
            FieldError(
                "contract_id",
                _("El servicio factura por otro contrato."),
                _("Use el cambio de titular en la página del contrato."),
            )
        )


def _whole(value: object, field: str, name: str, highest: int, errors: list[FieldError]) -> int | None:
    text = str(value if value is not None else "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= highest:
        errors.append(
            FieldError(
                field,
                _("%(name)s «%(value)s»: no es un número entre 1 y %(highest)d.")
                % {"name": name, "value": text[:30], "highest": highest},
                _("Escriba solo el número, o déjelo vacío."),
            )
        )
        return None
    return int(text)


def _prefixes(value: object, errors: list[FieldError]) -> list[str]:
    pieces = (
        re.split(r"[\s,;]+", value)
        if isinstance(value, str)
        else list(value if isinstance(value, Iterable) else ())
    )
    found: dict[str, None] = {}
    for piece in filter(None, (str(each).strip() for each in pieces)):
        try:
            found.setdefault(str(ipaddress.ip_network(piece, strict=True)))
        except ValueError:
            errors.append(
                FieldError(
                    "prefixes",
                    _("Prefijo «%(prefix)s»: no es una red IPv4 o IPv6.") % {"prefix": piece[:60]},
                    _("Escriba la dirección de red con su máscara, por ejemplo 198.51.100.0/24."),
                )
            )
    return list(found)


def _check_references(customer: Customer, wanted: Mapping[str, object], errors: list[FieldError]) -> None:
    contract = wanted.get("contract_id")
    if contract is not None and not Contract.objects.filter(pk=contract, customer=customer).exists():  # type: ignore[misc]  # an id
        errors.append(
            FieldError("contract_id", _("Ese contrato no es de este cliente."), _("Elija uno de la lista."))
        )
    node = wanted.get("node_id")
    if node is not None and not Resource.objects.filter(pk=node).exists():  # type: ignore[misc]  # an id
        errors.append(FieldError("node_id", _("No existe ese nodo."), _("Elija uno de la lista.")))
    profile = wanted.get("sla_profile_id")
    if profile is not None and not SlaProfile.objects.filter(pk=profile).exists():  # type: ignore[misc]  # an id
        errors.append(
            FieldError("sla_profile_id", _("No existe ese perfil SLA."), _("Elija uno de la lista."))
        )
    started = wanted.get("started_date")
    if started is not None and not isinstance(started, dt.date):
        errors.append(FieldError("started_date", _("La fecha no es válida."), _("Escriba dd/mm/aaaa.")))


def _aliases(
    current: Service | None,
    wishes: Sequence[AliasWish] | None,
    wanted: Mapping[str, object],
    errors: list[FieldError],
) -> dict[str, AliasWish] | None:
    """Return the wished aliases by their keys; the circuit's own code is no alias of it."""
    if wishes is None:
        return None
    own = alias_key(str(wanted.get("circuit_code") or (current.circuit_code if current else "")))
    clean: dict[str, AliasWish] = {}
    for wish in wishes:
        alias = " ".join(wish.alias.split())[:80]
        if not alias or alias_key(alias) == own:
            continue
        if wish.kind not in AliasKind.values:
            errors.append(
                FieldError("aliases", _("No existe esa clase de alias."), _("Elija una de la lista."))
            )
            continue
        clean[alias_key(alias)] = AliasWish(alias, str(wish.kind))
    taken = ServiceAlias.objects.filter(
        Q(alias_key__in=[key for key, wish in clean.items() if wish.kind != AliasKind.CUSTOMER])
    ).exclude(kind=AliasKind.CUSTOMER)
    taken = taken.exclude(service_id=current.pk if current else 0).select_related("service")
    errors.extend(
        FieldError(
            "aliases",
            _("El alias «%(alias)s» ya nombra al circuito %(code)s.")
            % {"alias": row.alias, "code": row.service.circuit_code},
            _("Use otro, o quítelo antes de aquel circuito."),
        )
        for row in taken
    )
    return clean


def _rides(wishes: Sequence[RideWish] | None, errors: list[FieldError]) -> dict[int, bool] | None:
    if wishes is None:
        return None
    clean = {wish.resource_id: wish.primary for wish in wishes}
    known = set(Resource.objects.filter(pk__in=clean).values_list("pk", flat=True))
    if set(clean) - known:
        errors.append(FieldError("rides", _("No existe ese elemento de red."), _("Elija uno de la lista.")))
    return clean


def _names(wishes: Sequence[NameWish] | None, errors: list[FieldError]) -> list[dict[str, str]] | None:
    if wishes is None:
        return None
    clean = []
    for wish in wishes:
        try:
            clean.append(naming.clean_labels(wish.labels))
        except Invalid as error:
            errors.extend(error.errors)
    return clean


def _store(
    current: Service | None,
    customer: Customer,
    wanted: Mapping[str, object],
    aliases: Iterable[str],
    at: dt.datetime,
) -> Service:
    """Write the service's own columns; a new one opens its dossier, findable by every number it has."""
    code = str(wanted.get("circuit_code") or (current.circuit_code if current else ""))
    taken = FieldError(
        "circuit_code", _("El circuito «%(code)s» ya está en uso.") % {"code": code}, _("Revise el código.")
    )
    with constraints.in_words(
        {"contracts_service_circuit_is_unique": taken, "dossier_number_unique": taken}, savepoint=False
    ):
        if current is None:
            fresh = Service(customer=customer, **wanted)
            fresh.dossier = dossiers.open_dossier(
                kind="SERVICE",
                number=code,
                headline=_headline(fresh, customer),
                state=STATE_ACTIVE,
                at=at,
                customer_id=customer.dossier_id,
                search=_search_text(fresh, customer, aliases),
            )
            fresh.save()
            return fresh
        for name, value in wanted.items():
            setattr(current, name, value)
        current.version += 1
        current.save()
        Dossier.objects.filter(pk=current.dossier_id).update(number=code)
    return current


def _store_parts(
    service: Service,
    aliases: Mapping[str, AliasWish] | None,
    rides: Mapping[int, bool] | None,
    nms_names: Sequence[Mapping[str, str]] | None,
    *,
    created: bool,
) -> tuple[changes.Change, ...]:
    found = []
    if aliases or (aliases is not None and not created):
        found.append(_store_aliases(service, aliases))
    if rides or (rides is not None and not created):
        found.append(_store_rides(service, rides))
    if nms_names or (nms_names is not None and not created):
        found.append(network.replace_names(nms_names, service_id=service.pk, created=created))
    return tuple(change for change in found if change is not None)


def _headline(service: Service, customer: Customer) -> str:
    return f"{customer.name} · {service.circuit_code} {capacity.show(service.capacity_kbps)}"


def _search_text(service: Service, customer: Customer, aliases: Iterable[str]) -> str:
    """Every number by which people look for a circuit."""
    asn = f"AS{service.asn} {service.asn}" if service.asn else ""
    vlan = f"VLAN {service.vlan}" if service.vlan else ""
    own = [service.circuit_code, customer.name, service.description, asn, vlan, service.port]
    return " ".join([*own, *aliases, *service.prefixes])


def _store_aliases(service: Service, wanted: Mapping[str, AliasWish]) -> changes.Change | None:
    held = {
        row.alias_key: AliasWish(row.alias, row.kind) for row in ServiceAlias.objects.filter(service=service)
    }
    if held == dict(wanted):
        return None
    taken = FieldError("aliases", _("Un alias ya nombra a otro circuito."), _("Revise los alias."))
    with constraints.in_words({"contracts_servicealias_names_one_service": taken}, savepoint=False):
        ServiceAlias.objects.filter(service=service).delete()
        ServiceAlias.objects.bulk_create(
            ServiceAlias(service=service, alias=wish.alias, kind=wish.kind, alias_key=key)
            for key, wish in wanted.items()
        )
    return changes.Change("aliases", "alias", _aliases_in_words(held), _aliases_in_words(wanted))


def _aliases_in_words(aliases: Mapping[str, AliasWish]) -> str:
    parts = [f"{wish.alias} ({AliasKind(wish.kind).label})" for _key, wish in sorted(aliases.items())]
    return ", ".join(parts) or changes.NOTHING


def _store_rides(service: Service, wanted: Mapping[int, bool]) -> changes.Change | None:
    held = {row.resource_id: row.primary for row in Ride.objects.filter(service=service)}
    if held == dict(wanted):
        return None
    Ride.objects.filter(service=service).exclude(resource_id__in=wanted).delete()
    Ride.objects.bulk_create(
        [
            Ride(service=service, resource_id=resource, primary=primary)
            for resource, primary in wanted.items()
        ],
        update_conflicts=True,
        unique_fields=["service", "resource"],
        update_fields=["primary"],
    )
    codes = dict(Resource.objects.filter(pk__in={*held, *wanted}).values_list("pk", "code"))
    return changes.Change("rides", "va por", _rides_in_words(held, codes), _rides_in_words(wanted, codes))


def _rides_in_words(rides: Mapping[int, bool], codes: Mapping[int, str]) -> str:
    spare = _("respaldo")
    parts = sorted(codes[pk] if primary else f"{codes[pk]} ({spare})" for pk, primary in rides.items())
    return ", ".join(parts) or changes.NOTHING


def _tell(
    service: Service,
    customer: Customer,
    made: tuple[changes.Change, ...],
    actor: Actor,
    at: dt.datetime,
    *,
    created: bool,
) -> None:
    """Journal the edit at the service and keep it findable by every number it has."""
    if not created and not {change.field for change in made} & set(LABELS):
        Service.objects.filter(pk=service.pk).update(version=service.version + 1)
    if not created:
        aliases = ServiceAlias.objects.filter(service=service).values_list("alias", flat=True)
        dossiers.change(
            dossier_id=service.dossier_id,
            headline=_headline(service, customer),
            search=_search_text(service, customer, aliases),
        )
    verb = _("registrado") if created else _("modificado")
    text = _("Servicio %(verb)s. %(changes)s") % {"verb": verb, "changes": changes.sentence(made)}
    lines = [
        journal.Line(
            service.dossier_id,
            Act.EDIT_SERVICES,
            text,
            payload={"changed": {change.field: [change.before, change.after] for change in made}},
        )
    ]
    if created:
        lines.append(
            journal.Line(
                customer.dossier_id,
                Act.EDIT_SERVICES,
                _("Servicio %(code)s registrado.") % {"code": service.circuit_code},
            )
        )
    journal.record_many(lines=lines, actor=actor, at=at)
