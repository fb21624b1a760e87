"""What the stand-ins keep: mails, phones, messages, files, webhooks still to be posted. One SQLite file."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mayorista.apps.messaging.seed_texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, sender TEXT NOT NULL, recipients TEXT NOT NULL,
    subject TEXT NOT NULL, message_id TEXT NOT NULL, eml BLOB NOT NULL, seen INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS inbox (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, eml BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS phone (
    wa_id TEXT PRIMARY KEY, name TEXT NOT NULL, on_whatsapp INTEGER NOT NULL DEFAULT 1, wrote_at REAL);
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY, wamid TEXT NOT NULL UNIQUE, wa_id TEXT NOT NULL, ours INTEGER NOT NULL,
    at REAL NOT NULL, type TEXT NOT NULL, text TEXT NOT NULL, template TEXT NOT NULL DEFAULT '',
    buttons TEXT NOT NULL DEFAULT '[]', media TEXT NOT NULL DEFAULT '', reply_to TEXT NOT NULL DEFAULT '',
    reference TEXT NOT NULL DEFAULT '', status TEXT NOT NULL DEFAULT '', pressed TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS message_of_phone ON message (wa_id, id);
CREATE TABLE IF NOT EXISTS media (
    id TEXT PRIMARY KEY, at REAL NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS template (
    name TEXT NOT NULL, language TEXT NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL,
    buttons TEXT NOT NULL DEFAULT '[]', PRIMARY KEY (name, language));
CREATE TABLE IF NOT EXISTS webhook (
    id INTEGER PRIMARY KEY, due_at REAL NOT NULL, born_at REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS webhook_due ON webhook (due_at, id);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

DEFAULTS: dict[str, Any] = {
    "duplicate_percent": 0,
    "shuffle_ms": 0,
    "auto_read": False,
    "pair_limit": True,
    "whatsapp_faults": [],
    "mail_faults": [],
}


@dataclass(frozen=True, slots=True)
class Account:
    """What the fake business account is made of; the same secrets the platform was given."""

    phone_number_id: str
    business_id: str
    token: str
    app_secret: str
    display_number: str = "59144200000"


class Store:
    """One connection, one lock: the stand-ins are small and their truth must be exact."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)
        self.changed = threading.Event()
        self._know_shipped_templates()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, one at a time."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Rows of a query."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> sqlite3.Row | None:
        """First row of a query."""
        found = self.rows(query, *values)
        return found[0] if found else None

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._connection.close()

    # Settings -----------------------------------------------------------------------------------

    def setting(self, name: str) -> Any:
        """A setting of the stand-ins, as JSON."""
        found = self.row("SELECT value FROM setting WHERE name = ?", name)
        return json.loads(found["value"]) if found else DEFAULTS[name]

    def set(self, name: str, value: Any) -> None:
        """Write a setting."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, json.dumps(value)))

    def next_fault(self, name: str) -> dict[str, Any] | None:
        """Take one turn of the first fault that was asked for ("times" more are left)."""
        with self._lock:
            faults = self.setting(name)
            if not faults:
                return None
            fault: dict[str, Any] = faults[0]
            fault["times"] = int(fault.get("times", 1)) - 1
            self.set(name, faults if fault["times"] > 0 else faults[1:])
            return fault

    # Mails --------------------------------------------------------------------------------------

    def keep_mail(
        self, sender: str, recipients: list[str], subject: str, message_id: str, eml: bytes
    ) -> None:
        """Store one mail as it was received."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO mail (at, sender, recipients, subject, message_id, eml) VALUES (?, ?, ?, ?, ?, ?)",
                (time.time(), sender, json.dumps(recipients), subject, message_id, eml),
            )

    def lay_in_inbox(self, eml: bytes) -> None:
        """Lay a mail into the mailbox of the house."""
        with self.transaction() as connection:
            connection.execute("INSERT INTO inbox (at, eml) VALUES (?, ?)", (time.time(), eml))

    # Phones and messages ------------------------------------------------------------------------

    def phone(self, wa_id: str, name: str = "") -> sqlite3.Row:
        """The phone with this number, known from now on."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO phone (wa_id, name) VALUES (?, ?) ON CONFLICT (wa_id) DO UPDATE SET "
                "name = CASE WHEN excluded.name = '' THEN name ELSE excluded.name END",
                (wa_id, name),
            )
        found = self.row("SELECT * FROM phone WHERE wa_id = ?", wa_id)
        assert found is not None
        return found

    def keep_media(self, name: str, content_type: str, content: bytes) -> str:
        """Store a file and return its id."""
        media_id = str(secrets.randbelow(9 * 10**14) + 10**14)
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO media VALUES (?, ?, ?, ?, ?)",
                (media_id, time.time(), name, content_type, content),
            )
        return media_id

    def post_later(self, body: bytes, seconds: float) -> None:
        """Queue a webhook."""
        now = time.time()
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO webhook (due_at, born_at, body) VALUES (?, ?, ?)", (now + seconds, now, body)
            )
        self.changed.set()

    def _know_shipped_templates(self) -> None:
        """The texts that Mayorista ships are approved here from the start."""
        with self.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO template VALUES (?, 'es', 'APPROVED', ?, ?)",
                [
                    (each.code, each.body, json.dumps([title for _payload, title in each.buttons]))
                    for each in TEXTS
                    if each.kind == "TEMPLATE"
                ],
            )
