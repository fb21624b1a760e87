"""People, units, delegations and parameters, as the screens of administration show them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.overview.queries import criteria_page, customers
from mayorista.apps.procedure import actors
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.models import (
    Delegation,
    Dossier,
    Parameter,
    ProcedureRevision,
    RoleGrant,
    Unit,
    User,
)
from mayorista.apps.procedure.parameters import DEFAULTS
from mayorista.rules import limits, phones
from mayorista.rules.errors import NotFound
from mayorista.rules.indicators.criteria import Contradiction
from mayorista.rules.procedure import ROLE_TITLES, Act, Role

# Who finds something to do under Administración.
ACTS = (
    Act.ADMINISTER,
    Act.IMPORT,
    Act.DELEGATE,
    Act.EDIT_PARAMETERS,
    Act.VIEW_PARAMETERS,
    Act.EDIT_SERVICES,
)


@dataclass(frozen=True, slots=True)
class UserRow:
    """A person who may enter, and in which roles."""

    id: int
    username: str
    full_name: str
    email: str
    phone: str
    unit: str
    active: bool
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UserForm:
    """A person's form values, and what can be chosen."""

    user_id: int | None
    username: str
    values: dict[str, object]
    units: tuple[tuple[str, str], ...]
    roles: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DelegationRow:
    """A delegation and whether it holds now."""

    id: int
    role: str
    delegator: str
    delegator_id: int
    delegate: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    reason: str
    revoked_at: dt.datetime | None
    standing: str  # IN_FORCE, AHEAD, OVER, REVOKED


@dataclass(frozen=True, slots=True)
class DelegationsPage:
    """All delegations, and what a new one can be made of."""

    rows: tuple[DelegationRow, ...]
    roles: tuple[tuple[str, str], ...]
    holders: tuple[tuple[int, str], ...]
    people: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit of the carrier with its people."""

    code: str
    name: str
    parent: str
    roles: tuple[str, ...]
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A parameter with its value in force."""

    name: str
    title: str
    value: str
    is_default: bool
    valid_from: dt.datetime | None
    ahead: tuple[tuple[dt.datetime, str], ...]


