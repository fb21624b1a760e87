"""Rows that every other room hangs its own on.

A dossier is the spine of every numbered thing; journal entries, work items, stored files and links
hang on it. See docs/architecture.md, "The dossier".
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from mayorista.rules.procedure import ROLE_TITLES, Role

ROLE_CHOICES = [(role.value, ROLE_TITLES[role]) for role in Role]


class Unit(models.Model):
    """A unit of the carrier (procedure I.e); which role sits where is only data (G-35)."""

    code = models.CharField(max_length=30)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey(
        "procedure.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    roles = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["code"], name="unit_code_unique")]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """What Django's authentication asks of a user's manager."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Find a user by login name, whatever the case it was typed in."""
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A person who may enter. What the person may do comes from role grants and delegations."""

    username = models.CharField(max_length=60)
    full_name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    phone_e164 = models.CharField(max_length=20, blank=True)
    unit = models.ForeignKey(
        "procedure.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username


class RoleGrant(models.Model):
    """A role that a user holds, from and until when."""

    user = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=ROLE_CHOICES)
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(revoked_at=None), name="role_grant_once_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role}"


class Delegation(models.Model):
    """A dated power to act in another's role (R-05, G-16)."""

    role = models.CharField(max_length=20, choices=ROLE_CHOICES)
    delegator = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    delegate = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="delegation_ends_after_start"
            ),
            models.CheckConstraint(condition=~Q(delegator=F("delegate")), name="delegation_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.delegator_id} → {self.delegate_id}"


class Dossier(models.Model):
    """The spine (expediente): one row per numbered thing, whatever its room.

    `customer` is the dossier of the customer concerned (a customer's own dossier names none).
    `version` grows with each change, so that a stale form is noticed.
    """

    kind = models.CharField(max_length=20)
    number = models.CharField(max_length=60)
    headline = models.CharField(max_length=300)
    state = models.CharField(max_length=60)
    customer = models.ForeignKey(
        "procedure.Dossier", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    search_text = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["number"], name="dossier_number_unique")]
        indexes: ClassVar = [
            models.Index(fields=["kind", "-opened_at"], name="dossier_kind_opened"),
            models.Index(fields=["customer", "kind"], name="dossier_customer_kind"),
            # Any part of a word is searched for.
            GinIndex(fields=["search_text"], name="dossier_words", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.number


class DossierLink(models.Model):
    """One dossier led to another: the thread of the trace (R-04)."""

    source = models.ForeignKey("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="dossier_link_once"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="dossier_link_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} -{self.kind}→ {self.target_id}"


class JournalEntry(models.Model):
    """What happened, who did it, in whose name, when. Append-only in the database."""

    dossier = models.ForeignKey("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    act = models.CharField(max_length=40)
    step = models.CharField(max_length=6, blank=True)
    text = models.TextField()
    user = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    role = models.CharField(max_length=20, blank=True)
    on_behalf_of = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    job = models.CharField(max_length=40, blank=True)
    payload = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(user__isnull=False) | ~Q(job=""), name="journal_entry_has_an_author"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["dossier", "at"], name="journal_dossier_at"),
            # The newest first, as the audit shows it, page by page.
            models.Index(fields=["-at", "-id"], name="journal_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.act}"


class WorkItem(models.Model):
    """Something due from a role: a row of its tray (bandeja).

    One open item per dossier, step and key. `escalation` counts the levels already told.
    """

    dossier = models.ForeignKey("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=6, blank=True)
    key = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=20, choices=ROLE_CHOICES)
    title = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    snooze_reason = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn = models.BooleanField(default=False)
    escalation = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["dossier", "step", "key"], condition=Q(done_at=None), name="work_item_one_open"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["role", "due_at"], condition=Q(done_at=None), name="work_item_tray"),
            models.Index(fields=["due_at"], condition=Q(done_at=None), name="work_item_due"),
            models.Index(
                fields=["done_at"],
                include=["step", "opened_at", "dossier"],
                condition=Q(withdrawn=False) & ~Q(step=""),
                name="work_item_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.title}"


class StoredFile(models.Model):
    """A file that hangs on a dossier; its content is in the content-addressed store.

    `disposed_at`: an approved act of disposal let the content go; this row stays with its hash.
    """

    dossier = models.ForeignKey("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30, blank=True)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_at = models.DateTimeField()
    stored_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    disposed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["dossier"], name="stored_file_dossier"),
            models.Index(fields=["sha256"], name="stored_file_sha256"),
        ]

    def __str__(self) -> str:
        return self.name


class DocumentCopy(models.Model):
    """A copy handed out of a kept document, marked "Reimpresión n" (R-D1). Append-only in the database."""

    file = models.ForeignKey("procedure.StoredFile", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    taken_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "number"], name="document_copy_number")
        ]

    def __str__(self) -> str:
        return f"reimpresión {self.number} de {self.file_id}"


class LegalHold(models.Model):
    """Records that stay whatever their age: what belongs to a dossier, until the hold is lifted."""

    class Origin(models.TextChoices):
        """Whether a person of Asesoría Legal set it, or a debt that lies there."""

        HAND = "HAND", "a mano"
        DEBT = "DEBT", "deuda en Asesoría Legal"

    dossier = models.ForeignKey("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=4, choices=Origin.choices, default=Origin.HAND)
    reason = models.CharField(max_length=300)
    set_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    set_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["dossier", "origin"], condition=Q(lifted_at=None), name="legal_hold_one_standing"
            )
        ]

    def __str__(self) -> str:
        return f"retención de {self.dossier_id}"


