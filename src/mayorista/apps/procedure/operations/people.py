"""People, what they may do, and who stands in for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.models import Delegation, RoleGrant, Unit, User
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.rules.errors import FieldError, Invalid, NotAllowed, NotFound
from mayorista.rules.procedure import ROLE_TITLES, Act, Role

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable


# Asked by every request: one statement for a person's own roles and those lent to them.
_ROLES = """
SELECT role, NULL FROM procedure_rolegrant WHERE user_id = %(user)s AND revoked_at IS NULL
UNION ALL
SELECT role, delegator_id FROM procedure_delegation
WHERE delegate_id = %(user)s AND revoked_at IS NULL AND starts_at <= %(at)s AND ends_at > %(at)s
"""


def actor_for(*, user: User, at: dt.datetime) -> Actor:
    """Return the actor that `user` is at `at`: own roles and those delegated then."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLES, {"user": user.pk, "at": at})
        rows = [(Role(name), delegator) for name, delegator in cursor.fetchall()]
    own = {role for role, delegator in rows if delegator is None}
    lent = [(role, delegator) for role, delegator in rows if delegator is not None and role not in own]
    return Actor(
        user_id=user.pk,
        roles=frozenset(own | {role for role, _user in lent}),
        delegated=tuple(lent),
        name=user.full_name,
    )


def actor_by_username(*, username: str, at: dt.datetime) -> Actor:
    """Return the actor of an active user named at a terminal. Raises NotFound."""
    user = User.objects.filter(username__iexact=username.strip(), is_active=True).first()
    if user is None:
        raise NotFound(
            _("No existe el usuario «%(name)s» o está inactivo.") % {"name": username}, field="user"
        )
    return actor_for(user=user, at=at)


def _parse_roles(names: Iterable[str]) -> set[Role]:
    try:
        return {Role(name) for name in names}
    except ValueError as error:
        raise Invalid(_("Rol desconocido."), field="roles", remedy=_("Elija roles de la lista.")) from error


def _user_errors(
    *, user: User | None, username: str, full_name: str, password: str | None
) -> list[FieldError]:
    errors = []
    if not username.strip():
        errors.append(FieldError("username", _("Falta el usuario."), _("Escriba un nombre corto.")))
    elif User.objects.filter(username__iexact=username.strip()).exclude(pk=user.pk if user else 0).exists():
        errors.append(FieldError("username", _("Ese usuario ya existe."), _("Elija otro.")))
    if not full_name.strip():
        errors.append(FieldError("full_name", _("Falta el nombre completo.")))
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            errors.extend(FieldError("password", message) for message in error.messages)
    return errors


def write_user(
    *,
    username: str,
    full_name: str,
    roles: Iterable[str],
    at: dt.datetime,
    email: str = "",
    phone_e164: str = "",
    unit_code: str = "",
    password: str | None = None,
    user_id: int | None = None,
    is_active: bool = True,
) -> User:
    """Create or change a user and its grants, without asking who does it (set-up and `save_user`)."""
    wanted = _parse_roles(roles)
    user = User.objects.select_for_update().filter(pk=user_id).first() if user_id else None
    if user_id and user is None:
        raise NotFound(_("No existe ese usuario."))
    errors = _user_errors(user=user, username=username, full_name=full_name, password=password)
    if errors:
        raise Invalid.of(errors)
    user = user or User(date_joined=at)
    user.username, user.full_name = username.strip(), full_name.strip()
    user.email, user.phone_e164, user.is_active = email.strip(), phone_e164.strip(), is_active
    user.unit = Unit.objects.filter(code=unit_code).first() if unit_code else None
    if password is not None:
        user.set_password(password)
    elif user_id is None:
        user.set_unusable_password()
    user.save()
    held = set(RoleGrant.objects.filter(user=user, revoked_at=None).values_list("role", flat=True))
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role, granted_at=at) for role in wanted - held)
    RoleGrant.objects.filter(user=user, revoked_at=None).exclude(role__in=wanted).update(revoked_at=at)
    return user


