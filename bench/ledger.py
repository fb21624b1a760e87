"""Billing and collection at full size: five years of 1,000 customers' invoices, asked of the real server one by one.

Asked: as the pages of stage A, median under 50 ms and 99th percentile under 150 ms. The newest month is made by the
operations themselves, up to invoices that were mailed; the 59 before are its copies, row by row, with their receipts,
allocations, reminders, messages, files, links and journal. Every twentieth customer has not paid for a year, every
third owes the newest month.

`python -m bench.ledger [ROUNDS [WORD]]` asks each page ROUNDS times, only those whose title has WORD.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench import carrier, machine, pages, platform

if TYPE_CHECKING:
    from django.db.models import Model

    from mayorista.apps.procedure.actors import Actor

CUSTOMERS, MONTHS = 1_000, 60
# A row of k months ago has the key of the newest one and k strides more.
STRIDE = 1_000_000
ROLES = ("noc", "gerente", "interconexion", "facturacion", "contabilidad", "cartera", "legal", "auditor")


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was written: numbers to look at."""

    made: str
    month: str
    sheet: str
    packet: str
    invoice: int
    invoice_number: str
    customer: str
    debtor: str
    receipt: str


def main(words: list[str]) -> None:
    """Write the ledger, log in, and print the figures."""
    rounds = int(words[0]) if words else pages.ROUNDS
    wanted = words[1].lower() if len(words) > 1 else ""
    print("## Facturación y cobranza con cinco años de facturas (granian y PostgreSQL)\n")
    print(machine.describe(), "\n")
    with platform.running(threads=2) as running:
        loaded = load()
        print(loaded.made)
        cookies = {name: carrier.cookie_of(name) for name in ROLES}
        pages.tell(running, asked(loaded), cookies, rounds=rounds, wanted=wanted)


def asked(loaded: Ledger) -> list[tuple[str, str, str]]:
    """Title, who looks, address."""
    debtor, customer = (f"/cobranza/clientes/{code}/" for code in (loaded.debtor, loaded.customer))
    return [
        *((f"Bandeja de {name}", name, "/") for name in ROLES),
        ("Mes de facturación", "interconexion", f"/facturacion/{loaded.month}/"),
        ("Mes de facturación, última hoja", "facturacion", f"/facturacion/{loaded.month}/?pagina=20"),
        ("Mes de facturación, búsqueda", "facturacion", f"/facturacion/{loaded.month}/?texto=00042"),
        ("Hoja del monto", "interconexion", f"/facturacion/hojas/{loaded.sheet}/"),
        ("Paquete", "facturacion", f"/facturacion/paquetes/{loaded.packet}/"),
        ("Grupos", "interconexion", "/facturacion/grupos/"),
        ("Despacho del mes", "facturacion", f"/facturacion/{loaded.month}/despacho/"),
        ("Facturas", "facturacion", "/facturas/"),
        ("Facturas, última hoja", "facturacion", "/facturas/?pagina=1200"),
        ("Facturas, búsqueda", "facturacion", "/facturas/?texto=00042"),
        ("Factura", "facturacion", f"/facturas/{loaded.invoice}/"),
        ("Cliente (360)", "cartera", f"/clientes/{loaded.customer}/"),
        ("Antigüedad de saldos", "cartera", "/cobranza/"),
        ("Próximas llamadas", "cartera", "/cobranza/?ver=llamar"),
        ("Antigüedad, búsqueda", "cartera", "/cobranza/?texto=00042"),
        ("Cuenta de quien debe un año", "cartera", debtor),
        ("Cuenta de quien paga", "cartera", customer),
        ("Estado de cuenta", "cartera", f"{debtor}estado/"),
        ("Estado de cuenta de quien paga", "cartera", f"{customer}estado/"),
        ("Recordatorios", "interconexion", "/cobranza/recordatorios/"),
        ("Objeciones", "gerente", "/cobranza/objeciones/"),
        ("Suspensiones", "gerente", "/cobranza/suspensiones/"),
        ("Comprobantes", "interconexion", "/comprobantes/"),
        ("Comprobantes, todos", "contabilidad", "/comprobantes/?ver=todos"),
        ("Comprobantes por conciliar", "contabilidad", "/comprobantes/?ver=conciliar"),
        ("Comprobantes, búsqueda", "contabilidad", "/comprobantes/?ver=todos&texto=00042"),
        ("Comprobante", "contabilidad", f"/comprobantes/{loaded.receipt}/"),
        ("Comprobante nuevo", "interconexion", "/comprobantes/nuevo/"),
        ("Extractos", "contabilidad", "/comprobantes/extractos/"),
        ("Traza de una factura", "auditor", f"/traza/{loaded.invoice_number}/"),
        ("Traza de un comprobante", "auditor", f"/traza/{loaded.receipt}/"),
        ("Búsqueda por texto", "facturacion", "/buscar/?q=contratos+net+00042"),
        ("Búsqueda por cliente", "noc", "/buscar/?q=00042"),
    ]


