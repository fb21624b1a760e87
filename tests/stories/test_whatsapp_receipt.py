"""A receipt comes as a WhatsApp document: from Meta's post to the allocated receipt and the mail to accounting (B.7, B.8)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from decimal import Decimal

import httpx
import pytest
from django.test import Client
from django.urls import reverse

from mayorista.adapters.whatsapp.cloud import CloudApi
from mayorista.apps.faults.operations import regroup
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging.models import Message, MessageAttachment, WebhookEvent
from mayorista.apps.procedure.models import Dossier, WorkItem
from mayorista.apps.receivables import queries
from mayorista.apps.receivables.models import AccountingNotice, Receipt
from mayorista.interfaces import clock
from mayorista.rules.procedure import Role
from tests import billing_world as bills
from tests import fakes, standin
from tests import receipts_world as money

PAPER = b"%PDF-1.4\n% transferencia 1523\n%%EOF\n"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(scope="module")
def meta(tmp_path_factory):
    """The local WhatsApp: it keeps what a person sends until we fetch it."""
    made = standin.start(tmp_path_factory.mktemp("exterior"))
    yield made
    made.stop()


@pytest.fixture
def carrier(world, channels, settings, monkeypatch, meta):
    """A carrier to which VALLE FIBRA owes an invoice; its messages are remembered, its files come from `meta`."""
    settings.WHATSAPP_APP_SECRET = standin.SECRET
    monkeypatch.setattr(clock, "now", lambda: world.at)
    cloud: CloudApi = meta.whatsapp()
    monkeypatch.setattr(
        fakes.RememberingWhatsApp, "download", lambda _self, *a, **more: cloud.download(*a, **more)
    )
    world.move_to(3)
    bills.billed(world)
    world.invoice = money.billed(world)
    world.meta = meta
    world.move_to(4, month=12)
    return world


def payer(world) -> str:
    """The WhatsApp number of the person who pays for VALLE FIBRA."""
    return f"5916{world.invoice.customer_id:07d}"


def sends(
    world, number: str, content: bytes = PAPER, *, kind: str = "document", mime: str = "application/pdf"
) -> Message:
    """A person sends a file: it lies at Meta, whose post comes to our address; it is read and fetched as the worker does."""
    held = httpx.post(
        f"{world.meta.base_url}/v25.0/{standin.PNID}/media",
        headers={"Authorization": f"Bearer {standin.TOKEN}"},
        data={"messaging_product": "whatsapp"},
        files={"file": ("comprobante_nov.pdf", content, mime)},
    ).json()
    sha256 = base64.b64encode(hashlib.sha256(content).digest()).decode()
    part = {"id": held["id"], "mime_type": mime, "sha256": sha256, "caption": "Pago factura"}
    if kind == "document":
        part["filename"] = "comprobante_nov.pdf"
    wamid = f"wamid.PAGO-{Message.objects.count()}"
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "59144200000", "phone_number_id": "200000000000001"},
        "contacts": [{"profile": {"name": "Pagos"}, "wa_id": number}],
        "messages": [
            {
                "from": number,
                "id": wamid,
                "timestamp": str(int(world.at.timestamp())),
                "type": kind,
                kind: part,
            }
        ],
    }
    body = json.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"value": value, "field": "messages"}]}],
        }
    ).encode()
    signature = "sha256=" + hmac.new(standin.SECRET.encode(), body, hashlib.sha256).hexdigest()
    answer = Client().post(
        "/hooks/whatsapp", body, content_type="application/json", headers={"X-Hub-Signature-256": signature}
    )
    assert answer.status_code == 200
    messaging.process_webhook_event(event_id=WebhookEvent.objects.latest("id").pk, at=world.at)
    message = Message.objects.get(provider_id=wamid)
    for each in MessageAttachment.objects.filter(message=message):
        assert messaging.download(attachment_id=each.pk, at=world.at) == "STORED"
    return message


def desk(world, name: str) -> Client:
    client = Client()
    client.force_login(world.users[name], backend=BACKEND)
    return client


def tasks(role: Role) -> list[str]:
    return sorted(WorkItem.objects.filter(role=role, done_at=None).values_list("title", flat=True))


def waiting_receipt(message: Message) -> WorkItem | None:
    return WorkItem.objects.filter(key=f"comprobante:{message.pk}", done_at=None).first()


def registered(world, message: Message, **more):
    """Interconexión fills in the form that the task leads to; the file is the one that came."""
    said = {
        "customer_id": world.invoice.customer_id,
        "bank": "Banco Unión",
        "reference": "TRF 1523",
        "paid_on": "2026-12-04",
        "currency": "BOB",
        "amount": "28.750,00",
        "file_id": MessageAttachment.objects.get(message=message).file_id,
        **more,
    }
    return desk(world, "interconexion").post(f"{reverse('desk:receipt-new')}?mensaje={message.pk}", said)


def open_case(world) -> Dossier:
    """A fault of VALLE FIBRA's circuit: its only open case."""
    world.alarm(circuit="TIP-0141")
    return world.case(world.invoice.customer_id).dossier


