"""Load what contracts say about money: clauses, addenda, prices, speeds, guarantees, each with its paper."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import (
    BandwidthPeriod,
    Contract,
    ContractDocument,
    Guarantee,
    PriceVersion,
    Service,
    ServiceHolding,
    Terms,
)
from mayorista.apps.contracts.operations.speed.history import Step, record_history
from mayorista.apps.customers.saved import Saved
from mayorista.apps.onboarding.asking import Asked
from mayorista.apps.onboarding.operations.run import Run
from mayorista.rules import capacity, formats, names, numerals
from mayorista.rules.errors import Invalid


def _words(options: Mapping[str, str]) -> dict[str, str]:
    return {names.sort_key(word): value for word, value in options.items()}


CURRENCIES = _words({"Bs": "BOB", "BOB": "BOB", "Bolivianos": "BOB", "USD": "USD", "$us": "USD", "Dólares": "USD"})  # fmt: skip
_CHANGES = _words({"Prorrateado": "prorated", "Día 1": "next_cycle", "Desde el día 1": "next_cycle"})
CHOICES: dict[str, dict[str, str]] = {
    "currency": CURRENCIES,
    "invoice_currency": CURRENCIES,
    "rate_day": _words({"Emisión": "ISSUE", "Fin de mes": "PERIOD_END", "Fijo": "FIXED"}),
    "payment_from": _words({"Entrega": "DELIVERY", "Emisión": "ISSUE"}),
    "min_policy": _words({"No se acepta": "refuse", "Se factura el mínimo": "bill_at_minimum"}),
    "upgrade_policy": _CHANGES,
    "downgrade_policy": _CHANGES,
    "tier_scope": _words({"Servicio": "service", "Contrato": "contract", "Cliente": "customer"}),
    "suspension_bills": _words({"Todo": "full", "Compromiso": "commit_only", "Nada": "none"}),
    "renewal": _words({"No": "NONE", "Automática": "AUTOMATIC", "Sí": "AUTOMATIC"}),
}
_MONEY = ("fixed_rate", "minimum_invoice", "reconnection_fee")
_COUNTS = (
    "payment_days",
    "changes_per_month",
    "downgrade_notice_days",
    "objection_days",
    "renewal_notice_days",
)
_ANSWERS = ("tax_included", "requires_addendum")
MODELS = _words(
    {
        "Por Mbps": "per_mbps",
        "Cuota fija": "flat",
        "Por tramo": "volume",
        "Escalonado": "graduated",
        "Compromiso y exceso": "committed_burst",
        "Compromiso": "committed_burst",
    }
)
_BAND = re.compile(r"^\s*([\d.,]+)\s*%?\s*[:=]\s*([\d.,]+)\s*%?\s*$")
_TIER = re.compile(r"^\s*(?:hasta\s+)?(.+?)\s*[:=]\s*(?:bs\.?|usd|\$us)?\s*([\d.,]+)\s*$", re.IGNORECASE)
_BEYOND = {"mas", "resto", "sin limite", "en adelante", "de ahi en adelante", "+"}


# ---- papers


def contract_paper(
    run: Run, asked: Asked, contract: Contract, kind: str, *, number: str = "", signed: dt.date | None = None
) -> tuple[int | None, bool]:
    """File the scan of a row with its contract, once; return the document's id and whether it is new."""
    if not asked.given("file"):
        return None, False
    name, content = run.scans.take(asked.text("file"))
    known = ContractDocument.objects.filter(
        contract=contract, kind=kind, number=number, file__sha256=hashlib.sha256(content).hexdigest()
    ).first()
    if known is not None:
        return known.pk, False
    made = contracts.add_document(
        contract_id=contract.pk,
        kind=kind,
        number=number,
        signed_date=signed,
        upload=contracts.Upload(name, content),
        actor=run.actor,
        at=run.at,
    )
    return made.pk, True


# ---- clauses


def clauses_of(asked: Asked) -> dict[str, Any]:
    """Return the clauses that the cells of a row say."""
    readers: dict[str, Callable[[str], object]] = {
        **{key: partial(_chosen, asked, options) for key, options in CHOICES.items()},
        **dict.fromkeys(_MONEY, asked.decimal),
        **dict.fromkeys(_COUNTS, asked.number),
        **dict.fromkeys(_ANSWERS, asked.yes_no),
        "rate_source": lambda key: asked.text(key).upper(),
        "min_kbps": asked.kbps,
        "late_interest_yearly": lambda key: _share(asked.decimal(key)),
        "sla_credit": lambda _key: _ladder(asked),
    }
    found = {key: read(key) for key, read in readers.items() if asked.given(key)}
    erasable = {*_MONEY, *_COUNTS, "min_kbps", "late_interest_yearly"}
    return {key: value for key, value in found.items() if value is not None or key in erasable}


def _chosen(asked: Asked, options: Mapping[str, str], key: str) -> str | None:
    return asked.choice(key, options) or None


