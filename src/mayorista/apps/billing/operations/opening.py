"""What the former books left unpaid: invoices that are collected here and were never ours to issue (day one)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import Invoice
from mayorista.apps.billing.operations import groups
from mayorista.apps.billing.operations.invoices import Paper
from mayorista.apps.customers import queries as customers
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, journal, live
from mayorista.rules import formats, lapaz, media, money
from mayorista.rules.errors import Conflict, FieldError, Invalid
from mayorista.rules.procedure import Act

KIND = "INVOICE"
LARGEST = Decimal(10) ** 13


@dataclass(frozen=True, slots=True)
class OldInvoice:
    """An unpaid invoice as the former books have it.

    `total` is what is still due of it (two decimals); `original` what it was issued for, when a part is paid.
    `month` is the first day of the month it bills.
    """

    number: str
    issued_date: dt.date
    due_date: dt.date
    month: dt.date
    currency: str
    total: Decimal
    original: Decimal | None = None
    authorization: str = ""


@transaction.atomic
def record_opening(
    *,
    customer_id: int,
    contract_id: int,
    old: OldInvoice,
    actor: Actor,
    at: dt.datetime,
    paper: Paper | None = None,
) -> tuple[Invoice, bool]:
    """Write an unpaid invoice of the former books down; return it and whether it is new.

    The same again changes nothing. Raises Invalid for dates and amounts that can not be, Conflict where the number is
    known with other figures (an invoice is not edited), NotAllowed.
    """
    require(actor, Act.IMPORT)
    _refuse(old, lapaz.local(at).date())
    known = (
        Invoice.objects.filter(customer_id=customer_id, number=old.number)
        .exclude(origin=Invoice.Origin.INTERNAL)
        .first()
    )
    if known is not None:
        _same_or_conflict(known, old)
        return known, False
    card = customers.customer(customer_id=customer_id)
    group = groups.group_of_contract(contract_id=contract_id, currency=old.currency, actor=actor, at=at)
    home = dossiers.open_dossier(
        kind=KIND,
        number=f"SALDO-{card.code}-{old.number}",
        headline=_("Factura %(n)s · saldo inicial · %(who)s") % {"n": old.number, "who": card.name},
        state=_("saldo inicial"),
        customer_id=card.dossier_id,
        at=at,
        search=f"{old.number} {card.name}",
    )
    invoice = Invoice(
        dossier=home,
        group=group,
        customer_id=customer_id,
        month=old.month.replace(day=1),
        origin=Invoice.Origin.OPENING,
        number=old.number,
        authorization=old.authorization[:120],
        issued_date=old.issued_date,
        due_date=old.due_date,
        currency=old.currency,
        total=old.total,
        tax=Decimal(0),
        issued_at=at,
    )
    if paper is not None:
        kind = media.sniff(paper.content)
        invoice.pdf = files.store(
            dossier_id=home.pk,
            name=media.file_name(paper.name, kind),
            content=paper.content,
            content_type=kind,
            actor=actor,
            at=at,
            kind=KIND,
        )
    invoice.save(force_insert=True)
    journal.record(
        dossier_id=home.pk, act=Act.IMPORT, text=_words(old), actor=actor, at=at, step="B.6", payload={"invoice": invoice.pk}
    )  # fmt: skip
    live.bump("billing")
    return invoice, True


def _words(old: OldInvoice) -> str:
    sign = money.currency_sign(old.currency)
    text = _("Desde saldo inicial: se deben %(sign)s %(t)s, vencen el %(day)s.") % {
        "sign": sign,
        "t": formats.number(old.total),
        "day": formats.date(old.due_date),
    }
    if old.original is not None and old.original != old.total:
        text += " " + _("Se emitió por %(sign)s %(t)s.") % {"sign": sign, "t": formats.number(old.original)}
    return text


def _refuse(old: OldInvoice, today: dt.date) -> None:
    wrong: list[FieldError] = []
    if not old.number or len(old.number) > 40:
        wrong.append(FieldError("number", _("Falta el número de la factura."), _("Cópielo como figura.")))
    if old.issued_date > today:
        wrong.append(
            FieldError("issued_date", _("La fecha de emisión no puede ser futura."), _("Revise la fecha."))
        )
    if old.due_date < old.issued_date:
        wrong.append(FieldError("due_date", _("Vence antes de emitirse."), _("Revise las dos fechas.")))
    if not 0 < old.total < LARGEST or old.total != old.total.quantize(Decimal("0.01")):
        wrong.append(
            FieldError(
                "total",
                _("El saldo debe ser mayor que cero, con dos decimales."),
                _("Lo pagado no se carga."),
            )
        )
    if old.original is not None and old.original < old.total:
        wrong.append(
            FieldError("original", _("El importe original es menor que el saldo."), _("Revise las cifras."))
        )
    if wrong:
        raise Invalid.of(wrong)


def _same_or_conflict(known: Invoice, old: OldInvoice) -> None:
    if known.origin != Invoice.Origin.OPENING:
        raise Conflict(
            _("La factura %(n)s ya está registrada aquí.") % {"n": old.number},
            field="number",
            remedy=_("Quite la fila: no es un saldo inicial."),
        )
    mine = (old.total, old.currency, old.issued_date, old.due_date)
    if mine != (known.total, known.currency, known.issued_date, known.due_date):
        raise Conflict(
            _("La factura %(n)s ya se cargó con %(sign)s %(t)s, emitida el %(i)s, vence el %(d)s.")
            % {
                "n": old.number,
                "sign": money.currency_sign(known.currency),
                "t": formats.number(known.total),
                "i": formats.date(known.issued_date),
                "d": formats.date(known.due_date or known.issued_date),
            },
            field="total",
            remedy=_("Una factura no se edita: corríjala con una nota de crédito o débito."),
        )
