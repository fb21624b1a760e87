"""The mails that carry papers, before a person edits them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging import queries as texts
from mayorista.apps.messaging.texts import Filled
from mayorista.apps.procedure import queries as procedure

# Who reads a report of the service: those who run the network and those who lead.
PURPOSES = ("TECHNICAL", "MANAGEMENT", "ON_CALL")


def addresses(customer_id: int) -> list[str]:
    """Return whom a customer's papers go to: its technical and leading contacts with an address, no more than once."""
    cards = customers.contacts_for(customer_id, PURPOSES)
    return list(dict.fromkeys(card.email for card in cards if card.email))


def filled(code: str, said: Mapping[str, str], *, at: dt.datetime) -> Filled:
    """Return the text `code` with the house's names and what is said."""
    known = procedure.parameters(at=at, prefix="carrier.")
    return texts.fill(code, {"corto": known["carrier.short_name"], "operador": known["carrier.name"], **said})
