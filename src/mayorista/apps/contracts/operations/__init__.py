"""What changes services, what they ride on, SLA profiles, contracts, suspensions and work orders."""

from mayorista.apps.contracts.operations.agreements import save_contract
from mayorista.apps.contracts.operations.naming import add_nms_name, remove_nms_name
from mayorista.apps.contracts.operations.network import save_provider, save_resource
from mayorista.apps.contracts.operations.orders import (
    advance_work_order,
    cancel_work_order,
    finish_work_order,
    open_work_order,
)
from mayorista.apps.contracts.operations.services import (
    AliasWish,
    NameWish,
    RideWish,
    end_service,
    save_service,
)
from mayorista.apps.contracts.operations.sla import TargetWish, save_sla_profile
from mayorista.apps.contracts.operations.suspensions import end_suspension, suspend_service

__all__ = [
    "AliasWish",
    "NameWish",
    "RideWish",
    "TargetWish",
    "add_nms_name",
    "advance_work_order",
    "cancel_work_order",
    "end_service",
    "end_suspension",
    "finish_work_order",
    "open_work_order",
    "remove_nms_name",
    "save_contract",
    "save_provider",
    "save_resource",
    "save_service",
    "save_sla_profile",
    "suspend_service",
]
