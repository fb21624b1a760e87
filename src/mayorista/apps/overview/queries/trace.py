"""The trace (R-04): from any numbered thing, what led to it and what followed, in order of time.

# Note [Both ways]
Links say what led to what. Causes are the links walked backwards, effects forwards, each way to its end; effects of
causes are not followed, or one fault would show all its customers' invoices. Two things have no link and are read
where they stand: the contract behind a month (from its invoicing group), and a contract's last months.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import (
    Amount,
    CreditProposal,
    GroupContract,
    Invoice,
    Month,
    Note,
    Packet,
)
from mayorista.apps.contracts.models import Contract, SpeedChange
from mayorista.apps.faults.models import Claim, Outage
from mayorista.apps.messaging.models import Message
from mayorista.apps.procedure.models import Dossier
from mayorista.apps.receivables.models import AccountingNotice, Receipt
from mayorista.rules import capacity, formats, lapaz, money, periods
from mayorista.rules.delivery import STATE_TITLES, State
from mayorista.rules.errors import NotFound

LIMIT = 300
MONTHS = 24
MESSAGES = 60
MAIL = "MSG-"
MONEY_KINDS = frozenset({"AMOUNT", "CREDIT", "PACKET", "INVOICE", "NOTE", "RECEIPT", "ACCOUNTING_NOTICE"})
KIND_TITLES = {
    "FAULT": "Daño",
    "CASE": "Caso",
    "DAC": "D.A.C.",
    "MAINTENANCE": "Mantenimiento",
    "CUSTOMER": "Cliente",
    "SERVICE": "Circuito",
    "CONTRACT": "Contrato",
    "SPEED_CHANGE": "Cambio de velocidad",
    "WORK_ORDER": "Orden de trabajo",
    "CREDIT": "Crédito",
    "AMOUNT": "Monto del mes",
    "PACKET": "Paquete",
    "INVOICE": "Factura",
    "NOTE": "Nota",
    "RECEIPT": "Comprobante",
    "ACCOUNTING_NOTICE": "Aviso a Contabilidad",
    "CLAIM": "Reclamo",
    "OUTAGE": "Corte",
    "MESSAGE": "Mensaje",
    "SLA_REPORT": "Informe de SLA",
    "RFO": "RFO",
    "PROVIDER_CLAIM": "Reclamo al proveedor",
}
ICONS = {
    "FAULT": "bolt",
    "CASE": "ticket",
    "DAC": "file-certificate",
    "MAINTENANCE": "tool",
    "CUSTOMER": "building",
    "SERVICE": "network",
    "CONTRACT": "license",
    "SPEED_CHANGE": "trending-up",
    "WORK_ORDER": "clipboard-list",
    "CREDIT": "arrow-merge",
    "AMOUNT": "calendar-event",
    "PACKET": "package",
    "INVOICE": "file-text",
    "NOTE": "note",
    "RECEIPT": "file-description",
    "ACCOUNTING_NOTICE": "mail",
    "CLAIM": "message-report",
    "OUTAGE": "plug-connected-x",
    "MESSAGE": "mail",
    "SLA_REPORT": "file-certificate",
    "RFO": "file-certificate",
    "PROVIDER_CLAIM": "message-report",
}


# Of one instant, causes stand before what they caused.
_ORDER = {
    kind: number
    for number, kind in enumerate((
        "CUSTOMER", "CONTRACT", "SERVICE", "SPEED_CHANGE", "MAINTENANCE", "FAULT", "OUTAGE", "CLAIM", "CASE", "DAC", "WORK_ORDER",
        "CREDIT", "AMOUNT", "PACKET", "INVOICE", "NOTE", "RECEIPT", "ACCOUNTING_NOTICE", "SLA_REPORT", "RFO", "PROVIDER_CLAIM", "MESSAGE",
    ))
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the chain. `key` and `kind` say where it is shown; `side` is BEFORE, HERE or AFTER."""

    at: dt.datetime
    kind: str
    kind_title: str
    icon: str
    number: str
    headline: str
    state: str
    amount: str
    key: str
    side: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TracePage:
    """The chain of a dossier. `cut`: it is longer than what is shown."""

    number: str
    headline: str
    kind_title: str
    customer: str
    entries: tuple[Entry, ...]
    cut: bool
    hidden: int


@dataclass(slots=True)
class _Known:
    """What is said beside a dossier: when, amount, where it is shown."""

    at: dict[int, dt.datetime] = field(default_factory=dict)
    amount: dict[int, str] = field(default_factory=dict)
    key: dict[int, str] = field(default_factory=dict)
    more: list[tuple[int, Entry]] = field(default_factory=list)


def start_of(number: str) -> Dossier:
    """Return the dossier a number stands for; "MSG-17" is the mail with that id. Raises NotFound."""
    wanted = number.strip().upper()
    if wanted.startswith(MAIL) and wanted[len(MAIL) :].isascii() and wanted[len(MAIL) :].isdecimal():
        message = Message.objects.select_related("dossier").filter(pk=int(wanted[len(MAIL) :][:18])).first()
        if message is not None and message.dossier is not None:
            return message.dossier
    found = Dossier.objects.select_related("customer").filter(number=wanted).exclude(kind="STANDING").first()
    if found is None:
        found = (
            Dossier.objects.select_related("customer").filter(number=number).exclude(kind="STANDING").first()
        )
    if found is None:
        raise NotFound(_("No existe «%(n)s».") % {"n": number[:60]})
    return found


