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
    from collections.abc import Mapping, Sequence

LONGEST_SUBJECT = 300
LONGEST_MAIL = 20_000

# What each value may look like: for previews, and for Meta, which asks for a sample with each template.
EXAMPLES: Mapping[str, str] = {
    "accion": "cambio de la tarjeta del equipo de borde",
    "agente": "Ing. de turno",
    "caso": "DANO-2026-000148",
    "causa": "corte de fibra de red contratada",
    "causa_cliente": "corte de fibra de red contratada",
    "cliente": "VALLE FIBRA S.R.L.",
    "clientes": "VALLE FIBRA S.R.L.",
    "dac": "DAC-2026-000045",
    "destino": "190.129.0.1",
    "dias_tardes_noches": "noches",
    "duracion": "4 h 17 min",
    "enlace": "https://mayorista.example.bo/dac/DAC-2026-000045/",
    "etr": "02:30",
    "fecha": "23/11/2026",
    "fin": "24/11/2026 04:00",
    "firma": "Gerencia de Planificación",
    "hora": "02:12",
    "inicio": "23/11/2026 21:55",
    "limite": "500",
    "nombre": "Ing. de guardia",
    "parte": "apertura",
    "proximo": "23:30",
    "recibidos": "512",
    "resumen": "Corte de fibra entre Oruro y Tambo Quemado.",
    "servicio": "TIP-0141 de 2 Gbps",
    "situacion": "la cuadrilla ubicó el corte",
    "telefono": "+591 4 4256580",
    "trabajo": "cambio de tarjeta",
}

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


def example(name: str) -> str:
    """Return what the value of a variable may look like; its name in words when nothing better is known."""
    return EXAMPLES.get(name) or name.replace("_", " ")


def problems(template: MessageTemplate, subject: str, body: str) -> list[FieldError]:
    """Everything wrong with new words for a text: variables, emptiness, lengths, what WhatsApp would refuse."""
    if template.kind == "TEMPLATE":
        return whatsapp.check_template_body(body, template.variables)
    found = whatsapp.check_text(body, template.variables)
    limit = whatsapp.MAX_TEXT if template.kind == "QUICK" else LONGEST_MAIL
    if len(body) > limit:
        message = _("El texto tiene %(n)d caracteres.") % {"n": len(body)}
        found.append(FieldError("body", message, _("Acórtelo a %(limit)d.") % {"limit": limit}))
    if template.subject:
        wrong = whatsapp.check_text(subject, template.variables)
        found += [FieldError("subject", each.message, each.remedy) for each in wrong]
        if len(subject) > LONGEST_SUBJECT or not subject.isprintable():
            message = _("El asunto es demasiado largo o tiene saltos de línea.")
            found.append(FieldError("subject", message, _("Escriba una línea de hasta 300 caracteres.")))
    return found


def shown_with_examples(template: MessageTemplate, subject: str, body: str) -> tuple[str, str]:
    """Return subject and body with example values in place; what is no variable of the text stays as written."""
    values = {name: f"{{{{{name}}}}}" for name in whatsapp.variables_of(f"{subject} {body}")}
    values |= _examples(template.kind, template.variables)
    return whatsapp.render(subject, values) if template.subject else "", whatsapp.render(body, values)


def _examples(kind: str, variables: Sequence[str]) -> dict[str, str]:
    if kind == "TEMPLATE":
        return {str(number): example(name) for number, name in enumerate(variables, start=1)}
    return {name: example(name) for name in variables}
