"""The official Spanish words of the form for the codes of the house."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from mayorista.rules import lapaz, procedure
from mayorista.rules.dac.content import DacContent, Event, Origin, Part, SlaEffect

if TYPE_CHECKING:
    from mayorista.rules.dac.times import ServiceTimes

EVENTS = {
    Event.FAILURE: "Falla",
    Event.DEGRADATION: "Degradación",
    Event.MAINTENANCE: "Mantenimiento",
    Event.MASS: "Falla masiva",
}
ORIGINS = {
    Origin.ALARM: "alarma NOC",
    Origin.CLAIM: "reclamo del cliente",
    Origin.BOTH: "alarma NOC y reclamo",
}
EFFECTS = {"TOTAL": "total", "PARTIAL": "parcial", "INTERMITTENT": "intermitente"}
SEVERITIES = {1: "1 · caída total", 2: "2 · degradación", 3: "3 · consulta o menor"}
SLA_EFFECTS = {
    SlaEffect.COUNTS: "cuenta para el SLA",
    SlaEffect.CONTRACT: "según contrato",
    SlaEffect.FORCE_MAJEURE: "fuerza mayor",
    SlaEffect.EXCLUDED: "excluido del SLA",
}
PARTS = {
    Part.OPENING: "Apertura",
    Part.PROGRESS: "Avance",
    Part.CLOSING: "Cierre",
    Part.CORRECTION: "Corrección",
}
REGULATOR = {
    "NONE": "no corresponde",
    "REPORT": "evaluar: interrupción no programada de más de 30 min (plazo 3 días hábiles)",
    "FURTHER": "evaluar: interrupción de más de 12 h, con obligación adicional (plazo 3 días hábiles)",
}
MARKS = {
    "ORIGINAL": "ORIGINAL",
    "UNCONTROLLED": "COPIA NO CONTROLADA",
    "DRAFT": "BORRADOR",
}
# The words for the paths that `changes.between` finds; an unknown path is printed as it is.
PATHS = {
    "opening": "Apertura",
    "closing": "Cierre",
    "progress": "Avance",
    "services": "Servicio",
    "cases": "Caso",
    "number": "número",
    "event": "tipo de evento",
    "repeated": "daño repetido",
    "addressee": "destinatario",
    "copies_to": "copia",
    "fault_number": "número de falla",
    "issued_at": "envío",
    "severity": "severidad",
    "attribution": "clasificación",
    "element": "elemento afectado",
    "impact": "impacto",
    "impact_percent": "porcentaje afectado",
    "bgp_down": "BGP caído",
    "origin": "origen",
    "started_at": "inicio",
    "started_estimated": "inicio estimado",
    "started_reason": "motivo de la corrección del inicio",
    "detected_at": "detección",
    "claimed_at": "reclamo",
    "registered_at": "registro",
    "diagnosed_at": "hora de diagnóstico",
    "coordinated_at": "coordinación NOC",
    "diagnosis": "diagnóstico preliminar",
    "cause_code": "código de causa",
    "root_cause": "causa raíz",
    "rfo_pending": "RFO pendiente",
    "rfo_due_at": "plazo del RFO",
    "rfo_received": "RFO recibido",
    "provider": "proveedor",
    "name": "nombre",
    "ticket": "ticket",
    "contact": "contacto",
    "level": "nivel",
    "reported_at": "reporte",
    "actions": "acción",
    "at": "hora",
    "who": "quién",
    "text": "texto",
    "etr_at": "ETR",
    "next_update_at": "próxima actualización",
    "crew": "personal",
    "attachments": "adjunto",
    "kind": "tipo",
    "sha256": "hash",
    "author": "elaboró",
    "reviewer": "revisó",
    "shift": "turno",
    "customer_text": "texto para el cliente",
    "restored_at": "restablecimiento",
    "verified_at": "hora de verificación",
    "verification": "verificación",
    "stops": "parada",
    "starts_at": "desde",
    "ends_at": "hasta",
    "reason": "motivo",
    "proof": "prueba",
    "circuit_code": "servicio",
    "sla_effect": "efecto en el SLA",
    "sla_rule": "regla de SLA",
    "preventive": "acción preventiva",
    "responsible": "responsable",
    "due_date": "fecha",
    "case_number": "caso",
    "customer_code": "código de cliente",
    "customer_name": "cliente",
    "claims": "reclamo",
    "received_at": "hora",
    "channel": "canal",
    "claimant": "quién reclama",
    "description": "descripción",
    "capacity": "capacidad",
    "port": "puerto",
    "vlan": "VLAN",
    "node": "nodo",
    "asn": "AS",
    "prefixes": "prefijo",
    "effect": "efecto",
    "intervals": "afectación",
    "repair_minutes": "objetivo de reparación (min)",
    "repair_source": "origen del objetivo",
    "repair_from_at": "inicio del reloj",
}
# The codes that may stand at the end of a path.
WORDS: dict[str, dict[str, str]] = {
    "event": {code.value: word for code, word in EVENTS.items()},
    "origin": {code.value: word for code, word in ORIGINS.items()},
    "effect": EFFECTS,
    "severity": {str(code): word for code, word in SEVERITIES.items()},
    "sla_effect": {code.value: word for code, word in SLA_EFFECTS.items()},
    "attribution": {code.value: word for code, word in procedure.ATTRIBUTION_TITLES.items()},
}


def mark(code: str, reprint: int) -> str:
    """`ORIGINAL`, `REIMPRESIÓN 2`, `COPIA NO CONTROLADA` or `BORRADOR`."""
    return MARKS.get(code) or f"REIMPRESIÓN {reprint}"


def state(content: DacContent) -> str:
    """Where the form stands, in a word."""
    if content.closing is None:
        return "ABIERTO" if not content.progress else f"ABIERTO · avance {len(content.progress)}"
    return "CERRADO" if not content.corrections else f"CERRADO · corrección {len(content.corrections)}"


def part(code: Part, sequence: int) -> str:
    """`Apertura`, `Avance 2`, `Cierre`, `Corrección 1`."""
    return f"{PARTS[code]} {sequence}" if code in (Part.PROGRESS, Part.CORRECTION) else PARTS[code]


def severity(value: int) -> str:
    """`1 · caída total`."""
    return SEVERITIES.get(value, str(value))


def attribution(code: str) -> str:
    """`externo (red contratada)` or `interno`."""
    if code in tuple(procedure.Attribution):
        return procedure.ATTRIBUTION_TITLES[procedure.Attribution(code)]
    return code


def rfo(*, pending: bool, due: str) -> str:
    """What is said of the reason for outage when it has not come."""
    if not pending:
        return ""
    return f"RFO pendiente; causa raíz hasta {due}" if due else "RFO pendiente"


def regulator(code: str, *, lasting: bool) -> str:
    """Field 30 in words; while the event lasts, what does not apply may still come to apply."""
    return "aún no corresponde" if code == "NONE" and lasting else REGULATOR[code]


def minutes(value: int | None) -> str:
    """`4 h`, `90 min`, `sin objetivo`."""
    if value is None:
        return "sin objetivo"
    return f"{value // 60} h" if value % 60 == 0 else f"{value} min"


def sla_result(lost: ServiceTimes, effect: SlaEffect) -> str:
    """`cumplido`, `EXCEDIDO en 00:17`, or why it is not judged here."""
    if effect in (SlaEffect.EXCLUDED, SlaEffect.FORCE_MAJEURE):
        return SLA_EFFECTS[effect]
    if lost.over is None:
        return "sin objetivo"
    if lost.over > 0:
        return f"EXCEDIDO en {lapaz.duration(lost.over)}"
    return "cumplido"


def value(dotted: str, raw: str) -> str:
    """What stands at a path, in words: codes by their titles, moments in La Paz time."""
    leaf = dotted.rpartition(".")[2]
    words = WORDS.get(leaf, {})
    if raw in words:
        return words[raw]
    if leaf.endswith("_at") or leaf == "at":
        return lapaz.exact(datetime.fromisoformat(raw)) if raw else ""
    if leaf.endswith("_date"):
        return lapaz.day(date.fromisoformat(raw)) if raw else ""
    return raw


def path(dotted: str) -> str:
    """`opening.actions.2.text` as `Apertura · acción 2 · texto`."""
    words: list[str] = []
    for piece in dotted.split("."):
        if piece.isdigit() and words:
            words[-1] = f"{words[-1]} {piece}"
        else:
            words.append(PATHS.get(piece, piece))
    return " · ".join(words)
