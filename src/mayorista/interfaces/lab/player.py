"""Play scenes through the true front door: posts over HTTP with a source's token, like any sender."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mayorista.interfaces.lab import bodies, scenes
from mayorista.rules import lapaz
from mayorista.rules.errors import NotFound, Unavailable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from pathlib import Path

TIMEOUT_SECONDS = 60
GROUPED = 200


@dataclass(frozen=True, slots=True)
class Door:
    """Where alarms are posted, as which source, with what token."""

    address: str
    source: str
    token: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One post as it went: when, what it was in words, how many alarms, and what was answered."""

    at: dt.datetime
    words: str
    alarms: int
    status: int
    answer: str

    def __str__(self) -> str:
        said = f"{self.alarms} alarma" + ("" if self.alarms == 1 else "s")
        return f"{lapaz.local(self.at):%H:%M:%S}  {self.words}  ({said} → {self.status} {self.answer})"


class Player:
    """Plays scenes and remembers in `memory` (a file) what it made fire, so that it can be resolved."""

    def __init__(
        self,
        door: Door,
        memory: Path,
        now: Callable[[], dt.datetime],
        *,
        pace: float = 1.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._door, self._memory, self._now, self._pace, self._pause = door, memory, now, pace, pause
        self._firing: dict[str, scenes.Alert] = {}

    def play(self, name: str, props: scenes.Props) -> Iterator[Happening]:
        """Play one scene; each post is told when it was answered.

        Raises NotFound for an unknown scene, Unavailable when nobody listens.
        """
        scene = scenes.SCENES.get(name)
        if scene is None:
            raise NotFound(
                f"No existe la escena «{name}».",
                field="scene",
                remedy="Elija: " + ", ".join(scenes.SCENES) + ".",
            )
        self._firing = self._recall()
        try:
            for step in scene.steps(props, self._now):
                if step.pause:
                    self._pause(step.pause * self._pace)
                yield from self._take(step)
        finally:
            self._remember()

    def _take(self, step: scenes.Step) -> Iterator[Happening]:
        if step.raw is not None:
            yield self._post(step.words, step.raw, 0)
            return
        alerts = [self._known(alert) for alert in step.alerts]
        if step.resolve:
            alerts = self._resolved(step.resolve)
            if not alerts:
                yield Happening(self._now(), "el laboratorio no tiene nada activo", 0, 0, "")
                return
        for _turn in range(step.repeat):
            for first in range(0, len(alerts), GROUPED):
                part = alerts[first : first + GROUPED]
                yield self._post(step.words, bodies.post(part), len(part))
        for alert in alerts:
            if alert["status"] == "firing":
                self._firing[alert["fingerprint"]] = alert
            else:
                self._firing.pop(alert["fingerprint"], None)

    def _known(self, alert: scenes.Alert) -> scenes.Alert:
        """An alert that fires already goes on with its own beginning, as Alertmanager repeats it."""
        known = self._firing.get(alert["fingerprint"])
        return alert if known is None else {**alert, "startsAt": known["startsAt"]}

    def _resolved(self, what: str) -> list[scenes.Alert]:
        now = bodies.go_time(self._now())
        return [
            {**alert, "status": "resolved", "endsAt": now}
            for alert in self._firing.values()
            if what in {scenes.RESOLVE_ALL, alert["labels"].get("service")}
        ]

    def _post(self, words: str, body: bytes, alarms: int) -> Happening:
        parts = urlsplit(self._door.address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "127.0.0.1", parts.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(
                "POST",
                f"/hooks/alertmanager/{self._door.source}",
                body,
                {
                    "Authorization": f"Bearer {self._door.token}",
                    "Content-Type": "application/json",
                    "User-Agent": "Alertmanager/0.25.0",
                },
            )
            response = connection.getresponse()
            answer = response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(
                f"No responde {self._door.address}: {error}",
                remedy="Arranque la plataforma (make demo) o indique --address.",
            ) from None
        finally:
            connection.close()
        return Happening(self._now(), words, alarms, response.status, _told(answer))

    def _recall(self) -> dict[str, scenes.Alert]:
        try:
            found = json.loads(self._memory.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _remember(self) -> None:
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        self._memory.write_text(json.dumps(self._firing, ensure_ascii=False), encoding="utf-8")


def _told(answer: str) -> str:
    try:
        return str(json.loads(answer).get("message", ""))
    except (ValueError, AttributeError):
        return ""
