"""What the people who get our mails do: answer, write anew, and what their servers do: send back."""

from __future__ import annotations

import json
import secrets
import time
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default
from email.utils import format_datetime, localtime, parseaddr
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mayorista.interfaces.standins.store import Store


class Correspondents:
    """Writers of mails to the house: each mail lies down in its mailbox, where it is read by IMAP."""

    def __init__(self, store: Store, address: str) -> None:
        self._store, self._address = store, address

    def write(
        self,
        sender: str,
        subject: str,
        text: str,
        *,
        file: tuple[str, str, bytes] | None = None,
        answers: int = 0,
    ) -> None:
        """Somebody writes: a new mail, or the answer to one they got."""
        message = self._new(sender, subject)
        row = self._store.row("SELECT subject, message_id FROM mail WHERE id = ?", answers)
        if row is not None:
            message["In-Reply-To"] = message["References"] = row["message_id"]
        message.set_content(text or " ")
        if file is not None:
            name, kind, content = file
            maintype, _, subtype = kind.partition("/")
            message.add_attachment(
                content,
                maintype=maintype if subtype else "application",
                subtype=subtype or "octet-stream",
                filename=name,
            )
        self._lay(message)

    def absent(self, mail_id: int) -> None:
        """The mailbox of the recipient answers by itself that its owner is away."""
        row = self._mail(mail_id)
        if row is None:
            return
        message = self._new(row[0], f"Fuera de oficina: {row[1]}")
        message["Auto-Submitted"] = "auto-replied"
        message["In-Reply-To"] = row[2]
        message.set_content("Estoy fuera de la oficina hasta el lunes.")
        self._lay(message)

    def bounce(self, mail_id: int, status: str) -> None:
        """The server of the recipient sends a mail back (RFC 3464), or says that it is late (4.…)."""
        row = self._mail(mail_id)
        if row is None:
            return
        address, _subject, _message_id, eml = row
        late = status.startswith("4")
        words = {"5.1.1": "550 5.1.1 User unknown", "5.2.2": "552 5.2.2 Mailbox full"}.get(
            status, f"451 {status} Server busy" if late else f"550 {status} Rejected"
        )
        message = self._new(
            "MAILER-DAEMON@exterior.example",
            "Delayed Mail" if late else "Undelivered Mail Returned to Sender",
        )
        message["Return-Path"] = "<>"
        message["Auto-Submitted"] = "auto-replied"
        head = eml.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0].decode("utf-8", "replace")
        # A report has no shape that EmailMessage could make: it is written line by line.
        raw = message.as_bytes(policy=SMTP).rstrip(b"\r\n")
        raw += (
            (
                '\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="informe"\r\n\r\n'
                f"--informe\r\nContent-Type: text/plain\r\n\r\n{words}\r\n"
                "--informe\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; exterior.example\r\n\r\n"
                f"Final-Recipient: rfc822; {address}\r\nAction: {'delayed' if late else 'failed'}\r\nStatus: {status}\r\n"
                f"Diagnostic-Code: smtp; {words}\r\n\r\n"
                "--informe\r\nContent-Type: text/rfc822-headers\r\n\r\n"
            ).encode()
            + head.encode()
            + b"\r\n\r\n--informe--\r\n"
        )
        self._store.lay_in_inbox(raw)

    def _mail(self, mail_id: int) -> tuple[str, str, str, bytes] | None:
        row = self._store.row("SELECT recipients, subject, message_id, eml FROM mail WHERE id = ?", mail_id)
        if row is None:
            return None
        return json.loads(row["recipients"])[0], row["subject"], row["message_id"], row["eml"]

    def _new(self, sender: str, subject: str) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = parseaddr(sender)[1] or "desconocido@exterior.example"
        message["To"] = self._address
        message["Subject"] = " ".join(subject.split())[:300]
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = f"<{secrets.token_hex(12)}@exterior.example>"
        return message

    def _lay(self, message: EmailMessage) -> None:
        self._store.lay_in_inbox(message.as_bytes(policy=SMTP))


def written(store: Store) -> list[tuple[str, str, str]]:
    """Sender, subject and hour of what people wrote to the house, the newest first."""
    found = []
    for row in store.rows("SELECT at, eml FROM inbox ORDER BY id DESC LIMIT 50"):
        message = BytesParser(policy=default).parsebytes(row["eml"])
        hour = time.strftime("%d/%m %H:%M", time.localtime(row["at"]))
        found.append((str(message["From"]), str(message["Subject"]), hour))
    return found