def test_from_metas_post_to_accounting(carrier, channels):
    message = sends(carrier, payer(carrier))
    # Interconexión has the task, Support none: who pays wrote, about no case.
    task = waiting_receipt(message)
    assert (task.step, task.role) == ("B.7", "INTERCONNECTION")
    assert not [title for title in tasks(Role.SUPPORT) if "Clasificar" in title]
    # The tray leads to the message with its file, and on to the form.
    client = desk(carrier, "interconexion")
    page = reverse("desk:message", args=[message.pk])
    assert page in client.get("/").content.decode()
    shown = client.get(page).content.decode()
    form = f"{reverse('desk:receipt-new')}?mensaje={message.pk}"
    assert "comprobante_nov.pdf" in shown
    assert form in shown
    assert "comprobante_nov.pdf" in client.get(form).content.decode()

    assert registered(carrier, message).status_code == 302
    receipt = Receipt.objects.get()
    assert (receipt.door, receipt.file_sha256) == ("WHATSAPP", hashlib.sha256(PAPER).hexdigest())
    assert waiting_receipt(message) is None
    message.refresh_from_db()
    assert (message.dossier_id, message.needs_filing) == (receipt.dossier_id, False)

    # The same document sent again is known by its content, whatever is typed.
    again = sends(carrier, payer(carrier))
    answer = registered(carrier, again, reference="OTRA 9")
    assert answer.status_code == 422
    assert receipt.dossier.number in answer.content.decode()

    # Allocated: the person is thanked in the chat, for its window is open; no mail besides.
    money.allocate(carrier, receipt, (carrier.invoice, "28750.00"))
    carrier.pass_minutes(1)
    carrier.settle()
    [thanks] = channels.whatsapps_to(payer(carrier))
    assert f"Bs 28.750,00 a la factura {carrier.invoice.number}" in thanks.text
    assert thanks.reply_to == message.provider_id
    assert not [mail for mail in channels.mails_to(bills.PAYS) if "Acuse" in mail.subject]
    shown = client.get(reverse("desk:receipt", args=[receipt.dossier.number])).content.decode()
    assert f"WhatsApp +{payer(carrier)}" in shown

    # Accounting gets the document itself.
    money.inform(carrier, receipt)
    messaging.deliver(message_id=AccountingNotice.objects.get().message_id, at=carrier.at)
    told = channels.mails_to("contabilidad@comteco.example")[-1]
    assert [(file.name, file.content) for file in told.attachments] == [("comprobante_nov.pdf", PAPER)]
    assert queries.balances_of([carrier.invoice.pk])[carrier.invoice.pk].open == Decimal(0)


def test_a_day_later_the_thanks_go_by_mail(carrier, channels):
    message = sends(carrier, payer(carrier))
    registered(carrier, message)
    carrier.pass_minutes(60 * 24 + 1)
    money.allocate(carrier, Receipt.objects.get(), (carrier.invoice, "28750.00"))
    carrier.pass_minutes(1)
    carrier.settle()
    assert channels.whatsapps_to(payer(carrier)) == []
    assert [mail.subject for mail in channels.mails_to(bills.PAYS) if "Acuse" in mail.subject]