@dataclass(frozen=True, slots=True)
class ParameterPage:
    """A parameter with its history."""

    name: str
    title: str
    value: Any
    text: str
    default: str
    range: str
    contradictions: tuple[Contradiction, ...]
    may_edit: bool
    history: tuple[tuple[dt.datetime, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class AdministrationPage:
    """The start of administration: what this person may do there."""

    acts: frozenset[Act]
    users: int
    inactive: int
    without_role: tuple[str, ...]
    delegations: int
    revisions: tuple[tuple[str, int, str, str], ...]
    entries: tuple[customers.EntryRow, ...]


def administration_page(*, actor: Actor, at: dt.datetime) -> AdministrationPage:
    """Return the start page. Raises NotAllowed for a person who may do nothing there."""
    acts = frozenset(act for act in ACTS if actor.may(act))
    if not acts:
        actors.require(actor, Act.ADMINISTER)
    granted = RoleGrant.objects.filter(revoked_at=None).values("user_id")
    homes = Dossier.objects.filter(number__in=["FIJO-USERS", "FIJO-DELEGATIONS", "FIJO-PARAMETERS"])
    return AdministrationPage(
        acts=acts,
        users=User.objects.filter(is_active=True).count(),
        inactive=User.objects.filter(is_active=False).count(),
        without_role=tuple(
            User.objects.filter(is_active=True)
            .exclude(pk__in=granted)
            .order_by("full_name")
            .values_list("full_name", flat=True)
        ),
        delegations=Delegation.objects.filter(revoked_at=None, starts_at__lte=at, ends_at__gt=at).count(),
        revisions=tuple(
            ProcedureRevision.objects.order_by("-revision").values_list(
                "code", "revision", "status", "date_text"
            )
        ),
        entries=customers.journal_rows(list(homes.values_list("pk", flat=True))),
    )


def user_list(*, actor: Actor, text: str = "", active: str = "yes", role: str = "") -> tuple[UserRow, ...]:
    """Return people by name; `active`: yes, no or all."""
    actors.require(actor, Act.ADMINISTER)
    rows = User.objects.select_related("unit").order_by("full_name", "username")
    if active in {"yes", "no"}:
        rows = rows.filter(is_active=active == "yes")
    roles: dict[int, list[str]] = {}
    for grant in RoleGrant.objects.filter(revoked_at=None).order_by("role"):
        roles.setdefault(grant.user_id, []).append(grant.role)
    wanted = text.casefold().split()
    return tuple(
        UserRow(
            id=row.pk,
            username=row.username,
            full_name=row.full_name,
            email=row.email,
            phone=phones.show(row.phone_e164),
            unit=row.unit.name if row.unit else "",
            active=row.is_active,
            roles=tuple(roles.get(row.pk, ())),
        )
        for row in rows
        if all(word in f"{row.username} {row.full_name} {row.email}".casefold() for word in wanted)
        and (not role or role in roles.get(row.pk, ()))
    )


def user_form(*, actor: Actor, user_id: int | None = None) -> UserForm:
    """Return the form of a person, or of a new one. Raises NotFound, NotAllowed."""
    actors.require(actor, Act.ADMINISTER)
    row = User.objects.select_related("unit").filter(pk=user_id).first() if user_id else None
    if user_id and row is None:
        raise NotFound(_("No existe ese usuario."))
    values: dict[str, object] = {"is_active": True}
    if row is not None:
        values = {
            "username": row.username,
            "full_name": row.full_name,
            "email": row.email,
            "phone_e164": row.phone_e164,
            "unit_code": row.unit.code if row.unit else "",
            "is_active": row.is_active,
            "roles": list(RoleGrant.objects.filter(user=row, revoked_at=None).values_list("role", flat=True)),
        }
    return UserForm(
        user_id=row.pk if row else None,
        username=row.username if row else "",
        values=values,
        units=tuple(Unit.objects.order_by("name").values_list("code", "name")),
        roles=tuple((role.value, ROLE_TITLES[role]) for role in Role),
    )


def delegations_page(*, actor: Actor, at: dt.datetime) -> DelegationsPage:
    """Return the delegations, newest first; an administrator lends any role, others their own."""
    actors.require(actor, Act.DELEGATE)
    rows = Delegation.objects.select_related("delegator", "delegate").order_by("-starts_at", "-pk")
    everyone = Role.ADMIN in actor.roles
    lent = {role for role, _user in actor.delegated}
    own = [role for role in Role if everyone or (role in actor.roles and role not in lent)]
    holders = RoleGrant.objects.filter(revoked_at=None, role__in=own, user__is_active=True)
    if not everyone:
        holders = holders.filter(user_id=actor.user_id or 0)
    names = dict(holders.values_list("user_id", "user__full_name"))
    people = User.objects.filter(is_active=True).order_by("full_name")
    return DelegationsPage(
        rows=tuple(delegation_row(row, at) for row in rows),
        roles=tuple((role.value, ROLE_TITLES[role]) for role in own),
        holders=tuple(sorted(names.items(), key=lambda pair: pair[1])),
        people=tuple(people.values_list("pk", "full_name")),
    )


def unit_list(*, actor: Actor) -> tuple[UnitRow, ...]:
    """Return the directory of units with their people (R-06)."""
    actors.require(actor, Act.VIEW)
    people: dict[int, list[str]] = {}
    for unit_id, name in (
        User.objects.filter(is_active=True, unit__isnull=False)
        .order_by("full_name")
        .values_list("unit_id", "full_name")
    ):
        people.setdefault(unit_id, []).append(name)
    return tuple(
        UnitRow(
            row.code,
            row.name,
            row.parent.name if row.parent else "",
            tuple(row.roles),
            tuple(people.get(row.pk, ())),
        )
        for row in Unit.objects.select_related("parent").order_by("name")
    )


def parameter_list(*, actor: Actor, at: dt.datetime, text: str = "") -> tuple[ParameterRow, ...]:
    """Return every parameter with its value in force and what is already decided for later."""
    actors.require(actor, Act.VIEW_PARAMETERS)
    stored: dict[str, list[Parameter]] = {}
    for row in Parameter.objects.order_by("name", "valid_from"):
        stored.setdefault(row.name, []).append(row)
    found = []
    for name, default in sorted(DEFAULTS.items()):
        if text.casefold() not in f"{name} {default.title}".casefold():
            continue
        rows = stored.get(name, [])
        past = [row for row in rows if row.valid_from <= at]
        current = past[-1] if past else None
        found.append(
            ParameterRow(
                name=name,
                title=default.title,
                value=written(current.value if current else default.value),
                is_default=current is None,
                valid_from=current.valid_from if current else None,
                ahead=tuple((row.valid_from, written(row.value)) for row in rows if row.valid_from > at),
            )
        )
    return tuple(found)


def parameter_page(*, name: str, actor: Actor, at: dt.datetime) -> ParameterPage:
    """Return a parameter with its history. Raises NotFound, NotAllowed."""
    actors.require(actor, Act.VIEW_PARAMETERS)
    default = DEFAULTS.get(name)
    if default is None:
        raise NotFound(_("No existe el parámetro «%(name)s».") % {"name": name})
    rows = list(Parameter.objects.filter(name=name).select_related("changed_by").order_by("-valid_from"))
    current = next((row.value for row in rows if row.valid_from <= at), default.value)
    return ParameterPage(
        name=name,
        title=default.title,
        value=current,
        text=written(current),
        default=written(default.value),
        range=limits.words(name),
        contradictions=criteria_page.in_force_contradictions(at=at, name=name),
        may_edit=actor.may(Act.EDIT_PARAMETERS),
        history=tuple(
            (row.valid_from, written(row.value), row.reason, str(row.changed_by or "")) for row in rows
        ),
    )


FLAGS = {True: "Sí", False: "No"}
_READ_FLAGS = {"sí": True, "si": True, "true": True, "no": False, "false": False}


def written(value: Any) -> str:
    """Return a parameter's value as people read and type it: texts bare, a switch as Sí or No, the rest as JSON."""
    if isinstance(value, bool):
        return FLAGS[value]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read_value(text: str, like: Any) -> Any:
    """Return what a person typed for a parameter whose value is `like` this one. Raises ValueError."""
    if isinstance(like, bool):
        if text.strip().casefold() not in _READ_FLAGS:
            raise ValueError(text)
        return _READ_FLAGS[text.strip().casefold()]
    return text if isinstance(like, str) else json.loads(text)


def delegation_row(row: Delegation, at: dt.datetime) -> DelegationRow:
    """Return a delegation with how it stands at `at`."""
    standing = "IN_FORCE"
    if row.revoked_at is not None:
        standing = "REVOKED"
    elif row.ends_at <= at:
        standing = "OVER"
    elif row.starts_at > at:
        standing = "AHEAD"
    return DelegationRow(
        id=row.pk,
        role=row.role,
        delegator=str(row.delegator),
        delegator_id=row.delegator_id,
        delegate=str(row.delegate),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        reason=row.reason,
        revoked_at=row.revoked_at,
        standing=standing,
    )
