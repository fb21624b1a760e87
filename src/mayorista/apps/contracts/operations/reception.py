"""B.1: Ventas hands a contract over, Interconexión acknowledges it, observes it or finds it complete (R-B1, G-33)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import CompletenessItem, Contract, Reception
from mayorista.apps.contracts.operations import agreements, documents
from mayorista.apps.contracts.operations.documents import ItemWish, Upload
from mayorista.apps.customers.saved import Saved
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.procedure import editing
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.rules import agreements as rules
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act, Role

STEP = "B.1"
RECEIVE, REVIEW, COMPLETE = "receive", "review", "complete"
State = Reception.State


@transaction.atomic
def hand_over(
    *,
    actor: Actor,
    at: dt.datetime,
    contract_id: int | None = None,
    customer_id: int | None = None,
    items: Sequence[ItemWish] = (),
    papers: Sequence[tuple[str, str, Upload]] = (),
    **fields: object,
) -> Saved:
    """Hand a contract over to Interconexión: a new one, or again one that was observed. Its date is Ventas' acknowledgement.

    `fields` are those of a contract (number, signed_date, starts_date, ends_date, signatories); `papers` are
    (kind, number, file). Raises Invalid, Conflict (it was handed over already), NotFound, NotAllowed.
    """
    require(actor, Act.HAND_OVER_CONTRACT)
    saved = agreements.write_contract(
        act=Act.HAND_OVER_CONTRACT,
        actor=actor,
        at=at,
        contract_id=contract_id,
        customer_id=customer_id,
        version=None,
        **fields,
    )
    contract = editing.locked(Contract.objects.all(), row_id=saved.id, missing=_("No existe ese contrato."))
    reception = Reception.objects.select_for_update().filter(contract=contract).first()
    if reception is not None and reception.state != State.OBSERVED:
        raise Conflict(
            _("El contrato %(number)s ya fue entregado (%(state)s).")
            % {"number": contract.number, "state": reception.get_state_display()},
            remedy=_("Agregue lo que falte en la página del contrato."),
        )
    for kind, number, upload in papers:
        documents.add_document(
            contract_id=contract.pk,
            kind=kind,
            number=number,
            upload=upload,
            actor=actor,
            at=at,
            act=Act.HAND_OVER_CONTRACT,
        )
    documents.write_items(contract, items, actor=actor, at=at)
    again = reception is not None
    if reception is None:
        reception = Reception(contract=contract, handed_at=at)
    reception.state, reception.handed_by_id, reception.handed_at = State.HANDED, actor.user_id, at
    reception.received_by_id = reception.received_at = None
    _store(reception, contract)
    work.complete(dossier_ids=[contract.dossier_id], steps=[STEP], actor=actor, at=at)
    _open(
        contract,
        RECEIVE,
        Role.INTERCONNECTION,
        _("Recibir contrato %(n)s") % {"n": contract.number},
        "receive",
        at,
    )
    text = (
        _("Ventas entrega el contrato de nuevo.")
        if again
        else _("Ventas entrega el contrato a Interconexión.")
    )
    _tell(contract, Act.HAND_OVER_CONTRACT, text, actor, at)
    return saved


@transaction.atomic
def receive(*, contract_id: int, actor: Actor, at: dt.datetime) -> None:
    """Acknowledge a contract that was handed over; then it is reviewed. Raises Conflict when it is not waiting for that."""
    require(actor, Act.RECEIVE_CONTRACT)
    contract, reception = _locked(contract_id, State.HANDED)
    reception.state, reception.received_by_id, reception.received_at = State.RECEIVED, actor.user_id, at
    _store(reception, contract)
    work.complete(dossier_ids=[contract.dossier_id], steps=[STEP], keys=[RECEIVE], actor=actor, at=at)
    title = _("Revisar contrato completo %(n)s") % {"n": contract.number}
    _open(contract, REVIEW, Role.INTERCONNECTION, title, "review", at)
    _tell(contract, Act.RECEIVE_CONTRACT, _("Interconexión acusa recibo del contrato."), actor, at)


@transaction.atomic
def observe(*, contract_id: int, actor: Actor, at: dt.datetime, observation: str = "") -> None:
    """Send a contract back to Ventas with the list of what is missing, by e-mail and as a task.

    Raises Invalid when nothing is missing and nothing was written, Conflict, NotAllowed.
    """
    require(actor, Act.RECEIVE_CONTRACT)
    contract, reception = _locked(contract_id, State.RECEIVED, State.HANDED, State.COMPLETE)
    lacking = missing_items(contract.pk, at=at)
    if not lacking and not observation.strip():
        raise Invalid(
            _("No falta nada obligatorio."), field="observation", remedy=_("Escriba qué se observa.")
        )
    reception.state, reception.observed_at, reception.observation = State.OBSERVED, at, observation.strip()
    _store(reception, contract)
    work.complete(dossier_ids=[contract.dossier_id], steps=[STEP], actor=actor, at=at)
    title = _("Completar contrato %(n)s") % {"n": contract.number}
    _open(contract, COMPLETE, Role.SALES, title, "complete", at)
    said = [f"{item}. {rules.ITEMS[item]}" for item in lacking]
    text = _("Observado. Falta: %(what)s. %(note)s") % {
        "what": "; ".join(said) or _("nada de la lista"),
        "note": observation.strip(),
    }
    _tell(contract, Act.RECEIVE_CONTRACT, text.strip(), actor, at)
    _write_to_sales(contract, reception, said, actor, at)


@transaction.atomic
def complete(*, contract_id: int, actor: Actor, at: dt.datetime) -> None:
    """Find a contract complete. Raises Conflict naming the mandatory items that are missing, or for another state."""
    require(actor, Act.RECEIVE_CONTRACT)
    contract, reception = _locked(contract_id, State.RECEIVED, State.OBSERVED)
    lacking = missing_items(contract.pk, at=at)
    if lacking:
        said = "; ".join(f"{item}. {rules.ITEMS[item]}" for item in lacking)
        raise Conflict(
            _("Falta: %(what)s.") % {"what": said},
            field="items",
            remedy=_("Márquelo con su documento, u observe el contrato."),
        )
    reception.state, reception.completed_at = State.COMPLETE, at
    _store(reception, contract)
    work.complete(
        dossier_ids=[contract.dossier_id], steps=[STEP], keys=[RECEIVE, REVIEW, COMPLETE], actor=actor, at=at
    )
    _tell(contract, Act.RECEIVE_CONTRACT, _("Copia de contrato completo."), actor, at)


def missing_items(contract_id: int, *, at: dt.datetime) -> list[int]:
    """Return the mandatory items that are not there."""
    states = dict(CompletenessItem.objects.filter(contract_id=contract_id).values_list("item", "state"))
    mandatory = frozenset(procedure.parameter("contract.mandatory_items", at=at))
    return rules.missing(states, mandatory=mandatory)


def _locked(contract_id: int, *states: Reception.State) -> tuple[Contract, Reception]:
    contract = editing.locked(
        Contract.objects.all(), row_id=contract_id, missing=_("No existe ese contrato.")
    )
    reception = Reception.objects.select_for_update().filter(contract=contract).first()
    if reception is None:
        raise NotFound(_("Ventas no entregó el contrato %(n)s.") % {"n": contract.number})
    if reception.state not in states:
        raise Conflict(
            _("El contrato %(n)s está %(state)s.")
            % {"n": contract.number, "state": reception.get_state_display()},
            remedy=_("Actualice la página: quizá otra persona ya lo hizo."),
        )
    return contract, reception


def _store(reception: Reception, contract: Contract) -> None:
    reception.version += 1
    reception.save()
    dossiers.change(dossier_id=contract.dossier_id, state=str(State(reception.state).label))
    live.bump("contracts")


def _open(contract: Contract, key: str, role: Role, title: str, limit: str, at: dt.datetime) -> None:
    days = procedure.parameter("contract.business_days", at=at)[limit]
    work.open_item(
        dossier_id=contract.dossier_id,
        step=STEP,
        key=key,
        role=role,
        title=title,
        due_at=procedure.calendar(at=at).after(at, days),
        at=at,
    )


def _tell(contract: Contract, act: Act, text: str, actor: Actor, at: dt.datetime) -> None:
    journal.record(dossier_id=contract.dossier_id, act=act, text=text, actor=actor, at=at, step=STEP)


def _write_to_sales(
    contract: Contract, reception: Reception, said: Sequence[str], actor: Actor, at: dt.datetime
) -> None:
    """Tell who handed it over (else all of Ventas) what is missing; nobody with an address leaves the task alone."""
    sender = procedure.user_by_id(reception.handed_by_id) if reception.handed_by_id else None
    people = (
        [sender] if sender and sender.email and sender.is_active else procedure.holders_of(Role.SALES, at=at)
    )
    to = [person.email for person in people if person.email]
    if not to:
        return
    filled = message_queries.fill(
        "contrato_observado",
        {
            "contrato": contract.number,
            "cliente": contract.customer.name,
            "faltantes": "\n".join(f"- {line}" for line in said) or _("- ningún ítem obligatorio"),
            "observacion": reception.observation or _("sin más observaciones"),
        },
    )
    messaging.queue_email(
        dossier_id=contract.dossier_id,
        to=to,
        subject=filled.subject,
        body=filled.body,
        cause=STEP,
        actor=actor,
        at=at,
    )