def test_who_answers_for_no_invoice_is_not_told_of_them_in_the_chat(carrier, channels):
    guard = f"5917{carrier.invoice.customer_id:07d}"
    message = sends(carrier, guard)
    registered(carrier, message)
    money.allocate(carrier, Receipt.objects.get(), (carrier.invoice, "28750.00"))
    carrier.pass_minutes(1)
    carrier.settle()
    assert channels.whatsapps_to(guard) == []
    assert [mail.subject for mail in channels.mails_to(bills.PAYS) if "Acuse" in mail.subject]


def test_who_only_pays_writes_of_money_though_a_case_is_open(carrier):
    case = open_case(carrier)
    message = sends(
        carrier, payer(carrier), b"\x89PNG\r\n\x1a\n" + b"\0" * 50, kind="image", mime="image/png"
    )
    assert message.dossier_id != case.pk
    assert waiting_receipt(message).role == "INTERCONNECTION"


def test_what_the_guard_sends_to_a_case_is_passed_on_by_support_and_outlives_the_case(carrier):
    case = open_case(carrier)
    guard = f"5917{carrier.invoice.customer_id:07d}"
    message = sends(carrier, guard)
    assert message.dossier_id == case.pk
    assert waiting_receipt(message) is None
    support = desk(carrier, "soporte")
    pass_on = reverse("desk:message-pass-on", args=[message.pk])
    assert pass_on in support.get(reverse("desk:case", args=[case.number])).content.decode()
    for _twice in range(2):
        assert support.post(pass_on).status_code == 302
    assert waiting_receipt(message).role == "INTERCONNECTION"
    assert "Responder WhatsApp de Guardia de VALLE FIBRA S.R.L." in tasks(Role.SUPPORT)
    # The case ends, the receipt still waits, and is written down from there.
    regroup.void_case(
        case_id=carrier.case(carrier.invoice.customer_id).pk,
        reason="falsa alarma",
        actor=carrier.actor("gerente"),
        at=carrier.at,
    )
    assert waiting_receipt(message) is not None
    assert registered(carrier, message).status_code == 302
    assert waiting_receipt(message) is None
    assert Message.objects.get(pk=message.pk).dossier_id == case.pk


def test_an_unknown_number_waits_for_support_who_passes_it_on(carrier):
    message = sends(carrier, "59178889990")
    assert "Clasificar mensaje de 59178889990" in tasks(Role.SUPPORT)
    support = desk(carrier, "soporte")
    pass_on = reverse("desk:message-pass-on", args=[message.pk])
    assert pass_on in support.get(reverse("desk:messages")).content.decode()
    support.post(pass_on)
    assert "Clasificar mensaje de 59178889990" not in tasks(Role.SUPPORT)
    shown = support.get(reverse("desk:messages")).content.decode()
    assert pass_on not in shown
    assert "Interconexión lo revisa" in shown
    # It is none: Support has to say again where it belongs.
    desk(carrier, "interconexion").post(reverse("desk:message-no-receipt", args=[message.pk]))
    assert waiting_receipt(message) is None
    assert "Clasificar mensaje de 59178889990" in tasks(Role.SUPPORT)


def test_a_receipt_filed_by_support_goes_on_waiting_for_interconexion(carrier):
    message = sends(carrier, payer(carrier))
    case = open_case(carrier)
    desk(carrier, "soporte").post(reverse("desk:message-file", args=[message.pk]), {"number": case.number})
    task = waiting_receipt(message)
    assert task is not None
    assert task.dossier_id == case.customer_id


def test_a_message_without_a_file_is_not_passed_on(carrier):
    message = carrier.customer_writes(payer(carrier), "Ya pagué")
    answer = desk(carrier, "soporte").post(reverse("desk:message-pass-on", args=[message]))
    assert answer.status_code == 422
    assert "no trae ningún archivo" in answer.content.decode()
