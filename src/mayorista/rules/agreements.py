"""Clauses as values: what a person or a workbook wrote is read, and what contradicts itself is named.

A price is kept in the form of a rating case (`model` and the amounts of its model), so that what is stored is
what is rated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mayorista.rules import capacity, formats, money
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.rating import reading, reading_sla
from mayorista.rules.rating.nodes import Node
from mayorista.rules.tariff import Model, TierScope

if TYPE_CHECKING:
    from mayorista.rules.rating.case import Sla
    from mayorista.rules.tariff import Price

MODEL_TITLES: dict[Model, str] = {
    Model.PER_MBPS: "por Mbps",
    Model.FLAT: "cuota fija",
    Model.VOLUME: "por tramo, todo al precio del tramo",
    Model.GRADUATED: "escalonado, cada parte a su precio",
    Model.COMMITTED_BURST: "compromiso y exceso (percentil 95)",
}
SCOPE_TITLES: dict[TierScope, str] = {
    TierScope.SERVICE: "cada servicio por sí",
    TierScope.CONTRACT: "la suma del contrato",
    TierScope.CUSTOMER: "la suma del cliente",
}
CURRENCIES: dict[str, str] = {"BOB": "Bolivianos", "USD": "Dólares"}
MIN_POLICIES: dict[str, str] = {
    "refuse": "no se acepta por debajo",
    "bill_at_minimum": "se factura el mínimo",
}
CHANGE_POLICIES: dict[str, str] = {
    "prorated": "prorrateado desde el día",
    "next_cycle": "desde el siguiente día 1",
}
SUSPENSION_POLICIES: dict[str, str] = {"full": "todo", "commit_only": "solo el compromiso", "none": "nada"}
RATE_DAYS: dict[str, str] = {
    "ISSUE": "el día de la emisión",
    "PERIOD_END": "el último día del mes",
    "FIXED": "fijo",
}
PAYMENT_STARTS: dict[str, str] = {"DELIVERY": "la entrega de la factura", "ISSUE": "la emisión de la factura"}
RENEWALS: dict[str, str] = {"NONE": "no se renueva sola", "AUTOMATIC": "se renueva sola"}
WORDS: dict[str, Mapping[str, str]] = {
    "currency": CURRENCIES,
    "invoice_currency": CURRENCIES,
    "min_policy": MIN_POLICIES,
    "upgrade_policy": CHANGE_POLICIES,
    "downgrade_policy": CHANGE_POLICIES,
    "tier_scope": {scope.value: title for scope, title in SCOPE_TITLES.items()},
    "suspension_bills": SUSPENSION_POLICIES,
    "rate_day": RATE_DAYS,
    "payment_from": PAYMENT_STARTS,
    "renewal": RENEWALS,
}

ITEMS: dict[int, str] = {
    1: "Contrato firmado, todas las páginas, con rúbricas",
    2: "Anexo técnico",
    3: "Anexo económico (precio, moneda, impuestos)",
    4: "Anexo SLA",
    5: "Poderes y NIT",
    6: "Licencia o registro ATT del ISP",
    7: "Garantías",
    8: "Contactos y matriz de escalamiento",
    9: "Acta de aceptación de la activación (inicio de facturación)",
    10: "Adendas en orden",
}
"""The ten items of "copia de contrato completo" (G-33)."""
POOL = "pool"
"""In the terms of a commitment: the circuits whose ports are added to it, stamp by stamp (R19)."""
MANDATORY = frozenset({1, 2, 3, 4, 5, 8, 9})
DOCUMENT_KINDS: dict[str, str] = {
    "CONTRACT": "Contrato",
    "TECHNICAL": "Anexo técnico",
    "ECONOMIC": "Anexo económico",
    "SLA": "Anexo SLA",
    "POWER": "Poder o NIT",
    "LICENCE": "Licencia ATT",
    "GUARANTEE": "Garantía",
    "CONTACTS": "Contactos y escalamiento",
    "ACTIVATION": "Acta de activación",
    "ADDENDUM": "Adenda",
    "LETTER": "Carta",
    "OTHER": "Otro",
}
ITEM_OF_KIND: dict[str, int] = {
    "CONTRACT": 1, "TECHNICAL": 2, "ECONOMIC": 3, "SLA": 4, "POWER": 5,
    "LICENCE": 6, "GUARANTEE": 7, "CONTACTS": 8, "ACTIVATION": 9, "ADDENDUM": 10,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a contract, [starts, ends)."""

    starts: dt.date | None
    ends: dt.date | None

    def holds(self, day: dt.date) -> bool:
        """Whether a day lies in it."""
        return (self.starts is None or day >= self.starts) and (self.ends is None or day < self.ends)


def missing(states: Mapping[int, str], *, mandatory: frozenset[int] = MANDATORY) -> list[int]:
    """Return the mandatory items that are not there (`states`: item → PRESENT, MISSING, NA)."""
    return [item for item in sorted(mandatory) if states.get(item, "MISSING") != "PRESENT"]


