"""B.7: receipts come in by hand, from a mail or from a WhatsApp document, and are known only once.

All of a receipt's money is spread at any moment: what no invoice takes stands on account ("a cuenta"). A sender's
address proves nothing: what a message brings is its file; bank, reference, date and amount are typed by a person.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from mayorista.apps.billing import queries as billing
from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as messages
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, journal, links, live, serials, work
from mayorista.apps.receivables.models import Allocation, Receipt, StatementLine
from mayorista.apps.receivables.operations import reminders, suspensions
from mayorista.apps.receivables.queries.banks import bank_difference
from mayorista.rules import allocation as rules
from mayorista.rules import formats, lapaz, media, money
from mayorista.rules import receipts as receipt_rules
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotFound, Stale
from mayorista.rules.procedure import Act, Role

SERIES = "CP"
KIND = "RECEIPT"
ALLOCATE_KEY, INFORM_KEY, RECONCILE_KEY, REJECTED_KEY = "imputar", "informar", "conciliar", "rechazado"
State = Receipt.State
_ONCE = {
    "receipt_bank_and_reference_once": "reference",
    "receipt_file_once": "file",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """A file as it was handed in."""

    name: str
    content: bytes


class Duplicate(Conflict):
    """The receipt is known already: `number` is the other one's, to be shown."""

    def __init__(self, other: Receipt, field: str) -> None:
        same = _("el mismo archivo") if field == "file" else _("el mismo banco y referencia")
        super().__init__(
            _("Ya está registrado con %(same)s: %(n)s de %(who)s, del %(on)s por %(sign)s %(t)s.")
            % {
                "same": same,
                "n": other.dossier.number,
                "who": other.customer.name,
                "on": formats.date(other.paid_on),
                "sign": money.currency_sign(other.currency),
                "t": formats.number(other.amount),
            },
            field=field,
            remedy=_("Ábralo; si aquel está mal, anúlelo antes."),
        )
        self.number = other.dossier.number


@transaction.atomic
def register(
    *,
    customer_id: int,
    bank: str,
    reference: str,
    paid_on: dt.date,
    currency: str,
    amount: Decimal,
    actor: Actor,
    at: dt.datetime,
    upload: Paper | None = None,
    message_id: int | None = None,
    file_id: int | None = None,
    line_id: int | None = None,
) -> Receipt:
    """Write a receipt down; `file_id` names a file that came with the message, `line_id` a movement of a statement.

    Its money stands on account until it is allocated. Raises Invalid naming each field, Duplicate with the other one,
    NotFound, NotAllowed.
    """
    require(actor, Act.REGISTER_RECEIPT)
    customer = customers.customer(customer_id=customer_id)
    source = messages.message(message_id) if message_id is not None else None
    paper = upload or _file_of_message(message_id, file_id)
    wrong = receipt_rules.faults(
        bank=bank,
        reference=reference,
        paid_on=paid_on,
        currency=currency,
        amount=amount,
        today=lapaz.local(at).date(),
    )
    wrong += receipt_rules.file_faults(paper.content) if paper is not None else []
    wrong = wrong or _missing_document(currency, amount, paid_on, paper)
    if wrong:
        raise Invalid.of(wrong)
    keys = (receipt_rules.bank_key(bank), receipt_rules.reference_key(reference))
    sha256 = hashlib.sha256(paper.content).hexdigest() if paper else ""
    _refuse_known(*keys, sha256)
    number = serials.next_number(series=SERIES, at=at)
    home = dossiers.open_dossier(
        kind=KIND,
        number=number,
        headline=f"{customer.name} · {bank.strip()} {reference.strip()}",
        state=str(State.REGISTERED.label),
        customer_id=customer.dossier_id,
        at=at,
        search=keys[1],
    )
    receipt = Receipt(
        dossier=home,
        customer_id=customer.id,
        door=source.channel if source else "HAND",
        bank=" ".join(bank.split())[:80],
        bank_key=keys[0],
        reference=" ".join(reference.split())[:80],
        reference_key=keys[1],
        paid_on=paid_on,
        currency=currency,
        amount=amount,
        file_sha256=sha256,
        source_message_id=message_id,
        registered_by_id=actor.person,
        registered_at=at,
    )
    _insert(receipt)
    if source is not None:
        _take_message(source, receipt, actor, at)
    if paper is not None:
        receipt.file_id = _keep(receipt, paper, file_id if upload is None else None, actor, at)
        receipt.save(update_fields=["file"])
    Allocation.objects.create(
        receipt=receipt,
        amount=amount,
        amount_receipt_currency=amount,
        made_by_id=actor.person,
        made_at=at,
    )
    differs = ""
    if line_id is not None:
        differs = _take_line(line_id, receipt, actor, at)
    text = _("Comprobante registrado: %(bank)s, referencia %(ref)s, del %(on)s, %(sign)s %(t)s.") % {
        "bank": receipt.bank,
        "ref": receipt.reference,
        "on": formats.date(paid_on),
        "sign": money.currency_sign(currency),
        "t": formats.number(amount),
    }
    text = f"{text} {differs}".strip()
    journal.record(
        dossier_id=home.pk,
        act=Act.REGISTER_RECEIPT,
        text=text,
        actor=actor,
        at=at,
        step="B.7",
        payload={"receipt": receipt.pk, "sha256": sha256},
    )
    open_items(receipt, at=at)
    suspensions.receipt_came(customer_id=customer.id, number=number, actor=actor, at=at)
    reminders.receipt_came(customer_id=customer.id, number=number, actor=actor, at=at)
    live.bump("receipts")
    return receipt


