"""Papers with a number: a draft, the versions issued of it, and the copies that left the house."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Paper(models.Model):
    """One numbered paper: an SLA report of a customer and month, an RFO of a fault, a claim to a provider and month.

    `draft` is what a person wrote and nobody approved yet (RFO, CLAIM); what was issued is in `Issue`.
    """

    class Kind(models.TextChoices):
        """What it is."""

        SLA = "SLA", "informe de SLA"
        RFO = "RFO", "informe de causa (RFO)"
        CLAIM = "CLAIM", "reclamo al proveedor"

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    fault = models.ForeignKey(
        "faults.Fault", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    provider = models.ForeignKey(
        "contracts.Provider", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reference = models.CharField(max_length=120, blank=True)
    month = models.DateField(null=True, blank=True)
    draft = models.JSONField(default=dict)
    drafted_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    drafted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "month"], condition=Q(kind="SLA"), name="paper_one_sla_report_per_month"
            ),
            models.UniqueConstraint(
                fields=["fault"], condition=Q(kind="RFO"), name="paper_one_rfo_per_fault"
            ),
            models.UniqueConstraint(
                fields=["provider", "reference", "month"],
                condition=Q(kind="CLAIM"),
                name="paper_one_claim_per_contract_and_month",
            ),
            models.CheckConstraint(
                condition=Q(kind="SLA", customer__isnull=False, month__isnull=False)
                | Q(kind="RFO", fault__isnull=False)
                | Q(kind="CLAIM", provider__isnull=False, month__isnull=False),
                name="paper_is_about_something",
            ),
            models.CheckConstraint(condition=Q(month=None) | Q(month__day=1), name="paper_month_is_a_first"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Issue(models.Model):
    """A version of a paper as it was issued: content, its hash, PDF, who and when. Append-only in the database."""

    paper = models.ForeignKey("assurance.Paper", on_delete=models.PROTECT, related_name="+")
    sequence = models.PositiveSmallIntegerField()
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    # What the version changes of the one before it, in sentences; empty in the first.
    changes = models.JSONField(default=list)
    file = models.ForeignKey("procedure.StoredFile", on_delete=models.PROTECT, related_name="+")
    drafted_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["paper", "sequence"], name="paper_issue_sequence_unique")
        ]

    def __str__(self) -> str:
        return f"{self.paper_id} v{self.sequence}"


class Copy(models.Model):
    """A version sent to somebody: the file made for them and the message that carries it. Append-only."""

    issue = models.ForeignKey("assurance.Issue", on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    file = models.ForeignKey("procedure.StoredFile", on_delete=models.PROTECT, related_name="+")
    message = models.OneToOneField("messaging.Message", on_delete=models.PROTECT, related_name="+")
    sent_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"copy {self.pk}"


class ProviderTerms(models.Model):
    """What a provider's contract promises us (UC) from a day on: repair time, and what lost time earns."""

    provider = models.ForeignKey("contracts.Provider", on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=120, blank=True)
    valid_from = models.DateField()
    repair_minutes = models.PositiveIntegerField()
    currency = models.CharField(max_length=3, blank=True)
    monthly_fee = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    # Times the fee's share of the time lost; empty: the contract gives no credit that we know.
    multiplier = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    source = models.CharField(max_length=200)
    written_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "reference", "valid_from"], name="provider_terms_once_a_day"
            ),
            models.CheckConstraint(condition=Q(repair_minutes__gt=0), name="provider_terms_have_a_time"),
            models.CheckConstraint(
                condition=Q(monthly_fee=None) | (Q(monthly_fee__gt=0) & ~Q(currency="")),
                name="provider_terms_fee_has_a_currency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.reference}"
