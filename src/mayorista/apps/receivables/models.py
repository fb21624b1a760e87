"""Rows of the money that comes in, and of what is done when it does not."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

MONEY: dict[str, Any] = {"max_digits": 16, "decimal_places": 2}
CURRENCIES = [("BOB", "Bolivianos"), ("USD", "Dólares")]


class Reminder(models.Model):
    """A reminder of one stage for one invoice; several ride in one mail per customer and day (G-26)."""

    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="+")
    stage = models.SmallIntegerField()
    due_on = models.DateField()
    message = models.ForeignKey(
        "messaging.Message", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sent_on = models.DateField(null=True, blank=True)
    released_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    skipped_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "stage"], name="reminder_once_per_stage")
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_on"], condition=Q(sent_on=None), name="reminder_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} D{self.stage:+d}"


class ReminderMail(models.Model):
    """The one reminder mail of a customer and day: whoever writes this row first sends it, nobody else does.

    `message` is empty only inside the transaction that makes both. Taken back within its seconds it is undone.
    """

    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    stage = models.SmallIntegerField(default=0)
    message = models.OneToOneField(
        "messaging.Message", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sent_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sent_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "on"], condition=Q(undone_at=None), name="reminder_mail_once_a_day"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["-sent_at"], name="reminder_mail_newest")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.on}"


class ReminderPause(models.Model):
    """No reminder goes to a customer before a day: a person's word, with the reason (G-27)."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    until = models.DateField()
    reason = models.CharField(max_length=300)
    author = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(ended_at=None), name="reminder_pause_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.until}"


class ContactLog(models.Model):
    """A collection act (gestión): when, by which way, who was reached, what came of it. Append-only."""

    class Result(models.TextChoices):
        """What came of it."""

        PROMISE = "PROMISE", "promesa de pago"
        DISPUTE = "DISPUTE", "objeta"
        NO_CONTACT = "NO_CONTACT", "sin contacto"
        REFUSAL = "REFUSAL", "negativa"
        INFORMED = "INFORMED", "informado"

    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(
        "billing.Invoice", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    channel = models.CharField(max_length=10)
    person = models.CharField(max_length=120)
    result = models.CharField(max_length=10, choices=Result.choices)
    text = models.TextField(blank=True)
    next_action = models.CharField(max_length=200, blank=True)
    next_on = models.DateField(null=True, blank=True)
    author = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["customer", "-at"], name="contact_log_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.result}"


class Promise(models.Model):
    """A promise to pay; it stops reminders until the day after (R-B6)."""

    class State(models.TextChoices):
        """What came of it."""

        OPEN = "OPEN", "vigente"
        KEPT = "KEPT", "cumplida"
        BROKEN = "BROKEN", "incumplida"
        WITHDRAWN = "WITHDRAWN", "retirada"

    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(**MONEY)
    promised_on = models.DateField()
    made_at = models.DateTimeField()
    who = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    author = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice"], condition=Q(state="OPEN"), name="promise_one_open"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="promise_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.amount} {self.promised_on}"


class Objection(models.Model):
    """The customer objects to (part of) an invoice: only that part stops (R25)."""

    class State(models.TextChoices):
        """How it ended."""

        OPEN = "OPEN", "en disputa"
        WON = "WON", "a favor del cliente"
        LOST = "LOST", "rechazada"

    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(**MONEY)
    # What the Gerente granted of it; empty until the decision.
    granted = models.DecimalField(null=True, blank=True, **MONEY)
    words = models.TextField()
    raised_on = models.DateField()
    timely = models.BooleanField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision = models.CharField(max_length=300, blank=True)
    note = models.ForeignKey(
        "billing.Note", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    author = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="objection_amount_positive"),
        ]
        indexes: ClassVar = [models.Index(fields=["invoice"], name="objection_invoice")]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.amount}"


