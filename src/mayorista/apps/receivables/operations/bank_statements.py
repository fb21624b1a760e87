"""Bank statements: uploaded whole or not at all, each movement once; a person says what it is (G-30)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, journal, links, live, serials
from mayorista.apps.receivables import statement_files
from mayorista.apps.receivables.models import Receipt, StatementLine
from mayorista.apps.receivables.operations.receipts import Paper
from mayorista.apps.receivables.queries.banks import bank_difference
from mayorista.rules import bank_statements as rules
from mayorista.rules import formats, media, money, receipts
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act

SERIES = "EXT"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of an upload: new movements, those known from another file, money that left."""

    number: str
    new: int
    known: int
    left: int


@transaction.atomic
def load(*, upload: Paper, bank: str, currency: str, actor: Actor, at: dt.datetime) -> Loaded:
    """Keep a statement and its incoming movements; those known by their fingerprint are skipped.

    Raises Invalid naming file, row or column; Conflict when all is known already. Nothing is half-written.
    """
    require(actor, Act.LOAD_STATEMENT)
    if not receipts.bank_key(bank):
        raise Invalid(_("Falta el banco."), field="bank")
    if currency not in receipts.CURRENCIES:
        raise Invalid(_("Elija bolivianos o dólares."), field="currency")
    sheets = statement_files.sheets_of(content=upload.content, name=files.safe_name(upload.name))
    found = rules.read_sheets(sheets, bank=bank, currency=currency)
    known = set(
        StatementLine.objects.filter(fingerprint__in=[each.fingerprint for each in found.movements])
        .values_list("fingerprint", flat=True)
    )  # fmt: skip
    fresh = [each for each in found.movements if each.fingerprint not in known]
    if not fresh:
        raise Conflict(
            _("Ese extracto no trae abonos nuevos: %(k)d ya estaban, %(l)d son salidas.")
            % {"k": len(known), "l": found.left},
            field="file",
        )
    number = serials.next_number(series=SERIES, at=at)
    home = dossiers.open_dossier(
        kind="BANK_STATEMENT",
        number=number,
        headline=_("Extracto %(bank)s del %(a)s al %(b)s")
        % {
            "bank": bank.strip()[:80],
            "a": formats.date(min(each.booked_on for each in fresh)),
            "b": formats.date(max(each.booked_on for each in fresh)),
        },
        state="cargado",
        at=at,
    )
    kind = media.sniff(upload.content)
    stored = files.store(
        dossier_id=home.pk,
        name=upload.name,
        content=upload.content,
        content_type=kind,
        actor=actor,
        at=at,
        kind="BANK_STATEMENT",
    )
    made = StatementLine.objects.bulk_create(
        (
            StatementLine(
                file=stored,
                position=each.position,
                bank=" ".join(bank.split())[:80],
                booked_on=each.booked_on,
                reference=each.reference,
                description=each.description,
                currency=each.currency,
                amount=each.amount,
                fingerprint=each.fingerprint,
            )
            for each in fresh
        ),
        ignore_conflicts=True,  # two people with the same file at once: each movement once
        batch_size=2000,
    )
    journal.record(
        dossier_id=home.pk,
        act=Act.LOAD_STATEMENT,
        text=_("Extracto cargado: %(n)d abonos nuevos, %(k)d ya conocidos, %(l)d salidas.")
        % {"n": len(made), "k": len(known), "l": found.left},
        actor=actor,
        at=at,
        step="B.7",
    )
    live.bump("receipts")
    return Loaded(number, len(made), len(known), found.left)


def _locked(line_id: int) -> StatementLine:
    line = (
        StatementLine.objects.select_for_update(of=("self",))
        .select_related("file")
        .filter(pk=line_id)
        .first()
    )
    if line is None:
        raise NotFound(_("No existe ese movimiento."))
    return line


