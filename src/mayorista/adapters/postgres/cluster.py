"""One PostgreSQL cluster of our own: made, started, stopped, found again after a kill.

The cluster listens on a Unix socket only. Three roles: `postgres` (superuser, used here alone),
`mayorista_owner` (owns the tables, runs migrations) and `mayorista_app` (everything else). Each has
a password of its own in the data folder's secrets, and the server asks for it (scram-sha-256).
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING
from urllib.parse import quote

from mayorista.adapters.host import processes, secret_files
from mayorista.adapters.postgres import binaries, system_user

if TYPE_CHECKING:
    from collections.abc import Sequence

DATABASE = "mayorista"
OWNER_ROLE = "mayorista_owner"
APP_ROLE = "mayorista_app"
SUPERUSER = "postgres"
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes, the file name included
READY_WITHIN_SECONDS = 60.0
LOCKED_PAUSES = (0.5, 1.0, 2.0)

SMALL_SERVER = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",  # the folder and the passwords guard it
    "password_encryption": "scram-sha-256",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "max_wal_size": "256MB",
    "huge_pages": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",
    "max_parallel_workers": "2",
    "max_worker_processes": "2",
    "autovacuum_max_workers": "2",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] %u ",
    "log_statement": "none",
}


class UnableToStartPostgres(Exception):
    """The server did not come up; the message holds its last words."""


class _LockedError(UnableToStartPostgres):
    """Another server's lock file was in the way."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster under `data`/postgres."""

    data: Path
    options: dict[str, str] = field(default_factory=dict)
    initdb_options: Sequence[str] = ()

    @property
    def folder(self) -> Path:
        """PGDATA."""
        return self.data / "postgres" / "data"

    @property
    def socket_folder(self) -> Path:
        """Where the socket is: under the data folder, or in a short path named after it."""
        near = self.data / "postgres" / "run"
        if len(str(near)) + len("/.s.PGSQL.5432") <= LONGEST_SOCKET_PATH:
            return near
        name = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        return Path(gettempdir()) / f"mayorista-{os.geteuid()}-{name}"

    def url(self, role: str, *, database: str = DATABASE) -> str:
        """The connection URL of a role, with its password."""
        password = secret_files.read_or_make(self.data, f"postgres-{role}")
        return f"postgresql://{role}:{quote(password)}@/{database}?host={quote(str(self.socket_folder), safe='')}"

    @property
    def made(self) -> bool:
        """Whether initdb has finished here (the roles' mark is written last)."""
        return (self.data / "postgres" / "ready").exists()

    def make(self) -> None:
        """Make the cluster with its roles and database, unless it is there. Safe to repeat after a kill."""
        owner = system_user.server_owner()
        self._prepare_folders(owner)
        if self.made:
            return
        if not (self.folder / "PG_VERSION").exists() or not (self.folder / "global" / "pg_control").exists():
            self._initdb(owner)
        self._make_roles(owner)
        (self.data / "postgres" / "ready").touch()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server as a child that falls when we fall, and wait until it answers.

        A server left over from a killed parent is told to stop first; a stale postmaster.pid is
        PostgreSQL's own to recognise. One that is still going may hold its lock files a moment longer than
        it is seen: the start is tried again. Raises UnableToStartPostgres.
        """
        owner = system_user.server_owner()
        self._prepare_folders(owner)
        log = self.data / "log" / "postgres.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        pauses = iter(LOCKED_PAUSES)
        while True:
            self.stop_leftover()
            try:
                return self._started(owner, log)
            except _LockedError:
                pause = next(pauses, None)
                if pause is None:
                    raise
                time.sleep(pause)

    def _started(self, owner: system_user.Owner, log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            server = subprocess.Popen(
                [binaries.program("postgres"), "-D", str(self.folder), *self._settings()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=processes.fall_with_parent(signal.SIGINT),  # SIGINT is PostgreSQL's fast shutdown
                **owner.popen_arguments(),
            )
        self._wait_until_ready(server, log)
        return server

    def running_pid(self) -> int | None:
        """The postmaster of this folder, if one is alive."""
        try:
            lines = (self.folder / "postmaster.pid").read_text(encoding="ascii").splitlines()
            pid = int(lines[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if processes.runs(pid, "postgres") and _works_in(pid, self.folder) else None

    def stop_leftover(self, *, within: float = 30.0) -> None:
        """Stop a server of this folder that nobody minds any more."""
        pid = self.running_pid()
        if pid is not None:
            processes.stop(pid, [signal.SIGINT, signal.SIGQUIT], within=within)

    def _prepare_folders(self, owner: system_user.Owner) -> None:
        for path in (self.folder, self.socket_folder):
            system_user.give(path, owner)
        if owner.switch:
            system_user.let_through(binaries.folder(), owner)

    def _initdb(self, owner: system_user.Owner) -> None:
        for leftover in self.folder.iterdir():  # an initdb that was killed half-way
            subprocess.run(["/bin/rm", "-rf", "--", str(leftover)], check=True)
        password = secret_files.read_or_make(self.data, f"postgres-{SUPERUSER}")
        reader, writer = os.pipe()
        os.write(writer, password.encode() + b"\n")
        os.close(writer)
        os.fchown(reader, owner.uid, owner.gid)  # initdb opens it anew by its name
        try:
            binaries.run(
                "initdb",
                [
                    "-D",
                    str(self.folder),
                    "-U",
                    SUPERUSER,
                    f"--pwfile=/dev/fd/{reader}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-instructions",
                    *self._without_sync("--no-sync"),
                    *self.initdb_options,
                ],
                owner=owner,
                pass_fds=(reader,),
                stdout=subprocess.DEVNULL,
                cwd=self.folder,
            )
        finally:
            os.close(reader)

    def _make_roles(self, owner: system_user.Owner) -> None:
        """Roles and database through PostgreSQL's single-user mode: no server, nobody can look in."""
        app, own = (
            _literal(secret_files.read_or_make(self.data, f"postgres-{r}")) for r in (APP_ROLE, OWNER_ROLE)
        )
        statements = [
            "SET password_encryption = 'scram-sha-256'",
            _unless_role(APP_ROLE, f"CREATE ROLE {APP_ROLE} LOGIN PASSWORD {app}"),
            _unless_role(OWNER_ROLE, f"CREATE ROLE {OWNER_ROLE} LOGIN CREATEDB PASSWORD {own}"),
            f"GRANT {APP_ROLE} TO {OWNER_ROLE}",
            f"DROP DATABASE IF EXISTS {DATABASE}",
            f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}",
            f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
            f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APP_ROLE}",
        ]
        done = subprocess.run(
            [
                binaries.program("postgres"),
                "--single",
                "-j",
                *self._without_sync("-F"),
                "-D",
                str(self.folder),
                SUPERUSER,
            ],
            input=("\n\n".join(f"{s};" for s in statements) + "\n\n").replace(";;", ";").encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            **owner.popen_arguments(),
        )
        errors = [
            line
            for line in done.stderr.decode(errors="replace").splitlines()
            if "ERROR" in line or "FATAL" in line
        ]
        if done.returncode != 0 or errors:
            words = errors or done.stderr.decode(errors="replace").strip().splitlines()[-3:]
            raise UnableToStartPostgres(f"postgres --single ({done.returncode}): " + " / ".join(words))

    def _without_sync(self, word: str) -> list[str]:
        """A cluster that is thrown away need not reach the disk while it is made either."""
        return [word] if self.options.get("fsync") == "off" else []

    def _settings(self) -> list[str]:
        settings = {**SMALL_SERVER, "unix_socket_directories": str(self.socket_folder), **self.options}
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _wait_until_ready(self, server: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            if server.poll() is not None:
                words = processes.last_words(log)
                kind = _LockedError if "PGSQL" in words or "postmaster" in words else UnableToStartPostgres
                raise kind("PostgreSQL no arrancó: " + words)
            if self._says_ready():
                return
            time.sleep(0.02)
        server.send_signal(signal.SIGQUIT)
        raise UnableToStartPostgres(
            f"PostgreSQL no respondió en {READY_WITHIN_SECONDS:.0f} s: " + processes.last_words(log)
        )

    def _says_ready(self) -> bool:
        try:
            lines = (self.folder / "postmaster.pid").read_text(encoding="ascii").splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"


def _unless_role(role: str, statement: str) -> str:
    body = statement.replace("'", "''")
    return f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN EXECUTE '{body}'; END IF; END $$"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    except OSError:
        return False
