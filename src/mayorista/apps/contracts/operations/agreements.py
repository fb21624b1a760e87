"""Contracts: number, dates and SLA profile (billing adds its own later)."""

from __future__ import annotations

import datetime as dt
import re

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Contract, SlaProfile
from mayorista.apps.customers.models import Customer
from mayorista.apps.customers.saved import Saved
from mayorista.apps.procedure import constraints, editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.models import Dossier
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.rules import changes
from mayorista.rules.errors import FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act

_NUMBER_SHAPE = re.compile(r"^[A-Z0-9][A-Z0-9._/-]{1,39}$")


def _sla_name(profile_id: object) -> str:
    found = SlaProfile.objects.filter(pk=profile_id).values_list("name", flat=True).first()  # type: ignore[misc]  # an id
    return str(found or changes.NOTHING)


LABELS: dict[str, changes.Label] = {
    "number": changes.Label("número"),
    "sla_profile_id": changes.Label("perfil SLA", _sla_name),
    "signed_date": changes.Label("firmado"),
    "starts_date": changes.Label("desde"),
    "ends_date": changes.Label("hasta"),
    "signatories": changes.Label("firmantes"),
}
MAX_SIGNATORIES = 20


@transaction.atomic
def save_contract(
    *,
    actor: Actor,
    at: dt.datetime,
    contract_id: int | None = None,
    customer_id: int | None = None,
    version: int | None = None,
    **fields: object,
) -> Saved:
    """Create a contract of a customer, or change the fields given.

    Fields: number, sla_profile_id, signed_date, starts_date, ends_date (exclusive; dates or None), signatories (names).
    Raises Invalid with every wrong field, NotFound, Stale, NotAllowed.
    """
    require(actor, Act.EDIT_SERVICES)
    return write_contract(
        act=Act.EDIT_SERVICES,
        actor=actor,
        at=at,
        contract_id=contract_id,
        customer_id=customer_id,
        version=version,
        **fields,
    )


def write_contract(
    *,
    act: Act,
    actor: Actor,
    at: dt.datetime,
    contract_id: int | None = None,
    customer_id: int | None = None,
    version: int | None = None,
    **fields: object,
) -> Saved:
    """Do what `save_contract` says, for an act that has asked who may do it."""
    current = None
    if contract_id is not None:
        current = editing.locked(
            Contract.objects.all(), row_id=contract_id, missing=_("No existe ese contrato.")
        )
    customer = Customer.objects.filter(pk=current.customer_id if current else customer_id or 0).first()
    if customer is None:
        raise NotFound(_("No existe ese cliente."), field="customer")
    wanted = _checked(current, dict(fields))
    before = editing.values(current, LABELS) if current else {}
    if current is not None:
        editing.refuse_stale(
            current=current.version, expected=version, before=before, wanted=wanted, labels=LABELS
        )
    made = changes.compare(before, wanted, LABELS)
    if current is not None and not made:
        return Saved(current.pk, current.number, current.dossier_id, created=False)
    contract = _store(current, customer, wanted, at)
    journal.record_many(
        lines=[
            journal.Line(
                dossier,
                act,
                _("Contrato %(number)s. %(changes)s")
                % {"number": contract.number, "changes": changes.sentence(made)},
            )
            for dossier in (contract.dossier_id, customer.dossier_id)
        ],
        actor=actor,
        at=at,
    )
    return Saved(contract.pk, contract.number, contract.dossier_id, created=current is None, changes=made)


def _checked(current: Contract | None, fields: dict[str, object]) -> dict[str, object]:
    errors: list[FieldError] = []
    wanted = dict(fields)
    if set(wanted) - set(LABELS):
        msg = f"not fields of a contract: {sorted(set(wanted) - set(LABELS))}"
        raise TypeError(msg)
    if "number" in wanted or current is None:
        wanted["number"] = _number(current, str(wanted.get("number") or ""), errors)
    for name in ("signed_date", "starts_date", "ends_date"):
        if name in wanted:
            wanted[name] = _day(name, wanted[name], errors)
    if "signatories" in wanted:
        wanted["signatories"] = _signatories(wanted["signatories"])
    profile = wanted.get("sla_profile_id") or None
    if "sla_profile_id" in wanted:
        wanted["sla_profile_id"] = profile
        if profile is not None and not SlaProfile.objects.filter(pk=profile).exists():  # type: ignore[misc]  # an id
            errors.append(
                FieldError("sla_profile_id", _("No existe ese perfil SLA."), _("Elija uno de la lista."))
            )
    starts = wanted.get("starts_date", current.starts_date if current else None)
    ends = wanted.get("ends_date", current.ends_date if current else None)
    if isinstance(starts, dt.date) and isinstance(ends, dt.date) and ends <= starts:
        errors.append(
            FieldError("ends_date", _("El contrato termina antes de empezar."), _("Revise las fechas."))
        )
    if errors:
        raise Invalid.of(errors)
    return wanted


def _number(current: Contract | None, text: str, errors: list[FieldError]) -> str:
    number = "".join(text.upper().split())
    if not _NUMBER_SHAPE.match(number):
        errors.append(
            FieldError(
                "number",
                _("Falta el número de contrato, o lleva signos raros."),
                _("Escriba por ejemplo CT-014."),
            )
        )
    elif Dossier.objects.filter(number=number).exclude(pk=current.dossier_id if current else 0).exists():
        errors.append(
            FieldError("number", _("El número «%(n)s» ya está en uso.") % {"n": number}, _("Revíselo."))
        )
    return number


def _day(name: str, value: object, errors: list[FieldError]) -> dt.date | None:
    if value is None or value == "" or isinstance(value, dt.date):
        return value or None  # type: ignore[return-value]  # a date or nothing
    errors.append(FieldError(name, _("La fecha no es válida."), _("Escriba dd/mm/aaaa.")))
    return None


def _signatories(names: object) -> list[str]:
    """Return the names as a list without empty or repeated ones."""
    given = names.splitlines() if isinstance(names, str) else [str(name) for name in names or ()]  # type: ignore[attr-defined]  # a list
    return list(dict.fromkeys(" ".join(name.split())[:120] for name in given if name.strip()))[
        :MAX_SIGNATORIES
    ]


def _store(
    current: Contract | None, customer: Customer, wanted: dict[str, object], at: dt.datetime
) -> Contract:
    number = str(wanted.get("number") or (current.number if current else ""))
    taken = FieldError("number", _("El número «%(n)s» ya está en uso.") % {"n": number}, _("Revíselo."))
    with constraints.in_words(
        {"contracts_contract_number_is_unique": taken, "dossier_number_unique": taken}, savepoint=False
    ):
        if current is None:
            dossier = dossiers.open_dossier(
                kind="CONTRACT",
                number=number,
                headline=f"{customer.name} · {number}",
                state="vigente",
                at=at,
                customer_id=customer.dossier_id,
            )
            return Contract.objects.create(dossier=dossier, customer=customer, **wanted)
        for name, value in wanted.items():
            setattr(current, name, value)
        current.version += 1
        current.save()
        Dossier.objects.filter(pk=current.dossier_id).update(number=number)
    return current
