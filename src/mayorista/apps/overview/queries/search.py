"""One box for everything: an exact number jumps, anything else lists what fits, accents ignored."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from dataclasses import dataclass

from django.db.models import Q

from mayorista.apps.contracts.models import NmsName, Resource, Service
from mayorista.apps.customers.models import ContactRole, Customer
from mayorista.apps.faults.models import Case, ProviderTicket
from mayorista.apps.messaging.models import Message
from mayorista.apps.procedure.models import Dossier, JournalEntry
from mayorista.rules.text import searchable

LIMIT = 20
SHORT = 3
SHOWN_KINDS = {
    "CASE": "Caso",
    "FAULT": "Daño",
    "DAC": "D.A.C.",
    "CUSTOMER": "Cliente",
    "SERVICE": "Servicio",
    "RESOURCE": "Elemento de red",
    "CONTRACT": "Contrato",
    "SPEED_CHANGE": "Cambio de velocidad",
    "WORK_ORDER": "Orden de trabajo",
    "MAINTENANCE": "Mantenimiento",
    "SUSPENSION": "Suspensión",
    "RECEIPT": "Comprobante",
    "BANK_STATEMENT": "Extracto bancario",
    "ACCOUNTING_NOTICE": "Aviso a Contabilidad",
    "BILLING_MONTH": "Mes de facturación",
    "AMOUNT": "Monto del mes",
    "PACKET": "Paquete",
    "INVOICE": "Factura",
    "NOTE": "Nota de crédito o débito",
    "CREDIT": "Crédito por disponibilidad",
    "GROUP": "Grupo de facturación",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that fits: its kind in words, number, headline; `url_kind` and `key` say where it is shown."""

    kind: str
    key: str
    number: str
    headline: str
    state: str
    at: dt.datetime | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """What was found; with `jump` the page goes there at once."""

    text: str
    jump: Hit | None
    hits: tuple[Hit, ...]
    cut: bool


def _of(dossier: Dossier, why: str = "") -> Hit:
    return Hit(
        dossier.kind, dossier.number, dossier.number, dossier.headline, dossier.state, dossier.opened_at, why
    )


def _exact(text: str) -> Hit | None:
    """A number in full, or its last digits with its letters (`dano 148`, `DAC-45`)."""
    number = text.strip().upper().replace("Ñ", "N")
    found = Dossier.objects.filter(number=number).exclude(kind="STANDING").first()
    if found is None:
        short = re.fullmatch(r"(DANO|FALLA|DAC|OT|MANT|SCV)[\s-]*(20\d\d-)?0*(\d{1,6})", number)
        if short:
            ending = f"-{int(short[3]):06d}"
            found = (
                Dossier.objects.filter(
                    number__startswith=f"{short[1]}-{short[2] or ''}", number__endswith=ending
                )
                .order_by("-opened_at")
                .first()
            )
    return _of(found) if found else None


def _supernets(text: str) -> list[str]:
    """The prefixes that could hold an address or network, most specific first."""
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return []
    shortest = 8 if network.version == 4 else 19
    return [
        str(network.supernet(new_prefix=length))
        for length in range(network.prefixlen, min(shortest, network.prefixlen) - 1, -1)
    ]


def _services(text: str) -> list[Hit]:
    nets = _supernets(text)
    digits = text.upper().removeprefix("AS").strip()
    asked = Q()
    if nets:
        asked |= Q(prefixes__overlap=nets)
    if digits.isdecimal() and len(digits) < 11:
        asked |= Q(asn=int(digits))
    if not asked:
        return []
    return [
        Hit(
            "SERVICE",
            row.circuit_code,
            row.circuit_code,
            row.customer.name,
            row.get_status_display(),
            None,
            f"AS {row.asn} · {', '.join(row.prefixes)}" if row.asn or row.prefixes else "",
        )
        for row in Service.objects.filter(asked).select_related("customer")[:LIMIT]
    ]


def _element(row: Resource, why: str = "") -> Hit:
    return Hit("RESOURCE", row.code, row.code, row.name, row.get_kind_display(), None, why)


def _elements(text: str) -> list[Hit]:
    """Nodes, links, devices and contracted networks by code or name, and what alarms name by such a word."""
    asked = Q(code__icontains=text) | Q(name__icontains=text) | Q(contract_reference__icontains=text)
    rows = Resource.objects.filter(asked).select_related("provider").order_by("code")[:LIMIT]
    hits = [_element(row, row.provider.name if row.provider else "") for row in rows]
    names = NmsName.objects.filter(signature__icontains=text).select_related("service__customer", "resource")
    for name in names.order_by("pk")[:LIMIT]:
        why = f"Nombre en las alarmas: {name.signature}"
        if name.resource:
            hits.append(_element(name.resource, why))
        elif name.service:
            code = name.service.circuit_code
            state = name.service.get_status_display()
            hits.append(Hit("SERVICE", code, code, name.service.customer.name, state, None, why))
    return hits


