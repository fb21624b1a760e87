"""A PostgreSQL for one test run: a copy of a migrated cluster, fsync off, thrown away at the end.

Making and migrating the first one takes seconds, so it is kept in build/test-cluster under a name
that hashes the migrations; each run (and each xdist worker) starts a copy of its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from mayorista.adapters.postgres import privileges
from mayorista.adapters.postgres.cluster import APP_ROLE, OWNER_ROLE, Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "test-cluster"
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass(frozen=True, slots=True)
class Database:
    """A running throw-away cluster."""

    cluster: Cluster
    app_url: str
    owner_url: str

    def empty(self) -> None:
        """Back to what the migrations left: all rows gone but their seeds."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '20s'")
            connection.execute("SELECT seed.restore()")


@contextmanager
def running(options: dict[str, str] = QUICK) -> Iterator[Database]:
    """A copy of the migrated cluster, started with these settings."""
    kept = _kept_cluster()
    folder = Path(tempfile.mkdtemp(prefix="mayorista-t-"))
    try:
        subprocess.run(["cp", "-a", f"{kept}/.", str(folder)], check=True)
        cluster = Cluster(folder, options=options)
        server = cluster.start()
        try:
            yield Database(cluster, cluster.url(APP_ROLE), cluster.url(OWNER_ROLE))
        finally:
            pid = cluster.running_pid()  # a test may have stopped and started it
            if pid:
                os.kill(pid, signal.SIGQUIT)
            server.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _kept_cluster() -> Path:
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = KEPT / _fingerprint()
        if not (kept / "migrated").exists():
            for old in KEPT.iterdir():
                if old.is_dir():
                    shutil.rmtree(old, ignore_errors=True)
            _make(kept)
        return kept


def _fingerprint() -> str:
    digest = hashlib.sha256()
    sources = [
        *sorted((ROOT / "src" / "mayorista" / "apps").glob("*/migrations/*.py")),
        *sorted((ROOT / "src" / "mayorista" / "apps").glob("*/migrations/sql/*.sql")),
        *sorted((ROOT / "src" / "mayorista" / "adapters" / "postgres").glob("*.py")),
        ROOT / "src" / "mayorista" / "apps" / "procedure" / "migration_tools.py",
        ROOT / "requirements" / "run.lock",
        Path(__file__),
    ]
    for path in sources:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _make(folder: Path) -> None:
    cluster = Cluster(folder, options=QUICK, initdb_options=("--wal-segsize=4",))
    cluster.make()
    server = cluster.start()
    try:
        with psycopg.connect(cluster.url(OWNER_ROLE), autocommit=True) as connection:
            for statement in privileges.statements():
                connection.execute(statement)
        _migrate(cluster)
        with psycopg.connect(cluster.url(OWNER_ROLE), autocommit=True) as connection:
            _keep_seeds(connection)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)
    (folder / "migrated").touch()


def _migrate(cluster: Cluster) -> None:
    environ = os.environ | {
        "DJANGO_SETTINGS_MODULE": "mayorista.config.settings_tests",
        "DATABASE_URL": cluster.url(OWNER_ROLE),
    }
    done = subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--skip-checks", "--verbosity", "0"],
        env=environ,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError("migrate: " + done.stderr[-3000:])


def _keep_seeds(connection: psycopg.Connection) -> None:
    """Copy what migrations wrote, and make one function that empties all tables and puts it back."""
    connection.execute("CREATE SCHEMA seed")
    tables = [
        row[0]
        for row in connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations' ORDER BY 1",
        )
    ]
    body = ["TRUNCATE " + ", ".join(f'public."{t}"' for t in tables) + ";"]
    for table in tables:
        columns = ", ".join(
            f'"{row[0]}"'
            for row in connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
                " AND is_generated = 'NEVER' ORDER BY ordinal_position",
                [table],
            )
        )
        if connection.execute(f'SELECT EXISTS (SELECT FROM public."{table}")').fetchone()[0]:
            connection.execute(f'CREATE TABLE seed."{table}" AS SELECT {columns} FROM public."{table}"')
            body.append(
                f'INSERT INTO public."{table}" ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM seed."{table}";'
            )
    connection.execute(
        "CREATE FUNCTION seed.restore() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN SET CONSTRAINTS ALL DEFERRED; "
        + " ".join(body)
        + " END $f$",
    )