class Disposal(models.Model):
    """An act by which records go that outlived their retention: proposed by one person, decided by another."""

    class State(models.TextChoices):
        """Its life."""

        PROPOSED = "PROPOSED", "propuesta"
        APPROVED = "APPROVED", "aprobada"
        REFUSED = "REFUSED", "rechazada"

    code = models.CharField(max_length=20)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="APPROVED")
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by")),
                name="disposal_by_two_people",
            )
        ]

    def __str__(self) -> str:
        return f"acta {self.pk}"


class DisposalLine(models.Model):
    """A record that an act lists. `removed_at`: its content left the store, or another record keeps it."""

    disposal = models.ForeignKey("procedure.Disposal", on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey("procedure.StoredFile", on_delete=models.PROTECT, related_name="+")
    refused = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["file"], condition=Q(refused=False), name="disposal_line_file_once"
            )
        ]

    def __str__(self) -> str:
        return f"acta {self.disposal_id}: {self.file_id}"


class Serial(models.Model):
    """The last number taken of a series in a year of La Paz; the row is locked while one is taken."""

    series = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series", "year"], name="serial_series_year")
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.year}: {self.last}"


class ProcedureRevision(models.Model):
    """A revision of the written procedure (R-01)."""

    code = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    revision = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=40)
    date_text = models.CharField(max_length=40)
    valid_from = models.DateField()
    prepared_by = models.CharField(max_length=120, blank=True)
    approved_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "revision"], name="procedure_revision_unique")
        ]

    def __str__(self) -> str:
        return f"{self.code} Rev. {self.revision}"


class Parameter(models.Model):
    """A dated value of the carrier: name, limits, texts. The newest `valid_from` not after now rules."""

    name = models.CharField(max_length=80)
    value = models.JSONField()
    valid_from = models.DateTimeField()
    revision = models.ForeignKey(
        "procedure.ProcedureRevision", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "valid_from"], name="parameter_name_valid_from")
        ]

    def __str__(self) -> str:
        return self.name


class HolidayChange(models.Model):
    """What a decree says of one day, over the law's holidays; of one day the newest `valid_from` not after now rules.

    ADDED a holiday, REMOVED one of the law, or as the LAW says (a change taken back).
    """

    class Kind(models.TextChoices):
        """What the day is."""

        ADDED = "ADDED", "feriado añadido"
        REMOVED = "REMOVED", "se trabaja"
        LAW = "LAW", "según la ley"

    class Scope(models.TextChoices):
        """Where it holds."""

        NATIONAL = "NATIONAL", "nacional"
        DEPARTMENT = "DEPARTMENT", "departamental"

    on = models.DateField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=120)
    scope = models.CharField(max_length=10, choices=Scope.choices)
    valid_from = models.DateTimeField()
    reason = models.CharField(max_length=300)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["on", "valid_from"], name="holiday_change_on_valid_from"),
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(reason=""), name="holiday_change_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.kind}"


class Protocol(models.Model):
    """A version of one of the two protocols of step A.2, with its checklist (R-A2).

    `checklist` is a list of `{"code": str, "question": str, "kind": "check"|"text"}`.
    """

    code = models.CharField(max_length=30)
    version = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField()
    checklist = models.JSONField(default=list)
    valid_from = models.DateTimeField()
    file = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="protocol_code_version")
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class LiveTopic(models.Model):
    """A small version row that open screens poll each second."""

    name = models.CharField(max_length=40, primary_key=True)
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.version}"


class JournalSeal(models.Model):
    """A day's seal of the journal, chained to the one before (see rules/journal_seals). Append-only.

    It covers the rows after the former seal's up to `last_id`; both ids are None for a day without rows.
    """

    day = models.DateField()
    first_id = models.BigIntegerField(null=True, blank=True)
    last_id = models.BigIntegerField(null=True, blank=True)
    rows = models.PositiveBigIntegerField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day"], name="journal_seal_day_unique"),
            models.UniqueConstraint(fields=["previous"], name="journal_seal_one_chain"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.digest[:12]}"


class RosterSlot(models.Model):
    """A weekly turn: who attends in a role from an hour of a weekday (0 Monday, La Paz) for how long."""

    role = models.CharField(max_length=20, choices=ROLE_CHOICES)
    user = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    weekday = models.PositiveSmallIntegerField()
    starts = models.TimeField()
    minutes = models.PositiveSmallIntegerField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="roster_slot_weekday"),
            models.CheckConstraint(
                condition=Q(minutes__gt=0) & Q(minutes__lte=1440), name="roster_slot_a_day_at_most"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.weekday} {self.starts}"


class RosterException(models.Model):
    """A dated change of the roster: somebody covers, or is absent."""

    class Kind(models.TextChoices):
        """What it does to the roster."""

        COVERS = "COVERS", "cubre"
        ABSENT = "ABSENT", "ausente"

    role = models.CharField(max_length=20, choices=ROLE_CHOICES)
    user = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="roster_exception_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.kind} {self.user_id}"


class ShiftHandover(models.Model):
    """A shift's hand-over: what the outgoing wrote, and when the incoming acknowledged (R-A4.1)."""

    role = models.CharField(max_length=20, choices=ROLE_CHOICES)
    notes = models.TextField()
    written_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    received_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(null=True, blank=True)
    remark = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(written_by=F("received_by")), name="shift_received_by_another"
            ),
            models.UniqueConstraint(
                fields=["role"], condition=Q(received_at=None), name="shift_one_open_per_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.written_at:%Y-%m-%d %H:%M}"