def price(
    terms: Mapping[str, Any],
    *,
    model: str,
    effective: dt.date,
    scope: TierScope = TierScope.SERVICE,
    approved_at: dt.datetime | None = None,
    path: str = "",
) -> Price:
    """Return a stored price as rating takes it. Raises Invalid with the path of what is wrong ("tiers[1].up_to")."""
    document = {"effective": effective.isoformat(), "model": model, **_own(terms)}
    if approved_at is not None:
        document["approved_at"] = approved_at.isoformat()
    return reading.price(Node(document, path), scope)


def _own(terms: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is the circuit's own: with whom it is pooled is read beside the price."""
    return {name: value for name, value in terms.items() if name != POOL} if POOL in terms else terms


def pool_of(terms: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the circuits whose traffic is added to the commitment of this price (R19)."""
    return tuple(terms.get(POOL, ()))


def ladder(sla: Mapping[str, Any], *, path: str = "sla_credit") -> Sla:
    """Return a stored credit ladder with no minutes lost. Raises Invalid with the path of what is wrong."""
    return reading_sla.read(Node({**sla, "outage_minutes": "0"}, path))[0]


def price_words(terms: Mapping[str, Any], *, model: str, currency: str) -> str:
    """Return a price in one line: "Bs 11,50 por Mbps", "hasta 1.000 Mbps Bs 12,00; más Bs 10,50"."""
    sign = money.currency_sign(currency)

    def said(name: str, of: Mapping[str, Any] = terms) -> str:
        value = Decimal(str(of[name]))
        exact = formats.shortest(value)
        whole, comma, rest = exact.partition(",")
        return f"{sign} {whole},{rest.ljust(2, '0')}" if comma else f"{sign} {whole},00"

    if model == Model.FLAT:
        return f"cuota fija de {said('monthly_fee')} al mes"
    if model == Model.PER_MBPS:
        return f"{said('unit_price')} por Mbps"
    if model == Model.COMMITTED_BURST:
        up = ", al Mbps entero" if terms.get("burst_rounding") == "ceil_mbps" else ""
        pooled = pool_of(terms)
        beside = f"; sumado con {', '.join(pooled)}" if pooled else ""
        return (
            f"compromiso {said('commit_price')} por Mbps; exceso {said('burst_price')} por Mbps{up}{beside}"
        )
    parts = [f"{_up_to(tier)} {said('unit_price', tier)}" for tier in terms.get("tiers", ())]
    return f"{'cada Mbps' if model == Model.GRADUATED else 'todos los Mbps'}: " + "; ".join(parts)


def _up_to(tier: Mapping[str, Any]) -> str:
    if tier.get("up_to") is None:
        return "de ahí en adelante"
    return f"hasta {formats.shortest(Decimal(str(tier['up_to'])))} Mbps"


def contradictions(
    *,
    terms: Price,
    span: Span,
    service_starts: dt.date | None,
    min_kbps: int | None,
    highest_kbps: int,
    in_use: Sequence[dt.date] = (),
) -> list[FieldError]:
    """Return what a price says against the contract it belongs to.

    `highest_kbps` is the fastest the circuit runs or will run; `in_use` the days other versions begin.
    """
    found: list[FieldError] = []
    if not span.holds(terms.effective):
        when = f"{formats.date(span.starts) if span.starts else '…'} – {formats.date(span.ends) if span.ends else '…'}"
        found.append(
            FieldError(
                "effective_date",
                f"El precio rige desde el {formats.date(terms.effective)}, fuera del contrato ({when}).",
                "Revise la fecha del precio o las del contrato.",
            )
        )
    if service_starts is not None and not in_use and terms.effective > service_starts:
        found.append(
            FieldError(
                "effective_date",
                f"El servicio factura desde el {formats.date(service_starts)} y este primer precio rige recién el {formats.date(terms.effective)}.",
                "Fije el primer precio desde el inicio del servicio.",
            )
        )
    if terms.tiers and terms.tiers[-1].up_to_bps is not None and not terms.is_shared:
        top = terms.tiers[-1].up_to_bps
        for what, kbps in (
            ("la velocidad del servicio", highest_kbps),
            ("el mínimo del contrato", min_kbps or 0),
        ):
            if kbps * 1000 > top:
                found.append(
                    FieldError(
                        f"tiers[{len(terms.tiers) - 1}].up_to",
                        f"El último tramo termina en {formats.shortest(terms.tiers[-1].up_to or Decimal(0))} Mbps y {what} es {capacity.show(kbps)}.",
                        "Agregue un tramo sin límite.",
                    )
                )
                break
    return found


def check_choice(name: str, value: object) -> FieldError | None:
    """Return what is wrong with a clause that is one of some words."""
    if value in WORDS[name]:
        return None
    return FieldError(name, f"«{str(value)[:40]}» no es una opción.", f"Opciones: {', '.join(WORDS[name])}.")


def refuse(errors: Sequence[FieldError]) -> None:
    """Raise Invalid with these errors, if any."""
    if errors:
        raise Invalid.of(errors)
