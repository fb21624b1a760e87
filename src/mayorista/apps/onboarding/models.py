"""Rows of the onboarding room."""

from django.db import models
from django.db.models import Q


class ImportState(models.TextChoices):
    """Life of an import: what was uploaded waits until a person confirms or discards it."""

    PREVIEWED = "PREVIEWED", "Previsualizada"
    APPLIED = "APPLIED", "Aplicada"
    DISCARDED = "DISCARDED", "Descartada"


class ImportRun(models.Model):
    """One workbook: the file as it came, what it would change, and what it did change."""

    file = models.ForeignKey("procedure.StoredFile", on_delete=models.PROTECT, related_name="+")
    # The ZIP of scans that came with it.
    scans = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    file_name = models.CharField(max_length=200)
    # Ventas has not handed its contracts over yet; then it goes on as an import of Interconexión.
    with_sales = models.BooleanField(default=False, db_default=False)
    state = models.CharField(max_length=10, choices=ImportState.choices)
    uploaded_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    applied_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    applied_at = models.DateTimeField(null=True, blank=True)
    # Hash of everything the preview showed: confirming applies exactly that, or says it is stale.
    plan_hash = models.CharField(max_length=64)
    plan = models.JSONField()
    problems = models.JSONField(default=list)
    outcome = models.JSONField(default=dict)
    correction_file = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["PREVIEWED", "DISCARDED"], applied_at__isnull=True)
                | Q(state="APPLIED", applied_at__isnull=False),
                name="onboarding_importrun_applied_says_when",
            ),
        ]
        indexes = [models.Index(fields=["-uploaded_at"], name="onboarding_importrun_newest")]

    def __str__(self) -> str:
        return f"{self.file_name} {self.state}"

    @property
    def problems_block(self) -> bool:
        """Whether something of the workbook cannot load (warnings do not count)."""
        return any(not problem["warning"] for problem in self.problems)
