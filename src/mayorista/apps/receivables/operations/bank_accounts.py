"""The accounts where customers pay: one person proposes, another approves; a mail alone never changes them.

What is in force is written as the dated parameter `billing.accounts`, which the mail and the paper of an invoice show.
"""

from __future__ import annotations

import datetime as dt
import re

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.constraints import in_words
from mayorista.apps.procedure.operations import dossiers, journal, live, parameters, work
from mayorista.apps.receivables.models import BankAccount
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act, Role

State = BankAccount.State
PARAMETER = "billing.accounts"
CURRENCY_WORDS = {"BOB": "bolivianos", "USD": "dólares"}


@transaction.atomic
def propose(
    *, bank: str, number: str, currency: str, holder: str, reason: str, actor: Actor, at: dt.datetime
) -> BankAccount:
    """Propose an account; it is told to nobody until another person approves. Raises Invalid naming each field."""
    require(actor, Act.PROPOSE_BANK_ACCOUNT)
    key = re.sub(r"[^0-9A-Z]", "", number.upper())
    missing = [
        FieldError(field, _("Falta este dato."))
        for field, text in (("bank", bank), ("holder", holder), ("reason", reason))
        if not text.strip()
    ]
    if not re.search(r"\d{4}", key) or len(number.strip()) > 40:
        missing.append(
            FieldError("number", _("No parece un número de cuenta."), _("Cópielo del documento del banco."))
        )
    if currency not in CURRENCY_WORDS:
        missing.append(FieldError("currency", _("Elija bolivianos o dólares.")))
    if missing:
        raise Invalid.of(missing)
    once = FieldError("number", _("Esa cuenta ya está propuesta o vigente."), _("Revise la lista."))
    with in_words({"bank_account_number_once": once}):
        account = BankAccount.objects.create(
            bank=" ".join(bank.split())[:80],
            number=" ".join(number.split()),
            number_key=key,
            currency=currency,
            holder=" ".join(holder.split())[:120],
            reason=reason.strip()[:300],
            proposed_by_id=actor.person,
            proposed_at=at,
        )
    _record(
        account, _("propone %(a)s. Motivo: %(why)s") % {"a": words(account), "why": account.reason}, actor, at
    )
    _ask(account, _("Aprobar cuenta bancaria %(a)s") % {"a": words(account)}, at)
    return account


def words(account: BankAccount) -> str:
    """Return an account as customers read it."""
    return _("%(bank)s, cuenta en %(c)s %(n)s a nombre de %(h)s") % {
        "bank": account.bank,
        "c": CURRENCY_WORDS[account.currency],
        "n": account.number,
        "h": account.holder,
    }


def _home() -> int:
    return dossiers.standing(kind="BANK_ACCOUNTS").pk


def _record(account: BankAccount, text: str, actor: Actor, at: dt.datetime) -> None:
    journal.record(
        dossier_id=_home(),
        act=Act.PROPOSE_BANK_ACCOUNT,
        text=_("Cuentas bancarias: %(t)s") % {"t": text},
        actor=actor,
        at=at,
        payload={"account": account.pk},
    )
    live.bump("receipts")


def _ask(account: BankAccount, title: str, at: dt.datetime) -> None:
    work.open_item(
        dossier_id=_home(),
        step="",
        role=Role.MANAGER,
        title=title[:200],
        due_at=procedure.calendar(at=at).after(at, 1),
        at=at,
        key=f"cuenta:{account.pk}",
    )


def _decided(account: BankAccount, text: str, actor: Actor, at: dt.datetime) -> None:
    account.save()
    work.complete(dossier_ids=[_home()], keys=[f"cuenta:{account.pk}"], actor=actor, at=at)
    _record(account, text, actor, at)
    _publish(actor, at)


def _publish(actor: Actor, at: dt.datetime) -> None:
    """Write what is in force into the texts of the invoices, where it changed; without any, the texts keep what they say."""
    rows = BankAccount.objects.filter(state__in=[State.IN_FORCE, State.CLOSING]).order_by("bank", "id")
    text = "; ".join(words(row) for row in rows)
    if text and text != procedure.parameter(PARAMETER, at=at):
        parameters.write(
            name=PARAMETER, value=text, valid_from=at, reason=_("Cuentas aprobadas por dos personas"), actor=actor, at=at
        )  # fmt: skip


def _locked(account_id: int) -> BankAccount:
    account = BankAccount.objects.select_for_update(of=("self",)).filter(pk=account_id).first()
    if account is None:
        raise NotFound(_("No existe esa cuenta."))
    return account


def _refuse_same(user_id: int, proposer_id: int | None) -> None:
    if user_id == proposer_id:
        raise Conflict(
            _("Quien propone un cambio de cuentas no lo aprueba."), remedy=_("Lo aprueba otra persona.")
        )


@transaction.atomic
def decide(*, account_id: int, approve: bool, actor: Actor, at: dt.datetime) -> BankAccount:
    """Approve or refuse what another person proposed: a new account, or that one ends.

    Raises Conflict when there is nothing to decide, or the same person proposed it (who may still refuse, that is
    withdraw, the own proposal); NotAllowed.
    """
    require(actor, Act.APPROVE_BANK_ACCOUNT)
    account = _locked(account_id)
    if account.state not in {State.PROPOSED, State.CLOSING}:
        raise Conflict(_("Nada por decidir en esa cuenta."), remedy=_("Actualice la página."))
    closing = account.state == State.CLOSING
    if approve:
        _refuse_same(actor.person, account.closing_by_id if closing else account.proposed_by_id)
    said = _("baja de %(a)s") if closing else _("alta de %(a)s")
    verdict = _("aprobada") if approve else _("rechazada")
    if closing:
        account.state = State.CLOSED if approve else State.IN_FORCE
        account.closed_by_id, account.closed_at = (actor.person, at) if approve else (None, None)
    else:
        account.state = State.IN_FORCE if approve else State.REFUSED
        account.decided_by_id, account.decided_at = actor.person, at
    _decided(account, f"{said % {'a': words(account)}}: {verdict}", actor, at)
    return account


@transaction.atomic
def propose_closing(*, account_id: int, reason: str, actor: Actor, at: dt.datetime) -> BankAccount:
    """Propose that an account is told no more; it stays in force until another person approves."""
    require(actor, Act.PROPOSE_BANK_ACCOUNT)
    account = _locked(account_id)
    if account.state != State.IN_FORCE:
        raise Conflict(_("Esa cuenta no está vigente."), remedy=_("Actualice la página."))
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason")
    account.state, account.closing_by_id, account.closing_reason = (
        State.CLOSING,
        actor.person,
        reason.strip()[:300],
    )
    account.save()
    text = _("propone la baja de %(a)s. Motivo: %(why)s") % {
        "a": words(account),
        "why": account.closing_reason,
    }
    _record(account, text, actor, at)
    _ask(account, _("Aprobar baja de cuenta %(a)s") % {"a": words(account)}, at)
    return account
