"""What the people at the other end do: write, press a button, send a file, read."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from typing import TYPE_CHECKING, Any

from mayorista.interfaces.standins import webhooks
from mayorista.rules.whatsapp import media_kind

if TYPE_CHECKING:
    from mayorista.interfaces.standins.store import Account, Store


class People:
    """Acts of the persons who hold the phones."""

    def __init__(self, store: Store, account: Account) -> None:
        self._store, self._account = store, account

    def write(self, wa_id: str, text: str, *, name: str = "", reply_to: str = "") -> str:
        """Send a text to the platform; return its wamid."""
        return self._send(wa_id, "text", {"body": text}, text=text, name=name, reply_to=reply_to)

    def press(self, wa_id: str, wamid: str, payload: str) -> str:
        """Press a button under one of the platform's messages; return the answer's wamid ('' if there is none)."""
        message = self._store.row(
            "SELECT * FROM message WHERE wamid = ? AND wa_id = ? AND ours = 0", wamid, wa_id
        )
        if message is None:
            return ""
        titles = dict(json.loads(message["buttons"]))
        if payload not in titles:
            return ""
        title = titles[payload]
        with self._store.transaction() as connection:
            connection.execute("UPDATE message SET pressed = ? WHERE wamid = ?", (payload, wamid))
        if message["type"] == "template":
            return self._send(
                wa_id, "button", {"payload": payload, "text": title}, text=title, reply_to=wamid
            )
        part = {"type": "button_reply", "button_reply": {"id": payload, "title": title}}
        return self._send(wa_id, "interactive", part, text=title, reply_to=wamid)

    def send_file(self, wa_id: str, name: str, content_type: str, content: bytes, caption: str = "") -> str:
        """Send a file to the platform; return its wamid."""
        media_id = self._store.keep_media(name, content_type, content)
        kind = media_kind(content_type)
        part: dict[str, Any] = {
            "id": media_id,
            "mime_type": content_type,
            "sha256": base64.b64encode(hashlib.sha256(content).digest()).decode(),
        }
        if kind == "document":
            part["filename"] = name
        if caption:
            part["caption"] = caption
        return self._send(wa_id, kind, part, text=caption, media=media_id)

    def read(self, wa_id: str) -> None:
        """Open the chat: what was delivered is read now."""
        unread = self._store.rows(
            "SELECT * FROM message WHERE wa_id = ? AND ours = 0 AND status = 'delivered'", wa_id
        )
        for message in unread:
            with self._store.transaction() as connection:
                connection.execute("UPDATE message SET status = 'read' WHERE id = ?", (message["id"],))
            seconds = max(0.8 - (time.time() - message["at"]), 0)
            webhooks.tell_status(self._store, self._account, dict(message), "read", seconds=seconds)

    def _send(
        self,
        wa_id: str,
        kind: str,
        part: dict[str, Any],
        *,
        text: str,
        name: str = "",
        media: str = "",
        reply_to: str = "",
    ) -> str:
        phone = self._store.phone(wa_id, name)
        wamid, now = "wamid." + secrets.token_urlsafe(24), time.time()
        with self._store.transaction() as connection:
            connection.execute("UPDATE phone SET wrote_at = ? WHERE wa_id = ?", (now, wa_id))
            connection.execute(
                "INSERT INTO message (wamid, wa_id, ours, at, type, text, media, reply_to, status)"
                " VALUES (?, ?, 1, ?, ?, ?, ?, ?, 'sent')",
                (wamid, wa_id, now, kind, text, media, reply_to),
            )
        message: dict[str, Any] = {
            "from": wa_id,
            "id": wamid,
            "timestamp": str(int(now)),
            "type": kind,
            kind: part,
        }
        if reply_to:
            message["context"] = {"from": self._account.display_number, "id": reply_to}
        value = {
            "contacts": [{"profile": {"name": phone["name"] or wa_id}, "wa_id": wa_id}],
            "messages": [message],
        }
        self._store.post_later(webhooks.envelope(self._account, value), 0.05)
        return wamid
