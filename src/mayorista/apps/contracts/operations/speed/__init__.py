"""B.2, a change of speed from request to force: one module per stretch of its way.

requests    asked for through any door, checked against the contract
capacity    the NOC says whether the network carries it
decisions   the Gerente decides, one by one or many at once
orders      the work order to the network; execution with its evidence, or failure
acceptance  accepted by the customer, by 48 hours of silence, or objected to
addenda     the signed addendum, or the Gerente's dispensation with its debt
force       in force: the timeline is written and the customer told
returns     a temporary speed comes back by itself
"""

from mayorista.apps.contracts.operations.speed.acceptance import (
    accept,
    accept_silent,
    object_to,
    withdraw_objection,
)
from mayorista.apps.contracts.operations.speed.addenda import attach_addendum, waive_addendum
from mayorista.apps.contracts.operations.speed.capacity import check_capacity
from mayorista.apps.contracts.operations.speed.decisions import (
    Decided,
    cancel,
    decide,
    decide_many,
    record_told,
)
from mayorista.apps.contracts.operations.speed.history import Step, record_history
from mayorista.apps.contracts.operations.speed.orders import execute, fail, order
from mayorista.apps.contracts.operations.speed.requests import request_change
from mayorista.apps.contracts.operations.speed.returns import order_returns

__all__ = [
    "Decided",
    "Step",
    "accept",
    "accept_silent",
    "attach_addendum",
    "cancel",
    "check_capacity",
    "decide",
    "decide_many",
    "execute",
    "fail",
    "object_to",
    "order",
    "order_returns",
    "record_history",
    "record_told",
    "request_change",
    "waive_addendum",
    "withdraw_objection",
]
