"""Load what the former books left open: unpaid invoices, disputes, money on account; rates and traffic."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from mayorista.apps.billing.models import ExchangeRate, Invoice
from mayorista.apps.billing.operations import opening as billing
from mayorista.apps.billing.operations import rates
from mayorista.apps.billing.operations.invoices import Paper
from mayorista.apps.contracts.models import Service
from mayorista.apps.contracts.operations import traffic_days
from mayorista.apps.customers.saved import Saved
from mayorista.apps.onboarding.asking import Asked
from mayorista.apps.onboarding.operations.clauses import CURRENCIES
from mayorista.apps.onboarding.operations.run import Run
from mayorista.apps.receivables.operations import opening as receivables
from mayorista.apps.receivables.operations import receipts
from mayorista.rules import formats, money, numerals, spanish_dates
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

_MONTH = re.compile(r"^(\d{1,2})[/-](\d{4})$")
_ISO_MONTH = re.compile(r"^(\d{4})-(\d{1,2})$")


def _currency(asked: Asked) -> str:
    return (asked.choice("currency", CURRENCIES) if asked.given("currency") else "") or "BOB"


def _scan(run: Run, asked: Asked) -> tuple[str, bytes] | None:
    """The scan that a row names; a missing one is told and the row tried on, for its other problems."""
    if not asked.given("file"):
        return None
    try:
        return run.scans.take(asked.text("file"))
    except Invalid as error:
        asked.refused(error)
        return None


def invoice(run: Run, asked: Asked, customer_id: int, agreements: Mapping[str, int]) -> Saved | None:
    """Load one unpaid invoice. Raises Invalid, Conflict."""
    number = asked.text("number")
    issued, due, total = asked.date("issued_date"), asked.date("due_date"), asked.decimal("total")
    contract = _contract(asked, agreements)
    for key, value in (("issued_date", issued), ("due_date", due), ("total", total)):
        if value is None and not asked.given(key):
            asked.wrong(
                key, _("Falta «%(what)s».") % {"what": asked.column(key).title}, asked.column(key).hint
            )
    scan, month = _scan(run, asked), _month(asked)
    if issued is None or due is None or total is None or contract is None:
        return None
    old = billing.OldInvoice(
        number,
        issued,
        due,
        month or issued.replace(day=1),
        _currency(asked),
        total,
        asked.decimal("original") if asked.given("original") else None,
        asked.text("authorization"),
    )
    made, new = billing.record_opening(
        customer_id=customer_id,
        contract_id=contract,
        old=old,
        paper=Paper(*scan) if scan else None,
        actor=run.actor,
        at=run.at,
    )
    label = f"{number} · {money.currency_sign(made.currency)} {formats.number(made.total)}"
    return Saved(made.pk, label, None, created=new)


def _contract(asked: Asked, agreements: Mapping[str, int]) -> int | None:
    number = asked.text("contract").upper().replace(" ", "")
    if number in agreements:
        return agreements[number]
    if not number and len(agreements) == 1:
        return next(iter(agreements.values()))
    if number:
        asked.wrong("contract", _("El cliente no tiene el contrato «%(n)s».") % {"n": number[:40]}, _("Agréguelo a la hoja Contratos."))  # fmt: skip
    else:
        asked.wrong(
            "contract", _("Falta el contrato: el cliente no tiene uno solo."), _("Escriba su número.")
        )
    return None


def _month(asked: Asked) -> dt.date | None:
    """The first day of the month of a cell: "10/2026", "2026-10", or any day of it."""
    if not asked.given("month"):
        return None
    text = asked.text("month")
    match, iso = _MONTH.match(text), _ISO_MONTH.match(text)
    try:
        if match:
            return dt.date(int(match[2]), int(match[1]), 1)
        if iso:
            return dt.date(int(iso[1]), int(iso[2]), 1)
        try:
            return spanish_dates.parse(text).replace(day=1)
        except Invalid:
            return spanish_dates.parse(f"1 de {text}")
    except (ValueError, Invalid):
        asked.wrong("month", _("«%(text)s» no es un mes.") % {"text": text[:40]}, asked.column("month").hint)
        return None


def dispute(run: Run, asked: Asked, customer_id: int, *, faulty: bool) -> Saved | None:
    """Load what a customer objects to of one of its invoices; `faulty` says that the workbook has that one with errors.

    Raises Invalid, Conflict.
    """
    number, amount, day = asked.text("number"), asked.decimal("amount"), asked.date("raised_on")
    found = Invoice.objects.filter(customer_id=customer_id, number=number).order_by("-pk").first()
    if found is None and not faulty:
        asked.wrong(
            "number",
            _("El cliente no tiene la factura «%(n)s».") % {"n": number[:40]},
            _("Agréguela a la hoja Saldos iniciales."),
        )
    if found is None or amount is None or day is None:
        return None
    made, new = receivables.record_objection(
        invoice_id=found.pk,
        amount=amount,
        raised_on=day,
        words=asked.text("words"),
        actor=run.actor,
        at=run.at,
    )
    return Saved(made.pk, f"{number} · {formats.number(amount)}", None, created=new)


def advance(run: Run, asked: Asked, customer_id: int) -> Saved | None:
    """Load money that stands on account. Raises Invalid, Conflict."""
    day, amount = asked.date("paid_on"), asked.decimal("amount")
    scan = _scan(run, asked)
    if day is None or amount is None:
        return None
    made, new = receivables.record_advance(
        customer_id=customer_id,
        bank=asked.text("bank"),
        reference=asked.text("reference"),
        paid_on=day,
        currency=_currency(asked),
        amount=amount,
        paper=receipts.Paper(*scan) if scan else None,
        actor=run.actor,
        at=run.at,
    )
    label = f"{made.bank} {made.reference} · {formats.number(amount)}"
    return Saved(made.pk, label, None, created=new)


def rate(run: Run, asked: Asked) -> Saved | None:
    """Load one exchange rate of the dollar. Raises Invalid, Conflict."""
    day, value = asked.date("on"), asked.decimal("rate")
    if day is None or value is None:
        return None
    source = asked.text("source").upper()
    known = ExchangeRate.objects.filter(currency="USD", on=day, source=source).exists()
    row = rates.record(
        currency="USD", on=day, source=source, rate=value, actor=run.actor, at=run.at, act=Act.IMPORT
    )
    return Saved(row.pk, f"USD {formats.date(day)} {row.source}", None, created=not known)


def traffic(run: Run, rows: list[Asked], service: Service) -> Saved:
    """Load the days of one circuit. Raises Conflict."""
    days: dict[str, dict[dt.date, list[traffic_days.Pair]]] = {}
    for asked in rows:
        day = asked.date("on")
        pairs = _pairs(asked)
        port = asked.text("port") or service.port
        if day is None or pairs is None:
            continue
        if day in days.setdefault(port, {}):
            asked.wrong("on", _("El día está dos veces."), _("Deje una sola fila por día y puerto."))
            continue
        days[port][day] = pairs
    new = sum(
        traffic_days.record_days(service_id=service.pk, port=port, days=found, actor=run.actor, at=run.at)
        for port, found in days.items()
    )
    text = _("%(code)s: %(n)d días de tráfico") % {"code": service.circuit_code, "n": new}
    return Saved(service.pk, text if new else service.circuit_code, None, created=bool(new))


def _pairs(asked: Asked) -> list[traffic_days.Pair] | None:
    scale = 1000 if asked.text("unit").casefold().startswith("m") else 1
    pieces = asked.text("samples").split()
    if len(pieces) != traffic_days.SLOTS:
        asked.wrong(
            "samples",
            _("Trae %(n)d muestras; un día tiene 288.") % {"n": len(pieces)},
            _("Ponga un guion donde falta una."),
        )
        return None
    found: list[traffic_days.Pair] = []
    for place, piece in enumerate(pieces):
        try:
            found.append(_pair(piece, scale))
        except (Invalid, ValueError, ArithmeticError):
            asked.wrong(
                "samples",
                _("La muestra %(n)d «%(text)s» no es entrada/salida.") % {"n": place + 1, "text": piece[:20]},
                _("Escriba por ejemplo 812000/94000."),
            )
            return None
    return found


def _pair(piece: str, scale: int) -> traffic_days.Pair:
    if piece == "-":
        return None
    into, out = piece.split("/")
    values = [int(Decimal(numerals.parse(each)) * scale) for each in (into, out)]
    if not all(0 <= value < traffic_days.MISSING for value in values):
        raise Invalid(piece)
    return values[0], values[1]
