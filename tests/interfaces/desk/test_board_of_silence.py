"""A source that says nothing is told where people look for faults, and the wall is not calm then."""

from __future__ import annotations

from mayorista.apps.monitoring.models import AlarmSource
from mayorista.apps.monitoring.operations import silence


def test_board_and_wall_say_that_a_source_is_silent(world, visit):
    for path in ("/danos/", "/pizarra"):
        assert "no envía nada" not in visit("noc").get(path).content.decode()
    assert visit("noc").get("/pizarra").context["css"] == "calm"
    AlarmSource.objects.filter(pk=world.source_id).update(silence_after_seconds=60)
    world.pass_minutes(5)
    silence.watch(at=world.at)
    for path in ("/danos/", "/pizarra"):
        assert "no envía nada" in visit("noc").get(path).content.decode()
    assert visit("noc").get("/pizarra").context["css"] == "sev-2"
    alarms = visit("noc").get("/alarmas/").content.decode()
    assert "tarea del NOC" in alarms
    assert "por correlacionar" not in alarms
