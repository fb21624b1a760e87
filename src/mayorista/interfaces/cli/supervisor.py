"""`demo` and `run`: PostgreSQL, web, worker and, in the demo, the local stand-ins, in one go.

The supervisor does not import Django. What needs it (migrations, examples) runs in a child that ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mayorista.adapters.host import environment, processes
from mayorista.adapters.postgres.cluster import Cluster
from mayorista.interfaces.cli import children, preparation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
READY_WITHIN_SECONDS = 60.0
STANDINS_HOST = "127.0.0.1"
PAGE_OPTION = "--port"
PORT_IS_FOR = {
    PAGE_OPTION: "el de la página",
    "--standins-port": "el de la página del correo y WhatsApp locales",
    "--smtp-port": "el del correo local (SMTP)",
    "--imap-port": "el del buzón local (IMAP)",
}


class UnableToStart(Exception):
    """The platform can not start here; the message says why and what to do."""


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the data folder: a second platform on it would be refused by the ports anyway, but late."""
    folder = data / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise UnableToStart(
                f"La plataforma ya está en marcha sobre {data} (proceso {lock.read().strip() or '?'}). "
                "Remedio: termínela con Ctrl-C, o elija otra carpeta con --data y otro puerto con --port."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


class Supervisor:
    """Starts and minds the processes until it is told to end."""

    def __init__(self, settings: environment.Environment, environ: Mapping[str, str]) -> None:
        self.settings = settings
        self.environ = dict(environ)
        self.children = children.Children(children.note_path(settings.data))
        self.ending = False
        self.hurry = False

    def run(self, *, ports: Mapping[str, int], standins: bool) -> int:
        """Everything from the first process to the last; the exit code."""
        data = self.settings.data
        with only_one(data):
            if children.stop_leftovers(self.children.note):
                self.say("quedaban procesos de un arranque que se cortó: terminados")
            _require_free(self.settings.host, ports)
            for sign in ENDING:
                signal.signal(sign, self._end)
            try:
                self._start(ports, standins=standins)
                self._mind()
            finally:
                self.children.stop(quickly=lambda: self.hurry)
        self.say("todo terminado; los datos quedan en " + str(data))
        return 0

    def say(self, words: str) -> None:
        """One line to the person at the terminal."""
        print(time.strftime("%H:%M:%S"), words, flush=True)

    def _start(self, ports: Mapping[str, int], *, standins: bool) -> None:
        if self.settings.embedded:
            cluster = Cluster(self.settings.data, options=self.settings.postgres_options)
            if not cluster.made:
                self.say("creando la base de datos propia…")
            cluster.make()
            self.children.add(children.Child("postgres", cluster.start, stop_sign=signal.SIGINT))
        preparation.prepare_if_needed(self.settings, self.environ, self.say)
        if self.ending:
            return
        _require_free(
            self.settings.host, ports
        )  # the first start takes long: somebody may have come meanwhile
        if standins:
            self._add("standins", [sys.executable, "-m", "mayorista.interfaces.standins"])
        self._add("web", [sys.executable, "-m", "mayorista.interfaces.cli", "web"])
        self._add("worker", [sys.executable, "-m", "mayorista.interfaces.cli", "worker"])
        self._wait_until_it_answers()

    def _add(self, name: str, words: list[str]) -> None:
        environ = self.environ | {"MAYORISTA_PROCESS": name, "MAYORISTA_DATA": str(self.settings.data)}
        log = self.settings.data / "log" / f"{name}.out"
        self.children.add(children.Child(name, children.starter(words, environ=environ, log=log)))

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self.ending and not _answers(self.settings.host, self.settings.port):
            if time.monotonic() > deadline:
                words = processes.last_words(self.settings.data / "log" / "web.out")
                raise UnableToStart(f"El servidor web no respondió en {READY_WITHIN_SECONDS:.0f} s: {words}")
            if self.children.died("standins"):
                words = processes.last_words(self.settings.data / "log" / "standins.out")
                raise UnableToStart(f"El correo y WhatsApp locales no arrancaron: {words}")
            self._tell()
            time.sleep(0.05)
        if not self.ending:
            preparation.welcome(self.settings)

    def _mind(self) -> None:
        while not self.ending:
            self._tell()
            time.sleep(0.25)

    def _tell(self) -> None:
        if self.ending:
            return
        for words in self.children.check():
            self.say(words)

    def _end(self, sign: int, frame: object) -> None:  # noqa: ARG002 - signal's signature
        if self.ending:
            self.hurry = True
        else:
            self.ending = True
            self.say("terminando… (otra vez Ctrl-C: sin esperar)")


def _require_free(host: str, ports: Mapping[str, int]) -> None:
    """Bind each port for a moment; the page's at `host`, those of the stand-ins where these always stand."""
    asked: dict[int, str] = {}
    for option, port in ports.items():
        if port in asked:
            raise UnableToStart(
                f"El puerto {port} está pedido dos veces, con {asked[port]} y con {option}. Remedio: elija otro."
            )
        asked[port] = option
        place = host if option == PAGE_OPTION else STANDINS_HOST
        with socket.socket(socket.AF_INET6 if ":" in place else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((place, port))
            except OSError as error:
                raise UnableToStart(_taken(place, port, option, error)) from None


def _taken(place: str, port: int, option: str, error: OSError) -> str:
    """Which port, what it was for, and which process has it."""
    who = processes.listener(port) if error.errno == errno.EADDRINUSE else ""
    why = f"lo usa {who}" if who else f"no se puede usar ({error.strerror})"
    return f"El puerto {port} de {place}, {PORT_IS_FOR[option]}, {why}. Remedio: elija otro con {option}."


def _answers(host: str, port: int) -> bool:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - recognised, not bound
    try:
        with socket.create_connection((target, port), timeout=2) as connection:
            connection.sendall(b"GET /salud HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b" 200 " in connection.recv(64)
    except OSError:
        return False
