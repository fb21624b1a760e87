"""Rows of the monitoring room.

# Note [What is written by whom]
Intake alone writes posts, alarms and occurrences, and appends changes; the correlator consumes the
changes and alone writes verdicts. So a storm being correlated never holds a row that a post waits
for.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from mayorista.rules.alarms.values import SEVERITY_TITLES, Severity

SEVERITY_CHOICES = [(severity.value, SEVERITY_TITLES[severity]) for severity in Severity]


class SourceKind(models.TextChoices):
    """What kind of system posts."""

    ALERTMANAGER = "ALERTMANAGER", "Prometheus Alertmanager"
    INTERNAL = "INTERNAL", "Mayorista"


class AlarmSource(models.Model):
    """A system that reports alarms, known by its code in the address it posts to.

    `severity_words` maps the source's own words to X.733 severities and goes before the general
    table; `silence_after_seconds` is how long it may say nothing (None = as long as it likes);
    `severity_threshold` "" is that of the parameter `correlation.severity_threshold`.
    """

    code = models.SlugField(max_length=40, db_index=False)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=SourceKind.choices, default=SourceKind.ALERTMANAGER)
    # SHA-256 of a token of 256 random bits; "" accepts nobody.
    token_hash = models.CharField(max_length=64, blank=True, default="")
    token_rotated_at = models.DateTimeField(null=True, blank=True)
    silence_after_seconds = models.PositiveIntegerField(null=True, blank=True)
    severity_threshold = models.CharField(max_length=16, choices=SEVERITY_CHOICES, blank=True, default="")
    severity_words = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True, db_default=True)
    active_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="monitoring_source_code_is_unique"),
            models.CheckConstraint(
                condition=Q(severity_threshold__in=["", *(severity.value for severity in Severity)]),
                name="monitoring_source_threshold_is_known",
            ),
            models.CheckConstraint(
                condition=Q(silence_after_seconds__isnull=True) | Q(silence_after_seconds__gte=30),
                name="monitoring_source_silence_is_not_hasty",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class AlarmPost(models.Model):
    """One body that a source posted, as it came; `body` falls away with time, the row stays."""

    source = models.ForeignKey(
        "monitoring.AlarmSource", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    received_at = models.DateTimeField()
    body = models.BinaryField(null=True)
    encoding = models.CharField(max_length=8, blank=True, default="")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    alarms = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField(default=0)
    truncated = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["source", "-received_at"], name="monitoring_post_latest")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.received_at:%Y-%m-%d %H:%M:%S}"


class Alarm(models.Model):
    """An alarm of a source, known by its fingerprint, with the labels and texts last reported."""

    source = models.ForeignKey(
        "monitoring.AlarmSource", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    fingerprint = models.CharField(max_length=128)
    labels = models.JSONField()
    annotations = models.JSONField(default=dict)
    severity = models.CharField(max_length=16, choices=SEVERITY_CHOICES)
    link = models.TextField(blank=True, default="")
    first_seen_at = models.DateTimeField()
    # A person said that this alarm is none of ours, and why.
    ignored_at = models.DateTimeField(null=True, blank=True)
    ignored_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ignore_reason = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "fingerprint"], name="monitoring_alarm_fingerprint_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(ignored_at__isnull=True) | ~Q(ignore_reason=""),
                name="monitoring_alarm_ignored_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.fingerprint


class Occurrence(models.Model):
    """One time that an alarm fired, known by its `starts_at` (G-42).

    `resolved_at` is what the source said; `ends_at` that, or the beginning of the next occurrence
    that fired. `fired` is false while only its end has been reported. `repeats` counts the reports.
    """

    alarm = models.ForeignKey("monitoring.Alarm", on_delete=models.PROTECT, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    fired = models.BooleanField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    repeats = models.PositiveIntegerField(default=1)
    # The posts that first reported it and that first reported its end.
    post = models.ForeignKey(
        "monitoring.AlarmPost", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    end_post = models.ForeignKey(
        "monitoring.AlarmPost", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alarm", "starts_at"], name="monitoring_occurrence_starts_once"),
            models.UniqueConstraint(
                fields=["alarm"], condition=Q(ends_at=None), name="monitoring_occurrence_one_open_per_alarm"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="monitoring_occurrence_ends_after_start",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-starts_at", "-id"], condition=models.Q(fired=True), name="occurrence_newest"
            )
        ]

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.starts_at:%Y-%m-%d %H:%M:%S}"


class ChangeKind(models.TextChoices):
    """Why an occurrence is to be correlated."""

    STARTED = "STARTED", "Empezó"
    ENDED = "ENDED", "Terminó"
    RECHECK = "RECHECK", "Revisar otra vez"


class Change(models.Model):
    """Something about an occurrence that the correlator has not looked at yet: a queue, not history."""

    occurrence = models.ForeignKey(
        "monitoring.Occurrence", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=8, choices=ChangeKind.choices)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.occurrence_id}"


class Outcome(models.TextChoices):
    """What the correlator made of an occurrence."""

    OUTAGE = "OUTAGE", "Abrió o alargó una caída"
    UNKNOWN = "UNKNOWN", "No nombra un servicio conocido"
    BELOW = "BELOW", "Bajo el umbral"
    MUTED = "MUTED", "Silenciada"
    IGNORED = "IGNORED", "Ignorada por una persona"
    IDLE = "IDLE", "Nombra un elemento sin servicios"
    SYSTEM = "SYSTEM", "Del propio sistema"
    SET_ASIDE = "SET_ASIDE", "Apartada por un error"


class Verdict(models.Model):
    """What the correlator made of an occurrence, the last time it looked."""

    occurrence = models.OneToOneField(
        "monitoring.Occurrence", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    at = models.DateTimeField()
    service_ids = ArrayField(models.BigIntegerField(), default=list)
    resource_ids = ArrayField(models.BigIntegerField(), default=list)
    maintenance = models.ForeignKey(
        "monitoring.MaintenanceWindow",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    suspension = models.ForeignKey(
        "contracts.Suspension",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="SET_ASIDE") | ~Q(error=""), name="monitoring_verdict_set_aside_says_why"
            ),
        ]
        indexes = [
            models.Index(
                fields=["outcome", "-at"],
                condition=Q(outcome__in=["UNKNOWN", "SET_ASIDE"]),
                name="monitoring_verdict_for_people",
            ),
            models.Index(
                fields=["maintenance"],
                condition=Q(maintenance__isnull=False),
                name="monitoring_verdict_maintenance",
            ),
            models.Index(
                fields=["suspension"],
                condition=Q(suspension__isnull=False),
                name="monitoring_verdict_suspension",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.occurrence_id}: {self.outcome}"


class Quarantine(models.Model):
    """A post, or one alarm of a post (`position`), that could not be understood."""

    source = models.ForeignKey("monitoring.AlarmSource", on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(
        "monitoring.AlarmPost", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    position = models.PositiveIntegerField(null=True, blank=True)
    reason = models.TextField()
    excerpt = models.TextField(blank=True, default="")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    review_note = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["-at"], condition=Q(reviewed_at=None), name="monitoring_quarantine_open"),
        ]

    def __str__(self) -> str:
        return self.reason


class MaintenanceWindow(models.Model):
    """A planned interruption (G-19, G-47): half-open, muting what it covers, visibly.

    `*_told_at` say when the notices at creation, start and end were queued; `ended_at` when its end
    was attended to (alarms still firing are then correlated again).
    """

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=30)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    tell_customers = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    announced_at = models.DateTimeField(null=True, blank=True)
    start_told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    cancel_reason = models.CharField(max_length=300, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="monitoring_maintenance_number_is_unique"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="monitoring_maintenance_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | ~Q(cancel_reason=""),
                name="monitoring_maintenance_cancelled_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["starts_at"],
                condition=Q(cancelled_at=None, ended_at=None),
                name="monitoring_maintenance_ahead",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class MaintenanceTarget(models.Model):
    """What a window covers: a service, or a resource with all that rides on it."""

    window = models.ForeignKey("monitoring.MaintenanceWindow", on_delete=models.CASCADE, related_name="+")
    service = models.ForeignKey(
        "contracts.Service", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resource = models.ForeignKey(
        "contracts.Resource", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(service__isnull=False, resource__isnull=True)
                | Q(service__isnull=True, resource__isnull=False),
                name="monitoring_maintenancetarget_is_exactly_one",
            ),
            models.UniqueConstraint(
                fields=["window", "service"], name="monitoring_maintenancetarget_service_once"
            ),
            models.UniqueConstraint(
                fields=["window", "resource"], name="monitoring_maintenancetarget_resource_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.window_id}: {self.service_id or self.resource_id}"
