"""The page of one mail: what it says, as downloads, and what a person may do about it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from mayorista.apps.messaging.models import Message, MessageAttachment
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import StoredFile, WorkItem
from mayorista.apps.procedure.operations import files
from mayorista.rules.procedure import Role
from tests import billing_world as bills
from tests.incoming_mail import incoming_mail
from tests.rules.mail import letters
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures

PDF = ("comprobante.pdf", "application/pdf", letters.PDF)


@pytest.fixture
def billed(world):  # noqa: F811 - the fixture imported above
    bills.billed(world)
    for role in Role:
        world.person(f"rol-{role.value.lower()}", role)
    return world


def client_of(world, role: str) -> Client:  # noqa: F811 - a name
    client = Client()
    client.force_login(
        world.users[f"rol-{role}"], backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


@pytest.fixture
def paid(billed) -> int:
    raw = letters.with_files(
        PDF,
        ("factura.pdf", "application/pdf", b"<html>x"),
        from_=f"Pagos <{bills.PAYS}>",
        subject="Pago <b>urgente</b>",
    )
    return incoming_mail(raw, at=billed.at)


class TestPage:
    def test_offers_what_the_role_may_do(self, billed, paid):
        page = client_of(billed, "interconnection").get(reverse("desk:message", args=[paid])).content.decode()
        assert f"{reverse('desk:receipt-new')}?mensaje={paid}" in page
        assert f"{reverse('desk:speed-new', args=['TIP-0141'])}?mensaje={paid}" in page
        assert "No es un comprobante" in page
        assert "contacto registrado" in page
        assert "Pago &lt;b&gt;urgente&lt;/b&gt;" in page
        support = client_of(billed, "support").get(reverse("desk:message", args=[paid])).content.decode()
        assert "comprobantes/nuevo" not in support
        assert "reclamos/nuevo" in support

    def test_a_file_that_is_not_what_it_says_is_marked(self, billed, paid):
        page = client_of(billed, "billing").get(reverse("desk:message", args=[paid])).content.decode()
        assert "factura.txt" in page
        assert "su contenido no es «.pdf»" in page

    def test_files_and_the_original_are_downloads(self, billed, paid):
        client = client_of(billed, "billing")
        for stored in StoredFile.objects.filter(kind="MAIL"):
            answer = client.get(reverse("desk:file", args=[stored.pk]))
            assert answer["Content-Disposition"].startswith("attachment")
        answer = client.get(reverse("desk:message-original", args=[paid]))
        assert answer["Content-Disposition"].startswith("attachment")
        assert b"comprobante.pdf" in answer.content

    def test_the_tray_leads_there(self, billed, paid):
        tray = client_of(billed, "interconnection").get("/").content.decode()
        assert reverse("desk:message", args=[paid]) in tray
        assert "Posible comprobante" in tray

    def test_the_inbox_shows_it_and_files_it(self, billed, paid):
        client = client_of(billed, "interconnection")
        page = client.get(reverse("desk:messages")).content.decode()
        assert "comprobante.pdf" in page
        code = Message.objects.get(pk=paid).dossier.number
        client.post(reverse("desk:message-file", args=[paid]), {"number": code})
        assert not Message.objects.get(pk=paid).needs_filing

    def test_no_receipt_ends_the_task(self, billed, paid):
        client_of(billed, "billing").post(reverse("desk:message-no-receipt", args=[paid]))
        assert WorkItem.objects.get(key=f"comprobante:{paid}").withdrawn

    def test_a_whatsapp_has_no_such_page(self, billed):
        billed.customer_writes("59170000099", "hola")
        other = Message.objects.filter(channel="WHATSAPP").latest("id").pk
        assert client_of(billed, "support").get(reverse("desk:message", args=[other])).status_code == 404


def test_a_request_of_speed_begins_with_what_the_mail_says(billed):
    message = incoming_mail(letters.mail(from_=f"Pagos <{bills.PAYS}>", body="Suban a 5 Gbps"), at=billed.at)
    url = reverse("desk:speed-new", args=["TIP-0141"])
    page = client_of(billed, "interconnection").get(f"{url}?mensaje={message}").content.decode()
    assert "Suban a 5 Gbps" in page
    assert bills.PAYS in page


def test_a_registered_receipt_ends_the_task(billed, paid):
    client = client_of(billed, "interconnection")
    file = MessageAttachment.objects.filter(message_id=paid).earliest("position").file_id
    url = f"{reverse('desk:receipt-new')}?mensaje={paid}"
    from mayorista.apps.customers.models import Customer

    said = {
        "customer_id": Customer.objects.get().pk, "bank": "BNB", "reference": "123456", "paid_on": "2026-11-20", "currency": "BOB",
        "amount": "100,00", "file_id": file, "way": "MAIL",
    }  # fmt: skip
    answer = client.post(url, said)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert WorkItem.objects.get(key=f"comprobante:{paid}").done_at is not None


def test_the_channels_show_the_mailbox(billed, settings):
    page = client_of(billed, "noc").get(reverse("desk:channels")).content.decode()
    assert "MAYORISTA_IMAP_URL" in page


class TestDocumentByWhatsApp:
    def test_becomes_a_receipt_from_the_inbox_for_who_may(self, billed):
        message_id = billed.customer_writes("59171112222", "Les paso el comprobante")
        message = Message.objects.get(pk=message_id)
        stored = files.store(
            dossier_id=message.dossier_id,
            name="transferencia.pdf",
            content=letters.PDF,
            content_type="application/pdf",
            actor=for_job("whatsapp"),
            at=billed.at,
            kind="WHATSAPP",
        )
        MessageAttachment.objects.create(
            message=message, name=stored.name, content_type=stored.content_type, file=stored
        )
        link = f"{reverse('desk:receipt-new')}?mensaje={message_id}"
        page = client_of(billed, "interconnection").get(reverse("desk:messages")).content.decode()
        assert "transferencia.pdf" in page
        assert link in page
        assert client_of(billed, "interconnection").get(link).status_code == 200
        assert link not in client_of(billed, "support").get(reverse("desk:messages")).content.decode()