def _file_of_message(message_id: int | None, file_id: int | None) -> Paper | None:
    if message_id is None or file_id is None:
        return None
    bubble = messages.bubbles_of([message_id]).get(message_id)
    if bubble is None or file_id not in {each.file_id for each in bubble.attachments}:
        raise Invalid(_("Ese archivo no vino con el mensaje."), field="file_id", remedy=_("Elija otro."))
    stored, content = files.read(file_id=file_id)
    return Paper(stored.name, content)


def _missing_document(
    currency: str, amount: Decimal, paid_on: dt.date, paper: Paper | None
) -> list[FieldError]:
    """From Bs 50.000 on, a payment needs a document of the bank (R24)."""
    if paper is not None:
        return []
    worth = amount
    if currency != "BOB":
        rate = billing.rate_near(paid_on)
        if rate is None:
            return [
                FieldError(
                    "file",
                    _("Sin el tipo de cambio del día no se sabe si pasa de Bs 50.000."),
                    _("Adjunte el documento del banco, o registre el tipo de cambio."),
                )
            ]
        worth = amount * rate
    if worth < rules.BANK_DOCUMENT_FROM:
        return []
    limit = formats.number(rules.BANK_DOCUMENT_FROM)
    return [
        FieldError(
            "file",
            _("Desde Bs %(limit)s hace falta un documento bancario.") % {"limit": limit},
            _("Adjunte el documento del banco."),
        )
    ]


def same_as(bank_key: str, reference_key: str, sha256: str) -> tuple[Receipt, str] | None:
    """Return a receipt in force with that file or bank and reference, and which of them: "file" or "reference"."""
    known = Receipt.objects.exclude(state=State.REJECTED).select_related("dossier", "customer")
    by_file = known.filter(file_sha256=sha256).first() if sha256 else None
    if by_file is not None:
        return by_file, "file"
    by_reference = known.filter(bank_key=bank_key, reference_key=reference_key).first()
    return (by_reference, "reference") if by_reference is not None else None


def _refuse_known(bank_key: str, reference_key: str, sha256: str) -> None:
    found = same_as(bank_key, reference_key, sha256)
    if found is not None:
        raise Duplicate(*found)


def _insert(receipt: Receipt) -> None:
    """Insert, or say which one was first: the database decides between two people at once."""
    try:
        with transaction.atomic():
            receipt.save(force_insert=True)
    except IntegrityError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        if (getattr(diagnostics, "constraint_name", "") or "") not in _ONCE:
            raise
        _refuse_known(receipt.bank_key, receipt.reference_key, receipt.file_sha256)
        raise


def _take_message(source: messages.Incoming, receipt: Receipt, actor: Actor, at: dt.datetime) -> None:
    """The message led to the receipt; one that nobody has filed yet is filed there, and its task is done."""
    messaging.receipt_handled(message_id=source.id, actor=actor, at=at)
    if source.needs_filing:
        messaging.file_message(
            message_id=source.id, dossier_id=receipt.dossier_id, actor=actor, at=at, with_following=False
        )
    elif source.dossier_id is not None:
        links.link(source_id=source.dossier_id, target_id=receipt.dossier_id, kind="RECEIPT")


def _keep(receipt: Receipt, paper: Paper, file_id: int | None, actor: Actor, at: dt.datetime) -> int:
    """Hang the file on the receipt and return its id; the one of a filed message hangs there already."""
    if file_id is not None:
        for stored in procedure.files_by_id([file_id]):
            if stored.dossier_id == receipt.dossier_id:
                return stored.pk
    kind = media.sniff(paper.content)
    return files.store(
        dossier_id=receipt.dossier_id,
        name=media.file_name(paper.name, kind),
        content=paper.content,
        content_type=kind,
        actor=actor,
        at=at,
        kind=KIND,
    ).pk


