"""From which further mail addresses a contact writes: a person says so, no mail does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.customers.models import Contact, ContactAddress, ContactRole
from mayorista.apps.procedure import editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt


@transaction.atomic
def link_address(*, address: str, contact_id: int, actor: Actor, at: dt.datetime) -> None:
    """Say that this contact also writes from `address`; journaled at each of its ISPs.

    Its own address (where mails go to), its consent and its roles stay as they are. The same again changes nothing.
    Raises Invalid, NotFound, NotAllowed; Conflict when the address is another contact's.
    """
    require(actor, Act.FILE_MESSAGE)
    address = address.strip().lower()
    if "@" not in address:
        raise Invalid(_("Ese correo no tiene una dirección de remitente."), field="address")
    contact = editing.locked(Contact.objects.all(), row_id=contact_id, missing=_("No existe ese contacto."))
    if contact.email == address:
        return
    others = Contact.objects.filter(email=address, active=True).exclude(pk=contact.pk)
    row, made = ContactAddress.objects.get_or_create(
        address=address, defaults={"contact": contact, "linked_at": at, "linked_by_id": actor.user_id}
    )
    if row.contact_id != contact.pk or others.exists():
        raise Conflict(
            _("%(address)s ya es de otro contacto.") % {"address": address},
            remedy=_("Desvincúlela primero en la ficha de aquel."),
        )
    if made:
        _tell(contact, _("%(name)s escribe también desde %(address)s."), address, actor, at)


@transaction.atomic
def unlink_address(*, address_id: int, actor: Actor, at: dt.datetime) -> int:
    """Undo a wrong link; return whose it was. What was written stays where it is. Raises NotFound, NotAllowed."""
    require(actor, Act.FILE_MESSAGE)
    row = ContactAddress.objects.select_related("contact").filter(pk=address_id).first()
    if row is None:
        raise NotFound(_("Esa dirección no está vinculada."))
    contact, address = row.contact, row.address
    row.delete()
    _tell(contact, _("%(address)s ya no está vinculada a %(name)s."), address, actor, at)
    return contact.pk


def _tell(contact: Contact, text: str, address: str, actor: Actor, at: dt.datetime) -> None:
    rows = ContactRole.objects.filter(contact=contact)
    homes = set(rows.values_list("customer__dossier_id", flat=True))
    homes = homes or {dossiers.standing(kind="UNKNOWN_WRITERS").id}
    said = text % {"name": contact.full_name, "address": address}
    journal.record_many(
        lines=[
            journal.Line(home, Act.FILE_MESSAGE, said, payload={"contact": contact.pk, "address": address})
            for home in sorted(homes)
        ],
        actor=actor,
        at=at,
    )