def _people(text: str, key: str) -> list[Hit]:
    digits = re.sub(r"\D", "", text)
    asked = Q(contact__sort_key__contains=key) | Q(contact__email__icontains=text.strip())
    if len(digits) >= 6:
        asked |= Q(contact__phone_e164__contains=digits[-8:])
    rows = (
        ContactRole.objects.filter(asked, contact__active=True)
        .select_related("contact", "customer")
        .order_by("contact__sort_key", "priority")
    )
    found: dict[tuple[int, int], Hit] = {}
    for row in rows[: LIMIT * 2]:
        found.setdefault(
            (row.contact_id, row.customer_id),
            Hit(
                "CUSTOMER",
                row.customer.code,
                row.customer.code,
                f"{row.contact.full_name} · {row.customer.name}",
                row.get_role_display(),
                None,
                " · ".join(part for part in (row.contact.phone_e164, row.contact.email) if part),
            ),
        )
    return list(found.values())[:LIMIT]


def _customers(text: str) -> list[Hit]:
    digits = re.sub(r"\D", "", text).lstrip("0")
    if len(digits) < 5:
        return []
    return [
        Hit("CUSTOMER", row.code, row.code, row.name, "", None, f"NIT {row.nit}")
        for row in Customer.objects.filter(nit__endswith=digits)[:LIMIT]
    ]


def _words(text: str) -> list[Hit]:
    """What was written: messages and journal of cases."""
    hits = [
        Hit(
            "CASE",
            row.dossier.number,
            row.dossier.number,
            row.dossier.headline,
            row.dossier.state,
            row.created_at,
            row.body[:160],
        )
        for row in Message.objects.filter(body__icontains=text.strip(), dossier__kind__in=["CASE", "FAULT"])
        .select_related("dossier")
        .order_by("-created_at")[:LIMIT]
        if row.dossier is not None
    ]
    hits.extend(
        Hit(
            "CASE",
            row.dossier.number,
            row.dossier.number,
            row.dossier.headline,
            row.dossier.state,
            row.at,
            row.text[:160],
        )
        for row in JournalEntry.objects.filter(
            text__icontains=text.strip(), dossier__kind__in=["CASE", "FAULT"]
        )
        .select_related("dossier")
        .order_by("-at")[:LIMIT]
    )
    return hits


def search(*, text: str) -> Results:
    """Return what fits `text`; an exact number is a jump. Eleven reads at most."""
    text = " ".join(text.split())[:200]
    if not text:
        return Results("", None, (), cut=False)
    jump = _exact(text)
    if jump:
        return Results(text, jump, (), cut=False)
    ticket = ProviderTicket.objects.filter(reference__iexact=text).select_related("fault__dossier").first()
    if ticket:
        return Results(text, _of(ticket.fault.dossier), (), cut=False)
    element = Resource.objects.filter(code__iexact=text).first()
    if element:
        return Results(text, _element(element), (), cut=False)
    key = searchable(text)
    words = Q()
    for word in key.split():
        words &= Q(search_text__contains=word)
    dossiers = Dossier.objects.filter(words).exclude(kind="STANDING").order_by("closed_at", "-opened_at")
    hits = [_of(row) for row in dossiers[: LIMIT * 2 + 1]]
    cut = len(hits) > LIMIT * 2
    hits = hits[: LIMIT * 2]
    if len(key) >= SHORT:
        hits = [
            *_services(text),
            *_elements(text),
            *_customers(text),
            *_people(text, key),
            *hits,
            *_words(text),
        ]
    unique: dict[tuple[str, str, str], Hit] = {}
    for hit in hits:
        unique.setdefault((hit.kind, hit.key, hit.why[:40]), hit)
    return Results(text, None, tuple(unique.values()), cut)


def case_numbers(text: str) -> list[tuple[str, str]]:
    """Return open cases to choose from (number, headline), the newest first."""
    key = searchable(text)
    rows = (
        Case.objects.filter(closed_at=None, dossier__search_text__contains=key)
        .select_related("dossier")
        .order_by("-opened_at")[:LIMIT]
    )
    return [(row.dossier.number, row.dossier.headline) for row in rows]
