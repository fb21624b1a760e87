"""Dated parameters: the carrier's names, limits and texts, changed without changing the past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.models import Parameter
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.apps.procedure.parameters import DEFAULTS
from mayorista.rules import lapaz, limits, spanish_dates
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt


def _check(name: str, value: Any) -> None:
    if name not in DEFAULTS:
        raise NotFound(_("No existe el parámetro «%(name)s».") % {"name": name}, field="name")
    default = DEFAULTS[name].value
    if type(value) is not type(default):
        raise Invalid(
            _("El valor no tiene la forma esperada."),
            field="value",
            remedy=_("Escriba un valor como este: %(default)s") % {"default": default},
        )
    if isinstance(default, dict) and set(value) != set(default):
        raise Invalid(
            _("Faltan o sobran claves en el valor."),
            field="value",
            remedy=_("Deben ser: %(keys)s") % {"keys": ", ".join(sorted(default))},
        )
    wrong = limits.wrong(name, value)
    if wrong:
        raise Invalid.of(wrong)


FIRST_DAY = "indicators.first_day"
# What is changed by an act of its own, never by hand.
ELSEWHERE = {"billing.accounts": "Las cuentas bancarias se cambian entre dos personas, en Pagos › Cuentas."}


@transaction.atomic
def change_parameter(
    *,
    name: str,
    value: Any,
    valid_from: dt.datetime,
    reason: str,
    actor: Actor,
    at: dt.datetime,
) -> Parameter:
    """Give `name` a new value from `valid_from` on (not before `at`); earlier ones stay readable."""
    require(actor, Act.EDIT_PARAMETERS)
    if name in ELSEWHERE:
        raise Conflict(_("Ese parámetro no se edita aquí."), field="value", remedy=_(ELSEWHERE[name]))
    return write(name=name, value=value, valid_from=valid_from, reason=reason, actor=actor, at=at)


@transaction.atomic
def write(
    *, name: str, value: Any, valid_from: dt.datetime, reason: str, actor: Actor, at: dt.datetime
) -> Parameter:
    """Write a value for an act that has asked for its own right; otherwise as `change_parameter`."""
    _check(name, value)
    if valid_from < at:
        raise Invalid(
            _("La vigencia no puede empezar en el pasado."),
            field="valid_from",
            remedy=_("Indique una fecha de hoy en adelante."),
        )
    if name == FIRST_DAY and value.strip() and spanish_dates.parse(value) > lapaz.local(at).date():
        raise Invalid(
            _("El primer día de uso no puede estar en el futuro."),
            field="value",
            remedy=_("Escriba un día hasta hoy, o nada."),
        )
    if not reason.strip():
        raise Invalid(_("Falta el motivo del cambio."), field="reason", remedy=_("Escriba el motivo."))
    parameter, _made = Parameter.objects.update_or_create(
        name=name,
        valid_from=valid_from,
        defaults={"value": value, "changed_by_id": actor.user_id, "reason": reason.strip()},
    )
    journal.record(
        dossier_id=dossiers.standing(kind="PARAMETERS").id,
        act=Act.EDIT_PARAMETERS,
        text=_("Parámetro %(name)s = %(value)s. Motivo: %(reason)s")
        % {"name": name, "value": value, "reason": reason.strip()},
        actor=actor,
        at=at,
        payload={"name": name, "value": value, "valid_from": valid_from.isoformat()},
    )
    return parameter
