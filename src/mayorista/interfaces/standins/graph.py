"""The part of Meta's Graph API that the platform uses, obeyed as published.

POST /vNN/<phone>/messages, media up and down, the account's templates, the number itself. Errors have
Meta's shape and codes. Faults can be asked for: an error code, silence, a connection cut before or after
the message was taken.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Any

from mayorista.interfaces.standins import webhooks
from mayorista.rules import whatsapp

if TYPE_CHECKING:
    from mayorista.interfaces.standins.store import Account, Store

WINDOW = 24 * 3600
BURST, PER_SECOND = 45.0, 1 / 6


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer; `cut` closes the connection without a word, after `pause` seconds."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    pause: float = 0
    cut: bool = False
    headers: dict[str, str] = field(default_factory=dict)


def say(value: dict[str, Any], status: int = 200) -> Answer:
    """A JSON answer."""
    return Answer(status, json.dumps(value).encode())


def refuse(code: int, message: str, *, status: int = 400, details: str = "") -> Answer:
    """An error as Graph writes it."""
    data = {"messaging_product": "whatsapp", "details": details or message}
    error = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code, "error_data": data}
    return say({"error": {**error, "fbtrace_id": secrets.token_hex(6)}}, status)


class PairLimit:
    """About one message each 6 s to one person, 45 of them borrowed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, wa_id: str) -> bool:
        """Whether one more may go now."""
        with self._lock:
            now = time.monotonic()
            left, since = self._left.get(wa_id, (BURST, now))
            left = min(BURST, left + (now - since) * PER_SECOND)
            self._left[wa_id] = (left - 1 if left >= 1 else left, now)
            return left >= 1


