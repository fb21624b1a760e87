"""Every address of receipts tried by a stranger and by each role, and what its screens say."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mayorista.apps.messaging.models import Message, MessageAttachment
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import RoleGrant
from mayorista.apps.procedure.operations import files
from mayorista.apps.receivables.models import Allocation, BankAccount, Receipt, StatementLine
from mayorista.apps.receivables.operations import bank_accounts, bank_statements, receipts
from mayorista.interfaces import clock
from mayorista.interfaces.desk import urls_receipts
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests import billing_world as bills
from tests import receipts_world as money
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures

SEE = WHO_MAY[Act.VIEW_BILLING]
WHY = {"reason": "prueba"}


@dataclass(frozen=True)
class Try:
    args: tuple = ()
    get: frozenset[Role] | None = None
    post: frozenset[Role] | None = None
    said: dict = field(default_factory=dict)


def act(who: Act) -> frozenset[Role]:
    return WHO_MAY[who]


VIEWS: dict[str, Try] = {
    "receipts": Try(get=SEE),
    "receipt-new": Try(get=act(Act.REGISTER_RECEIPT), post=act(Act.REGISTER_RECEIPT)),
    "receipts-inform": Try(post=act(Act.INFORM_ACCOUNTING), said={"row": "WAITING"}),
    "allocation-undo": Try(("ALLOCATION",), post=act(Act.ALLOCATE_RECEIPT), said=WHY),
    "receipt": Try(("NUMBER",), get=SEE),
    "receipt-allocate": Try(("NUMBER",), post=act(Act.ALLOCATE_RECEIPT)),
    "receipt-on-account": Try(("NUMBER",), post=act(Act.ALLOCATE_RECEIPT)),
    "receipt-file": Try(("NUMBER",), post=act(Act.REGISTER_RECEIPT)),
    "receipt-withdraw": Try(("NUMBER",), post=act(Act.REGISTER_RECEIPT), said=WHY),
    "receipt-reconcile": Try(("INFORMED",), post=act(Act.RECONCILE_RECEIPT)),
    "receipt-reject": Try(("INFORMED",), post=act(Act.RECONCILE_RECEIPT), said=WHY),
    "receipt-note-rejection": Try(("REJECTED",), post=act(Act.NOTE_REJECTION)),
    "statements": Try(get=SEE, post=act(Act.LOAD_STATEMENT)),
    "statement": Try(("STATEMENT",), get=SEE),
    "line-match": Try(("LINE",), post=act(Act.LOAD_STATEMENT), said={"receipt": "WAITING"}),
    "line-release": Try(("LINE",), post=act(Act.LOAD_STATEMENT)),
    "line-set-aside": Try(("LINE",), post=act(Act.LOAD_STATEMENT), said=WHY),
    "bank-accounts": Try(get=SEE, post=act(Act.PROPOSE_BANK_ACCOUNT)),
    "bank-account-decide": Try(("PROPOSED",), post=act(Act.APPROVE_BANK_ACCOUNT), said={"aprobar": "1"}),
    "bank-account-close": Try(("INFORCE",), post=act(Act.PROPOSE_BANK_ACCOUNT), said=WHY),
    "receipts-export": Try(("asientos.csv",), get=SEE),
}


@pytest.fixture
def carrier(world, monkeypatch):  # noqa: F811
    monkeypatch.setattr(clock, "now", lambda: world.at)
    world.move_to(3)
    bills.billed(world)
    world.invoice = money.billed(world)
    waiting = money.register(world, world.invoice, "1000.00")
    informed = money.register(world, world.invoice, "2000.00", reference="r-2")
    money.allocate(world, informed, (world.invoice, "2000.00"))
    money.inform(world, informed)
    rejected = money.register(world, world.invoice, "3000.00", reference="r-3")
    money.inform(world, rejected)
    money.reject(world, rejected)
    loaded = bank_statements.load(
        upload=receipts.Paper("extracto.csv", b"Fecha;Referencia;Abono\n01/12/2026;TRF-123;1000\n"),
        bank="Banco Unión",
        currency="BOB",
        actor=world.actor("contabilidad"),
        at=world.at,
    )
    said = {"bank": "Banco Unión", "currency": "BOB", "holder": "COMTECO", "reason": "nota 1", "at": world.at}
    proposed, in_force = (
        bank_accounts.propose(number=number, actor=world.actor("facturacion"), **said)
        for number in ("1-0001", "1-0002")
    )
    bank_accounts.decide(account_id=in_force.pk, approve=True, actor=world.actor("gerente"), at=world.at)
    world.rows = {
        "STATEMENT": loaded.number,
        "LINE": StatementLine.objects.get().pk,
        "PROPOSED": proposed.pk,
        "INFORCE": in_force.pk,
        "WAITING": waiting.pk,
        "NUMBER": waiting.dossier.number,
        "INFORMED": informed.dossier.number,
        "REJECTED": rejected.dossier.number,
        "ALLOCATION": Allocation.objects.get(receipt=informed, undone_at=None).pk,
    }
    for role in Role:
        world.person(f"rol-{role.value.lower()}", role)
    return world


def address(carrier, name: str) -> str:
    return reverse(f"desk:{name}", args=[carrier.rows.get(arg, arg) for arg in VIEWS[name].args])


def client_of(carrier, role: Role) -> Client:
    client = Client()
    client.force_login(
        carrier.users[f"rol-{role.value.lower()}"],
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def test_the_table_names_every_address_of_receipts():
    assert {pattern.name for pattern in urls_receipts.urlpatterns} == set(VIEWS)


def test_a_stranger_and_each_role_do_only_what_is_theirs(carrier):
    wrong = []
    for name in VIEWS:
        for method in ("GET", "POST"):
            answer = Client().generic(method, address(carrier, name))
            if answer.status_code != 302 or not answer["Location"].startswith("/cuenta/login/"):
                wrong.append(f"{method} {name}: un extraño entra")
    for role in Role:
        client = client_of(carrier, role)
        for name, view in VIEWS.items():
            for method, may in (("GET", view.get), ("POST", view.post)):
                if may is None:
                    continue
                said = {key: carrier.rows.get(value, value) for key, value in view.said.items()}
                with transaction.atomic():
                    url = address(carrier, name)
                    answer = client.get(url) if method == "GET" else client.post(url, said)
                    transaction.set_rollback(True)
                if role in may and answer.status_code in {403, 404, 405, 500}:
                    wrong.append(f"{method} {name}: {answer.status_code}, y {role} puede")
                if role not in may and answer.status_code != 403:
                    wrong.append(f"{method} {name}: {answer.status_code}, y {role} no puede")
    assert not wrong, "\n".join(wrong)


class TestScreens:
    def said(self, carrier, **more) -> dict:
        return {
            "customer_id": carrier.invoice.customer_id,
            "bank": "Banco Bisa",
            "reference": "99-1",
            "paid_on": "01/12/2026",
            "currency": "BOB",
            "amount": "25.750,00",
            "file": SimpleUploadedFile("foto.exe", b"\x89PNG\r\n\x1a\n una foto"),
            **more,
        }

    def test_a_receipt_goes_from_paper_to_allocated(self, carrier):
        client = client_of(carrier, Role.INTERCONNECTION)
        answer = client.post(reverse("desk:receipt-new"), self.said(carrier))
        made = Receipt.objects.latest("id")
        assert answer["Location"] == f"/comprobantes/{made.dossier.number}/"
        assert (made.file.name, made.file.content_type) == ("foto.png", "image/png")
        page = client.get(answer["Location"]).content.decode()
        assert 'value="25.750,00"' in page  # what R24 proposes
        pay = {f"pay_{carrier.invoice.pk}": "25.749,50", f"kind_{carrier.invoice.pk}": "ROUNDING"}
        pay |= {f"diff_{carrier.invoice.pk}": "0,50", f"why_{carrier.invoice.pk}": "centavos"}
        answer = client.post(
            reverse("desk:receipt-allocate", args=[made.dossier.number]), {**pay, "version": made.version}
        )
        assert answer.status_code == 302
        assert Allocation.objects.filter(receipt=made, undone_at=None, invoice__isnull=False).count() == 2

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"paid_on": "31/02/2026"}, "no existe en el calendario"),
            ({"paid_on": "25/12/2026"}, "es futura"),
            ({"amount": "-5"}, "debe ser mayor que cero"),
            ({"amount": "999999999999"}, "sobran ceros"),
            ({"amount": "mil"}, "no es un número"),
            ({"customer_id": "0"}, "Elija una opción"),
        ],
    )
    def test_what_can_not_be_is_said_beside_its_field(self, carrier, said, words):
        answer = client_of(carrier, Role.BILLING).post(
            reverse("desk:receipt-new"), self.said(carrier, **said)
        )
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert Receipt.objects.count() == 3

    def test_a_duplicate_shows_the_other(self, carrier):
        answer = client_of(carrier, Role.BILLING).post(
            reverse("desk:receipt-new"), self.said(carrier, bank="Union", reference="N.º TRF-000123")
        )
        assert answer.status_code == 422
        assert f'href="/comprobantes/{carrier.rows["NUMBER"]}/"' in answer.content.decode()

    def test_too_much_is_said_beside_the_invoice_and_what_was_typed_stays(self, carrier):
        client = client_of(carrier, Role.INTERCONNECTION)
        pay = {f"pay_{carrier.invoice.pk}": "-3", f"diff_{carrier.invoice.pk}": "1"}
        answer = client.post(address(carrier, "receipt-allocate"), pay)
        words = answer.content.decode()
        assert answer.status_code == 422
        assert "Diga de qué es la diferencia" in words
        assert 'value="-3"' in words

    def test_two_forms_of_one_receipt_do_not_both_count(self, carrier):
        client = client_of(carrier, Role.INTERCONNECTION)
        pay = {f"pay_{carrier.invoice.pk}": "1", "version": "1"}
        assert client.post(address(carrier, "receipt-allocate"), pay).status_code == 302
        assert client.post(address(carrier, "receipt-allocate"), pay).status_code == 409

    def test_who_defined_the_amount_is_told_why_not(self, carrier):
        RoleGrant.objects.create(
            user=carrier.users["interconexion"], role="ACCOUNTING", granted_at=carrier.at
        )
        client = Client()
        client.force_login(
            carrier.users["interconexion"], backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        page = client.get(
            address(carrier, "receipt").replace(carrier.rows["NUMBER"], carrier.rows["INFORMED"])
        )
        assert "separación de funciones" in page.content.decode()
        assert client.post(address(carrier, "receipt-reconcile")).status_code == 409

    def test_a_message_brings_its_file_and_nothing_else(self, carrier):
        source = message_with_pdf(carrier)
        client = client_of(carrier, Role.INTERCONNECTION)
        url = reverse("desk:receipt-new") + f"?mensaje={source.pk}"
        page = client.get(url).content.decode()
        assert "pago.pdf" in page
        file_id = source_file(source)
        said = self.said(carrier, file_id=file_id)
        del said["file"]
        assert client.post(url, said).status_code == 302
        made = Receipt.objects.latest("id")
        assert (made.door, made.source_message_id) == ("WHATSAPP", source.pk)
        assert made.file.dossier_id == made.dossier_id
        source.refresh_from_db()
        assert source.dossier_id == made.dossier_id
        assert made.dossier.number in client.get(url).content.decode()

    def test_a_file_of_another_message_is_refused(self, carrier):
        source, other = message_with_pdf(carrier), message_with_pdf(carrier, b"%PDF-1.4 otro")
        client = client_of(carrier, Role.INTERCONNECTION)
        said = self.said(carrier, file_id=source_file(other))
        del said["file"]
        answer = client.post(reverse("desk:receipt-new") + f"?mensaje={source.pk}", said)
        assert answer.status_code == 422

    def test_a_statement_is_uploaded_and_its_movement_confirmed(self, carrier):
        client = client_of(carrier, Role.ACCOUNTING)
        page = client.get(address(carrier, "statement")).content.decode()
        assert carrier.rows["NUMBER"] in page
        said = {"receipt": carrier.rows["WAITING"], "number": carrier.rows["STATEMENT"]}
        assert client.post(address(carrier, "line-match"), said).status_code == 302
        assert StatementLine.objects.get().receipt_id == carrier.rows["WAITING"]
        form = {"bank": "Banco Unión", "currency": "BOB", "file": SimpleUploadedFile("x.csv", b"a;b\n1;2\n")}
        answer = client.post(address(carrier, "statements"), form)
        assert answer.status_code == 422
        assert "fila de títulos" in answer.content.decode()

    def test_an_account_is_proposed_and_another_person_approves(self, carrier):
        said = {"bank": "Bisa", "number": "9-9999", "currency": "USD", "holder": "COMTECO", "reason": "nota"}
        client = client_of(carrier, Role.ACCOUNTING)
        assert client.post(address(carrier, "bank-accounts"), said).status_code == 302
        made = BankAccount.objects.latest("id")
        url = reverse("desk:bank-account-decide", args=[made.pk])
        assert client.post(url, {"aprobar": "1"}).status_code == 409
        assert client_of(carrier, Role.MANAGER).post(url, {"aprobar": "1"}).status_code == 302
        assert "9-9999" in client.get(address(carrier, "bank-accounts")).content.decode()

    def test_the_tables_for_accounting_never_start_a_formula(self, carrier):
        money.register(carrier, carrier.invoice, "1.00", bank="=cmd()", reference="@9")
        client = client_of(carrier, Role.ACCOUNTING)
        span = "?desde=01/12/2026&hasta=31/12/2026"
        text = client.get(reverse("desk:receipts-export", args=["comprobantes.csv"]) + span).content.decode()
        assert ";'=cmd();'@9;" in text
        book = openpyxl.load_workbook(
            io.BytesIO(client.get(reverse("desk:receipts-export", args=["todo.xlsx"]) + span).content)
        )
        assert book.sheetnames == ["Comprobantes", "Facturas", "Asientos sugeridos"]
        assert all(cell.data_type != "f" for tab in book for row in tab.iter_rows() for cell in row)
        for wrong in ("nada.csv", "todo.csv", "comprobantes.exe"):
            assert client.get(reverse("desk:receipts-export", args=[wrong])).status_code == 404
        bad = client.get(reverse("desk:receipts-export", args=["todo.xlsx"]) + "?desde=31/02/2026")
        assert bad.status_code == 422

    def test_the_list_by_what_waits(self, carrier):
        client = client_of(carrier, Role.INTERCONNECTION)
        numbers = {carrier.rows[key] for key in ("NUMBER", "INFORMED", "REJECTED")}

        def shown(show: str, text: str = "") -> set[str]:
            words = client.get(reverse("desk:receipts"), {"ver": show, "texto": text}).content.decode()
            return {number for number in numbers if number in words}

        assert shown("imputar") == shown("informar") == {carrier.rows["NUMBER"]}
        assert shown("conciliar") == {carrier.rows["INFORMED"]}
        assert shown("rechazados") == {carrier.rows["REJECTED"]}
        assert shown("a-cuenta") == shown("conciliados") == set()
        assert shown("todos", "trf000123") == {carrier.rows["NUMBER"]}
        assert shown("todos", "valle fibra") == shown("todos") == numbers

    def test_the_tray_and_the_search_lead_to_it(self, carrier):
        client = client_of(carrier, Role.INTERCONNECTION)
        number = carrier.rows["NUMBER"]
        assert f'href="/comprobantes/{number}/"' in client.get("/").content.decode()
        assert client.get(f"/buscar/?q={number}")["Location"] == f"/comprobantes/{number}/"
        assert "/comprobantes/cuentas/" in client_of(carrier, Role.MANAGER).get("/").content.decode()

    @pytest.mark.parametrize("place", ["?mensaje=%00", "?mensaje=9999999999999", "?linea=-1", "?cliente=x"])
    def test_junk_in_the_address_is_no_error_of_ours(self, carrier, place):
        client = client_of(carrier, Role.INTERCONNECTION)
        assert client.get(reverse("desk:receipt-new") + place).status_code < 500

    def test_the_list_asks_the_same_however_many_there_are(self, carrier):
        client = client_of(carrier, Role.INTERCONNECTION)

        def asked(url: str) -> int:
            client.get(url)
            with CaptureQueriesContext(connection) as seen:
                assert client.get(url).status_code == 200
            return len(seen.captured_queries)

        places = [reverse("desk:receipts"), address(carrier, "receipt"), reverse("desk:receipt-new")]
        before = [asked(url) for url in places]
        for n in range(8):
            money.register(carrier, carrier.invoice, "10.00", reference=f"mas-{n}")
        row = Receipt.objects.get(pk=carrier.rows["WAITING"])
        for _n in range(4):
            money.allocate(carrier, row, (carrier.invoice, "1.00"))
        assert [asked(url) for url in places] == before
        assert max(before) <= 45, before


def message_with_pdf(carrier, content: bytes = b"%PDF-1.4 pago") -> Message:
    """A WhatsApp document as it stands once it was fetched."""
    pk = carrier.customer_writes("59170000014", "adjunto el pago")
    message = Message.objects.get(pk=pk)
    stored = files.store(
        dossier_id=message.dossier_id,
        name="pago.pdf",
        content=content,
        content_type="application/pdf",
        actor=for_job("whatsapp"),
        at=carrier.at,
        kind="WHATSAPP",
    )
    MessageAttachment.objects.create(
        message=message, position=0, name="pago.pdf", content_type="application/pdf", file=stored
    )
    return message


def source_file(message: Message) -> int:
    return MessageAttachment.objects.get(message=message).file_id
