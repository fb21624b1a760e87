"""Rows of the amount: groups, months, amounts with their sheets, packets, invoices, notes.

Months are the first day of the month (La Paz). Amounts are Decimal with two places in the currency
named beside them. What was sent (packets, invoices, notes) is append-only: it is followed by a new
row, never edited.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

MONEY: dict[str, Any] = {"max_digits": 16, "decimal_places": 2}
CURRENCIES = [("BOB", "Bolivianos"), ("USD", "Dólares")]


class InvoicingGroup(models.Model):
    """What gets one coordination, one packet and one invoice a month (G-45); a contract by default."""

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=160)
    currency = models.CharField(max_length=3, choices=CURRENCIES, default="BOB")
    in_advance = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["code"], name="invoicing_group_code_unique")]

    def __str__(self) -> str:
        return self.code


class GroupContract(models.Model):
    """A contract belongs to a group, from and until when; to one at a time."""

    group = models.ForeignKey("billing.InvoicingGroup", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    starts_month = models.DateField()
    ends_month = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["contract"], condition=Q(ends_month=None), name="group_contract_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ends_month=None) | Q(ends_month__gt=F("starts_month")),
                name="group_contract_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id} ← {self.contract_id}"


class ExchangeRate(models.Model):
    """What one unit of a currency was worth in bolivianos on a day, and who says so (G-31)."""

    currency = models.CharField(max_length=3, choices=CURRENCIES)
    on = models.DateField()
    source = models.CharField(max_length=20)
    rate = models.DecimalField(max_digits=14, decimal_places=6)
    entered_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["currency", "on", "source"], name="exchange_rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.on} {self.rate}"


class CreditProposal(models.Model):
    """An SLA credit computed from the outages of one service and month, for the Gerente (G-32, R17)."""

    class State(models.TextChoices):
        """A proposal is recomputed until it is decided; then it is frozen."""

        PROPOSED = "PROPOSED", "propuesto"
        APPROVED = "APPROVED", "aprobado"
        REJECTED = "REJECTED", "rechazado"

    dossier = models.ForeignKey("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey("contracts.Service", on_delete=models.PROTECT, related_name="+")
    # Whose fee it lowers: the credit follows the holder of each minute (G-48).
    contract = models.ForeignKey(
        "contracts.Contract", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    month = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    base = models.DecimalField(**MONEY)
    amount = models.DecimalField(**MONEY)
    outage_seconds = models.PositiveIntegerField()
    computation = models.JSONField()
    case_numbers = models.JSONField(default=list)
    sequence = models.PositiveSmallIntegerField(default=1)
    decided_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=300, blank=True)
    carried_by = models.ForeignKey(
        "billing.Amount", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    carried_how = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["service", "contract", "month", "sequence"],
                nulls_distinct=False,
                name="credit_proposal_once_per_holder",
            ),
            models.UniqueConstraint(
                fields=["service", "contract", "month"],
                condition=Q(state="PROPOSED"),
                nulls_distinct=False,
                name="credit_proposal_one_open_per_holder",
            ),
        ]

    def __str__(self) -> str:
        return f"credit {self.service_id} {self.month}"


class CreditSweep(models.Model):
    """How far the faults' journal was read for credits: one row. What was acted on later is computed again."""

    upto = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.upto:%Y-%m-%d %H:%M}"


class Month(models.Model):
    """One group and month: its coordination (gate 2.1) and where it stands (requirements 1.4)."""

    class State(models.TextChoices):
        """Monto mensual."""

        PENDING = "PENDING", "pendiente de coordinación"
        COORDINATED = "COORDINATED", "coordinado"
        DEFINED = "DEFINED", "definido"
        SENT = "SENT", "remitido"
        INVOICED = "INVOICED", "facturado"
        DISPATCHED = "DISPATCHED", "despachado"
        OBSERVED = "OBSERVED", "observado"
        NOTHING = "NOTHING", "sin factura"

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey("billing.InvoicingGroup", on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    confirmed_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    manager_confirmed_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    manager_confirmed_at = models.DateTimeField(null=True, blank=True)
    # What each side confirmed, and the digest of what was seen last: see queries/confirmed.py.
    confirmed_total = models.DecimalField(null=True, blank=True, **MONEY)
    manager_confirmed_total = models.DecimalField(null=True, blank=True, **MONEY)
    seen_digest = models.CharField(max_length=64, blank=True)
    seen_one_offs = models.JSONField(default=list, blank=True)
    returned = models.CharField(max_length=300, blank=True)
    deferred_reason = models.CharField(max_length=300, blank=True)
    observation = models.TextField(blank=True)
    fx_rate = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    fx_source = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["group", "month"], name="month_once_per_group"),
            models.CheckConstraint(condition=Q(month__day=1), name="month_is_a_first"),
        ]
        indexes: ClassVar = [models.Index(fields=["month", "state"], name="month_state")]

    def __str__(self) -> str:
        return f"{self.group_id} {self.month:%Y-%m}"


