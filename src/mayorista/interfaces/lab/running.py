"""Scenes played in the background for the demo's page, and what they did, kept in a file that all processes see."""

from __future__ import annotations

import json
import logging
import threading
from typing import TYPE_CHECKING, Any

from mayorista.rules import lapaz
from mayorista.rules.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mayorista.interfaces.lab.player import Happening, Player
    from mayorista.interfaces.lab.scenes import Props

log = logging.getLogger("mayorista.lab")
SHOWN = 40


def start(playing: Player, scene: str, props: Props, record: Path) -> threading.Thread:
    """Play a scene in a thread of its own; each post is written to `record` as it was answered."""
    thread = threading.Thread(
        target=_play, args=(playing, scene, props, record), name=f"lab-{scene}", daemon=True
    )
    thread.start()
    return thread


def _play(playing: Player, scene: str, props: Props, record: Path) -> None:
    write = _writer(record)
    try:
        for happening in playing.play(scene, props):
            write(_line(scene, happening))
        write({"scene": scene, "words": "fin de la escena", "status": 0})
    except DomainError as error:
        write({"scene": scene, "words": f"{error.message} {error.remedy}", "status": 599})
    except Exception:
        log.exception("the scene %s broke off", scene)
        write({"scene": scene, "words": "la escena se interrumpió", "status": 599})


def _line(scene: str, happening: Happening) -> dict[str, Any]:
    return {
        "scene": scene,
        "at": lapaz.moment(happening.at.replace(microsecond=0)),
        "words": happening.words,
        "alarms": happening.alarms,
        "status": happening.status,
        "answer": happening.answer,
    }


def _writer(record: Path) -> Callable[[dict[str, Any]], None]:
    record.parent.mkdir(parents=True, exist_ok=True)

    def write(line: dict[str, Any]) -> None:
        with record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    return write


def lines(record: Path) -> list[dict[str, Any]]:
    """Return the newest lines of the record, newest first."""
    try:
        text = record.read_text(encoding="utf-8")
    except OSError:
        return []
    return [json.loads(line) for line in text.splitlines()[-SHOWN:]][::-1]
