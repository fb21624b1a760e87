"""Where the next act of a step is done: the way from a work item to its form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from mayorista.rules.procedure import ROLE_SHORT, Act, Role

if TYPE_CHECKING:
    from mayorista.apps.overview.queries.case import CasePage, ItemView
    from mayorista.apps.overview.queries.tray import Row
    from mayorista.apps.procedure.actors import Actor

# (step, key of the work item) → name of the address; the key "" stands for any other key of the step.
ACTS: dict[tuple[str, str], str] = {
    ("A.1", ""): "desk:case",
    ("A.2", ""): "desk:act-protocolos",
    ("A.3", ""): "desk:act-diagnosticar",
    ("A.3", "second-opinion"): "desk:act-segunda-opinion",
    ("A.3", "decide-dispute"): "desk:act-decidir",
    ("A.3", "correction"): "desk:act-confirmar-atribucion",
    ("A.5", "hand-over"): "desk:act-entregar",
    ("A.5", "accept"): "desk:act-aceptar",
    ("A.6", "verify"): "desk:act-verificar",
    ("A.6", "rfo"): "desk:act-corregir-dac",
    ("A.6", "attribution"): "desk:act-corregir-dac",
    ("A.4", "confirm"): "desk:act-conformidad",
    ("A.4", ""): "desk:case",
    ("A.5", ""): "desk:case",
    ("A.6", ""): "desk:act-dac",
    ("A.7", ""): "desk:tell",
}

SPEED = {
    "capacity": "desk:speed-capacidad",
    "order": "desk:speed-orden",
    "execution": "desk:speed-ejecutar",
    "acceptance": "desk:speed-conformidad",
    "addendum": "desk:speed-adenda",
    "addendum-debt": "desk:speed-adenda",
    "confirm": "desk:speed-comunicado",
    "refusal": "desk:speed-comunicado",
}

# Things whose page is where they are attended to.
PAGES = {
    "DAC": "desk:dac",
    "MAINTENANCE": "desk:maintenance-window",
    "BILLING_MONTH": "desk:billing-month",
    "AMOUNT": "desk:billing-sheet",
    "PACKET": "desk:billing-packet",
    "RECEIPT": "desk:receipt",
    "INVOICE": "desk:invoice-by-number",
    "RFO": "desk:paper",
    "PROVIDER_CLAIM": "desk:paper",
    "SLA_REPORT": "desk:paper",
}

STANDING = {
    "FIJO-ALARMS": "desk:alarms",
    "FIJO-UNKNOWN_WRITERS": "desk:messages",
    "FIJO-CHANNELS": "desk:channels",
    "FIJO-TEXTS": "desk:channels",
    "FIJO-BANK_ACCOUNTS": "desk:bank-accounts",
    "FIJO-SHIFTS": "desk:shift",
    "FIJO-RECORDS": "desk:disposals",
}


LETTER = re.compile(r"(?:comprobante:|clasificar:m|responder:m)(\d{1,18})")
"""Keys of what is to be done about one message: on the message's own page."""


def _collection(row: Row) -> str:
    if row.kind == "CUSTOMER":
        return reverse("desk:collection-customer", args=[row.number])
    if row.kind == "SUSPENSION":
        return reverse("desk:suspension", args=[row.number])
    if row.kind == "STANDING":
        return reverse("desk:reminders")
    return reverse("desk:collection-objections") + (
        "?ver=WON" if row.key.startswith("objection-note") else ""
    )


def _control(row: Row) -> str:
    """A task of a month's controls leads to what waits, that of the NOC to the speeds."""
    month = row.number.removeprefix("CONTROL-")
    if row.key == "control-NETWORK_SPEED":
        return reverse("desk:control-network", args=[month])
    return reverse("desk:controls", args=[month]) + f"?punto={row.key.removeprefix('control-')}"