def load() -> Ledger:
    """Write all of it; about a minute."""
    from mayorista.apps.billing.models import Invoice
    from mayorista.apps.onboarding.operations import examples, scale_contracts
    from mayorista.apps.procedure.models import User
    from mayorista.apps.procedure.operations import people
    from mayorista.apps.receivables.models import Receipt
    from mayorista.interfaces import clock
    from mayorista.rules import periods

    at = clock.now()
    begun = time.perf_counter()
    examples.load_examples(at=at)
    scale_contracts.load_contracts(at=at - dt.timedelta(days=60), contracts=CUSTOMERS)
    month = periods.month_of(at).previous
    users = {user.username: user for user in User.objects.all()}
    actors = {name: people.actor_for(user=user, at=at) for name, user in users.items()}
    floor = _floor()
    _newest(month, actors, at)
    _paid(actors["interconexion"], at)
    _former(floor)
    with_rows = Invoice.objects.filter(customer__code="CONTRATOS-00042", pk__lt=STRIDE)
    invoice = with_rows.select_related("packet__month__dossier", "packet__dossier", "dossier").get()
    assert invoice.packet is not None
    receipt = Receipt.objects.filter(customer_id=invoice.customer_id, pk__gt=STRIDE).select_related("dossier")
    carrier.analyse()
    return Ledger(
        made=f"{Invoice.objects.count()} facturas y {Receipt.objects.count()} comprobantes "
        f"en {time.perf_counter() - begun:.0f} s",
        month=f"{invoice.month:%Y-%m}",
        sheet=invoice.packet.month.dossier.number,
        packet=invoice.packet.dossier.number,
        invoice=invoice.pk,
        invoice_number=invoice.dossier.number,
        customer="CONTRATOS-00042",
        debtor="CONTRATOS-00040",
        receipt=receipt[0].dossier.number,
    )


def _floor() -> dict[str, int]:
    """The last key of each table before the newest month: what the examples wrote is not copied."""
    from django.apps import apps
    from django.db.models import Max

    rooms = {"procedure", "messaging", "billing", "receivables"}
    return {
        _about(model).db_table: _about(model).default_manager.aggregate(last=Max("pk"))["last"] or 0
        for model in apps.get_models()
        if _about(model).app_label in rooms and _about(model).pk.get_internal_type() == "BigAutoField"
    }


def _about(model: type[Model]) -> Any:
    return model._meta  # noqa: SLF001 - where Django says which table and columns a model has


def _newest(month: Any, actors: dict[str, Actor], at: dt.datetime) -> None:
    """The newest month by its operations: opened, agreed, defined, sent, invoiced and mailed."""
    from mayorista.apps.billing.models import Month
    from mayorista.apps.billing.operations import months, runs

    months.open_months(month=month, actor=actors["interconexion"], at=at)
    ids = list(
        Month.objects.filter(
            month=dt.date.fromordinal(month.first), group__customer__code__startswith="CONTRATOS-"
        )
        .order_by("id")
        .values_list("id", flat=True)
    )
    for manager, name in ((False, "interconexion"), (True, "gerente")):
        months.confirm_side(month_ids=ids, manager=manager, actor=actors[name], at=at)
    for kind, name in (
        ("DEFINE", "interconexion"),
        ("SEND", "interconexion"),
        ("ISSUE", "facturacion"),
        ("DISPATCH", "facturacion"),
    ):
        run = runs.start(kind=kind, month=month, actor=actors[name], at=at, month_ids=ids)
        while runs.advance(run_id=run, at=at):
            pass


