"""The statement of account on paper and as a mail."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customers
from mayorista.apps.customers.queries import CustomerCard
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.wiring import adapter
from mayorista.apps.receivables.queries import wording
from mayorista.apps.receivables.queries.statements import Statement
from mayorista.rules import formats, lapaz, money

TEMPLATE = "statement"


def figure(amount: Any) -> str:
    """Return an amount with a true minus sign."""
    return formats.number(amount).replace("-", "−")


def house(*, at: dt.datetime) -> dict[str, Any]:
    """Return the official header."""
    known = {
        **procedure.parameters(at=at, prefix="procedure."),
        **procedure.parameters(at=at, prefix="carrier."),
    }
    return {
        "carrier": known["carrier.name"],
        "procedure": {
            "title": known["procedure.title"],
            "code": known["procedure.code"],
            "revision": str(known["procedure.revision"]).removeprefix("Rev. "),
        },
        "made": lapaz.moment(at),
    }


def who(card: CustomerCard) -> dict[str, str]:
    """Return a customer as papers name it."""
    return {"name": card.legal_name or card.name, "code": card.code, "nit": card.nit}


def statement_pdf(found: Statement, *, at: dt.datetime) -> tuple[str, bytes]:
    """Return the name and PDF of a statement."""
    card = customers.customer(customer_id=found.customer_id)
    known = wording.parameters(at=at)
    data = {
        **house(at=at),
        "customer": who(card),
        "since": formats.date(found.since),
        "until": formats.date(found.until),
        "today": formats.date(lapaz.local(at).date()),
        "currency": money.currency_sign(found.currency),
        "opening": figure(found.opening),
        "closing": figure(found.closing),
        "invoiced": figure(found.invoiced),
        "paid": figure(found.paid),
        "movements": [
            {
                "on": formats.date(each.on),
                "kind": each.kind,
                "number": each.number,
                "text": each.text,
                "amount": figure(each.amount),
                "balance": figure(each.balance),
            }
            for each in found.movements
        ],
        "open": [
            {
                "number": each.number,
                "issued": formats.date(each.issued),
                "due": formats.date(each.due) if each.due else _("desde su entrega"),
                "late": str(each.days_late),
                "owed": figure(each.owed),
                "open": figure(each.open),
            }
            for each in found.open_invoices
        ],
        "accounts": known["billing.accounts"],
        "email": known["billing.email"],
    }
    content: bytes = adapter("documents").render(TEMPLATE, data, at=at)
    return f"estado-de-cuenta-{card.code}-{found.currency}-{found.until:%Y%m%d}.pdf", content


def letter_pdf(card: CustomerCard, body: str, *, at: dt.datetime) -> tuple[str, bytes]:
    """Return the name and PDF of the letter that goes with a pre-legal reminder: the mail's words, signed on paper."""
    known = wording.parameters(at=at)
    data = {
        **house(at=at),
        "customer": who(card),
        "place": _("%(city)s, %(day)s")
        % {"city": known["carrier.city"], "day": formats.date(lapaz.local(at).date())},
        "body": body,
    }
    content: bytes = adapter("documents").render("letter", data, at=at)
    return f"carta-prelegal-{card.code}-{lapaz.local(at):%Y%m%d}.pdf", content