@transaction.atomic
def save_user(
    *,
    username: str,
    full_name: str,
    roles: Iterable[str],
    actor: Actor,
    at: dt.datetime,
    email: str = "",
    phone_e164: str = "",
    unit_code: str = "",
    password: str | None = None,
    user_id: int | None = None,
    is_active: bool = True,
) -> User:
    """Create or change a user, journaled; the last active administrator cannot be taken away."""
    require(actor, Act.ADMINISTER)
    wanted = sorted(roles)
    user = write_user(
        user_id=user_id,
        username=username,
        full_name=full_name,
        roles=wanted,
        email=email,
        phone_e164=phone_e164,
        unit_code=unit_code,
        password=password,
        is_active=is_active,
        at=at,
    )
    administrators = RoleGrant.objects.filter(role=Role.ADMIN, revoked_at=None, user__is_active=True)
    if not administrators.exists():
        raise Invalid(
            _("Quedaría el sistema sin administrador."),
            field="roles",
            remedy=_("Dé primero el rol de administración a otra persona."),
        )
    journal.record(
        dossier_id=dossiers.standing(kind="USERS").id,
        act=Act.ADMINISTER,
        text=_("Usuario %(name)s: datos y roles guardados (%(roles)s)")
        % {"name": user.username, "roles": ", ".join(wanted)},
        actor=actor,
        at=at,
        payload={"user": user.username, "active": user.is_active},
    )
    return user


@transaction.atomic
def delegate(
    *,
    role: str,
    delegate_id: int,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    reason: str,
    actor: Actor,
    at: dt.datetime,
    delegator_id: int | None = None,
) -> Delegation:
    """Lend a role to another person between two instants (R-05).

    The holder lends its own role; an administrator may lend it in the holder's name.
    """
    require(actor, Act.DELEGATE)
    (wanted,) = _parse_roles([role])
    holder_id = delegator_id or actor.person
    errors = []
    if not RoleGrant.objects.filter(user_id=holder_id, role=wanted, revoked_at=None).exists():
        errors.append(FieldError("role", _("Quien delega no tiene ese rol.")))
    if ends_at <= starts_at:
        errors.append(FieldError("ends_at", _("El fin debe ser posterior al inicio.")))
    if ends_at <= at:
        errors.append(FieldError("ends_at", _("La delegación ya habría terminado.")))
    if delegate_id == holder_id:
        errors.append(FieldError("delegate", _("No puede delegarse a sí mismo.")))
    if not User.objects.filter(pk=delegate_id, is_active=True).exists():
        errors.append(FieldError("delegate", _("No existe esa persona o está inactiva.")))
    if errors:
        raise Invalid.of(errors)
    if Role.ADMIN in actor.roles or wanted in actor.roles:
        made = Delegation.objects.create(
            role=wanted,
            delegator_id=holder_id,
            delegate_id=delegate_id,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=reason.strip(),
        )
    else:
        raise NotAllowed(_("Solo puede delegar un rol que usted tiene."))
    journal.record(
        dossier_id=dossiers.standing(kind="DELEGATIONS").id,
        act=Act.DELEGATE,
        text=_("%(role)s: %(delegator)s delega en %(delegate)s. %(reason)s")
        % {
            "role": ROLE_TITLES[wanted],
            "delegator": made.delegator,
            "delegate": made.delegate,
            "reason": reason.strip(),
        },
        actor=actor,
        at=at,
        payload={"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()},
    )
    return made


@transaction.atomic
def revoke_delegation(*, delegation_id: int, actor: Actor, at: dt.datetime) -> None:
    """End a delegation at once."""
    require(actor, Act.DELEGATE)
    found = Delegation.objects.select_for_update().filter(id=delegation_id, revoked_at=None).first()
    if found is None:
        raise NotFound(_("No existe esa delegación o ya fue revocada."))
    if Role.ADMIN not in actor.roles and found.delegator_id != actor.user_id:
        raise NotAllowed(_("Solo quien delegó puede revocar."))
    found.revoked_at = at
    found.save(update_fields=["revoked_at"])
    journal.record(
        dossier_id=dossiers.standing(kind="DELEGATIONS").id,
        act=Act.DELEGATE,
        text=_("Delegación revocada: %(delegate)s") % {"delegate": found.delegate},
        actor=actor,
        at=at,
    )
