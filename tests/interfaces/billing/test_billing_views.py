"""Every address of billing tried by a stranger and by each role, and what its screens say."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from mayorista.apps.billing.models import AmountLine, Dispatch, Invoice, InvoicingGroup, Month, Packet, Run
from mayorista.apps.billing.operations import credits, dispatching, invoices, notes, one_offs  # noqa: A004 -- the credits of a month, not the interpreter's
from mayorista.apps.contracts.models import Service
from mayorista.apps.contracts.operations import traffic
from mayorista.apps.messaging import operations as messaging
from mayorista.interfaces import cli
from mayorista.interfaces.desk import urls_billing
from mayorista.rules import periods
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests import billing_world as bills
from tests import fiscal, who_may
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
from tests.who_may import Try

SEE, ALL = WHO_MAY[Act.VIEW_BILLING], WHO_MAY[Act.VIEW]


def act(who: Act) -> frozenset[Role]:
    return WHO_MAY[who]


M = ("2026-11",)
VIEWS: dict[str, Try] = {
    "billing": Try(get=SEE),
    "billing-credits": Try(get=SEE, post=act(Act.DECIDE_CREDIT), said={"row": "CREDIT", "aprobar": "1"}),
    "traffic": Try(get=ALL),
    "traffic-upload": Try(get=act(Act.LOAD_TRAFFIC), post=act(Act.LOAD_TRAFFIC)),
    "traffic-sources": Try(get=ALL),
    "traffic-source-new": Try(get=act(Act.ADMINISTER), post=act(Act.ADMINISTER)),
    "traffic-source-rotate": Try(("SOURCE",), post=act(Act.ADMINISTER)),
    "traffic-source-switch": Try(("SOURCE",), post=act(Act.ADMINISTER)),
    "traffic-port": Try((*M, "TIP-0141"), get=ALL),
    "availability-latest": Try(get=SEE),
    "availability-month": Try(M, get=SEE),
    "availability": Try((*M, "TIP-0141"), get=SEE),
    "availability-propose": Try(M, post=act(Act.DECIDE_CREDIT) | act(Act.DEFINE_AMOUNT)),
    "billing-rates": Try(
        get=SEE, post=act(Act.ENTER_RATE), said={"on": "02/12/2026", "source": "BCB", "rate": "9,99"}
    ),
    "billing-estimate": Try(get=SEE),
    "billing-groups": Try(get=SEE),
    "billing-join": Try(("GROUP",), post=act(Act.MANAGE_GROUPS), said={"contract": "CONTRACT"}),
    "billing-separate": Try(("CONTRACT",), post=act(Act.MANAGE_GROUPS)),
    "billing-run": Try(("RUN",), get=SEE),
    "billing-run-undo": Try(("RUN",), post=act(Act.SEND_PACKET)),
    "billing-sheet": Try(("MONTH",), get=SEE),
    "billing-sheet-pdf": Try(("MONTH",), get=SEE),
    "billing-sheet-case": Try(("MONTH",), get=SEE),
    "billing-define": Try(("MONTH",), post=act(Act.DEFINE_AMOUNT)),
    "billing-defer": Try(("MONTH",), post=act(Act.APPROVE_MONTH), said={"reason": "espera"}),
    "billing-observe": Try(
        ("MONTH",),
        post=act(Act.SEND_PACKET) | act(Act.APPROVE_MONTH) | act(Act.ISSUE_INVOICE),
        said={"reason": "mal"},
    ),
    "billing-charge": Try(
        ("OPEN",),
        post=act(Act.DEFINE_AMOUNT),
        said={"kind": "CHARGE", "text": "instalación", "amount": "100"},
    ),
    "billing-register": Try(
        ("MONTH",),
        post=act(Act.ISSUE_INVOICE),
        said={"number": "77", "issued_date": "02/12/2026", "total": "28750"},
    ),
    "charge-approve": Try(("CHARGE",), post=act(Act.APPROVE_ADJUSTMENT)),
    "charge-withdraw": Try(("CHARGE",), post=act(Act.APPROVE_ADJUSTMENT) | act(Act.DEFINE_AMOUNT)),
    "billing-packet": Try(("PACKET",), get=SEE),
    "packet-acknowledge": Try(("PACKET",), post=act(Act.ACKNOWLEDGE_PACKET)),
    "billing-month": Try(M, get=SEE),
    "billing-shadow": Try(M, get=SEE, post=SEE),  # a comparison: nothing is written
    "billing-confirm": Try(("2026-12",), post=act(Act.CONFIRM_MONTH), said={"row": "OPENID"}),
    "billing-dispatch": Try(
        M, get=act(Act.DISPATCH_INVOICE), post=act(Act.DISPATCH_INVOICE), said={"todos": "1"}
    ),
    "billing-packets-file": Try((*M, "csv"), get=SEE),
    "billing-start": Try((*M, "emitir"), post=act(Act.ISSUE_INVOICE), said={"todos": "1"}),
    "invoices": Try(get=SEE),
    "invoice-import": Try(get=act(Act.ISSUE_INVOICE), post=act(Act.ISSUE_INVOICE)),
    "invoice-by-number": Try(("INVOICE_NUMBER",), get=SEE),
    "invoice": Try(("INVOICE",), get=SEE),
    "invoice-pdf": Try(("INVOICE",), get=SEE),
    "invoice-attach": Try(("INVOICE",), post=act(Act.ISSUE_INVOICE)),
    "invoice-dispatch": Try(("INVOICE",), post=act(Act.DISPATCH_INVOICE)),
    "invoice-note": Try(
        ("INVOICE",), post=act(Act.ISSUE_NOTE), said={"kind": "CREDIT", "total": "10", "reason": "prueba"}
    ),
    "billing-note": Try(("NOTE",), get=SEE),
    "billing-note-pdf": Try(("NOTE",), get=SEE),
    "billing-note-attach": Try(("NOTE",), post=act(Act.ISSUE_NOTE)),
    "billing-note-dispatch": Try(("NOTE",), post=act(Act.DISPATCH_INVOICE)),
    "dispatch-undo": Try(("DISPATCH",), post=act(Act.DISPATCH_INVOICE)),
}


@pytest.fixture
def carrier(world):  # noqa: F811
    world.move_to(3)
    contract = bills.billed(world)
    bills.invoiced(world)
    made = dispatching.dispatch(
        invoice_id=Invoice.objects.get().pk, actor=world.actor("facturacion"), at=world.at
    )
    proposal = credits.propose(
        service_id=Service.objects.get(circuit_code="TIP-0141").pk,
        month=bills.NOVEMBER,
        currency="BOB",
        base=Decimal("23000.00"),
        amount=Decimal("13.58"),
        outage_seconds=1020,
        computation={"how": "17 min"},
        actor=bills.JOB,
        at=world.at,
    )
    december = bills.opened(world, periods.parse_month("2026-12"))[0]
    charge = one_offs.add(
        month_id=december.pk,
        kind="ADJUSTMENT",
        text="cortesía",
        amount=Decimal("-9000.00"),
        reason="acuerdo",
        actor=world.actor("interconexion"),
        at=world.at,
    )
    source = traffic.create_source(
        code="librenms",
        name="LibreNMS",
        zone="UTC",
        counter_bits=64,
        actor=world.actor("admin"),
        at=world.at,
    )
    november = Month.objects.select_related("dossier").get(month=dt.date(2026, 11, 1))
    note = notes.issue(
        invoice_id=made.invoice_id,
        kind="CREDIT",
        total=Decimal(5),
        reason="redondeo",
        actor=world.actor("facturacion"),
        at=world.at,
    )
    world.rows = {
        "NOTE": note.pk,
        "GROUP": InvoicingGroup.objects.get().pk,
        "CONTRACT": contract,
        "RUN": Run.objects.filter(kind="SEND").get().pk,
        "MONTH": november.dossier.number,
        "OPEN": december.dossier.number,
        "OPENID": december.pk,
        "PACKET": Packet.objects.get().dossier.number,
        "INVOICE": Invoice.objects.get().pk,
        "INVOICE_NUMBER": Invoice.objects.get().dossier.number,
        "DISPATCH": made.pk,
        "CREDIT": proposal.pk,
        "CHARGE": charge.pk,
        "SOURCE": source.source_id,
    }
    for role in Role:
        world.person(f"rol-{role.value.lower()}", role)
    return world


def address(carrier, name: str) -> str:
    return reverse(f"desk:{name}", args=[carrier.rows.get(arg, arg) for arg in VIEWS[name].args])


def test_the_table_names_every_address_of_billing():
    assert {pattern.name for pattern in urls_billing.urlpatterns} == set(VIEWS)


def test_a_stranger_sees_nothing(carrier):
    assert not who_may.wrong_for_a_stranger(VIEWS, carrier.rows)


def test_a_role_does_only_what_is_its(carrier):
    assert not who_may.wrong_for_any_role(carrier, VIEWS, carrier.rows)


class TestScreens:
    def test_the_month_says_what_each_group_comes_to(self, carrier):
        words = (
            who_may.client_of(carrier, Role.INTERCONNECTION)
            .get(reverse("desk:billing-month", args=["2026-11"]))
            .content.decode()
        )
        assert "28.750,00" in words
        assert "TIP-0141" in words
        assert "despachado" in words
        # What mayorista.js adds up has a point for its cents, whatever the language writes.
        summed = [amount for amount in re.findall(r'data-amount="([^"]*)"', words) if amount]
        assert summed
        assert all(re.fullmatch(r"-?\d+\.\d\d", amount) for amount in summed)

    def test_an_estimate_is_said_in_sentences(self, carrier):
        asked = {
            "month": "2026-11", "currency": "BOB", "model": "per_mbps", "unit_price": "11,50", "mbps": "2000",
            "change_mbps": "3000", "change_on": "16/11/2026",
        }  # fmt: skip
        answer = who_may.client_of(carrier, Role.SALES).get(reverse("desk:billing-estimate"), asked)
        assert "28.750,00" in answer.content.decode()

    def test_a_wrong_tier_is_said_beside_its_field(self, carrier):
        asked = {"month": "2026-11", "currency": "BOB", "model": "volume", "tiers": "mil", "mbps": "10"}
        answer = who_may.client_of(carrier, Role.SALES).get(reverse("desk:billing-estimate"), asked)
        assert answer.status_code == 422
        assert "No se entiende el tramo" in answer.content.decode()

    def test_the_case_of_a_sheet_is_answered_alike_by_the_command(self, carrier, tmp_path, capsys):
        answer = who_may.client_of(carrier, Role.BILLING).get(address(carrier, "billing-sheet-case"))
        assert answer["Content-Disposition"].startswith("attachment")
        (tmp_path / "caso.json").write_bytes(answer.content)
        assert cli.main(["rate", str(tmp_path / "caso.json")]) == 0
        said = json.loads(capsys.readouterr().out)
        kept = AmountLine.objects.filter(amount__month__dossier__number=carrier.rows["MONTH"]).order_by("id")
        assert [Decimal(each["amount"]) for each in said["lines"]] == [each.value for each in kept]

    def test_a_rejection_without_a_reason_keeps_what_was_chosen(self, carrier):
        row = carrier.rows["CREDIT"]
        answer = who_may.client_of(carrier, Role.MANAGER).post(
            reverse("desk:billing-credits"), {"row": row, "rechazar": "1"}
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Falta el motivo del rechazo." in page
        assert f'value="{row}" checked' in page

    def test_papers_are_pdf(self, carrier):
        client = who_may.client_of(carrier, Role.BILLING)
        for name in ("billing-sheet-pdf", "invoice-pdf", "billing-note-pdf"):
            assert client.get(address(carrier, name)).content.startswith(b"%PDF")

    def test_a_dispatch_can_be_undone_from_its_toast(self, carrier):
        client = who_may.client_of(carrier, Role.BILLING)
        assert client.post(address(carrier, "dispatch-undo")).status_code == 302
        assert Dispatch.objects.get().undone_at is not None
        client.post(address(carrier, "billing-dispatch"), {"todos": "1"})
        page = client.get(reverse("desk:billing-run", args=[Run.objects.latest("pk").pk])).content.decode()
        assert "deshacer" in page

    def test_a_note_shows_its_mail_leaves_and_can_be_undone(self, carrier):
        client = who_may.client_of(carrier, Role.BILLING)
        page = client.get(address(carrier, "billing-note")).content.decode()
        assert bills.PAYS in page
        assert "Motivo: redondeo." in page
        assert client.post(address(carrier, "billing-note-dispatch")).status_code == 302
        assert client.post(address(carrier, "billing-note-dispatch")).status_code == 409
        sent = Dispatch.objects.get(note_id=carrier.rows["NOTE"])
        assert client.post(reverse("desk:dispatch-undo", args=[sent.pk])).status_code == 302
        sent.refresh_from_db()
        assert sent.undone_at is not None
        assert Invoice.objects.get().packet.month.state == "DISPATCHED"

    def test_a_mail_that_came_back_shows_at_the_invoice(self, carrier):
        message = Dispatch.objects.get().message
        carrier.pass_minutes(1)
        messaging.deliver(message_id=message.pk, at=carrier.at)
        message.refresh_from_db()
        message.state, message.error_text = "FAILED", "550 buzón inexistente"
        message.save()
        words = who_may.client_of(carrier, Role.BILLING).get(address(carrier, "invoice")).content.decode()
        assert "El correo no llegó" in words
        assert "buzón inexistente" in words

    def test_a_pdf_that_is_none_is_refused_where_it_was_chosen(self, world, monkeypatch):  # noqa: F811
        world.move_to(3)
        bills.billed(world)
        row = bills.sent(world)[0]
        with monkeypatch.context() as patch:  # as rows of before were written: without it
            patch.setattr(invoices, "_keep", lambda *_: None)
            made = invoices.register(
                month_id=row.pk,
                number="1234",
                issued_date=world.today,
                total=Decimal("28750.00"),
                pdf=invoices.Paper("f.pdf", fiscal.PDF),
                actor=world.actor("facturacion"),
                at=world.at,
            )
        world.person("rol-billing", Role.BILLING)
        client = who_may.client_of(world, Role.BILLING)
        url, where = (reverse(f"desk:{name}", args=[made.pk]) for name in ("invoice", "invoice-attach"))
        assert "Falta su PDF" in client.get(url).content.decode()
        answer = client.post(where, {"pdf": ContentFile(b"<html>", "factura.pdf")})
        assert answer.status_code == 422
        assert "«factura.pdf» no es un PDF." in answer.content.decode()
        assert client.post(where, {"pdf": ContentFile(fiscal.PDF, "factura.pdf")}).status_code == 302
        page = client.get(url).content.decode()
        assert "Falta su PDF" not in page
        assert hashlib.sha256(fiscal.PDF).hexdigest() in page

    def test_availability_goes_out_as_a_workbook(self, carrier):
        client = who_may.client_of(carrier, Role.INTERCONNECTION)
        for path in (
            "/facturacion/2026-11/disponibilidad/?formato=xlsx",
            "/facturacion/2026-11/disponibilidad/TIP-0141/?formato=xlsx",
        ):
            answer = client.get(path)
            assert answer.status_code == 200
            assert answer.content.startswith(b"PK")
