"""WhatsApp through Meta's Cloud API: a thin client, one HTTP call per act.

Base address and version are settings, so that it can be pointed at the local stand-in. Which error is
temporary, permanent or the end of the channel is decided by `rules.whatsapp_errors`; what counts here
is whether anything may have been accepted (Note [Four answers] in `rules.ports.messages`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import httpx
from django.conf import settings

from mayorista.rules import whatsapp, whatsapp_errors
from mayorista.rules.ports import messages as port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEFAULT_BASE_URL = "https://graph.facebook.com/v25.0"
_TIMEOUT = httpx.Timeout(20.0, connect=8.0, pool=8.0)
_MEDIA_TIMEOUT = httpx.Timeout(60.0, connect=8.0, pool=8.0)
# A connection that lies idle may be closed by the other side just as it is used again, and then
# nobody knows whether the message went: keep them for a short while only.
_LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=10, keepalive_expiry=4.0)


@dataclass(frozen=True, slots=True)
class CloudConfig:
    """Where and as whom to call. `base_url` with version, e.g. https://graph.facebook.com/v25.0."""

    base_url: str
    phone_number_id: str
    business_account_id: str
    token: str

    @classmethod
    def from_settings(cls) -> CloudConfig:
        """Read settings.WHATSAPP_…; without number and token nothing leaves the machine."""
        return cls(
            base_url=(settings.WHATSAPP_BASE_URL or DEFAULT_BASE_URL).rstrip("/"),
            phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID,
            business_account_id=settings.WHATSAPP_BUSINESS_ID,
            token=settings.WHATSAPP_TOKEN,
        )


