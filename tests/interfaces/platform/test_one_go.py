"""`mayorista demo`: one command starts all, Ctrl-C ends all, and a kill -9 leaves nothing that the next start can not heal."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from mayorista.adapters.host import processes
from tests.interfaces.platform import driver
from tests.interfaces.platform.driver import Platform, command, wait_for

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("platform")]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "var"


@pytest.fixture
def platform(data):
    demo = Platform(data)
    yield demo
    demo.end()


class TestDemo:
    def test_starts_everything_and_says_where_and_as_whom(self, platform):
        platform.start()
        assert f"http://127.0.0.1:{platform.port}" in platform.said()
        assert wait_for(lambda: platform.health()["workers"] == 1, "the worker's heart to beat")
        for name in ("granian", "cli worker", "standins", "bin/postgres"):
            assert platform.child(name)

    def test_ends_all_it_started_on_ctrl_c(self, platform):
        platform.start()
        members = platform.members()
        assert len(members) > 5
        assert platform.interrupt() == 0
        assert [pid for pid in members if processes.alive(pid)] == []

    def test_keeps_its_data_from_one_start_to_the_next(self, platform, data):
        platform.start()
        made = command(
            "createadmin", "queda", "--name", "Queda Siempre", data=data, typed="una clave larga 7\n"
        )
        assert made.returncode == 0, made.stderr
        platform.interrupt()
        platform.start()
        again = command(
            "createadmin", "queda", "--name", "Queda Siempre", data=data, typed="una clave larga 7\n"
        )
        assert again.returncode == 1
        assert "ya existe" in again.stderr

    def test_leaves_no_process_after_its_supervisor_is_killed(self, platform):
        platform.start()
        members = platform.members()
        platform.kill()
        wait_for(lambda: not any(processes.alive(pid) for pid in members), "the orphans to fall", seconds=30)

    def test_starts_at_once_after_a_kill(self, platform):
        platform.start()
        platform.kill()
        platform.start()
        assert platform.health()["database"] == "ok"

    @pytest.mark.parametrize("name", ["granian", "cli worker", "bin/postgres"])
    def test_starts_a_dead_process_again_and_says_so(self, platform, name):
        platform.start()
        pid = platform.child(name)
        subprocess.run(["kill", "-9", str(pid)], check=True)
        wait_for(lambda: "arrancó de nuevo" in platform.said(), "the restart to be said")
        wait_for(
            lambda: platform.health()["database"] == "ok" and platform.health()["workers"] >= 1,
            "health to come back",
        )
        assert platform.child(name) != pid

    def test_refuses_a_second_platform_on_the_same_data(self, platform, data):
        platform.start()
        second = command("demo", "--port", str(driver.free_port()), data=data)
        assert second.returncode == 1
        assert "ya está en marcha" in second.stderr
        assert str(platform.process.pid) in second.stderr

    def test_names_the_port_that_is_taken_and_the_option_for_another(self, platform, tmp_path):
        platform.start()
        second = command("run", "--port", str(platform.port), data=tmp_path / "var")
        assert second.returncode == 1
        assert f"El puerto {platform.port}" in second.stderr
        assert "--port" in second.stderr

    def test_hurries_when_ctrl_c_comes_twice(self, platform):
        platform.start()
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
