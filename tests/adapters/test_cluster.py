"""The PostgreSQL that comes along, started where another one is not quite gone."""

from __future__ import annotations

import signal
import subprocess
import threading

import pytest

from mayorista.adapters.postgres import system_user
from mayorista.adapters.postgres.cluster import Cluster, UnableToStartPostgres

pytestmark = pytest.mark.process


@pytest.fixture
def made(tmp_path):
    """A cluster that is not started, and somebody alive whose number its socket's lock file may hold."""
    cluster = Cluster(tmp_path / "v", options={"fsync": "off"}, initdb_options=("--wal-segsize=4",))
    cluster.make()
    owner = system_user.server_owner()  # another user's process is nobody to PostgreSQL
    somebody = subprocess.Popen(["/bin/sleep", "60"], **owner.popen_arguments())
    lock = cluster.socket_folder / ".s.PGSQL.5432.lock"
    lock.write_text(f"{somebody.pid}\n{cluster.folder}\n1\n5432\n{cluster.socket_folder}\n", encoding="ascii")
    yield cluster, lock
    somebody.kill()
    somebody.wait()


def test_a_start_waits_for_the_lock_of_a_server_that_is_going(made):
    cluster, lock = made
    going = threading.Timer(1.0, lock.unlink)
    going.start()
    server = cluster.start()
    going.join()
    assert cluster.running_pid() == server.pid
    server.send_signal(signal.SIGINT)
    assert server.wait(30) == 0


def test_a_lock_that_stays_is_told(made):
    cluster, _lock = made
    with pytest.raises(UnableToStartPostgres, match="no arrancó"):
        cluster.start()
