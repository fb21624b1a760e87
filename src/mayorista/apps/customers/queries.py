"""What can be asked of customers and contacts. Everything comes back as frozen values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from mayorista.apps.customers.models import (
    Contact,
    ContactAddress,
    ContactPurpose,
    ContactRole,
    Customer,
    WhatsAppIdentity,
)
from mayorista.apps.procedure.prepared import Prepared
from mayorista.rules import names, phones
from mayorista.rules.errors import NotFound

PURPOSES: tuple[tuple[str, str], ...] = tuple((each.value, each.label) for each in ContactPurpose)
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """A customer as lists and headings show it."""

    id: int
    dossier_id: int
    code: str
    name: str
    legal_name: str
    nit: str
    city: str
    address: str
    active: bool
    notes: str
    version: int


@dataclass(frozen=True, slots=True)
class ContactCard:
    """A contact at one customer (or everywhere, with `customer_id` 0)."""

    id: int
    full_name: str
    email: str
    phone_e164: str
    phone: str
    other_phones: str
    opted_in_at: dt.datetime | None
    opt_in_how: str
    active: bool
    roles: tuple[str, ...]
    role_names: str
    priority: int
    customer_id: int
    notes: str
    version: int

    @property
    def wa_id(self) -> str:
        """The number as WhatsApp writes it, "" without number."""
        return phones.wa_id(self.phone_e164)

    @property
    def opted_in(self) -> bool:
        """Whether templates may be sent to this contact (G-40)."""
        return self.opted_in_at is not None


@dataclass(frozen=True, slots=True)
class IdentityCard:
    """A WhatsApp identity and whose it is."""

    id: int
    business_id: str
    wa_id: str
    bsuid: str
    username: str
    display_name: str
    contact_id: int | None
    contact_name: str

    @property
    def shown(self) -> str:
        """The best name for it: number, user name, or id."""
        return phones.show("+" + self.wa_id) if self.wa_id else self.username or self.bsuid


@dataclass(frozen=True, slots=True)
class RoleAt:
    """A role of a contact at a customer."""

    customer_id: int
    code: str
    customer_name: str
    role: str
    role_name: str
    priority: int


@dataclass(frozen=True, slots=True)
class ContactPage:
    """A contact with all its roles and identities."""

    contact: ContactCard
    roles: tuple[RoleAt, ...]
    identities: tuple[IdentityCard, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: rows, where one is, and how many there are."""

    rows: tuple[CustomerRow, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A row of the list of customers."""

    id: int
    code: str
    name: str
    nit: str
    city: str
    active: bool
    contacts: int
    opted_in: int


def customer(*, customer_id: int) -> CustomerCard:
    """Return one customer. Raises NotFound."""
    return _card(_one(Customer.objects.filter(pk=customer_id)))


def customer_by_code(*, code: str) -> CustomerCard:
    """Return the customer with that code, whatever the case it was typed in. Raises NotFound."""
    return _card(_one(Customer.objects.filter(code=code.strip().upper())))


def customer_by_dossier(*, dossier_id: int) -> CustomerCard:
    """Return the customer of a dossier. Raises NotFound."""
    return _card(_one(Customer.objects.filter(dossier_id=dossier_id)))


def customers_by_id(customer_ids: Iterable[int]) -> dict[int, CustomerCard]:
    """Return the customers asked for, by id."""
    return {row.pk: _card(row) for row in Customer.objects.filter(pk__in=set(customer_ids))}


def choices(*, active_only: bool = True) -> list[tuple[int, str]]:
    """Return (id, "CODE NAME") of the customers for a list to choose from, by name."""
    rows = Customer.objects.filter(active=True) if active_only else Customer.objects.all()
    return [
        (pk, f"{name} ({code})")
        for pk, code, name in rows.order_by("sort_key").values_list("pk", "code", "name")
    ]


def codes() -> list[tuple[str, str]]:
    """Return (code, name) of the active customers, by name, to choose from."""
    return list(Customer.objects.filter(active=True).order_by("sort_key").values_list("code", "name"))


def customer_list(
    *, text: str = "", active: str = "yes", sort: str = "name", page: int = 1, page_size: int = PAGE_SIZE
) -> Page:
    """Return a page of customers. `active`: yes, no or all; `sort`: name, code, -name or -code.

    `text` is looked for in code, name, legal name, NIT, and the names, mails and numbers of contacts.
    """
    rows = _filtered(text, active)
    order = {"name": "sort_key", "-name": "-sort_key", "code": "code", "-code": "-code"}.get(sort, "sort_key")
    total = rows.count()
    pages = max(1, -(-total // page_size))
    page = min(max(1, page), pages)
    chosen = list(rows.order_by(order, "pk")[(page - 1) * page_size : page * page_size])
    counts = _contact_counts(row.pk for row in chosen)
    return Page(
        rows=tuple(
            CustomerRow(
                row.pk, row.code, row.name, row.nit, row.city, row.active, *counts.get(row.pk, (0, 0))
            )
            for row in chosen
        ),
        page=page,
        pages=pages,
        total=total,
    )


def known_names() -> list[tuple[int, str, str, str]]:
    """Return (id, code, name, nit) of all customers, for matching what people write."""
    return list(Customer.objects.order_by("sort_key").values_list("pk", "code", "name", "nit"))


def contacts_for(customer_id: int, roles: Iterable[str] = ()) -> list[ContactCard]:
    """Return the active contacts of a customer, by the order of `roles` and then priority.

    Without `roles`, all of them in the order technical, on call, management, billing, legal.
    """
    return contacts_for_many([customer_id], roles).get(customer_id, [])


_HELD_BY_ACTIVE = Prepared(
    lambda customers: ContactRole.objects.filter(
        customer_id__any=customers, contact__active=True
    ).select_related("contact")
)


def contacts_for_many(customer_ids: Iterable[int], roles: Iterable[str] = ()) -> dict[int, list[ContactCard]]:
    """Return `contacts_for` of many customers in one read."""
    wanted = list(roles)
    rows = _HELD_BY_ACTIVE(sorted(set(customer_ids)))
    if wanted:
        rows = [row for row in rows if row.role in wanted]
    order = {role: place for place, role in enumerate(wanted or ContactPurpose.values)}
    gathered: dict[tuple[int, int], list[ContactRole]] = {}
    for row in rows:
        gathered.setdefault((row.customer_id, row.contact_id), []).append(row)
    found: dict[int, list[tuple[tuple[int, int, str], ContactCard]]] = {}
    for (customer_id, _contact), held in gathered.items():
        held.sort(key=lambda row: (order[row.role], row.priority))
        first = held[0]
        rank = (order[first.role], first.priority, first.contact.sort_key)
        found.setdefault(customer_id, []).append((rank, _contact_card(first.contact, held)))
    return {
        customer_id: [card for _rank, card in sorted(ranked, key=lambda pair: pair[0])]
        for customer_id, ranked in found.items()
    }


def contact_cards(contact_ids: Iterable[int]) -> dict[int, ContactCard]:
    """Return the contacts asked for, by id, in two reads."""
    rows = list(Contact.objects.filter(pk__in=set(contact_ids)))
    held: dict[int, list[ContactRole]] = {}
    for role in ContactRole.objects.filter(contact__in=rows).select_related("customer"):
        held.setdefault(role.contact_id, []).append(role)
    return {row.pk: _contact_card(row, held.get(row.pk, []), everywhere=True) for row in rows}


def contact_page(*, contact_id: int) -> ContactPage:
    """Return a contact with its roles everywhere and its identities. Raises NotFound."""
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        raise NotFound(_("No existe ese contacto."))
    held = list(
        ContactRole.objects.filter(contact=contact)
        .select_related("customer")
        .order_by("customer__sort_key", "role")
    )
    return ContactPage(
        contact=_contact_card(contact, held, everywhere=True),
        roles=tuple(_role_at(row) for row in held),
        identities=tuple(_identity_card(row) for row in _identities().filter(contact=contact)),
    )


def contact_count(*, text: str = "") -> int:
    """Return how many contacts `contact_list` would give without limit."""
    return _contacts_with(text).count()


def contact_list(*, text: str = "", offset: int = 0, limit: int = PAGE_SIZE) -> list[ContactPage]:
    """Return contacts by name with their roles; `text` is looked for in names, mails and numbers."""
    chosen = list(_contacts_with(text).order_by("sort_key", "pk")[offset : offset + limit])
    held: dict[int, list[ContactRole]] = {}
    for row in (
        ContactRole.objects.filter(contact__in=chosen)
        .select_related("customer")
        .order_by("customer__sort_key")
    ):
        held.setdefault(row.contact_id, []).append(row)
    return [
        ContactPage(
            contact=_contact_card(contact, held.get(contact.pk, []), everywhere=True),
            roles=tuple(_role_at(row) for row in held.get(contact.pk, [])),
            identities=(),
        )
        for contact in chosen
    ]


def _contacts_with(text: str) -> QuerySet[Contact]:
    rows = Contact.objects.all()
    for word in names.sort_key(text).split():
        rows = rows.filter(_contact_has(word))
    return rows


def _role_at(row: ContactRole) -> RoleAt:
    return RoleAt(
        row.customer_id,
        row.customer.code,
        row.customer.name,
        row.role,
        ContactPurpose(row.role).label,
        row.priority,
    )


def identity(*, identity_id: int) -> IdentityCard:
    """Return a WhatsApp identity. Raises NotFound."""
    row = _identities().filter(pk=identity_id).first()
    if row is None:
        raise NotFound(_("No existe esa identidad de WhatsApp."))
    return _identity_card(row)


def unlinked_identities(*, limit: int = 200) -> list[IdentityCard]:
    """Return the writers that nobody has linked to a contact, the newest first."""
    return [_identity_card(row) for row in _identities().filter(contact=None).order_by("-pk")[:limit]]


def customers_of_identity(*, identity_id: int) -> list[int]:
    """Return the ids of the customers that the writer serves (none for an unknown one)."""
    return list(
        ContactRole.objects.filter(
            contact__in=WhatsAppIdentity.objects.filter(pk=identity_id).values("contact_id")
        )
        .values_list("customer_id", flat=True)
        .distinct()
        .order_by("customer_id")
    )


def customers_of_identities(identity_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return `customers_of_identity` of many writers in two reads; who serves none is left out."""
    persons = dict(
        WhatsAppIdentity.objects.filter(pk__in=set(identity_ids), contact__isnull=False).values_list(
            "pk", "contact_id"
        )
    )
    held: dict[int, set[int]] = {}
    for contact_id, customer_id in ContactRole.objects.filter(
        contact_id__in=set(persons.values())
    ).values_list("contact_id", "customer_id"):
        held.setdefault(contact_id, set()).add(customer_id)
    return {pk: sorted(held[contact_id]) for pk, contact_id in persons.items() if contact_id in held}


def customers_of_email(*, address: str) -> list[int]:
    """Return the ids of the customers for which somebody with that mail address answers."""
    return customers_of_emails([address]).get(address.strip().lower(), [])


def customers_of_emails(addresses: Iterable[str]) -> dict[str, list[int]]:
    """Return `customers_of_email` of many addresses in one read; who serves none is left out."""
    held: dict[str, set[int]] = {}
    for address, customer_id, _dossier, _role in _roles_by_address(addresses):
        held.setdefault(address, set()).add(customer_id)
    return {address: sorted(ids) for address, ids in held.items()}


def roles_of_email(*, address: str) -> dict[int, frozenset[str]]:
    """Return what the active contacts with that mail address answer for, by the customer's dossier."""
    found: dict[int, set[str]] = {}
    for _address, _customer, dossier_id, role in _roles_by_address([address]):
        found.setdefault(dossier_id, set()).add(role)
    return {dossier_id: frozenset(found[dossier_id]) for dossier_id in sorted(found)}


def contact_by_email(*, address: str) -> ContactCard | None:
    """Return the active contact who writes from that mail address, if it is exactly one."""
    wanted = address.strip().lower()
    linked = ContactAddress.objects.filter(address=wanted).values("contact_id")
    rows = list(Contact.objects.filter(Q(email=wanted) | Q(pk__in=linked), active=True)[:2])
    return _contact_card(rows[0], []) if len(rows) == 1 else None


def addresses_of_contact(*, contact_id: int) -> list[tuple[int, str]]:
    """Return (id, address) of the further mail addresses from which a contact writes."""
    rows = ContactAddress.objects.filter(contact_id=contact_id).order_by("address")
    return list(rows.values_list("id", "address"))


def _roles_by_address(addresses: Iterable[str]) -> list[tuple[str, int, int, str]]:
    """(address, customer, its dossier, role) of active contacts: by their own address and by those linked to them."""
    wanted = {each.strip().lower() for each in addresses} - {""}
    if not wanted:
        return []
    further: dict[int, list[str]] = {}
    linked = ContactAddress.objects.filter(address__in=wanted)
    for contact_id, address in linked.values_list("contact_id", "address"):
        further.setdefault(contact_id, []).append(address)
    rows = ContactRole.objects.filter(
        Q(contact__email__in=wanted) | Q(contact__in=list(further)), contact__active=True
    ).values_list("contact_id", "contact__email", "customer_id", "customer__dossier_id", "role")
    return [
        (address, customer_id, dossier_id, role)
        for contact_id, own, customer_id, dossier_id, role in rows
        for address in {own, *further.get(contact_id, ())} & wanted
    ]


def _one(rows: QuerySet[Customer]) -> Customer:
    row = rows.first()
    if row is None:
        raise NotFound(_("No existe ese cliente."), remedy=_("Búsquelo en la lista de clientes."))
    return row


def _card(row: Customer) -> CustomerCard:
    return CustomerCard(
        id=row.pk,
        dossier_id=row.dossier_id,
        code=row.code,
        name=row.name,
        legal_name=row.legal_name,
        nit=row.nit,
        city=row.city,
        address=row.address,
        active=row.active,
        notes=row.notes,
        version=row.version,
    )


def _contact_card(contact: Contact, held: list[ContactRole], *, everywhere: bool = False) -> ContactCard:
    roles = tuple(dict.fromkeys(row.role for row in held))
    return ContactCard(
        id=contact.pk,
        full_name=contact.full_name,
        email=contact.email,
        phone_e164=contact.phone_e164,
        phone=phones.show(contact.phone_e164),
        other_phones=contact.other_phones,
        opted_in_at=contact.whatsapp_opt_in_at,
        opt_in_how=contact.opt_in_how,
        active=contact.active,
        roles=roles,
        role_names=", ".join(ContactPurpose(role).label for role in roles),
        priority=held[0].priority if held else 0,
        customer_id=held[0].customer_id if held and not everywhere else 0,
        notes=contact.notes,
        version=contact.version,
    )


def _identities() -> QuerySet[WhatsAppIdentity]:
    return WhatsAppIdentity.objects.select_related("contact").order_by("pk")


def _identity_card(row: WhatsAppIdentity) -> IdentityCard:
    return IdentityCard(
        id=row.pk,
        business_id=row.business_id,
        wa_id=row.wa_id or "",
        bsuid=row.bsuid or "",
        username=row.username or "",
        display_name=row.display_name,
        contact_id=row.contact_id,
        contact_name=row.contact.full_name if row.contact else "",
    )


def _filtered(text: str, active: str) -> QuerySet[Customer]:
    rows = Customer.objects.all()
    if active in {"yes", "no"}:
        rows = rows.filter(active=active == "yes")
    for word in names.sort_key(text).split():
        people = ContactRole.objects.filter(contact__in=Contact.objects.filter(_contact_has(word))).values(
            "customer_id"
        )
        rows = rows.filter(
            Q(sort_key__contains=word)
            | Q(code__icontains=word)
            | Q(nit__startswith=word)
            | Q(legal_name__icontains=word)
            | Q(pk__in=people)
        )
    return rows


def _contact_has(word: str) -> Q:
    condition = Q(sort_key__contains=word) | Q(email__contains=word)
    digits = "".join(char for char in word if char.isdigit())
    if len(digits) >= 4:
        condition |= Q(phone_e164__contains=digits) | Q(other_phones__contains=digits)
    return condition


def _contact_counts(customer_ids: Iterable[int]) -> Mapping[int, tuple[int, int]]:
    rows = (
        ContactRole.objects.filter(customer_id__in=list(customer_ids), contact__active=True)
        .values("customer_id")
        .annotate(
            people=Count("contact_id", distinct=True),
            opted=Count("contact_id", distinct=True, filter=Q(contact__whatsapp_opt_in_at__isnull=False)),
        )
    )
    return {row["customer_id"]: (row["people"], row["opted"]) for row in rows}
