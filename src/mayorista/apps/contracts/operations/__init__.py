"""What changes services, what they ride on, SLA profiles, contracts and their clauses, suspensions and work orders.

Changes of speed are in `operations.speed`.
"""

from mayorista.apps.contracts.operations.agreements import save_contract
from mayorista.apps.contracts.operations.alerts import announce
from mayorista.apps.contracts.operations.custody import move as move_custody
from mayorista.apps.contracts.operations.documents import ItemWish, Upload, add_document, check_items
from mayorista.apps.contracts.operations.guarantees import record_guarantee, return_guarantee
from mayorista.apps.contracts.operations.holdings import end_holding, hold_service, settle_holders, take_over
from mayorista.apps.contracts.operations.naming import add_nms_name, remove_nms_name
from mayorista.apps.contracts.operations.network import save_provider, save_resource
from mayorista.apps.contracts.operations.orders import (
    advance_work_order,
    cancel_work_order,
    finish_work_order,
    open_work_order,
)
from mayorista.apps.contracts.operations.prices import agree_price
from mayorista.apps.contracts.operations.reception import (
    complete,
    hand_over,
    observe,
    receive,
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
from mayorista.apps.contracts.operations.terms import agree_terms

__all__ = [
    "AliasWish",
    "ItemWish",
    "NameWish",
    "RideWish",
    "TargetWish",
    "Upload",
    "add_document",
    "add_nms_name",
    "advance_work_order",
    "agree_price",
    "agree_terms",
    "announce",
    "cancel_work_order",
    "check_items",
    "complete",
    "end_holding",
    "end_service",
    "end_suspension",
    "finish_work_order",
    "hand_over",
    "hold_service",
    "move_custody",
    "observe",
    "open_work_order",
    "receive",
    "record_guarantee",
    "remove_nms_name",
    "return_guarantee",
    "save_contract",
    "save_provider",
    "save_resource",
    "save_service",
    "save_sla_profile",
    "settle_holders",
    "suspend_service",
    "take_over",
]
