"""An invoice comes back, holds its due date, goes again to the right address; the answer brings the receipt."""

from __future__ import annotations

import datetime as dt

from mayorista.apps.billing.models import Dispatch, Invoice
from mayorista.apps.billing.operations import dispatching
from mayorista.apps.billing.queries import debts
from mayorista.apps.customers import operations as customers
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.customers.models import Contact
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging.models import Message
from mayorista.apps.procedure.models import WorkItem
from mayorista.interfaces import clock
from tests import billing_world as bills
from tests.incoming_mail import incoming_mail
from tests.rules.mail import letters

RIGHT = "cobros@vallefibra.example"


def due(invoice: Invoice) -> dt.date | None:
    return debts.invoice_card([invoice.pk])[invoice.pk].due_date


def send(world, invoice: Invoice) -> Message:
    """The invoice leaves and the server takes it."""
    row = dispatching.dispatch(invoice_id=invoice.pk, actor=world.actor("facturacion"), at=world.at)
    world.pass_minutes(1)
    messaging.deliver(message_id=row.message_id, at=world.at)
    dispatching.settle_deliveries()
    return Message.objects.get(pk=row.message_id)


def test_a_bounced_invoice_holds_its_due_date_until_it_arrives(world, channels):
    bills.billed(world, payment_from="DELIVERY")
    [invoice] = bills.invoiced(world)
    Invoice.objects.filter(pk=invoice.pk)
    first = send(world, invoice)
    assert first.state == "ACCEPTED"
    promised = due(invoice)
    assert promised is not None

    # An hour later the other server says that nobody has that address.
    world.pass_minutes(60)
    incoming_mail(letters.dsn(to=bills.PAYS, original=first.message_id_header), at=world.at)
    dispatching.settle_deliveries()
    first.refresh_from_db()
    assert (first.state, first.error_code) == ("FAILED", "5.1.1")
    assert due(invoice) is None
    assert debts.invoice_card([invoice.pk])[invoice.pk].undelivered
    item = WorkItem.objects.get(key=f"fallido:{first.pk}", done_at=None)
    assert (item.role, item.step, item.dossier_id) == ("BILLING", "B.5", invoice.dossier_id)

    # The billing officer corrects the address and sends it again three days later: the term runs from then.
    contact = Contact.objects.get(email=bills.PAYS)
    page = customer_queries.contact_page(contact_id=contact.pk)
    customers.save_contact(
        contact_id=contact.pk, version=contact.version, full_name=contact.full_name, email=RIGHT, phone=contact.phone_e164,
        roles=[customers.ContactRoleWish(each.customer_id, each.role) for each in page.roles], actor=world.actor("admin"), at=world.at,
    )  # fmt: skip
    world.pass_minutes(3 * 24 * 60)
    second = send(world, invoice)
    assert (second.recipients, second.state) == ([RIGHT], "ACCEPTED")
    assert Dispatch.objects.filter(invoice=invoice).count() == 2
    later = due(invoice)
    assert later is not None
    assert (later - promised).days == 3

    # A delay of the second is no bounce; the answer with a file waits for a person, and pays nothing by itself.
    incoming_mail(
        letters.dsn(to=RIGHT, action="delayed", status="4.4.1", original=second.message_id_header),
        at=world.at,
    )
    dispatching.settle_deliveries()
    assert due(invoice) == later
    answer = incoming_mail(
        letters.with_files(("pago.pdf", "application/pdf", letters.PDF), from_=f"Cobros <{RIGHT}>", in_reply_to=second.message_id_header),
        at=world.at,
    )  # fmt: skip
    item = WorkItem.objects.get(key=f"comprobante:{answer}", done_at=None)
    assert (item.step, item.dossier_id) == ("B.7", invoice.dossier_id)
    assert debts.invoice_card([invoice.pk])[invoice.pk].owed == invoice.total


def test_a_bounced_invoice_sent_again_among_the_messages_is_its_dispatch(world, channels):
    bills.billed(world, payment_from="DELIVERY")
    [invoice] = bills.invoiced(world)
    first = send(world, invoice)
    incoming_mail(letters.dsn(to=bills.PAYS, status="5.2.2", original=first.message_id_header), at=world.at)
    dispatching.settle_deliveries()
    assert due(invoice) is None
    again = messaging.resend(message_id=first.pk, actor=world.actor("facturacion"), at=world.at)
    messaging.deliver(message_id=again.pk, at=world.at)
    dispatching.settle_deliveries()
    assert due(invoice) is not None
    assert Dispatch.objects.get(invoice=invoice).message_id == again.pk


def test_what_is_written_to_who_wrote_answers_in_the_same_thread(world, channels, client, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: world.at)
    valle = world.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014")
    world.alarm(service="TIP-0141")
    case = world.case(valle)
    contact = Contact.objects.get(email=f"noc{valle}@isp.example")
    incoming_mail(
        letters.mail(
            from_=contact.email, subject=f"RE: Caso {case.dossier.number} sin servicio", message_id="<dos@isp.example>"
        ),
        at=world.at,
    )  # fmt: skip
    client.force_login(world.users["soporte"], backend="allauth.account.auth_backends.AuthenticationBackend")
    said = {"to": f"e{contact.pk}", "text": "Estamos trabajando en el tramo."}
    assert client.post(f"/danos/{case.dossier.number}/mensaje/", said).status_code == 302
    world.pass_minutes(1)
    world.settle()
    (sent,) = [mail for mail in channels.mails_to(contact.email) if mail.body.startswith("Estamos")]
    assert sent.subject == f"Re: Caso {case.dossier.number} sin servicio"
    assert (sent.in_reply_to, sent.references) == ("<dos@isp.example>", ("<dos@isp.example>",))