def _share(percent: Decimal | None) -> Decimal | None:
    return percent / 100 if percent is not None else None


def _ladder(asked: Asked) -> dict[str, Any]:
    bands = []
    for piece in asked.pieces("sla_credit"):
        match = _BAND.match(piece)
        if match is None:
            asked.wrong(
                "sla_credit", _("«%(text)s» no se entiende.") % {"text": piece[:40]}, asked.column("sla_credit").hint
            )  # fmt: skip
            continue
        below, credit = (f"{numerals.parse(each):f}" for each in match.groups())
        bands.append({"below": below, "credit_pct": credit})
    return {"model": "percent_bands", "bands": bands} if bands else {}


def agree(
    run: Run, asked: Asked, contract: Contract, starts: dt.date | None, document_id: int | None = None
) -> str:
    """Write the clauses of a row as they hold from a day on; return what is new in words, "" when nothing is."""
    wanted = clauses_of(asked)
    if not wanted and document_id is None:
        return ""
    day = starts or contract.starts_date
    if day is None:
        raise Invalid(
            _("Falta desde cuándo rigen las condiciones."), field="starts_date", remedy=_("Escriba la fecha.")
        )
    held = Terms.objects.filter(contract=contract, starts_date__lte=day).order_by("-starts_date").first()
    same = held is not None and all(
        _plain(getattr(held, key)) == _plain(value) for key, value in wanted.items()
    )
    if same and (document_id is None or (held is not None and held.document_id == document_id)):
        return ""
    contracts.agree_terms(
        contract_id=contract.pk,
        starts_date=day,
        document_id=document_id,
        correction=_("según el libro importado"),
        actor=run.actor,
        at=run.at,
        **wanted,
    )
    return _("condiciones desde el %(day)s") % {"day": formats.date(day)}


def _plain(value: object) -> object:
    return value.normalize() if isinstance(value, Decimal) else value


def addendum(run: Run, asked: Asked, contract: Contract) -> Saved:
    """Load one addendum: its paper and what it changes. Raises Invalid, NotAllowed."""
    number = asked.text("number")
    day = asked.date("starts_date")
    document, new = contract_paper(
        run, asked, contract, "ADDENDUM", number=number, signed=asked.date("signed_date")
    )
    said = agree(run, asked, contract, day, document)
    return _saved(contract.pk, f"{contract.number} {number}", made=bool(new or said))


# ---- circuits under contracts


def hold(run: Run, asked: Asked, service: Service, contract_id: int | None, first_kbps: int | None) -> str:
    """Put a circuit under its contract from the day of the row; return what is new in words, "" when nothing is."""
    if not asked.given("billing_from"):
        return ""
    day = asked.date("billing_from")
    if day is None:
        return ""
    if contract_id is None:
        asked.wrong("contract", _("Falta el contrato que lo factura."), _("Escriba su número."))
        return ""
    held = ServiceHolding.objects.filter(service=service, ends_date=None).select_related("contract").first()
    if held is not None:
        if (held.contract_id, held.starts_date) != (contract_id, day):
            asked.wrong(
                "billing_from",
                _("%(code)s ya factura por el contrato %(n)s desde el %(day)s.")
                % {
                    "code": service.circuit_code,
                    "n": held.contract.number,
                    "day": formats.date(held.starts_date),
                },
                _("El traspaso o el cambio se hace en la página del contrato."),
            )
        return ""
    contracts.hold_service(
        contract_id=contract_id,
        service_id=service.pk,
        starts_date=day,
        kbps=first_kbps,
        actor=run.actor,
        at=run.at,
    )
    return _("factura desde el %(day)s") % {"day": formats.date(day)}


def speeds(run: Run, rows: list[Asked], service: Service) -> Saved:
    """Load the history of one circuit's speeds; its first row only says what it began with. Raises Invalid."""
    first = BandwidthPeriod.objects.filter(service=service, first=True).first()
    steps: list[tuple[Asked, Step]] = []
    for asked in rows:
        day, kbps = asked.date("day"), asked.kbps("speed")
        if day is None or kbps is None:
            continue
        if first is not None and day == first.starts_date:
            if kbps != first.kbps:
                asked.wrong(
                    "speed",
                    _("%(code)s empezó con %(speed)s.") % {"code": service.circuit_code, "speed": capacity.show(first.kbps)},
                    _("Una velocidad inicial registrada no se cambia por importación."),
                )  # fmt: skip
            continue
        until = asked.date("until") if asked.given("until") else None
        steps.append((asked, Step(day, kbps, until, asked.text("reference"))))
    new = 0
    if steps:
        try:
            new = record_history(
                service_id=service.pk, steps=[step for _a, step in steps], actor=run.actor, at=run.at
            )
        except Invalid as error:
            for each in error.errors:
                place, key = _place_of(each.field)
                asked = steps[place][0] if place is not None and place < len(steps) else rows[0]
                asked.wrong({"day": "day", "kbps": "speed", "until": "until"}.get(key, "circuit"), each.message, each.remedy)  # fmt: skip
    text = f"{service.circuit_code} · {new}" if new else service.circuit_code
    return _saved(service.pk, text, made=bool(new))


