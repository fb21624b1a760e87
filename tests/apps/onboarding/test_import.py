"""The import of workbooks, tortured, on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest

from mayorista.apps.contracts.models import NmsName, Provider, Resource, Ride, Service, SlaProfile, SlaTarget
from mayorista.apps.customers import operations as customers
from mayorista.apps.customers.models import Contact, ContactRole, Customer
from mayorista.apps.onboarding import operations, queries, template
from mayorista.apps.onboarding.models import ImportRun
from mayorista.apps.procedure.actors import Actor, for_job
from mayorista.apps.procedure.models import Dossier, JournalEntry, StoredFile
from mayorista.apps.procedure.operations import files, people
from mayorista.rules.errors import Conflict, Invalid, NotAllowed, Stale
from mayorista.rules.procedure import Role
from tests.apps.onboarding import books

AT = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
JOB = for_job("tests")

pytestmark = pytest.mark.django_db


def person():
    """Money on account and disputes are written down by a person."""
    user = people.write_user(
        username="interconexion",
        full_name="Iván Condori",
        roles=[Role.INTERCONNECTION],
        email="i@comteco.example",
        phone_e164="",
        password="un-turno-de-noche-27",
        at=AT,
    )
    return people.actor_for(user=user, at=AT)


def preview(
    content: bytes, name: str = "clientes.xlsx", at: dt.datetime = AT, actor: Actor = JOB
) -> ImportRun:
    return operations.preview_import(content=content, name=name, actor=actor, at=at)


def load(content: bytes, *, partial: bool = False, at: dt.datetime = AT, actor: Actor = JOB) -> ImportRun:
    run = preview(content, at=at, actor=actor)
    return operations.confirm_import(run_id=run.pk, actor=actor, at=at, partial=partial)


def problems(run: ImportRun) -> list[tuple[str, int, str]]:
    return [(each["sheet"], each["row"], each["letter"]) for each in run.problems if not each["warning"]]


def messages(run: ImportRun) -> str:
    return "\n".join(f"{each['message']} {each['remedy']}" for each in run.problems)


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    found = run.outcome["counts"]
    return found["new"], found["changed"], found["same"], found["bad"]


def correction_of(run: ImportRun) -> openpyxl.Workbook:
    _row, content = files.read(file_id=run.correction_file_id)
    return openpyxl.load_workbook(io.BytesIO(content))


class TestTorture:
    def test_reads_what_spreadsheets_do_to_data(self):
        run = load(books.torture())
        assert problems(run) == [], messages(run)
        valle = Customer.objects.get(code="ISP-014")
        assert (valle.nit, valle.city) == ("0028627025", "Cochabamba")
        assert set(Customer.objects.values_list("name", "nit")) == {
            ("VALLE FIBRA S.R.L.", "0028627025"),
            ("Andesnet Ltda.", "175842024"),
            ("RED TUNARI S.R.L.", "1020703023"),
        }
        assert dict(Service.objects.values_list("circuit_code", "capacity_kbps")) == {
            "TIP-0141": 2_000_000,
            "TIP-0142": 500_000,
            "TIP-0032": 3_000_000,
            "TIP-0077": 512_500,
        }
        assert dict(Service.objects.values_list("circuit_code", "started_date")) == {
            "TIP-0141": dt.date(2025, 11, 24),
            "TIP-0142": dt.date(2025, 12, 1),
            "TIP-0032": dt.date(2026, 1, 1),
            "TIP-0077": dt.date(2025, 12, 1),
        }
        one = Service.objects.get(circuit_code="TIP-0141")
        assert (one.customer, one.vlan, one.asn, one.prefixes) == (valle, 1141, 64514, ["198.51.100.0/24"])
        assert Service.objects.get(circuit_code="TIP-0142").customer == valle  # a merged cell
        assert NmsName.objects.get(service=one).labels == {"instance": "br1", "interface": "Te3"}
        assert list(
            Ride.objects.order_by("service__circuit_code").values_list("service__circuit_code", "primary")
        ) == [
            ("TIP-0141", True),
            ("TIP-0142", False),
        ]
        assert Resource.objects.get(code="UP-TAD").provider == Provider.objects.get(code="TAD")
        assert [level["name"] for level in Provider.objects.get().escalation] == ["NOC", "Jefe"]
        assert str(SlaProfile.objects.get().availability) == "99.9500"
        assert SlaTarget.objects.values_list("severity", "response_minutes", "repair_minutes").get() == (
            1,
            10,
            240,
        )

    def test_reads_two_phones_in_a_cell_and_one_person_of_several_isps(self):
        load(books.torture())
        ana = Contact.objects.get(full_name="Ana Rojas")
        assert (ana.phone_e164, ana.other_phones, ana.email) == (
            "+59170000001",
            "+59144250000",
            "ana@valle.example",
        )
        assert ana.whatsapp_opt_in_at == dt.datetime(2025, 11, 24, 4, 0, tzinfo=dt.UTC)
        assert set(ContactRole.objects.filter(contact=ana).values_list("role", flat=True)) == {
            "TECHNICAL",
            "ON_CALL",
        }
        beto = Contact.objects.get(full_name="Beto Paz")
        assert set(ContactRole.objects.filter(contact=beto).values_list("customer__name", flat=True)) == {
            "Andesnet Ltda.",
            "RED TUNARI S.R.L.",
        }
        assert beto.opt_in_how == "carta"

    def test_a_preview_writes_nothing(self):
        run = preview(books.torture())
        assert counts(run) == (8, 0, 0, 0)
        for model in (Customer, Contact, Service, Resource, Provider, SlaProfile, NmsName):
            assert not model.objects.exists(), model
        assert not Dossier.objects.filter(kind="CUSTOMER").exists()
        assert not JournalEntry.objects.exists()
        assert StoredFile.objects.filter(kind="IMPORT").count() == 1

    def test_the_second_import_of_the_same_file_changes_nothing(self):
        load(books.torture())
        before = (JournalEntry.objects.count(), list(Service.objects.values_list("version", flat=True)))
        run = load(books.torture(), at=AT + dt.timedelta(days=1))
        assert counts(run) == (0, 0, 8, 0)
        # Only the import itself is journaled.
        assert (
            JournalEntry.objects.count() - 1,
            list(Service.objects.values_list("version", flat=True)),
        ) == before

    def test_tells_what_it_did_not_read(self):
        assert preview(books.torture()).outcome["ignored"] == ["Notas internas"]

    def test_tells_of_columns_that_it_did_not_read(self):
        contacts = [
            ["Cliente", "Nombre", "Teléfono", "Celular", "Roles", "Cumpleaños", "Vacía"],
            ["UNA NET", "Ana", "4-4250000", "70000001", "Técnico", "1 de mayo", None],
        ]
        run = preview(books.simple(Clientes=[books.CLIENTS, ["", "UNA NET", "", ""]], Contactos=contacts))
        told = [(each["letter"], each["message"]) for each in run.problems if each["warning"]]
        assert ("D", "La columna «Celular» no se lee.") in told
        assert ("F", "La columna «Cumpleaños» no se lee.") in told
        assert not [letter for letter, _message in told if letter == "G"]

    def test_is_journaled_with_its_file(self):
        run = load(books.torture())
        entry = JournalEntry.objects.get(act="IMPORT")
        assert (
            entry.text
            == "Importación «clientes.xlsx»: 8 nuevos, 0 modificados, 0 sin cambios, 0 por corregir."
        )
        assert entry.payload["file"] == run.file_id
        assert files.read(file_id=run.file_id)[0].kind == "IMPORT"


class TestErrors:
    def broken(self) -> bytes:
        return books.simple(
            Clientes=[
                books.CLIENTS,
                ["ISP-001", "BUENA NET S.R.L.", "111222333", "Cochabamba"],
                ["ISP 002", "MALA NET", "12a", "Sacaba"],
            ],
            Servicios=[
                [*books.SERVICES, "VLAN", "Nodo", "En servicio desde"],
                ["BUENA NET", "TIP-1", "2 Gbps", None, None, None],
                ["MALA NET", "TIP-2", "2 gigabaudio", "9999", "NO-HAY", "31/02/2026"],
                ["MALA NET", "TIP-3", "500 Mbps", None, None, None],
                ["BUENA NETT", "TIP-4", "500 Mbps", None, None, None],
            ],
            Contactos=[
                ["Cliente", "Nombre", "Teléfono", "Roles"],
                ["MALA NET", "Ana", "7000001", "Jefa"],
            ],
        )

    def test_come_all_at_once_by_sheet_row_and_column(self):
        run = preview(self.broken())
        assert problems(run) == [
            ("Clientes", 3, "A"),
            ("Clientes", 3, "C"),
            ("Contactos", 2, "C"),
            ("Contactos", 2, "D"),
            ("Servicios", 3, "C"),
            ("Servicios", 3, "D"),
            ("Servicios", 3, "E"),
            ("Servicios", 3, "F"),
            ("Servicios", 5, "A"),
        ], messages(run)
        assert "¿Quiso decir BUENA NET S.R.L. (nuevo)?" in messages(run)

    def test_in_cells_that_are_used_last_are_told_with_the_first(self):
        run = preview(
            books.simple(
                Clientes=[books.CLIENTS, ["ISP-001", "BUENA NET S.R.L.", "111222333", "Cochabamba"]],
                Servicios=[
                    [*books.SERVICES, "VLAN", "Factura desde"],
                    ["BUENA NET", "TIP-1", "2 Gbps", "9999", "mañana"],
                ],
                Contactos=[
                    [
                        "Cliente",
                        "Nombre",
                        "Correo",
                        "Teléfono",
                        "Roles",
                        "Acepta WhatsApp",
                        "Fecha de aceptación",
                    ],
                    ["BUENA NET", "Ana", "no es correo", "70000001", "Técnico", "sí", "31/02/2026"],
                ],
            )
        )
        assert problems(run) == [
            ("Contactos", 2, "C"),
            ("Contactos", 2, "G"),
            ("Servicios", 2, "D"),
            ("Servicios", 2, "E"),
        ], messages(run)

    def test_a_good_customer_loads_whole_while_a_bad_one_stays_out_whole(self):
        run = preview(self.broken())
        with pytest.raises(Conflict, match="tiene errores"):
            operations.confirm_import(run_id=run.pk, actor=JOB, at=AT)
        assert not Customer.objects.exists()
        operations.confirm_import(run_id=run.pk, actor=JOB, at=AT, partial=True)
        assert list(Customer.objects.values_list("name", flat=True)) == ["BUENA NET S.R.L."]
        assert list(Service.objects.values_list("circuit_code", flat=True)) == ["TIP-1"]
        assert not Contact.objects.exists()
        assert not Dossier.objects.filter(number__in=["TIP-2", "TIP-3"]).exists()

    def test_the_bad_ones_come_back_marked_with_reasons(self):
        book = correction_of(preview(self.broken()))
        assert book.sheetnames == ["Instrucciones", "Clientes", "Contactos", "Servicios"]
        services = book["Servicios"]
        titles = [cell.value for cell in services[1]]
        assert titles[-1] == "Motivo"
        rows = {row[1].value: row for row in services.iter_rows(min_row=2)}
        assert set(rows) == {"TIP-2", "TIP-3", "TIP-4"}
        capacity = rows["TIP-2"][titles.index("Capacidad")]
        assert (capacity.value, capacity.fill.fgColor.rgb[-6:]) == ("2 gigabaudio", "F8C9C9")
        assert "gigabaudio" in capacity.comment.text
        assert rows["TIP-3"][-1].value == "Sin errores propios: vuelve con su cliente."

    def test_a_corrected_workbook_loads_what_was_missing(self):
        run = preview(self.broken())
        operations.confirm_import(run_id=run.pk, actor=JOB, at=AT, partial=True)
        book = correction_of(run)
        clients, services, contacts = (book[name] for name in ("Clientes", "Servicios", "Contactos"))
        fix(clients, "MALA NET", "Código", "ISP-002")
        fix(clients, "MALA NET", "NIT", "444555666")
        for title, value in (
            ("Capacidad", "2 Gbps"),
            ("VLAN", "99"),
            ("Nodo", None),
            ("En servicio desde", "28/02/2026"),
        ):
            fix(services, "TIP-2", title, value)
        fix(services, "TIP-4", "Cliente", "BUENA NET")
        fix(contacts, "Ana", "Teléfono", "70000001")
        fix(contacts, "Ana", "Roles", "Técnico")
        again = load(books.save(book))
        assert problems(again) == [], messages(again)
        assert set(Service.objects.values_list("circuit_code", flat=True)) == {
            "TIP-1",
            "TIP-2",
            "TIP-3",
            "TIP-4",
        }

    @pytest.mark.parametrize(
        ("number", "kbps"), [(1.234, 1_234_000), (0.125, 125_000), (12.5, 12_500_000), (7, 7_000_000)]
    )
    def test_a_number_comes_back_with_the_one_reading_it_had(self, number, kbps):
        clients = [books.CLIENTS, ["", "MALA NET", "x", ""]]
        services = [["Cliente", "Circuito", "Capacidad (Gbps)"], ["MALA NET", "TIP-1", number]]
        book = correction_of(preview(books.simple(Clientes=clients, Servicios=services)))
        fix(book["Clientes"], "MALA NET", "NIT", "444555666")
        again = load(books.save(book))
        assert problems(again) == [], messages(again)
        assert Service.objects.get().capacity_kbps == kbps

    def test_a_shared_row_with_errors_is_named_where_it_is_used(self):
        run = preview(
            books.simple(
                Clientes=[books.CLIENTS, ["ISP-001", "BUENA NET", None, None]],
                Elementos=[["Código", "Clase"], ["UP-1", "Red contratada"], ["BR1", "Nodo"]],
                Servicios=[
                    [*books.SERVICES, "Va por", "Nodo"],
                    ["BUENA NET", "TIP-1", "1 Gbps", "UP-1", "BR1"],
                ],
            )
        )
        assert problems(run) == [("Servicios", 2, "D"), ("Elementos", 2, "")]
        assert "«UP-1» tiene errores en la hoja Elementos, fila 2." in messages(run)

    def test_two_rows_for_one_customer_must_agree(self):
        run = preview(
            books.simple(
                Clientes=[
                    books.CLIENTS,
                    [None, "VALLE FIBRA S.R.L.", "111222333", None],
                    [None, "Valle Fibra SRL", "0111222333", "Sacaba"],
                    [None, "VALLEFIBRA LTDA.", "999888777", "Quillacollo"],
                ]
            )
        )
        assert problems(run) == [("Clientes", 4, "C"), ("Clientes", 4, "D")]

    def test_a_retail_customer_is_refused(self):
        run = preview(books.simple(Clientes=[["Nombre", "Tipo"], ["JUAN PEREZ", "Residencial"]]))
        assert problems(run) == [("Clientes", 2, "B")]

    def test_a_circuit_of_another_customer_is_refused_with_its_owner(self):
        load(
            books.simple(
                Clientes=[books.CLIENTS, ["ISP-001", "UNA NET", None, None]],
                Servicios=[books.SERVICES, ["UNA NET", "TIP-1", "1 Gbps"]],
            )
        )
        run = preview(
            books.simple(
                Clientes=[books.CLIENTS, ["ISP-002", "OTRA RED", None, None]],
                Servicios=[books.SERVICES, ["OTRA RED", "TIP-1", "1 Gbps"]],
            )
        )
        assert problems(run) == [("Servicios", 2, "B")]
        assert "UNA NET" in messages(run)

    def test_formulas_and_error_values_are_refused_by_cell(self):
        run = preview(
            books.simple(
                Clientes=[books.CLIENTS, ["ISP-001", "UNA NET", "=1+1", "#N/A"]],
            )
        )
        assert problems(run) == [("Clientes", 2, "C"), ("Clientes", 2, "D")]
        assert "fórmula" in messages(run)

    def test_a_missing_column_is_named(self):
        run = preview(books.simple(Servicios=[["Cliente", "Circuito"], ["X", "TIP-1"]]))
        assert [(each["sheet"], each["column"]) for each in run.problems] == [("Servicios", "Capacidad")]


def fix(tab, key: str, title: str, value) -> None:
    titles = [cell.value for cell in tab[1]]
    row = next(row for row in tab.iter_rows(min_row=2) if key in [cell.value for cell in row])
    row[titles.index(title)].value = value


class TestSpelling:
    def test_a_customer_found_by_its_name_keeps_the_name_it_has(self):
        customers.save_customer(name="VALLE FIBRA S.R.L.", code="ISP-014", actor=JOB, at=AT)
        run = load(books.simple(Clientes=[["Nombre", "Ciudad"], ["valle fibra srl", "Sacaba"]]))
        assert counts(run) == (0, 1, 0, 0)
        assert Customer.objects.values_list("name", "city").get() == ("VALLE FIBRA S.R.L.", "Sacaba")

    def test_a_customer_named_by_code_takes_the_new_name(self):
        customers.save_customer(name="VALLE FIBRA S.R.L.", code="ISP-014", actor=JOB, at=AT)
        load(books.simple(Clientes=[["Código", "Nombre"], ["isp-014", "VALLE FIBRA BOLIVIA S.R.L."]]))
        assert Customer.objects.get().name == "VALLE FIBRA BOLIVIA S.R.L."

    def test_a_like_name_with_the_same_nit_is_the_same_customer_with_a_warning(self):
        customers.save_customer(name="VALLE FIBRA S.R.L.", nit="0111222333", actor=JOB, at=AT)
        run = load(books.simple(Clientes=[["Nombre", "NIT"], ["VALE FIBRA", 111222333]]))
        assert (counts(run), Customer.objects.count()) == ((0, 0, 1, 0), 1)
        assert "Por su NIT es VALLE FIBRA S.R.L." in messages(run)

    def test_another_name_with_the_same_nit_is_refused(self):
        customers.save_customer(name="VALLE FIBRA S.R.L.", nit="0111222333", actor=JOB, at=AT)
        run = preview(books.simple(Clientes=[["Nombre", "NIT"], ["CABLE SUR DEMO", 111222333]]))
        assert problems(run) == [("Clientes", 2, "B")]


class TestBlanks:
    def test_an_empty_cell_keeps_and_a_hyphen_erases(self):
        customers.save_customer(
            name="UNA NET", code="ISP-001", city="Sacaba", address="Av. 1", actor=JOB, at=AT
        )
        load(
            books.simple(
                Clientes=[["Código", "Nombre", "Ciudad", "Dirección"], ["ISP-001", "UNA NET", None, "-"]]
            )
        )
        assert Customer.objects.values_list("city", "address").get() == ("Sacaba", "")

    def test_withdraws_consent_when_the_sheet_says_no(self):
        book = lambda answer, how: books.simple(  # noqa: E731 - two books of one shape
            Clientes=[["Código", "Nombre"], ["ISP-001", "UNA NET"]],
            Contactos=[
                ["Cliente", "Nombre", "Teléfono", "Roles", "Acepta WhatsApp", "Cómo aceptó"],
                ["UNA NET", "Ana", "70000001", "Técnico", answer, how],
            ],
        )
        load(book("sí", "carta"))
        assert Contact.objects.get().whatsapp_opt_in_at == AT
        load(book("no", None))
        assert Contact.objects.get().whatsapp_opt_in_at is None

    def test_consent_without_saying_how_is_refused(self):
        run = preview(
            books.simple(
                Clientes=[["Código", "Nombre"], ["ISP-001", "UNA NET"]],
                Contactos=[
                    ["Cliente", "Nombre", "Teléfono", "Roles", "Acepta WhatsApp", "Cómo aceptó"],
                    ["UNA NET", "Ana", "70000001", "Técnico", "sí", None],
                ],
            )
        )
        assert problems(run) == [("Contactos", 2, "F")]


class TestConfirm:
    def test_applies_exactly_what_was_shown_or_says_it_is_stale(self):
        content = books.simple(Clientes=[["Código", "Nombre", "Ciudad"], ["ISP-001", "UNA NET", "Sacaba"]])
        run = preview(content)
        customers.save_customer(name="UNA NET", code="ISP-001", actor=JOB, at=AT)
        with pytest.raises(Stale, match="no se cargó nada"):
            operations.confirm_import(run_id=run.pk, actor=JOB, at=AT)
        assert Customer.objects.get().city == ""
        # The run now holds the preview of what would happen now, and that can be confirmed.
        assert counts(ImportRun.objects.get()) == (0, 1, 0, 0)
        operations.confirm_import(run_id=run.pk, actor=JOB, at=AT)
        assert Customer.objects.get().city == "Sacaba"

    def test_a_screen_older_than_the_stored_preview_is_stale(self):
        run = preview(books.simple(Clientes=[["Código", "Nombre"], ["ISP-001", "UNA NET"]]))
        with pytest.raises(Stale):
            operations.confirm_import(run_id=run.pk, shown_hash="0" * 64, actor=JOB, at=AT)
        assert not Customer.objects.exists()

    def test_loads_once(self):
        run = load(books.simple(Clientes=[["Código", "Nombre"], ["ISP-001", "UNA NET"]]))
        with pytest.raises(Conflict, match="aplicada"):
            operations.confirm_import(run_id=run.pk, actor=JOB, at=AT)

    def test_a_discarded_preview_cannot_be_confirmed(self):
        run = preview(books.simple(Clientes=[["Código", "Nombre"], ["ISP-001", "UNA NET"]]))
        operations.discard_import(run_id=run.pk, actor=JOB, at=AT)
        with pytest.raises(Conflict, match="descartada"):
            operations.confirm_import(run_id=run.pk, actor=JOB, at=AT)

    def test_is_refused_to_the_noc(self):
        user = people.write_user(username="noc", full_name="N", roles=["NOC"], at=AT)
        actor = people.actor_for(user=user, at=AT)
        with pytest.raises(NotAllowed):
            operations.preview_import(content=books.torture(), name="x.xlsx", actor=actor, at=AT)
        run = preview(books.torture())
        with pytest.raises(NotAllowed):
            operations.confirm_import(run_id=run.pk, actor=actor, at=AT)
        with pytest.raises(NotAllowed):
            operations.discard_import(run_id=run.pk, actor=actor, at=AT)

    def test_is_open_to_interconnection(self):
        user = people.write_user(username="ic", full_name="I", roles=["INTERCONNECTION"], at=AT)
        actor = people.actor_for(user=user, at=AT)
        run = operations.preview_import(content=books.torture(), name="x.xlsx", actor=actor, at=AT)
        operations.confirm_import(run_id=run.pk, actor=actor, at=AT)
        page = queries.import_page(run_id=run.pk)
        assert (page.applied_by, page.customers.new, page.waiting) == ("I", 3, False)


class TestRefusedFiles:
    def refused(self, content: bytes, match: str, name: str = "x.xlsx") -> None:
        with pytest.raises(Invalid, match=match) as caught:
            preview(content, name)
        assert caught.value.field == "file"
        assert caught.value.remedy
        assert name in caught.value.message or "hoja" in caught.value.message
        assert not ImportRun.objects.exists()

    def test_what_is_no_workbook(self):
        self.refused(b"Codigo;Nombre\n1;x", "no es un libro de Excel", "clientes.csv")
        self.refused(b"", "no es un libro de Excel")
        self.refused(b"PK\x03\x04 broken", "no es un libro de Excel")

    def test_an_old_or_locked_workbook(self):
        self.refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "antiguo")

    def test_macros(self):
        self.refused(books.with_part(books.torture(), "xl/vbaProject.bin", b"x"), "macros", "macros.xlsm")

    def test_a_bomb(self):
        bomb = books.with_part(books.torture(), "xl/media/a.bin", bytes(80 * 1024 * 1024))
        self.refused(bomb, "se descomprime en")

    def test_a_directory_that_lies_about_sizes(self):
        content = bytearray(books.with_part(books.torture(), "xl/big.xml", b"<a>" + b" " * 500_000 + b"</a>"))
        # The central directory's uncompressed size of the last part, made small.
        place = content.rindex(b"PK\x01\x02")
        content[place + 24 : place + 28] = (10).to_bytes(4, "little")
        self.refused(bytes(content), "mal formado|no es un libro")

    def test_entities(self):
        evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'
        self.refused(books.with_part(books.torture(), "xl/worksheets/sheet1.xml", evil), "mal formado")

    def test_a_huge_file(self):
        self.refused(b"PK\x03\x04" + bytes(11 * 1024 * 1024), "el límite es 10 MB")

    def test_too_many_rows(self):
        run = preview(
            books.simple(Clientes=[["Código", "Nombre"], *([f"I-{n}", f"N {n}"] for n in range(5_100))])
        )
        assert "el límite es 5000" in messages(run)

    def test_a_workbook_without_any_known_sheet(self):
        self.refused(books.simple(Hoja1=[["a"]]), "ninguna hoja conocida")


class TestTemplate:
    def test_its_example_loads_as_it_is(self):
        run = load(template.example(), actor=person(), at=dt.datetime(2026, 12, 2, 14, tzinfo=dt.UTC))
        assert problems(run) == [], messages(run)
        assert Service.objects.get().circuit_code == "TIP-0141"

    def test_the_empty_one_changes_nothing(self):
        assert counts(preview(template.workbook())) == (0, 0, 0, 0)

    def test_explains_every_column(self):
        book = openpyxl.load_workbook(io.BytesIO(template.workbook()))
        explained = {row[0].value for row in book["Instrucciones"].iter_rows()}
        for sheet in queries.documented_sheets():
            assert {column.title for column in sheet.columns} <= explained
            assert [cell.value for cell in book[sheet.title][1]] == [column.title for column in sheet.columns]


def test_what_looks_like_a_formula_comes_back_as_text():
    run = preview(books.simple(Clientes=[books.CLIENTS, ["ISP-001", "UNA NET", "x", "'=cmd|' /C calc'!A0"]]))
    cell = correction_of(run)["Clientes"]["F2"]
    assert cell.data_type == "s"
