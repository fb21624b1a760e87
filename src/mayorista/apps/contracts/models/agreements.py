"""Rows of the clauses that move money or time (B.1) and of the bandwidth timeline (B.2).

Dates are days of La Paz, periods half-open [starts_date, ends_date). Bandwidth is in kbit/s.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value

MONEY: dict[str, Any] = {"max_digits": 16, "decimal_places": 2}


def _days(start: str, end: str) -> Func:
    return Func(start, end, Value("[)"), function="daterange")


def _one(column: str) -> Func:
    return Func(column, column, Value("[]"), function="int8range")


class Terms(models.Model):
    """The clauses of a contract from a day on: a new addendum is a new row, none is ever edited."""

    contract = models.ForeignKey("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    starts_date = models.DateField()
    ends_date = models.DateField(null=True, blank=True)
    document = models.ForeignKey(
        "contracts.ContractDocument", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    currency = models.CharField(max_length=3, default="BOB")
    invoice_currency = models.CharField(max_length=3, default="BOB")
    rate_source = models.CharField(max_length=20, blank=True)
    rate_day = models.CharField(max_length=10, default="ISSUE")  # ISSUE, PERIOD_END, FIXED
    fixed_rate = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    tax_included = models.BooleanField(default=True)
    tax_rate = models.DecimalField(max_digits=6, decimal_places=4, default="0.13")
    payment_days = models.PositiveSmallIntegerField(null=True, blank=True)
    payment_from = models.CharField(max_length=8, default="DELIVERY")  # ISSUE, DELIVERY
    minimum_invoice = models.DecimalField(null=True, blank=True, **MONEY)
    min_kbps = models.BigIntegerField(null=True, blank=True)
    min_policy = models.CharField(max_length=16, default="refuse")
    min_step_kbps = models.BigIntegerField(null=True, blank=True)
    changes_per_month = models.PositiveSmallIntegerField(null=True, blank=True)
    downgrade_notice_days = models.PositiveSmallIntegerField(default=0)
    upgrade_policy = models.CharField(max_length=10, default="prorated")  # prorated, next_cycle
    downgrade_policy = models.CharField(max_length=10, default="next_cycle")
    tier_scope = models.CharField(max_length=10, default="service")
    suspension_bills = models.CharField(max_length=12, default="full")
    suspension_after_days = models.PositiveSmallIntegerField(null=True, blank=True)
    reconnection_fee = models.DecimalField(null=True, blank=True, **MONEY)
    late_interest_yearly = models.DecimalField(max_digits=6, decimal_places=4, null=True, blank=True)
    objection_days = models.PositiveSmallIntegerField(null=True, blank=True)
    sla_credit = models.JSONField(default=dict)  # the `sla` object of a rating case without outage_minutes
    requires_addendum = models.BooleanField(default=False)
    renewal = models.CharField(max_length=10, default="NONE")  # NONE, AUTOMATIC
    renewal_notice_days = models.PositiveSmallIntegerField(default=0)
    termination_penalty = models.CharField(max_length=300, blank=True)
    clause_references = models.JSONField(default=dict)
    agreed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_date=None) | Q(ends_date__gt=F("starts_date")), name="terms_end_after_start"
            ),
            ExclusionConstraint(
                name="terms_do_not_overlap",
                expressions=[(_one("contract_id"), "&&"), (_days("starts_date", "ends_date"), "&&")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} from {self.starts_date}"


class PriceVersion(models.Model):
    """What a service costs from a day on: one of the five models of R5, in the form of a rating case."""

    service = models.ForeignKey("contracts.Service", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    effective_date = models.DateField()
    price_model = models.CharField(max_length=16)
    terms = models.JSONField()
    in_advance = models.BooleanField(default=False)
    document = models.ForeignKey(
        "contracts.ContractDocument", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    clause = models.CharField(max_length=60, blank=True)
    agreed_at = models.DateTimeField()
    agreed_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["service", "effective_date", "agreed_at"], name="price_version_once"
            ),
            models.CheckConstraint(
                condition=Q(price_model__in=["flat", "per_mbps", "volume", "graduated", "committed_burst"]),
                name="price_version_model_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.price_model} from {self.effective_date}"


class ServiceHolding(models.Model):
    """By which contract a service is held, from and until when (G-48): one at a time."""

    service = models.ForeignKey("contracts.Service", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    starts_date = models.DateField()
    ends_date = models.DateField(null=True, blank=True)
    end_approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_date=None) | Q(ends_date__gt=F("starts_date")),
                name="holding_ends_after_start",
            ),
            ExclusionConstraint(
                name="holding_one_contract_at_a_time",
                expressions=[(_one("service_id"), "&&"), (_days("starts_date", "ends_date"), "&&")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} by {self.contract_id}"


class BandwidthPeriod(models.Model):
    """The bandwidth of a service on each day: no overlap and no hole, in the database.

    Every period but the first names the one before it, which ends on the day this one starts: the
    composite key (service, previous end) makes a hole impossible, the exclusion an overlap.
    """

    service = models.ForeignKey("contracts.Service", on_delete=models.PROTECT, related_name="+")
    starts_date = models.DateField()
    ends_date = models.DateField(null=True, blank=True)
    kbps = models.BigIntegerField()
    first = models.BooleanField(default=False)
    # Equal to `starts_date` but on the first; the database holds it against the end of another row by a
    # deferred foreign key (service, follows_end) → (service, ends_date), written in the migration.
    follows_end = models.DateField(null=True, blank=True)
    # Only the first period has none: it is what the contract began with, known since `recorded_at`.
    change = models.ForeignKey(
        "contracts.SpeedChange", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service", "starts_date"], name="bandwidth_one_per_start"),
            models.UniqueConstraint(fields=["service", "ends_date"], name="bandwidth_one_per_end"),
            models.UniqueConstraint(fields=["service"], condition=Q(first=True), name="bandwidth_one_first"),
            models.UniqueConstraint(
                fields=["service"], condition=Q(ends_date=None), name="bandwidth_one_current"
            ),
            models.CheckConstraint(condition=Q(kbps__gt=0), name="bandwidth_positive"),
            models.CheckConstraint(
                condition=Q(first=True, follows_end=None) | Q(first=False, follows_end=F("starts_date")),
                name="bandwidth_follows_another",
            ),
            # A NULL would pass the check above, for it is neither true nor false there.
            models.CheckConstraint(
                condition=Q(first=True) | Q(follows_end__isnull=False),
                name="bandwidth_only_the_first_follows_none",
            ),
            models.CheckConstraint(
                condition=Q(ends_date=None) | Q(ends_date__gt=F("starts_date")),
                name="bandwidth_ends_after_start",
            ),
            ExclusionConstraint(
                name="bandwidth_no_overlap",
                expressions=[(_one("service_id"), "&&"), (_days("starts_date", "ends_date"), "&&")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.kbps} from {self.starts_date}"


class ContractDocument(models.Model):
    """A paper of a contract (contract, annex, addendum, power, guarantee…) with its version and file."""

    contract = models.ForeignKey("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    number = models.CharField(max_length=60, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    signed_date = models.DateField(null=True, blank=True)
    file = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    pages = models.CharField(max_length=60, blank=True)
    added_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["contract", "kind", "number", "version"], name="contract_document_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class CompletenessItem(models.Model):
    """One of the ten items of "copia de contrato completo" (G-33): present, missing or not applicable."""

    contract = models.ForeignKey("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    item = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, default="MISSING")  # PRESENT, MISSING, NA
    document = models.ForeignKey(
        "contracts.ContractDocument", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    page = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "item"], name="completeness_item_once"),
            models.CheckConstraint(condition=Q(item__gte=1, item__lte=10), name="completeness_item_of_ten"),
            models.CheckConstraint(
                condition=Q(state__in=["PRESENT", "MISSING", "NA"]), name="completeness_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.item} {self.state}"


class Reception(models.Model):
    """B.1: Ventas hands a contract over, Interconexión takes it, observes it or finds it complete."""

    class State(models.TextChoices):
        """recibido / observado / completo."""

        HANDED = "HANDED", "entregado por Ventas"
        RECEIVED = "RECEIVED", "recibido"
        OBSERVED = "OBSERVED", "observado"
        COMPLETE = "COMPLETE", "completo"

    contract = models.OneToOneField("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.HANDED)
    handed_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    handed_at = models.DateTimeField()
    received_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(null=True, blank=True)
    observed_at = models.DateTimeField(null=True, blank=True)
    observation = models.TextField(blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.contract_id} {self.state}"


class Custody(models.Model):
    """Where the original and the copy of a contract are (R-D2). The newest row of each rules."""

    contract = models.ForeignKey("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=8)  # ORIGINAL, COPY
    place = models.CharField(max_length=160)
    holder = models.CharField(max_length=120)
    since = models.DateTimeField()
    moved_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(what__in=["ORIGINAL", "COPY"]), name="custody_of_one_or_other")
        ]
        indexes: ClassVar = [models.Index(fields=["contract", "what", "-since"], name="custody_latest")]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.what}"


class Guarantee(models.Model):
    """A guarantee given under a contract; its end is announced 90, 60 and 30 days before."""

    contract = models.ForeignKey("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)
    currency = models.CharField(max_length=3, default="BOB")
    amount = models.DecimalField(**MONEY)
    expires_date = models.DateField()
    document = models.ForeignKey(
        "contracts.ContractDocument", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    returned_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(amount__gt=0), name="guarantee_positive")]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.kind}"


class SpeedChange(models.Model):
    """A change of speed asked for by the customer (B.2), from request to the accepted execution."""

    class State(models.TextChoices):
        """requirements 1.4, Cambio de velocidad."""

        REQUESTED = "REQUESTED", "solicitado"
        COORDINATION = "COORDINATION", "en coordinación"
        REJECTED = "REJECTED", "rechazado"
        APPROVED = "APPROVED", "aprobado"
        ORDERED = "ORDERED", "orden emitida"
        EXECUTED = "EXECUTED", "ejecutado"
        ACCEPTED = "ACCEPTED", "aceptado por el cliente"
        IN_FORCE = "IN_FORCE", "vigente"
        CANCELLED = "CANCELLED", "cancelado"

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey("contracts.Service", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=14, choices=State.choices, default=State.REQUESTED)
    door = models.CharField(max_length=10)
    requested_by = models.CharField(max_length=160)
    requested_date = models.DateField()
    words = models.TextField(blank=True)
    document = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    from_kbps = models.BigIntegerField()
    to_kbps = models.BigIntegerField()
    wanted_date = models.DateField()
    temporary_until = models.DateField(null=True, blank=True)
    own_price = models.JSONField(default=dict)
    capacity_check = models.JSONField(default=dict)
    capacity_verdict = models.CharField(max_length=12, blank=True)
    decided_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=300, blank=True)
    # What the contract says about it, as it was when asked: [{"code", "level", "text"}].
    findings = models.JSONField(default=list)
    addendum = models.ForeignKey(
        "contracts.ContractDocument", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    addendum_waived_until = models.DateField(null=True, blank=True)
    work_order = models.ForeignKey(
        "contracts.WorkOrder", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    executed_at = models.DateTimeField(null=True, blank=True)
    evidence = models.TextField(blank=True)
    evidence_file = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_how = models.CharField(max_length=200, blank=True)
    objected_at = models.DateTimeField(null=True, blank=True)
    objection = models.TextField(blank=True)
    effective_date = models.DateField(null=True, blank=True)
    in_force_at = models.DateTimeField(null=True, blank=True)
    returns = models.ForeignKey(
        "contracts.SpeedChange", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(to_kbps__gt=0), name="speed_change_positive"),
            models.CheckConstraint(
                condition=Q(temporary_until=None) | Q(temporary_until__gt=F("wanted_date")),
                name="speed_change_temporary_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(state="IN_FORCE") | Q(effective_date__isnull=False, in_force_at__isnull=False),
                name="speed_change_in_force_says_since_when",
            ),
            models.CheckConstraint(
                condition=Q(temporary_until=None)
                | Q(effective_date=None)
                | Q(temporary_until__gt=F("effective_date")),
                name="speed_change_temporary_lasts_a_day",
            ),
            # A temporary speed returns once.
            models.UniqueConstraint(fields=["returns"], name="speed_change_returns_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["service", "state"], name="speed_change_service")]

    def __str__(self) -> str:
        return f"{self.service_id} → {self.to_kbps}"
