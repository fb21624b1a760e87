"""What each part of the form must hold before it may be sent; everything wrong is told at once.

One function per part, each a list of small checks that answer `FieldError`s in Spanish with field
and remedy. "En evaluación" (no ETR) is legal, an RFO still pending is legal (G-43); an event that
is the customer's never makes a form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayorista.rules import errors, lapaz, procedure
from mayorista.rules.dac import fields, repair, sequence
from mayorista.rules.dac.content import DacContent, Origin, Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from mayorista.rules.dac.content import ActionLine, Closing, Opening, Progress

PROVIDER_CAUSES = ("E-FIB", "E-UPS")  # the causes that are a provider's by definition
SEVERITIES = (1, 2, 3)
OURS = (procedure.Attribution.EXTERNAL, procedure.Attribution.INTERNAL)  # what makes a form
Found = errors.FieldError


def problems(content: DacContent, part: Part, *, now: datetime) -> tuple[Found, ...]:
    """Everything that keeps `part` (the newest one of `content`) from being sent at `now`."""
    found: list[Found] = []
    if part is Part.OPENING:
        found.extend(_opening(content))
    elif part is Part.PROGRESS:
        found.extend(_progress(content))
    elif part is Part.CLOSING:
        found.extend(_closing(content))
    else:
        found.extend(_correction(content))
    found.extend(sequence.problems(content, part, now=now))
    found.extend(_leaks(content, part))
    return tuple(dict.fromkeys(found))


def check(content: DacContent, part: Part, *, now: datetime) -> None:
    """Raise `errors.Invalid` with all problems when there is any."""
    found = problems(content, part, now=now)
    if found:
        raise errors.Invalid.of(found)


def continues(before: DacContent, after: DacContent, part: Part) -> tuple[Found, ...]:
    """What a new version changes that it may not: parts already sent are never edited (R-D1)."""
    if part is Part.CORRECTION:
        return ()
    kept = (
        before.number in ("", after.number)
        and before.opening == after.opening
        and after.progress[: len(before.progress)] == before.progress
        and (before.closing is None or before.closing == after.closing)
        and after.corrections[: len(before.corrections)] == before.corrections
    )
    if kept:
        return ()
    return (
        Found("part", "Una parte ya enviada no se modifica.", "Emita una versión correctiva con su motivo."),
    )


def _opening(content: DacContent) -> Iterator[Found]:
    opening = content.opening
    yield from _judgement(opening)
    yield from _services(content)
    yield from fields.need(
        opening.started_at,
        "started_at",
        "Falta la hora de inicio.",
        "Escriba la hora; puede marcarla como estimada.",
    )
    yield from fields.need(
        opening.detected_at,
        "detected_at",
        "Falta la hora de detección.",
        "Escriba la hora de la alarma o del primer aviso.",
    )
    if opening.origin in (Origin.CLAIM, Origin.BOTH):
        yield from fields.need(
            opening.claimed_at,
            "claimed_at",
            "El origen incluye un reclamo y falta su hora.",
            "Registre el reclamo en el caso o cambie el origen.",
        )
    yield from fields.need(
        opening.diagnosis,
        "diagnosis",
        "Falta el diagnóstico preliminar.",
        "Escriba lo que se sabe hasta ahora.",
    )
    yield from _cause(opening)
    yield from _provider(opening)
    yield from _actions(opening.actions, "Anote al menos una acción en curso, con su hora.")
    if content.closing is None:
        yield from _next_update(opening)
    yield from _signatures(content, opening)


def _progress(content: DacContent) -> Iterator[Found]:
    if not content.progress:
        yield Found("text", "No hay avance que enviar.", "Escriba la situación actual.")
        return
    if content.closing is not None:
        yield Found("part", "El D.A.C. ya tiene cierre.", "Emita una versión correctiva.")
    newest = content.progress[-1]
    yield from fields.need(newest.text, "text", "Falta el texto del avance.", "Escriba la situación actual.")
    yield from _next_update(newest)
    yield from fields.need(
        newest.author, "author", "Falta quién elabora el avance.", "Ingrese con su usuario."
    )


def _closing(content: DacContent) -> Iterator[Found]:
    closing = content.closing
    if closing is None:
        yield Found("part", "No hay cierre que enviar.", "Complete los datos del cierre.")
        return
    yield from _judgement(closing)
    yield from _cause(closing)
    if not closing.rfo_pending:
        yield from fields.need(
            closing.root_cause, "root_cause", "Falta la causa raíz.", "Escríbala o marque «RFO pendiente»."
        )
    yield from _actions(closing.actions, "Anote al menos una acción realizada, con su hora.")
    yield from fields.need(
        closing.restored_at,
        "restored_at",
        "Falta la hora de restablecimiento.",
        "Escriba cuándo volvió el servicio.",
    )
    yield from fields.need(
        closing.verified_at,
        "verified_at",
        "Falta la hora de verificación.",
        "Escriba cuándo se verificó el servicio.",
    )
    yield from fields.need(
        closing.verification,
        "verification",
        "Falta cómo se verificó.",
        "Anote ping, tráfico o la conformidad del cliente.",
    )
    yield from repair.problems(content, closing)
    yield from _signatures(content, closing)


def _correction(content: DacContent) -> Iterator[Found]:
    if not content.corrections:
        yield Found("reason", "No hay corrección que enviar.", "Indique qué se corrige y por qué.")
        return
    newest = content.corrections[-1]
    yield from fields.need(
        newest.reason, "reason", "Falta el motivo de la corrección.", "Explique por qué se corrige."
    )
    yield from fields.need(
        newest.changes,
        "changes",
        "La versión correctiva no cambia nada.",
        "Modifique el dato equivocado o cancele.",
    )
    yield from fields.need(newest.author, "author", "Falta quién corrige.", "Ingrese con su usuario.")
    yield from _opening(content)
    if content.closing is not None:
        yield from _closing(content)


def _judgement(part: Opening | Closing) -> Iterator[Found]:
    if part.severity not in SEVERITIES:
        yield Found("severity", "La severidad debe ser 1, 2 o 3.", "Elija total, degradación o menor.")
    if part.attribution == procedure.Attribution.CUSTOMER:
        yield Found(
            "attribution",
            "Un daño atribuible al cliente no genera D.A.C.",
            "Concluya el caso con soporte (paso A.4) o corrija el diagnóstico.",
        )
    elif part.attribution not in OURS:
        yield Found("attribution", "Falta la clasificación del paso 3.", "Elija externo o interno.")
    yield from fields.need(
        part.element,
        "element",
        "Falta el tramo o elemento afectado.",
        "Escriba el tramo, nodo, enlace o equipo.",
    )
    yield from fields.need(
        part.impact, "impact", "Falta el impacto.", "Describa qué se perdió (% o Mbps, BGP)."
    )
    percent = getattr(part, "impact_percent", None)
    if percent is not None and not 0 <= percent <= 100:
        yield Found("impact_percent", "El porcentaje afectado va de 0 a 100.", "Corrija el porcentaje.")


def _services(content: DacContent) -> Iterator[Found]:
    if not content.services:
        yield Found(
            "services", "El D.A.C. no nombra ningún servicio.", "Vincule al menos un circuito al daño."
        )
    seen: set[str] = set()
    for line in content.services:
        if not line.circuit_code.strip() or not line.customer_code.strip():
            yield Found(
                "services",
                "Hay un servicio sin código o sin cliente.",
                "Complete el inventario del servicio.",
            )
        elif line.circuit_code in seen:
            yield Found(
                "services", f"El servicio {line.circuit_code} figura dos veces.", "Quite la línea que sobra."
            )
        seen.add(line.circuit_code)


def _cause(part: Opening | Closing) -> Iterator[Found]:
    word = "final" if hasattr(part, "root_cause") else "preliminar"
    if part.cause_code not in procedure.CAUSES:
        yield Found("cause_code", f"Falta el código de causa ({word}).", "Elija un código de la lista.")
    elif part.attribution in OURS and not procedure.cause_fits(
        part.cause_code, procedure.Attribution(part.attribution)
    ):
        title = procedure.ATTRIBUTION_TITLES[procedure.Attribution(part.attribution)]
        yield Found(
            "cause_code",
            f"La causa {part.cause_code} no corresponde a «{title}».",
            "Cambie la causa o la clasificación.",
        )


def _provider(part: Opening) -> Iterator[Found]:
    if part.cause_code in PROVIDER_CAUSES and (part.provider is None or not part.provider.name.strip()):
        yield Found(
            "provider",
            "La causa es de una red contratada y falta el proveedor.",
            "Registre el proveedor; el número de ticket puede quedar pendiente.",
        )


def _actions(actions: Sequence[ActionLine], remedy: str) -> Iterator[Found]:
    if not actions:
        yield Found("actions", "Faltan las acciones.", remedy)
    for action in actions:
        yield from fields.need(
            action.text, "actions", f"La acción de {lapaz.clock(action.at)} no dice qué se hizo.", remedy
        )


def _next_update(part: Opening | Progress) -> Iterator[Found]:
    if part.next_update_at is None:
        yield Found(
            "next_update_at",
            "Falta la hora de la próxima actualización.",
            "Comprométala aunque el ETR esté en evaluación.",
        )
    elif part.next_update_at <= part.issued_at:
        yield Found(
            "next_update_at",
            "La próxima actualización debe ser posterior al envío.",
            "Escriba una hora futura.",
        )
    if part.etr_at is not None and part.etr_at <= part.issued_at:
        yield Found(
            "etr_at",
            "La hora estimada de solución ya pasó.",
            "Escriba una hora futura o déjela «en evaluación».",
        )


def _signatures(content: DacContent, part: Opening | Closing) -> Iterator[Found]:
    yield from fields.need(part.author, "author", "Falta quién elaboró.", "Ingrese con su usuario.")
    yield from fields.need(
        content.addressee,
        "addressee",
        "Falta el destinatario.",
        "El D.A.C. se dirige al Gerente de Planificación.",
    )


def _leaks(content: DacContent, part: Part) -> Iterator[Found]:
    """Field 29: the text proposed to customers names no other customer, provider or person."""
    if part is Part.PROGRESS:
        return
    source: Opening | Closing = (
        content.closing if part is Part.CLOSING and content.closing else content.opening
    )
    text = source.customer_text.casefold()
    if not text:
        return
    names = {line.customer_name for line in content.services}
    secrets = [(name, "a un cliente") for name in sorted(names)] if len(names) > 1 else []
    for one in (content.opening.provider, content.closing.provider if content.closing else None):
        secrets.extend([(one.name, "al proveedor")] if one is not None else [])
    secrets.extend((person, "a una persona") for person in (source.author, source.reviewer))
    for secret, whom in secrets:
        if secret.strip() and secret.strip().casefold() in text:
            yield Found(
                "customer_text",
                f"El texto para el cliente nombra {whom}: «{secret}».",
                "Quite ese nombre: el texto sale de la empresa.",
            )
