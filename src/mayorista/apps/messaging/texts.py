"""The texts of the house: read, filled in, written anew. The newest usable version of a code counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from mayorista.apps.messaging.models import MessageTemplate
from mayorista.rules import whatsapp
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotFound
from mayorista.rules.ports.messages import ReplyButton

if TYPE_CHECKING:
    from collections.abc import Mapping


USABLE = ("APPROVED", "UNKNOWN")
"""States in which a template may be tried: a shipped one is UNKNOWN until WhatsApp was asked."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its variables in place; `parameters` are the values in WhatsApp's order."""

    template_id: int
    code: str
    subject: str
    body: str
    parameters: tuple[str, ...] = ()
    buttons: tuple[ReplyButton, ...] = ()


def newest(code: str) -> MessageTemplate:
    """Return the newest version of a text, approved or not. Raises NotFound."""
    found = MessageTemplate.objects.filter(code=code).order_by("-version").first()
    if found is None:
        raise NotFound(_("No existe el texto «%(code)s».") % {"code": code}, field="template_code")
    return found


def usable(code: str) -> MessageTemplate:
    """Return the newest approved version of a text. Raises NotFound, or Conflict when none is approved."""
    found = MessageTemplate.objects.filter(code=code, approval__in=USABLE).order_by("-version").first()
    if found is None:
        latest = newest(code)
        raise Conflict(
            _("La plantilla «%(name)s» no está aprobada por WhatsApp (%(state)s).")
            % {"name": latest.name, "state": latest.approval},
            field="template_code",
            remedy=_("Envíe el aviso por correo o pida al administrador que la haga aprobar."),
        )
    return found


def is_usable(code: str) -> bool:
    """Whether some version of a text may be sent."""
    return MessageTemplate.objects.filter(code=code, approval__in=USABLE).exists()


def fill(template: MessageTemplate, params: Mapping[str, str]) -> Filled:
    """Fill a text in; raises Invalid naming every variable that has no value or one WhatsApp refuses."""
    values = {name: str(value) for name, value in params.items()}
    missing = [
        FieldError(name, _("Falta el dato «%(name)s» del texto.") % {"name": name}, _("Complételo."))
        for name in template.variables
        if name not in values
    ]
    if missing:
        raise Invalid.of(missing)
    if template.kind == "TEMPLATE":
        return _fill_template(template, values)
    return Filled(
        template.pk,
        template.code,
        subject=whatsapp.render(template.subject, values),
        body=whatsapp.render(template.body, values),
    )


def _fill_template(template: MessageTemplate, values: Mapping[str, str]) -> Filled:
    parameters = tuple(whatsapp.as_parameter(values[name]) for name in template.variables)
    wrong = [
        FieldError(name, _("El dato «%(name)s» %(problem)s.") % {"name": name, "problem": problem})
        for name, value in zip(template.variables, parameters, strict=True)
        if (problem := whatsapp.parameter_problem(value))
    ]
    if wrong:
        raise Invalid.of(wrong)
    numbered = {str(number): value for number, value in enumerate(parameters, start=1)}
    buttons = tuple(
        ReplyButton(payload=whatsapp.render(each["payload"], dict(values)), title=each["title"])
        for each in template.buttons
    )
    body = whatsapp.render(template.body, numbered)
    return Filled(template.pk, template.code, subject="", body=body, parameters=parameters, buttons=buttons)
