"""What a contract says about a change of speed that is asked for (B.2, step 2), and the network's checklist (step 3).

The money rules refuse a change below a minimum of policy `refuse` (R8); everything else is told to the person who
decides: nothing here moves an amount.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mayorista.rules import capacity, formats, names


class Level(StrEnum):
    """How much a finding weighs."""

    REFUSE = "REFUSE"
    WARN = "WARN"
    NOTE = "NOTE"


class Verdict(StrEnum):
    """The NOC's answer to whether the network carries it."""

    YES = "YES"
    WORKS = "WORKS"
    NO = "NO"


VERDICT_TITLES: dict[Verdict, str] = {Verdict.YES: "sí", Verdict.WORKS: "sí con obra", Verdict.NO: "no"}
CHECKLIST: dict[str, str] = {
    "port": "Puerto y óptica: velocidad",
    "lag": "LAG",
    "uplink": "Enlace del nodo, al percentil 95",
    "backbone": "Camino por la red troncal",
    "upstream": "Holgura del compromiso con el upstream",
    "licences": "Licencias",
    "router": "Capacidad del router",
    "policer": "Policer y QoS",
    "prefixes": "Límite de prefijos",
}
"""What the NOC looks at before an increase."""
DOORS: dict[str, str] = {
    "LETTER": "carta",
    "EMAIL": "correo",
    "WHATSAPP": "WhatsApp",
    "PHONE": "teléfono",
    "MEETING": "reunión",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the contract says about a request."""

    code: str
    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: speeds in kbit/s, the day it is wanted from and, if temporary, until (exclusive)."""

    from_kbps: int
    to_kbps: int
    wanted: dt.date
    until: dt.date | None
    requested_on: dt.date
    requested_by: str
    today: dt.date

    @property
    def is_increase(self) -> bool:
        """Whether it asks for more."""
        return self.to_kbps > self.from_kbps


@dataclass(frozen=True, slots=True)
class Clauses:
    """What of a contract bears on a change. `bills_from` is what rating says (R9); `others` are days of other changes."""

    min_kbps: int | None = None
    min_policy: str = "refuse"
    min_step_kbps: int | None = None
    changes_per_month: int | None = None
    notice_days: int = 0
    requires_addendum: bool = False
    ends: dt.date | None = None
    signatories: Sequence[str] = ()
    representatives: Sequence[str] = ()
    bills_from: dt.date | None = None
    others: Sequence[dt.date] = ()
    open_number: str = ""
    references: Mapping[str, str] | None = None


def findings(asked: Asked, clauses: Clauses) -> list[Finding]:
    """Return what the contract says, what refuses first, then warnings, then notes."""
    found = [
        *_minimum(asked, clauses),
        *_rhythm(asked, clauses),
        *_days(asked, clauses),
        *_authority(asked, clauses),
    ]
    if clauses.open_number:
        found.append(
            Finding(
                "OPEN", Level.WARN, f"El servicio ya tiene un cambio sin concluir: {clauses.open_number}."
            )
        )
    if clauses.requires_addendum:
        found.append(Finding("ADDENDUM", Level.NOTE, "El contrato exige adenda firmada antes de que rija."))
    order = list(Level)
    return sorted(found, key=lambda each: order.index(each.level))


def _minimum(asked: Asked, clauses: Clauses) -> list[Finding]:
    found = []
    least = clauses.min_kbps
    if least is not None and asked.to_kbps < least:
        where = _clause(clauses, "min_kbps")
        if clauses.min_policy == "refuse":
            found.append(
                Finding(
                    "MINIMUM", Level.REFUSE, f"El contrato no acepta menos de {capacity.show(least)}{where}."
                )
            )
        else:
            found.append(
                Finding(
                    "MINIMUM",
                    Level.WARN,
                    f"Por debajo del mínimo{where}: se facturarán {capacity.show(least)}.",
                )
            )
    step = clauses.min_step_kbps
    if step is not None and abs(asked.to_kbps - asked.from_kbps) < step:
        found.append(
            Finding(
                "STEP",
                Level.WARN,
                f"El contrato pide pasos de al menos {capacity.show(step)}{_clause(clauses, 'min_step_kbps')}.",
            )
        )
    return found


def _rhythm(asked: Asked, clauses: Clauses) -> list[Finding]:
    limit = clauses.changes_per_month
    if limit is None:
        return []
    month = (asked.wanted.year, asked.wanted.month)
    same = sum(1 for day in clauses.others if (day.year, day.month) == month)
    if same < limit:
        return []
    times = "una vez" if limit == 1 else f"{limit} veces"
    where = _clause(clauses, "changes_per_month")
    return [
        Finding(
            "MONTHLY",
            Level.WARN,
            f"El contrato permite cambiar {times} por mes{where} y ya hay {same} ese mes.",
        )
    ]


def _days(asked: Asked, clauses: Clauses) -> list[Finding]:
    found = []
    if asked.wanted < asked.today:
        found.append(
            Finding(
                "PAST", Level.WARN, "Rige desde un día pasado: un mes ya facturado se corrige con un ajuste."
            )
        )
    if clauses.ends is not None and asked.wanted >= clauses.ends:
        found.append(
            Finding("EXPIRED", Level.WARN, f"El contrato vence antes, el {formats.date(clauses.ends)}.")
        )
    elif clauses.ends is not None and asked.until is not None and asked.until > clauses.ends:
        found.append(
            Finding(
                "EXPIRED",
                Level.WARN,
                f"El contrato vence el {formats.date(clauses.ends)}, antes del retorno.",
            )
        )
    if asked.until is None and clauses.bills_from is not None and clauses.bills_from > asked.wanted:
        why = (
            f"aviso de {clauses.notice_days} días"
            if not asked.is_increase and clauses.notice_days
            else "desde el día 1"
        )
        found.append(
            Finding(
                "BILLS_FROM",
                Level.NOTE,
                f"Por contrato se factura desde el {formats.date(clauses.bills_from)} ({why}).",
            )
        )
    return found


def _authority(asked: Asked, clauses: Clauses) -> list[Finding]:
    who = names.sort_key(asked.requested_by)
    known = [names.sort_key(name) for name in (*clauses.signatories, *clauses.representatives)]
    if any(who and (who in name or name in who) for name in known if name):
        return []
    return [
        Finding("AUTHORITY", Level.WARN, "Quien pide no figura como firmante ni representante del cliente.")
    ]


def _clause(clauses: Clauses, name: str) -> str:
    reference = (clauses.references or {}).get(name, "")
    return f" (cl. {reference})" if reference else ""


def missing_checks(
    answers: Mapping[str, Mapping[str, str]], verdict: str, margin: Decimal | None
) -> list[tuple[str, str]]:
    """Return (field, what is wrong) of a capacity check: each item answered OK, BAD or NA, a bad one explained."""
    wrong = []
    for key in CHECKLIST:
        answer = answers.get(key, {})
        if answer.get("state") not in {"OK", "BAD", "NA"}:
            wrong.append((key, "Falta responder este punto."))
        elif answer["state"] == "BAD" and not answer.get("note", "").strip():
            wrong.append((key, "Escriba qué falta en este punto."))
    if verdict not in set(Verdict):
        wrong.append(("verdict", "Falta el veredicto."))
    elif verdict == Verdict.YES and any(answer.get("state") == "BAD" for answer in answers.values()):
        wrong.append(("verdict", "Con un punto en rojo el veredicto es «sí con obra» o «no»."))
    if verdict in {Verdict.YES, Verdict.WORKS} and margin is None:
        wrong.append(("margin", "Falta el margen que queda, en %."))
    elif margin is not None and not Decimal(-100) <= margin <= Decimal(100):
        wrong.append(("margin", "El margen va de -100 a 100 %."))
    return wrong
