"""Elements, providers, SLA profiles and contracts, as their screens show them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.contracts.models import (
    ClockStart,
    Contract,
    DurationRounding,
    NmsName,
    Provider,
    Resource,
    ResourceKind,
    SlaProfile,
    SlaTarget,
)
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.overview.queries import customers, services
from mayorista.apps.procedure import actors
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.models import Dossier
from mayorista.rules import durations, formats, phones
from mayorista.rules.errors import NotFound
from mayorista.rules.procedure import Act

KINDS: tuple[tuple[str, str], ...] = tuple((kind.value, kind.label) for kind in ResourceKind)
CLOCKS: tuple[tuple[str, str], ...] = tuple((each.value, each.label) for each in ClockStart)
ROUNDINGS: tuple[tuple[str, str], ...] = tuple((each.value, each.label) for each in DurationRounding)
NETWORK = "NETWORK"
RIDING_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """An element of the network and how many active services ride on it."""

    id: int
    code: str
    name: str
    kind: str
    kind_name: str
    provider: str
    part_of: str
    active: bool
    services: int


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider as lists show it."""

    code: str
    name: str
    contact: str
    phone: str
    email: str
    levels: int
    active: bool


@dataclass(frozen=True, slots=True)
class NetworkPage:
    """Elements and providers."""

    resources: tuple[ResourceRow, ...]
    providers: tuple[ProviderRow, ...]


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """An element: its form's values, what may be chosen, and who rides on it."""

    resource_id: int | None
    code: str
    version: int
    values: dict[str, object]
    providers: tuple[tuple[int, str], ...]
    others: tuple[tuple[int, str], ...]
    riding: tuple[customers.ServiceRow, ...]
    riding_total: int
    links: tuple[services.NameRow, ...]


@dataclass(frozen=True, slots=True)
class ProviderPage:
    """A provider: its form's values and its elements."""

    provider_id: int | None
    code: str
    version: int
    values: dict[str, object]
    levels: tuple[dict[str, object], ...]
    resources: tuple[ResourceRow, ...]


@dataclass(frozen=True, slots=True)
class SlaRow:
    """A revision of an SLA profile."""

    id: int
    code: str
    revision: int
    name: str
    availability: str
    valid_from: dt.date | None
    targets: tuple[tuple[int, str, str], ...]
    in_force: bool


@dataclass(frozen=True, slots=True)
class SlaPage:
    """An SLA profile's form values."""

    profile_id: int | None
    code: str
    version: int
    revision: int
    values: dict[str, object]
    targets: dict[int, tuple[int, int]]
    revisions: tuple[SlaRow, ...]


@dataclass(frozen=True, slots=True)
class ContractForm:
    """A contract's form values."""

    contract_id: int | None
    customer: customer_queries.CustomerCard
    version: int
    values: dict[str, object]
    profiles: tuple[tuple[int, str], ...]


def network_page(*, actor: Actor, text: str = "", kind: str = "") -> NetworkPage:
    """Return the elements and providers that fit the filters."""
    actors.require(actor, Act.VIEW)
    rows = Resource.objects.select_related("provider", "part_of").order_by("code")
    for word in text.split():
        rows = rows.filter(
            Q(code__icontains=word) | Q(name__icontains=word) | Q(provider__name__icontains=word)
        )
    if kind in ResourceKind.values:
        rows = rows.filter(kind=kind)
    return NetworkPage(
        resources=_resource_rows(list(rows)),
        providers=tuple(
            ProviderRow(
                row.code,
                row.name,
                row.contact,
                phones.show(row.phone),
                row.email,
                len(row.escalation),
                row.active,
            )
            for row in Provider.objects.order_by("sort_key", "code")
        ),
    )


