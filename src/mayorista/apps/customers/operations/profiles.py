"""Create and edit customers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from django.db import connection, transaction
from django.utils.translation import gettext as _

from mayorista.apps.customers.models import Customer, CustomerKind
from mayorista.apps.customers.saved import Saved
from mayorista.apps.procedure import constraints, editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.models import Dossier
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.rules import changes, names, nit
from mayorista.rules.errors import FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act

STATE_ACTIVE = "activo"
STATE_INACTIVE = "inactivo"
CODE_PREFIX = "ISP"
_CODE_SHAPE = re.compile(r"^[A-Z0-9][A-Z0-9._-]{1,19}$")

LABELS: dict[str, changes.Label] = {
    "code": changes.Label("código"),
    "name": changes.Label("nombre"),
    "legal_name": changes.Label("razón social"),
    "nit": changes.Label("NIT"),
    "city": changes.Label("ciudad"),
    "address": changes.Label("dirección"),
    "active": changes.Label("activo"),
    "notes": changes.Label("notas"),
}
_TEXTS = {"code": 20, "name": 160, "legal_name": 200, "nit": 40, "city": 80, "address": 240, "notes": 4000}


@transaction.atomic
def save_customer(
    *,
    actor: Actor,
    at: dt.datetime,
    customer_id: int | None = None,
    version: int | None = None,
    kind: str = CustomerKind.ISP_WHOLESALE,
    **fields: str | bool,
) -> Saved:
    """Create a customer, or change the fields given of an existing one; journaled.

    Fields: code ("" takes the next ISP-nnn), name, legal_name, nit, city, address, notes (texts) and
    active. Raises Invalid with every wrong field, NotFound, Stale, NotAllowed.
    """
    require(actor, Act.EDIT_CUSTOMERS)
    current = None
    if customer_id is not None:
        current = editing.locked(
            Customer.objects.all(), row_id=customer_id, missing=_("No existe ese cliente.")
        )
    wanted = _checked(current, kind, fields)
    if current is None:
        return _create(wanted, actor, at)
    before = editing.values(current, LABELS)
    editing.refuse_stale(
        current=current.version, expected=version, before=before, wanted=wanted, labels=LABELS
    )
    return _change(current, before, wanted, actor, at)


def _checked(current: Customer | None, kind: str, fields: Mapping[str, str | bool]) -> dict[str, object]:
    """Return the clean values. Raises Invalid naming every field that does not fit."""
    unknown = set(fields) - set(LABELS)
    if unknown:
        msg = f"not fields of a customer: {sorted(unknown)}"
        raise TypeError(msg)
    errors: list[FieldError] = []
    wanted: dict[str, object] = {}
    for name, value in fields.items():
        wanted[name] = _text(name, str(value), errors) if name in _TEXTS else bool(value)
    if kind != CustomerKind.ISP_WHOLESALE:
        errors.append(
            FieldError(
                "kind",
                _("Solo se registran clientes ISP mayorista."),
                _("Los clientes minoristas no se atienden con este procedimiento."),
            )
        )
    if "name" in wanted or current is None:
        _check_name(current, str(wanted.get("name", "")), errors)
    if "code" in wanted:
        _check_code(current, wanted, errors)
    if "nit" in wanted:
        _check_nit(current, wanted, errors)
    if errors:
        raise Invalid.of(errors)
    return wanted


def _text(name: str, value: str, errors: list[FieldError]) -> str:
    clean = value.strip() if name == "notes" else " ".join(value.split())
    limit = _TEXTS[name]
    if len(clean) > limit:
        errors.append(
            FieldError(
                name,
                _("%(field)s: tiene %(length)s caracteres.")
                % {"field": LABELS[name].text, "length": len(clean)},
                _("Use hasta %(limit)s.") % {"limit": limit},
            )
        )
        return clean[:limit]
    return clean


def _check_name(current: Customer | None, name: str, errors: list[FieldError]) -> None:
    if not name:
        errors.append(
            FieldError("name", _("Falta el nombre del cliente."), _("Escriba el nombre comercial."))
        )
        return
    key = names.normal_key(name)
    if not key:
        errors.append(
            FieldError("name", _("El nombre no tiene letras ni números."), _("Escriba el nombre comercial."))
        )
        return
    twin = Customer.objects.filter(name_key=key).exclude(pk=current.pk if current else 0).first()
    if twin is not None:
        errors.append(
            FieldError(
                "name",
                _("Ya existe ese cliente: %(code)s %(name)s.") % {"code": twin.code, "name": twin.name},
                _("Abra ese cliente, o escriba un nombre que los distinga."),
            )
        )


def _check_code(current: Customer | None, wanted: dict[str, object], errors: list[FieldError]) -> None:
    code = str(wanted["code"]).upper()
    wanted["code"] = code
    if not code:
        if current is not None:
            wanted["code"] = current.code
        return
    if not _CODE_SHAPE.match(code):
        errors.append(
            FieldError(
                "code",
                _("Código «%(code)s»: solo lleva letras, dígitos, guiones y puntos.") % {"code": code},
                _("Escriba por ejemplo ISP-014, o déjelo vacío."),
            )
        )
        return
    same = Dossier.objects.filter(number=code).exclude(pk=current.dossier_id if current else 0)
    if same.exists():
        errors.append(
            FieldError(
                "code", _("El código «%(code)s» ya está en uso.") % {"code": code}, _("Elija otro código.")
            )
        )


def _check_nit(current: Customer | None, wanted: dict[str, object], errors: list[FieldError]) -> None:
    try:
        digits = nit.normalise(str(wanted["nit"]))
    except Invalid as error:
        errors.extend(error.errors)
        return
    if current is not None:
        digits = nit.restore(digits, [current.nit])
    wanted["nit"] = digits
    if not digits:
        return
    twin = (
        Customer.objects.filter(nit__regex=rf"^0*{digits.lstrip('0')}$")
        .exclude(pk=current.pk if current else 0)
        .first()
    )
    if twin is not None:
        errors.append(
            FieldError(
                "nit",
                _("El NIT %(nit)s es de %(code)s %(name)s.")
                % {"nit": digits, "code": twin.code, "name": twin.name},
                _("Revise el NIT, o edite ese cliente."),
            )
        )


def _create(wanted: dict[str, object], actor: Actor, at: dt.datetime) -> Saved:
    code = str(wanted.get("code") or _next_code())
    wanted["code"] = code
    name = str(wanted["name"])
    active = bool(wanted.get("active", True))
    with constraints.in_words(_collisions(wanted), savepoint=False):
        dossier = dossiers.open_dossier(
            kind="CUSTOMER",
            number=code,
            headline=name,
            state=STATE_ACTIVE if active else STATE_INACTIVE,
            at=at,
            search=_search_text(wanted),
        )
        customer = Customer.objects.create(
            **wanted,
            dossier=dossier,
            kind=CustomerKind.ISP_WHOLESALE,
            sort_key=names.sort_key(name),
            name_key=names.normal_key(name),
        )
    made = changes.compare(
        {}, {key: value for key, value in wanted.items() if value not in ("", True)}, LABELS
    )
    journal.record(
        dossier_id=dossier.id,
        act=Act.EDIT_CUSTOMERS,
        text=_("Cliente registrado. %(changes)s") % {"changes": changes.sentence(made)},
        actor=actor,
        at=at,
        payload={"created": {change.field: change.after for change in made}},
    )
    return Saved(customer.id, code, dossier.id, created=True, changes=made)


def _change(
    current: Customer, before: Mapping[str, object], wanted: dict[str, object], actor: Actor, at: dt.datetime
) -> Saved:
    made = changes.compare(before, wanted, LABELS)
    if not made:
        return Saved(current.id, current.code, current.dossier_id, created=False)
    for name, value in wanted.items():
        setattr(current, name, value)
    current.sort_key, current.name_key = names.sort_key(current.name), names.normal_key(current.name)
    current.version += 1
    with constraints.in_words(_collisions(wanted), savepoint=False):
        current.save()
        Dossier.objects.filter(pk=current.dossier_id).update(number=current.code)
    after = editing.values(current, LABELS)
    dossiers.change(
        dossier_id=current.dossier_id,
        headline=current.name,
        state=STATE_ACTIVE if current.active else STATE_INACTIVE,
        search=_search_text(after),
    )
    journal.record(
        dossier_id=current.dossier_id,
        act=Act.EDIT_CUSTOMERS,
        text=_("Cliente modificado. %(changes)s") % {"changes": changes.sentence(made)},
        actor=actor,
        at=at,
        payload={"changed": {change.field: [change.before, change.after] for change in made}},
    )
    return Saved(current.id, current.code, current.dossier_id, created=False, changes=made)


def dossier_of(*, customer_id: int) -> int:
    """Return the dossier of a customer. Raises NotFound."""
    found = Customer.objects.filter(pk=customer_id).values_list("dossier_id", flat=True).first()
    if found is None:
        raise NotFound(_("No existe ese cliente."))
    return found


def _search_text(values: Mapping[str, object]) -> str:
    parts = (values.get(name, "") for name in ("code", "name", "legal_name", "nit", "city"))
    return " ".join(str(part) for part in parts if part)


def _next_code() -> str:
    """Return the next free ISP-nnn; two at once wait for each other until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('mayorista.customers.code'))")
        cursor.execute(
            "SELECT coalesce(max(substring(code FROM %s)::bigint), 0) FROM customers_customer WHERE code ~ %s",
            [rf"^{CODE_PREFIX}-(\d{{1,9}})$", rf"^{CODE_PREFIX}-\d{{1,9}}$"],
        )
        highest: int = cursor.fetchone()[0]
    return f"{CODE_PREFIX}-{highest + 1:03d}"


def _collisions(wanted: Mapping[str, object]) -> dict[str, FieldError]:
    """What the database says when somebody else was faster."""
    code = FieldError(
        "code",
        _("El código «%(code)s» ya está en uso.") % {"code": wanted.get("code", "")},
        _("Elija otro código."),
    )
    return {
        "customers_customer_code_is_unique": code,
        "dossier_number_unique": code,
        "customers_customer_nit_is_unique": FieldError(
            "nit", _("Ese NIT ya es de otro cliente."), _("Revise el NIT.")
        ),
        "customers_customer_name_is_unique": FieldError(
            "name", _("Ya existe un cliente con ese nombre."), _("Busque el cliente en la lista.")
        ),
    }
