"""Dated price versions of a circuit under a contract (R5); what contradicts itself or the contract is refused by line."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import (
    BandwidthPeriod,
    Contract,
    ContractDocument,
    PriceVersion,
    Service,
    ServiceHolding,
    Terms,
)
from mayorista.apps.procedure import constraints, editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, live
from mayorista.rules import agreements, formats
from mayorista.rules.errors import FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act
from mayorista.rules.tariff import Model, TierScope

STEP = "B.1"


@transaction.atomic
def agree_price(
    *,
    contract_id: int,
    service_id: int,
    effective_date: dt.date | None,
    model: str,
    price: Mapping[str, Any],
    actor: Actor,
    at: dt.datetime,
    in_advance: bool = False,
    document_id: int | None = None,
    clause: str = "",
    correction: str = "",
) -> int:
    """Write a price that holds from `effective_date` on; return its id.

    A second one of a day corrects the first and needs to say why (`correction`); the first stays in the books.

    `price` has the amounts of its model as text ("11.50"): monthly_fee | unit_price | tiers[{up_to, unit_price}] |
    commit_price, burst_price, burst_rounding?, pool? (circuits whose traffic is added to the commitment). Raises Invalid whose fields name the line ("tiers[1].up_to"),
    NotFound, NotAllowed.
    """
    require(actor, Act.EDIT_AGREEMENTS)
    contract = editing.locked(
        Contract.objects.all(), row_id=contract_id, missing=_("No existe ese contrato.")
    )
    service = Service.objects.filter(pk=service_id).first()
    if service is None:
        raise NotFound(_("No existe ese servicio."), field="service_id")
    if effective_date is None:
        raise Invalid(
            _("Falta desde cuándo rige el precio."), field="effective_date", remedy=_("Escriba dd/mm/aaaa.")
        )
    terms = json.loads(json.dumps(dict(price), default=str))
    former = (
        PriceVersion.objects.filter(contract=contract, service=service, effective_date=effective_date)
        .order_by("-agreed_at", "-pk")
        .first()
    )
    errors = _wrong(contract, service, terms, model, effective_date, document_id)
    if former is not None and not errors and not correction.strip():
        errors.append(
            FieldError(
                "effective_date",
                _("Ya hay un precio desde ese día: %(price)s.") % {"price": _words(former, contract)},
                _("Elija otro día, o escriba el motivo de la corrección."),
            )
        )
    agreements.refuse(errors)
    twice = FieldError(
        "effective_date", _("Ese precio se registró en este mismo instante."), _("Actualice la página.")
    )
    with constraints.in_words({"price_version_once": twice}):
        row = PriceVersion.objects.create(
            contract=contract,
            service=service,
            effective_date=effective_date,
            price_model=model,
            terms=terms,
            in_advance=in_advance,
            document_id=document_id,
            clause=" ".join(clause.split())[:60],
            agreed_at=at,
            agreed_by_id=actor.user_id,
        )
    _tell(row, contract, service, actor, at, former=former, why=" ".join(correction.split())[:300])
    return row.pk


def _wrong(
    contract: Contract,
    service: Service,
    terms: dict[str, Any],
    model: str,
    effective: dt.date,
    document_id: int | None,
) -> list[FieldError]:
    errors = []
    held = ServiceHolding.objects.filter(contract=contract, service=service).order_by("starts_date")
    holding = held.last()
    if holding is None and service.contract_id != contract.pk:
        errors.append(
            FieldError(
                "service_id",
                _("%(code)s no es de este contrato.") % {"code": service.circuit_code},
                _("Vincúlelo primero."),
            )
        )
    if (
        document_id is not None
        and not ContractDocument.objects.filter(pk=document_id, contract=contract).exists()
    ):
        errors.append(
            FieldError("document_id", _("Ese documento no es de este contrato."), _("Elija uno de la lista."))
        )
    row = Terms.objects.filter(contract=contract, starts_date__lte=effective).order_by("-starts_date").first()
    row = row or Terms.objects.filter(contract=contract).order_by("starts_date").first()
    scope = TierScope(row.tier_scope) if row else TierScope.SERVICE
    errors += _wrong_pool(contract, service, terms, model)
    try:
        value = agreements.price(terms, model=model, effective=effective, scope=scope)
    except Invalid as error:
        return [*errors, *error.errors]
    others = list(
        PriceVersion.objects.filter(contract=contract, service=service)
        .exclude(effective_date=effective)
        .values_list("effective_date", flat=True)
    )
    speeds = [
        *BandwidthPeriod.objects.filter(service=service).values_list("kbps", flat=True),
        service.capacity_kbps,
    ]
    return errors + agreements.contradictions(
        terms=value,
        span=agreements.Span(contract.starts_date, contract.ends_date),
        service_starts=holding.starts_date if holding else None,
        min_kbps=row.min_kbps if row else None,
        highest_kbps=max(speeds),
        in_use=others,
    )


def _wrong_pool(contract: Contract, service: Service, terms: dict[str, Any], model: str) -> list[FieldError]:
    """Traffic is billed once: who is pooled with another's commitment has none of its own (R19)."""
    asked = agreements.pool_of(terms)
    newest: dict[str, PriceVersion] = {}
    for row in (
        PriceVersion.objects.filter(contract=contract)
        .select_related("service")
        .order_by("effective_date", "agreed_at")
    ):
        newest[row.service.circuit_code] = row
    if model == Model.COMMITTED_BURST:
        for code, row in newest.items():
            if service.circuit_code in agreements.pool_of(row.terms):
                message = _("El tráfico de este circuito ya se suma al compromiso de %(c)s.") % {"c": code}
                return [FieldError("model", message, _("Quítelo primero de ese conjunto."))]
    if not asked:
        return []
    if model != Model.COMMITTED_BURST:
        return [
            FieldError(
                "pool",
                _("Solo un compromiso se suma con otros circuitos."),
                _("Elija «compromiso y exceso»."),
            )
        ]
    held = set(
        ServiceHolding.objects.filter(contract=contract).values_list("service__circuit_code", flat=True)
    )
    errors = []
    for code in asked:
        if code == service.circuit_code or code not in held:
            message = _("%(c)s no es otro circuito de este contrato.") % {"c": code[:40]}
            errors.append(FieldError("pool", message, _("Escriba códigos de circuitos del contrato.")))
        elif code in newest and newest[code].price_model == Model.COMMITTED_BURST:
            message = _("%(c)s factura su propio exceso: se cobraría dos veces.") % {"c": code}
            errors.append(
                FieldError("pool", message, _("Póngale antes otro precio, por ejemplo cuota fija."))
            )
    return errors


def _words(row: PriceVersion, contract: Contract) -> str:
    terms = Terms.objects.filter(contract=contract).order_by("-starts_date").first()
    return agreements.price_words(
        row.terms, model=row.price_model, currency=terms.currency if terms else "BOB"
    )


def _tell(
    row: PriceVersion,
    contract: Contract,
    service: Service,
    actor: Actor,
    at: dt.datetime,
    *,
    former: PriceVersion | None,
    why: str,
) -> None:
    words = _words(row, contract)
    text = _("Precio de %(code)s desde el %(day)s: %(price)s%(when)s.") % {
        "code": service.circuit_code,
        "day": formats.date(row.effective_date),
        "price": words,
        "when": _(", por adelantado") if row.in_advance else "",
    }
    if former is not None:
        text += _(" Corrige el anterior (%(before)s): %(why)s.") % {
            "before": _words(former, contract),
            "why": why.rstrip("."),
        }
    journal.record_many(
        lines=[
            journal.Line(dossier_id, Act.EDIT_AGREEMENTS, text, STEP, {"price_version": row.pk})
            for dossier_id in (contract.dossier_id, service.dossier_id)
        ],
        actor=actor,
        at=at,
    )
    live.bump("contracts")
