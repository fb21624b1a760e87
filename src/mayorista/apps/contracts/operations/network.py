"""Providers and the elements of the network that services ride on."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import NmsName, Provider, Resource, ResourceKind
from mayorista.apps.contracts.operations import naming
from mayorista.apps.customers.saved import Saved
from mayorista.apps.procedure import constraints, editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.rules import changes, names, phones
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.procedure import Act

_CODE_SHAPE = re.compile(r"^[A-Z0-9][A-Z0-9._:-]{0,59}$")
MAX_LEVELS = 6


def _levels_in_words(levels: object) -> str:
    if not isinstance(levels, list):
        return changes.NOTHING
    return ", ".join(
        f"{level.get('level')}: {level.get('name') or level.get('phone') or level.get('email')}"
        for level in levels
    )


PROVIDER_LABELS: dict[str, changes.Label] = {
    "code": changes.Label("código"),
    "name": changes.Label("nombre"),
    "contact": changes.Label("contacto"),
    "phone": changes.Label("teléfono"),
    "email": changes.Label("correo"),
    "escalation": changes.Label("escalamiento", _levels_in_words),
    "active": changes.Label("activo"),
}
RESOURCE_LABELS: dict[str, changes.Label] = {
    "code": changes.Label("código"),
    "kind": changes.Label("clase", lambda kind: str(ResourceKind(str(kind)).label)),
    "name": changes.Label("nombre"),
    "provider_id": changes.Label("proveedor", lambda pk: _name_of(Provider, pk)),
    "contract_reference": changes.Label("contrato"),
    "part_of_id": changes.Label("parte de", lambda pk: _name_of(Resource, pk)),
    "active": changes.Label("activo"),
    "notes": changes.Label("notas"),
}


@transaction.atomic
def save_provider(
    *,
    actor: Actor,
    at: dt.datetime,
    provider_id: int | None = None,
    version: int | None = None,
    escalation: Sequence[Mapping[str, object]] | None = None,
    **fields: str | bool,
) -> Saved:
    """Create a provider, or change the fields given: code, name, contact, phone, email, active.

    `escalation` is its levels: level (1…), name, phone, email, after_minutes. Raises Invalid with every
    wrong field, NotFound, Stale, NotAllowed.
    """
    require(actor, Act.EDIT_SERVICES)
    current = None
    if provider_id is not None:
        current = editing.locked(
            Provider.objects.all(), row_id=provider_id, missing=_("No existe ese proveedor.")
        )
    errors: list[FieldError] = []
    wanted = _texts(
        fields, {"code": 20, "name": 160, "contact": 160, "phone": 40, "email": 254}, PROVIDER_LABELS
    )
    _check_code(Provider, current, wanted, errors)
    _require_name(current, wanted, errors)
    _check_phone(wanted, errors)
    _check_email(wanted, errors)
    if escalation is not None:
        wanted["escalation"] = _levels(escalation, errors)
    if errors:
        raise Invalid.of(errors)
    wanted_key = {"sort_key": names.sort_key(str(wanted["name"]))} if "name" in wanted else {}
    return _write(Provider, current, wanted, wanted_key, PROVIDER_LABELS, version, _("Proveedor"), actor, at)


@transaction.atomic
def save_resource(
    *,
    actor: Actor,
    at: dt.datetime,
    resource_id: int | None = None,
    version: int | None = None,
    nms_names: Sequence[Mapping[str, str]] | None = None,
    **fields: str | bool | int | None,
) -> Saved:
    """Create an element, or change the fields given.

    Fields: code, kind (NODE, LINK, DEVICE, UPSTREAM), name, provider_id (an upstream needs one),
    contract_reference, part_of_id, active, notes. `nms_names` become all its names for any source.
    Raises Invalid with every wrong field, NotFound, Stale, NotAllowed.
    """
    require(actor, Act.EDIT_SERVICES)
    current = None
    if resource_id is not None:
        current = editing.locked(
            Resource.objects.all(), row_id=resource_id, missing=_("No existe ese elemento de red.")
        )
    errors: list[FieldError] = []
    wanted = _texts(
        fields, {"code": 60, "name": 160, "contract_reference": 120, "notes": 4000}, RESOURCE_LABELS
    )
    _check_code(Resource, current, wanted, errors)
    if not wanted.get("name") and "name" in wanted:
        wanted["name"] = wanted.get("code") or (current.code if current else "")
    _require_name(current, wanted, errors)
    _check_kind(current, wanted, errors)
    _check_part_of(current, wanted, errors)
    clean_names = _clean_names(nms_names, errors)
    if errors:
        raise Invalid.of(errors)
    saved = _write(Resource, current, wanted, {}, RESOURCE_LABELS, version, _("Elemento"), actor, at)
    if clean_names is None:
        return saved
    return _with_names(saved, clean_names, actor, at)


def _texts(
    fields: Mapping[str, object], limits: Mapping[str, int], labels: Mapping[str, changes.Label]
) -> dict[str, object]:
    unknown = set(fields) - set(labels)
    if unknown:
        msg = f"not fields here: {sorted(unknown)}"
        raise TypeError(msg)
    return {
        name: " ".join(str(value).split())[: limits[name]] if name in limits else value
        for name, value in fields.items()
    }


def _check_code(
    model: type[Provider | Resource],
    current: Provider | Resource | None,
    wanted: dict[str, object],
    errors: list[FieldError],
) -> None:
    if "code" not in wanted and current is not None:
        return
    code = str(wanted.get("code", "")).upper()
    wanted["code"] = code
    if not code:
        errors.append(
            FieldError("code", _("Falta el código."), _("Escriba uno corto, por ejemplo CBBA-BR1."))
        )
    elif not _CODE_SHAPE.match(code):
        errors.append(
            FieldError(
                "code",
                _("Código «%(code)s»: solo lleva letras, dígitos y . _ : -") % {"code": code},
                _("Escriba por ejemplo CBBA-BR1."),
            )
        )
    elif model.objects.filter(code=code).exclude(pk=current.pk if current else 0).exists():
        errors.append(
            FieldError("code", _("El código «%(code)s» ya está en uso.") % {"code": code}, _("Elija otro."))
        )


def _require_name(current: object, wanted: Mapping[str, object], errors: list[FieldError]) -> None:
    if not wanted.get("name") and (current is None or "name" in wanted):
        errors.append(FieldError("name", _("Falta el nombre."), _("Escriba el nombre por el que se conoce.")))


def _check_phone(wanted: dict[str, object], errors: list[FieldError]) -> None:
    if not wanted.get("phone"):
        return
    try:
        wanted["phone"] = phones.normalise(str(wanted["phone"])).e164
    except Invalid as error:
        errors.extend(error.errors)


def _check_email(wanted: dict[str, object], errors: list[FieldError]) -> None:
    if not wanted.get("email"):
        return
    wanted["email"] = str(wanted["email"]).lower()
    try:
        validate_email(str(wanted["email"]))
    except ValidationError:
        errors.append(
            FieldError(
                "email",
                _("Correo «%(email)s»: no es una dirección.") % {"email": wanted["email"]},
                _("Escriba por ejemplo noc@proveedor.bo."),
            )
        )


def _levels(levels: Sequence[Mapping[str, object]], errors: list[FieldError]) -> list[dict[str, object]]:
    clean: list[dict[str, object]] = []
    for level in levels[:MAX_LEVELS]:
        row = {
            name: " ".join(str(level.get(name) or "").split())[:160] for name in ("name", "phone", "email")
        }
        if not any(row.values()):
            continue
        if row["phone"]:
            try:
                row["phone"] = phones.normalise(row["phone"]).e164
            except Invalid as error:
                errors.append(FieldError("escalation", error.message, error.remedy))
        minutes = str(level.get("after_minutes") or "0")
        if not minutes.isascii() or not minutes.isdecimal():
            errors.append(
                FieldError(
                    "escalation",
                    _("Los minutos de escalamiento son un número entero."),
                    _("Escriba por ejemplo 120."),
                )
            )
            minutes = "0"
        clean.append({"level": len(clean) + 1, **row, "after_minutes": int(minutes)})
    return clean


def _check_kind(current: Resource | None, wanted: dict[str, object], errors: list[FieldError]) -> None:
    kind = wanted.get("kind", current.kind if current else "")
    if kind not in ResourceKind.values:
        errors.append(
            FieldError(
                "kind", _("Falta la clase de elemento."), _("Elija nodo, enlace, equipo o red contratada.")
            )
        )
        return
    provider = wanted.get("provider_id", current.provider_id if current else None)
    if provider is not None and not Provider.objects.filter(pk=str(provider)).exists():
        errors.append(FieldError("provider_id", _("No existe ese proveedor."), _("Elija uno de la lista.")))
    if kind == ResourceKind.UPSTREAM and provider is None:
        errors.append(
            FieldError(
                "provider_id",
                _("Una red contratada necesita su proveedor."),
                _("Elija el proveedor, o regístrelo primero."),
            )
        )


def _check_part_of(current: Resource | None, wanted: Mapping[str, object], errors: list[FieldError]) -> None:
    above = wanted.get("part_of_id")
    if above is None:
        return
    visited: set[int] = set()
    parent = Resource.objects.filter(pk=above).first()  # type: ignore[misc]  # an id or None
    if parent is None:
        errors.append(
            FieldError("part_of_id", _("No existe ese elemento de red."), _("Elija uno de la lista."))
        )
    while parent is not None and parent.pk not in visited:
        if current is not None and parent.pk == current.pk:
            errors.append(
                FieldError(
                    "part_of_id", _("Un elemento no puede ser parte de sí mismo."), _("Elija otro elemento.")
                )
            )
            return
        visited.add(parent.pk)
        parent = Resource.objects.filter(pk=parent.part_of_id).first() if parent.part_of_id else None


def _clean_names(
    wishes: Sequence[Mapping[str, str]] | None, errors: list[FieldError]
) -> list[dict[str, str]] | None:
    if wishes is None:
        return None
    clean = []
    for wish in wishes:
        try:
            clean.append(naming.clean_labels(wish))
        except Invalid as error:
            errors.extend(error.errors)
    return clean


def _with_names(saved: Saved, wanted: Sequence[Mapping[str, str]], actor: Actor, at: dt.datetime) -> Saved:
    """Make the element's names for any source those wanted."""
    change = replace_names(wanted, resource_id=saved.id)
    if change is None:
        return saved
    if not saved.created and not saved.changes:
        Resource.objects.filter(pk=saved.id).update(version=Resource.objects.get(pk=saved.id).version + 1)
    journal.record(
        dossier_id=dossiers.standing(kind=naming.NETWORK).id,
        act=Act.EDIT_SERVICES,
        text=f"{saved.code}: {change}",
        actor=actor,
        at=at,
    )
    return Saved(
        saved.id, saved.code, saved.dossier_id, created=saved.created, changes=(*saved.changes, change)
    )


