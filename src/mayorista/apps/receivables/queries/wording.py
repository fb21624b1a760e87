"""What the mails of collection say: one text per step, all that a customer owes in its lines (texts §6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from mayorista.apps.billing.queries import InvoiceCard
from mayorista.apps.billing.queries.members import members_of
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.contracts.queries import CollectionClauses
from mayorista.apps.customers.queries import ContactCard
from mayorista.apps.messaging import texts
from mayorista.apps.messaging.texts import Filled
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.receivables.models import Reminder
from mayorista.apps.receivables.queries.dunning import Standing
from mayorista.rules import due_dates, dunning, formats, money, periods

if TYPE_CHECKING:
    from mayorista.apps.messaging.models import MessageTemplate

PRELEGAL, REPEATED, OVERDUE, DUE = 30, 15, 1, 0
TEXTS = (
    (PRELEGAL, "recordatorio_prelegal"),
    (REPEATED, "recordatorio_reiterado"),
    (OVERDUE, "recordatorio_mora"),
    (DUE, "recordatorio_vencimiento"),
)
FIRST_TEXT = "recordatorio_preventivo"
CONTACTS = "BILLING"
_NUMBERS_IN_SUBJECT = 4


def text_of(stage: int) -> str:
    """Return the code of the text of a step by its days from the due date."""
    return next((code for days, code in TEXTS if stage >= days), FIRST_TEXT)


def text_for(notice: dunning.Notice) -> str:
    """Return the code of a mail's text: «hoy vence» is said only where it is true of each invoice in it."""
    late = [entry.days_late for entry in notice.entries]
    if notice.step.offset != DUE or not any(late):
        return text_of(notice.step.offset)
    return text_of(OVERDUE) if max(late) > 0 else FIRST_TEXT


def addresses(cards: Sequence[ContactCard]) -> list[str]:
    """Return whom the mails of collection go to: the billing contacts with an address."""
    return list(dict.fromkeys(card.email for card in cards if card.email))


def no_contact() -> str:
    """Say that there is nobody to write to."""
    return _("El cliente no tiene contacto de facturación con correo: regístrelo en su página.")


def totals(sums: Mapping[str, Decimal]) -> str:
    """`Bs 12.345,60` or `Bs 1,00 y USD 2,00`."""
    return _(" y ").join(f"{money.currency_sign(key)} {formats.number(sums[key])}" for key in sorted(sums))


def clauses_by_group(group_ids: Iterable[int], *, on: dt.date) -> dict[int, tuple[CollectionClauses, ...]]:
    """Return the clauses of the contracts that each group bills on a day; two reads."""
    members = members_of(set(group_ids), on.replace(day=1))
    known = contracts.collection_clauses({pk for ids in members.values() for pk in ids}, on=on)
    return {group: tuple(known[pk] for pk in ids if pk in known) for group, ids in members.items()}


