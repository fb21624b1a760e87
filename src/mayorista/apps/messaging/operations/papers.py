"""Whether what a message brings may be the receipt of a payment: by who writes and by what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mayorista.apps.messaging.models import Message

PAYING = frozenset({"BILLING"})
NIGHT = frozenset({"TECHNICAL", "ON_CALL"})
MONEY_KINDS = frozenset({"INVOICE", "NOTE", "PACKETS", "RECEIPT", "DISPUTE"})
FAULTS = frozenset({"CASE", "FAULT", "DAC"})


def only_pays(roles: Mapping[int, frozenset[str]]) -> bool:
    """Whether the writer pays for a customer and keeps no watch there: what that person writes is about money."""
    return any(held & PAYING and not held & NIGHT for held in roles.values())


def may_be_receipt(message: Message, roles: Mapping[int, frozenset[str]], kind: str) -> bool:
    """Whether a file answers a message about money, or comes from who pays, outside of a fault.

    `kind` is that of the dossier it was put on, "" while a person has to choose one.
    """
    earlier = message.in_reply_to
    about_money = kind in MONEY_KINDS or (earlier is not None and earlier.cause.startswith("B."))
    pays = any(held & PAYING for held in roles.values())
    return about_money or (pays and kind not in FAULTS)