class Graph:
    """Answers one request after the other; knows nothing of HTTP connections."""

    def __init__(self, store: Store, account: Account, base: str) -> None:
        self._store, self._account, self._base = store, account, base
        self._pairs = PairLimit()

    def answer(self, method: str, path: str, query: dict[str, str], headers: Any, body: bytes) -> Answer:  # noqa: PLR0911 - one line per call
        """Answer a call below /vNN.N/."""
        if not self._authorised(headers.get("Authorization", "")):
            return refuse(190, "Invalid OAuth access token", status=401)
        parts = path.strip("/").split("/")[1:]
        match (method, parts):
            case ("POST", [number, "messages"]) if number == self._account.phone_number_id:
                return self._messages(body)
            case ("POST", [number, "media"]) if number == self._account.phone_number_id:
                return self._upload(headers.get("Content-Type", ""), body)
            case ("GET", [business, "message_templates"]) if business == self._account.business_id:
                return self._templates()
            case ("POST", [business, "message_templates"]) if business == self._account.business_id:
                return self._submit(body)
            case ("POST", [template_id]) if template_id.isdecimal():
                return self._edit_template(template_id, body)
            case ("GET", [number]) if number == self._account.phone_number_id:
                return say({"id": number, "display_phone_number": self._account.display_number})
            case ("GET", [media_id]):
                return self._about_media(media_id)
            case ("GET", ["media", media_id]):
                return self._media(media_id)
        del query
        return refuse(100, "Unsupported request. Object does not exist", status=400)

    def _authorised(self, header: str) -> bool:
        return hmac.compare_digest(header.encode(), f"Bearer {self._account.token}".encode())

    # Messages -----------------------------------------------------------------------------------

    def _messages(self, body: bytes) -> Answer:
        try:
            call = json.loads(body)
        except ValueError:
            return refuse(100, "Invalid JSON")
        if not isinstance(call, dict) or call.get("messaging_product") != "whatsapp":
            return refuse(100, "The parameter messaging_product is required")
        if call.get("status") == "read":
            return self._mark_read(str(call.get("message_id", "")))
        fault = self._store.next_fault("whatsapp_faults") or {}
        if fault.get("code") is not None:
            return refuse(int(fault["code"]), "asked for", status=int(fault.get("http") or 400))
        if fault.get("cut") == "before":
            return Answer(cut=True, pause=float(fault.get("pause") or 0))
        answer = self._accept(call)
        if fault.get("cut") == "after":
            return Answer(cut=True, pause=float(fault.get("pause") or 0))
        return Answer(answer.status, answer.body, pause=float(fault.get("pause") or 0))

    def _accept(self, call: dict[str, Any]) -> Answer:
        wa_id = re.sub(r"\D", "", str(call.get("to") or "")) or str(call.get("recipient") or "")
        kind = str(call.get("type") or "text")
        if not wa_id:
            return refuse(131008, "Required parameter is missing", details="to")
        if self._store.setting("pair_limit") and not self._pairs.take(wa_id):
            return refuse(131056, "(Business Account, Consumer Account) pair rate limit hit")
        shown = self._shown(kind, call)
        if isinstance(shown, Answer):
            return shown
        phone = self._store.phone(wa_id)
        message = {
            "wamid": "wamid." + secrets.token_urlsafe(24),
            "wa_id": wa_id,
            "reference": str(call.get("biz_opaque_callback_data") or ""),
        }
        with self._store.transaction() as connection:
            connection.execute(
                "INSERT INTO message (wamid, wa_id, ours, at, type, text, template, buttons, media, reply_to,"
                " reference, status) VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, 'accepted')",
                (
                    message["wamid"],
                    wa_id,
                    time.time(),
                    kind,
                    shown["text"],
                    shown.get("template", ""),
                    json.dumps(shown.get("buttons", [])),
                    shown.get("media", ""),
                    str((call.get("context") or {}).get("message_id") or ""),
                    message["reference"],
                ),
            )
        self._tell(message, kind, on_whatsapp=bool(phone["on_whatsapp"]), wrote_at=phone["wrote_at"])
        answer = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": wa_id, "wa_id": wa_id}],
            "messages": [
                {"id": message["wamid"], **({"message_status": "accepted"} if kind == "template" else {})}
            ],
        }
        return say(answer)

    def _tell(self, message: dict[str, Any], kind: str, *, on_whatsapp: bool, wrote_at: float | None) -> None:
        code = 0
        if not on_whatsapp:
            code = 131026
        elif kind != "template" and (wrote_at is None or time.time() - wrote_at > WINDOW):
            code = 131047
        steps = [("failed", 0.3)] if code else [("sent", 0.2), ("delivered", 0.6)]
        if not code and self._store.setting("auto_read"):
            steps.append(("read", 2.0))
        for status, seconds in steps:
            webhooks.tell_status(self._store, self._account, message, status, seconds=seconds, code=code)
        with self._store.transaction() as connection:
            last = f"failed {code}" if code else steps[-1][0]
            connection.execute("UPDATE message SET status = ? WHERE wamid = ?", (last, message["wamid"]))

    def _shown(self, kind: str, call: dict[str, Any]) -> dict[str, Any] | Answer:  # noqa: PLR0911 - one per type
        """What the phone shows of a message, or the refusal."""
        part = call.get(kind)
        if not isinstance(part, dict):
            return refuse(131009, "Parameter value is not valid", details=f"type {kind}")
        if kind == "text":
            text = str(part.get("body") or "")
            if not 0 < len(text) <= whatsapp.MAX_TEXT:
                return refuse(131009, "Parameter value is not valid", details="text.body")
            return {"text": text}
        if kind == "template":
            return self._template_text(part)
        if kind == "interactive":
            replies = [each["reply"] for each in part["action"]["buttons"]]
            if not 0 < len(replies) <= 3 or any(not 0 < len(each["title"]) <= 20 for each in replies):
                return refuse(131009, "Parameter value is not valid", details="buttons")
            buttons = [[each["id"], each["title"]] for each in replies]
            return {"text": str(part["body"]["text"]), "buttons": buttons}
        if kind in ("document", "image", "audio", "video"):
            media_id = str(part.get("id") or "")
            if self._store.row("SELECT 1 FROM media WHERE id = ?", media_id) is None:
                return refuse(131053, "Media upload error", details=f"media {media_id} does not exist")
            return {"text": str(part.get("caption") or ""), "media": media_id}
        return refuse(131051, "Unsupported message type")

    def _template_text(self, part: dict[str, Any]) -> dict[str, Any] | Answer:
        name, language = str(part.get("name")), str((part.get("language") or {}).get("code"))
        known = self._store.row("SELECT * FROM template WHERE name = ? AND language = ?", name, language)
        if known is None:
            return refuse(132001, "Template name does not exist in the translation", status=404)
        if known["status"] != "APPROVED":
            return refuse(132015, "Template is paused")
        values: list[str] = []
        payloads: dict[int, str] = {}
        for component in part.get("components") or []:
            if component["type"] == "body":
                values = [str(each["text"]) for each in component["parameters"]]
            elif component["type"] == "button":
                payloads[int(component["index"])] = str(component["parameters"][0]["payload"])
        wanted = whatsapp.variables_of(known["body"])
        if len(values) != len(wanted):
            return refuse(132000, "Number of parameters does not match the expected number of params")
        if any(whatsapp.parameter_problem(each) for each in values):
            return refuse(
                132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
            )
        numbered = {str(number): value for number, value in enumerate(values, start=1)}
        titles = json.loads(known["buttons"])
        buttons = [[payloads.get(index, title), title] for index, title in enumerate(titles)]
        return {"text": whatsapp.render(known["body"], numbered), "template": name, "buttons": buttons}

    def _mark_read(self, wamid: str) -> Answer:
        with self._store.transaction() as connection:
            done = connection.execute(
                "UPDATE message SET status = 'read' WHERE wamid = ? AND ours = 1", (wamid,)
            )
        return say({"success": True}) if done.rowcount else refuse(131009, "Parameter value is not valid")

    # Media --------------------------------------------------------------------------------------

    def _upload(self, content_type: str, body: bytes) -> Answer:
        parsed = BytesParser(policy=HTTP).parsebytes(
            b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
        )
        for part in parsed.iter_parts():
            if part.get_param("name", header="content-disposition") == "file":
                content = part.get_payload(decode=True)
                kind = part.get_content_type()
                assert isinstance(content, bytes)
                if len(content) > whatsapp.media_limit(whatsapp.media_kind(kind)):
                    return refuse(131053, "Media upload error", details="file too large")
                return say({"id": self._store.keep_media(part.get_filename() or "archivo", kind, content)})
        return refuse(100, "(#100) The parameter file is required")

    def _about_media(self, media_id: str) -> Answer:
        found = self._store.row("SELECT * FROM media WHERE id = ?", media_id)
        if found is None:
            return refuse(100, "Unsupported get request. Object does not exist", status=400)
        return say(
            {
                "messaging_product": "whatsapp",
                "url": f"{self._base}/v25.0/media/{media_id}",
                "mime_type": found["type"],
                "sha256": hashlib.sha256(found["content"]).hexdigest(),
                "file_size": str(len(found["content"])),
                "id": media_id,
            }
        )

    def _media(self, media_id: str) -> Answer:
        found = self._store.row("SELECT * FROM media WHERE id = ?", media_id)
        if found is None:
            return refuse(131052, "Media download error", status=404)
        return Answer(200, found["content"], found["type"])

    # Templates ----------------------------------------------------------------------------------

    def _templates(self) -> Answer:
        rows = self._store.rows("SELECT * FROM template ORDER BY name")
        return say(
            {
                "data": [
                    {
                        "id": _template_id(each["name"], each["language"]),
                        "name": each["name"],
                        "language": each["language"],
                        "status": each["status"],
                    }
                    for each in rows
                ]
            }
        )

    def _submit(self, body: bytes) -> Answer:
        call = json.loads(body)
        name, language = str(call["name"]), str(call["language"])
        if self._store.rows("SELECT name FROM template WHERE name = ? AND language = ?", name, language):
            return refuse(100, "Invalid parameter", details="Content in this language already exists")
        wrong = self._keep_template(name, language, call.get("components", []))
        if wrong is not None:
            return wrong
        return say(
            {
                "id": _template_id(name, language),
                "status": "PENDING",
                "category": call.get("category", ""),
            }
        )

    def _edit_template(self, template_id: str, body: bytes) -> Answer:
        """Replace the text of a template that is known; its name, language and category stay."""
        for each in self._store.rows("SELECT name, language FROM template"):
            if _template_id(each["name"], each["language"]) == template_id:
                components = json.loads(body).get("components", [])
                wrong = self._keep_template(each["name"], each["language"], components)
                return wrong if wrong is not None else say({"success": True})
        return refuse(100, "Unsupported request. Object does not exist", status=400)

    def _keep_template(self, name: str, language: str, components: list[dict[str, Any]]) -> Answer | None:
        """Keep a text, to be approved in a moment; the refusal if it would be refused."""
        text, buttons = "", []
        for component in components:
            if component["type"] == "BODY":
                text = component["text"]
            elif component["type"] == "BUTTONS":
                buttons = [each["text"] for each in component["buttons"]]
        wrong = whatsapp.check_template_body(text, whatsapp.variables_of(text))
        if wrong:
            return refuse(100, "Invalid parameter", details=str(wrong[0]))
        with self._store.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO template VALUES (?, ?, 'APPROVED', ?, ?)",
                (name, language, text, json.dumps(buttons)),
            )
        value = {
            "event": "APPROVED",
            "message_template_name": name,
            "message_template_language": language,
            "reason": "NONE",
        }
        self._store.post_later(
            webhooks.envelope(self._account, value, field="message_template_status_update"), 1.0
        )
        return None


def _template_id(name: str, language: str) -> str:
    """The id of a template: the same for a name and language, as theirs is."""
    return str(int.from_bytes(hashlib.sha256(f"{name}/{language}".encode()).digest()[:6]))
