"""The mails that carry papers, before a person edits them."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging import queries as texts
from mayorista.apps.messaging.texts import Filled
from mayorista.apps.procedure import queries as procedure
from mayorista.rules import lapaz
from mayorista.rules.periods import Month

# Who reads a report of the service: those who run the network and those who lead.
PURPOSES = ("TECHNICAL", "MANAGEMENT", "ON_CALL")


def addresses(customer_id: int) -> list[str]:
    """Return whom a customer's papers go to: its technical and leading contacts with an address, no more than once."""
    cards = customers.contacts_for(customer_id, PURPOSES)
    return list(dict.fromkeys(card.email for card in cards if card.email))


def addresses_of(customer_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the addresses of many customers, in one read."""
    found = customers.contacts_for_many(set(customer_ids), PURPOSES)
    return {
        pk: list(dict.fromkeys(card.email for card in found.get(pk, ()) if card.email)) for pk in customer_ids
    }


REPORT, RFO, CLAIM = "informe_sla", "rfo_cliente", "reclamo_proveedor"
Fill = Callable[[Mapping[str, str]], Filled]


def filler(code: str, *, at: dt.datetime) -> Fill:
    """Return what fills the text `code` with the house's names and what is said; for many letters it is read once."""
    fill = texts.filler(code)

    @functools.cache
    def names() -> dict[str, str]:
        known = procedure.parameters(at=at, prefix="carrier.")
        return {"corto": known["carrier.short_name"], "operador": known["carrier.name"]}

    return lambda said: fill({**names(), **said})


def report_mail(
    fill: Fill, *, customer: str, month: Month, number: str, version: int, content: Mapping[str, Any]
) -> Filled:
    """Return the mail of a version of an SLA report: each circuit with its figure."""
    return fill(
        {
            "cliente": customer,
            "mes": month.words,
            "numero": number,
            "version": str(version),
            "resumen": "\n".join(
                f"- {each['circuit']}: {each['percent']} ({_('comprometido')} {each['promised']})"
                for each in content["services"]
            ),
        }
    )


def rfo_mail(
    fill: Fill, *, customer: str, case: str, number: str, version: int, circuits: Collection[str]
) -> Filled:
    """Return the mail of an RFO to one of those affected."""
    return fill(
        {
            "cliente": customer,
            "caso": case,
            "numero": number,
            "version": str(version),
            "servicios": ", ".join(circuits),
        }
    )


def claim_mail(
    fill: Fill,
    *,
    provider: str,
    reference: str,
    month: Month,
    number: str,
    content: Mapping[str, Any],
) -> Filled:
    """Return the mail of a claim to a provider: the time lost and the credit it asks for."""
    return fill(
        {
            "cliente": provider,
            "mes": month.words,
            "numero": number,
            "contrato": reference or _("de red contratada"),
            "resumen": _("Tiempo de interrupción: %(t)s. Crédito: %(c)s.")
            % {"t": lapaz.duration(content["seconds"]), "c": content["credit"] or _("el que corresponda")},
        }
    )
