"""The form Difusión de Apertura y Cierre (D.A.C.) as values: what one form says at one version.

Field numbers in the comments are those of the form (GC-PRC-OPE-CUM-02, 31 fields). All moments are
aware datetimes; nothing derived (durations, SLA result, regulator's note, hash) is a field, so it
can not be typed. See `times` for the derivations and `completeness` for what each part must hold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum


class Event(StrEnum):
    """Field 3, tipo de evento."""

    FAILURE = "FAILURE"
    DEGRADATION = "DEGRADATION"
    MAINTENANCE = "MAINTENANCE"
    MASS = "MASS"


class Origin(StrEnum):
    """Field 11, how the event was known (R-A1.1)."""

    ALARM = "ALARM"
    CLAIM = "CLAIM"
    BOTH = "BOTH"


class Part(StrEnum):
    """Which part of the form is being issued (G-11)."""

    OPENING = "OPENING"
    PROGRESS = "PROGRESS"
    CLOSING = "CLOSING"
    CORRECTION = "CORRECTION"


class SlaEffect(StrEnum):
    """Field 23, what the event does to the SLA; no amounts here."""

    COUNTS = "COUNTS"
    CONTRACT = "CONTRACT"
    FORCE_MAJEURE = "FORCE_MAJEURE"
    EXCLUDED = "EXCLUDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """One stretch without service, half open; `ends_at` is None while it lasts."""

    starts_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Field 6: one claim (reclamo) as it was registered."""

    number: str
    received_at: datetime
    channel: str = ""
    claimant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """Fields 6 and 7: the case of one ISP and its claims."""

    number: str
    customer_code: str
    customer_name: str
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """Field 8: one circuit hit, its stretches without service and its repair target.

    `repair_minutes` None = no target known; `repair_source` says whose it is ("contrato CT-014",
    "SLA por defecto"); `repair_from_at` set = the contract counts from then, not from the start.
    """

    case_number: str
    customer_code: str
    customer_name: str
    circuit_code: str
    description: str = ""
    capacity: str = ""
    port: str = ""
    vlan: str = ""
    node: str = ""
    asn: str = ""
    prefixes: tuple[str, ...] = ()
    effect: str = "TOTAL"
    intervals: tuple[Interval, ...] = ()
    repair_minutes: int | None = None
    repair_source: str = ""
    repair_from_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLine:
    """Field 17: what was done, by whom, when."""

    at: datetime
    text: str
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTicket:
    """Field 16: the outside provider's side of the event."""

    name: str
    ticket: str = ""
    contact: str = ""
    level: int | None = None
    reported_at: datetime | None = None
    rfo_received: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Field 21: a stretch in which the clock does not count against the carrier.

    An empty `circuit_code` stops the clock of every service of the form.
    """

    starts_at: datetime
    ends_at: datetime | None
    reason: str
    proof: str = ""
    circuit_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preventive:
    """Field 24: what will be done so that it does not come back, who answers and until when."""

    text: str
    responsible: str = ""
    due_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Field 25: a stored file named on the form; its hash makes it part of the sealed content."""

    name: str
    kind: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """APERTURA. `etr_at` None is printed "en evaluación"."""

    issued_at: datetime
    severity: int  # 4
    attribution: str  # 5
    element: str  # 9
    impact: str  # 10
    impact_percent: int | None = None
    bgp_down: bool | None = None
    origin: Origin = Origin.ALARM  # 11
    started_at: datetime | None = None  # 12
    started_estimated: bool = False
    detected_at: datetime | None = None
    claimed_at: datetime | None = None
    registered_at: datetime | None = None
    diagnosed_at: datetime | None = None
    coordinated_at: datetime | None = None
    diagnosis: str = ""  # 13
    cause_code: str = ""  # 14
    provider: ProviderTicket | None = None  # 16
    actions: tuple[ActionLine, ...] = ()  # 17
    etr_at: datetime | None = None  # 18
    next_update_at: datetime | None = None
    crew: str = ""  # 19
    attachments: tuple[Attachment, ...] = ()  # 25
    author: str = ""  # 26
    reviewer: str = ""
    shift: str = ""
    customer_text: str = ""  # 29


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """AVANCE n: what is known now, and when the next word comes."""

    issued_at: datetime
    text: str
    etr_at: datetime | None = None
    next_update_at: datetime | None = None
    author: str = ""
    actions: tuple[ActionLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """CIERRE. `started_at` set = the start is corrected here, with `started_reason`."""

    issued_at: datetime
    severity: int
    attribution: str
    element: str
    impact: str
    cause_code: str = ""  # 14, final
    root_cause: str = ""  # 15
    rfo_pending: bool = False
    rfo_due_at: datetime | None = None
    started_at: datetime | None = None
    started_reason: str = ""
    restored_at: datetime | None = None  # 20
    verified_at: datetime | None = None
    verification: str = ""
    provider: ProviderTicket | None = None
    actions: tuple[ActionLine, ...] = ()
    stops: tuple[Stop, ...] = ()
    sla_effect: SlaEffect = SlaEffect.COUNTS
    sla_rule: str = ""
    preventive: tuple[Preventive, ...] = ()
    crew: str = ""
    attachments: tuple[Attachment, ...] = ()
    author: str = ""
    reviewer: str = ""
    shift: str = ""
    customer_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing a correcting version says differently; built by `changes.between`."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """CORRECCIÓN: a version that mends what was sent; what was sent stays (R-D1)."""

    issued_at: datetime
    reason: str
    author: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Field 28: the Gerente (or delegate) took note of a part."""

    part: Part
    sequence: int
    at: datetime
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DacContent:
    """One version of one form: everything printed on it that is not derived.

    `number` is empty until the first part is sent (the serial is gap-free and taken then).
    `version` counts the parts sent: 1 = the opening.
    """

    number: str  # 1
    event: Event  # 3
    services: tuple[ServiceLine, ...]
    cases: tuple[CaseLine, ...]
    opening: Opening
    procedure_code: str = "GC-PRC-OPE-CUM-02"  # 2
    procedure_revision: str = "0"
    procedure_title: str = "POST VENTA CLIENTE INTERNET MAYORISTA"
    version: int = 1
    fault_number: str = ""
    repeated: bool = False
    addressee: str = "Gerencia de Planificación (Responsable Whole Sale)"  # 27
    copies_to: tuple[str, ...] = ()
    progress: tuple[Progress, ...] = ()
    closing: Closing | None = None
    corrections: tuple[Correction, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()

    @property
    def started_at(self) -> datetime | None:
        """The start that stands: the closing's correction before the opening's."""
        if self.closing is not None and self.closing.started_at is not None:
            return self.closing.started_at
        return self.opening.started_at

    @property
    def last_issued_at(self) -> datetime:
        """When the newest part was issued."""
        moments = [self.opening.issued_at, *(part.issued_at for part in self.progress)]
        if self.closing is not None:
            moments.append(self.closing.issued_at)
        moments.extend(part.issued_at for part in self.corrections)
        return max(moments)

    def numbered(self, number: str) -> DacContent:
        """The same content under the serial just taken."""
        return replace(self, number=number)

    def with_progress(self, progress: Progress) -> DacContent:
        """The next version, one progress note longer."""
        return replace(self, progress=(*self.progress, progress), version=self.version + 1)

    def with_closing(
        self,
        closing: Closing,
        *,
        services: tuple[ServiceLine, ...] | None = None,
        cases: tuple[CaseLine, ...] | None = None,
    ) -> DacContent:
        """The next version, closed; circuits and claims as they are known now."""
        return replace(
            self,
            closing=closing,
            services=self.services if services is None else services,
            cases=self.cases if cases is None else cases,
            version=self.version + 1,
        )
