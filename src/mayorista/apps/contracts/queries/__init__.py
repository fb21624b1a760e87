"""What other rooms ask of contracts: who is hit, what rides on what, which SLA holds, what a month is rated from."""

from mayorista.apps.contracts.queries.billable import Billable, billable_contracts
from mayorista.apps.contracts.queries.changes import (
    MonthChange,
    changes_of_month,
    undecided_changes,
)
from mayorista.apps.contracts.queries.collection import CollectionClauses, collection_clauses
from mayorista.apps.contracts.queries.holdings import Held, held_in
from mayorista.apps.contracts.queries.network import (
    RESOURCE_LABELS,
    SERVICE_LABELS,
    Riding,
    ServiceBrief,
    SlaTerm,
    alias_key,
    contract_numbers,
    label_index,
    resource_names,
    resources_of,
    service_brief,
    service_briefs,
    service_choices,
    services_for_labels,
    services_of,
    services_riding,
    sla_for,
    sla_terms_for,
    suspended_service_ids,
    suspensions_of,
)
from mayorista.apps.contracts.queries.rating import Clauses, ContractInput, RatedService, rating_services

__all__ = [
    "RESOURCE_LABELS",
    "SERVICE_LABELS",
    "Billable",
    "Clauses",
    "CollectionClauses",
    "ContractInput",
    "Held",
    "MonthChange",
    "RatedService",
    "Riding",
    "ServiceBrief",
    "SlaTerm",
    "alias_key",
    "billable_contracts",
    "changes_of_month",
    "collection_clauses",
    "contract_numbers",
    "held_in",
    "label_index",
    "rating_services",
    "resource_names",
    "resources_of",
    "service_brief",
    "service_briefs",
    "service_choices",
    "services_for_labels",
    "services_of",
    "services_riding",
    "sla_for",
    "sla_terms_for",
    "suspended_service_ids",
    "suspensions_of",
    "undecided_changes",
]