def _paid(actor: Actor, at: dt.datetime) -> None:
    """A receipt for each invoice of the newest month, told and reconciled; and two reminders."""
    from mayorista.apps.billing.models import Invoice
    from mayorista.apps.procedure.operations import dossiers, journal
    from mayorista.apps.receivables.models import Allocation, Receipt, Reminder
    from mayorista.rules import lapaz

    today = lapaz.local(at).date()
    ours = Invoice.objects.filter(customer__code__startswith="CONTRATOS-")
    invoices = list(ours.select_related("customer", "dossier").order_by("id"))
    homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier(
                "RECEIPT",
                f"COMP-L-{invoice.pk:06d}",
                f"{invoice.customer.name} · Banco Unión TRF{invoice.pk:06d}",
                "conciliado",
                invoice.dossier.customer_id,
            )
            for invoice in invoices
        ],
        at=at,
    )
    receipts = Receipt.objects.bulk_create(
        Receipt(
            dossier=home,
            customer_id=invoice.customer_id,
            door="HAND",
            bank="Banco Unión",
            bank_key="banco union",
            reference=f"TRF{invoice.pk:06d}",
            reference_key=f"trf{invoice.pk:06d}",
            paid_on=today,
            currency=invoice.currency,
            amount=invoice.total,
            state="RECONCILED",
            registered_by_id=actor.person,
            registered_at=at,
            reconciled_by_id=actor.person,
            reconciled_at=at,
        )
        for home, invoice in zip(homes, invoices, strict=True)
    )
    Allocation.objects.bulk_create(
        Allocation(
            receipt=receipt,
            invoice=invoice,
            amount=invoice.total,
            amount_receipt_currency=invoice.total,
            made_by_id=actor.person,
            made_at=at,
        )
        for receipt, invoice in zip(receipts, invoices, strict=True)
    )
    Reminder.objects.bulk_create(
        Reminder(invoice=invoice, stage=stage, due_on=today, sent_on=today)
        for invoice in invoices
        for stage in (-5, 0)
    )
    for home in homes:
        journal.record(
            dossier_id=home.pk, act="receipt_registered", text="Comprobante registrado", actor=actor, at=at
        )


DOSSIERS = "dossier.kind IN ('BILLING_MONTH', 'AMOUNT', 'PACKET', 'INVOICE', 'RECEIPT')"


def _former(floor: dict[str, int]) -> None:
    """The months before, as copies: each key a stride further, each day as many months back."""
    from mayorista.apps.billing import models as billing
    from mayorista.apps.messaging import models as messaging
    from mayorista.apps.procedure import models as spine
    from mayorista.apps.receivables import models as money

    ours = f"dossier.id > {floor['procedure_dossier']} AND {DOSSIERS}"
    home = f"EXISTS (SELECT FROM procedure_dossier dossier WHERE dossier.id = old.dossier_id AND {ours})"
    _copy(spine.Dossier, floor, where=DOSSIERS.replace("dossier.", "old."), number="old.number || '-' || back",
          search_text="old.search_text || ' ' || back")  # fmt: skip
    _copy(spine.JournalEntry, floor, "dossier", where=home)
    _copy(spine.StoredFile, floor, "dossier", where=home)
    _copy(billing.Month, floor, "dossier")
    _copy(billing.Amount, floor, "month")
    _copy(billing.AmountLine, floor, "amount")
    _copy(billing.Packet, floor, "dossier", "month", "amount")
    _copy(billing.Invoice, floor, "dossier", "packet", number="old.number || '-' || back")
    unsettled = "old.cause = 'B.5'"
    _copy(messaging.Message, floor, "dossier", where=unsettled, reference="gen_random_uuid()", state="'DELIVERED'",
          accepted_at="old.created_at - make_interval(months => back)",
          message_id_header="old.message_id_header || '-' || back")  # fmt: skip
    _copy(
        messaging.MessageAttachment,
        floor,
        "message",
        "file",
        where="EXISTS (SELECT FROM messaging_message WHERE id = old.message_id AND cause = 'B.5')",
    )
    _copy(billing.Dispatch, floor, "message", "invoice")
    paid = (
        "(back > 12 OR old.customer_id NOT IN (SELECT id FROM customers_customer WHERE code ~ '[02468]0$'))"
    )
    _copy(money.Receipt, floor, "dossier", where=paid, reference="old.reference || '-' || back",
          reference_key="old.reference_key || '-' || back")  # fmt: skip
    _copy(
        money.Allocation,
        floor,
        "receipt",
        "invoice",
        where="EXISTS (SELECT FROM receivables_receipt WHERE id = old.receipt_id + back * 1000000)",
    )
    _copy(money.Reminder, floor, "invoice")
    _reminded()
    _links(floor)
    _unpaid()


