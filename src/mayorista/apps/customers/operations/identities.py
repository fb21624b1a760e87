"""Who writes to us on WhatsApp, and whose contact it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.customers.models import Contact, ContactRole, WhatsAppIdentity
from mayorista.apps.procedure import editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.rules.errors import Invalid, NotFound
from mayorista.rules.procedure import Act


@transaction.atomic
def identify(
    *, business_id: str, wa_id: str = "", bsuid: str = "", username: str = "", display_name: str = ""
) -> WhatsAppIdentity:
    """Return the identity of a writer, made or completed with what the message tells of it.

    A new one is linked to the only active contact with that number, if there is one (a person wrote
    that number); any other link is a person's act. Raises Invalid when nothing identifies the writer.
    """
    if not (wa_id or bsuid or username):
        raise Invalid(_("El mensaje no identifica a quien escribe."), field="identity")
    for _attempt in range(2):
        found = _find(business_id, wa_id, bsuid, username)
        if found is not None:
            return _completed(found, wa_id, bsuid, username, display_name)
        fresh = WhatsAppIdentity(
            business_id=business_id,
            wa_id=wa_id or None,
            bsuid=bsuid or None,
            username=username or None,
            display_name=display_name[:160],
            contact_id=_only_contact_with(wa_id),
        )
        # Another worker may store the same writer at this instant: then it is found on the second turn.
        WhatsAppIdentity.objects.bulk_create([fresh], ignore_conflicts=True)
    made = _find(business_id, wa_id, bsuid, username)
    if made is None:
        raise NotFound(_("No se pudo registrar la identidad de WhatsApp."))
    return made


def identity_of_contact(*, contact_id: int, business_id: str) -> WhatsAppIdentity:
    """Return the identity by which a contact is written to: one that wrote before, else its number.

    Raises Invalid when the contact has neither.
    """
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        raise NotFound(_("No existe ese contacto."))
    wrote = WhatsAppIdentity.objects.filter(contact=contact, business_id=business_id)
    number = contact.phone_e164.lstrip("+")
    known = wrote.filter(wa_id=number).first() if number else None
    known = known or wrote.order_by("-pk").first()
    if known is not None:
        return known
    if not number:
        raise Invalid(
            _("%(name)s no tiene número de WhatsApp.") % {"name": contact.full_name},
            field="phone",
            remedy=_("Registre su celular en la ficha del contacto."),
        )
    identity = identify(business_id=business_id, wa_id=number, display_name=contact.full_name)
    if identity.contact_id is None:
        identity.contact = contact
        identity.save(update_fields=["contact"])
    return identity


def identities_of_contacts(*, contact_ids: Iterable[int], business_id: str) -> dict[int, WhatsAppIdentity]:
    """Return `identity_of_contact` of many contacts in a few statements; one without number is missing."""
    contacts = Contact.objects.in_bulk(list(contact_ids))
    found: dict[int, WhatsAppIdentity] = {}
    wrote = WhatsAppIdentity.objects.filter(contact__in=contacts, business_id=business_id).order_by("pk")
    for row in wrote:
        held = found.get(row.contact_id or 0)
        number = contacts[row.contact_id or 0].phone_e164.lstrip("+")
        if held is None or held.wa_id != number:
            found[row.contact_id or 0] = row
    wanted = {
        each.phone_e164.lstrip("+"): each
        for each in contacts.values()
        if each.pk not in found and each.phone_e164
    }
    WhatsAppIdentity.objects.bulk_create(
        [
            WhatsAppIdentity(
                business_id=business_id, wa_id=wa_id, display_name=each.full_name[:160], contact=each
            )
            for wa_id, each in wanted.items()
        ],
        ignore_conflicts=True,
    )
    by_number = {
        row.wa_id: row for row in WhatsAppIdentity.objects.filter(business_id=business_id, wa_id__in=wanted)
    }
    for each in contacts.values():
        row_of_number = by_number.get(each.phone_e164.lstrip("+"))
        if each.pk in found or row_of_number is None:
            continue
        if row_of_number.contact_id is None:
            row_of_number.contact = each
            row_of_number.save(update_fields=["contact"])
        found[each.pk] = row_of_number
    return found


@transaction.atomic
def link_identity(*, identity_id: int, contact_id: int, actor: Actor, at: dt.datetime) -> None:
    """Say that this writer is that contact; journaled at each ISP that the contact serves."""
    require(actor, Act.FILE_MESSAGE)
    identity = editing.locked(
        WhatsAppIdentity.objects.all(), row_id=identity_id, missing=_("No existe esa identidad de WhatsApp.")
    )
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        raise NotFound(_("No existe ese contacto."), field="contact")
    if identity.contact_id == contact.pk:
        return
    identity.contact = contact
    identity.save(update_fields=["contact"])
    _tell(
        identity,
        contact.pk,
        _("WhatsApp %(who)s es de %(name)s.") % {"who": identity, "name": contact},
        actor,
        at,
    )


@transaction.atomic
def unlink_identity(*, identity_id: int, actor: Actor, at: dt.datetime) -> None:
    """Undo a wrong link; what was written stays where it is."""
    require(actor, Act.FILE_MESSAGE)
    identity = editing.locked(
        WhatsAppIdentity.objects.all(), row_id=identity_id, missing=_("No existe esa identidad de WhatsApp.")
    )
    if identity.contact_id is None:
        return
    former = identity.contact_id
    identity.contact = None
    identity.save(update_fields=["contact"])
    _tell(identity, former, _("WhatsApp %(who)s ya no está vinculado.") % {"who": identity}, actor, at)


@transaction.atomic
def change_number(*, business_id: str, old_wa_id: str, new_wa_id: str, actor: Actor, at: dt.datetime) -> None:
    """Follow a person who moved to another number, as WhatsApp's own notice tells.

    The business-scoped id dies with the number. When the new number already wrote, the old identity
    stays as history and the new one takes its contact.
    """
    old = (
        WhatsAppIdentity.objects.select_for_update().filter(business_id=business_id, wa_id=old_wa_id).first()
    )
    if old is None or not new_wa_id or old_wa_id == new_wa_id:
        return
    taken = WhatsAppIdentity.objects.filter(business_id=business_id, wa_id=new_wa_id).first()
    if taken is None:
        old.wa_id, old.bsuid = new_wa_id, None
        old.save(update_fields=["wa_id", "bsuid"])
    elif taken.contact_id is None:
        taken.contact_id = old.contact_id
        taken.save(update_fields=["contact"])
    _tell(
        old,
        old.contact_id,
        _("WhatsApp avisa que +%(old)s cambió a +%(new)s: confirme el número en la ficha del contacto.")
        % {"old": old_wa_id, "new": new_wa_id},
        actor,
        at,
    )


def _find(business_id: str, wa_id: str, bsuid: str, username: str) -> WhatsAppIdentity | None:
    """Find by the strongest sign first: number, business-scoped id, user name."""
    rows = WhatsAppIdentity.objects.select_for_update().filter(business_id=business_id)
    for sign in ({"wa_id": wa_id}, {"bsuid": bsuid}, {"username": username}):
        (value,) = sign.values()
        found = rows.filter(**sign).order_by("pk").first() if value else None
        if found is not None:
            return found
    return None


def _completed(
    found: WhatsAppIdentity, wa_id: str, bsuid: str, username: str, display_name: str
) -> WhatsAppIdentity:
    """Add to an identity what it lacked; a sign that another row holds stays there."""
    wanted = {"wa_id": wa_id, "bsuid": bsuid, "username": username, "display_name": display_name[:160]}
    changed = [name for name, value in wanted.items() if value and getattr(found, name) != value]
    for name in list(changed):
        taken = name in {"wa_id", "bsuid"} and (
            WhatsAppIdentity.objects.filter(business_id=found.business_id, **{name: wanted[name]}).exists()
            or (name == "wa_id" and found.wa_id is not None)
        )
        if taken:
            changed.remove(name)
        else:
            setattr(found, name, wanted[name])
    if found.contact_id is None:
        found.contact_id = _only_contact_with(found.wa_id or "")
        changed += ["contact"] if found.contact_id else []
    if changed:
        found.save(update_fields=changed)
    return found


def _only_contact_with(wa_id: str) -> int | None:
    """The contact with that number, when exactly one active contact has it."""
    if not wa_id:
        return None
    holders = Contact.objects.filter(phone_e164="+" + wa_id, active=True).values_list("pk", flat=True)[:2]
    return holders[0] if len(holders) == 1 else None


def _tell(
    identity: WhatsAppIdentity, contact_id: int | None, text: str, actor: Actor, at: dt.datetime
) -> None:
    homes = set(
        ContactRole.objects.filter(contact_id=contact_id or 0).values_list("customer__dossier_id", flat=True)
    ) or {dossiers.standing(kind="UNKNOWN_WRITERS").id}
    journal.record_many(
        lines=[
            journal.Line(home, Act.FILE_MESSAGE, text, payload={"identity": identity.pk})
            for home in sorted(homes)
        ],
        actor=actor,
        at=at,
    )
