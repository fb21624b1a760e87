"""What a closing says of the repair: stretches without service, clock stops, SLA, prevention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayorista.rules import errors, lapaz
from mayorista.rules.dac import fields
from mayorista.rules.dac.content import DacContent, SlaEffect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mayorista.rules.dac.content import Closing

Found = errors.FieldError


def problems(content: DacContent, closing: Closing) -> Iterator[Found]:
    """Everything missing or contradictory in what was repaired and what comes of it."""
    yield from _intervals(content, closing)
    yield from _stops(content, closing)
    yield from _sla(closing)
    yield from _preventive(content, closing)


def _intervals(content: DacContent, closing: Closing) -> Iterator[Found]:
    starts: list[datetime] = []
    ends: list[datetime] = []
    for service in content.services:
        code = service.circuit_code
        if not service.intervals:
            yield Found(
                "services", f"{code} no tiene tiempo de afectación.", "Registre inicio y restablecimiento."
            )
        for interval in service.intervals:
            if interval.ends_at is None:
                yield Found(
                    "services",
                    f"{code} sigue sin restablecerse.",
                    "Restablezca el servicio o sepárelo en otro daño.",
                )
            elif interval.ends_at < interval.starts_at:
                yield Found(
                    "services", f"{code} termina antes de empezar.", "Corrija las horas del servicio."
                )
            else:
                ends.append(interval.ends_at)
            starts.append(interval.starts_at)
    if starts and content.started_at is not None and min(starts) != content.started_at:
        yield Found(
            "started_at",
            f"El inicio ({lapaz.exact(content.started_at)}) no coincide con la primera afectación"
            f" ({lapaz.exact(min(starts))}).",
            "Corrija el inicio con su motivo o las horas del servicio.",
        )
    if ends and closing.restored_at is not None and max(ends) != closing.restored_at:
        yield Found(
            "restored_at",
            f"El restablecimiento ({lapaz.exact(closing.restored_at)}) no coincide con la última afectación"
            f" ({lapaz.exact(max(ends))}).",
            "Corrija la hora de restablecimiento o las del servicio.",
        )
    if closing.started_at is not None and closing.started_at != content.opening.started_at:
        yield from fields.need(
            closing.started_reason,
            "started_reason",
            "Se corrige la hora de inicio sin motivo.",
            "Explique por qué cambia la hora.",
        )


def _stops(content: DacContent, closing: Closing) -> Iterator[Found]:
    codes = {service.circuit_code for service in content.services}
    for stop in closing.stops:
        name = f"La parada de {lapaz.clock(stop.starts_at)}"
        if stop.ends_at is None:
            yield Found("stops", f"{name} no tiene fin.", "Cierre la parada antes de emitir el cierre.")
        elif stop.ends_at <= stop.starts_at:
            yield Found("stops", f"{name} termina antes de empezar.", "Corrija sus horas.")
        yield from fields.need(stop.reason, "stops", f"{name} no tiene motivo.", "Escriba el motivo.")
        yield from fields.need(
            stop.proof,
            "stops",
            f"{name} no tiene prueba.",
            "Cite el mensaje, acta o documento que la respalda.",
        )
        if stop.circuit_code and stop.circuit_code not in codes:
            yield Found("stops", f"{name} nombra un servicio ajeno al D.A.C.", "Corrija el servicio.")


def _sla(closing: Closing) -> Iterator[Found]:
    if closing.sla_effect is not SlaEffect.COUNTS:
        yield from fields.need(
            closing.sla_rule,
            "sla_rule",
            "El evento no cuenta para el SLA y falta la regla que lo dice.",
            "Cite la cláusula del contrato o la prueba de fuerza mayor.",
        )


def _preventive(content: DacContent, closing: Closing) -> Iterator[Found]:
    if not closing.preventive and (closing.severity == 1 or content.repeated):
        why = "la severidad es 1" if closing.severity == 1 else "el daño es repetido"
        yield Found(
            "preventive",
            f"Falta la acción preventiva: {why}.",
            "Anote acción, responsable y fecha.",
        )
    for line in closing.preventive:
        yield from fields.need(
            line.text, "preventive", "Una acción preventiva no dice qué se hará.", "Descríbala."
        )
        yield from fields.need(
            line.responsible,
            "preventive",
            "Una acción preventiva no tiene responsable.",
            "Nombre al responsable.",
        )
        yield from fields.need(
            line.due_date, "preventive", "Una acción preventiva no tiene fecha.", "Ponga una fecha."
        )