def replace_names(
    wanted: Sequence[Mapping[str, str]],
    *,
    service_id: int | None = None,
    resource_id: int | None = None,
    created: bool = False,
) -> changes.Change | None:
    """Make the names of a service or element for any source those wanted; return the change, if any.

    Names remembered for a single source (a person's link) stay; what was just `created` has none yet.
    Raises Invalid for labels that name
    something else.
    """
    held = (
        {
            row.signature: row
            for row in NmsName.objects.filter(service=service_id, resource=resource_id, source_code="")
        }
        if not created
        else {}
    )
    fresh = {naming.signature(labels): labels for labels in wanted}
    if set(held) == set(fresh):
        return None
    gone = [row.pk for mark, row in held.items() if mark not in fresh]
    if gone:
        NmsName.objects.filter(pk__in=gone).delete()
    new = {mark: labels for mark, labels in fresh.items() if mark not in held}
    clashes = NmsName.objects.filter(source_code="", signature__in=new).values_list("signature", flat=True)
    found = [naming.taken(new[mark]) for mark in clashes]
    if found:
        raise Invalid.of(found)
    late = FieldError("labels", _("Las etiquetas ya nombran a otro."), _("Vuelva a abrir la ficha."))
    with constraints.in_words({"contracts_nmsname_names_one_thing": late}, savepoint=False):
        NmsName.objects.bulk_create(
            NmsName(
                service_id=service_id,
                resource_id=resource_id,
                labels=dict(labels),
                key=naming.first_key(labels),
                signature=mark,
            )
            for mark, labels in new.items()
        )
    return changes.Change(
        "nms_names",
        "nombres en alarmas",
        " · ".join(sorted(held)) or changes.NOTHING,
        " · ".join(sorted(fresh)) or changes.NOTHING,
    )


