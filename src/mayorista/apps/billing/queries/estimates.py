"""«¿Cuánto sería?»: a month rated from what a person says on the telephone, by the same rules as the bills."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from mayorista.rules import money, numerals, percentile, periods
from mayorista.rules.errors import Invalid
from mayorista.rules.rating import explain, rate, reading
from mayorista.rules.rating.groups import Group

_TIER = re.compile(r"(.+?)\s+(?:a|x|=|:|por)\s+(.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a month would come to: sentences a person can read out, and the total."""

    sign: str
    month: str
    lines: tuple[str, ...]
    closing: tuple[str, ...]
    total: Decimal


def estimate(
    *,
    month: str,
    currency: str,
    model: str,
    mbps: Decimal,
    at: dt.datetime,
    unit_price: Decimal | None = None,
    tiers: str = "",
    start: dt.date | None = None,
    change_mbps: Decimal | None = None,
    change_on: dt.date | None = None,
    change_until: dt.date | None = None,
    outage_minutes: Decimal | None = None,
    multiplier: Decimal | None = None,
    burst_price: Decimal | None = None,
    p95_mbps: Decimal | None = None,
) -> Estimate:
    """Rate one service's month, or a pool's. Raises Invalid naming the field that is wrong.

    Of a pool `mbps` is what all are committed to and `p95_mbps` the percentile of their sum (R19).
    """
    wanted = periods.parse_month(month, field="month")
    begins = (start or dt.date.fromordinal(wanted.first)).isoformat()
    changes: list[dict[str, Any]] = [_change("1", begins, mbps, at)]
    if change_mbps is not None:
        if change_on is None:
            raise Invalid(_("Falta desde cuándo cambia."), field="change_on")
        more = {"end_exclusive": change_until.isoformat()} if change_until else {}
        changes.append({**_change("2", change_on.isoformat(), change_mbps, at), **more})
    case: dict[str, Any] = {
        "contract": {
            "currency": currency,
            "start": begins,
            "prices": [
                {"effective": begins, "model": model, **_price(model, unit_price, tiers, burst_price)}
            ],
        },
        "speed_changes": changes,
        "billing": {"period": str(wanted), "as_of": at.isoformat(), "invoice_currency": currency},
        "tax": {"model": "included", "rate": "0.13"},
    }
    if multiplier is not None and outage_minutes:
        case["sla"] = {
            "model": "pro_rata",
            "multiplier": str(multiplier),
            "outage_minutes": str(outage_minutes),
        }
    if model == "committed_burst" and p95_mbps is not None:
        days = wanted.after - max(wanted.first, start.toordinal() if start else wanted.first)
        run = {"count": days * percentile.PER_DAY, "in": str(p95_mbps), "out": "0"}
        case["traffic"] = {"min_coverage": "0.9", "samples_rle": [run] if days > 0 else []}
    read = reading.read(case)
    assert not isinstance(read, Group)
    answer = rate(read)
    return Estimate(
        money.currency_sign(answer.currency),
        wanted.words,
        tuple(explain.sentences(answer)),
        tuple(explain.closing(answer)),
        money.amount(answer.total),
    )


def _change(number: str, effective: str, mbps: Decimal, at: dt.datetime) -> dict[str, Any]:
    return {
        "id": number,
        "effective": effective,
        "mbps": str(mbps),
        "status": "approved",
        "approved_at": at.isoformat(),
    }


def _price(model: str, unit_price: Decimal | None, tiers: str, burst_price: Decimal | None) -> dict[str, Any]:
    if model in {"volume", "graduated"}:
        return {"tiers": _tiers(tiers)}
    if unit_price is None:
        raise Invalid(_("Falta el precio."), field="unit_price")
    if model == "committed_burst":
        if burst_price is None:
            raise Invalid(_("Falta el precio del exceso."), field="burst_price")
        return {"commit_price": str(unit_price), "burst_price": str(burst_price)}
    return {"monthly_fee" if model == "flat" else "unit_price": str(unit_price)}


def _tiers(text: str) -> list[dict[str, Any]]:
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        match = _TIER.fullmatch(line.strip())
        if match is None:
            raise Invalid(
                _("No se entiende el tramo «%(line)s».") % {"line": line.strip()[:40]},
                field="tiers",
                remedy=_("Escriba por ejemplo «1000 a 12,00»."),
            )
        top, price = match.groups()
        last = top.strip().lower() in {"más", "mas", "resto"}
        up_to = (
            None
            if last
            else str(numerals.parse(top.lower().replace("mbps", "").replace("hasta", ""), field="tiers"))
        )
        found.append({"up_to": up_to, "unit_price": str(numerals.parse(price, field="tiers"))})
    if not found:
        raise Invalid(_("Faltan los tramos."), field="tiers")
    return found
