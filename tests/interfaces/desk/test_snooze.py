"""A task set aside from the tray, and taken up again."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.procedure.models import JournalEntry, WorkItem
from mayorista.interfaces import clock


@pytest.fixture
def item(world):
    world.isp("VALLE FIBRA S.R.L.", "TIP-0141")
    world.alarm(service="TIP-0141")
    return WorkItem.objects.filter(role="NOC", done_at=None).earliest("pk")


def page(item) -> str:
    return f"/tareas/{item.pk}/posponer/"


class TestSnooze:
    def test_is_offered_in_the_tray_with_its_key(self, item, visit):
        html = visit("noc").get("/").content.decode()
        assert f'href="{page(item)}" data-key="p"' in html
        assert html.count(page(item)) == 2  # the row of the desk and the card of the phone

    def test_sets_the_task_aside_with_reason_and_can_be_undone(self, item, visit, world, monkeypatch):
        monkeypatch.setattr(clock, "now", lambda: world.at)
        noc = visit("noc")
        answer = noc.post(page(item), {"minutos": "60", "motivo": "espera al proveedor"}, follow=True)
        item.refresh_from_db()
        assert item.snooze_reason == "espera al proveedor"
        assert item.snoozed_until == world.at + dt.timedelta(hours=1)
        html = answer.content.decode()
        assert "1 pospuesta" in html
        assert f"/tareas/{item.pk}/retomar/" in html
        noc.post(f"/tareas/{item.pk}/retomar/")
        item.refresh_from_db()
        assert (item.snoozed_until, item.snooze_reason) == (None, "")
        acts = list(JournalEntry.objects.filter(dossier=item.dossier).values_list("act", flat=True))
        assert {"SNOOZE_ITEM", "WAKE_ITEM"} <= set(acts)

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"minutos": "60", "motivo": "  "}, "Falta el motivo. Escriba por qué se pospone."),
            ({"minutos": "", "motivo": "espera"}, "Falta este dato."),
            ({"minutos": "9" * 5000, "motivo": "espera"}, "Elija una opción de la lista."),
            ({"minutos": "-5", "motivo": "espera"}, "Elija una opción de la lista."),
            ({"minutos": "60", "motivo": "x" * 201}, "200"),
        ],
    )
    def test_refuses_in_words_at_the_field_and_keeps_what_was_typed(self, item, visit, said, words):
        answer = visit("noc").post(page(item), said)
        html = answer.content.decode()
        assert answer.status_code == 422
        assert words in html
        assert said["motivo"].strip() in html
        item.refresh_from_db()
        assert item.snoozed_until is None

    def test_of_a_task_done_meanwhile_says_so(self, item, visit, world):
        item.done_at, item.done_by = world.at, world.users["noc"]
        item.save()
        answer = visit("noc").post(page(item), {"minutos": "60", "motivo": "espera"})
        assert answer.status_code == 409
        assert "ya fue concluida" in answer.content.decode()

    def test_is_of_the_role_of_the_task_alone(self, item, visit):
        assert visit("soporte").get(page(item)).status_code == 403
        assert visit("soporte").post(f"/tareas/{item.pk}/retomar/").status_code == 403
        assert visit("noc").get("/tareas/999999/posponer/").status_code == 404

    def test_taken_up_twice_is_harmless(self, item, visit):
        assert visit("noc").post(f"/tareas/{item.pk}/retomar/").status_code == 302
        assert not JournalEntry.objects.filter(dossier=item.dossier, act="WAKE_ITEM").exists()