def trace_page(*, number: str, money_too: bool) -> TracePage:
    """Return the whole chain of a numbered thing; without `money_too` the billing part is left out. Raises NotFound.

    A fixed number of reads. See Note [Both ways].
    """
    start = start_of(number)
    before, edges = _walk({start.pk}, backwards=True)
    months = _months_of(start)
    after, more = _walk({start.pk, *months}, backwards=False)
    before |= _contracts_of({start.pk} | before | after) - after
    before.discard(start.pk)
    after.discard(start.pk)
    cut = len(before) + len(after) >= LIMIT
    ids = [start.pk, *sorted(before)[:LIMIT], *sorted(after)[:LIMIT]]
    dossiers = {row.pk: row for row in Dossier.objects.filter(id__in=ids).exclude(kind="STANDING")}
    shown = {pk: row for pk, row in dossiers.items() if money_too or row.kind not in MONEY_KINDS}
    side = dict.fromkeys(before, "BEFORE") | dict.fromkeys(after, "AFTER") | {start.pk: "HERE"}
    known = _facts(shown)
    numbers = {pk: row.number for pk, row in shown.items()}
    because: dict[int, list[str]] = {}
    for source, target in sorted(edges | more):
        if source in numbers and target in numbers:
            because.setdefault(target, []).append(numbers[source])
    entries = [_entry(row, side[pk], known, tuple(because.get(pk, ())[:8])) for pk, row in shown.items()]
    entries += [_placed(entry, side[pk]) for pk, entry in known.more if pk in shown]
    return TracePage(
        start.number,
        start.headline,
        KIND_TITLES.get(start.kind, start.kind),
        start.customer.headline if start.customer else "",
        tuple(sorted(entries, key=lambda each: (each.at, _ORDER.get(each.kind, len(_ORDER)), each.number))),
        cut,
        len(dossiers) - len(shown),
    )


def _walk(seeds: set[int], *, backwards: bool) -> tuple[set[int], set[tuple[int, int]]]:
    """Return what is reached along the links from some dossiers, and the links between; one read."""
    with connection.cursor() as cursor:
        cursor.execute(_BACK if backwards else _FORTH, {"seeds": sorted(seeds), "limit": LIMIT * 4})
        edges = {(source, target) for source, target in cursor.fetchall()}
    reached = {source if backwards else target for source, target in edges}
    return reached | seeds, edges


_FORTH = """
WITH RECURSIVE reached (id) AS (
    SELECT unnest(%(seeds)s::bigint[]) UNION
    SELECT link.target_id FROM reached JOIN procedure_dossierlink link ON link.source_id = reached.id)
SELECT link.source_id, link.target_id FROM reached
JOIN procedure_dossierlink link ON link.source_id = reached.id LIMIT %(limit)s
"""
_BACK = """
WITH RECURSIVE reached (id) AS (
    SELECT unnest(%(seeds)s::bigint[]) UNION
    SELECT link.source_id FROM reached JOIN procedure_dossierlink link ON link.target_id = reached.id)
SELECT link.source_id, link.target_id FROM reached
JOIN procedure_dossierlink link ON link.target_id = reached.id LIMIT %(limit)s
"""


def _months_of(start: Dossier) -> set[int]:
    """The last months of a contract's groups."""
    groups = GroupContract.objects.filter(contract__dossier_id=start.pk).values("group_id")
    rows = Month.objects.filter(group_id__in=groups).order_by("-month")[:MONTHS]
    return set(rows.values_list("dossier_id", flat=True))


def _contracts_of(dossier_ids: Iterable[int]) -> set[int]:
    """The contracts behind the months among these."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTRACTS, [sorted(dossier_ids)])
        return {row[0] for row in cursor.fetchall()}


_CONTRACTS = """
SELECT DISTINCT contract.dossier_id FROM billing_month month
JOIN billing_groupcontract member ON member.group_id = month.group_id AND member.starts_month <= month.month
    AND (member.ends_month IS NULL OR member.ends_month > month.month)
