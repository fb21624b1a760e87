"""One ISP with one contact on WhatsApp, channels that can be told to refuse, and the samples of the provider."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path

from mayorista.apps.customers import operations as customers
from mayorista.apps.messaging import operations
from mayorista.apps.messaging.models import Message
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.operations import dossiers, people
from mayorista.rules.ports import messages as port
from mayorista.rules.procedure import Role
from tests import fakes

SAMPLES = Path(__file__).parents[2] / "fixtures" / "whatsapp"
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text())
SECRET = MANIFEST["app_secret_de_prueba"]
BUSINESS = "200000000000001"
WRITER = "59170000001"
NOW = dt.datetime.fromtimestamp(1795485600, tz=dt.UTC)
"""When the samples' writer wrote."""


@dataclass
class MoodyMail(fakes.RememberingMail):
    """A mail server that may refuse: one problem is raised per call until none is left."""

    problems: list[port.DeliveryProblem | port.MailReceipt] = field(default_factory=list)

    def send(self, mail):
        if self.problems:
            problem = self.problems.pop(0)
            if isinstance(problem, port.MailReceipt):
                self.sent.append(mail)
                return problem
            raise problem
        return super().send(mail)


@dataclass
class MoodyWhatsApp(fakes.RememberingWhatsApp):
    """A Cloud API that may refuse: one problem is raised per call until none is left."""

    problems: list[port.DeliveryProblem] = field(default_factory=list)
    files: dict[str, port.Media] = field(default_factory=dict)
    checks: list[port.DeliveryProblem] = field(default_factory=list)
    approvals: list[port.TemplateApproval] = field(default_factory=list)
    read: list[str] = field(default_factory=list)

    def mark_read(self, provider_id):
        self.read.append(provider_id)

    def send(self, message):
        if self.problems:
            raise self.problems.pop(0)
        return super().send(message)

    def download(self, media_id, *, sha256=""):
        if self.problems:
            raise self.problems.pop(0)
        return self.files[media_id]

    def check(self):
        if self.checks:
            raise self.checks.pop(0)

    def templates(self):
        return self.approvals


@dataclass
class Channels:
    mail: MoodyMail
    whatsapp: MoodyWhatsApp


@dataclass
class House:
    """What the tests talk about."""

    customer_dossier_id: int
    case_id: int
    contact_id: int
    actor: Actor
    auditor: Actor
    at: dt.datetime


def build_house() -> House:
    support = people.write_user(username="soporte", full_name="Ana Soporte", roles=["SUPPORT"], at=NOW)
    sales = Actor(user_id=support.pk, roles=frozenset(Role), name="todos")
    customer = customers.save_customer(
        name="VALLE FIBRA S.R.L.", code="ISP-014", nit="1028627025", actor=sales, at=NOW
    )
    from mayorista.apps.customers import queries

    card = queries.customer_by_code(code="ISP-014")
    contact = customers.save_contact(
        full_name="Guardia Valle",
        email="noc@vallefibra.example",
        phone="+59170000001",
        roles=[customers.ContactRoleWish(customer_id=card.id, role="TECHNICAL")],
        actor=sales,
        at=NOW,
    )
    contact_id = queries.contacts_for(card.id)[0].id
    customers.record_opt_in(contact_id=contact_id, how="Formulario firmado", actor=sales, at=NOW)
    case = dossiers.open_dossier(
        kind="CASE",
        number="DANO-2026-000148",
        headline="TIP-0141 caída",
        state="en análisis",
        at=NOW,
        customer_id=card.dossier_id,
    )
    assert customer is not None
    assert contact is not None
    return House(
        customer_dossier_id=card.dossier_id,
        case_id=case.pk,
        contact_id=contact_id,
        actor=Actor(user_id=support.pk, roles=frozenset({Role.SUPPORT}), name="Ana Soporte"),
        auditor=Actor(user_id=support.pk, roles=frozenset({Role.AUDITOR}), name="Auditor"),
        at=NOW,
    )


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def take_in(body: bytes | str, at: dt.datetime = NOW):
    """Receive and read one webhook, as hook and job do."""
    if isinstance(body, str):
        body = sample(body)
    event_id = operations.receive_webhook(body=body, signature="", at=at)
    return operations.process_webhook_event(event_id=event_id, at=at)


def text_from(
    wa_id: str, text: str, *, wamid: str, at: dt.datetime = NOW, reply_to: str = "", **extra
) -> bytes:
    """A webhook with one text message."""
    message = {
        "from": wa_id,
        "id": wamid,
        "timestamp": str(int(at.timestamp())),
        "type": "text",
        "text": {"body": text},
        **extra,
    }
    if reply_to:
        message["context"] = {"from": "59144200000", "id": reply_to}
    return envelope({"messages": [message], "contacts": [{"wa_id": wa_id, "profile": {"name": "X"}}]})


def status(wamid: str, word: str, *, at: dt.datetime = NOW, reference: str = "", code: int = 0) -> bytes:
    """A webhook with one status."""
    each = {"id": wamid, "status": word, "timestamp": str(int(at.timestamp())), "recipient_id": WRITER}
    if reference:
        each["biz_opaque_callback_data"] = reference
    if code:
        each["errors"] = [{"code": code, "title": "x", "error_data": {"details": "details"}}]
    return envelope({"statuses": [each]})


def envelope(value: dict) -> bytes:
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": BUSINESS}, **value}
    return json.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}],
        }
    ).encode()


def row(message_id: int) -> Message:
    return Message.objects.get(pk=message_id)