def _write(
    model: type[Provider | Resource],
    current: Provider | Resource | None,
    wanted: dict[str, object],
    derived: Mapping[str, object],
    labels: Mapping[str, changes.Label],
    version: int | None,
    noun: str,
    actor: Actor,
    at: dt.datetime,
) -> Saved:
    before = editing.values(current, labels) if current else {}
    if current is not None:
        editing.refuse_stale(
            current=current.version, expected=version, before=before, wanted=wanted, labels=labels
        )
    made = changes.compare(before, wanted, labels)
    if current is not None and not made:
        return Saved(current.pk, current.code, None, created=False)
    row = current or model(version=0)
    for name, value in {**wanted, **derived}.items():
        setattr(row, name, value)
    row.version += 1
    taken = FieldError(
        "code", _("El código «%(code)s» ya está en uso.") % {"code": row.code}, _("Elija otro.")
    )
    with constraints.in_words(
        {"contracts_provider_code_is_unique": taken, "contracts_resource_code_is_unique": taken}
    ):
        row.save()
    journal.record(
        dossier_id=dossiers.standing(kind=naming.NETWORK).id,
        act=Act.EDIT_SERVICES,
        text=f"{noun} {row.code}. {changes.sentence(made)}",
        actor=actor,
        at=at,
        payload={"changed": {change.field: [change.before, change.after] for change in made}},
    )
    return Saved(row.pk, row.code, None, created=current is None, changes=made)


def _name_of(model: type[Provider | Resource], row_id: object) -> str:
    found = model.objects.filter(pk=row_id).values_list("code", flat=True).first()  # type: ignore[misc]  # an id
    return str(found or changes.NOTHING)
