"""A database out and in again, by PostgreSQL's own pg_dump and pg_restore.

# Note [Restore in one transaction]
`pg_restore` is told to write SQL, and one `psql --single-transaction` runs "drop what is there"
and that SQL. A restore that is cut (kill -9, full disk) leaves the database as it was.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict

from mayorista.adapters.postgres import binaries, privileges
from mayorista.adapters.postgres.cluster import APP_ROLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

LIBPQ_NAMES = {
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "host": "PGHOST",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}
BEFORE = "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;\n"
AFTER = "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}' AND rolname <> current_user) THEN {grants}; END IF; END $$;\n"
NOT_FOR_US = (
    b"SET transaction_timeout = 0;",  # a server before 17 does not know it
    b"CREATE SCHEMA public;",  # made anew by ourselves
)


def dump(url: str, file: Path) -> None:
    """Write the whole database, as one consistent snapshot, into `file` (mode 0600); raises PostgresProgramFailed."""
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        binaries.run(
            "pg_dump",
            ["--format=custom", "--no-password", "--no-owner"],
            environ=environ(url),
            stdout=descriptor,
        )
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def restore(url: str, file: Path) -> None:
    """Replace the database by the dump; see Note [Restore in one transaction]."""
    reader = subprocess.Popen(
        [binaries.program("pg_restore"), "--no-owner", "--file=-", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    writer = subprocess.Popen(
        [
            binaries.program("psql"),
            "--no-psqlrc",
            "--quiet",
            "--no-password",
            "--single-transaction",
            "-v",
            "ON_ERROR_STOP=1",
            "--file=-",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environ(url),
    )
    assert reader.stdout is not None
    assert writer.stdin is not None
    try:
        writer.stdin.write(BEFORE.encode())
        for line in _understood(reader.stdout):
            writer.stdin.write(line)
        if reader.wait() == 0:
            writer.stdin.write(
                AFTER.format(role=APP_ROLE, grants="; ".join(privileges.statements())).encode()
            )
            writer.stdin.close()
            writer.stdin = None
        else:
            writer.kill()  # nothing was committed
    except BrokenPipeError:
        writer.stdin = None
    words = writer.communicate()[1]
    if reader.returncode or writer.returncode:
        told = (reader.stderr.read() if reader.stderr and reader.returncode else b"") or words
        raise binaries.PostgresProgramFailed("restore: " + told.decode(errors="replace").strip()[-600:])


def _understood(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The SQL without what this server or this schema does not take; rows of tables pass untouched."""
    in_rows = False
    for line in lines:
        if in_rows:
            in_rows = line != b"\\.\n"
        elif line.startswith(b"COPY ") and line.endswith(b"FROM stdin;\n"):
            in_rows = True
        elif line.startswith(NOT_FOR_US):
            continue
        yield line


def environ(url: str) -> Mapping[str, str]:
    """The environment that leads PostgreSQL's programs to a URL; the password is on no command line."""
    parts = conninfo_to_dict(url)
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {
        LIBPQ_NAMES[name]: str(value) for name, value in parts.items() if name in LIBPQ_NAMES
    }