def _place_of(path: str) -> tuple[int | None, str]:
    match = re.match(r"^steps\[(\d+)\]\.(\w+)$", path)
    return (int(match[1]), match[2]) if match else (None, path)


def price(run: Run, asked: Asked, contract: Contract, service: Service) -> Saved:
    """Load one version of a price. Raises Invalid whose fields name the cell."""
    model = asked.choice("model", MODELS)
    day = asked.date("day")
    terms = _price_terms(asked, model) if model else {}
    advance = bool(asked.yes_no("in_advance"))
    clause = asked.text("clause")
    known = (
        PriceVersion.objects.filter(contract=contract, service=service, effective_date=day)
        .order_by("-agreed_at", "-pk")
        .first()
        if day
        else None
    )
    label = f"{service.circuit_code} {formats.date(day) if day else ''}".strip()
    wanted = (model, terms, advance, clause)
    if known is not None and (known.price_model, known.terms, known.in_advance, known.clause) == wanted:
        return _saved(known.pk, label, made=False)
    if not model or (day is None and asked.given("day")):
        return _saved(0, label, made=False)  # what is wrong with it is told already
    pk = contracts.agree_price(
        contract_id=contract.pk,
        service_id=service.pk,
        effective_date=day,
        model=model,
        price=terms,
        in_advance=advance,
        clause=clause,
        correction=_("según el libro importado"),
        actor=run.actor,
        at=run.at,
    )
    return _saved(pk, label, made=True)


def _price_terms(asked: Asked, model: str) -> dict[str, Any]:
    if model in {"volume", "graduated"}:
        return {"tiers": _tiers(asked)}
    value = asked.decimal("price")
    if value is None and not asked.given("price"):
        asked.wrong("price", _("Falta el precio."), asked.column("price").hint)
    text = _money_text(value)
    if model == "flat":
        return {"monthly_fee": text}
    if model == "per_mbps":
        return {"unit_price": text}
    terms: dict[str, Any] = {"commit_price": text, "burst_price": _money_text(asked.decimal("burst_price"))}
    if asked.yes_no("burst_rounding"):
        terms["burst_rounding"] = "ceil_mbps"
    return terms


def _tiers(asked: Asked) -> list[dict[str, str | None]]:
    found: list[dict[str, str | None]] = []
    if not asked.given("tiers"):
        asked.wrong("tiers", _("Faltan los tramos."), asked.column("tiers").hint)
    for piece in asked.pieces("tiers"):
        tier = _tier(piece)
        if tier is not None:
            found.append(tier)
            continue
        hint = asked.column("tiers").hint
        asked.wrong("tiers", _("El tramo «%(text)s» no se entiende.") % {"text": piece[:40]}, hint)
    return found


def _tier(piece: str) -> dict[str, str | None] | None:
    match = _TIER.match(piece)
    if match is None:
        return None
    try:
        beyond = names.sort_key(match[1]).rstrip(".") in _BEYOND
        up_to = None if beyond else f"{numerals.parse(re.sub('(?i)mbps', '', match[1])):f}"
        return {"up_to": up_to, "unit_price": _money_text(numerals.parse(match[2]))}
    except Invalid:
        return None


def _money_text(value: Decimal | None) -> str:
    """A price as rating cases write it: at least two decimals."""
    if value is None:
        return ""
    exact = value.normalize()
    exponent = exact.as_tuple().exponent
    places = max(2, -exponent if isinstance(exponent, int) else 2)
    return f"{value:.{places}f}"


def guarantee(run: Run, asked: Asked, contract: Contract) -> Saved:
    """Load one guarantee, once. Raises Invalid."""
    kind, amount = asked.text("kind"), asked.decimal("amount")
    currency = (asked.choice("currency", CURRENCIES) if asked.given("currency") else "") or "BOB"
    expires = asked.date("expires_date")
    label = f"{contract.number} {kind}"
    known = (
        Guarantee.objects.filter(
            contract=contract, kind=kind[:60], currency=currency, amount=amount, expires_date=expires
        ).first()
        if amount is not None and expires is not None
        else None
    )
    if known is not None:
        return _saved(known.pk, label, made=False)
    document, _new = contract_paper(run, asked, contract, "GUARANTEE")
    pk = contracts.record_guarantee(
        contract_id=contract.pk,
        kind=kind,
        currency=currency,
        amount=amount,
        expires_date=expires,
        document_id=document,
        actor=run.actor,
        at=run.at,
    )
    return _saved(pk, label, made=True)


def _saved(pk: int, label: str, *, made: bool) -> Saved:
    return Saved(pk, label, None, created=made)