class OneOff(models.Model):
    """A charge or deduction once: installation, reconnection, interest, adjustment with reason (R15)."""

    class Kind(models.TextChoices):
        """Why."""

        CHARGE = "CHARGE", "cargo único"
        RECONNECTION = "RECONNECTION", "reconexión"
        INTEREST = "INTEREST", "interés por mora"
        ADJUSTMENT = "ADJUSTMENT", "ajuste manual"

    month = models.ForeignKey("billing.Month", on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(
        "contracts.Service", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=14, choices=Kind.choices)
    text = models.CharField(max_length=200)
    amount = models.DecimalField(**MONEY)
    reason = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    needs_approval = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(kind="ADJUSTMENT") | ~Q(reason=""), name="one_off_adjustment_has_a_reason"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["month"], name="one_off_month")]

    def __str__(self) -> str:
        return self.text


class Amount(models.Model):
    """The amount of a month as defined (B.3): the sheet with every factor. Append-only; newest rules.

    `sheet` is the answer of `rules.rating` per service with its input, so that it can be redone.
    """

    month = models.ForeignKey("billing.Month", on_delete=models.PROTECT, related_name="+")
    sequence = models.PositiveSmallIntegerField()
    as_of = models.DateTimeField()
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    total = models.DecimalField(**MONEY)
    tax = models.DecimalField(**MONEY)
    lines_total = models.DecimalField(**MONEY)
    credit_applied = models.DecimalField(default=0, **MONEY)
    credit_carried = models.DecimalField(default=0, **MONEY)
    sheet = models.JSONField()
    sheet_hash = models.CharField(max_length=64)
    defined_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    defined_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "sequence"], name="amount_sequence_unique"),
            models.CheckConstraint(condition=Q(total__gte=0), name="amount_never_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.month_id} v{self.sequence}: {self.total}"


class AmountLine(models.Model):
    """A line of an amount: one sentence of the sheet, naming its circuit. Append-only."""

    amount = models.ForeignKey("billing.Amount", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    service = models.ForeignKey(
        "contracts.Service", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=24)
    starts_date = models.DateField(null=True, blank=True)
    ends_date = models.DateField(null=True, blank=True)
    for_month = models.DateField(null=True, blank=True)
    text = models.CharField(max_length=400)
    value = models.DecimalField(**MONEY)
    # The same before it was converted: what later invoices compare with (R7). Equal to `value` in one currency.
    contract_value = models.DecimalField(null=True, blank=True, **MONEY)
    cause_dossier = models.ForeignKey(
        "procedure.Dossier", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["amount", "position"], name="amount_line_position")
        ]
        indexes: ClassVar = [models.Index(fields=["service", "for_month"], name="amount_line_service")]

    def __str__(self) -> str:
        return self.text


class Packet(models.Model):
    """What the Encargada de Facturación receives (B.4): immutable, numbered without gaps.

    A correction is a new packet that supersedes the former.
    """

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    month = models.ForeignKey("billing.Month", on_delete=models.PROTECT, related_name="+")
    amount = models.OneToOneField("billing.Amount", on_delete=models.PROTECT, related_name="+")
    supersedes = models.OneToOneField(
        "billing.Packet", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    sent_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["month"], condition=Q(supersedes=None), name="packet_one_first_per_month"
            )
        ]

    def __str__(self) -> str:
        return f"packet {self.pk}"


class PacketAcknowledgement(models.Model):
    """The Encargada has taken note of a packet."""

    packet = models.OneToOneField("billing.Packet", on_delete=models.PROTECT, related_name="+")
    acknowledged_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"acuse {self.packet_id}"


