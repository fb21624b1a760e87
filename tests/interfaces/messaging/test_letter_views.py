"""The page of one mail: what it says, as downloads, and what a person may do about it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from mayorista.apps.customers.models import Contact, ContactAddress, ContactRole
from mayorista.apps.messaging.models import Message, MessageAttachment
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import JournalEntry, StoredFile, WorkItem
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
        [waits] = WorkItem.objects.filter(key=f"clasificar:m{paid}", done_at=None)
        assert waits.role == Role.INTERCONNECTION  # who pays writes of money

    def test_a_whatsapp_has_the_page_without_what_only_a_mail_has(self, billed):
        other = billed.customer_writes("59170000099", "hola")
        client = client_of(billed, "support")
        page = client.get(reverse("desk:message", args=[other])).content.decode()
        assert "hola" in page
        for name in ("message-answer", "message-link", "message-original"):
            url = reverse(f"desk:{name}", args=[other])
            assert url not in page
            assert client.get(url).status_code == 404
        assert client.post(reverse("desk:message-close", args=[other]), {"reason": "x"}).status_code == 404


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


class TestUnknownWriter:
    ADDRESS = "jefe.redes@otro.example"

    @pytest.fixture
    def strange(self, billed) -> int:
        raw = letters.mail(from_=f"Jefe Redes <{self.ADDRESS}>", subject="Consulta", body="¿Hay capacidad?")
        return incoming_mail(raw, at=billed.at)

    def test_is_answered_from_the_inbox_and_the_task_closes(self, billed, strange):
        client = client_of(billed, "support")
        page = client.get(reverse("desk:message", args=[strange])).content.decode()
        assert reverse("desk:message-answer", args=[strange]) in page
        answer = client.post(
            reverse("desk:message-answer", args=[strange]), {"subject": "Re: Consulta", "body": "Sí hay."}
        )
        assert answer.status_code == 302, answer.content.decode()[:2000]
        sent = Message.objects.get(direction="OUT", in_reply_to_id=strange)
        assert (sent.recipients, sent.body) == ([self.ADDRESS], "Sí hay.")
        assert WorkItem.objects.get(key=f"clasificar:m{strange}").done_at is not None
        assert not Message.objects.get(pk=strange).needs_filing
        # What he writes back is not lost on the standing dossier: it waits in the inbox anew.
        raw = letters.mail(
            from_=self.ADDRESS,
            in_reply_to=sent.message_id_header,
            message_id="<dos@otro.example>",
            subject="Re: Consulta",
        )
        again = incoming_mail(raw, at=billed.at)
        assert Message.objects.get(pk=again).needs_filing
        assert WorkItem.objects.filter(key=f"clasificar:m{again}", done_at=None).exists()

    def test_an_answer_without_text_is_refused_with_what_was_typed(self, billed, strange):
        url = reverse("desk:message-answer", args=[strange])
        answer = client_of(billed, "support").post(url, {"subject": "Re: X", "body": " "})
        assert answer.status_code == 422
        assert "Re: X" in answer.content.decode()
        assert not Message.objects.filter(direction="OUT", in_reply_to_id=strange).exists()

    def test_is_linked_to_a_contact_without_consent_and_filed(self, billed, strange):
        contact = Contact.objects.filter(email=bills.PAYS).get()
        consent = contact.whatsapp_opt_in_at
        client = client_of(billed, "interconnection")
        url = reverse("desk:message-link", args=[strange])
        assert contact.full_name in client.get(url, {"texto": contact.full_name}).content.decode()
        client.post(url, {"contact_id": contact.pk})
        contact.refresh_from_db()
        assert (contact.email, contact.whatsapp_opt_in_at) == (bills.PAYS, consent)
        assert Message.objects.get(pk=strange).recipient_contact_id == contact.pk
        page = client.get(reverse("desk:message", args=[strange])).content.decode()
        assert "contacto registrado" in page
        [code] = {each.customer.code for each in _roles(contact)}
        assert f'name="number" value="{code}"' in page
        client.post(reverse("desk:message-file", args=[strange]), {"number": code})
        assert WorkItem.objects.get(key=f"clasificar:m{strange}").done_at is not None
        assert Message.objects.get(pk=strange).dossier.number == code
        # The next mail of that address is known at once; undone, it is a stranger's again.
        after = incoming_mail(
            letters.mail(from_=self.ADDRESS, message_id="<tres@otro.example>", subject="Otra"), at=billed.at
        )
        assert Message.objects.get(pk=after).dossier.number == code
        sheet = client.get(reverse("desk:contact", args=[contact.pk])).content.decode()
        assert self.ADDRESS in sheet
        client.post(reverse("desk:address-unlink", args=[ContactAddress.objects.get().pk]))
        assert not ContactAddress.objects.exists()

    def test_becomes_a_new_contact_of_a_customer(self, billed, strange):
        client = client_of(billed, "interconnection")
        url = reverse("desk:message-link", args=[strange])
        [code] = {each.customer.code for each in _roles(Contact.objects.get(email=bills.PAYS))}
        answer = client.get(url, {"cliente": code})
        form = client.get(answer.url).content.decode()
        assert self.ADDRESS in form
        said = {
            "full_name": "Jefe Redes",
            "email": self.ADDRESS,
            "roles": "TECHNICAL",
            "priority": "1",
            "active": "on",
        }
        made = client.post(answer.url, said)
        assert made.url == reverse("desk:message", args=[strange])
        contact = Contact.objects.get(email=self.ADDRESS)
        assert contact.whatsapp_opt_in_at is None
        assert "contacto registrado" in client.get(made.url).content.decode()
        assert (
            reverse("desk:contact-new", args=[code])
            not in client_of(billed, "support").get(url).content.decode()
        )


class TestUnreadable:
    def test_is_downloaded_and_closed_with_a_reason(self, billed):
        odd = letters.mail("Content-Type: multipart/mixed; boundary=b", body="\n--x" * 30_000)
        unread = incoming_mail(odd, at=billed.at)
        assert Message.objects.get(pk=unread).kind == "UNREADABLE"
        client = client_of(billed, "support")
        page = client.get(reverse("desk:message", args=[unread])).content.decode()
        assert reverse("desk:message-original", args=[unread]) in page
        assert "Cerrar el correo ilegible" in page
        close = reverse("desk:message-close", args=[unread])
        assert client.post(close, {"reason": " "}).status_code == 422
        assert WorkItem.objects.get(key=f"clasificar:m{unread}").done_at is None
        client.post(close, {"reason": "Virus detectado por TI"})
        item = WorkItem.objects.get(key=f"clasificar:m{unread}")
        assert item.withdrawn
        assert JournalEntry.objects.filter(text__contains="Virus detectado por TI").exists()
        assert not Message.objects.filter(pk=unread, needs_filing=True).exists()
        assert (
            "Cerrar el correo ilegible"
            not in client.get(reverse("desk:message", args=[unread])).content.decode()
        )


def _roles(contact):
    return ContactRole.objects.filter(contact=contact).select_related("customer")


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
