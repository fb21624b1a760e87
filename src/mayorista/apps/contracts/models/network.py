"""Rows of the contracts room (the part that stage A needs; billing grows on it)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value


class ResourceKind(models.TextChoices):
    """What a service can ride on."""

    NODE = "NODE", "Nodo"
    LINK = "LINK", "Enlace o tramo"
    DEVICE = "DEVICE", "Equipo"
    UPSTREAM = "UPSTREAM", "Red contratada (upstream)"


class ClockStart(models.TextChoices):
    """From when an outage counts for the SLA."""

    FIRST = "FIRST", "Alarma o reclamo, lo primero"
    ALARM = "ALARM", "Desde la alarma"
    CLAIM = "CLAIM", "Desde el reclamo"
    CASE = "CASE", "Desde la apertura del caso"


class DurationRounding(models.TextChoices):
    """How the duration of an outage is rounded, once, at the end."""

    EXACT = "EXACT", "Exacta, al segundo"
    UP = "UP", "Al minuto, hacia arriba"
    DOWN = "DOWN", "Al minuto, hacia abajo"


class ServiceStatus(models.TextChoices):
    """Whether a circuit is in service by contract."""

    ACTIVE = "ACTIVE", "Activo"
    ENDED = "ENDED", "Terminado"


class AliasKind(models.TextChoices):
    """Whose name for the circuit an alias is."""

    OWN = "OWN", "Propio"
    UPSTREAM = "UPSTREAM", "Del proveedor"
    CUSTOMER = "CUSTOMER", "Del cliente"


class WorkOrderState(models.TextChoices):
    """Life of an internal work order."""

    OPEN = "OPEN", "Emitida"
    ASSIGNED = "ASSIGNED", "Asignada"
    IN_PROGRESS = "IN_PROGRESS", "En curso"
    DONE = "DONE", "Concluida"
    CANCELLED = "CANCELLED", "Anulada"


class Provider(models.Model):
    """A carrier whose network we contract (upstream, fibre, transit)."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=160)
    contact = models.CharField(max_length=160, blank=True, default="", db_default="")
    phone = models.CharField(max_length=20, blank=True, default="", db_default="")
    email = models.CharField(max_length=254, blank=True, default="", db_default="")
    # [{"level": 1, "name": "…", "phone": "…", "email": "…", "after_minutes": 120}, …]
    escalation = models.JSONField(default=list, blank=True)
    active = models.BooleanField(default=True, db_default=True)
    sort_key = models.CharField(max_length=160, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="contracts_provider_code_is_unique"),
            models.CheckConstraint(
                condition=~Q(code="") & ~Q(name=""), name="contracts_provider_has_name_and_code"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Resource(models.Model):
    """An element that services ride on: node, link, device, or a contracted upstream."""

    code = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=ResourceKind.choices)
    name = models.CharField(max_length=160)
    provider = models.ForeignKey(
        "contracts.Provider", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contract_reference = models.CharField(max_length=120, blank=True, default="", db_default="")
    # A line card is part of a router: what rides on the card falls with the router.
    part_of = models.ForeignKey(
        "contracts.Resource", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    active = models.BooleanField(default=True, db_default=True)
    notes = models.TextField(blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="contracts_resource_code_is_unique"),
            models.CheckConstraint(
                condition=Q(kind__in=["NODE", "LINK", "DEVICE", "UPSTREAM"]),
                name="contracts_resource_kind_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(kind="UPSTREAM") | Q(provider__isnull=False),
                name="contracts_resource_upstream_has_a_provider",
            ),
            models.CheckConstraint(
                condition=~Q(code="") & ~Q(name=""), name="contracts_resource_has_name_and_code"
            ),
            models.CheckConstraint(
                condition=Q(part_of__isnull=True) | ~Q(part_of=F("id")),
                name="contracts_resource_is_not_part_of_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class SlaProfile(models.Model):
    """One revision of the SLA terms known by a code (R-10).

    The revisions of a code follow one another by ``valid_from``; services may point to any of
    them: the one in force on the day is found by code (``queries.sla_for``).
    """

    code = models.CharField(max_length=40)
    revision = models.PositiveSmallIntegerField(default=1, db_default=1)
    valid_from = models.DateField(null=True, blank=True)
    name = models.CharField(max_length=120)
    availability = models.DecimalField(max_digits=7, decimal_places=4)
    clock_start = models.CharField(
        max_length=5, choices=ClockStart.choices, default=ClockStart.FIRST, db_default="FIRST"
    )
    ignore_below_seconds = models.PositiveIntegerField(default=0, db_default=0)
    rounding = models.CharField(
        max_length=5,
        choices=DurationRounding.choices,
        default=DurationRounding.EXACT,
        db_default="EXACT",
    )
    maintenance_notice_hours = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Cause codes that the contract leaves out of the SLA, e.g. ["E-DDO"].
    excluded_causes = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    contract_reference = models.CharField(max_length=160, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "revision"], name="contracts_slaprofile_revision_is_unique"
            ),
            models.UniqueConstraint(
                fields=["code", "valid_from"],
                nulls_distinct=False,
                name="contracts_slaprofile_one_per_day",
            ),
            models.CheckConstraint(
                condition=Q(availability__gt=0, availability__lte=100),
                name="contracts_slaprofile_availability_is_percent",
            ),
            models.CheckConstraint(
                condition=~Q(code="") & ~Q(name=""), name="contracts_slaprofile_has_name_and_code"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SlaTarget(models.Model):
    """Response and repair time of a profile for one severity, in minutes."""

    profile = models.ForeignKey("contracts.SlaProfile", on_delete=models.CASCADE, related_name="+")
    severity = models.PositiveSmallIntegerField()
    response_minutes = models.PositiveIntegerField()
    repair_minutes = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "severity"], name="contracts_slatarget_one_per_severity"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=[1, 2, 3]), name="contracts_slatarget_severity_is_known"
            ),
            models.CheckConstraint(
                condition=Q(response_minutes__gt=0, repair_minutes__gt=0)
                & Q(response_minutes__lte=F("repair_minutes")),
                name="contracts_slatarget_responds_before_repair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile_id} sev {self.severity}"


class Contract(models.Model):
    """A signed contract of an ISP."""

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=40)
    sla_profile = models.ForeignKey(
        "contracts.SlaProfile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_date = models.DateField(null=True, blank=True)
    starts_date = models.DateField(null=True, blank=True)
    ends_date = models.DateField(null=True, blank=True)
    # Who signed for the ISP: who may ask for changes of speed.
    signatories = ArrayField(models.CharField(max_length=120), default=list, blank=True, db_default=[])
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="contracts_contract_number_is_unique"),
            models.CheckConstraint(
                condition=Q(ends_date__isnull=True)
                | Q(starts_date__isnull=True)
                | Q(ends_date__gt=F("starts_date")),
                name="contracts_contract_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Service(models.Model):
    """A circuit: what an ISP buys, where it is delivered, and by what terms."""

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(
        "contracts.Contract", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    circuit_code = models.CharField(max_length=40)
    description = models.CharField(max_length=240, blank=True, default="", db_default="")
    capacity_kbps = models.BigIntegerField()
    port = models.CharField(max_length=80, blank=True, default="", db_default="")
    vlan = models.PositiveIntegerField(null=True, blank=True)
    node = models.ForeignKey(
        "contracts.Resource", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asn = models.BigIntegerField(null=True, blank=True)
    prefixes = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    equipment = models.TextField(blank=True, default="", db_default="")
    sla_profile = models.ForeignKey(
        "contracts.SlaProfile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(
        max_length=8,
        choices=ServiceStatus.choices,
        default=ServiceStatus.ACTIVE,
        db_default="ACTIVE",
    )
    started_date = models.DateField(null=True, blank=True)
    ended_date = models.DateField(null=True, blank=True)
    notes = models.TextField(blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["circuit_code"], name="contracts_service_circuit_is_unique"),
            models.CheckConstraint(
                condition=~Q(circuit_code=""), name="contracts_service_has_a_circuit_code"
            ),
            models.CheckConstraint(condition=Q(capacity_kbps__gt=0), name="contracts_service_has_capacity"),
            models.CheckConstraint(
                condition=Q(vlan__isnull=True) | Q(vlan__gte=1, vlan__lte=4094),
                name="contracts_service_vlan_is_valid",
            ),
            models.CheckConstraint(
                condition=Q(asn__isnull=True) | Q(asn__gte=1, asn__lte=4294967295),
                name="contracts_service_asn_is_valid",
            ),
            models.CheckConstraint(
                condition=Q(status="ACTIVE", ended_date__isnull=True)
                | Q(status="ENDED", ended_date__isnull=False),
                name="contracts_service_ended_says_when",
            ),
        ]
        indexes = [GinIndex(fields=["prefixes"], name="contracts_service_prefixes")]

    def __str__(self) -> str:
        return self.circuit_code


class ServiceAlias(models.Model):
    """Another designation of a circuit: ours, the provider's, or the customer's."""

    service = models.ForeignKey("contracts.Service", on_delete=models.CASCADE, related_name="+")
    alias = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=AliasKind.choices, default=AliasKind.OWN)
    # Lower case, without spaces and punctuation at the ends: what is compared.
    alias_key = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "alias_key"], name="contracts_servicealias_once"),
            # Two ISPs may both say "Internet 1"; our own names and a provider's may not collide.
            models.UniqueConstraint(
                fields=["alias_key"],
                condition=~Q(kind="CUSTOMER"),
                name="contracts_servicealias_names_one_service",
            ),
        ]

    def __str__(self) -> str:
        return self.alias