class Receipt(models.Model):
    """A payment receipt (comprobante, B.7): file, bank, reference, date, amount."""

    class State(models.TextChoices):
        """Amber until accounting says the money arrived (G-30)."""

        REGISTERED = "REGISTERED", "registrado"
        INFORMED = "INFORMED", "informado a Contabilidad"
        RECONCILED = "RECONCILED", "conciliado"
        REJECTED = "REJECTED", "rechazado"

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    door = models.CharField(max_length=10)
    bank = models.CharField(max_length=80)
    bank_key = models.CharField(max_length=80)
    reference = models.CharField(max_length=80)
    reference_key = models.CharField(max_length=80)
    paid_on = models.DateField()
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    amount = models.DecimalField(**MONEY)
    file = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    file_sha256 = models.CharField(max_length=64, blank=True)
    source_message = models.ForeignKey(
        "messaging.Message", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    acknowledgement = models.ForeignKey(
        "messaging.Message", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.REGISTERED)
    state_reason = models.CharField(max_length=300, blank=True)
    registered_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    reconciled_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reconciled_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["bank_key", "reference_key"],
                condition=~Q(state="REJECTED") & ~Q(reference_key=""),
                name="receipt_bank_and_reference_once",
            ),
            models.UniqueConstraint(
                fields=["file_sha256"],
                condition=~Q(state="REJECTED") & ~Q(file_sha256=""),
                name="receipt_file_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_amount_positive"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "-paid_on"], name="receipt_customer"),
            models.Index(
                fields=["id"], condition=Q(state__in=["REGISTERED", "INFORMED"]), name="receipt_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.reference}"


class Allocation(models.Model):
    """What a receipt pays of an invoice, and as what (R24). Empty invoice: on account ("a cuenta")."""

    class Kind(models.TextChoices):
        """R24."""

        PAYMENT = "PAYMENT", "pago"
        BANK_CHARGE = "BANK_CHARGE", "comisión bancaria"
        WITHHOLDING = "WITHHOLDING", "retención con certificado"
        COMPENSATION = "COMPENSATION", "compensación (acta firmada)"
        EXCHANGE_DIFFERENCE = "EXCHANGE_DIFFERENCE", "diferencia de cambio"
        ROUNDING = "ROUNDING", "redondeo"

    receipt = models.ForeignKey("receivables.Receipt", on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(
        "billing.Invoice", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.PAYMENT)
    amount = models.DecimalField(**MONEY)
    amount_receipt_currency = models.DecimalField(**MONEY)
    explanation = models.CharField(max_length=300, blank=True)
    evidence = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(amount=0), name="allocation_not_zero"),
            models.CheckConstraint(
                condition=Q(kind="PAYMENT") | ~Q(explanation=""), name="allocation_difference_is_explained"
            ),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False) | Q(kind="PAYMENT"), name="allocation_on_account_is_money"
            ),
            models.UniqueConstraint(
                fields=["receipt"],
                condition=Q(invoice=None, undone_at=None),
                name="allocation_on_account_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["invoice"], condition=Q(undone_at=None), name="allocation_invoice"),
            models.Index(fields=["receipt"], name="allocation_receipt"),
        ]

    def __str__(self) -> str:
        return f"{self.receipt_id} → {self.invoice_id}: {self.amount}"


class AccountingNotice(models.Model):
    """Accounting was told of receipts by e-mail with the files (B.8); ends the procedure for them."""

    dossier = models.ForeignKey("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    message = models.OneToOneField("messaging.Message", on_delete=models.PROTECT, related_name="+")
    sent_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sent_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"aviso {self.pk}"


class NoticedReceipt(models.Model):
    """A receipt in a notice to accounting; once in all."""

    notice = models.ForeignKey("receivables.AccountingNotice", on_delete=models.PROTECT, related_name="+")
    receipt = models.OneToOneField("receivables.Receipt", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.notice_id} ← {self.receipt_id}"


class StatementLine(models.Model):
    """A movement of a bank statement that was uploaded; proposes a match with a receipt."""

    file = models.ForeignKey("procedure.StoredFile", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    bank = models.CharField(max_length=80)
    booked_on = models.DateField()
    reference = models.CharField(max_length=120, blank=True)
    description = models.CharField(max_length=300, blank=True)
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    amount = models.DecimalField(**MONEY)
    fingerprint = models.CharField(max_length=64)
    receipt = models.OneToOneField(
        "receivables.Receipt", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    matched_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    matched_at = models.DateTimeField(null=True, blank=True)
    set_aside = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fingerprint"], name="statement_line_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["file", "position"], name="statement_line_file"),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount}"


class BankAccount(models.Model):
    """An account where customers pay: proposed by one, in force when another approves; closed by two as well."""

    class State(models.TextChoices):
        """Its life."""

        PROPOSED = "PROPOSED", "propuesta"
        IN_FORCE = "IN_FORCE", "vigente"
        CLOSING = "CLOSING", "baja propuesta"
        CLOSED = "CLOSED", "de baja"
        REFUSED = "REFUSED", "rechazada"

    bank = models.CharField(max_length=80)
    number = models.CharField(max_length=40)
    number_key = models.CharField(max_length=40)
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    holder = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    reason = models.CharField(max_length=300)
    proposed_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    closing_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closing_reason = models.CharField(max_length=300, blank=True)
    closed_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number_key"],
                condition=Q(state__in=["PROPOSED", "IN_FORCE", "CLOSING"]),
                name="bank_account_number_once",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["IN_FORCE", "CLOSING", "CLOSED"])
                | Q(decided_by__isnull=False) & ~Q(decided_by=models.F("proposed_by")),
                name="bank_account_by_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="CLOSED")
                | Q(closed_by__isnull=False) & ~Q(closed_by=models.F("closing_by")),
                name="bank_account_closed_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.number}"


