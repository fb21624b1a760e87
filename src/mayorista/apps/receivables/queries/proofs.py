"""The file of proofs for Asesoría Legal as one PDF (G-28): contract, invoices, mails with delivery, log, statement.

What proves a debt before a judge is the paper and that it was told: each mail stands with its Message-ID and the
answer of the other side. A scan (JPEG, PNG, WEBP) is a page like the others; what is neither, or can not be read, is named with
its hash and handed over beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.billing import queries as billing
from mayorista.apps.billing.queries import InvoiceCard
from mayorista.apps.billing.queries.papers import invoice_paper
from mayorista.apps.contracts.queries.collection import ContractPaper, contract_papers
from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging.queries.proofs import MailProof, mail_proofs
from mayorista.apps.procedure.operations import files
from mayorista.apps.procedure.wiring import adapter
from mayorista.apps.receivables.models import ContactLog, Objection, Promise, ReminderMail
from mayorista.apps.receivables.queries import papers, statements, wording
from mayorista.apps.receivables.queries.balances import balances_of
from mayorista.apps.receivables.queries.dunning import code_of, on_account
from mayorista.rules import agreements, formats, lapaz
from mayorista.rules.ports.documents import BundlePart

PDF = "application/pdf"
STATEMENT_DAYS = 730


@dataclass(slots=True)
class _Gathered:
    parts: list[BundlePart] = field(default_factory=list)
    apart: list[dict[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def proofs(*, customer_id: int, invoice_ids: Iterable[int], by: str, at: dt.datetime) -> tuple[str, bytes]:
    """Return the name and the PDF of the proofs of a customer's invoices; `by` is who asked for it."""
    card = customers.customer(customer_id=customer_id)
    cards = sorted(billing.invoice_card(invoice_ids).values(), key=lambda one: (one.issued_date, one.id))
    clauses = wording.clauses_by_group({each.group_id for each in cards}, on=lapaz.local(at).date())
    agreed = {each.contract_id: each for many in clauses.values() for each in many}
    house = {**papers.house(at=at), "customer": papers.who(card)}
    found = _Gathered()
    _contracts(found, contract_papers(agreed))
    _invoices(found, cards, at)
    _evidence(found, house, _("Despacho de las facturas"), _dispatches(cards), at)
    _evidence(found, house, _("Recordatorios enviados"), _reminders(customer_id, cards), at)
    _evidence(found, house, _("Gestiones, promesas y objeciones"), _log(customer_id, cards), at)
    _statements(found, customer_id, cards, at)
    debt: dict[str, Decimal] = {}
    for each in balances_of([one.id for one in cards]).values():
        debt[each.invoice.currency] = debt.get(each.invoice.currency, Decimal(0)) + each.open
    data = {
        **house,
        "debt": wording.totals(debt),
        "on_account": wording.totals(
            {currency: sum_ for (_customer, currency), sum_ in on_account([customer_id]).items()}
        ),
        "contracts": ", ".join(sorted(each.number for each in agreed.values()))
        or _("sin contrato registrado"),
        "by": by,
        "apart": found.apart,
        "missing": found.missing,
    }
    content: bytes = adapter("documents").bind("bundle", data, found.parts, at=at)
    return f"expediente-{card.code}-{lapaz.local(at):%Y%m%d}.pdf", content


def _contracts(found: _Gathered, known: Sequence[ContractPaper]) -> None:
    if not known:
        found.missing.append(_("El contrato: no hay ningún documento suyo en el sistema."))
    for each in known:
        title = _("Contrato %(c)s: %(k)s %(n)s") % {
            "c": each.contract,
            "k": agreements.DOCUMENT_KINDS.get(each.kind, each.kind),
            "n": each.number,
        }
        detail = _("versión %(v)s") % {"v": each.version}
        if each.signed:
            detail += _(", firmado el %(d)s") % {"d": formats.date(each.signed)}
        if each.file_id is None:
            found.missing.append(_("%(t)s: sin archivo, solo consta en papel.") % {"t": title.strip()})
        else:
            _add_file(found, title.strip(), detail, each.file_id)


def _invoices(found: _Gathered, cards: Sequence[InvoiceCard], at: dt.datetime) -> None:
    for card in cards:
        title = _("Factura %(n)s") % {"n": card.number}
        detail = _("emitida el %(d)s por %(t)s") % {
            "d": formats.date(card.issued_date),
            "t": wording.totals({card.currency: card.total}),
        }
        if card.pdf_id is not None:
            _add_file(found, title, detail, card.pdf_id)
        elif (made := invoice_paper(card.id, at=at)) is not None:
            found.parts.append(BundlePart(title, detail, made))
        else:
            found.missing.append(_("%(t)s: sin PDF en el sistema.") % {"t": title})


def _add_file(found: _Gathered, title: str, detail: str, file_id: int) -> None:
    stored, content = files.read(file_id=file_id)
    documents = adapter("documents")
    if stored.content_type == PDF and documents.page_count(content) is not None:
        found.parts.append(BundlePart(title, detail, content))
    elif (page := documents.scan_page(content, stored.content_type)) is not None:
        # What proves is the file as it came: its sum stands in the index beside the page made of it.
        scan = _("escaneado, SHA-256 %(s)s") % {"s": stored.sha256}
        found.parts.append(BundlePart(title, f"{detail}; {scan}".removeprefix("; "), page))
    else:
        found.apart.append(
            {"name": f"{title} ({stored.name})", "kind": stored.content_type, "sha256": stored.sha256}
        )


