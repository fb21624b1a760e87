"""What changes customers, their contacts and the identities they write from."""

from mayorista.apps.customers.operations.addresses import link_address, unlink_address
from mayorista.apps.customers.operations.contacts import (
    ContactRoleWish,
    record_opt_in,
    save_contact,
    withdraw_opt_in,
)
from mayorista.apps.customers.operations.identities import (
    change_number,
    identify,
    link_identity,
    unlink_identity,
)
from mayorista.apps.customers.operations.profiles import save_customer

__all__ = [
    "ContactRoleWish",
    "change_number",
    "identify",
    "link_address",
    "link_identity",
    "record_opt_in",
    "save_contact",
    "save_customer",
    "unlink_address",
    "unlink_identity",
    "withdraw_opt_in",
]
