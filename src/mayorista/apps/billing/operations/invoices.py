"""B.5: invoices as issued.

External ones are entered or imported and must equal the packet to the cent; own ones take
their number from a series without gaps in the transaction that issues them. An issued invoice is never edited.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing import sheets
from mayorista.apps.billing.models import Invoice, Month, Packet
from mayorista.apps.billing.operations import amounts, months, packets
from mayorista.apps.billing.operations.amounts import Refusal
from mayorista.apps.customers import queries as customers
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, journal, links, serials
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules import due_dates, formats, lapaz, money
from mayorista.rules.errors import Conflict, DomainError, Invalid, NotFound
from mayorista.rules.ports.invoicing import FoundInvoice
from mayorista.rules.procedure import Act

State, Origin = Month.State, Invoice.Origin
KIND = "INVOICE"
PDF, XML = "application/pdf", "application/xml"


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that comes with an invoice."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one invoice of an archive: `outcome` is REGISTERED, MATCHED (in a preview), KNOWN, DIFFERS or REFUSED."""

    name: str
    outcome: str
    text: str
    number: str = ""
    packet: str = ""


@transaction.atomic
def issue_portion(*, month_ids: Iterable[int], actor: Actor, at: dt.datetime) -> list[Refusal]:
    """Issue these sent months' invoices in our own series; return those refused. Numbers are taken here only."""
    require(actor, Act.ISSUE_INVOICE)
    if Origin.INTERNAL not in procedure.parameter("billing.invoicers", at=at):
        raise Conflict(_("La serie propia no está habilitada."), remedy=_("Vea Administración › Parámetros."))
    rows = _locked_sent(month_ids)
    if not rows:
        return []
    newest = packets.newest_packets([row.pk for row in rows])
    series = procedure.parameter("billing.invoice_series", at=at)
    numbers = serials.next_numbers(series=series, at=at, count=len(rows))
    today = lapaz.local(at).date()
    made = _open(rows, newest, numbers, numbers, Origin.INTERNAL, at)
    for invoice, row in zip(made, rows, strict=True):
        packet = newest[row.pk]
        invoice.issued_date, invoice.issued_at, invoice.issued_by_id = today, at, actor.person
        invoice.due_date, invoice.due_from_delivery_days = due_of(packet.content.get("payment", {}), today)
    Invoice.objects.bulk_create(made)
    _close(rows, made, actor, at)
    return []


def _locked_sent(month_ids: Iterable[int]) -> list[Month]:
    return list(
        Month.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("group", "dossier")
        .filter(id__in=list(month_ids), state=State.SENT)
        .order_by("id")
    )


def _open(
    rows: Sequence[Month],
    newest: Mapping[int, Packet],
    numbers: Sequence[str],
    dossier_numbers: Sequence[str],
    origin: Invoice.Origin,
    at: dt.datetime,
) -> list[Invoice]:
    homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier(
                KIND,
                home,
                f"Factura {number} · {sheets.month_words(row.month)} · {row.group.name}",
                "emitida",
                row.dossier.customer_id,
                search=f"{number} {row.group.code}",
            )
            for number, home, row in zip(numbers, dossier_numbers, rows, strict=True)
        ],
        at=at,
    )
    return [
        Invoice(
            dossier=home,
            group=row.group,
            customer_id=row.group.customer_id,
            month=row.month,
            packet=newest[row.pk],
            origin=origin,
            number=number,
            currency=newest[row.pk].amount.currency,
            total=newest[row.pk].amount.total,
            tax=newest[row.pk].amount.tax,
        )
        for number, home, row in zip(numbers, homes, rows, strict=True)
    ]


def _close(rows: Sequence[Month], made: Sequence[Invoice], actor: Actor, at: dt.datetime) -> None:
    for row in rows:
        row.state = State.INVOICED
    Month.objects.filter(id__in=[row.pk for row in rows]).update(state=State.INVOICED)
    months.tell_states(rows)
    links.link_many(
        pairs=[
            (invoice.packet.dossier_id, invoice.dossier_id) for invoice in made if invoice.packet is not None
        ],
        kind="INVOICE",
    )
    journal.record_many(
        lines=[
            journal.Line(
                home,
                Act.ISSUE_INVOICE,
                _("Factura %(n)s emitida por %(sign)s %(t)s.")
                % {
                    "n": invoice.number,
                    "sign": money.currency_sign(invoice.currency),
                    "t": formats.number(invoice.total),
                },
                "B.5",
                {"invoice": invoice.pk, "origin": invoice.origin},
            )
            for row, invoice in zip(rows, made, strict=True)
            for home in (row.dossier_id, invoice.dossier_id)
        ],
        actor=actor,
        at=at,
    )


