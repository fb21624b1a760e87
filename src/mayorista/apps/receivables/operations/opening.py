"""What the former books leave to collection: money on account and what customers object to (day one)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing import queries as billing
from mayorista.apps.customers import queries as customers
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, journal, live, serials
from mayorista.apps.receivables.models import Allocation, Objection, Receipt
from mayorista.apps.receivables.operations import receipts
from mayorista.rules import formats, lapaz, media, money
from mayorista.rules import receipts as receipt_rules
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act

DOOR = "OPENING"


@transaction.atomic
def record_advance(
    *,
    customer_id: int,
    bank: str,
    reference: str,
    paid_on: dt.date,
    currency: str,
    amount: Decimal,
    actor: Actor,
    at: dt.datetime,
    paper: receipts.Paper | None = None,
) -> tuple[Receipt, bool]:
    """Write down money that the former books hold on account; return the receipt and whether it is new.

    Accounting has it in its books already, so it stands reconciled and nobody is told. The same again changes
    nothing. Raises Invalid with every wrong field, Duplicate where bank and reference are another's, NotAllowed.
    """
    require(actor, Act.IMPORT)
    customer = customers.customer(customer_id=customer_id)
    wrong = receipt_rules.faults(
        bank=bank,
        reference=reference,
        paid_on=paid_on,
        currency=currency,
        amount=amount,
        today=lapaz.local(at).date(),
    )
    if wrong:
        raise Invalid.of(wrong)
    keys = (receipt_rules.bank_key(bank), receipt_rules.reference_key(reference))
    found = receipts.same_as(*keys, "")
    if found is not None:
        other = found[0]
        if (other.customer_id, other.amount, other.currency, other.paid_on, other.door) == (
            customer_id, amount, currency, paid_on, DOOR,
        ):  # fmt: skip
            return other, False
        raise receipts.Duplicate(*found)
    home = dossiers.open_dossier(
        kind=receipts.KIND,
        number=serials.next_number(series=receipts.SERIES, at=at),
        headline=f"{customer.name} · {bank.strip()} {reference.strip()}",
        state=str(Receipt.State.RECONCILED.label),
        customer_id=customer.dossier_id,
        at=at,
        search=keys[1],
    )
    receipt = Receipt(
        dossier=home,
        customer_id=customer_id,
        door=DOOR,
        bank=" ".join(bank.split())[:80],
        bank_key=keys[0],
        reference=" ".join(reference.split())[:80],
        reference_key=keys[1],
        paid_on=paid_on,
        currency=currency,
        amount=amount,
        state=Receipt.State.RECONCILED,
        registered_by_id=actor.person,
        registered_at=at,
        reconciled_at=at,
    )
    if paper is not None:
        kind = media.sniff(paper.content)
        receipt.file = files.store(
            dossier_id=home.pk,
            name=media.file_name(paper.name, kind),
            content=paper.content,
            content_type=kind,
            actor=actor,
            at=at,
            kind=receipts.KIND,
        )
    receipt.save(force_insert=True)
    Allocation.objects.create(
        receipt=receipt,
        amount=amount,
        amount_receipt_currency=amount,
        made_by_id=actor.person,
        made_at=at,
    )
    text = _("Desde saldo inicial: %(sign)s %(t)s a cuenta, %(bank)s %(ref)s del %(on)s.") % {
        "sign": money.currency_sign(currency),
        "t": formats.number(amount),
        "bank": receipt.bank,
        "ref": receipt.reference,
        "on": formats.date(paid_on),
    }
    journal.record(dossier_id=home.pk, act=Act.IMPORT, text=text, actor=actor, at=at, step="B.7")
    live.bump("receipts")
    return receipt, True


@transaction.atomic
def record_objection(
    *,
    invoice_id: int,
    amount: Decimal,
    raised_on: dt.date,
    words: str,
    actor: Actor,
    at: dt.datetime,
) -> tuple[Objection, bool]:
    """Write down what a customer objected to before day one; return it and whether it is new.

    The same again changes nothing. Raises Invalid (an amount beyond the invoice, dates), Conflict where another
    objection of the invoice is open, NotFound, NotAllowed.
    """
    require(actor, Act.IMPORT)
    card = billing.invoice_card([invoice_id]).get(invoice_id)
    if card is None:
        raise NotFound(_("No existe esa factura."), field="invoice_id")
    wrong = []
    if not words.strip():
        wrong.append(FieldError("words", _("Falta el motivo."), _("Escriba qué dice el cliente.")))
    if not 0 < amount <= card.owed:
        text = _("De la factura se deben %(t)s.") % {"t": formats.number(card.owed)}
        wrong.append(FieldError("amount", text, _("Se objeta como mucho eso.")))
    if not card.issued_date <= raised_on <= lapaz.local(at).date():
        wrong.append(
            FieldError(
                "raised_on",
                _("La fecha no está entre la emisión de la factura y hoy."),
                _("Revise la fecha."),
            )
        )
    if wrong:
        raise Invalid.of(wrong)
    known = Objection.objects.filter(invoice_id=invoice_id, state=Objection.State.OPEN).first()
    if known is not None:
        if (known.amount, known.raised_on, known.words) == (amount, raised_on, words.strip()):
            return known, False
        raise Conflict(
            _("La factura %(n)s ya tiene una objeción abierta.") % {"n": card.number}, field="number"
        )
    made = Objection.objects.create(
        invoice_id=invoice_id,
        amount=amount,
        words=words.strip(),
        raised_on=raised_on,
        timely=True,
        author_id=actor.person,
    )
    text = _("Desde saldo inicial: el cliente objeta %(sign)s %(t)s: %(words)s") % {
        "sign": money.currency_sign(card.currency),
        "t": formats.number(amount),
        "words": made.words[:200],
    }
    journal.record(dossier_id=card.dossier_id, act=Act.IMPORT, text=text, actor=actor, at=at, step="B.6")
    live.bump("billing")
    return made, True
