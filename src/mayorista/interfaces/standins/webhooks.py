"""Posting to the platform's hook as Meta does: signed, again until 200, perhaps twice, perhaps out of order."""

from __future__ import annotations

import http.client
import json
import logging
import random
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mayorista.rules.whatsapp import signature_of

if TYPE_CHECKING:
    from mayorista.interfaces.standins.store import Account, Store

log = logging.getLogger("standins.webhooks")

GIVE_UP_AFTER = 7 * 24 * 3600
LONGEST_PAUSE = 600


def envelope(account: Account, value: dict[str, Any], *, field: str = "messages") -> bytes:
    """One event in Meta's envelope."""
    if field == "messages":
        value = {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": account.display_number,
                "phone_number_id": account.phone_number_id,
            },
            **value,
        }
    document = {
        "object": "whatsapp_business_account",
        "entry": [{"id": account.business_id, "changes": [{"value": value, "field": field}]}],
    }
    return json.dumps(document, ensure_ascii=False).encode()


def tell_status(
    store: Store, account: Account, message: dict[str, Any], status: str, *, seconds: float, code: int = 0
) -> None:
    """Queue a status of one of the platform's messages and remember it for the pages."""
    told: dict[str, Any] = {
        "id": message["wamid"],
        "status": status,
        "timestamp": str(int(time.time() + seconds)),
        "recipient_id": message["wa_id"],
    }
    if message["reference"]:
        told["biz_opaque_callback_data"] = message["reference"]
    if code:
        told["errors"] = [{"code": code, "title": ERRORS[code], "error_data": {"details": ERRORS[code]}}]
    elif status in ("sent", "delivered"):
        told["pricing"] = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"}
    shuffle = store.setting("shuffle_ms") / 1000
    spread = random.uniform(0, shuffle)  # noqa: S311 - disorder for tests, no secret
    body = envelope(account, {"contacts": [{"wa_id": message["wa_id"]}], "statuses": [told]})
    store.post_later(body, seconds + spread)
    if random.uniform(0, 100) < store.setting("duplicate_percent"):  # noqa: S311 - see above
        store.post_later(body, seconds + random.uniform(0, shuffle + 0.5))  # noqa: S311 - see above


ERRORS = {
    131026: "Message undeliverable",
    131047: "More than 24 hours have passed since the customer last replied to this number",
}


class Poster(threading.Thread):
    """Posts what is due, in order of its time; what the hook does not take comes again later."""

    def __init__(self, store: Store, account: Account, hook: str) -> None:
        super().__init__(name="webhooks", daemon=True)
        self._store, self._account = store, account
        self._hook = urlsplit(hook)
        self._connection: http.client.HTTPConnection | None = None
        self._stopped = threading.Event()

    def run(self) -> None:
        """Loop until stopped."""
        while not self._stopped.is_set():
            self._store.changed.clear()
            if not self._hook.hostname or not self._post_due():
                self._store.changed.wait(self._pause())

    def stop(self) -> None:
        """End the loop."""
        self._stopped.set()
        self._store.changed.set()

    def _pause(self) -> float:
        found = self._store.row("SELECT min(due_at) AS due_at FROM webhook")
        due_at = found["due_at"] if found else None
        return 1.0 if due_at is None else min(max(due_at - time.time(), 0.01), 1.0)

    def _post_due(self) -> bool:
        due = self._store.rows(
            "SELECT * FROM webhook WHERE due_at <= ? ORDER BY due_at, id LIMIT 50", time.time()
        )
        for each in due:
            if self._stopped.is_set():
                return False
            taken = self._post(each["body"])
            with self._store.transaction() as connection:
                if taken or time.time() - each["born_at"] > GIVE_UP_AFTER:
                    connection.execute("DELETE FROM webhook WHERE id = ?", (each["id"],))
                else:
                    again = time.time() + min(2 ** each["tries"], LONGEST_PAUSE)
                    connection.execute(
                        "UPDATE webhook SET due_at = ?, tries = tries + 1 WHERE id = ?", (again, each["id"])
                    )
        return bool(due)

    def _post(self, body: bytes) -> bool:
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": signature_of(body, self._account.app_secret),
            "User-Agent": "facebookexternalua",
        }
        try:
            connection = self._connection or self._connect()
            connection.request("POST", self._hook.path or "/", body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._connection = None
            return False
        if answer.will_close:
            self._connection = None
        return answer.status == 200

    def _connect(self) -> http.client.HTTPConnection:
        self._connection = http.client.HTTPConnection(
            self._hook.hostname or "", self._hook.port or 80, timeout=10
        )
        return self._connection