def resource_page(*, actor: Actor, at: dt.datetime, code: str = "") -> ResourcePage:
    """Return the page of an element, or of a new one without `code`. Raises NotFound, NotAllowed."""
    actors.require(actor, Act.VIEW if code else Act.EDIT_SERVICES)
    row = Resource.objects.filter(code=code).first() if code else None
    if code and row is None:
        raise NotFound(_("No existe ese elemento de red."))
    riding: tuple[customers.ServiceRow, ...] = ()
    ids: list[int] = []
    links: tuple[services.NameRow, ...] = ()
    if row is not None:
        ids = [each.service_id for each in contract_queries.services_riding([row.pk])]
        riding = customers.service_rows(contract_queries.service_briefs(ids[:RIDING_SHOWN]), at=at)
        links = tuple(
            services.NameRow(name.pk, name.signature, name.source_code)
            for name in NmsName.objects.filter(resource=row).order_by("signature")
        )
    others = Resource.objects.exclude(pk=row.pk if row else 0).order_by("code")
    return ResourcePage(
        resource_id=row.pk if row else None,
        code=row.code if row else "",
        version=row.version if row else 0,
        values=_resource_values(row, links) if row else {},
        providers=tuple(Provider.objects.order_by("sort_key").values_list("pk", "name")),
        others=tuple(others.values_list("pk", "code")),
        riding=riding,
        riding_total=len(ids),
        links=links,
    )


def provider_page(*, actor: Actor, code: str = "") -> ProviderPage:
    """Return the page of a provider, or of a new one without `code`. Raises NotFound, NotAllowed."""
    actors.require(actor, Act.VIEW if code else Act.EDIT_SERVICES)
    row = Provider.objects.filter(code=code).first() if code else None
    if code and row is None:
        raise NotFound(_("No existe ese proveedor."))
    values = (
        {name: getattr(row, name) for name in ("code", "name", "contact", "phone", "email", "active")}
        if row
        else {}
    )
    return ProviderPage(
        provider_id=row.pk if row else None,
        code=row.code if row else "",
        version=row.version if row else 0,
        values=values,
        levels=tuple(row.escalation) if row else (),
        resources=_resource_rows(list(Resource.objects.filter(provider=row).order_by("code"))) if row else (),
    )


def sla_list(*, actor: Actor, at: dt.datetime) -> tuple[SlaRow, ...]:
    """Return all revisions of all profiles, the one in force marked, and the fallback last."""
    actors.require(actor, Act.VIEW)
    fallback = procedure_queries.parameter("sla.repair_minutes", at=at)
    times = tuple((int(key), "—", durations.show(minutes)) for key, minutes in sorted(fallback.items()))
    default = SlaRow(0, "—", 0, _("SLA por defecto"), "", None, times, in_force=True)
    return (*_sla_rows(at), default)


def sla_page(*, actor: Actor, at: dt.datetime, profile_id: int | None = None) -> SlaPage:
    """Return the form of a revision, or of a new profile. Raises NotFound, NotAllowed."""
    actors.require(actor, Act.EDIT_SERVICES)
    row = SlaProfile.objects.filter(pk=profile_id).first() if profile_id else None
    if profile_id and row is None:
        raise NotFound(_("No existe ese perfil SLA."))
    targets = (
        {
            each.severity: (each.response_minutes, each.repair_minutes)
            for each in SlaTarget.objects.filter(profile=row)
        }
        if row
        else {}
    )
    return SlaPage(
        profile_id=row.pk if row else None,
        code=row.code if row else "",
        version=row.version if row else 0,
        revision=row.revision if row else 0,
        values=_sla_values(row) if row else {},
        targets=targets,
        revisions=tuple(each for each in _sla_rows(at) if row and each.code == row.code),
    )


