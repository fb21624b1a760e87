"""A source of alarms changed, switched off and on again on its screen."""

from __future__ import annotations

import pytest
from django.test import Client

from mayorista.apps.monitoring.models import AlarmSource
from mayorista.apps.monitoring.operations import sources
from mayorista.apps.procedure.models import JournalEntry
from mayorista.interfaces.lab import bodies
from tests.alarms import alert

TOKEN = "a-token-of-the-tests-0123456789"


@pytest.fixture
def source(world):
    return AlarmSource.objects.get(pk=world.source_id)


@pytest.fixture
def said(source, visit):
    """What the form sends when nothing was changed yet."""
    form = visit("admin").get(page(source)).context["form"]
    kept = {name: form[name].value() for name in form.fields if name != "active"}
    return {name: "" if value is None else value for name, value in kept.items()} | {"active": "on"}


def page(source) -> str:
    return f"/alarmas/fuentes/{source.pk}/"


class TestTheFormOfASource:
    def test_changes_what_is_known_of_it(self, source, said, visit):
        words = "P1 = crítica\n\nP2 = MAJOR"
        answer = visit("admin").post(
            page(source),
            said
            | {
                "name": "Zabbix",
                "silence_minutes": "1,5",
                "severity_threshold": "MAJOR",
                "severity_words": words,
            },
        )
        assert answer.status_code == 302
        source.refresh_from_db()
        assert (source.name, source.silence_after_seconds) == ("Zabbix", 90)
        assert source.severity_threshold == "MAJOR"
        assert source.severity_words == {"p1": "CRITICAL", "p2": "MAJOR"}
        html = visit("admin").get(page(source)).content.decode()
        assert 'value="1,5"' in html
        assert "p1 = crítica\np2 = mayor" in html
        assert "Nombre: " in JournalEntry.objects.filter(dossier__number="FIJO-ALARMS").latest("pk").text

    def test_sent_unchanged_writes_nothing(self, source, said, visit):
        before = JournalEntry.objects.count()
        visit("admin").post(page(source), said)
        source.refresh_from_db()
        assert str(source.version) == str(said["version"])
        assert JournalEntry.objects.count() == before

    def test_switches_it_off_and_on_again_and_the_door_follows(self, source, said, visit, world):
        source.token_hash = sources.hash_token(TOKEN)
        source.save()

        def knock() -> int:
            return (
                Client()
                .post(
                    f"/hooks/alertmanager/{source.code}",
                    bodies.post([alert(world.at, service="TIP-1")]),
                    content_type="application/json",
                    headers={"authorization": f"Bearer {TOKEN}"},
                )
                .status_code
            )

        assert knock() == 200
        off = {name: value for name, value in said.items() if name != "active"}
        assert visit("admin").post(page(source), off).status_code == 302
        assert "apagada" in visit("noc").get("/alarmas/fuentes/").content.decode()
        assert knock() == 401
        source.refresh_from_db()
        visit("admin").post(page(source), said | {"version": source.version})
        assert knock() == 200

    def test_changed_meanwhile_by_another_shows_both_and_then_overwrites_knowingly(self, source, said, visit):
        visit("admin").post(page(source), said | {"name": "Lo de otro"})
        answer = visit("admin").post(page(source), said | {"name": "Lo mío", "silence_minutes": "7"})
        html = answer.content.decode()
        assert answer.status_code == 409
        assert "Lo de otro" in html
        assert "Lo mío" in html
        assert "420 s" in html
        source.refresh_from_db()
        assert source.name == "Lo de otro"
        visit("admin").post(page(source), said | {"name": "Lo mío", "version": source.version})
        source.refresh_from_db()
        assert source.name == "Lo mío"

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"name": "  "}, "Falta este dato."),
            ({"name": "x" * 121}, "120"),
            ({"silence_minutes": "0,2"}, "0.5"),
            ({"silence_minutes": "-3"}, "0.5"),
            ({"silence_minutes": "9" * 400}, "Asegúrese"),
            ({"silence_minutes": "NaN"}, "número"),
            ({"severity_threshold": "TERRIBLE"}, "Elija una opción de la lista."),
            ({"severity_words": "p1 crítica"}, "No se entiende la línea 1."),
            ({"severity_words": "p1 = crítica\np1 = mayor"}, "No se entiende la línea 2."),
            ({"severity_words": "p1 = terrible"}, "No se entiende la línea 1."),
            ({"severity_words": f"{'x' * 41} = mayor"}, "No se entiende la línea 1."),
        ],
    )
    def test_refuses_in_words_at_the_field_and_keeps_what_was_typed(self, source, said, visit, wrong, words):
        answer = visit("admin").post(page(source), {**said, "name": "<i>Zabbix</i>", **wrong})
        html = answer.content.decode()
        assert answer.status_code == 422
        assert words in html
        assert "name" in wrong or "&lt;i&gt;Zabbix&lt;/i&gt;" in html
        source.refresh_from_db()
        assert str(source.version) == str(said["version"])

    def test_is_reached_from_the_list_by_who_administers(self, source, visit):
        assert page(source) in visit("admin").get("/alarmas/fuentes/").content.decode()
        assert page(source) not in visit("noc").get("/alarmas/fuentes/").content.decode()

    def test_of_the_houses_own_source_or_none_does_not_exist(self, source, visit, world):
        own = AlarmSource.objects.create(code="own", name="Mayorista", kind="INTERNAL", created_at=world.at)
        assert visit("admin").get(page(own)).status_code == 404
        assert page(own) not in visit("admin").get("/alarmas/fuentes/").content.decode()
        assert visit("admin").get("/alarmas/fuentes/99999999999/").status_code == 404
