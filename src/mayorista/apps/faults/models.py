"""What broke (fault), whom it hit (case) and which circuit for how long (outage): G-41.

Steps A.2, A.3, A.5 and A.6 belong to the fault, A.4 and A.7 to each case of it (G-43).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

SEVERITY_TITLES = {1: "Caída total", 2: "Degradación", 3: "Menor"}
EFFECT_TITLES = {"TOTAL": "caída total", "PARTIAL": "parcial", "INTERMITTENT": "intermitencia"}


class Fault(models.Model):
    """What broke. One D.A.C. and one diagnosis history, whatever the number of customers hit."""

    class State(models.TextChoices):
        """Where the fault stands (requirements 1.4)."""

        DETECTED = "DETECTED", "detectado"
        ANALYSIS = "ANALYSIS", "en análisis"
        SUPPORT = "SUPPORT", "en soporte al cliente"
        COORDINATION = "COORDINATION", "en coordinación con NOC"
        REPAIR = "REPAIR", "en reparación"
        RESTORED = "RESTORED", "restablecido"
        VERIFIED = "VERIFIED", "verificado"
        DAC_CLOSED = "DAC_CLOSED", "D.A.C. de cierre enviado"
        CLOSED = "CLOSED", "cerrado"
        VOID = "VOID", "anulado"

    class Kind(models.TextChoices):
        """Field 3 of the D.A.C."""

        FAILURE = "FAILURE", "Falla"
        DEGRADATION = "DEGRADATION", "Degradación"
        MAINTENANCE = "MAINTENANCE", "Exceso de mantenimiento"
        MASS = "MASS", "Falla masiva"

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.FAILURE)
    severity = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=14, choices=State.choices, default=State.DETECTED)
    attribution = models.CharField(max_length=10, blank=True)
    disputed = models.BooleanField(default=False)
    cause_code = models.CharField(max_length=8, blank=True)
    root_cause = models.TextField(blank=True)
    rfo_pending = models.BooleanField(default=False)
    element = models.CharField(max_length=200, blank=True)
    impact = models.TextField(blank=True)
    bgp_down = models.BooleanField(null=True, blank=True)
    resource = models.ForeignKey(
        "contracts.Resource", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField()
    started_estimated = models.BooleanField(default=False)
    detected_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    diagnosed_at = models.DateTimeField(null=True, blank=True)
    coordinated_at = models.DateTimeField(null=True, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    verification = models.TextField(blank=True)
    etr_at = models.DateTimeField(null=True, blank=True)
    next_update_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=300, blank=True)
    escalation = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(severity__in=[1, 2, 3]), name="fault_severity_known"),
            models.CheckConstraint(
                condition=Q(attribution__in=["", "EXTERNAL", "INTERNAL", "CUSTOMER"]),
                name="fault_attribution_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["detected_at"], condition=Q(closed_at=None), name="fault_open"),
            models.Index(fields=["resource"], condition=Q(closed_at=None), name="fault_open_resource"),
            models.Index(fields=["-closed_at", "-id"], name="fault_closed"),
        ]

    def __str__(self) -> str:
        return f"fault {self.pk}"


class Case(models.Model):
    """One ISP hit by one fault: the number that is told, its claims, its notice (G-41)."""

    class State(models.TextChoices):
        """Where the case stands; the fault's state says the rest."""

        OPEN = "OPEN", "abierto"
        SUPPORT = "SUPPORT", "en soporte al cliente"
        SOLVED = "SOLVED", "resuelto, espera confirmación"
        RESTORED = "RESTORED", "restablecido"
        TOLD = "TOLD", "comunicado al cliente"
        CLOSED_SUPPORT = "CLOSED_SUPPORT", "cerrado por soporte"
        CLOSED_SILENT = "CLOSED_SILENT", "cierre sin respuesta"
        CLOSED_SELF = "CLOSED_SELF", "se restableció solo"
        VOID = "VOID", "anulado"

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    fault = models.ForeignKey("faults.Fault", on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    severity = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    alarm_origin = models.BooleanField(default=False)
    claim_origin = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    claim_at = models.DateTimeField(null=True, blank=True)
    opening_notice_at = models.DateTimeField(null=True, blank=True)
    next_notice_at = models.DateTimeField(null=True, blank=True)
    solution = models.TextField(blank=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_how = models.CharField(max_length=200, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fault", "customer"], name="case_one_per_fault_and_customer"),
            models.CheckConstraint(
                condition=Q(closed_at=None, state__in=["OPEN", "SUPPORT", "SOLVED", "RESTORED"])
                | Q(
                    closed_at__isnull=False,
                    state__in=["TOLD", "CLOSED_SUPPORT", "CLOSED_SILENT", "CLOSED_SELF", "VOID"],
                ),
                name="case_closed_exactly_in_closing_states",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "-opened_at"], name="case_customer_opened"),
            models.Index(fields=["opened_at"], condition=Q(closed_at=None), name="case_open"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class Outage(models.Model):
    """One circuit of one case out of service: its own clocks (G-41, G-42)."""

    class Effect(models.TextChoices):
        """How much of the circuit is gone."""

        TOTAL = "TOTAL", "caída total"
        PARTIAL = "PARTIAL", "parcial"
        INTERMITTENT = "INTERMITTENT", "intermitencia"

    case = models.ForeignKey("faults.Case", on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey("contracts.Service", on_delete=models.PROTECT, related_name="+")
    effect = models.CharField(max_length=12, choices=Effect.choices, default=Effect.TOTAL)
    started_at = models.DateTimeField()
    detected_at = models.DateTimeField()
    restoration_proposed_at = models.DateTimeField(null=True, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    repair_minutes = models.PositiveIntegerField()
    sla_source = models.CharField(max_length=120)
    due_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["service"], condition=Q(closed_at=None), name="outage_one_open_per_service"
            ),
            models.CheckConstraint(
                condition=Q(restored_at=None) | Q(restored_at__gte=F("started_at")),
                name="outage_restored_after_start",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["case"], name="outage_case")]

    def __str__(self) -> str:
        return f"outage {self.pk}"


class OutageInterval(models.Model):
    """A stretch of an outage: half-open [starts_at, ends_at), open while `ends_at` is empty."""

    outage = models.ForeignKey("faults.Outage", on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    occurrence = models.ForeignKey(
        "monitoring.Occurrence", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")), name="outage_interval_ordered"
            ),
            models.UniqueConstraint(
                fields=["outage", "occurrence"], name="outage_interval_one_per_occurrence"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["occurrence"], name="outage_interval_occurrence")]

    def __str__(self) -> str:
        return f"interval {self.pk}"


class ClockStop(models.Model):
    """The repair clock of an outage stopped, with reason and proof (D.A.C. field 21)."""

    class Reason(models.TextChoices):
        """Why the clock may stop; nothing else may."""

        CUSTOMER_REQUEST = "CUSTOMER_REQUEST", "a pedido del cliente"
        CUSTOMER_WAIT = "CUSTOMER_WAIT", "a la espera del cliente"
        CUSTOMER_ACCESS = "CUSTOMER_ACCESS", "sin acceso o energía del cliente"
        OBSERVATION = "OBSERVATION", "en observación tras restablecer"
        FORCE_MAJEURE = "FORCE_MAJEURE", "fuerza mayor"

    outage = models.ForeignKey("faults.Outage", on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    evidence = models.TextField()
    evidence_file = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    author = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="clock_stop_ordered"
            ),
            models.UniqueConstraint(
                fields=["outage"], condition=Q(ends_at=None), name="clock_stop_one_open_per_outage"
            ),
        ]

    def __str__(self) -> str:
        return f"stop {self.pk}"


class Claim(models.Model):
    """The customer's own words (reclamo, A.1.1): a unit of indicator 1's denominator per case."""

    class Channel(models.TextChoices):
        """By which door it came."""

        PHONE = "PHONE", "teléfono"
        EMAIL = "EMAIL", "correo"
        WHATSAPP = "WHATSAPP", "WhatsApp"
        IN_PERSON = "IN_PERSON", "en persona"

    case = models.ForeignKey("faults.Case", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    contact = models.ForeignKey(
        "customers.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    who = models.CharField(max_length=120)
    words = models.TextField()
    claimed_at = models.DateTimeField()
    message = models.ForeignKey(
        "messaging.Message", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    registered_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["message"], condition=Q(withdrawn_at=None), name="claim_one_per_message"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["case"], name="claim_case")]

    def __str__(self) -> str:
        return f"claim {self.pk}"


class Diagnosis(models.Model):
    """An analysis of step A.3. The newest one in force rules; none is ever changed or deleted."""

    class Standing(models.TextChoices):
        """Whether it rules, waits for a second person, or was replaced."""

        IN_FORCE = "IN_FORCE", "vigente"
        CONFIRMED = "CONFIRMED", "confirmada por segunda persona"

    fault = models.ForeignKey("faults.Fault", on_delete=models.PROTECT, related_name="+")
    attribution = models.CharField(max_length=10)
    cause_code = models.CharField(max_length=8)
    reason = models.TextField()
    evidence = models.TextField(blank=True)
    author = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    standing = models.CharField(max_length=10, choices=Standing.choices, default=Standing.IN_FORCE)
    part = models.PositiveSmallIntegerField(null=True, blank=True)
    """Of a fault that fell again: 0 all its parts, n only the n-th; empty: the part that ran when it was made."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["fault", "-decided_at"], name="diagnosis_fault")]

    def __str__(self) -> str:
        return f"diagnosis {self.pk}"


class Dispute(models.Model):
    """The customer objects to the attribution: a second person analyses, the Gerente decides (G-15)."""

    fault = models.ForeignKey("faults.Fault", on_delete=models.PROTECT, related_name="+")
    diagnosis = models.ForeignKey("faults.Diagnosis", on_delete=models.PROTECT, related_name="+")
    words = models.TextField()
    raised_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    second_diagnosis = models.ForeignKey(
        "faults.Diagnosis", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["fault"], condition=Q(decided_at=None), name="dispute_one_open_per_fault"
            )
        ]

    def __str__(self) -> str:
        return f"dispute {self.pk}"


class AttributionCorrection(models.Model):
    """The attribution of a fault that is closed, corrected: one person proposes, another decides; none is ever removed.

    What was confirmed becomes a diagnosis of its own, so that the history of A.3 stays whole. No clock runs again.
    """

    fault = models.ForeignKey("faults.Fault", on_delete=models.PROTECT, related_name="+")
    attribution_before = models.CharField(max_length=10, blank=True)
    cause_before = models.CharField(max_length=8, blank=True)
    attribution = models.CharField(max_length=10)
    cause_code = models.CharField(max_length=8)
    reason = models.TextField()
    evidence = models.TextField()
    part = models.PositiveSmallIntegerField(null=True, blank=True)
    proposed_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed = models.BooleanField(null=True, blank=True)
    decided_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["fault"], condition=Q(decided_at=None), name="correction_one_open_per_fault"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, confirmed=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False, confirmed__isnull=False),
                name="correction_decided_wholly",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="correction_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"correction {self.pk}"


class ProtocolCheck(models.Model):
    """The short checklist of step A.2, answered."""

    fault = models.ForeignKey("faults.Fault", on_delete=models.PROTECT, related_name="+")
    protocol = models.ForeignKey("procedure.Protocol", on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField(default=dict)
    checked_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fault", "protocol"], name="protocol_check_once")
        ]

    def __str__(self) -> str:
        return f"check {self.pk}"


class HandOver(models.Model):
    """Step A.5: support hands the fault to the NOC, the NOC accepts."""

    fault = models.ForeignKey("faults.Fault", on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    handed_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    handed_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["fault"],
                condition=Q(accepted_at=None, withdrawn=False),
                name="hand_over_one_open_per_fault",
            )
        ]

    def __str__(self) -> str:
        return f"hand-over {self.pk}"


class ProviderTicket(models.Model):
    """Our report to the contracted upstream (external, G-10)."""

    fault = models.ForeignKey("faults.Fault", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("contracts.Provider", on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=60)
    contact = models.CharField(max_length=120, blank=True)
    level = models.PositiveSmallIntegerField(default=1)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    rfo_received = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "reference", "fault"], name="provider_ticket_once")
        ]

    def __str__(self) -> str:
        return self.reference


class Advance(models.Model):
    """An action or update in the repair, with the estimate given then (D.A.C. fields 17 and 18)."""

    fault = models.ForeignKey("faults.Fault", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()
    etr_at = models.DateTimeField(null=True, blank=True)
    author = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["fault", "at"], name="advance_fault_at")]

    def __str__(self) -> str:
        return self.text[:60]


class DacForm(models.Model):
    """The Formulario D.A.C. of a fault: one numbered original (R-D1). Its parts are `DacIssue`."""

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    fault = models.OneToOneField("faults.Fault", on_delete=models.PROTECT, related_name="+")
    token = models.CharField(max_length=40)
    opened_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["token"], name="dac_form_token_unique")]

    def __str__(self) -> str:
        return f"D.A.C. {self.pk}"


class DacIssue(models.Model):
    """A part of the D.A.C. as it was sent: content, hash, PDF. Append-only in the database."""

    class Part(models.TextChoices):
        """Which part; a correction names the closing it follows."""

        OPENING = "OPENING", "Apertura"
        PROGRESS = "PROGRESS", "Avance"
        CLOSING = "CLOSING", "Cierre"
        CORRECTION = "CORRECTION", "Corrección"

    form = models.ForeignKey("faults.DacForm", on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=10, choices=Part.choices)
    sequence = models.PositiveSmallIntegerField()
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    file = models.ForeignKey("procedure.StoredFile", on_delete=models.PROTECT, related_name="+")
    issued_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["form", "sequence"], name="dac_issue_sequence_unique"),
            models.UniqueConstraint(
                fields=["form"], condition=Q(part="OPENING"), name="dac_issue_one_opening"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.sequence}"


class DacAcknowledgement(models.Model):
    """The Gerente (or delegate) has seen the issue (D.A.C. field 28)."""

    issue = models.OneToOneField("faults.DacIssue", on_delete=models.PROTECT, related_name="+")
    acknowledged_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField()
    how = models.CharField(max_length=40, default="pantalla")

    def __str__(self) -> str:
        return f"acuse {self.pk}"


class DacReprint(models.Model):
    """A copy handed out of the one original: "Reimpresión n" (R-D1)."""

    issue = models.ForeignKey("faults.DacIssue", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    printed_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    printed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issue", "number"], name="dac_reprint_number")
        ]

    def __str__(self) -> str:
        return f"reimpresión {self.number}"


class RegulatorAnswer(models.Model):
    """What was done about a duty before the regulator: reported with its reference, or not required and why (G-38).

    The newest of a fault and duty rules; none is ever changed. Append-only in the database.
    """

    fault = models.ForeignKey("faults.Fault", on_delete=models.PROTECT, related_name="+")
    duty = models.CharField(max_length=10)
    required = models.BooleanField()
    done_at = models.DateTimeField(null=True, blank=True)
    reference = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=300, blank=True)
    answered_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(required=True, done_at__isnull=False) & ~Q(reference="")
                | Q(required=False, done_at=None) & ~Q(note=""),
                name="regulator_answer_says_how_or_why",
            ),
            models.CheckConstraint(
                condition=Q(duty__in=["REPORT", "FURTHER"]), name="regulator_answer_duty_known"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["fault", "-id"], name="regulator_answer_fault")]

    def __str__(self) -> str:
        return f"{self.duty} {self.fault_id}"


class CustomerNotice(models.Model):
    """What the ISP was told: opening, progress (G-12) or the solution (A.7)."""

    class Kind(models.TextChoices):
        """Which notice."""

        OPENING = "OPENING", "apertura"
        PROGRESS = "PROGRESS", "avance"
        SOLUTION = "SOLUTION", "solución"

    case = models.ForeignKey("faults.Case", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField()
    signed_as = models.CharField(max_length=120)
    author = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    on_behalf_of = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    noticed_at = models.DateTimeField()
    leaves_at = models.DateTimeField()
    round = models.PositiveSmallIntegerField(default=0)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "round"],
                condition=Q(kind="SOLUTION", undone_at=None),
                name="notice_one_solution_per_round",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class NoticeMessage(models.Model):
    """A message by which a notice went out."""

    notice = models.ForeignKey("faults.CustomerNotice", on_delete=models.PROTECT, related_name="+")
    message = models.OneToOneField("messaging.Message", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.notice_id} → {self.message_id}"
