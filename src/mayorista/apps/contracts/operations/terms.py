"""The clauses of a contract that move money or time, dated: an addendum is a new row, the former ends where it begins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Contract, ContractDocument, Terms
from mayorista.apps.procedure import constraints, editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, live
from mayorista.rules import agreements, capacity, changes, formats
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.procedure import Act

STEP = "B.1"


def _worded(name: str) -> changes.Label:
    return changes.Label(LABEL_TEXTS[name], lambda value: str(agreements.WORDS[name].get(str(value), value)))


def _speed(value: object) -> str:
    return capacity.show(int(str(value)))


def _share(value: object) -> str:
    return f"{formats.shortest(Decimal(str(value)) * 100)} %"


def _ladder(value: object) -> str:
    return _("según la escala registrada") if value else changes.NOTHING


LABEL_TEXTS: dict[str, str] = {
    "currency": "moneda", "invoice_currency": "moneda de la factura", "rate_source": "fuente del tipo de cambio", "rate_day": "día del tipo de cambio",
    "fixed_rate": "tipo de cambio fijo", "tax_included": "IVA incluido", "tax_rate": "alícuota", "payment_days": "días para pagar",
    "payment_from": "plazo desde", "minimum_invoice": "factura mínima", "min_kbps": "velocidad mínima", "min_policy": "por debajo del mínimo",
    "min_step_kbps": "paso mínimo", "changes_per_month": "cambios por mes", "downgrade_notice_days": "aviso de disminución (días)",
    "upgrade_policy": "un aumento factura", "downgrade_policy": "una disminución factura", "tier_scope": "los tramos miran",
    "suspension_bills": "suspendido factura", "suspension_after_days": "suspensión tras días de mora", "reconnection_fee": "cargo de reconexión",
    "late_interest_yearly": "interés anual por mora", "objection_days": "días para objetar", "sla_credit": "créditos SLA",
    "requires_addendum": "exige adenda", "renewal": "renovación", "renewal_notice_days": "aviso de no renovación (días)",
    "termination_penalty": "penalidad por término anticipado", "clause_references": "cláusulas",
}  # fmt: skip
_SHOWN = {
    "min_kbps": _speed,
    "min_step_kbps": _speed,
    "sla_credit": _ladder,
    "tax_rate": _share,
    "late_interest_yearly": _share,
}
LABELS: dict[str, changes.Label] = {
    name: _worded(name) if name in agreements.WORDS else changes.Label(text, _SHOWN.get(name))
    for name, text in LABEL_TEXTS.items()
}
_AMOUNTS = ("minimum_invoice", "reconnection_fee", "fixed_rate")
_SHARES = ("tax_rate", "late_interest_yearly")
_DAYS = (
    "payment_days", "downgrade_notice_days", "suspension_after_days", "objection_days", "renewal_notice_days", "changes_per_month"
)  # fmt: skip
LONGEST_DAYS = 3_660


@transaction.atomic
def agree_terms(
    *,
    contract_id: int,
    starts_date: dt.date | None,
    actor: Actor,
    at: dt.datetime,
    document_id: int | None = None,
    correction: str = "",
    **clauses: object,
) -> int:
    """Write the clauses of a contract as they hold from `starts_date` on; return the row's id.

    What is not given stays as it was before that day (or the default). Rows that began later keep holding from
    their own day; one that begins the same day is corrected, which needs to say why (`correction`): the journal keeps
    the former clauses whole, and tells what changed. `clauses` are the
    columns of `Terms`: money as Decimal, speeds in kbit/s, words of `rules.agreements.WORDS`, `sla_credit` as the
    `sla` object of a rating case. Raises Invalid with every wrong clause, NotFound, NotAllowed.
    """
    require(actor, Act.EDIT_AGREEMENTS)
    contract = editing.locked(
        Contract.objects.all(), row_id=contract_id, missing=_("No existe ese contrato.")
    )
    if set(clauses) - set(LABELS):
        msg = f"not clauses: {sorted(set(clauses) - set(LABELS))}"
        raise TypeError(msg)
    before = (
        Terms.objects.filter(contract=contract, starts_date__lte=starts_date or dt.date.min)
        .order_by("-starts_date")
        .first()
    )
    row = Terms(contract=contract)
    for name in LABELS:
        setattr(row, name, clauses.get(name, getattr(before, name) if before else getattr(row, name)))
    agreements.refuse(_wrong(contract, row, starts_date, document_id))
    assert starts_date is not None
    made = changes.compare(
        {name: getattr(before, name) for name in LABELS} if before else {},
        {name: getattr(row, name) for name in LABELS},
        LABELS,
    )
    corrected = before if before is not None and before.starts_date == starts_date and made else None
    why = " ".join(correction.split())[:300]
    if corrected is not None and not why:
        raise Invalid(
            _("Ya hay condiciones desde ese día. Cambiaría: %(changes)s")
            % {"changes": changes.sentence(made)},
            field="starts_date",
            remedy=_("Elija otro día, o escriba el motivo de la corrección."),
        )
    row.starts_date, row.agreed_at, row.document_id = starts_date, at, document_id
    _place(contract, row)
    text = _("Condiciones desde el %(day)s. %(changes)s") % {
        "day": formats.date(starts_date),
        "changes": changes.sentence(made) or _("Sin cambios."),
    }
    payload: dict[str, object] = {"changed": {each.field: [each.before, each.after] for each in made}}
    if corrected is not None:
        text += _(" Corrige las del mismo día: %(why)s.") % {"why": why.rstrip(".")}
        payload["former"] = {
            name: value if isinstance(value, dict | int | str | None) else str(value)
            for name, value in (
                (name, getattr(corrected, name)) for name in (*LABELS, "document_id", "agreed_at")
            )
        }
    journal.record(
        dossier_id=contract.dossier_id,
        act=Act.EDIT_AGREEMENTS,
        text=text,
        actor=actor,
        at=at,
        step=STEP,
        payload=payload,
    )
    live.bump("contracts")
    return row.pk


def _place(contract: Contract, row: Terms) -> None:
    """Put the row among the others: the one before ends where it begins, it ends where the next begins."""
    others = Terms.objects.filter(contract=contract)
    others.filter(starts_date=row.starts_date).delete()
    following = others.filter(starts_date__gt=row.starts_date).order_by("starts_date").first()
    row.ends_date = following.starts_date if following else None
    others.filter(starts_date__lt=row.starts_date, ends_date=None).update(ends_date=row.starts_date)
    others.filter(starts_date__lt=row.starts_date, ends_date__gt=row.starts_date).update(
        ends_date=row.starts_date
    )
    overlap = FieldError("starts_date", _("Ya hay condiciones en esos días."), _("Revise la fecha."))
    with constraints.in_words({"terms_do_not_overlap": overlap}):
        row.save()


def _wrong(
    contract: Contract, row: Terms, starts: dt.date | None, document_id: int | None
) -> list[FieldError]:
    errors: list[FieldError] = []
    span = agreements.Span(contract.starts_date, contract.ends_date)
    if starts is None:
        errors.append(FieldError("starts_date", _("Falta desde cuándo rigen."), _("Escriba dd/mm/aaaa.")))
    elif not span.holds(starts):
        errors.append(
            FieldError(
                "starts_date",
                _("Las condiciones rigen desde el %(day)s, fuera del contrato.")
                % {"day": formats.date(starts)},
                _("Revise la fecha, o las del contrato."),
            )
        )
    if (
        document_id is not None
        and not ContractDocument.objects.filter(pk=document_id, contract=contract).exists()
    ):
        errors.append(
            FieldError("document_id", _("Ese documento no es de este contrato."), _("Elija uno de la lista."))
        )
    errors += [
        wrong for name in agreements.WORDS if (wrong := agreements.check_choice(name, getattr(row, name)))
    ]
    errors += _wrong_figures(row)
    errors += _wrong_together(row)
    return errors


def _wrong_figures(row: Terms) -> list[FieldError]:
    errors = []
    for name in _AMOUNTS:
        value = getattr(row, name)
        if value is not None and (not isinstance(value, Decimal) or not value.is_finite() or value < 0):
            errors.append(FieldError(name, _("El importe no puede ser negativo."), _("Revise la cifra.")))
    for name in _SHARES:
        value = getattr(row, name)
        share = Decimal(value) if isinstance(value, str) else value
        if share is not None and not (isinstance(share, Decimal) and 0 <= share < 1):
            errors.append(FieldError(name, _("No está entre 0 y 100 %."), _("Escriba por ejemplo 13 %.")))
    for name in _DAYS:
        value = getattr(row, name)
        if value is not None and not (isinstance(value, int) and 0 <= value <= LONGEST_DAYS):
            errors.append(FieldError(name, _("No es un número de días."), _("Escriba un número entero.")))
    for name in ("min_kbps", "min_step_kbps"):
        value = getattr(row, name)
        if value is not None and not (isinstance(value, int) and 0 < value <= capacity.HIGHEST_KBPS):
            errors.append(
                FieldError(name, _("La velocidad no es válida."), _("Escriba por ejemplo 500 Mbps."))
            )
    return errors


def _wrong_together(row: Terms) -> list[FieldError]:
    """What the clauses say against one another."""
    errors = []
    if row.currency != row.invoice_currency and row.rate_day != "FIXED" and not row.rate_source.strip():
        errors.append(
            FieldError(
                "rate_source",
                _("Falta la fuente del tipo de cambio."),
                _("La factura va en otra moneda que el contrato."),
            )
        )
    if row.currency != row.invoice_currency and row.rate_day == "FIXED" and not row.fixed_rate:
        errors.append(
            FieldError("fixed_rate", _("Falta el tipo de cambio fijo."), _("Escríbalo, o elija otro día."))
        )
    if row.changes_per_month == 0:
        errors.append(
            FieldError(
                "changes_per_month",
                _("Cero cambios por mes no permite ninguno."),
                _("Déjelo vacío si no hay límite."),
            )
        )
    if row.renewal == "NONE" and row.renewal_notice_days:
        errors.append(
            FieldError(
                "renewal_notice_days",
                _("Un contrato que no se renueva solo no lleva aviso de no renovación."),
                _("Déjelo en 0."),
            )
        )
    if row.sla_credit:
        errors += ladder_errors(row.sla_credit)
    return errors


def ladder_errors(sla: object) -> list[FieldError]:
    """Return what is wrong with a credit ladder, by its path."""
    if not isinstance(sla, Mapping):
        return [FieldError("sla_credit", _("La escala de créditos no se entiende."), _("Revísela."))]
    try:
        agreements.ladder(sla)
    except Invalid as error:
        return list(error.errors)
    return []