def contract_form(*, actor: Actor, number: str = "", customer_code: str = "") -> ContractForm:
    """Return the form of a contract, or of a new one of a customer. Raises NotFound, NotAllowed."""
    actors.require(actor, Act.EDIT_SERVICES)
    row = Contract.objects.filter(number=number.strip().upper()).first() if number else None
    if number and row is None:
        raise NotFound(_("No existe ese contrato."))
    card = (
        customer_queries.customer(customer_id=row.customer_id)
        if row
        else customer_queries.customer_by_code(code=customer_code)
    )
    values: dict[str, object] = {}
    if row is not None:
        values = {name: getattr(row, name) for name in ("number", "signed_date", "starts_date", "ends_date")}
        values["sla_profile_id"] = services.first_revision(row.sla_profile_id) or ""
        values["signatories"] = "\n".join(row.signatories)
    return ContractForm(
        row.pk if row else None, card, row.version if row else 0, values, services.profile_choices()
    )


def network_journal() -> tuple[customers.EntryRow, ...]:
    """Return what was last changed in the network and its names."""
    home = Dossier.objects.filter(number=f"FIJO-{NETWORK}").values_list("pk", flat=True).first()
    return customers.journal_rows([home]) if home else ()


def _resource_rows(rows: list[Resource]) -> tuple[ResourceRow, ...]:
    riders: dict[int, int] = {}
    for riding in contract_queries.services_riding([row.pk for row in rows]):
        riders[riding.resource_id] = riders.get(riding.resource_id, 0) + 1
    providers = dict(Provider.objects.values_list("pk", "name"))
    parents = dict(
        Resource.objects.filter(pk__in=[row.part_of_id for row in rows if row.part_of_id]).values_list(
            "pk", "code"
        )
    )
    return tuple(
        ResourceRow(
            id=row.pk,
            code=row.code,
            name=row.name,
            kind=row.kind,
            kind_name=row.get_kind_display(),
            provider=providers.get(row.provider_id or 0, ""),
            part_of=parents.get(row.part_of_id or 0, ""),
            active=row.active,
            services=riders.get(row.pk, 0),
        )
        for row in rows
    )


def _resource_values(row: Resource, links: tuple[services.NameRow, ...]) -> dict[str, object]:
    return {
        "code": row.code,
        "kind": row.kind,
        "name": row.name,
        "provider_id": row.provider_id or "",
        "contract_reference": row.contract_reference,
        "part_of_id": row.part_of_id or "",
        "active": row.active,
        "notes": row.notes,
        "nms_names": "\n".join(link.labels for link in links if not link.source),
    }


def _sla_rows(at: dt.datetime) -> tuple[SlaRow, ...]:
    today = formats.local(at).date()
    rows = list(SlaProfile.objects.order_by("code", "-revision"))
    targets: dict[int, list[tuple[int, str, str]]] = {}
    for each in SlaTarget.objects.order_by("severity"):
        words = (
            each.severity,
            durations.show(each.response_minutes),
            durations.show(each.repair_minutes),
        )
        targets.setdefault(each.profile_id, []).append(words)
    in_force: dict[str, tuple[dt.date, int]] = {}
    for row in rows:
        mark = (row.valid_from or dt.date.min, row.revision)
        if mark[0] <= today and mark > in_force.get(row.code, (dt.date.min, -1)):
            in_force[row.code] = mark
    return tuple(
        SlaRow(
            id=row.pk,
            code=row.code,
            revision=row.revision,
            name=row.name,
            availability=f"{formats.shortest(row.availability)} %",
            valid_from=row.valid_from,
            targets=tuple(targets.get(row.pk, ())),
            in_force=in_force.get(row.code) == (row.valid_from or dt.date.min, row.revision),
        )
        for row in rows
    )


def _sla_values(row: SlaProfile) -> dict[str, object]:
    return {
        "code": row.code,
        "name": row.name,
        "availability": formats.shortest(row.availability),
        "clock_start": row.clock_start,
        "ignore_below_seconds": row.ignore_below_seconds,
        "rounding": row.rounding,
        "maintenance_notice_hours": row.maintenance_notice_hours,
        "excluded_causes": ", ".join(row.excluded_causes),
        "contract_reference": row.contract_reference,
        "valid_from": row.valid_from,
    }
