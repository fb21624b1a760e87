"""Rating: from a contract's terms and what was approved to the lines of a month (R1-R22, exact to the cent).

contract   the contract's side: Terms, SpeedChange, Suspension, Service
case       what hangs on the month: Billing, Prior, Sla, Case
timeline   which speed at which price on which day (R1-R3, R6, R8, R9, R18, R20, R22)
lines      recurring lines, rounded once (R4, R5)
burst      95th percentile above the commit (R12)
sla        credits (R11, R17)
adjustments  issued months computed again (R7), complement to a minimum (R21)
invoice    one service's amount: conversion, credit, tax (R10, R13-R15)
groups     the amount of an invoicing group (G-45)
reading, writing  the JSON form of a case and its answer
explain    each line as a sentence that a person can redo by hand
"""

from mayorista.rules.rating.case import ApprovedCredit, Billing, Case, OneOff, Prior, Sla
from mayorista.rules.rating.contract import (
    ChangePolicy,
    MinimumPolicy,
    Service,
    SpeedChange,
    Suspension,
    SuspensionPolicy,
    Terms,
)
from mayorista.rules.rating.invoice import Answer, rate, rate_priors
from mayorista.rules.rating.lines import Kind, Line

__all__ = [
    "Answer",
    "ApprovedCredit",
    "Billing",
    "Case",
    "ChangePolicy",
    "Kind",
    "Line",
    "MinimumPolicy",
    "OneOff",
    "Prior",
    "Service",
    "Sla",
    "SpeedChange",
    "Suspension",
    "SuspensionPolicy",
    "Terms",
    "rate",
    "rate_priors",
]
