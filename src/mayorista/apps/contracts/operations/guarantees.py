"""Guarantees given under a contract: amount, expiry, and that it went back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Contract, ContractDocument, Guarantee
from mayorista.apps.procedure import editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, live, work
from mayorista.rules import agreements, formats, money
from mayorista.rules.errors import Conflict, FieldError, NotFound
from mayorista.rules.procedure import Act

STEP = "B.1"
LARGEST = Decimal(10) ** 13


@transaction.atomic
def record_guarantee(
    *,
    contract_id: int,
    kind: str,
    currency: str,
    amount: Decimal | None,
    expires_date: dt.date | None,
    actor: Actor,
    at: dt.datetime,
    document_id: int | None = None,
) -> int:
    """Register a guarantee; its end is announced 90, 60 and 30 days before. Raises Invalid, NotFound, NotAllowed."""
    require(actor, Act.EDIT_AGREEMENTS)
    contract = editing.locked(
        Contract.objects.all(), row_id=contract_id, missing=_("No existe ese contrato.")
    )
    errors = []
    if not kind.strip():
        errors.append(
            FieldError("kind", _("Falta la clase de garantía."), _("Escriba por ejemplo «Boleta bancaria»."))
        )
    if currency not in agreements.CURRENCIES:
        errors.append(FieldError("currency", _("Falta la moneda."), _("Elija una de la lista.")))
    if (
        amount is None
        or not amount.is_finite()
        or not 0 < amount < LARGEST
        or amount != amount.quantize(Decimal("0.01"))
    ):
        errors.append(
            FieldError(
                "amount", _("El monto debe ser mayor que cero, con dos decimales."), _("Revise la cifra.")
            )
        )
    if expires_date is None:
        errors.append(FieldError("expires_date", _("Falta el vencimiento."), _("Escriba dd/mm/aaaa.")))
    if (
        document_id is not None
        and not ContractDocument.objects.filter(pk=document_id, contract=contract).exists()
    ):
        errors.append(
            FieldError("document_id", _("Ese documento no es de este contrato."), _("Elija uno de la lista."))
        )
    agreements.refuse(errors)
    assert amount is not None
    assert expires_date is not None
    row = Guarantee.objects.create(
        contract=contract,
        kind=kind.strip()[:60],
        currency=currency,
        amount=amount,
        expires_date=expires_date,
        document_id=document_id,
    )
    text = _("Garantía %(kind)s por %(sign)s %(amount)s, vence el %(day)s.") % {
        "kind": row.kind,
        "sign": money.currency_sign(currency),
        "amount": formats.number(amount),
        "day": formats.date(expires_date),
    }
    journal.record(
        dossier_id=contract.dossier_id, act=Act.EDIT_AGREEMENTS, text=text, actor=actor, at=at, step=STEP
    )
    live.bump("contracts")
    return row.pk


@transaction.atomic
def return_guarantee(
    *, guarantee_id: int, returned_date: dt.date | None, actor: Actor, at: dt.datetime
) -> None:
    """Note that a guarantee was given back; its announcements fall away. Raises Conflict, NotFound, NotAllowed."""
    require(actor, Act.EDIT_AGREEMENTS)
    row = (
        Guarantee.objects.select_for_update(of=("self",))
        .select_related("contract")
        .filter(pk=guarantee_id)
        .first()
    )
    if row is None:
        raise NotFound(_("No existe esa garantía."))
    if row.returned_date is not None:
        raise Conflict(_("La garantía ya fue devuelta."))
    agreements.refuse(
        [] if returned_date else [FieldError("returned_date", _("Falta el día."), _("Escriba dd/mm/aaaa."))]
    )
    row.returned_date = returned_date
    row.save(update_fields=["returned_date"])
    keys = [f"guarantee-{row.pk}-{days}" for days in (90, 60, 30, 0)]
    work.complete(
        dossier_ids=[row.contract.dossier_id], steps=[STEP], keys=keys, actor=actor, at=at, withdrawn=True
    )
    text = _("Garantía %(kind)s devuelta.") % {"kind": row.kind}
    journal.record(
        dossier_id=row.contract.dossier_id, act=Act.EDIT_AGREEMENTS, text=text, actor=actor, at=at, step=STEP
    )
    live.bump("contracts")
