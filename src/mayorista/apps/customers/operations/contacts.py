"""Create and edit contacts: people, what they answer for at which ISP, and their opt-in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from mayorista.apps.customers.models import Contact, ContactPurpose, ContactRole, Customer, WhatsAppIdentity
from mayorista.apps.customers.saved import Saved
from mayorista.apps.procedure import editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal
from mayorista.rules import changes, names, phones
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.procedure import Act

LABELS: dict[str, changes.Label] = {
    "full_name": changes.Label("nombre"),
    "email": changes.Label("correo"),
    "phone_e164": changes.Label("teléfono"),
    "other_phones": changes.Label("otros teléfonos"),
    "active": changes.Label("activo"),
    "notes": changes.Label("notas"),
}
MAX_PRIORITY = 99


@dataclass(frozen=True, slots=True)
class ContactRoleWish:
    """A role that a contact shall have at a customer; lower priority is called first."""

    customer_id: int
    role: str
    priority: int = 1


@transaction.atomic
def save_contact(
    *,
    actor: Actor,
    at: dt.datetime,
    contact_id: int | None = None,
    version: int | None = None,
    roles: Sequence[ContactRoleWish] | None = None,
    roles_at: int | None = None,
    **fields: str | bool,
) -> Saved:
    """Create a contact, or change the fields given of an existing one; journaled at each of its ISPs.

    Fields: full_name, email, phone (one or several numbers in one text), notes, active. `roles`, when
    given, become all its roles, or all at one customer (`roles_at`). Raises Invalid with every wrong
    field, NotFound, Stale, NotAllowed. Warnings (a landline) come back in the result.
    """
    require(actor, Act.EDIT_CUSTOMERS)
    current = None
    if contact_id is not None:
        current = editing.locked(
            Contact.objects.all(), row_id=contact_id, missing=_("No existe ese contacto.")
        )
    wanted, warnings = _checked(current, fields, roles)
    before = editing.values(current, LABELS) if current else {}
    if current is not None:
        editing.refuse_stale(
            current=current.version, expected=version, before=before, wanted=wanted, labels=LABELS
        )
    made = changes.compare(before, wanted, LABELS)
    contact = current or Contact()
    homes_before = _homes(contact) if current is not None and (made or roles is not None) else set()
    if made or current is None:
        for name, value in wanted.items():
            setattr(contact, name, value)
        contact.sort_key = names.sort_key(contact.full_name)
        contact.version = contact.version + 1 if current else 1
        contact.save()
    role_change = _write_roles(contact, roles, roles_at, created=current is None)
    made += role_change
    if role_change and current is not None and not changes.compare(before, wanted, LABELS):
        Contact.objects.filter(pk=contact.pk).update(version=contact.version + 1)
    if made or current is None:
        _adopt_identities(contact)
        _record(contact, homes_before | _homes(contact), made, actor, at, created=current is None)
    return Saved(
        contact.pk, contact.full_name, None, created=current is None, changes=made, warnings=tuple(warnings)
    )


@transaction.atomic
def record_opt_in(
    *, contact_id: int, how: str, actor: Actor, at: dt.datetime, given_at: dt.datetime | None = None
) -> bool:
    """Record that a contact agreed to be written to on WhatsApp (G-40): when, how, recorded by whom.

    Returns whether anything was written (the same consent again changes nothing).
    """
    require(actor, Act.EDIT_CUSTOMERS)
    contact = editing.locked(Contact.objects.all(), row_id=contact_id, missing=_("No existe ese contacto."))
    how, moment = " ".join(how.split()), given_at or at
    errors = []
    if not how:
        errors.append(
            FieldError(
                "opt_in_how",
                _("Falta cómo dio su consentimiento."),
                _("Escriba por ejemplo «formulario de alta firmado»."),
            )
        )
    if moment > at + dt.timedelta(minutes=2):
        errors.append(
            FieldError("opt_in_at", _("El consentimiento no puede ser del futuro."), _("Revise la fecha."))
        )
    if errors:
        raise Invalid.of(errors)
    if (contact.whatsapp_opt_in_at, contact.opt_in_how) == (moment, how[:200]):
        return False
    contact.whatsapp_opt_in_at, contact.opt_in_how, contact.opt_in_by_id = moment, how[:200], actor.user_id
    contact.version += 1
    contact.save()
    _tell(
        contact, _("%(name)s acepta WhatsApp: %(how)s.") % {"name": contact.full_name, "how": how}, actor, at
    )
    return True


@transaction.atomic
def withdraw_opt_in(*, contact_id: int, reason: str, actor: Actor, at: dt.datetime) -> None:
    """Record that a contact no longer wants to be written to on WhatsApp."""
    require(actor, Act.EDIT_CUSTOMERS)
    contact = editing.locked(Contact.objects.all(), row_id=contact_id, missing=_("No existe ese contacto."))
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba cómo lo pidió."))
    contact.whatsapp_opt_in_at, contact.opt_in_how, contact.opt_in_by_id = None, "", None
    contact.version += 1
    contact.save()
    _tell(
        contact,
        _("%(name)s retira WhatsApp: %(why)s.") % {"name": contact.full_name, "why": reason.strip()},
        actor,
        at,
    )


def _checked(
    current: Contact | None, fields: Mapping[str, str | bool], roles: Sequence[ContactRoleWish] | None
) -> tuple[dict[str, object], list[str]]:
    """Return clean values and warnings. Raises Invalid naming every field that does not fit."""
    errors: list[FieldError] = []
    warnings: list[str] = []
    wanted: dict[str, object] = {}
    if "full_name" in fields or current is None:
        wanted["full_name"] = " ".join(str(fields.get("full_name", "")).split())[:160]
        if not wanted["full_name"]:
            errors.append(
                FieldError(
                    "full_name",
                    _("Falta el nombre del contacto."),
                    _("Escriba nombre y apellido, o el puesto de guardia."),
                )
            )
    if "email" in fields:
        wanted["email"] = _email(str(fields["email"]), errors)
    if "phone" in fields:
        wanted["phone_e164"], wanted["other_phones"] = _phones(str(fields["phone"]), errors, warnings)
    if "notes" in fields:
        wanted["notes"] = str(fields["notes"]).strip()[:4000]
    if "active" in fields:
        wanted["active"] = bool(fields["active"])
    _check_roles(roles, errors)
    reachable = wanted.get("email", current.email if current else "") or wanted.get(
        "phone_e164", current.phone_e164 if current else ""
    )
    if not reachable and not errors:
        errors.append(
            FieldError("email", _("El contacto no tiene correo ni teléfono."), _("Escriba al menos uno."))
        )
    if errors:
        raise Invalid.of(errors)
    return wanted, warnings


def _email(text: str, errors: list[FieldError]) -> str:
    clean = re.sub(r"\s+", "", text).strip("<>;,").lower()
    if clean:
        try:
            validate_email(clean)
        except ValidationError:
            errors.append(
                FieldError(
                    "email",
                    _("Correo «%(email)s»: no es una dirección.") % {"email": text.strip()[:80]},
                    _("Escriba por ejemplo noc@isp.bo."),
                )
            )
    return clean


def _phones(text: str, errors: list[FieldError], warnings: list[str]) -> tuple[str, str]:
    """Return the first number and the others of a text; mobiles go before landlines."""
    if not text.strip():
        return "", ""
    try:
        found = phones.normalise_all(text)
    except Invalid as error:
        errors.extend(error.errors)
        return "", ""
    ordered = sorted(found, key=lambda phone: phone.kind == "LANDLINE")
    warnings.extend(phone.warning for phone in ordered if phone.warning)
    return ordered[0].e164, ", ".join(phone.e164 for phone in ordered[1:])[:120]


def _check_roles(roles: Sequence[ContactRoleWish] | None, errors: list[FieldError]) -> None:
    if not roles:
        return
    known = set(
        Customer.objects.filter(pk__in={wish.customer_id for wish in roles}).values_list("pk", flat=True)
    )
    for wish in roles:
        if wish.role not in ContactPurpose.values:
            errors.append(
                FieldError(
                    "roles",
                    _("No existe el rol de contacto «%(role)s».") % {"role": wish.role},
                    _("Elija uno de la lista."),
                )
            )
        if wish.customer_id not in known:
            errors.append(FieldError("roles", _("No existe ese cliente."), _("Elija uno de la lista.")))
        if not 1 <= wish.priority <= MAX_PRIORITY:
            errors.append(
                FieldError("roles", _("La prioridad va de 1 a 99."), _("1 es a quien se llama primero."))
            )


def _write_roles(
    contact: Contact, roles: Sequence[ContactRoleWish] | None, roles_at: int | None, *, created: bool
) -> tuple[changes.Change, ...]:
    """Make the roles those wished; return the change as shown to people, if any."""
    if roles is None:
        return ()
    held = list(_held_roles(contact, roles_at)) if not created else []
    before = {(row.customer_id, row.role): row.priority for row in held}
    after = {(wish.customer_id, wish.role): wish.priority for wish in roles}
    if before == after:
        return ()
    gone = [row.pk for row in held if (row.customer_id, row.role) not in after]
    if gone:
        ContactRole.objects.filter(pk__in=gone).delete()
    ContactRole.objects.bulk_create(
        [
            ContactRole(contact=contact, customer_id=customer, role=role, priority=priority)
            for (customer, role), priority in after.items()
        ],
        update_conflicts=True,
        unique_fields=["contact", "customer", "role"],
        update_fields=["priority"],
    )
    codes = dict(Customer.objects.filter(pk__in={key[0] for key in before | after}).values_list("pk", "code"))
    return (changes.Change("roles", "roles", _roles_in_words(before, codes), _roles_in_words(after, codes)),)


def _held_roles(contact: Contact, roles_at: int | None) -> QuerySet[ContactRole]:
    rows = ContactRole.objects.filter(contact=contact)
    return rows.filter(customer_id=roles_at) if roles_at is not None else rows


def _roles_in_words(roles: Mapping[tuple[int, str], int], codes: Mapping[int, str]) -> str:
    parts = [
        f"{codes[customer]} {ContactPurpose(role).label} {priority}"
        for (customer, role), priority in sorted(
            roles.items(), key=lambda item: (codes[item[0][0]], item[0][1])
        )
    ]
    return ", ".join(parts) or changes.NOTHING


def _adopt_identities(contact: Contact) -> None:
    """Who already wrote from this number is this contact, unless the number is another contact's too."""
    if not contact.phone_e164 or not contact.active:
        return
    nobodys = WhatsAppIdentity.objects.filter(wa_id=phones.wa_id(contact.phone_e164), contact=None)
    if not nobodys.exists():
        return
    others = Contact.objects.filter(phone_e164=contact.phone_e164, active=True).exclude(pk=contact.pk)
    if not others.exists():
        nobodys.update(contact=contact)


def _homes(contact: Contact) -> set[int]:
    """The dossiers of the customers that a contact serves."""
    return set(
        ContactRole.objects.filter(contact=contact).values_list("customer__dossier_id", flat=True).distinct()
    )


def _record(
    contact: Contact,
    homes: set[int],
    made: tuple[changes.Change, ...],
    actor: Actor,
    at: dt.datetime,
    *,
    created: bool,
) -> None:
    text = _("Contacto %(verb)s: %(name)s. %(changes)s") % {
        "verb": _("registrado") if created else _("modificado"),
        "name": contact.full_name,
        "changes": changes.sentence(made),
    }
    _tell(contact, text, actor, at, homes=homes)


def _tell(contact: Contact, text: str, actor: Actor, at: dt.datetime, homes: set[int] | None = None) -> None:
    journal.record_many(
        lines=[
            journal.Line(dossier, Act.EDIT_CUSTOMERS, text, payload={"contact": contact.pk})
            for dossier in sorted(homes if homes is not None else _homes(contact))
        ],
        actor=actor,
        at=at,
    )
