"""`mayorista import` from the terminal, on PostgreSQL."""

from __future__ import annotations

import openpyxl
import pytest

from mayorista.apps.contracts.models import Service
from mayorista.apps.customers.models import Customer
from mayorista.apps.onboarding.models import ImportRun
from mayorista.apps.procedure.models import JournalEntry
from mayorista.apps.procedure.operations import people
from mayorista.interfaces import cli
from tests.apps.onboarding import books
from tests.interfaces.contracts.conftest import AT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "clientes.xlsx"
    path.write_bytes(books.torture())
    return path


@pytest.fixture
def faulty(tmp_path):
    path = tmp_path / "mal.xlsx"
    path.write_bytes(
        books.simple(Clientes=[["Nombre", "NIT"], ["BUENA NET", "111222333"], ["MALA NET", "12a"]])
    )
    return path


def test_shows_what_would_change_and_loads_nothing(book, capsys):
    assert cli.main(["import", str(book)]) == 0
    said = capsys.readouterr().out
    assert "8 nuevos, 0 modificados, 0 sin cambios, 0 por corregir." in said
    assert "agregue --apply" in said
    assert not Customer.objects.exists()
    assert ImportRun.objects.get().state == "DISCARDED"


def test_loads_when_told_and_the_second_time_changes_nothing(book, capsys):
    assert cli.main(["import", str(book), "--apply"]) == 0
    assert Service.objects.count() == 4
    assert cli.main(["import", str(book), "--apply"]) == 0
    assert "Sin cambios." in capsys.readouterr().out


def test_tells_errors_by_place_and_writes_the_correction(faulty, tmp_path, capsys):
    target = tmp_path / "corregir.xlsx"
    assert cli.main(["import", str(faulty), "--correction", str(target)]) == 1
    assert "ERROR  Clientes, fila 3, columna B (NIT)" in capsys.readouterr().out
    assert openpyxl.load_workbook(target).sheetnames == ["Instrucciones", "Clientes"]


def test_loads_what_is_right_only_when_told_so(faulty, capsys):
    assert cli.main(["import", str(faulty), "--apply"]) == 1
    assert "El libro tiene errores." in capsys.readouterr().err
    assert not Customer.objects.exists()
    assert cli.main(["import", str(faulty), "--apply", "--partial"]) == 1
    assert Customer.objects.get().name == "BUENA NET"


def test_acts_for_a_user_with_the_users_rights(book, capsys):
    people.write_user(username="ic", full_name="Iván", roles=["INTERCONNECTION"], at=AT)
    people.write_user(username="noc", full_name="Noelia", roles=["NOC"], at=AT)
    assert cli.main(["import", str(book), "--user", "noc"]) == 1
    assert "Su rol no puede" in capsys.readouterr().err
    assert cli.main(["import", str(book), "--apply", "--user", "IC"]) == 0
    assert JournalEntry.objects.get(act="IMPORT").user.full_name == "Iván"
    assert cli.main(["import", str(book), "--user", "nadie"]) == 1


def test_writes_the_template(tmp_path):
    target = tmp_path / "plantilla.xlsx"
    assert cli.main(["import", "--template", str(target)]) == 0
    assert "Clientes" in openpyxl.load_workbook(target).sheetnames


def test_says_in_words_what_it_lacks(tmp_path, capsys):
    assert cli.main(["import"]) == 1
    assert "--template" in capsys.readouterr().err
    assert cli.main(["import", str(tmp_path / "no-hay.xlsx")]) == 1
    assert "no-hay.xlsx" in capsys.readouterr().err
