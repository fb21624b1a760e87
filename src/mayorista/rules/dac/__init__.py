"""The form Difusión de Apertura y Cierre (D.A.C., step A.6): content, checks, times, seal, print.

Use it by module: `dac.DacContent(...)`, `dac.check(content, dac.Part.OPENING, now=at)`,
`dac.content_hash(content)`, `dac.to_json(content)`, `dac.from_json(stored)`,
`dac.document(content, carrier=…, verification_url=…, mark=dac.Mark.ORIGINAL)` for the template.
"""

from mayorista.rules.dac.changes import between
from mayorista.rules.dac.codec import canonical, content_hash, from_json, to_json
from mayorista.rules.dac.completeness import check, continues, problems
from mayorista.rules.dac.content import (
    Acknowledgement,
    ActionLine,
    Attachment,
    CaseLine,
    Change,
    Claim,
    Closing,
    Correction,
    DacContent,
    Event,
    Interval,
    Opening,
    Origin,
    Part,
    Preventive,
    Progress,
    ProviderTicket,
    ServiceLine,
    SlaEffect,
    Stop,
)
from mayorista.rules.dac.document import Mark, document, issued_at
from mayorista.rules.dac.times import Durations, RegulatorLimits, ServiceTimes, durations, regulator_duty

__all__ = [
    "Acknowledgement",
    "ActionLine",
    "Attachment",
    "CaseLine",
    "Change",
    "Claim",
    "Closing",
    "Correction",
    "DacContent",
    "Durations",
    "Event",
    "Interval",
    "Mark",
    "Opening",
    "Origin",
    "Part",
    "Preventive",
    "Progress",
    "ProviderTicket",
    "RegulatorLimits",
    "ServiceLine",
    "ServiceTimes",
    "SlaEffect",
    "Stop",
    "between",
    "canonical",
    "check",
    "content_hash",
    "continues",
    "document",
    "durations",
    "from_json",
    "issued_at",
    "problems",
    "regulator_duty",
    "to_json",
]