def _take_line(line_id: int, receipt: Receipt, actor: Actor, at: dt.datetime) -> str:
    """Link the movement; return in words that the two name different banks, for the journal."""
    taken = StatementLine.objects.filter(pk=line_id, receipt=None, set_aside="").update(
        receipt=receipt, matched_by_id=actor.person, matched_at=at
    )
    if not taken:
        raise Conflict(
            _("Ese movimiento del extracto ya se enlazó a otro comprobante."),
            remedy=_("Actualice el extracto."),
        )
    return bank_difference(StatementLine.objects.get(pk=line_id).bank, receipt.bank)


def open_items(
    receipt: Receipt, *, at: dt.datetime, keys: Collection[str] = (ALLOCATE_KEY, INFORM_KEY)
) -> None:
    """Put what is due for a receipt into the trays, narrowed to `keys`."""
    days = procedure.parameter("receipts.business_days", at=at)
    known = {
        ALLOCATE_KEY: ("B.7", Role.INTERCONNECTION, _("Imputar comprobante %(n)s"), "allocate"),
        INFORM_KEY: ("B.8", Role.INTERCONNECTION, _("Informar a Contabilidad %(n)s"), "inform"),
        RECONCILE_KEY: ("B.8", Role.ACCOUNTING, _("Conciliar comprobante %(n)s"), "reconcile"),
        REJECTED_KEY: ("B.8", Role.BILLING, _("Comprobante rechazado %(n)s: la deuda vuelve"), "rejected"),
    }
    work.open_items(
        items=[
            work.NewItem(
                receipt.dossier_id,
                step,
                role,
                title % {"n": receipt.dossier.number},
                procedure.calendar(at=at).after(at, days[limit]),
                key,
            )
            for key, (step, role, title, limit) in known.items()
            if key in keys
        ],
        at=at,
    )


def locked(receipt_id: int, version: int | None = None) -> Receipt:
    """Return a receipt, locked for the rest of the transaction. Raises NotFound, Stale when a form is older than it."""
    row = (
        Receipt.objects.select_for_update(of=("self",))
        .select_related("dossier", "customer")
        .filter(pk=receipt_id)
        .first()
    )
    if row is None:
        raise NotFound(_("No existe ese comprobante."))
    if version is not None and version != row.version:
        raise Stale(
            _("Otra persona cambió %(n)s mientras usted lo tenía abierto.") % {"n": row.dossier.number},
            theirs={_("estado"): str(State(row.state).label)},
            version=row.version,
        )
    return row


def locked_many(receipt_ids: Sequence[int]) -> list[Receipt]:
    """Return receipts, locked in one order so that two people never wait for each other."""
    return list(
        Receipt.objects.select_for_update(of=("self",))
        .select_related("dossier", "customer", "file")
        .filter(Q(pk__in=receipt_ids))
        .order_by("id")
    )


def write(receipt: Receipt, **values: object) -> None:
    """Write some fields of a locked receipt and count its version up."""
    Receipt.objects.filter(pk=receipt.pk).update(**values, version=F("version") + 1)
    for name, value in values.items():
        setattr(receipt, name, value)
    receipt.version += 1


@transaction.atomic
def attach(*, receipt_id: int, upload: Paper, actor: Actor, at: dt.datetime) -> Receipt:
    """Give a receipt its file, or another before accounting was told.

    Raises Invalid for what is no receipt, Duplicate when another has that file, Conflict once it was informed.
    """
    require(actor, Act.REGISTER_RECEIPT)
    receipt = locked(receipt_id)
    if receipt.state != State.REGISTERED:
        raise Conflict(
            _("%(n)s ya se informó a Contabilidad: su archivo no se cambia.") % {"n": receipt.dossier.number}
        )
    wrong = receipt_rules.file_faults(upload.content)
    if wrong:
        raise Invalid.of(wrong)
    sha256 = hashlib.sha256(upload.content).hexdigest()
    found = same_as("", "", sha256)
    if found is not None and found[0].pk != receipt.pk:
        raise Duplicate(*found)
    file_id = _keep(receipt, upload, None, actor, at)
    try:
        with transaction.atomic():
            write(receipt, file_id=file_id, file_sha256=sha256)
    except IntegrityError:
        _refuse_known("", "", sha256)
        raise
    journal.record(
        dossier_id=receipt.dossier_id,
        act=Act.REGISTER_RECEIPT,
        text=_("Archivo del comprobante: %(name)s") % {"name": files.safe_name(upload.name)},
        actor=actor,
        at=at,
        step="B.7",
        payload={"sha256": sha256},
    )
    live.bump("receipts")
    return receipt
