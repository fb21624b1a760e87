"""A receipt's money over invoices (R24, G-29): spread to the cent, undone by a counter-act, never edited.

A row of an allocation is never changed: it is undone (who, when, why) and others are written. What no invoice takes is
one live row without an invoice, "a cuenta"; the sum of the money rows is the receipt's amount at every commit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing import queries as billing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, journal, links, live, work
from mayorista.apps.receivables.models import Allocation, Receipt
from mayorista.apps.receivables.operations import receipts, reminders, telling
from mayorista.apps.receivables.operations.receipts import Paper
from mayorista.apps.receivables.queries.balances import Balance, balances_of
from mayorista.rules import allocation as rules
from mayorista.rules import formats, media, money
from mayorista.rules import receipts as receipt_rules
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act

ZERO = Decimal(0)
Kind = Allocation.Kind
State = Receipt.State
PAID, PAID_AMBER, PARTLY, ISSUED, DONE = (
    "pagada, por informar",
    "concluida, por conciliar",
    "pago parcial",
    "emitida",
    "concluida",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """So much of an invoice settled by a kind, in the invoice's currency.

    `explanation` says why for a difference (number of certificate or act where one is needed), `evidence` is its paper.
    """

    invoice_id: int
    amount: Decimal
    kind: str = Kind.PAYMENT
    explanation: str = ""
    evidence: Paper | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    wanted: Wanted
    spent: Decimal


@transaction.atomic
def allocate(
    *,
    receipt_id: int,
    lines: Sequence[Wanted],
    actor: Actor,
    at: dt.datetime,
    rate: Decimal | None = None,
    version: int | None = None,
) -> Receipt:
    """Spread money that a receipt has on account over invoices of its customer, with the differences explained.

    `rate` is how many bolivianos a dollar is, where an invoice is in the other currency (else the day's rate is used).
    Raises Invalid naming each line (`lines[2].amount`), Conflict when the receipt is rejected or reconciled by who
    defined an amount (G-36), Stale, NotAllowed.
    """
    require(actor, Act.ALLOCATE_RECEIPT)
    receipt = receipts.locked(receipt_id, version)
    if receipt.state == State.REJECTED:
        raise Conflict(_("%(n)s está rechazado.") % {"n": receipt.dossier.number})
    if not lines:
        raise Invalid(_("No se imputa nada."), field="lines", remedy=_("Escriba cuánto va a cada factura."))
    found = _locked_balances([line.invoice_id for line in lines])
    _refuse_strangers(receipt, lines, found)
    if receipt.state == State.RECONCILED:
        refuse_definer(receipt.reconciled_by_id, list(found))
    left = on_account(receipt)
    spread = _spread(receipt, lines, found, left, rate)
    _write(receipt, spread, left, actor, at)
    _settle(receipt, found.values(), actor, at, done=_("Imputado"))
    reminders.receipt_came(customer_id=receipt.customer_id, number=receipt.dossier.number, actor=actor, at=at)
    return receipt


def _locked_balances(invoice_ids: Iterable[int]) -> dict[int, Balance]:
    """Invoices are append-only, so their dossiers are what is held, in one order."""
    wanted = sorted(set(invoice_ids))
    for home in sorted(card.dossier_id for card in billing.invoice_card(wanted).values()):
        dossiers.lock(dossier_id=home)
    return balances_of(wanted)


def _refuse_strangers(receipt: Receipt, lines: Sequence[Wanted], found: Mapping[int, Balance]) -> None:
    wrong = [
        FieldError(f"lines[{number}].invoice", _("Esa factura no es de este cliente."), _("Elija otra."))
        for number, line in enumerate(lines)
        if line.invoice_id not in found or found[line.invoice_id].invoice.customer_id != receipt.customer_id
    ]
    wrong += [
        FieldError(f"lines[{number}].explanation", _("Explique la diferencia."), _("Escriba de qué es."))
        for number, line in enumerate(lines)
        if line.kind != Kind.PAYMENT and not line.explanation.strip()
    ]
    for number, line in enumerate(lines):
        if line.evidence is not None:
            wrong += receipt_rules.file_faults(line.evidence.content, field=f"lines[{number}].evidence")
    if wrong:
        raise Invalid.of(wrong)


def on_account(receipt: Receipt) -> Decimal:
    """Return what of a receipt no invoice takes, in its currency."""
    row = Allocation.objects.filter(receipt=receipt, invoice=None, undone_at=None).first()
    return row.amount_receipt_currency if row else ZERO


def _spread(
    receipt: Receipt,
    lines: Sequence[Wanted],
    found: Mapping[int, Balance],
    left: Decimal,
    rate: Decimal | None,
) -> list[_Line]:
    """Check by the rules, one currency of invoices after the other, and say what each line takes of the receipt."""
    spread: list[_Line] = []
    for currency in sorted({found[line.invoice_id].invoice.currency for line in lines}):
        places = [n for n, line in enumerate(lines) if found[line.invoice_id].invoice.currency == currency]
        mine = [lines[n] for n in places]
        factor = _factor(receipt, currency, rate)
        money_left = left - sum((each.spent for each in spread), ZERO)
        given = rules.Receipt(
            money_left,
            receipt.currency,
            # The document was asked for when the receipt was registered, by its whole amount.
            has_bank_document=True,
            rate=factor,
            bolivianos=ZERO,
        )
        names = _names(found, currency)
        try:
            rules.allocate(
                given,
                [
                    rules.Line(names[each.invoice_id], rules.Kind(each.kind), each.amount, each.explanation)
                    for each in mine
                ],
                [
                    rules.Open(
                        names[pk],
                        currency,
                        balance.invoice.due_date or balance.invoice.issued_date,
                        balance.open,
                    )
                    for pk, balance in found.items()
                    if pk in names
                ],
            )
        except Invalid as error:
            raise Invalid.of([_renumbered(each, places) for each in error.errors]) from error
        spread += _spent(mine, given, factor)
    return spread


def _factor(receipt: Receipt, currency: str, rate: Decimal | None) -> Fraction | None:
    """How many units of the invoice's currency one of the receipt's is."""
    if currency == receipt.currency:
        return None
    bolivianos = rate or billing.rate_near(receipt.paid_on)
    if bolivianos is None or bolivianos <= 0:
        raise Invalid(
            _("La factura está en otra moneda y falta el tipo de cambio del %(d)s.")
            % {"d": formats.date(receipt.paid_on)},
            field="rate",
            remedy=_("Escríbalo (bolivianos por dólar)."),
        )
    exact = Fraction(bolivianos)
    return exact if receipt.currency == "USD" else 1 / exact


def _names(found: Mapping[int, Balance], currency: str) -> dict[int, str]:
    names: dict[int, str] = {}
    for pk, balance in found.items():
        if balance.invoice.currency == currency:
            name = balance.invoice.number
            names[pk] = name if name not in names.values() else f"{name} ({balance.invoice.month:%m/%Y})"
    return names


def _renumbered(error: FieldError, places: Sequence[int]) -> FieldError:
    """The rules number the lines of one currency; the person's form numbers all."""
    for own, whole in enumerate(places):
        if error.field.startswith(f"lines[{own}]"):
            return replace(error, field=error.field.replace(f"lines[{own}]", f"lines[{whole}]", 1))
    return error


def _spent(mine: Sequence[Wanted], given: rules.Receipt, factor: Fraction | None) -> list[_Line]:
    """What each payment takes of the receipt, in its currency: to the cent, the last one what is left of the sum."""
    if factor is None:
        return [_Line(each, each.amount if each.kind == Kind.PAYMENT else ZERO) for each in mine]
    paid = [each for each in mine if each.kind == Kind.PAYMENT]
    whole = sum((each.amount for each in paid), ZERO)
    goal = given.amount if whole == given.worth() else min(given.amount, _back(whole, factor))
    spent: dict[int, Decimal] = {}
    for number, each in enumerate(paid):
        rest = goal - sum(spent.values(), ZERO)
        spent[id(each)] = rest if number == len(paid) - 1 else min(rest, _back(each.amount, factor))
    return [_Line(each, spent.get(id(each), ZERO)) for each in mine]


def _back(amount: Decimal, factor: Fraction) -> Decimal:
    return money.amount(money.cents(Fraction(amount) / factor))


def _write(receipt: Receipt, spread: Sequence[_Line], left: Decimal, actor: Actor, at: dt.datetime) -> None:
    rest = left - sum((line.spent for line in spread), ZERO)
    Allocation.objects.bulk_create(
        Allocation(
            receipt=receipt,
            invoice_id=line.wanted.invoice_id,
            kind=line.wanted.kind,
            amount=line.wanted.amount,
            amount_receipt_currency=line.spent,
            explanation=line.wanted.explanation.strip()[:300],
            evidence_id=_evidence(receipt, line.wanted.evidence, actor, at),
            made_by_id=actor.person,
            made_at=at,
        )
        for line in spread
    )
    _put_on_account(receipt, rest, actor, at)
    receipts.write(receipt)


def _evidence(receipt: Receipt, paper: Paper | None, actor: Actor, at: dt.datetime) -> int | None:
    if paper is None:
        return None
    kind = media.sniff(paper.content)
    return files.store(
        dossier_id=receipt.dossier_id,
        name=media.file_name(paper.name, kind),
        content=paper.content,
        content_type=kind,
        actor=actor,
        at=at,
        kind="ALLOCATION",
    ).pk


def _put_on_account(receipt: Receipt, rest: Decimal, actor: Actor, at: dt.datetime) -> None:
    row = Allocation.objects.filter(receipt=receipt, invoice=None, undone_at=None).first()
    if row is not None and row.amount_receipt_currency == rest:
        return
    if row is not None:
        _undo_rows([row], _("cambia lo que queda a cuenta"), actor, at)
    if rest > 0:
        Allocation.objects.create(
            receipt=receipt,
            amount=rest,
            amount_receipt_currency=rest,
            made_by_id=actor.person,
            made_at=at,
        )


def _undo_rows(rows: Sequence[Allocation], reason: str, actor: Actor, at: dt.datetime) -> None:
    for row in rows:
        row.undone_at, row.undone_by_id, row.undone_reason = at, actor.user_id, reason[:300]
    Allocation.objects.bulk_update(rows, ["undone_at", "undone_by", "undone_reason"])


def _settle(
    receipt: Receipt,
    touched: Iterable[Balance],
    actor: Actor,
    at: dt.datetime,
    *,
    done: str,
    decided: bool = True,
) -> None:
    """What follows of an allocation: journal, links, states of the invoices, tasks, mails."""
    cards = [each.invoice for each in touched]
    words = telling.spread_words(receipt)
    text = f"{done}: {words}"
    links.link_many(pairs=[(card.dossier_id, receipt.dossier_id) for card in cards], kind="RECEIPT")
    journal.record_many(
        lines=[
            journal.Line(home, Act.ALLOCATE_RECEIPT, text, "B.7", {"receipt": receipt.pk})
            for home in [receipt.dossier_id, *(card.dossier_id for card in cards)]
        ],
        actor=actor,
        at=at,
    )
    restate([card.id for card in cards], actor=actor, at=at)
    if decided:
        work.complete(
            dossier_ids=[receipt.dossier_id], steps=["B.7"], keys=[receipts.ALLOCATE_KEY], actor=actor, at=at
        )
        telling.acknowledge(receipt, actor=actor, at=at)
    else:
        receipts.open_items(receipt, at=at, keys={receipts.ALLOCATE_KEY})
    if receipt.state in {State.INFORMED, State.RECONCILED}:
        telling.tell_change(receipt, done, actor=actor, at=at)
    live.bump("receipts")


@transaction.atomic
def leave_on_account(*, receipt_id: int, actor: Actor, at: dt.datetime) -> Receipt:
    """Decide that the money stays on account for later; the customer is told so. Raises Conflict when there is none."""
    require(actor, Act.ALLOCATE_RECEIPT)
    receipt = receipts.locked(receipt_id)
    if receipt.state == State.REJECTED or not on_account(receipt):
        raise Conflict(_("%(n)s no tiene dinero a cuenta.") % {"n": receipt.dossier.number})
    _settle(receipt, [], actor, at, done=_("Queda a cuenta"))
    return receipt


@transaction.atomic
def undo(*, allocation_id: int, reason: str, actor: Actor, at: dt.datetime) -> Receipt:
    """Take an allocation back: its money stands on account again, its invoice owes it again.

    Raises Invalid without a reason, Conflict when it is undone already, NotFound, NotAllowed.
    """
    require(actor, Act.ALLOCATE_RECEIPT)
    row = Allocation.objects.filter(pk=allocation_id).first()
    if row is None or row.invoice_id is None:
        raise NotFound(_("No existe esa imputación."))
    receipt = receipts.locked(row.receipt_id)
    found = _locked_balances([row.invoice_id])
    row.refresh_from_db()
    if row.undone_at is not None:
        raise Conflict(_("Esa imputación ya se deshizo."), remedy=_("Actualice la página."))
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se deshace."))
    _undo_rows([row], reason.strip(), actor, at)
    _put_on_account(receipt, on_account(receipt) + row.amount_receipt_currency, actor, at)
    receipts.write(receipt)
    words = _("Deshecho (%(why)s)") % {"why": reason.strip()}
    _settle(receipt, found.values(), actor, at, done=words, decided=False)
    return receipt


def release_excess(invoice_id: int, *, reason: str, actor: Actor, at: dt.datetime) -> None:
    """Put what an invoice was paid beyond what it comes to back on account, of its newest payments first."""
    found = _locked_balances([invoice_id])
    excess = found[invoice_id].excess
    rows = Allocation.objects.filter(
        invoice_id=invoice_id, undone_at=None, kind=Kind.PAYMENT, amount__gt=0
    ).exclude(receipt__state=State.REJECTED)
    for row in rows.order_by("-id") if excess > 0 else ():
        freed = min(excess, row.amount)
        if freed <= 0:
            return
        excess -= freed
        receipt = receipts.locked(row.receipt_id)
        before = on_account(receipt)
        kept = row.amount - freed
        share = _back(kept, Fraction(row.amount) / Fraction(row.amount_receipt_currency))
        _undo_rows([row], reason, actor, at)
        if kept:
            Allocation.objects.create(
                receipt=receipt,
                invoice_id=invoice_id,
                amount=kept,
                amount_receipt_currency=share,
                made_by_id=actor.person,
                made_at=at,
            )
        _put_on_account(receipt, before + row.amount_receipt_currency - share, actor, at)
        receipts.write(receipt)
        words = _("Vuelve a estar a cuenta lo pagado de más (%(why)s)") % {"why": reason}
        _settle(receipt, found.values(), actor, at, done=words, decided=False)


def undo_all(receipt: Receipt, *, reason: str, actor: Actor, at: dt.datetime) -> list[int]:
    """Take all of a locked receipt back, also what is on account; return the invoices that owe again."""
    rows = list(Allocation.objects.filter(receipt=receipt, undone_at=None))
    invoice_ids = sorted({row.invoice_id for row in rows if row.invoice_id is not None})
    _locked_balances(invoice_ids)
    _undo_rows(rows, reason, actor, at)
    return invoice_ids


def restate(invoice_ids: Iterable[int], *, actor: Actor, at: dt.datetime) -> None:
    """Write what each invoice's dossier says by its balance; all informed ends the procedure for it (R-B8)."""
    wanted = sorted(set(invoice_ids))
    waiting = set(
        Allocation.objects.filter(invoice_id__in=wanted, undone_at=None, receipt__state=State.REGISTERED)
        .values_list("invoice_id", flat=True)
    )  # fmt: skip
    ended = []
    for pk, balance in balances_of(wanted).items():
        home = balance.invoice.dossier_id
        state = _state(balance, waits=pk in waiting)
        over = state in {DONE, PAID_AMBER}
        before = dossiers.lock(dossier_id=home)
        if over and before.closed_at is None:
            ended.append(journal.Line(home, "PROCEDURE_ENDED", _("Concluye el procedimiento (B.8)."), "B.8"))
        if before.state != state or over != (before.closed_at is not None):
            dossiers.change(
                dossier_id=home,
                state=state,
                closed_at=at if over and before.closed_at is None else None,
                reopen=not over,
            )
    journal.record_many(lines=ended, actor=actor, at=at)


def _state(balance: Balance, *, waits: bool) -> str:
    if balance.open > 0:
        return PARTLY if balance.settled else ISSUED
    if waits:
        return PAID
    return PAID_AMBER if balance.provisional else DONE


def refuse_definer(user_id: int | None, invoice_ids: Iterable[int]) -> None:
    """Raise Conflict when a person defined an amount that this receipt pays: another one reconciles it (G-36)."""
    if user_id is not None and user_id in billing.definers_of(invoice_ids):
        raise Conflict(
            _("Quien definió el monto de la factura no puede conciliar su pago (separación de funciones)."),
            remedy=_("Lo concilia otra persona de Contabilidad o Cartera."),
        )
