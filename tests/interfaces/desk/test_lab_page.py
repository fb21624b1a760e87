"""The page of the lab: it posts to the platform's own door, whatever host the request names."""

from __future__ import annotations

import pytest

from mayorista.adapters.host import environment
from mayorista.interfaces.lab import player, running


class TestTheLabPage:
    def test_posts_to_the_configured_address_and_not_to_the_one_of_the_request(
        self, world, visit, settings, monkeypatch
    ):
        settings.DEMO = True
        settings.OWN_DOOR = "http://127.0.0.1:8123"
        world.isp("VALLE FIBRA S.R.L.", "TIP-0141")
        rang = []
        monkeypatch.setattr(player, "Door", lambda address, *_more: rang.append(address))
        monkeypatch.setattr(running, "start", lambda *_scene: None)
        answer = visit("noc").post(
            "/laboratorio/", {"scene": "corte", "circuit": "TIP-0141"}, headers={"host": "localhost:1"}
        )
        assert answer.status_code == 302
        assert rang == ["http://127.0.0.1:8123"]


@pytest.mark.parametrize(
    ("host", "door"),
    [
        ("127.0.0.1", "http://127.0.0.1:8003"),
        ("0.0.0.0", "http://127.0.0.1:8003"),
        ("192.0.2.7", "http://192.0.2.7:8003"),
        ("::1", "http://[::1]:8003"),
    ],
)
def test_the_own_door_is_where_this_machine_reaches_its_web_process(host, door):
    read = environment.read(
        {
            "MAYORISTA_HOST": host,
            "MAYORISTA_PORT": "8003",
            "MAYORISTA_PUBLIC_URL": "https://mayorista.example.bo",
        }
    )
    assert read.own_door == door
