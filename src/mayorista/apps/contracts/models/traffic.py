"""Rows of traffic samples: where they come from, each upload with what was odd, the packed days, the last counters."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class TrafficSource(models.Model):
    """A system that posts samples: its token's hash, the zone of hours without offset, the width of its counters."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    token_hash = models.CharField(max_length=64)
    token_rotated_at = models.DateTimeField()
    zone = models.CharField(max_length=40, default="America/La_Paz")
    counter_bits = models.PositiveSmallIntegerField(default=64)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code"], name="traffic_source_code_unique"),
            models.CheckConstraint(condition=Q(counter_bits__in=[32, 64]), name="traffic_source_bits_known"),
        ]

    def __str__(self) -> str:
        return self.code


class TrafficUpload(models.Model):
    """One intake of samples, by a person (file) or a source, with what it brought and what was odd about it."""

    source = models.ForeignKey(
        "contracts.TrafficSource", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    author = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    new = models.PositiveIntegerField()
    same = models.PositiveIntegerField()
    replaced = models.PositiveIntegerField()
    # [{"kind", "circuit", "port", "times", "first"}], the words are in rules.traffic.placing
    findings = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(source__isnull=False) | Q(author__isnull=False),
                name="traffic_upload_is_somebodys",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["-at"], name="traffic_upload_newest")]

    def __str__(self) -> str:
        return f"{self.name or self.source_id} {self.at:%Y-%m-%d %H:%M}"


class TrafficDay(models.Model):
    """A day of La Paz of 5-minute samples of a port, packed as `rules.percentile.pack` writes it.

    288 values inward, then 288 outward: 64-bit little-endian unsigned, bit/s. All ones is a missing sample, in both
    directions. A LAG is its bundle; members are kept under their own port names.
    """

    service = models.ForeignKey("contracts.Service", on_delete=models.PROTECT, related_name="+")
    port = models.CharField(max_length=80)
    on = models.DateField()
    samples = models.BinaryField()
    present = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=40)
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service", "port", "on"], name="traffic_day_once"),
            models.CheckConstraint(condition=Q(present__gte=0, present__lte=288), name="traffic_day_of_288"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.on}"


class TrafficCounter(models.Model):
    """The last counters of a port (octets in and out), from which the next upload goes on."""

    service = models.ForeignKey("contracts.Service", on_delete=models.PROTECT, related_name="+")
    port = models.CharField(max_length=80)
    at = models.DateTimeField()
    inward = models.DecimalField(max_digits=20, decimal_places=0)
    outward = models.DecimalField(max_digits=20, decimal_places=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service", "port"], name="traffic_counter_once_per_port")
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.port}"
