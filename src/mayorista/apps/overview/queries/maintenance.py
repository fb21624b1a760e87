"""What a maintenance window can cover, and whom it would touch."""

from __future__ import annotations

from dataclasses import dataclass

from mayorista.apps.contracts.models import Resource, Service


@dataclass(frozen=True, slots=True)
class Targets:
    """Elements and circuits to choose from."""

    resources: tuple[tuple[int, str], ...]
    services: tuple[tuple[int, str], ...]


def targets() -> Targets:
    """Return what can be covered; two reads."""
    return Targets(
        tuple(
            (pk, f"{code} · {name}")
            for pk, code, name in Resource.objects.filter(active=True)
            .order_by("code")
            .values_list("pk", "code", "name")
        ),
        tuple(
            (pk, f"{code} · {name}")
            for pk, code, name in Service.objects.filter(status="ACTIVE")
            .order_by("customer__sort_key", "circuit_code")
            .values_list("pk", "circuit_code", "customer__name")
        ),
    )