JOIN contracts_contract contract ON contract.id = member.contract_id
WHERE month.dossier_id = ANY(%s)
"""


def _facts(shown: Mapping[int, Dossier]) -> _Known:
    known = _Known()
    ids = list(shown)
    _of_faults(ids, known)
    _of_contracts(ids, known)
    _of_months(ids, known)
    _of_invoices(ids, known)
    _of_receipts(ids, known)
    _of_messages(shown, known)
    return known


def _of_faults(ids: list[int], known: _Known) -> None:
    outages = Outage.objects.filter(case__dossier_id__in=ids).select_related("case", "service")
    for row in outages.order_by("started_at")[:LIMIT]:
        until = row.restored_at
        state = _("restablecido %(h)s") % {"h": lapaz.moment(until)} if until else _("sin servicio")
        length = lapaz.duration(int((until - row.started_at).total_seconds())) if until else ""
        known.more.append(
            (
                row.case.dossier_id,
                _extra(
                    row.started_at,
                    "OUTAGE",
                    row.service.circuit_code,
                    row.get_effect_display(),
                    state,
                    length,
                    row.service.circuit_code,
                ),
            )
        )
    claims = Claim.objects.filter(case__dossier_id__in=ids, withdrawn_at=None).select_related("case")
    for claim in claims.order_by("claimed_at")[:LIMIT]:
        known.more.append(
            (
                claim.case.dossier_id,
                _extra(
                    claim.claimed_at,
                    "CLAIM",
                    claim.who,
                    claim.words[:160],
                    claim.get_channel_display(),
                    "",
                    "",
                ),
            )
        )


def _of_contracts(ids: list[int], known: _Known) -> None:
    for change in SpeedChange.objects.filter(dossier_id__in=ids).select_related("service"):
        known.amount[change.dossier_id] = (
            f"{capacity.show(change.from_kbps)} → {capacity.show(change.to_kbps)}"
        )
    for contract in Contract.objects.filter(dossier_id__in=ids):
        known.key[contract.dossier_id] = contract.number


def _of_months(ids: list[int], known: _Known) -> None:
    amounts = Amount.objects.filter(month__dossier_id__in=ids).select_related("month")
    for amount in amounts.order_by("sequence"):
        known.amount[amount.month.dossier_id] = _money(amount.currency, amount.total)
        known.at[amount.month.dossier_id] = amount.defined_at
    for credit in CreditProposal.objects.filter(dossier_id__in=ids).select_related("service"):
        known.amount[credit.dossier_id] = _money(credit.currency, credit.amount)
        known.key[credit.dossier_id] = f"{periods.month_of(credit.month)}/{credit.service.circuit_code}"
    for packet in Packet.objects.filter(dossier_id__in=ids).select_related("amount"):
        known.amount[packet.dossier_id] = _money(packet.amount.currency, packet.amount.total)


def _of_invoices(ids: list[int], known: _Known) -> None:
    for invoice in Invoice.objects.filter(dossier_id__in=ids):
        known.amount[invoice.dossier_id] = _money(invoice.currency, invoice.total)
        known.key[invoice.dossier_id] = str(invoice.pk)
    for note in Note.objects.filter(dossier_id__in=ids).select_related("invoice"):
        sign = "−" if note.kind == Note.Kind.CREDIT else "+"
        known.amount[note.dossier_id] = f"{sign} {_money(note.invoice.currency, note.total)}"
        known.key[note.dossier_id] = str(note.invoice_id)


def _of_receipts(ids: list[int], known: _Known) -> None:
    for receipt in Receipt.objects.filter(dossier_id__in=ids):
        known.amount[receipt.dossier_id] = _money(receipt.currency, receipt.amount)
    for notice in AccountingNotice.objects.filter(dossier_id__in=ids):
        known.at[notice.dossier_id] = notice.sent_at


def _of_messages(shown: Mapping[int, Dossier], known: _Known) -> None:
    homes = [pk for pk, row in shown.items() if row.kind not in {"CUSTOMER", "SERVICE"}]
    rows = Message.objects.filter(dossier_id__in=homes).exclude(kind="SYSTEM").order_by("-created_at", "-id")
    for row in rows[:MESSAGES]:
        assert row.dossier_id is not None
        words = row.subject or " ".join(row.body.split())[:140]
        state = STATE_TITLES.get(State(row.state), row.state) if row.state in set(State) else row.state
        who = row.destination or row.get_channel_display()
        known.more.append(
            (
                row.dossier_id,
                _extra(
                    row.created_at,
                    "MESSAGE",
                    who,
                    words,
                    f"{row.get_channel_display()} · {state}",
                    "",
                    f"{MAIL}{row.pk}",
                ),
            )
        )


def _extra(
    at: dt.datetime, kind: str, number: str, headline: str, state: str, amount: str, key: str
) -> Entry:
    return Entry(at, kind, _title(kind), ICONS[kind], number, headline, state, amount, key, "")


def _placed(entry: Entry, side: str) -> Entry:
    return Entry(
        entry.at, entry.kind, entry.kind_title, entry.icon, entry.number, entry.headline, entry.state, entry.amount, entry.key,
        "AFTER" if side == "HERE" else side,
    )  # fmt: skip


def _entry(row: Dossier, side: str, known: _Known, because: tuple[str, ...]) -> Entry:
    return Entry(
        known.at.get(row.pk, row.opened_at),
        row.kind,
        _title(row.kind),
        ICONS.get(row.kind, "point"),
        row.number,
        row.headline,
        row.state,
        known.amount.get(row.pk, ""),
        known.key.get(row.pk, row.number),
        side,
        because,
    )


def _title(kind: str) -> str:
    return KIND_TITLES.get(kind, kind)


def _money(currency: str, amount: Decimal) -> str:
    sign = "−" if amount < 0 else ""
    return f"{sign}{money.currency_sign(currency)} {formats.number(abs(amount))}"