def due_of(payment: Mapping[str, Any], issued: dt.date) -> tuple[dt.date | None, int | None]:
    """Return (due date, None) where the term runs from issue, else (None, days from delivery) (G-25)."""
    days = payment.get("days")
    term = due_dates.PaymentTerm(
        due_dates.FALLBACK_TERM_DAYS if days is None else days,
        due_dates.RunsFrom.DELIVERY if days is None else due_dates.RunsFrom(payment.get("from", "DELIVERY")),
    )
    known = due_dates.due_date(term, issued_on=issued, delivered_on=None)
    return (known, None) if known is not None else (None, term.days)


@transaction.atomic
def register(
    *,
    month_id: int,
    number: str,
    issued_date: dt.date,
    total: Decimal,
    actor: Actor,
    at: dt.datetime,
    authorization: str = "",
    pdf: Paper | None = None,
    xml: Paper | None = None,
) -> Invoice:
    """Keep an invoice that the billing system in use issued.

    Raises Conflict when it differs from the packet by a cent,
    when the month is not waiting for one or the number is known; Invalid for a date that can not be, or where the
    PDF lacks or is none: it is what is dispatched, and an invoice never changes.
    """
    require(actor, Act.ISSUE_INVOICE)
    if Origin.EXTERNAL not in procedure.parameter("billing.invoicers", at=at):
        raise Conflict(_("El registro de facturas externas no está habilitado."))
    rows = _locked_sent([month_id])
    if not rows:
        raise Conflict(
            _("Ese mes no espera factura."), remedy=_("Se factura lo remitido y aún no facturado.")
        )
    row = rows[0]
    packet = packets.newest_packets([month_id])[month_id]
    number = number.strip()
    if not number or len(number) > 40:
        raise Invalid(_("Falta el número de la factura."), field="number")
    if issued_date > lapaz.local(at).date():
        raise Invalid(_("La fecha de emisión no puede ser futura."), field="issued_date")
    if pdf is None:
        raise Invalid(
            _("Falta el PDF de la factura."),
            field="pdf",
            remedy=_("Adjúntelo: es lo que se despacha al cliente, y una factura emitida no se edita."),
        )
    refuse_not_pdf(pdf)
    if total != packet.amount.total:
        raise Conflict(
            _("La factura es por %(a)s y el paquete %(n)s por %(b)s: difieren en %(d)s.")
            % {
                "a": formats.number(total),
                "b": formats.number(packet.amount.total),
                "n": packet.dossier.number,
                "d": formats.number(total - packet.amount.total),
            },
            field="total",
            remedy=_("Corrija la factura, u observe el mes para que se remita un paquete nuevo."),
        )
    card = customers.customer(customer_id=row.group.customer_id)
    made = _open([row], {month_id: packet}, [number], [f"FACTURA-{card.code}-{number}"], Origin.EXTERNAL, at)
    invoice = made[0]
    invoice.authorization = authorization.strip()[:120]
    invoice.issued_date, invoice.issued_at, invoice.issued_by_id = issued_date, at, actor.person
    invoice.due_date, invoice.due_from_delivery_days = due_of(packet.content.get("payment", {}), issued_date)
    invoice.pdf = _keep(invoice, pdf, PDF, actor, at)
    if xml is not None:
        invoice.xml = _keep(invoice, xml, XML, actor, at)
    try:
        with transaction.atomic():
            invoice.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(
            _("La factura %(n)s de ese cliente ya está registrada.") % {"n": number}, field="number"
        ) from error
    _close([row], [invoice], actor, at)
    amounts.settle(month=row.month, actor=actor, at=at)
    return invoice


def refuse_not_pdf(paper: Paper) -> None:
    """Raise Invalid for a file that does not begin as a PDF, whatever its name says."""
    if not paper.content.startswith(b"%PDF-"):
        raise Invalid(_("«%(n)s» no es un PDF.") % {"n": paper.name[:60]}, field="pdf")


def _keep(invoice: Invoice, paper: Paper, kind: str, actor: Actor, at: dt.datetime) -> Any:
    return files.store(
        dossier_id=invoice.dossier_id,
        name=paper.name,
        content=paper.content,
        content_type=kind,
        actor=actor,
        at=at,
        kind="INVOICE",
    )


