"""The mails of receipts: to the customer who paid, to accounting, to the Encargada de Facturación. Texts are data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as messages
from mayorista.apps.messaging.texts import Filled
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.operations import journal
from mayorista.apps.receivables.models import Allocation, Receipt
from mayorista.apps.receivables.queries.balances import open_balances
from mayorista.rules import formats, money
from mayorista.rules.procedure import Role

Kind = Allocation.Kind
CUSTOMER_ROLE = "BILLING"


def sum_words(currency: str, amount: Decimal) -> str:
    """Return an amount with its sign: "Bs 1.234,50"."""
    return f"{money.currency_sign(currency)} {formats.number(amount)}"


def live_rows(receipt: Receipt) -> list[Allocation]:
    """Return the allocations in force of a receipt, those of invoices first."""
    rows = Allocation.objects.filter(receipt=receipt, undone_at=None).select_related("invoice")
    return sorted(rows, key=lambda row: (row.invoice is None, row.pk))


def spread_words(receipt: Receipt) -> str:
    """Return in a sentence where a receipt's money stands."""
    found = []
    for row in live_rows(receipt):
        if row.invoice is None:
            found.append(_("%(sum)s a cuenta") % {"sum": sum_words(receipt.currency, row.amount)})
            continue
        words = _("%(sum)s a la factura %(n)s") % {
            "sum": sum_words(row.invoice.currency, row.amount),
            "n": row.invoice.number,
        }
        if row.kind != Kind.PAYMENT:
            words += f" ({Kind(row.kind).label}: {row.explanation})"
        found.append(words)
    return "; ".join(found) or _("nada imputado")


def invoices_words(receipt: Receipt) -> str:
    """Return "Factura(s) 12, 13", or that all is on account."""
    numbers = list(dict.fromkeys(row.invoice.number for row in live_rows(receipt) if row.invoice))
    if not numbers:
        return _("a cuenta")
    return ngettext("Factura %(n)s", "Facturas %(n)s", len(numbers)) % {"n": ", ".join(numbers)}


def acknowledge(receipt: Receipt, *, actor: Actor, at: dt.datetime) -> None:
    """Thank the customer, once: in the chat the receipt came by while its window is open, else by e-mail.

    Who has no contact for invoices is named in the journal.
    """
    if receipt.acknowledgement_id is not None:
        return
    chat = _open_chat(receipt, at)
    to = mail_addresses(receipt.customer_id)
    if chat is None and not to:
        journal.record(
            dossier_id=receipt.dossier_id,
            act="RECEIPT_NOT_ACKNOWLEDGED",
            text=_("Sin acuse al cliente: no tiene contacto de facturación con correo."),
            actor=actor,
            at=at,
            step="B.7",
        )
        return
    on_account = invoices_words(receipt) == _("a cuenta")
    filled = messages.fill(
        "acuse_comprobante",
        {
            "cliente": receipt.customer.name,
            "referencia": receipt.reference,
            "fecha": formats.date(receipt.paid_on),
            "moneda": money.currency_sign(receipt.currency),
            "monto": formats.number(receipt.amount),
            "aplicado": _("que queda a cuenta de sus próximas facturas")
            if on_account
            else _("aplicado así: %(words)s") % {"words": spread_words(receipt)},
            "numero": receipt.dossier.number,
        },
    )
    source = receipt.source_message
    if chat is not None:
        message = messaging.queue_whatsapp(
            dossier_id=receipt.dossier_id,
            identity_id=chat,
            text=filled.body,
            cause="B.7",
            in_reply_to_id=receipt.source_message_id,
            actor=actor,
            at=at,
        )
    else:
        message = messaging.queue_email(
            dossier_id=receipt.dossier_id,
            to=to,
            subject=filled.subject,
            body=filled.body,
            cause="B.7",
            in_reply_to_id=source.pk if source is not None and source.channel == "EMAIL" else None,
            actor=actor,
            at=at,
        )
    receipt.acknowledgement = message
    receipt.save(update_fields=["acknowledgement"])


def _open_chat(receipt: Receipt, at: dt.datetime) -> int | None:
    """The WhatsApp identity that sent the receipt, if free text may go there and it answers for the payer's invoices.

    The acknowledgement names invoices and amounts: nobody else reads them.
    """
    if receipt.source_message_id is None:
        return None
    source = messages.message(receipt.source_message_id)
    if source.identity_id is None or source.contact_id is None:
        return None
    held = customers.contact_page(contact_id=source.contact_id).roles
    if (receipt.customer_id, CUSTOMER_ROLE) not in {(each.customer_id, each.role) for each in held}:
        return None
    reach = messages.reach([source.contact_id], at=at)[source.contact_id]
    return source.identity_id if reach.free_text and messages.window_of(source.identity_id, at).open else None


