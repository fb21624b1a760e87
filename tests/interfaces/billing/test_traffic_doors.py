"""Samples by post and by file: tokens, limits, what is wrong named by row and column, answers that say what was odd."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mayorista.apps.contracts.models import TrafficDay
from mayorista.apps.contracts.operations import traffic
from mayorista.interfaces.hooks import traffic as hook
from tests import billing_world as bills
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures

CSV = "circuito;hora;entrada_mbps;salida_mbps\nTIP-0141;2026-11-23 10:00;5;6\nTIP-0141;2026-11-23 10:20;5;6\n"


@pytest.fixture
def carrier(world, monkeypatch):  # noqa: F811
    from mayorista.interfaces import clock

    world.move_to(24)
    bills.billed(world)
    monkeypatch.setattr(clock, "now", lambda: world.at)
    made = traffic.create_source(
        code="librenms",
        name="LibreNMS",
        zone="America/La_Paz",
        counter_bits=64,
        actor=world.actor("admin"),
        at=world.at,
    )
    world.token = made.token
    return world


def post(carrier, body, kind="text/csv", token=None, code="librenms"):
    return Client().post(
        f"/hooks/trafico/{code}",
        body,
        content_type=kind,
        headers={"Authorization": f"Bearer {token or carrier.token}"},
    )


def desk(carrier, who="noc") -> Client:
    client = Client()
    client.force_login(carrier.users[who], backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


class TestHook:
    def test_takes_csv_and_says_what_was_odd(self, carrier):
        answer = post(carrier, CSV)
        told = answer.json()
        assert (answer.status_code, told["new"]) == (200, 2)
        assert told["findings"] == [
            {
                "kind": "gap",
                "circuit": "TIP-0141",
                "port": "Te0/0/0/3",
                "times": 3,
                "first": "3 desde 23/11/2026 10:05",
            }
        ]
        assert post(carrier, CSV).json()["same"] == 2

    def test_takes_json_with_exact_numbers(self, carrier):
        body = {"samples": [{"circuit": "TIP-0141", "at": 1795442400, "in_mbps": 0.1, "out_mbps": 2}]}
        answer = post(carrier, json.dumps(body), "application/json")
        assert answer.status_code == 200, answer.content
        assert TrafficDay.objects.get().present == 1

    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            (CSV, "text/plain", 415),
            (" ", "text/csv", 422),
            ("{", "application/json", 422),
            ("[]", "application/json", 422),
            ('{"samples": [1]}', "application/json", 422),
            ("circuito;hora\nx;y\n", "text/csv", 422),
            ('circuito;"hora', "text/csv", 422),
            (b"\x00\x01\x02", "text/csv", 422),
        ],
    )
    def test_refuses_what_it_does_not_understand(self, carrier, body, kind, status):
        assert post(carrier, body, kind).status_code == status
        assert not TrafficDay.objects.exists()

    def test_names_row_and_column_and_keeps_nothing(self, carrier):
        answer = post(carrier, CSV + "TIP-0141;ayer;5;6\n")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "fila 4, hora"
        assert not TrafficDay.objects.exists()

    def test_is_closed_to_strangers_and_large_bodies(self, carrier, monkeypatch):
        assert post(carrier, CSV, token="falsa").status_code == 401
        assert post(carrier, CSV, code="nadie").status_code == 401
        assert Client().get("/hooks/trafico/librenms").status_code == 405
        monkeypatch.setattr(hook, "MAX_BYTES", 10)
        assert post(carrier, CSV).status_code == 413


class TestFile:
    def send(self, carrier, name: str, content: bytes, who="noc"):
        upload = SimpleUploadedFile(name, content)
        return desk(carrier, who).post(
            "/trafico/subir/", {"file": upload, "zone": "America/La_Paz", "counter_bits": "64"}
        )

    def test_a_workbook_with_dates_and_numbers(self, carrier):
        import datetime as dt

        book = openpyxl.Workbook()
        book.active.append(["circuito", "hora", "entrada_mbps", "salida_mbps"])
        book.active.append(["TIP-0141", dt.datetime(2026, 11, 23, 10, 0), 1612.4, 233])
        held = io.BytesIO()
        book.save(held)
        answer = self.send(carrier, "muestras.xlsx", held.getvalue())
        assert answer.status_code == 200
        assert "1 muestras nuevas" in answer.content.decode()
        assert desk(carrier).get("/trafico/2026-11/TIP-0141/").status_code == 200
        assert "TIP-0141" in desk(carrier).get("/trafico/?mes=2026-11").content.decode()

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.xlsx", b"PK\x03\x04nada"),
            ("a.csv", b""),
            ("a.xls", b"\xd0\xcf\x11\xe0"),
            ("a.csv", b"\x00" * 99),
        ],
    )
    def test_what_is_no_table_is_refused_in_words(self, carrier, name, content):
        answer = self.send(carrier, name, content)
        assert answer.status_code == 422
        assert not TrafficDay.objects.exists()

    def test_wrong_cells_are_listed(self, carrier):
        answer = self.send(carrier, "m.csv", (CSV + "TIP-0141;2026-11-23 10:30;x;6\n").encode())
        assert answer.status_code == 422
        assert "fila 4, entrada_mbps" in answer.content.decode()
