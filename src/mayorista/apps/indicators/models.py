"""Rows of the measure: sets of criteria, what they said of each case and contract, and months as they were reported.

Verdicts and controls are computed from the rooms below and may be computed again at any time; they are kept so that a
year is counted in one read. A snapshot is what was reported: it is never changed.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from mayorista.rules.indicators.cases import OUTCOME_TITLES
from mayorista.rules.indicators.controls import CONTROL_TITLES


class CriteriaVersion(models.Model):
    """A set of criteria (G-01): drafted, simulated, approved; rules the months from `valid_from` on.

    `content` is what `rules.indicators.criteria.written` writes. An approved one is not edited: another follows it.
    """

    class State(models.TextChoices):
        """Its life."""

        DRAFT = "DRAFT", "propuesto"
        APPROVED = "APPROVED", "aprobado"
        WITHDRAWN = "WITHDRAWN", "retirado"

    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    content = models.JSONField()
    reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    valid_from = models.DateField(null=True, blank=True)
    drafted_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    drafted_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="criteria_version_number"),
            models.UniqueConstraint(
                fields=["valid_from"], condition=Q(state="APPROVED"), name="criteria_version_one_from_a_month"
            ),
            models.CheckConstraint(
                condition=~Q(state="APPROVED") | Q(valid_from__isnull=False, approved_at__isnull=False),
                name="criteria_version_approved_with_date",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_from__day=1), name="criteria_version_from_the_first"
            ),
        ]

    def __str__(self) -> str:
        return f"criterios {self.number}"


class CaseVerdict(models.Model):
    """What the set in force says of one case. `seen` is the sum of the versions of the dossiers it was judged from.

    `findings` is a list of [criterion, answer, limit, value]. `settled`: neither time nor an open act can change it any
    more; an act that does changes the version and it is judged anew.
    """

    case = models.OneToOneField("faults.Case", on_delete=models.PROTECT, related_name="+")
    criteria = models.ForeignKey("indicators.CriteriaVersion", on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    claimed = models.BooleanField()
    cause_class = models.CharField(max_length=10, blank=True)
    outcome = models.CharField(
        max_length=14, choices=[(each.value, title) for each, title in OUTCOME_TITLES.items()]
    )
    failed = ArrayField(models.CharField(max_length=10), default=list)
    findings = models.JSONField(default=list)
    settled = models.BooleanField(default=False)
    seen = models.PositiveBigIntegerField()
    judged_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["month"], include=["claimed", "outcome"], name="case_verdict_month"),
            models.Index(fields=["judged_at"], condition=Q(settled=False), name="case_verdict_unsettled"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.outcome}"


class ContractControl(models.Model):
    """The control of a contract in a month (G-03). `items` is a list of [item, state, [facts]] as `rules` answers."""

    contract = models.ForeignKey("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    state = models.CharField(
        max_length=8, choices=[(each.value, title) for each, title in CONTROL_TITLES.items()]
    )
    failed = ArrayField(models.CharField(max_length=16), default=list)
    items = models.JSONField(default=list)
    settled = models.BooleanField(default=False)
    checked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "month"], name="contract_control_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="contract_control_month_is_a_first"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["month"], include=["state"], name="contract_control_month"),
            models.Index(fields=["month"], condition=Q(settled=False), name="contract_control_unsettled"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.month:%Y-%m} {self.state}"


class StepSpans(models.Model):
    """How long each task of a step took that was done in a month that is over; the row without a step says: kept.

    `spans` are microseconds as eight bytes each, the shortest first. The database forgets a month in the transaction
    that changes one of its tasks.
    """

    month = models.DateField()
    step = models.CharField(max_length=6, blank=True)
    spans = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "step"], name="step_spans_once"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.step}"


class NetworkCheck(models.Model):
    """The NOC's word on the speeds of a contract for the control of a month: they are the contract's, or what differs.

    `speeds` is what the contract said that day: a list of [circuit, kbit/s].
    """

    contract = models.ForeignKey("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    speeds = models.JSONField(default=list)
    differs = models.CharField(max_length=300, blank=True)
    evidence = models.CharField(max_length=300, blank=True)
    checked_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "month"], name="network_check_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="network_check_month_is_a_first"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.month:%Y-%m}"


class Snapshot(models.Model):
    """A month as it was reported (R-K4, G-06): counts, the set that was used, each case and control. Append-only.

    A month that was reported is reported again only as a further `sequence` with its reason; the first stays.
    """

    month = models.DateField()
    sequence = models.PositiveSmallIntegerField()
    criteria = models.ForeignKey("indicators.CriteriaVersion", on_delete=models.PROTECT, related_name="+")
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    reason = models.CharField(max_length=300, blank=True)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "sequence"], name="snapshot_month_sequence"),
            models.CheckConstraint(condition=Q(sequence=1) | ~Q(reason=""), name="snapshot_again_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} ({self.sequence})"