@dataclass(frozen=True, slots=True)
class Facts:
    """What all mails of a day share, read once."""

    parameters: Mapping[str, Any]
    clauses: Mapping[int, tuple[CollectionClauses, ...]]
    told_on: Mapping[int, tuple[dt.date, ...]]
    texts: Mapping[str, MessageTemplate]

    @classmethod
    def read(cls, standing: Standing, notices: Sequence[dunning.Notice], *, at: dt.datetime) -> Facts:
        """Read the parameters, and for the harder steps the contracts and the days of former reminders."""
        hard = [each for each in notices if each.step.offset >= REPEATED]
        cards = [standing.card(entry.debt) for notice in hard for entry in notice.entries]
        told: dict[int, list[dt.date]] = {}
        if cards:
            rows = Reminder.objects.filter(invoice_id__in=[card.id for card in cards]).exclude(sent_on=None)
            for invoice_id, sent_on in rows.order_by("sent_on").values_list("invoice_id", "sent_on"):
                assert sent_on is not None
                told.setdefault(invoice_id, []).append(sent_on)
        return cls(
            parameters(at=at),
            clauses_by_group({card.group_id for card in cards}, on=standing.on) if cards else {},
            {pk: tuple(days) for pk, days in told.items()},
            {code: texts.usable(code) for code in sorted({text_for(each) for each in notices})},
        )

    def mail(self, notice: dunning.Notice, standing: Standing) -> Filled:
        """Return the mail of a notice."""
        cards = [standing.card(entry.debt) for entry in notice.entries]
        days = sorted({day for card in cards for day in self.told_on.get(card.id, ())})
        limit = due_dates.plus_business_days(
            standing.on, int(self.parameters["collection.answer_business_days"]), standing.works
        )
        return texts.fill(
            self.texts[text_for(notice)],
            {
                **common(self.parameters),
                "cliente": cards[0].customer,
                "asunto": _subject([card.number for card in cards]),
                "detalle": _lines(notice.entries, cards),
                "total": totals(notice.totals),
                "dias": str(max(entry.days_late for entry in notice.entries)),
                "fecha_limite": formats.date(limit),
                "fechas": ", ".join(formats.date(day) for day in days) or _("anteriores"),
                "plazo": str(self.parameters["collection.final_business_days"]),
                "contratos": self._contracts({card.group_id for card in cards}),
            },
        )

    def _contracts(self, group_ids: Iterable[int]) -> str:
        found = dict.fromkeys(
            contract_words(each) for pk in sorted(group_ids) for each in self.clauses.get(pk, ())
        )
        return ", ".join(found) or _("el contrato")


def parameters(*, at: dt.datetime) -> dict[str, Any]:
    """Return what every mail of collection needs to know of the house."""
    found: dict[str, Any] = {}
    for prefix in ("billing.", "carrier.", "collection."):
        found.update(procedure.parameters(at=at, prefix=prefix))
    return found


def common(known: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that stand in every mail: accounts come from the settings only (fraud guard)."""
    return {
        "corto": known["carrier.short_name"],
        "operador": known["carrier.name"],
        "cuentas": known["billing.accounts"],
        "correo_cobranza": known["billing.email"],
        "firma": known["collection.signature"],
    }


def contract_words(clauses: CollectionClauses) -> str:
    """`la cláusula 9.1 del contrato CT-100`, or `el contrato CT-100`."""
    where = clauses.clauses.get("suspension_after_days", "")
    if where:
        return _("la cláusula %(c)s del contrato %(n)s") % {"c": where, "n": clauses.number}
    return _("el contrato %(n)s") % {"n": clauses.number}


def _subject(numbers: Sequence[str]) -> str:
    shown = ", ".join(numbers[:_NUMBERS_IN_SUBJECT])
    more = len(numbers) - _NUMBERS_IN_SUBJECT
    if more > 0:
        shown += _(" y %(n)s más") % {"n": more}
    return _("Recordatorio de pago – Factura %(n)s") % {"n": shown}


def _lines(entries: Sequence[dunning.Entry], cards: Sequence[InvoiceCard]) -> str:
    """A line of each invoice of a mail; some mails have a dozen and more, so what all say is looked up once."""
    late, due = _("vencida el %(d)s, %(n)s día(s) de mora"), _("vence el %(d)s")
    whole = _("- Factura N.º %(n)s (%(month)s): %(sign)s %(amount)s, %(when)s")
    without = _(" (sin la parte objetada)")
    found = []
    for entry, card in zip(entries, cards, strict=True):
        assert card.due_date is not None  # an invoice that is not due is in no mail
        when = (late if entry.days_late > 0 else due) % {
            "d": formats.date(card.due_date),
            "n": entry.days_late,
        }
        text = whole % {
            "n": card.number,
            "month": periods.month_of(card.month).words,
            "sign": money.currency_sign(card.currency),
            "amount": formats.number(entry.amount),
            "when": when,
        }
        found.append(text + without if entry.debt.disputed else text)
    return "\n".join(found)
