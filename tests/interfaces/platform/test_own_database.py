"""`DATABASE_URL`: a server of one's own, with one role for the migrations and one for everything else."""

from __future__ import annotations

import signal

import psycopg
import pytest

from mayorista.adapters.postgres.cluster import APP_ROLE, OWNER_ROLE, Cluster
from tests.interfaces.platform.driver import Platform, command, wait_for

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("platform")]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A second cluster that plays the carrier's own PostgreSQL; listens on TCP too."""
    cluster = Cluster(tmp_path_factory.mktemp("server") / "v", options={"fsync": "off"})
    cluster.make()
    running = cluster.start()
    yield cluster
    running.send_signal(signal.SIGINT)
    running.wait(30)


def _urls(server, database="mayorista"):
    roles = {"DATABASE_URL": APP_ROLE, "MAYORISTA_OWNER_DATABASE_URL": OWNER_ROLE}
    return {name: server.url(role, database=database) for name, role in roles.items()}


class TestOwnDatabase:
    def test_is_migrated_by_its_owner_and_used_by_the_application(self, server, tmp_path):
        data = tmp_path / "var"
        done = command("migrate", data=data, **_urls(server))
        assert done.returncode == 0, done.stderr
        assert not (data / "postgres").exists()
        with psycopg.connect(server.url(APP_ROLE)) as app:
            owner = app.execute(
                "SELECT tableowner FROM pg_tables WHERE tablename = 'procedure_journalentry'"
            ).fetchone()[0]
            assert owner == OWNER_ROLE
            app.execute("SELECT count(*) FROM procedure_journalentry")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("UPDATE procedure_journalentry SET text = ''")

    def test_carries_the_whole_platform(self, server, tmp_path):
        platform = Platform(tmp_path / "var")
        try:
            platform.start("run", **_urls(server))
            assert wait_for(lambda: platform.health()["workers"] >= 1, "the worker's heart to beat")
            assert not (tmp_path / "var" / "postgres").exists()
            told = command(
                "doctor", data=tmp_path / "var", MAYORISTA_PORT=str(platform.port), **_urls(server)
            )
            assert told.returncode == 0, told.stdout
            assert "no puede alterar la bitácora" in told.stdout
            assert "está en esta versión" in told.stdout
            assert server.url(APP_ROLE).split(":")[2].split("@")[0] not in told.stdout
        finally:
            platform.end()

    def test_is_backed_up_and_restored_as_the_private_one_is(self, server, tmp_path):
        data = tmp_path / "var"
        assert command("migrate", data=data, **_urls(server)).returncode == 0
        saved = command("backup", str(tmp_path / "copia.tar"), data=data, **_urls(server))
        assert saved.returncode == 0, saved.stderr
        done = command("restore", "--force", str(tmp_path / "copia.tar"), data=data, **_urls(server))
        assert done.returncode == 0, done.stderr

    def test_says_which_rights_its_owner_lacks_before_it_touches_anything(self, server, tmp_path):
        assert command("migrate", data=tmp_path / "var", **_urls(server)).returncode == 0
        copy = str(tmp_path / "copia.tar")
        assert command("backup", copy, data=tmp_path / "var", **_urls(server)).returncode == 0
        with psycopg.connect(server.url("postgres"), autocommit=True) as administrator:
            administrator.execute("CREATE DATABASE ajena TEMPLATE template0")
        foreign = _urls(server, "ajena")
        for words in (("restore", copy), ("migrate",)):
            done = command(*words, data=tmp_path / "otra", **foreign)
            assert done.returncode == 1
            assert "GRANT CREATE ON DATABASE" in done.stderr
            assert "Traceback" not in done.stderr
        told = command("doctor", data=tmp_path / "otra", **foreign)
        assert "GRANT CREATE ON DATABASE" in told.stdout
        with psycopg.connect(server.url("postgres", database="ajena"), autocommit=True) as administrator:
            administrator.execute(f'GRANT CREATE ON DATABASE ajena TO "{OWNER_ROLE}"')
            administrator.execute(f'ALTER SCHEMA public OWNER TO "{OWNER_ROLE}"')
        done = command("restore", copy, data=tmp_path / "otra", **foreign)
        assert done.returncode == 0, done.stderr
        assert command("migrate", data=tmp_path / "otra", **foreign).returncode == 0

    def test_is_called_unsafe_by_the_doctor_when_one_role_does_all(self, server, tmp_path):
        assert command("migrate", data=tmp_path / "var", **_urls(server)).returncode == 0
        told = command("doctor", data=tmp_path / "var", DATABASE_URL=server.url(OWNER_ROLE))
        assert told.returncode == 1
        assert "puede alterar la bitácora" in told.stdout
        assert "MAYORISTA_OWNER_DATABASE_URL" in told.stdout


class TestDoctor:
    def test_says_what_is_missing_on_an_empty_machine(self, tmp_path):
        told = command("doctor", data=tmp_path / "var")
        assert told.returncode == 0
        assert "se crea con «mayorista run»" in told.stdout
        assert "no hay nada en marcha" in told.stdout
        assert "WhatsApp no está configurado" in told.stdout

    def test_says_that_a_database_does_not_answer_without_showing_its_password(self, tmp_path):
        told = command(
            "doctor",
            data=tmp_path / "var",
            DATABASE_URL="postgresql://mayorista_app:muysecreta@127.0.0.1:1/mayorista",
        )
        assert told.returncode == 1
        assert "No responde DATABASE_URL" in told.stdout
        assert "muysecreta" not in told.stdout + told.stderr

    def test_finds_whatsapp_configured_by_half(self, tmp_path):
        told = command("doctor", data=tmp_path / "var", MAYORISTA_WHATSAPP_TOKEN="x")
        assert told.returncode == 1
        assert "MAYORISTA_WHATSAPP_APP_SECRET" in told.stdout

    def test_finds_a_mail_server_that_does_not_answer(self, tmp_path):
        told = command(
            "doctor",
            data=tmp_path / "var",
            MAYORISTA_SMTP_URL="smtp://127.0.0.1:1",
            MAYORISTA_MAIL_FROM="a@b.example",
        )
        assert told.returncode == 1
        assert "no responde 127.0.0.1:1" in told.stdout

    def test_finds_secrets_that_others_can_read(self, tmp_path):
        folder = tmp_path / "var" / "secrets"
        folder.mkdir(parents=True)
        (folder / "django").write_text("x")
        (folder / "django").chmod(0o644)
        told = command("doctor", data=tmp_path / "var")
        assert told.returncode == 1
        assert "otros pueden leer: django" in told.stdout

    def test_says_in_words_which_variable_it_can_not_read(self, tmp_path):
        told = command("doctor", data=tmp_path / "var", MAYORISTA_PORT="ochenta")
        assert told.returncode == 1
        assert "MAYORISTA_PORT" in told.stderr
        assert "Traceback" not in told.stderr
