"""Backup and restore: database and files as one, whatever was killed before."""

from __future__ import annotations

import hashlib
import tarfile
import threading

import psycopg
import pytest

from mayorista.adapters.files.folder import FolderStore
from mayorista.interfaces.cli import restore
from tests import throwaway
from tests.interfaces.platform import driver
from tests.interfaces.platform.driver import Platform, command

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("platform")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A platform that worked, was backed up while running, went on working and was killed with -9."""
    folder = tmp_path_factory.mktemp("backup")
    platform = Platform(folder / "var").start()
    try:
        command("createadmin", "antes", "--name", "De Antes", data=platform.data, typed="una clave larga 7\n")
        FolderStore(platform.data / "files").put(b"acta firmada")
        before = driver.rows_of(platform.data)
        saved = command("backup", str(folder / "copia.tar"), data=platform.data)
        assert saved.returncode == 0, saved.stderr
        command(
            "createadmin", "despues", "--name", "De Después", data=platform.data, typed="una clave larga 7\n"
        )
        platform.kill()
    finally:
        platform.end()
    return folder, before


def _rows_when_started(data):
    platform = Platform(data)
    try:
        platform.start("run")
        return driver.rows_of(data)
    finally:
        platform.end()


STILL = (
    "procedure_",
    "customers_",
    "contracts_",
    "faults_",
    "monitoring_alarm",
    "messaging_message",
    "onboarding_",
)


def _still(rows):
    return {name: value for name, value in rows.items() if name.startswith(STILL)}


class TestRestore:
    def test_brings_back_every_row_and_file_after_a_kill(self, place):
        folder, before = place
        refused = command("restore", str(folder / "copia.tar"), data=folder / "var")
        assert refused.returncode == 1
        assert "--force" in refused.stderr
        done = command("restore", "--force", str(folder / "copia.tar"), data=folder / "var")
        assert done.returncode == 0, done.stderr
        assert _still(_rows_when_started(folder / "var")) == _still(before)

    def test_makes_a_whole_platform_out_of_an_empty_folder(self, place, tmp_path):
        folder, before = place
        done = command("restore", str(folder / "copia.tar"), data=tmp_path / "var")
        assert done.returncode == 0, done.stderr
        sha256 = hashlib.sha256(b"acta firmada").hexdigest()
        assert FolderStore(tmp_path / "var" / "files").get(sha256) == b"acta firmada"
        assert _still(_rows_when_started(tmp_path / "var")) == _still(before)
        said = command("migrate", data=tmp_path / "var")
        assert said.returncode == 0, said.stderr

    def test_keeps_the_journal_append_only(self, place, tmp_path):
        folder, _ = place
        assert command("restore", str(folder / "copia.tar"), data=tmp_path / "var").returncode == 0
        platform = Platform(tmp_path / "var")
        try:
            platform.start("run")
            told = command("doctor", data=tmp_path / "var", MAYORISTA_PORT=str(platform.port))
            assert "no puede alterar la bitácora" in told.stdout
        finally:
            platform.end()

    def test_refuses_a_damaged_archive_and_changes_nothing(self, place, tmp_path):
        folder, _ = place
        whole = (folder / "copia.tar").read_bytes()
        with tarfile.open(folder / "copia.tar") as tar:
            middle = tar.getmember("database.dump").offset_data + 5000
        (tmp_path / "rota.tar").write_bytes(whole[:middle] + b"XXXX" + whole[middle + 4 :])
        (tmp_path / "corta.tar").write_bytes(whole[:middle])
        (tmp_path / "otra.tar").write_bytes(b"no es un tar")
        for name in ("rota.tar", "corta.tar", "otra.tar"):
            done = command("restore", str(tmp_path / name), data=tmp_path / "var")
            assert done.returncode == 1, name
            assert "dañada" in done.stderr or "no es una copia" in done.stderr
        with tarfile.open(tmp_path / "mala.tar", "w") as tar:
            tar.add(folder / "copia.tar", "../fuera")
        done = command("restore", str(tmp_path / "mala.tar"), data=tmp_path / "var")
        assert done.returncode == 1
        assert not (tmp_path / "fuera").exists()
        empty = command("restore", str(folder / "copia.tar"), data=tmp_path / "var")
        assert empty.returncode == 0, empty.stderr

    def test_waits_for_connections_that_are_going_and_refuses_those_that_stay(self, monkeypatch):
        with throwaway.running() as database:
            dying = psycopg.connect(database.owner_url)
            going = threading.Timer(1.0, dying.close)
            going.start()
            restore._refuse_if_at_work(database.owner_url)
            going.join()
            monkeypatch.setattr(restore, "GOING_SECONDS", 0.3)
            with (
                psycopg.connect(database.owner_url),
                pytest.raises(restore.UnableToRestore, match="Hay 1 conexiones"),
            ):
                restore._refuse_if_at_work(database.owner_url)

    def test_refuses_while_the_platform_works(self, place, tmp_path):
        folder, _ = place
        platform = Platform(tmp_path / "var")
        try:
            platform.start("run")
            done = command("restore", "--force", str(folder / "copia.tar"), data=tmp_path / "var")
            assert done.returncode == 1
            assert "termine primero la plataforma" in done.stderr
        finally:
            platform.end()


class TestBackup:
    def test_is_readable_by_its_owner_only(self, place):
        folder, _ = place
        assert (folder / "copia.tar").stat().st_mode & 0o777 == 0o600

    def test_does_not_write_over_an_older_one(self, place):
        folder, _ = place
        done = command("backup", str(folder / "copia.tar"), data=folder / "var")
        assert done.returncode == 1
        assert "ya existe" in done.stderr
