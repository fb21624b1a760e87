"""A receipt over invoices (R24, G-29): what settles what, and why.

Money received is spread over `payment` lines; what is left stays on account. The other kinds settle a debt without
money having come and each says by what: bank charge, withholding (certificate), compensation (signed act), exchange
difference, rounding. An invoice is never settled beyond its balance.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from mayorista.rules import formats, money
from mayorista.rules.errors import FieldError, Invalid

ZERO = Decimal(0)
BANK_DOCUMENT_FROM = Decimal(50_000)
"""From this many bolivianos on, a payment needs a document of the bank."""
ROUNDING_LIMIT = Decimal("1.00")


class Kind(StrEnum):
    """What settles."""

    PAYMENT = "PAYMENT"
    BANK_CHARGE = "BANK_CHARGE"
    WITHHOLDING = "WITHHOLDING"
    COMPENSATION = "COMPENSATION"
    EXCHANGE_DIFFERENCE = "EXCHANGE_DIFFERENCE"
    ROUNDING = "ROUNDING"


NAMES = {
    Kind.PAYMENT: "pago",
    Kind.BANK_CHARGE: "comisión bancaria",
    Kind.WITHHOLDING: "retención",
    Kind.COMPENSATION: "compensación",
    Kind.EXCHANGE_DIFFERENCE: "diferencia de cambio",
    Kind.ROUNDING: "redondeo",
}
_PROVED_BY = {Kind.WITHHOLDING: "el número del certificado", Kind.COMPENSATION: "el acta firmada"}
_EITHER_SIGN = {Kind.EXCHANGE_DIFFERENCE, Kind.ROUNDING}


class State(StrEnum):
    """What an invoice is after the allocation."""

    OPEN = "OPEN"
    PARTIAL = "PARTIAL"
    PAID = "PAID"


@dataclass(frozen=True, slots=True)
class Open:
    """An invoice that waits for money."""

    invoice: str
    currency: str
    due_on: dt.date
    balance: Decimal
    disputed: Decimal = ZERO
    """What of it the customer objects to, while nobody has decided (R25)."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came: `rate` is how many units of the invoices' currency one unit of it is (None: the same currency)."""

    amount: Decimal
    currency: str
    has_bank_document: bool
    rate: Decimal | Fraction | None = None
    bolivianos: Decimal | None = None

    def worth(self) -> Decimal:
        """Return the amount in the invoices' currency, two decimals."""
        if self.rate is None:
            return self.amount
        return money.amount(
            money.convert(money.scaled(self.amount, 2, field="amount"), self.rate.as_integer_ratio())
        )


@dataclass(frozen=True, slots=True)
class Line:
    """So much of an invoice settled by a kind, in the invoice's currency; `proof` names certificate or act."""

    invoice: str
    kind: Kind
    amount: Decimal
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Allocated:
    """The balances after, the state of each invoice touched, and what stays on account."""

    balances: dict[str, Decimal]
    states: dict[str, State]
    on_account: Decimal


def propose(receipt: Receipt, invoices: Sequence[Open]) -> tuple[Line, ...]:
    """Return payments over the invoices, the oldest due first, until the money is spent.

    What is disputed comes last: nobody who objects to a part means to pay it before what he does not object to.
    """
    left = receipt.worth()
    ordered = sorted(invoices, key=lambda one: (one.due_on, one.invoice))
    shares = {each.invoice: ZERO for each in ordered}
    disputed = {each.invoice: min(each.disputed, each.balance) for each in ordered}
    for parts in ({each.invoice: each.balance - disputed[each.invoice] for each in ordered}, disputed):
        for invoice, part in parts.items():
            share = min(left, part)
            shares[invoice] += share
            left -= share
    return tuple(Line(invoice, Kind.PAYMENT, share) for invoice, share in shares.items() if share > 0)


def allocate(
    receipt: Receipt,
    lines: Sequence[Line],
    invoices: Sequence[Open],
    *,
    bank_document_from: Decimal = BANK_DOCUMENT_FROM,
    rounding_limit: Decimal = ROUNDING_LIMIT,
) -> Allocated:
    """Return the balances after a receipt was spread so. Raises Invalid with every fault named."""
    open_by_number = {each.invoice: each for each in invoices}
    errors = _receipt_faults(receipt, bank_document_from)
    balances = {each.invoice: each.balance for each in invoices}
    for number, line in enumerate(lines):
        errors += _line_faults(f"lines[{number}]", line, open_by_number, rounding_limit)
        if line.invoice in balances:
            balances[line.invoice] -= line.amount
    spent = sum((line.amount for line in lines if line.kind is Kind.PAYMENT), ZERO)
    if spent > receipt.worth():
        errors.append(
            FieldError(
                "lines",
                f"Se aplican {formats.number(spent)} y el comprobante vale {formats.number(receipt.worth())}.",
                "Baje los pagos o explique la diferencia con otro concepto.",
            )
        )
    for invoice, balance in balances.items():
        if balance < 0:
            errors.append(
                FieldError(
                    "lines", f"La factura {invoice} quedaría pagada de más.", "Deje el resto a cuenta."
                )
            )
    if errors:
        raise Invalid.of(errors)
    touched = {line.invoice for line in lines}
    states = {
        invoice: _state(open_by_number[invoice].balance, balances[invoice]) for invoice in sorted(touched)
    }
    return Allocated(balances, states, receipt.worth() - spent)


def _state(before: Decimal, after: Decimal) -> State:
    if after == 0:
        return State.PAID
    return State.PARTIAL if after != before else State.OPEN


def _receipt_faults(receipt: Receipt, bank_document_from: Decimal) -> list[FieldError]:
    errors = []
    if receipt.amount < 0:
        errors.append(FieldError("amount", "El importe no puede ser negativo.", "Revise la cifra."))
    in_bolivianos = receipt.amount if receipt.currency == "BOB" else receipt.bolivianos
    if in_bolivianos is None:
        errors.append(
            FieldError(
                "bolivianos", "Falta el equivalente en bolivianos.", "Indique el tipo de cambio del día."
            )
        )
    elif in_bolivianos >= bank_document_from and not receipt.has_bank_document:
        limit = formats.number(bank_document_from)
        errors.append(
            FieldError(
                "file", f"Desde Bs {limit} hace falta un documento bancario.", "Pida el documento del banco."
            )
        )
    return errors


def _line_faults(
    path: str, line: Line, invoices: dict[str, Open], rounding_limit: Decimal
) -> list[FieldError]:
    errors = []
    if line.invoice not in invoices:
        errors.append(
            FieldError(f"{path}.invoice", f"La factura {line.invoice} no está pendiente.", "Elija otra.")
        )
    if line.amount == 0 or (line.amount < 0 and line.kind not in _EITHER_SIGN):
        errors.append(
            FieldError(
                f"{path}.amount", f"El {NAMES[line.kind]} debe ser mayor que cero.", "Revise la cifra."
            )
        )
    if line.amount != line.amount.quantize(Decimal("0.01")):
        errors.append(FieldError(f"{path}.amount", "El importe tiene más de dos decimales.", "Redondéelo."))
    if line.kind is Kind.ROUNDING and abs(line.amount) > rounding_limit:
        errors.append(
            FieldError(
                f"{path}.amount",
                f"Un redondeo de {formats.number(line.amount)} pasa del límite de {formats.number(rounding_limit)}.",
                "Explique la diferencia con otro concepto.",
            )
        )
    if line.kind in _PROVED_BY and not line.proof.strip():
        errors.append(FieldError(f"{path}.proof", f"Falta {_PROVED_BY[line.kind]}.", "Indíquelo."))
    return errors