def mail_addresses(customer_id: int) -> list[str]:
    """Return where a customer gets what concerns its payments."""
    cards = customers.contacts_for_many({customer_id}, [CUSTOMER_ROLE]).get(customer_id, [])
    return list(dict.fromkeys(card.email for card in cards if card.email))


def accounting_address(at: dt.datetime) -> list[str]:
    """Return where accounting reads, by parameter."""
    return [
        each.strip() for each in procedure.parameter("accounting.email", at=at).split(",") if each.strip()
    ]


def single_notice(receipt: Receipt) -> Filled:
    """Return the mail that tells accounting of one receipt."""
    customer = customers.customer(customer_id=receipt.customer_id)
    named = invoices_words(receipt)
    on_account = named == _("a cuenta")
    return messages.fill(
        "aviso_contabilidad",
        {
            "cliente": customer.legal_name or customer.name,
            "nit": customer.nit or "—",
            "facturas": named,
            "referencia": receipt.reference,
            "fecha": formats.date(receipt.paid_on),
            "banco": receipt.bank,
            "moneda": money.currency_sign(receipt.currency),
            "monto": formats.number(receipt.amount),
            "correspondiente": _("que queda a cuenta")
            if on_account
            else _("correspondiente a: %(words)s,") % {"words": spread_words(receipt)},
            "saldo": pending_words(receipt.customer_id),
            "numero": receipt.dossier.number,
        },
    )


def daily_notice(receipts: list[Receipt], *, at: dt.datetime) -> Filled:
    """Return the mail that tells accounting of several receipts."""
    totals: dict[str, Decimal] = {}
    lines = []
    for each in receipts:
        totals[each.currency] = totals.get(each.currency, Decimal(0)) + each.amount
        lines.append(
            f"- {each.dossier.number} · {each.customer.name} · {each.bank} {each.reference} · "
            f"{formats.date(each.paid_on)} · {sum_words(each.currency, each.amount)} · {spread_words(each)}"
        )
    return messages.fill(
        "aviso_contabilidad_diario",
        {
            "fecha": formats.date(at),
            "cantidad": str(len(receipts)),
            "detalle": "\n".join(lines),
            "totales": _("Total: %(t)s.")
            % {"t": "; ".join(sum_words(each, sum_) for each, sum_ in sorted(totals.items()))},
        },
    )


def pending_words(customer_id: int) -> str:
    """Return what a customer still owes, per currency."""
    sums: dict[str, Decimal] = {}
    for each in open_balances(customer_id):
        sums[each.invoice.currency] = sums.get(each.invoice.currency, Decimal(0)) + each.open
    return "; ".join(sum_words(each, sum_) for each, sum_ in sorted(sums.items())) or _("ninguno")


def tell_change(receipt: Receipt, done: str, *, actor: Actor, at: dt.datetime) -> None:
    """Tell accounting that a receipt of which it knows is allocated otherwise now."""
    filled = messages.fill(
        "cambio_imputacion",
        {
            "numero": receipt.dossier.number,
            "cliente": receipt.customer.name,
            "referencia": receipt.reference,
            "cambio": done,
            "detalle": spread_words(receipt),
        },
    )
    _mail(receipt, accounting_address(at), filled, actor, at)


def tell_rejection(
    receipt: Receipt, invoices: Iterable[str], *, reason: str, actor: Actor, at: dt.datetime
) -> None:
    """Tell the Encargada that accounting rejected a receipt and what is owed again."""
    filled = messages.fill(
        "comprobante_rechazado",
        {
            "numero": receipt.dossier.number,
            "cliente": receipt.customer.name,
            "referencia": receipt.reference,
            "banco": receipt.bank,
            "moneda": money.currency_sign(receipt.currency),
            "monto": formats.number(receipt.amount),
            "motivo": reason,
            "facturas": ", ".join(invoices) or _("ninguna (estaba a cuenta)"),
        },
    )
    to = [person.email for person in procedure.holders_of(Role.BILLING, at=at) if person.email]
    _mail(receipt, to, filled, actor, at)


def _mail(receipt: Receipt, to: list[str], filled: Filled, actor: Actor, at: dt.datetime) -> None:
    if not to:
        return
    messaging.queue_email(
        dossier_id=receipt.dossier_id,
        to=to,
        subject=filled.subject,
        body=filled.body,
        cause="B.8",
        actor=actor,
        at=at,
    )
