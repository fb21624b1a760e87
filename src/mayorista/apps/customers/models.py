"""Rows of the customers room.

A customer is always a wholesale ISP (R-02): the database refuses any other kind.
"""

from django.db import models
from django.db.models import Func, Q, Value


class CustomerKind(models.TextChoices):
    """Kinds of customer; the procedure covers one only (R-02)."""

    ISP_WHOLESALE = "ISP_WHOLESALE", "ISP mayorista"


class ContactPurpose(models.TextChoices):
    """What a contact answers for at an ISP."""

    TECHNICAL = "TECHNICAL", "Técnico"
    ON_CALL = "ON_CALL", "Guardia 24/7"
    MANAGEMENT = "MANAGEMENT", "Gerencia"
    BILLING = "BILLING", "Facturación"
    LEGAL = "LEGAL", "Legal"


class Customer(models.Model):
    """A wholesale ISP."""

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=160)
    legal_name = models.CharField(max_length=200, blank=True, default="")
    nit = models.CharField(max_length=15, blank=True, default="")
    kind = models.CharField(
        max_length=20,
        choices=CustomerKind.choices,
        default=CustomerKind.ISP_WHOLESALE,
        db_default=CustomerKind.ISP_WHOLESALE,
    )
    active = models.BooleanField(default=True, db_default=True)
    city = models.CharField(max_length=80, blank=True, default="", db_default="")
    address = models.CharField(max_length=240, blank=True, default="", db_default="")
    # Unaccented lower case: the database sorts in collation C.
    sort_key = models.CharField(max_length=160, db_index=True)
    # The name without accents, punctuation and legal form (rules.names): one ISP, one key.
    name_key = models.CharField(max_length=160)
    notes = models.TextField(blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="customers_customer_code_is_unique"),
            # Spreadsheets eat leading zeros: 0123 and 123 are one NIT.
            models.UniqueConstraint(
                Func("nit", Value("0"), function="ltrim"),
                condition=~Q(nit=""),
                name="customers_customer_nit_is_unique",
            ),
            models.UniqueConstraint(fields=["name_key"], name="customers_customer_name_is_unique"),
            models.CheckConstraint(
                condition=Q(kind="ISP_WHOLESALE"), name="customers_customer_is_a_wholesale_isp"
            ),
            models.CheckConstraint(
                condition=Q(nit="") | Q(nit__regex=r"^[0-9]{5,15}$"),
                name="customers_customer_nit_is_digits",
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(code="") & ~Q(name_key=""),
                name="customers_customer_has_name_and_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Contact(models.Model):
    """A person (or a guard desk) at one or several ISPs."""

    full_name = models.CharField(max_length=160)
    email = models.CharField(max_length=254, blank=True, default="", db_default="")
    phone_e164 = models.CharField(max_length=20, blank=True, default="", db_default="")
    other_phones = models.CharField(max_length=120, blank=True, default="", db_default="")
    whatsapp_opt_in_at = models.DateTimeField(null=True, blank=True)
    opt_in_how = models.CharField(max_length=200, blank=True, default="", db_default="")
    opt_in_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    active = models.BooleanField(default=True, db_default=True)
    notes = models.TextField(blank=True, default="", db_default="")
    sort_key = models.CharField(max_length=160, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(full_name=""), name="customers_contact_has_a_name"),
            models.CheckConstraint(
                condition=Q(phone_e164="") | Q(phone_e164__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="customers_contact_phone_is_e164",
            ),
            models.CheckConstraint(
                condition=Q(whatsapp_opt_in_at__isnull=True) | ~Q(opt_in_how=""),
                name="customers_contact_opt_in_says_how",
            ),
        ]
        indexes = [
            models.Index(fields=["phone_e164"], name="customers_contact_phone"),
            models.Index(fields=["email"], name="customers_contact_email"),
        ]

    def __str__(self) -> str:
        return self.full_name


class ContactAddress(models.Model):
    """A further mail address from which a contact writes, as a person has said; nothing is sent to it by itself."""

    contact = models.ForeignKey("customers.Contact", on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=254)
    linked_at = models.DateTimeField()
    linked_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address"], name="customers_address_of_one_contact"),
            models.CheckConstraint(condition=~Q(address=""), name="customers_address_is_one"),
        ]

    def __str__(self) -> str:
        return self.address


class ContactRole(models.Model):
    """What a contact answers for at one ISP; lower priority is called first."""

    contact = models.ForeignKey("customers.Contact", on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=ContactPurpose.choices)
    priority = models.PositiveSmallIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "customer", "role"], name="customers_contactrole_once"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["TECHNICAL", "ON_CALL", "MANAGEMENT", "BILLING", "LEGAL"]),
                name="customers_contactrole_role_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.contact_id}@{self.customer_id}"


class WhatsAppIdentity(models.Model):
    """Who writes to us on WhatsApp: a number, a business-scoped id, a user name, or several.

    Since April 2026 a person with a user name may come without number. The link to a contact is
    a person's act.
    """

    business_id = models.CharField(max_length=40)
    wa_id = models.CharField(max_length=20, null=True, blank=True)
    bsuid = models.CharField(max_length=160, null=True, blank=True)
    username = models.CharField(max_length=80, null=True, blank=True)
    display_name = models.CharField(max_length=160, blank=True, default="", db_default="")
    contact = models.ForeignKey(
        "customers.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    (Q(wa_id__isnull=False) & ~Q(wa_id=""))
                    | (Q(bsuid__isnull=False) & ~Q(bsuid=""))
                    | (Q(username__isnull=False) & ~Q(username=""))
                ),
                name="customers_identity_names_someone",
            ),
            models.UniqueConstraint(
                fields=["business_id", "wa_id"], name="customers_identity_wa_id_is_unique"
            ),
            models.UniqueConstraint(
                fields=["business_id", "bsuid"], name="customers_identity_bsuid_is_unique"
            ),
            models.UniqueConstraint(
                fields=["business_id", "username"],
                condition=Q(wa_id__isnull=True, bsuid__isnull=True),
                name="customers_identity_username_is_unique",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.wa_id or self.username or self.bsuid or ""
