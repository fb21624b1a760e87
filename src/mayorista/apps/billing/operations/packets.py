"""B.4: the packet that the Encargada de Facturación receives, immutable, one per group and month, numbered without gaps.

A correction is a new packet that supersedes the former; what was sent is never touched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing import exports, sheets
from mayorista.apps.billing.models import (
    Amount,
    AmountLine,
    CreditProposal,
    Month,
    Packet,
    PacketAcknowledgement,
)
from mayorista.apps.billing.operations import months
from mayorista.apps.billing.operations.amounts import Refusal
from mayorista.apps.customers import queries as customers
from mayorista.apps.customers.queries import CustomerCard
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as texts
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, journal, links, live, serials
from mayorista.rules import formats, money, periods
from mayorista.rules.errors import Conflict, NotFound
from mayorista.rules.procedure import Act, Role

State = Month.State
KIND, SERIES = "PACKET", "PAQ"


CHUNK = 500


@transaction.atomic
def send_portion(*, month_ids: Iterable[int], actor: Actor, at: dt.datetime) -> list[Refusal]:
    """Send the packets of these defined months; return those refused. Numbers are taken here, without gaps."""
    require(actor, Act.SEND_PACKET)
    rows = list(
        Month.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("group", "dossier")
        .filter(id__in=list(month_ids), state=State.DEFINED)
        .order_by("id")
    )
    if not rows:
        return []
    newest = newest_amounts([row.pk for row in rows])
    former = newest_packets([row.pk for row in rows])
    cards = customers.customers_by_id({row.group.customer_id for row in rows})
    contents = _contents(rows, newest, cards, former)
    numbers = serials.next_numbers(series=SERIES, at=at, count=len(rows))
    homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier(
                KIND,
                number,
                f"{sheets.month_words(row.month)} · {row.group.name} · {row.group.code}",
                "remitido",
                row.dossier.customer_id,
                search=row.group.code,
            )
            for number, row in zip(numbers, rows, strict=True)
        ],
        at=at,
    )
    packets = []
    for number, row, home, content in zip(numbers, rows, homes, contents, strict=True):
        full = {"number": number, **content}
        packets.append(
            Packet(
                dossier=home,
                month=row,
                amount=newest[row.pk],
                supersedes=former.get(row.pk),
                content=full,
                content_hash=sheets.digest(full),
                sent_by_id=actor.person,
                sent_at=at,
            )
        )
        row.state = State.SENT
    Packet.objects.bulk_create(packets)
    Month.objects.filter(id__in=[row.pk for row in rows]).update(state=State.SENT, observation="")
    months.tell_states(rows)
    links.link_many(
        pairs=[(row.dossier_id, home.pk) for row, home in zip(rows, homes, strict=True)], kind="PACKET"
    )
    journal.record_many(
        lines=[
            journal.Line(
                row.dossier_id,
                Act.SEND_PACKET,
                _("Paquete %(n)s remitido a Facturación por %(t)s.")
                % {"n": home.number, "t": _total(packet.amount)},
                "B.4",
                {"packet": packet.pk, "sha256": packet.content_hash},
            )
            for row, home, packet in zip(rows, homes, packets, strict=True)
        ],
        actor=actor,
        at=at,
    )
    return []


def _total(amount: Amount) -> str:
    return f"{money.currency_sign(amount.currency)} {formats.number(amount.total)}"


def newest_amounts(month_ids: Sequence[int]) -> dict[int, Amount]:
    """Return the amount that counts of each month: the newest."""
    rows = (
        Amount.objects.filter(month_id__in=month_ids).order_by("month_id", "-sequence").distinct("month_id")
    )
    return {row.month_id: row for row in rows}


def newest_packets(month_ids: Sequence[int]) -> dict[int, Packet]:
    """Return the packet that counts of each month: the one that nothing supersedes."""
    rows = (
        Packet.objects.filter(month_id__in=month_ids)
        .select_related("dossier", "amount")
        .order_by("month_id", "-id")
    )
    return {row.month_id: row for row in rows.distinct("month_id")}


def _contents(
    rows: Sequence[Month],
    newest: Mapping[int, Amount],
    cards: Mapping[int, CustomerCard],
    former: Mapping[int, Packet],
) -> list[dict[str, Any]]:
    lines: dict[int, list[AmountLine]] = {}
    ids = {amount.pk: month_id for month_id, amount in newest.items()}
    for line in AmountLine.objects.filter(amount_id__in=ids).select_related("service").order_by("position"):
        lines.setdefault(line.amount_id, []).append(line)
    credits_: dict[int, list[CreditProposal]] = {}
    for each in CreditProposal.objects.filter(carried_by_id__in=ids).select_related("service", "dossier"):
        if each.carried_by_id is not None:
            credits_.setdefault(each.carried_by_id, []).append(each)
    found = []
    for row in rows:
        amount, card = newest[row.pk], cards[row.group.customer_id]
        before = former.get(row.pk)
        found.append(
            {
                "month": str(periods.month_of(row.month)),
                "group": row.group.code,
                "contracts": amount.sheet.get("contracts", []),
                "customer": {
                    "code": card.code,
                    "name": card.legal_name or card.name,
                    "nit": card.nit,
                    "address": card.address,
                },
                "currency": amount.currency,
                "lines": [
                    {
                        "circuit": line.service.circuit_code if line.service else "",
                        "kind": line.kind,
                        "text": line.text,
                        "amount": str(line.value),
                    }
                    for line in lines.get(amount.pk, [])
                ],
                "credit_applied": str(amount.credit_applied),
                "total": str(amount.total),
                "tax": str(amount.tax),
                "rate": amount.sheet.get("rate"),
                "payment": amount.sheet.get("payment", {}),
                # R23: price and IVA fall once, by a discount on this very invoice.
                "credits": [
                    {
                        "number": each.dossier.number,
                        "circuit": each.service.circuit_code,
                        "month": str(periods.month_of(each.month)),
                        "amount": str(each.amount),
                        "carried": "descuento en esta factura",
                    }
                    for each in credits_.get(amount.pk, [])
                ],
                "pending": row.deferred_reason,
                "sheet_sha256": amount.sheet_hash,
                "supersedes": before.dossier.number if before else "",
            }
        )
    return found


@transaction.atomic
def tell_billing(*, month: dt.date, sent_at: dt.datetime, actor: Actor, at: dt.datetime) -> int:
    """Write one e-mail to the Encargada with all packets sent at an instant as CSV and XLSX; return how many went."""
    packets = Packet.objects.filter(month__month=month, sent_at=sent_at).order_by("id")
    count, number = packets.count(), packets.values_list("dossier__number", flat=True).first()
    to = [person.email for person in procedure.holders_of(Role.BILLING, at=at) if person.email]
    if not count or not to:
        return 0
    home = months.whole_month(periods.month_of(month), at=at)
    # Read as they are written: ten thousand of them are not held at once.
    contents = packets.values_list("content", flat=True)
    name = f"paquetes-{periods.month_of(month)}-{number}"
    stored = [
        files.store(
            dossier_id=home,
            name=f"{name}.{ending}",
            content=made,
            content_type=kind,
            actor=actor,
            at=at,
            kind="PACKETS",
        ).pk
        for ending, made, kind in (
            ("csv", exports.packets_csv(contents.iterator(CHUNK)), "text/csv"),
            ("xlsx", exports.packets_xlsx(contents.iterator(CHUNK)), exports.XLSX),
        )
    ]
    shown = "\n".join(
        f"- {each['number']} · {each['customer']['name']} · {each['group']}: "
        f"{money.currency_sign(each['currency'])} {formats.number(Decimal(each['total']))}"
        for each in contents[:50]
    )
    more = _("\n… y %(n)s más en el archivo adjunto.") % {"n": count - 50} if count > 50 else ""
    filled = texts.fill(
        "montos_remitidos",
        {
            "periodo": sheets.month_words(month),
            "cantidad": str(count),
            "detalle": shown + more,
        },
    )
    messaging.queue_email(
        dossier_id=home,
        to=to,
        subject=filled.subject,
        body=filled.body,
        attachments=stored,
        cause="B.4",
        actor=actor,
        at=at,
    )
    return count


@transaction.atomic
def acknowledge(*, packet_ids: Iterable[int], actor: Actor, at: dt.datetime) -> int:
    """The Encargada takes note of packets; return how many it was new for."""
    require(actor, Act.ACKNOWLEDGE_PACKET)
    named = Packet.objects.filter(id__in=list(packet_ids))
    # Their months are locked, so that two who press at once do not both write it down (packets themselves never change).
    months = Month.objects.select_for_update().filter(pk__in=named.values("month_id"))
    list(months.order_by("pk").values_list("pk", flat=True))
    wanted = list(
        named.exclude(id__in=PacketAcknowledgement.objects.values("packet_id"))
        .select_related("dossier", "month")
        .order_by("id")
    )
    if not wanted:
        raise Conflict(_("Ese paquete ya tiene acuse."), remedy=_("Actualice la página."))
    PacketAcknowledgement.objects.bulk_create(
        (
            PacketAcknowledgement(packet=packet, acknowledged_by_id=actor.person, acknowledged_at=at)
            for packet in wanted
        ),
        ignore_conflicts=True,
    )
    journal.record_many(
        lines=[
            journal.Line(
                packet.month.dossier_id,
                Act.ACKNOWLEDGE_PACKET,
                _("Facturación acusa recibo del paquete %(n)s.") % {"n": packet.dossier.number},
                "B.4",
            )
            for packet in wanted
        ],
        actor=actor,
        at=at,
    )
    live.bump("billing")
    return len(wanted)


def packet_of(number: str) -> Packet:
    """Return a packet by its number. Raises NotFound."""
    packet = Packet.objects.filter(dossier__number=number).first()
    if packet is None:
        raise NotFound(_("No existe ese paquete."))
    return packet