@transaction.atomic
def match(
    *, line_id: int, receipt_id: int, actor: Actor, at: dt.datetime, other_bank: bool = False
) -> StatementLine:
    """Confirm that a movement is the money of a receipt; `other_bank`: seen that the two name different banks.

    Raises Conflict when either is matched already, their sums differ, or their banks do unseen; NotFound, NotAllowed.
    """
    require(actor, Act.LOAD_STATEMENT)
    line = _locked(line_id)
    receipt = (
        Receipt.objects.select_for_update(of=("self",))
        .select_related("dossier")
        .filter(pk=receipt_id)
        .first()
    )
    if receipt is None:
        raise NotFound(_("No existe ese comprobante."))
    if line.receipt_id is not None or StatementLine.objects.filter(receipt=receipt).exists():
        raise Conflict(
            _("El movimiento o el comprobante ya está enlazado."), remedy=_("Actualice la página.")
        )
    if receipt.state == Receipt.State.REJECTED:
        raise Conflict(_("%(n)s está rechazado.") % {"n": receipt.dossier.number})
    if (line.currency, line.amount) != (receipt.currency, receipt.amount):
        raise Conflict(
            _("El movimiento es por %(a)s y el comprobante por %(b)s.")
            % {"a": _sum(line.currency, line.amount), "b": _sum(receipt.currency, receipt.amount)},
            remedy=_("Corrija el comprobante (anule y registre de nuevo) o elija otro."),
        )
    differs = bank_difference(line.bank, receipt.bank)
    if differs and not other_bank:
        raise Conflict(
            differs,
            remedy=_("Si es el mismo dinero, confírmelo en el extracto con «Es este, de otro banco»."),
        )
    line.receipt, line.matched_by_id, line.matched_at, line.set_aside = receipt, actor.person, at, ""
    line.save(update_fields=["receipt", "matched_by", "matched_at", "set_aside"])
    links.link(source_id=line.file.dossier_id, target_id=receipt.dossier_id, kind="STATEMENT")
    text = _("Figura en el extracto de %(bank)s del %(on)s (referencia %(ref)s).") % {
        "bank": line.bank,
        "on": formats.date(line.booked_on),
        "ref": line.reference or "—",
    }
    _record(line, receipt.dossier_id, f"{text} {differs}".strip(), actor, at)
    return line


def _sum(currency: str, amount: object) -> str:
    return f"{money.currency_sign(currency)} {formats.number(amount)}"  # type: ignore[arg-type]


def _record(line: StatementLine, dossier_id: int, text: str, actor: Actor, at: dt.datetime) -> None:
    journal.record(
        dossier_id=dossier_id,
        act=Act.LOAD_STATEMENT,
        text=text,
        actor=actor,
        at=at,
        step="B.7",
        payload={"line": line.pk},
    )
    live.bump("receipts")


@transaction.atomic
def release(*, line_id: int, actor: Actor, at: dt.datetime) -> StatementLine:
    """Take a match, or a setting aside, back. Raises Conflict when there is none."""
    require(actor, Act.LOAD_STATEMENT)
    line = _locked(line_id)
    if line.receipt_id is None and not line.set_aside:
        raise Conflict(_("Ese movimiento no está enlazado ni apartado."), remedy=_("Actualice la página."))
    home = line.file.dossier_id if line.receipt is None else line.receipt.dossier_id
    line.receipt, line.matched_by_id, line.matched_at, line.set_aside = None, None, None, ""
    line.save(update_fields=["receipt", "matched_by", "matched_at", "set_aside"])
    _record(line, home, _("Se soltó el movimiento del extracto del %(on)s.") % {"on": formats.date(line.booked_on)}, actor, at)  # fmt: skip
    return line


@transaction.atomic
def set_aside(*, line_id: int, reason: str, actor: Actor, at: dt.datetime) -> StatementLine:
    """Say that a movement is no payment of a wholesale customer, and why. Raises Invalid, Conflict when it is matched."""
    require(actor, Act.LOAD_STATEMENT)
    line = _locked(line_id)
    if line.receipt_id is not None:
        raise Conflict(_("Ese movimiento ya está enlazado a un comprobante."))
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason")
    line.set_aside = reason.strip()[:300]
    line.save(update_fields=["set_aside"])
    _record(line, line.file.dossier_id, _("Apartado: %(why)s") % {"why": line.set_aside}, actor, at)
    return line