def _standing(row: Row) -> str:
    """What hangs on no number: its own page, or that of the thing that the key names."""
    if row.key.startswith("disposicion:"):
        return reverse("desk:disposal", args=[row.key.removeprefix("disposicion:")])
    if row.key.startswith("roster-"):
        return reverse("desk:roster")
    return reverse(STANDING[row.number]) + ("?ver=sin-servicio" if row.key == "unknown-alarms" else "")


def target(row: Row) -> str:  # noqa: PLR0911 -- one return for each kind of thing due
    """Return the address where a work item is attended to."""
    if letter := LETTER.fullmatch(row.key):
        return reverse("desk:message", args=[int(letter[1])])
    if row.kind in {"FAULT", "CASE"}:
        return _fault(row)
    if row.kind in OWN:
        return OWN[row.kind](row)
    if row.kind == "CONTRACT":
        name = "desk:contract-hand-over-again" if row.key == "complete" else "desk:contract"
        return reverse(name, args=[row.number])
    if row.step == "B.6":
        return _collection(row)
    if row.kind in PAGES:
        return reverse(PAGES[row.kind], args=[row.number.removeprefix("FACTURACION-")])
    if row.kind == "CREDIT":
        return reverse("desk:billing-credits")
    if row.number in STANDING:
        return _standing(row)
    return reverse("desk:search") + f"?q={row.number}"


def _fault(row: Row) -> str:
    if row.key in {"opening-notice", "progress-notice"}:
        kind = "apertura" if row.key == "opening-notice" else "avance"
        return reverse("desk:inform", args=[row.shown_number, kind])
    if row.step == "A.6" and row.key.startswith("ack-"):
        return reverse("desk:case", args=[row.shown_number])
    if row.key.startswith("att-"):
        return reverse("desk:regulator-answer", args=[row.number])
    name = ACTS.get((row.step, row.key)) or ACTS.get((row.step, ""), "desk:case")
    return reverse(name, args=[row.shown_number])


def _speed(row: Row) -> str:
    if row.key == "decision":
        return reverse("desk:speed-decide-many") + f"#{row.number}"
    return reverse(SPEED.get(row.key, "desk:speed-change"), args=[row.number])


OWN = {"SPEED_CHANGE": _speed, "CONTROL_MONTH": _control}
"""Kinds whose tasks lead to more than one page."""


PAGE_OF = {
    "FAULT": "desk:case",
    "CASE": "desk:case",
    "SPEED_CHANGE": "desk:speed-change",
    "CONTRACT": "desk:contract",
    "DAC": "desk:dac",
    "MAINTENANCE": "desk:maintenance-window",
}


def page(row: Row) -> str:
    """Return the page of what a work item of somebody else is about: where it is read, not where it is done."""
    if row.kind in PAGE_OF:
        return reverse(PAGE_OF[row.kind], args=[row.shown_number])
    return reverse("desk:search") + f"?q={row.shown_number}"


@dataclass(frozen=True, slots=True)
class NextAct:
    """The one button of a case: what comes next and where it is done; without address it waits for another."""

    step: str
    title: str
    url: str
    post: bool
    waits_for: str


KEYED = {
    ("A.3", ""): "diagnosticar",
    ("A.3", "second-opinion"): "segunda-opinion",
    ("A.3", "decide-dispute"): "decidir",
    ("A.3", "correction"): "confirmar-atribucion",
    ("A.2", ""): "protocolos",
    ("A.5", "hand-over"): "entregar",
    ("A.5", "accept"): "aceptar",
    ("A.5", "relapse"): "restablecer",
    ("A.6", "verify"): "verificar",
    ("A.6", "opening"): "dac",
    ("A.6", "progress"): "dac",
    ("A.6", "closing"): "dac",
    ("A.6", "rfo"): "corregir-dac",
    ("A.6", "attribution"): "corregir-dac",
    ("A.4", "confirm"): "conformidad",
}
# What is due does not block what is more urgent: the order in which open items make the one button.
ORDER = ("A.1", "A.3", "A.5", "A.6", "A.7", "A.4", "A.2", "")


