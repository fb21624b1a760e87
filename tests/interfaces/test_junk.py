"""Junk in addresses and questions is refused in words: never an error of ours."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.procedure.operations import people
from mayorista.rules.procedure import Role

AT = dt.datetime(2026, 11, 24, 6, 0, tzinfo=dt.UTC)
JUNK = ["%00a", "%C2%B2", "9" * 30, "-1", "%F0%9F%92%A5", "'%20OR%201=1"]
PLACES = ["danos", "clientes", "servicios", "mantenimientos", "dac", "protocolos", "verificar"]
LISTS = [
    "/danos/?pagina={}",
    "/danos/?q={}",
    "/alarmas/?pagina={}",
    "/alarmas/?q={}",
    "/buscar/?q={}",
    "/clientes/?q={}",
    "/clientes/?pagina={}",
    "/servicios/?q={}",
    "/contactos/?q={}",
    "/danos/nuevo/?buscar={}",
    "/danos/nuevo/?services={}",
    "/reclamos/nuevo/?mensaje={}",
    "/mensajes/{}/",
    "/mensajes/{}/original.eml",
    "/avisos/?casos={}",
    "/vivo?board={}",
    "/?formato=xlsx&q={}",
    "/danos/?formato=xlsx&q={}",
    "/clientes/?formato=xlsx&q={}",
]


@pytest.fixture
def desk(client, db):
    user = people.write_user(
        username="todas",
        full_name="Todas",
        roles=[Role.NOC, Role.SUPPORT, Role.MANAGER, Role.ADMIN],
        email="t@x.example",
        password="una-clave-de-prueba-9",
        at=AT,
    )
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("junk", JUNK)
class TestJunk:
    @pytest.mark.parametrize("place", PLACES)
    def test_in_an_address_is_no_error_of_ours(self, desk, place, junk):
        assert desk.get(f"/{place}/{junk}/").status_code < 500

    @pytest.mark.parametrize("question", LISTS)
    def test_in_a_question_is_no_error_of_ours(self, desk, question, junk):
        assert desk.get(question.format(junk)).status_code < 500

    def test_in_the_minutes_of_a_task_is_no_error_of_ours(self, desk, junk):
        assert desk.post("/tareas/1/posponer/", {"minutos": junk, "motivo": junk}).status_code < 500