class NmsName(models.Model):
    """The labels by which an alarm names a service or a resource.

    An alarm names it when all of ``labels`` are among the alarm's. ``source_code`` "" holds for
    every alarm source. ``key`` is the first "label=value" and ``signature`` the whole, sorted.
    """

    service = models.ForeignKey(
        "contracts.Service", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    resource = models.ForeignKey(
        "contracts.Resource", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    source_code = models.CharField(max_length=40, blank=True, default="", db_default="")
    labels = models.JSONField()
    key = models.CharField(max_length=400, db_index=True)
    signature = models.CharField(max_length=1200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(service__isnull=False, resource__isnull=True)
                | Q(service__isnull=True, resource__isnull=False),
                name="contracts_nmsname_names_exactly_one",
            ),
            models.UniqueConstraint(
                fields=["source_code", "signature"], name="contracts_nmsname_names_one_thing"
            ),
            models.CheckConstraint(
                condition=~Q(signature="") & ~Q(key=""), name="contracts_nmsname_has_labels"
            ),
        ]

    def __str__(self) -> str:
        return self.signature


class Ride(models.Model):
    """A service rides on a resource; ``primary`` false is a protection path."""

    service = models.ForeignKey("contracts.Service", on_delete=models.CASCADE, related_name="+")
    resource = models.ForeignKey("contracts.Resource", on_delete=models.PROTECT, related_name="+")
    primary = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "resource"], name="contracts_ride_once_per_resource"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} on {self.resource_id}"