def import_archive(*, archive: bytes, actor: Actor, at: dt.datetime, keep: bool = True) -> list[Imported]:
    """Match a ZIP of PDF and XML to the packets that wait, by NIT and amount, and keep those that are equal to the cent.

    Each invoice is kept or refused on its own; what differs is listed. With `keep` False nothing is written: a
    preview. Raises Invalid for an archive that can not be read.
    """
    require(actor, Act.ISSUE_INVOICE)
    found = adapter("invoicer_external").issued(archive)
    waiting = _waiting_by_nit()
    return [_match(each, waiting, actor, at, keep=keep) for each in found]


def _waiting_by_nit() -> dict[str, list[tuple[int, Packet]]]:
    rows = list(Month.objects.filter(state=State.SENT).select_related("group").order_by("month", "id"))
    newest = packets.newest_packets([row.pk for row in rows])
    found: dict[str, list[tuple[int, Packet]]] = {}
    for row in rows:
        nit = str(newest[row.pk].content["customer"]["nit"]).lstrip("0")
        found.setdefault(nit, []).append((row.pk, newest[row.pk]))
    return found


def _match(
    each: FoundInvoice,
    waiting: dict[str, list[tuple[int, Packet]]],
    actor: Actor,
    at: dt.datetime,
    *,
    keep: bool,
) -> Imported:
    if each.problem or each.total is None or each.issued_date is None:
        return Imported(each.name, "REFUSED", each.problem or _("Le faltan datos."), each.number)
    nit = each.nit.lstrip("0")
    same = Invoice.objects.filter(origin=Origin.EXTERNAL, number=each.number, total=each.total)
    if any(card.nit.lstrip("0") == nit for card in _customers_of(same)):
        return Imported(each.name, "KNOWN", _("Ya está registrada."), each.number)
    mine = waiting.get(nit, [])
    if not mine:
        text = _("Ningún paquete espera factura del NIT %(nit)s.") % {"nit": each.nit}
        return Imported(each.name, "REFUSED", text, each.number)
    equal = [
        (pk, packet)
        for pk, packet in mine
        if packet.amount.total == each.total and packet.amount.currency == each.currency
    ]
    if not equal:
        said = "; ".join(
            _("%(n)s espera %(sign)s %(t)s (difiere en %(d)s)")
            % {
                "n": packet.dossier.number,
                "sign": money.currency_sign(packet.amount.currency),
                "t": formats.number(packet.amount.total),
                "d": formats.number(each.total - packet.amount.total),
            }
            for _pk, packet in mine
        )
        text = _("Es por %(c)s %(t)s: %(said)s.") % {
            "c": money.currency_sign(each.currency),
            "t": formats.number(each.total),
            "said": said,
        }
        return Imported(each.name, "DIFFERS", text, each.number)
    if len(equal) > 1:
        text = _("%(n)s paquetes de ese NIT esperan el mismo importe: regístrela a mano.") % {"n": len(equal)}
        return Imported(each.name, "DIFFERS", text, each.number)
    month_id, packet = equal[0]
    if not keep:
        mine.remove(equal[0])
        return Imported(each.name, "MATCHED", _("Coincide al centavo."), each.number, packet.dossier.number)
    stem = each.name.rpartition(".")[0]
    try:
        register(
            month_id=month_id,
            number=each.number,
            issued_date=each.issued_date,
            total=each.total,
            authorization=each.authorization,
            pdf=Paper(f"{stem}.pdf", each.pdf) if each.pdf else None,
            xml=Paper(f"{stem}.xml", each.xml) if each.xml else None,
            actor=actor,
            at=at,
        )
    except DomainError as error:
        return Imported(each.name, "REFUSED", f"{error.message} {error.remedy}".strip(), each.number)
    mine.remove(equal[0])
    return Imported(each.name, "REGISTERED", _("Registrada."), each.number, packet.dossier.number)


def _customers_of(rows: Any) -> list[Any]:
    return list(customers.customers_by_id(rows.values_list("customer_id", flat=True)).values())


def invoice_by_id(invoice_id: int) -> Invoice:
    """Return an invoice. Raises NotFound."""
    found = Invoice.objects.filter(pk=invoice_id).select_related("dossier", "group").first()
    if found is None:
        raise NotFound(_("No existe esa factura."))
    return found
