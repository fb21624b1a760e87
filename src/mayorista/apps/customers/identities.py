"""Who writes to us and whom we write to: WhatsApp identities and the addresses of contacts.

Identities are found or made here because a message must never be refused for want of a row; that an
identity IS a certain contact is said by the contact's own number, else by a person's act.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q

from mayorista.apps.customers.models import Contact, ContactRole, WhatsAppIdentity
from mayorista.rules import phones


@dataclass(frozen=True, slots=True)
class Address:
    """How one contact can be told: opt-in is for WhatsApp templates (G-40)."""

    contact_id: int
    full_name: str
    email: str
    phone_e164: str
    opted_in_at: dt.datetime | None
    active: bool


def address_of(contact_id: int) -> Address | None:
    """Return how the contact can be told, or None when there is no such contact."""
    contact = Contact.objects.filter(id=contact_id).first()
    if contact is None:
        return None
    return Address(
        contact.pk,
        contact.full_name,
        contact.email,
        contact.phone_e164,
        contact.whatsapp_opt_in_at,
        contact.active,
    )


def customer_dossiers_of(contact_id: int) -> list[int]:
    """Return the dossiers of the ISPs that the contact answers for."""
    roles = ContactRole.objects.filter(contact_id=contact_id).values_list("customer__dossier_id", flat=True)
    return sorted(set(roles))


def _with_number(e164: str) -> Contact | None:
    found = list(Contact.objects.filter(phone_e164=e164, active=True).order_by("id")[:2])
    return found[0] if len(found) == 1 else None


def identity_for_number(*, business_id: str, e164: str, contact_id: int | None = None) -> WhatsAppIdentity:
    """Return the identity of a number as our business knows it, made if there is none.

    A new one belongs to `contact_id`, else to the only active contact with that number.
    """
    wa_id = phones.wa_id(e164)
    found = WhatsAppIdentity.objects.filter(business_id=business_id, wa_id=wa_id).first()
    if found is None:
        if contact_id is None:
            contact = _with_number("+" + wa_id)
            contact_id = contact.pk if contact else None
        WhatsAppIdentity.objects.bulk_create(
            [WhatsAppIdentity(business_id=business_id, wa_id=wa_id, contact_id=contact_id)],
            ignore_conflicts=True,
        )
        found = WhatsAppIdentity.objects.get(business_id=business_id, wa_id=wa_id)
    elif found.contact_id is None and contact_id is not None:
        WhatsAppIdentity.objects.filter(pk=found.pk, contact=None).update(contact_id=contact_id)
        found.contact_id = contact_id
    return found


def identity_of_writer(
    *, business_id: str, wa_id: str = "", bsuid: str = "", username: str = "", display_name: str = ""
) -> WhatsAppIdentity:
    """Return the identity of who wrote, made or completed with what the message tells.

    A number and a business-scoped id seen together are one identity, unless each already has its own
    (a changed number): then the number decides, and a person may merge them.
    """
    found = _find_writer(business_id, wa_id, bsuid, username)
    if found is None:
        contact = _with_number("+" + wa_id) if wa_id else None
        new = WhatsAppIdentity(
            business_id=business_id,
            wa_id=wa_id or None,
            bsuid=bsuid or None,
            username=username or None,
            display_name=display_name,
            contact=contact,
        )
        try:
            with transaction.atomic():
                new.save(force_insert=True)
        except IntegrityError:
            found = _find_writer(business_id, wa_id, bsuid, username)
            if found is None:
                raise
        else:
            return new
    return _completed(found, bsuid=bsuid, wa_id=wa_id, username=username, display_name=display_name)


def _find_writer(business_id: str, wa_id: str, bsuid: str, username: str) -> WhatsAppIdentity | None:
    known = WhatsAppIdentity.objects.filter(business_id=business_id)
    for criterion in (Q(wa_id=wa_id or None), Q(bsuid=bsuid or None)):
        if not all(value for _name, value in criterion.children):
            continue
        found = known.filter(criterion).first()
        if found is not None:
            return found
    if username and not wa_id and not bsuid:
        return known.filter(username=username, wa_id=None, bsuid=None).first()
    return None


def _completed(
    identity: WhatsAppIdentity, *, bsuid: str, wa_id: str, username: str, display_name: str
) -> WhatsAppIdentity:
    news: dict[str, object] = {}
    others = WhatsAppIdentity.objects.filter(business_id=identity.business_id).exclude(pk=identity.pk)
    if bsuid and identity.bsuid != bsuid and not others.filter(bsuid=bsuid).exists():
        news["bsuid"] = bsuid
    if wa_id and not identity.wa_id and not others.filter(wa_id=wa_id).exists():
        news["wa_id"] = wa_id
    if username and identity.username != username:
        news["username"] = username
    if display_name and identity.display_name != display_name:
        news["display_name"] = display_name
    if identity.contact_id is None and (contact := _with_number(f"+{wa_id}") if wa_id else None):
        news["contact_id"] = contact.pk
    if news:
        for name, value in news.items():
            setattr(identity, name, value)
        try:
            with transaction.atomic():
                WhatsAppIdentity.objects.filter(pk=identity.pk).update(**news)
        except IntegrityError:  # another process completed another identity with the same id just now
            identity.refresh_from_db()
    return identity