class Invoice(models.Model):
    """An invoice as issued (B.5): external (her system's number and CUF) or internal (own series).

    Append-only but for where its dispatch stands, which follows the messages. `opening` marks one
    brought from the former books ("desde saldo inicial").
    """

    class Origin(models.TextChoices):
        """Who issued it."""

        EXTERNAL = "EXTERNAL", "sistema de facturación"
        INTERNAL = "INTERNAL", "serie propia (no fiscal)"
        OPENING = "OPENING", "saldo inicial"

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey("billing.InvoicingGroup", on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    packet = models.OneToOneField(
        "billing.Packet", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    origin = models.CharField(max_length=10, choices=Origin.choices)
    number = models.CharField(max_length=40)
    authorization = models.CharField(max_length=120, blank=True)
    issued_date = models.DateField()
    due_date = models.DateField(null=True, blank=True)
    due_from_delivery_days = models.PositiveSmallIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    total = models.DecimalField(**MONEY)
    tax = models.DecimalField(**MONEY)
    pdf = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    xml = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group", "month"],
                condition=~Q(origin="OPENING"),
                name="invoice_one_per_group_and_month",
            ),
            models.UniqueConstraint(fields=["origin", "number", "customer"], name="invoice_number_unique"),
            models.CheckConstraint(condition=Q(total__gt=0), name="invoice_total_positive"),
            models.CheckConstraint(
                condition=Q(due_date__isnull=False) | Q(due_from_delivery_days__isnull=False),
                name="invoice_is_due_some_day",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "issued_date"], name="invoice_customer"),
            models.Index(fields=["due_date"], name="invoice_due"),
            models.Index(fields=["-issued_date", "-id"], name="invoice_newest"),
        ]

    def __str__(self) -> str:
        return self.number


class AttachedPaper(models.Model):
    """The PDF of an invoice or note (`dossier`: its own) that came after it was entered. Append-only: the newest is the one sent."""

    dossier = models.ForeignKey("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    sequence = models.PositiveSmallIntegerField()
    file = models.OneToOneField("procedure.StoredFile", on_delete=models.PROTECT, related_name="+")
    attached_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    attached_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dossier", "sequence"], name="attached_paper_sequence")
        ]

    def __str__(self) -> str:
        return f"paper {self.dossier_id} v{self.sequence}"


class Dispatch(models.Model):
    """An invoice, or a note, sent to the billing contacts by e-mail; the message says how far it came."""

    invoice = models.ForeignKey(
        "billing.Invoice", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.ForeignKey(
        "billing.Note", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    message = models.OneToOneField("messaging.Message", on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey("billing.Run", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sequence = models.PositiveSmallIntegerField(default=1)
    sent_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sent_at = models.DateTimeField()
    leaves_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "sequence"], name="dispatch_sequence_unique"),
            models.UniqueConstraint(fields=["note", "sequence"], name="dispatch_note_sequence"),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, note__isnull=True)
                | Q(invoice__isnull=True, note__isnull=False),
                name="dispatch_of_one_paper",
            ),
        ]

    def __str__(self) -> str:
        return f"dispatch {self.invoice_id or self.note_id} {self.sequence}"


class Note(models.Model):
    """A credit or debit note: what changes the debt of an issued invoice. Append-only, no gaps."""

    class Kind(models.TextChoices):
        """Which way."""

        CREDIT = "CREDIT", "nota de crédito"
        DEBIT = "DEBIT", "nota de débito"

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    total = models.DecimalField(**MONEY)
    tax = models.DecimalField(**MONEY)
    reason = models.CharField(max_length=300)
    number_external = models.CharField(max_length=40, blank=True)
    authorization = models.CharField(max_length=120, blank=True)
    pdf = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(total__gt=0), name="note_total_positive"),
            models.CheckConstraint(condition=~Q(reason=""), name="note_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Run(models.Model):
    """A whole month done at once by one act: how far it came and what it left out with reasons.

    `selection` are the months asked for ([] means all that are ready). The work is done in portions, each one
    transaction with these counts: a run that was killed goes on where it stopped.
    """

    class Kind(models.TextChoices):
        """What is done with each row."""

        DEFINE = "DEFINE", "definir montos"
        SEND = "SEND", "remitir paquetes"
        ISSUE = "ISSUE", "emitir facturas propias"
        DISPATCH = "DISPATCH", "despachar facturas"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    month = models.DateField()
    selection = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    after_id = models.BigIntegerField(default=0)
    started_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(month__day=1), name="billing_run_month_is_a_first")
        ]
        indexes: ClassVar = [
            models.Index(fields=["beat_at"], condition=Q(ended_at=None), name="billing_run_open"),
            models.Index(fields=["month", "-started_at"], name="billing_run_month"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.month:%Y-%m}"


class RunRow(models.Model):
    """What a run refused, and why in words. What it did stands in the months themselves."""

    run = models.ForeignKey("billing.Run", on_delete=models.PROTECT, related_name="+")
    month = models.ForeignKey("billing.Month", on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=160, blank=True)
    reason = models.CharField(max_length=500)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "month"], name="billing_run_row_once")
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.reason}"