def _evidence(
    found: _Gathered, house: dict[str, Any], title: str, blocks: list[dict[str, Any]], at: dt.datetime
) -> None:
    data = {
        **house,
        "title": title,
        "subtitle": _("%(n)s registro(s); horas de La Paz") % {"n": len(blocks)},
        "blocks": blocks,
    }
    found.parts.append(
        BundlePart(title, data["subtitle"], adapter("documents").render("evidence", data, at=at))
    )


def _dispatches(cards: Sequence[InvoiceCard]) -> list[dict[str, Any]]:
    sent = billing.dispatch_messages([card.id for card in cards])
    numbers = {message: card.number for card in cards for message in sent.get(card.id, ())}
    return [
        _mail_block(_("Factura %(n)s") % {"n": numbers[proof.id]}, proof) for proof in mail_proofs(numbers)
    ]


def _reminders(customer_id: int, cards: Sequence[InvoiceCard]) -> list[dict[str, Any]]:
    since = min((card.issued_date for card in cards), default=None)
    rows = ReminderMail.objects.filter(customer_id=customer_id, undone_at=None).exclude(message=None)
    if since is not None:
        rows = rows.filter(on__gte=since)
    stages = dict(rows.values_list("message_id", "stage"))
    return [
        _mail_block(_("Recordatorio %(s)s") % {"s": code_of(stages[proof.id])}, proof)
        for proof in mail_proofs(stages)
    ]


def _mail_block(title: str, proof: MailProof) -> dict[str, Any]:
    return {
        "title": title,
        "moment": lapaz.moment(proof.queued_at),
        "facts": [
            [_("Para"), ", ".join(proof.to)],
            [_("Asunto"), proof.subject],
            [_("Message-ID"), proof.header],
            [_("Estado"), proof.state_name + (f": {proof.error}" if proof.error else "")],
            [_("Aceptado por el servidor de correo"), lapaz.exact(proof.accepted_at)],
            [_("Rechazado"), lapaz.exact(proof.failed_at)],
            [_("Adjuntos"), ", ".join(proof.attachments)],
        ],
        "text": proof.body,
    }


def _log(customer_id: int, cards: Sequence[InvoiceCard]) -> list[dict[str, Any]]:
    ids = [card.id for card in cards]
    numbers = {card.id: card.number for card in cards}
    blocks: list[tuple[dt.datetime, dict[str, Any]]] = []
    for row in ContactLog.objects.filter(customer_id=customer_id).select_related("author"):
        following = f"{row.next_action} ({formats.date(row.next_on)})" if row.next_on else ""
        blocks.append(
            (
                row.at,
                _block(
                    _("Gestión: %(r)s") % {"r": ContactLog.Result(row.result).label},
                    row.at,
                    [
                        [_("Con"), row.person],
                        [_("Factura"), numbers.get(row.invoice_id or 0, "")],
                        [_("Próxima acción"), following],
                        [_("Anotó"), row.author.full_name],
                    ],
                    row.text,
                ),
            )
        )
    blocks += [
        (
            promise.made_at,
            _block(
                _("Promesa %(s)s") % {"s": Promise.State(promise.state).label},
                promise.made_at,
                [
                    [_("Factura"), numbers[promise.invoice_id]],
                    [_("Prometió"), promise.who],
                    [_("Importe"), formats.number(promise.amount)],
                    [_("Para el"), formats.date(promise.promised_on)],
                ],
                "",
            ),
        )
        for promise in Promise.objects.filter(invoice_id__in=ids)
    ]
    for objection in Objection.objects.filter(invoice_id__in=ids).select_related("decided_by"):
        when = dt.datetime.combine(objection.raised_on, dt.time(12), tzinfo=lapaz.LA_PAZ)
        decided = objection.decided_by.full_name if objection.decided_by else ""
        blocks.append(
            (
                when,
                _block(
                    _("Objeción %(s)s") % {"s": Objection.State(objection.state).label},
                    when,
                    [
                        [_("Factura"), numbers[objection.invoice_id]],
                        [_("Importe objetado"), formats.number(objection.amount)],
                        [_("Plazo"), _("en plazo") if objection.timely else _("fuera de plazo")],
                        [_("Decisión"), objection.decision],
                        [_("Decidió"), decided],
                    ],
                    objection.words,
                ),
            )
        )
    return [block for _when, block in sorted(blocks, key=lambda pair: pair[0])]


def _block(title: str, moment: dt.datetime, facts: list[list[str]], text: str) -> dict[str, Any]:
    return {"title": title, "moment": lapaz.moment(moment), "facts": facts, "text": text}


def _statements(found: _Gathered, customer_id: int, cards: Sequence[InvoiceCard], at: dt.datetime) -> None:
    today = lapaz.local(at).date()
    for currency in sorted({card.currency for card in cards}):
        made = statements.statement(
            customer_id=customer_id,
            currency=currency,
            since=today - dt.timedelta(days=STATEMENT_DAYS),
            until=today,
        )
        _name, content = papers.statement_pdf(made, at=at)
        found.parts.append(
            BundlePart(
                _("Estado de cuenta"),
                _("al %(d)s, saldo %(t)s")
                % {"d": formats.date(today), "t": wording.totals({currency: made.closing})},
                content,
            )
        )