class CloudApi:
    """The Cloud API of one phone number."""

    def __init__(self, config: CloudConfig | None = None) -> None:
        self.config = config or CloudConfig.from_settings()

    @property
    def configured(self) -> bool:
        """Whether there is a number and a token to send with."""
        return bool(self.config.phone_number_id and self.config.token)

    @property
    def business_id(self) -> str:
        """The id of our phone number: identities and windows are per number."""
        return self.config.phone_number_id

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"{self.config.base_url}/",
            headers={"Authorization": f"Bearer {self.config.token}"},
            timeout=_TIMEOUT,
            limits=_LIMITS,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Let kept connections go."""
        self._client.close()

    # Sending ------------------------------------------------------------------------------------

    def send(self, message: port.OutgoingWhatsApp) -> str:
        """Send one message and return its wamid. A file is uploaded first; that may be repeated safely."""
        self._require_configuration()
        media_id = self._upload(message.attachment) if message.attachment else ""
        body = message_body(message, media_id)
        answer = self._post_once(f"{self.config.phone_number_id}/messages", body)
        try:
            return str(answer["messages"][0]["id"])
        except (KeyError, IndexError, TypeError):
            raise port.UncertainOutcome("WhatsApp respondió sin número de mensaje.") from None

    def mark_read(self, provider_id: str) -> None:
        """Show the writer that we read the message."""
        self._require_configuration()
        body = {"messaging_product": "whatsapp", "status": "read", "message_id": provider_id}
        self._post_once(f"{self.config.phone_number_id}/messages", body)

    def _post_once(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST that sends something: a lost answer means nobody knows."""
        try:
            response = self._client.post(path, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as problem:
            raise port.TemporaryRefusal(str(problem), code="connect") from problem
        except httpx.HTTPError as problem:
            raise port.UncertainOutcome(str(problem) or type(problem).__name__, code="no-answer") from problem
        if not response.is_success:
            if response.status_code in (500, 502, 504) and not _json(response).get("error"):
                # Not Graph's own error but that of something in between, which may have passed the call on.
                raise port.UncertainOutcome(f"HTTP {response.status_code}", code="gateway")
            _raise_refusal(response)
        return _json(response)

    def _upload(self, attachment: port.Attachment) -> str:
        kind = whatsapp.media_kind(attachment.content_type)
        if len(attachment.content) > whatsapp.media_limit(kind):
            limit = whatsapp.media_limit(kind) // (1024 * 1024)
            raise port.PermanentRefusal(f"El archivo supera {limit} MB.", code="size")
        response = self._ask(
            "POST",
            f"{self.config.phone_number_id}/media",
            data={"messaging_product": "whatsapp", "type": attachment.content_type},
            files={"file": (attachment.name, attachment.content, attachment.content_type)},
            timeout=_MEDIA_TIMEOUT,
        )
        media_id = _json(response).get("id")
        if not media_id:
            raise port.TemporaryRefusal("WhatsApp no dio número al archivo.", code="131053")
        return str(media_id)

    # Reading ------------------------------------------------------------------------------------

    def download(self, media_id: str, *, sha256: str = "") -> port.Media:
        """Fetch a file by its id: ask for its address (valid 5 min), read it, compare the hash."""
        self._require_configuration()
        about = _json(self._ask("GET", media_id, params={"phone_number_id": self.config.phone_number_id}))
        address = about.get("url")
        # The token travels with the request: only over TLS, or to the very machine we are pointed at.
        here = self.config.base_url.rpartition("/")[0] + "/"
        if not isinstance(address, str) or not address.startswith(("https://", here)):
            raise port.PermanentRefusal("WhatsApp no dio dirección del archivo.", code="131052")
        content = self._read(address)
        for expected in (sha256, str(about.get("sha256") or "")):
            if not hash_fits(content, expected):
                raise port.TemporaryRefusal("El archivo llegó dañado.", code="sha256")
        return port.Media(content=content, declared_type=str(about.get("mime_type") or ""))

    def _read(self, address: str) -> bytes:
        pieces = bytearray()
        try:
            with self._client.stream("GET", address, timeout=_MEDIA_TIMEOUT) as response:
                if not response.is_success:
                    response.read()
                    _raise_refusal(response)
                for piece in response.iter_bytes():
                    pieces += piece
                    if len(pieces) > whatsapp.DOCUMENT_LIMIT:
                        raise port.PermanentRefusal("El archivo supera 100 MB.", code="size")
        except httpx.HTTPError as problem:
            raise port.TemporaryRefusal(str(problem), code="131052") from problem
        return bytes(pieces)

    def check(self) -> None:
        """Ask for our own number: proves address, token and number without sending."""
        self._require_configuration()
        self._ask("GET", self.config.phone_number_id, params={"fields": "id,display_phone_number"})

    def templates(self) -> Sequence[port.TemplateApproval]:
        """Every template of the account with its state, all pages."""
        self._require_configuration()
        path: str = f"{self.config.business_account_id}/message_templates"
        found: list[port.TemplateApproval] = []
        params: dict[str, str] | None = {"limit": "100", "fields": "id,name,language,status,rejected_reason"}
        for _page in range(100):
            answer = _json(self._ask("GET", path, params=params))
            found += [
                port.TemplateApproval(
                    name=str(each.get("name", "")),
                    language=str(each.get("language", "")),
                    status=str(each.get("status", "")).upper(),
                    reason=str(each.get("rejected_reason") or ""),
                    id=str(each.get("id") or ""),
                )
                for each in answer.get("data", [])
            ]
            after = answer.get("paging", {}).get("next") and answer["paging"].get("cursors", {}).get("after")
            if not after:
                break
            params = {
                "limit": "100",
                "fields": "id,name,language,status,rejected_reason",
                "after": str(after),
            }
        return found

    def submit_template(self, draft: port.TemplateDraft) -> str:
        """Hand a template in for approval; return the state it has now (PENDING, APPROVED, …).

        A name and language can be created once only: what is known there is edited by its id.
        """
        self._require_configuration()
        body: dict[str, Any] = {"type": "BODY", "text": draft.body}
        if draft.examples:
            body["example"] = {"body_text": [list(draft.examples)]}
        components = [body]
        if draft.buttons:
            buttons = [{"type": "QUICK_REPLY", "text": title} for title in draft.buttons]
            components.append({"type": "BUTTONS", "buttons": buttons})
        if draft.known_id:
            # The category of an approved template can not be edited: it is not said again.
            self._ask("POST", draft.known_id, json={"components": components})
            return "PENDING"
        answer = self._ask(
            "POST",
            f"{self.config.business_account_id}/message_templates",
            json={
                "name": draft.name,
                "language": draft.language,
                "category": draft.category,
                "components": components,
            },
        )
        return str(_json(answer).get("status") or "PENDING").upper()

    def _ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Call that sends no message: any failure to get an answer is temporary."""
        try:
            response = self._client.request(method, path, **arguments)
        except httpx.HTTPError as problem:
            raise port.TemporaryRefusal(str(problem) or type(problem).__name__, code="connect") from problem
        if not response.is_success:
            _raise_refusal(response)
        return response

    def _require_configuration(self) -> None:
        if not self.configured:
            raise port.ChannelStopped("WhatsApp no está configurado.", code="unconfigured")


def message_body(message: port.OutgoingWhatsApp, media_id: str = "") -> dict[str, Any]:
    """JSON of POST /<phone number>/messages."""
    body: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": "individual"}
    if message.to:
        body["to"] = message.to
    else:
        body["recipient"] = message.recipient
    if message.reply_to:
        body["context"] = {"message_id": message.reply_to}
    body["biz_opaque_callback_data"] = message.reference
    if message.template:
        return body | {"type": "template", "template": _template(message)}
    if message.attachment:
        return body | _file(message, message.attachment, media_id)
    if message.buttons:
        return body | {"type": "interactive", "interactive": _buttons(message)}
    return body | {"type": "text", "text": {"preview_url": False, "body": message.text}}


def _template(message: port.OutgoingWhatsApp) -> dict[str, Any]:
    components: list[dict[str, Any]] = []
    if message.parameters:
        values = [{"type": "text", "text": value} for value in message.parameters]
        components.append({"type": "body", "parameters": values})
    for index, button in enumerate(message.buttons):
        components.append(
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": str(index),
                "parameters": [{"type": "payload", "payload": button.payload}],
            }
        )
    template: dict[str, Any] = {"name": message.template, "language": {"code": message.language}}
    return template | ({"components": components} if components else {})


def _buttons(message: port.OutgoingWhatsApp) -> dict[str, Any]:
    return {
        "type": "button",
        "body": {"text": message.text},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": button.payload, "title": button.title}}
                for button in message.buttons
            ]
        },
    }


def _file(message: port.OutgoingWhatsApp, attachment: port.Attachment, media_id: str) -> dict[str, Any]:
    kind = whatsapp.media_kind(attachment.content_type)
    content: dict[str, Any] = {"id": media_id}
    if kind == "document":
        content["filename"] = attachment.name
    if message.text and kind != "audio":
        content["caption"] = message.text
    return {"type": kind, kind: content}


def hash_fits(content: bytes, expected: str) -> bool:
    """Whether the content has this SHA-256, given in hex or base64; True if it is neither."""
    digest = hashlib.sha256(content)
    if len(expected) == 64 and all(char in "0123456789abcdefABCDEF" for char in expected):
        return digest.hexdigest() == expected.lower()
    try:
        decoded = base64.b64decode(expected, validate=True)
    except (binascii.Error, ValueError):
        return True
    return len(decoded) != 32 or decoded == digest.digest()


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        value = response.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _raise_refusal(response: httpx.Response) -> NoReturn:
    error = _json(response).get("error")
    error = error if isinstance(error, dict) else {}
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else ""
    text = str(details or error.get("message") or f"HTTP {response.status_code}")
    code = str(error.get("code", ""))
    meaning = whatsapp_errors.meaning_of(code, http_status=response.status_code)
    code = code or f"HTTP {response.status_code}"
    if meaning.stops_channel:
        raise port.ChannelStopped(text, code=code)
    if meaning.temporary:
        raise port.TemporaryRefusal(text, code=code, retry_after=_retry_after(response))
    raise port.PermanentRefusal(text, code=code)


def _retry_after(response: httpx.Response) -> int:
    value = response.headers.get("Retry-After", "")
    return min(int(value), 86_400) if value.isascii() and value.isdigit() else 0