def _copy(model: type[Model], floor: dict[str, int], *parents: str, where: str = "true", **said: str) -> None:
    """Copy the newest month's rows of a table once for each month before; `parents` are copied too."""
    from django.db import connection, models

    columns, values = [], []
    table = _about(model).db_table
    for field in _about(model).local_concrete_fields:
        value = f"old.{field.column}"
        if field.primary_key or field.name in parents:
            value += f" + back * {STRIDE}"
        elif field.name in said:
            value = said[field.name]
        elif isinstance(field, models.DateTimeField):
            value += " - make_interval(months => back)"
        elif isinstance(field, models.DateField):
            value = f"({value} - make_interval(months => back))::date"
        columns.append(f'"{field.column}"')
        values.append(value)
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {', '.join(values)} FROM {table} old, generate_series(1, {MONTHS - 1}) back "
        f"WHERE old.id > {floor[table]} AND old.id < {STRIDE} AND {where}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _reminded() -> None:
    """Who owes was reminded by the calendar; of the month that falls due now only before its day: 50 mails wait today."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO receivables_reminder (invoice_id, stage, due_on, sent_on, skipped_reason) "
            "SELECT old.invoice_id, days, old.due_on + days, old.due_on + days, '' "
            "FROM receivables_reminder old, unnest(ARRAY[5, 15, 30]) days "
            f"WHERE old.stage = 0 AND old.invoice_id > {2 * STRIDE}"
        )
        cursor.execute(
            f"DELETE FROM receivables_reminder WHERE stage = 0 AND invoice_id BETWEEN {STRIDE} AND {2 * STRIDE}"
        )


def _links(floor: dict[str, int]) -> None:
    """The thread of the trace, within a month and from what all months share."""
    from django.db import connection

    copied = "EXISTS (SELECT FROM procedure_dossier WHERE id = old.{0}_id + back * 1000000)"
    end = f"old.{{0}}_id + CASE WHEN {copied} THEN back * 1000000 ELSE 0 END"
    source, target = end.format("source"), end.format("target")
    some = f"({copied.format('source')} OR {copied.format('target')})"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procedure_dossierlink (id, source_id, target_id, kind) "
            f"SELECT old.id + back * 1000000, {source}, {target}, old.kind "
            f"FROM procedure_dossierlink old, generate_series(1, {MONTHS - 1}) back "
            f"WHERE old.id > {floor['procedure_dossierlink']} AND old.id < 1000000 AND {some}"
        )


def _unpaid() -> None:
    """A third of the newest month is not paid yet, another third waits for accounting."""
    from mayorista.apps.receivables.models import Allocation, Receipt

    newest = Receipt.objects.filter(pk__lt=STRIDE, customer__code__startswith="CONTRATOS-").order_by("pk")
    ids = list(newest.values_list("pk", flat=True))
    Allocation.objects.filter(receipt_id__in=ids[::3]).delete()
    Receipt.objects.filter(pk__in=ids[::3]).delete()
    Receipt.objects.filter(pk__in=ids[1::3]).update(state="INFORMED", reconciled_by=None, reconciled_at=None)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mayorista.config.settings")
    main(sys.argv[1:])
