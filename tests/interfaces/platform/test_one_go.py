"""`mayorista demo`: one command starts all, Ctrl-C ends all, and a kill -9 leaves nothing that the next start can not heal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from mayorista.adapters.host import processes
from mayorista.rules.procedure import ROLE_TITLES
from tests.interfaces.platform import driver
from tests.interfaces.platform.driver import Platform, command, wait_for

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("platform")]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "var"


@pytest.fixture(scope="class")
def running(data):
    """A demo that goes on from one test of the class to the next."""
    demo = Platform(data).start()
    yield demo
    demo.end()


@pytest.fixture
def platform(data):
    demo = Platform(data)
    yield demo
    demo.end()


class TestWhileItRuns:
    def test_says_where_it_is_and_one_login_for_each_role(self, running):
        assert f"http://127.0.0.1:{running.port}" in running.said()
        for title in ROLE_TITLES.values():
            assert title in running.said()

    def test_has_all_its_processes_and_a_beating_worker(self, running):
        assert wait_for(lambda: running.health()["workers"] == 1, "the worker's heart to beat")
        for name in ("granian", "cli worker", "standins", "bin/postgres"):
            assert running.child(name)

    def test_refuses_a_second_platform_on_the_same_data(self, running, data):
        second = command("demo", "--port", str(driver.free_port()), data=data)
        assert second.returncode == 1
        assert "ya está en marcha" in second.stderr
        assert str(running.process.pid) in second.stderr

    def test_names_the_port_that_is_taken_and_the_option_for_another(self, running, tmp_path):
        second = command("run", "--port", str(running.port), data=tmp_path / "var")
        assert second.returncode == 1
        assert f"El puerto {running.port}" in second.stderr
        assert "--port" in second.stderr

    @pytest.mark.parametrize("which", ["standins", "smtp", "imap"])
    def test_does_not_start_beside_somebody_on_a_port_of_its_stand_ins_and_says_who(
        self, running, tmp_path, which
    ):
        port = getattr(running, f"{which}_port")
        wanted = ["--port", str(driver.free_port()), "--host", "0.0.0.0", f"--{which}-port", str(port)]
        second = command("demo", *wanted, data=tmp_path / "var")
        assert second.returncode == 1
        holder = running.child("standins")
        assert f"El puerto {port} de 127.0.0.1" in second.stderr
        assert f"mayorista.interfaces.standins» (proceso {holder})" in second.stderr
        assert f"--{which}-port" in second.stderr

    def test_asks_no_port_twice(self, tmp_path):
        port = str(driver.free_port())
        second = command("demo", "--port", port, "--smtp-port", port, data=tmp_path / "var")
        assert second.returncode == 1
        assert f"El puerto {port} está pedido dos veces, con --port y con --smtp-port" in second.stderr

    def test_keeps_its_logs_free_of_what_its_secret_files_hold(self, running, data):
        secrets = [
            path.read_text(encoding="utf-8").strip()
            for path in (data / "secrets").iterdir()
            if path.suffix != ".json"
        ]
        assert len(secrets) > 5
        written = "".join(
            path.read_text(encoding="utf-8", errors="replace") for path in (data / "log").iterdir()
        )
        assert [secret for secret in secrets if secret in written + running.said()] == []

    def test_is_found_from_its_data_folder_by_the_doctor(self, running, data):
        told = command("doctor", data=data)
        assert told.returncode == 0, told.stdout
        assert f"en marcha la demostración, en http://127.0.0.1:{running.port}" in told.stdout
        assert f"El servidor web responde en 127.0.0.1:{running.port}" in told.stdout
        assert f"Correo saliente (SMTP): responde 127.0.0.1:{running.smtp_port}" in told.stdout
        assert (
            f"127.0.0.1:{running.imap_port}/INBOX, solo para leer; el servidor avisa lo nuevo" in told.stdout
        )
        assert f"WhatsApp: responde 127.0.0.1:{running.standins_port}" in told.stdout
        other = command("doctor", data=data, MAYORISTA_PORT=str(driver.free_port()))
        assert "dice otra cosa, y se comprobó eso: MAYORISTA_PORT" in other.stdout

    def test_is_found_from_its_data_folder_by_the_lab(self, running, data):
        played = command("lab", "roto", "--pace", "0", data=data)
        assert (played.returncode, played.stderr) == (0, "")
        assert "→ 20" in played.stdout

    @pytest.mark.parametrize("name", ["granian", "cli worker", "standins", "bin/postgres"])
    def test_starts_a_dead_process_again_and_says_so(self, running, name):
        pid, said = running.child(name), running.said().count("arrancó de nuevo")
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: running.said().count("arrancó de nuevo") > said, "the restart to be said")
        wait_for(
            lambda: running.health()["database"] == "ok" and running.health()["workers"] >= 1,
            "health to come back",
        )
        assert running.child(name) != pid


class TestStartAndStop:
    def test_ends_all_it_started_on_ctrl_c_and_keeps_its_data(self, platform, data):
        platform.start()
        made = command(
            "createadmin", "queda", "--name", "Queda Siempre", data=data, typed="una clave larga 7\n"
        )
        assert made.returncode == 0, made.stderr
        members = platform.members()
        assert len(members) > 5
        assert platform.interrupt() == 0
        assert [pid for pid in members if processes.alive(pid)] == []
        again = command(
            "createadmin", "queda", "--name", "Queda Siempre", data=data, typed="una clave larga 7\n"
        )
        assert again.returncode == 1
        assert "ya existe" in again.stderr

    def test_leaves_no_process_after_its_supervisor_is_killed_and_starts_again(self, platform):
        platform.start()
        members = platform.members()
        names = {pid: driver._command(pid) for pid in members}
        platform.kill()
        wait_for(
            lambda: not any(processes.alive(pid) for pid in members),
            lambda: "the orphans to fall: " + str([names[pid] for pid in members if processes.alive(pid)]),
            seconds=45,
        )
        platform.start()
        assert platform.health()["database"] == "ok"

    def test_starts_at_once_after_a_kill_and_hurries_when_ctrl_c_comes_twice(self, platform):
        platform.start()
        platform.kill()
        platform.start()
        assert platform.health()["database"] == "ok"
        members = platform.members()
        platform.process.send_signal(signal.SIGINT)
        platform.process.send_signal(signal.SIGINT)
        platform.process.wait(30)
        assert [pid for pid in members if processes.alive(pid)] == []


class TestRun:
    def test_starts_without_examples_and_without_stand_ins(self, tmp_path):
        platform = Platform(tmp_path / "var")
        try:
            platform.start("run")
            wait_for(lambda: platform.health()["workers"] == 1, "the worker's heart to beat")
            assert "standins" not in " ".join(driver._command(pid) for pid in platform.members())
            assert not (tmp_path / "var" / "secrets" / "demo-logins.json").exists()
        finally:
            platform.end()


def test_imports_no_django_into_the_supervisor():
    code = "import sys, mayorista.interfaces.cli.supervisor, mayorista.interfaces.cli.run; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