class Suspension(models.Model):
    """A half-open interval in which a service is suspended (e.g. for non-payment)."""

    service = models.ForeignKey("contracts.Service", on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=240)
    ordered_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Ordered by collection, which charges the reconnection once a contract: no line of the month does it again.
    fee_apart = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="contracts_suspension_ends_after_start",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="contracts_suspension_has_a_reason"),
            # Ranges of one id instead of the btree_gist extension.
            ExclusionConstraint(
                name="contracts_suspension_no_overlap",
                expressions=[
                    (Func("service_id", "service_id", Value("[]"), function="int8range"), "&&"),
                    (Func("starts_at", "ends_at", Value("[)"), function="tstzrange"), "&&"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} from {self.starts_at:%Y-%m-%d}"


class WorkOrder(models.Model):
    """An internal order to a unit: repair of a fault, or execution of a change."""

    dossier = models.OneToOneField("procedure.Dossier", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    fault_dossier = models.ForeignKey(
        "procedure.Dossier", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    unit = models.ForeignKey("procedure.Unit", on_delete=models.PROTECT, related_name="+")
    description = models.TextField()
    assigned_to = models.CharField(max_length=160, blank=True, default="", db_default="")
    etr_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(
        max_length=12,
        choices=WorkOrderState.choices,
        default=WorkOrderState.OPEN,
        db_default="OPEN",
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    result = models.TextField(blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="contracts_workorder_number_is_unique"),
            models.CheckConstraint(
                condition=Q(state__in=["DONE", "CANCELLED"], closed_at__isnull=False)
                | Q(state__in=["OPEN", "ASSIGNED", "IN_PROGRESS"], closed_at__isnull=True),
                name="contracts_workorder_closed_says_when",
            ),
            models.CheckConstraint(condition=~Q(description=""), name="contracts_workorder_says_what"),
        ]
        indexes = [models.Index(fields=["fault_dossier"], name="contracts_workorder_fault")]

    def __str__(self) -> str:
        return self.number