def _of_message(key: str, number: str) -> str:
    """Where what somebody wrote in a case is attended to, "" for what is about no message."""
    if letter := LETTER.fullmatch(key):
        return reverse("desk:message", args=[int(letter[1])])
    return reverse("desk:case", args=[number]) + "#composer" if key.startswith("responder:") else ""


def _of_item(page: CasePage, item: ItemView) -> NextAct | None:  # noqa: PLR0911 - one per kind of item
    number = page.head.number
    if item.key in {"opening-notice", "progress-notice"}:
        kind = "apertura" if item.key == "opening-notice" else "avance"
        return NextAct(
            item.step, item.title, reverse("desk:inform", args=[number, kind]), post=False, waits_for=""
        )
    if item.step == "A.1" and not item.key:
        return NextAct(
            "A.1", item.title, reverse("desk:act-reconocer", args=[number]), post=True, waits_for=""
        )
    if item.step == "A.5" and item.key == "repair":
        slug = "ticket" if page.head.attribution == "EXTERNAL" else "orden"
        if page.tickets or page.orders:
            slug = "restablecer"
        return NextAct(
            "A.5", item.title, reverse(f"desk:act-{slug}", args=[number]), post=False, waits_for=""
        )
    if item.step == "A.7":
        return NextAct("A.7", item.title, reverse("desk:tell", args=[number]), post=False, waits_for="")
    if item.step == "A.6" and item.key.startswith("ack-") and page.dac:
        return NextAct(
            "A.6", item.title, reverse("desk:dac", args=[page.dac.number]), post=False, waits_for=""
        )
    if url := _of_message(item.key, number):
        return NextAct(item.step, item.title, url, post=False, waits_for="")
    if item.step == "A.4" and not item.key:
        return NextAct(
            "A.4",
            _("Registrar la solución"),
            reverse("desk:act-solucion", args=[number]),
            post=False,
            waits_for="",
        )
    keyed = KEYED.get((item.step, item.key))
    if keyed:
        return NextAct(
            item.step, item.title, reverse(f"desk:act-{keyed}", args=[number]), post=False, waits_for=""
        )
    return None


def first_analyst(page: CasePage, actor: Actor) -> bool:
    """Whether an open objection waits for a second analysis that this person, as author of the first, can not make."""
    head = page.head
    return head.disputed and not head.dispute_has_second and head.first_analyst_id == actor.user_id


def proposer(page: CasePage, actor: Actor) -> bool:
    """Whether a correction waits that this person proposed and so can not confirm."""
    waiting = page.head.correction
    return waiting is not None and waiting.proposed_by_id == actor.user_id


def next_act(page: CasePage, actor: Actor) -> NextAct | None:
    """Return the next step of this person in this case, else whom the case waits for."""
    if page.head.closed:
        return None
    ranked = sorted(
        page.items,
        key=lambda item: (
            item.key.startswith(("ack-", "claim-number")),
            item.key.endswith("-notice"),
            ORDER.index(item.step) if item.step in ORDER else len(ORDER),
            item.due_at,
        ),
    )
    for item in ranked:
        if Role(item.role) in actor.roles and not (
            item.key == "second-opinion" and first_analyst(page, actor)
        ):
            found = _of_item(page, item)
            if found:
                return found
    if (
        page.down
        and actor.may(Act.RESTORE)
        and page.head.attribution in {"EXTERNAL", "INTERNAL"}
        and page.head.accepted
    ):
        title = _("Registrar restablecimiento")
        return NextAct(
            "A.5", title, reverse("desk:act-restablecer", args=[page.head.number]), post=False, waits_for=""
        )
    if ranked:
        item = ranked[0]
        if item.key == "second-opinion" and first_analyst(page, actor):
            return NextAct(item.step, item.title, "", post=False, waits_for=_("otra persona de Soporte"))
        return NextAct(item.step, item.title, "", post=False, waits_for=ROLE_SHORT[Role(item.role)])
    return None