class Handover(models.Model):
    """Debt handed to U.T. Cartera or Asesoría Legal (G-27, G-28), and the letter that went before."""

    class To(models.TextChoices):
        """To whom."""

        PORTFOLIO = "PORTFOLIO", "U.T. Cartera"
        LEGAL = "LEGAL", "Asesoría Legal"

    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="+")
    to = models.CharField(max_length=10, choices=To.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    file = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["invoice", "to"], condition=Q(closed_at=None), name="handover_once_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} → {self.to}"


class SuspensionOrder(models.Model):
    """A suspension for non-payment: proposed by one, approved by another, stopped by a receipt (R22)."""

    class State(models.TextChoices):
        """Its life."""

        PROPOSED = "PROPOSED", "propuesta"
        APPROVED = "APPROVED", "aprobada"
        EXECUTED = "EXECUTED", "ejecutada"
        STOPPED = "STOPPED", "detenida"
        REJECTED = "REJECTED", "rechazada"
        REVERSED = "REVERSED", "rehabilitada"

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    reason = models.TextField()
    proposed_by = models.ForeignKey("procedure.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    executed_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    executed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=300, blank=True)
    # The order to cut; after the payment, the order to connect again and who gave it.
    work_order = models.ForeignKey(
        "contracts.WorkOrder", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    return_order = models.ForeignKey(
        "contracts.WorkOrder", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    return_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=models.F("proposed_by")),
                name="suspension_order_by_two_people",
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(state__in=["PROPOSED", "APPROVED", "EXECUTED"]),
                name="suspension_order_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.state}"


class SuspendedService(models.Model):
    """A circuit that a suspension order names, and its suspension in the network once it was cut."""

    order = models.ForeignKey("receivables.SuspensionOrder", on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey("contracts.Service", on_delete=models.PROTECT, related_name="+")
    suspension = models.OneToOneField(
        "contracts.Suspension", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "service"], name="suspended_service_once")
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.service_id}"


class LaterCharge(models.Model):
    """A charge that waits for the group's next open month to become one of its one-offs (R15, R22)."""

    group = models.ForeignKey("billing.InvoicingGroup", on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(
        "contracts.Service", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=14)  # a kind of billing's one-offs: RECONNECTION, INTEREST
    text = models.CharField(max_length=200)
    amount = models.DecimalField(**MONEY)
    made_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    one_off = models.OneToOneField(
        "billing.OneOff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="later_charge_amount_positive")
        ]
        indexes: ClassVar = [
            models.Index(fields=["group"], condition=Q(one_off=None), name="later_charge_waiting")
        ]

    def __str__(self) -> str:
        return self.text


class InterestCharge(models.Model):
    """Late interest of an invoice charged up to a day (not included); the next one counts what these left."""

    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="+")
    until = models.DateField()
    amount = models.DecimalField(**MONEY)
    charge = models.ForeignKey("receivables.LaterCharge", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "until"], name="interest_charge_once")
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.until}"


class Settlement(models.Model):
    """What an invoice comes to with its notes and what live allocations take off it, in its currency.

    Kept by the database itself (migration 0006) in the transaction that issues the invoice or note, allocates or
    undoes; the application's role may only read it. So what is open is found without adding up all that was ever paid.
    """

    invoice = models.OneToOneField(
        "billing.Invoice", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    owed = models.DecimalField(**MONEY)
    settled = models.DecimalField(**MONEY)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["customer"], condition=Q(owed__gt=F("settled")), name="settlement_open")
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}: {self.settled} / {self.owed}"
