"""Channels for tests that obey the ports and remember every message they were given."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from mayorista.rules.ports import mailbox as mailbox_port
from mayorista.rules.ports import messages as port


@dataclass
class RememberingMail:
    """A mail server that takes everything."""

    sent: list[port.OutgoingMail] = field(default_factory=list)
    configured: bool = True

    def send(self, mail: port.OutgoingMail) -> port.MailReceipt:
        self.sent.append(mail)
        return port.MailReceipt("250 2.0.0 Ok")

    def check(self) -> None:
        return None


@dataclass
class RememberingWhatsApp:
    """A Cloud API that takes everything and gives wamids."""

    sent: list[port.OutgoingWhatsApp] = field(default_factory=list)
    configured: bool = True
    business_id: str = "200000000000001"
    handed_in: list[port.TemplateDraft] = field(default_factory=list)

    def send(self, message: port.OutgoingWhatsApp) -> str:
        self.sent.append(message)
        return f"wamid.PRUEBA-{len(self.sent):05d}"

    def mark_read(self, provider_id: str) -> None:
        return None

    def download(self, media_id: str, *, sha256: str = "") -> port.Media:
        raise port.PermanentRefusal(f"no media {media_id} {sha256}")

    def check(self) -> None:
        return None

    def templates(self) -> list[port.TemplateApproval]:
        return []

    def submit_template(self, draft: port.TemplateDraft) -> str:
        self.handed_in.append(draft)
        return "APPROVED"


@dataclass
class Channels:
    """What was told, by which way."""

    mail: RememberingMail
    whatsapp: RememberingWhatsApp

    def mails_to(self, address: str) -> list[port.OutgoingMail]:
        return [mail for mail in self.mail.sent if address in mail.recipients]

    def whatsapps_to(self, number: str) -> list[port.OutgoingWhatsApp]:
        return [message for message in self.whatsapp.sent if message.to.endswith(number)]


_in_use: dict[str, object] = {}


def use(mail: RememberingMail, whatsapp: RememberingWhatsApp) -> None:
    _in_use.update(mail=mail, whatsapp=whatsapp)


def mail_in_use() -> object:
    return _in_use["mail"]


def whatsapp_in_use() -> object:
    return _in_use["whatsapp"]


@dataclass
class Mailbox:
    """A mailbox that obeys the port: mails by number, one session; nothing can be changed through it."""

    mails: dict[int, bytes] = field(default_factory=dict)
    uidvalidity: int = 1
    waits_by: str = "IDLE"
    arrived_at: dt.datetime | None = None
    sizes: dict[int, int] = field(default_factory=dict)
    fetched: list[int] = field(default_factory=list)
    breaks_at: int = 0

    def lay(self, raw: bytes, *, size: int = 0) -> int:
        uid = max(self.mails, default=0) + 1
        self.mails[uid] = raw
        if size:
            self.sizes[uid] = size
        return uid

    def above(self, uid: int) -> list[int]:
        return sorted(each for each in self.mails if each > uid)

    def since(self, _day: dt.date) -> list[int]:
        return sorted(self.mails)

    def fetch(self, uid: int, *, limit: int) -> mailbox_port.Arrival | None:
        if uid == self.breaks_at:
            raise mailbox_port.MailboxAway("cut", code="connect")
        self.fetched.append(uid)
        content = self.mails.get(uid)
        if content is None:
            return None
        size = self.sizes.get(uid, len(content))
        return mailbox_port.Arrival(uid, size, self.arrived_at, content, left=size > limit)

    def wait(self, seconds: int, still) -> None:
        return None
