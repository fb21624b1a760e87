"""E-mail through an SMTP server, step by step, because what matters is WHERE it breaks.

Until the final dot of DATA is written nothing was accepted. From then until the server's answer nobody
knows: a connection that breaks there is an UncertainOutcome (Note [Four answers] in `rules.ports.messages`).
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, formataddr, parseaddr
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from django.conf import settings

from mayorista.adapters.mail import oauth
from mayorista.rules.ports import messages as port

_TIMEOUT_SECONDS = 30
# RFC 5321 allows a server ten minutes for the answer to the final dot; the lease of a message in
# hand is shorter, and a late answer still finds its row.
_ANSWER_TIMEOUT_SECONDS = 60
_SECURITY = {"smtp": "none", "smtp+starttls": "starttls", "smtps": "tls"}
_DEFAULT_PORTS = {"none": 25, "starttls": 587, "tls": 465}
_DOSSIER_HEADER = "X-Mayorista-Expediente"


@dataclass(frozen=True, slots=True)
class SmtpConfig:
    """The server and who writes. `security` is none, starttls or tls."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    security: str
    sender: str
    sender_name: str

    @classmethod
    def from_url(cls, url: str, sender: str) -> SmtpConfig:
        """Read smtp://, smtp+starttls:// or smtps://[user:password@]host[:port] and `Name <address>`.

        Raises ValueError in words when the address cannot be understood; an empty one is "not configured".
        """
        parts = urlsplit(url)
        security = _SECURITY.get(parts.scheme if url else "smtp")
        if security is None:
            raise ValueError(f"Correo: «{parts.scheme}» no es smtp, smtp+starttls ni smtps")
        name, address = parseaddr(sender)
        return cls(
            host=parts.hostname or "",
            port=parts.port or _DEFAULT_PORTS[security],
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            security=security,
            sender=address,
            sender_name=name,
        )


class SmtpChannel:
    """Sends through one server, one connection per mail."""

    def __init__(self, config: SmtpConfig | None = None) -> None:
        self.config = config or SmtpConfig.from_url(settings.SMTP_URL, settings.MAIL_FROM)

    @property
    def configured(self) -> bool:
        """Whether there is a server and a sender."""
        return bool(self.config.host and self.config.sender)

    def send(self, mail: port.OutgoingMail) -> port.MailReceipt:
        """Hand one mail over. Recipients refused one by one come back in the receipt; if all are, it raises."""
        if not self.configured:
            raise port.ChannelStopped("El correo no está configurado.", code="unconfigured")
        body = build_message(mail, self.config).as_bytes(policy=SMTP_POLICY)
        server = self._connect()
        try:
            refused = self._envelope(server, mail)
            answer = self._data(server, body)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.close()
        return port.MailReceipt(answer=answer, refused=tuple(refused))

    def check(self) -> None:
        """Connect, log in, ask NOOP, leave."""
        if not self.configured:
            raise port.ChannelStopped("El correo no está configurado.", code="unconfigured")
        server = self._connect()
        try:
            server.noop()
        except (smtplib.SMTPException, OSError) as problem:
            raise port.TemporaryRefusal(str(problem), code="connect") from problem
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()

    def _connect(self) -> smtplib.SMTP:
        """A session that has greeted, is encrypted and logged in as configured; nothing is sent yet."""
        config = self.config
        try:
            server = self._open()
        except (smtplib.SMTPException, OSError) as problem:
            raise port.TemporaryRefusal(_words(problem), code="connect") from problem
        try:
            server.ehlo_or_helo_if_needed()
            if config.security == "starttls":
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if config.username:
                self._log_in(server)
        except smtplib.SMTPAuthenticationError as problem:
            server.close()
            if 400 <= problem.smtp_code < 500:
                raise port.TemporaryRefusal(_words(problem), code=str(problem.smtp_code)) from problem
            raise port.ChannelStopped(_words(problem), code=str(problem.smtp_code)) from problem
        except ssl.SSLCertVerificationError as problem:
            server.close()
            raise port.ChannelStopped(_words(problem), code="tls") from problem
        except smtplib.SMTPNotSupportedError as problem:
            server.close()
            raise port.ChannelStopped(_words(problem), code="tls") from problem
        except (smtplib.SMTPException, OSError) as problem:
            server.close()
            raise port.TemporaryRefusal(_words(problem), code="connect") from problem
        return server

    def _log_in(self, server: smtplib.SMTP) -> None:
        config, tokens = self.config, oauth.tokens()
        if tokens is None or config.password:
            server.login(config.username, config.password)
            return
        try:
            said = oauth.words(config.username, tokens.token())
        except (oauth.TokenRefused, oauth.TokenAway) as problem:
            server.close()
            kind = port.ChannelStopped if isinstance(problem, oauth.TokenRefused) else port.TemporaryRefusal
            raise kind(str(problem), code="oauth") from problem
        try:
            # A server that refuses first says why, as a challenge that wants an empty answer.
            server.auth("XOAUTH2", lambda challenge=None: said if challenge is None else "")
        except smtplib.SMTPAuthenticationError:
            tokens.forget()
            raise

    def _open(self) -> smtplib.SMTP:
        config = self.config
        if config.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(config.host, config.port, timeout=_TIMEOUT_SECONDS, context=context)
        return smtplib.SMTP(config.host, config.port, timeout=_TIMEOUT_SECONDS)

    def _envelope(self, server: smtplib.SMTP, mail: port.OutgoingMail) -> list[port.RefusedRecipient]:
        refused: list[port.RefusedRecipient] = []
        try:
            code, answer = server.mail(self.config.sender)
            if code != 250:
                _refuse(code, answer)
            for address in mail.recipients:
                code, answer = server.rcpt(address)
                if code not in (250, 251, 252):
                    if code == 421:
                        _refuse(code, answer)
                    refused.append(
                        port.RefusedRecipient(address, str(code), _line(answer), temporary=code < 500)
                    )
        except (smtplib.SMTPException, OSError) as problem:
            raise port.TemporaryRefusal(_words(problem), code="connect") from problem
        if len(refused) == len(mail.recipients):
            last = next((each for each in refused if each.temporary), refused[-1])
            if last.temporary:
                raise port.TemporaryRefusal(last.text, code=last.code)
            raise port.PermanentRefusal(last.text, code=last.code)
        return refused

    def _data(self, server: smtplib.SMTP, body: bytes) -> str:
        """Send the text and its final dot; the answer decides."""
        try:
            code, answer = server.docmd("DATA")
            if code != 354:
                _refuse(code, answer)
            server.send(_dot_stuffed(body))
        except (smtplib.SMTPException, OSError) as problem:
            raise port.TemporaryRefusal(_words(problem), code="connect") from problem
        try:
            if server.sock is not None:
                server.sock.settimeout(_ANSWER_TIMEOUT_SECONDS)
            server.send(b".\r\n")
            code, answer = server.getreply()
        except (smtplib.SMTPException, OSError) as problem:
            raise port.UncertainOutcome(_words(problem), code="no-answer") from problem
        if not 200 <= code < 600:
            # No answer, or half of one (-1 is smtplib's word for a line that is no reply).
            raise port.UncertainOutcome(_line(answer), code="no-answer")
        if not 200 <= code < 300:
            _refuse(code, answer)
        return f"{code} {_line(answer)}"[:300]


def build_message(mail: port.OutgoingMail, config: SmtpConfig) -> EmailMessage:
    """The mail as RFC 5322 text: Message-ID of its row, thread headers, number of its dossier."""
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = Address(config.sender_name, addr_spec=config.sender)
    message["To"] = ", ".join(formataddr(parseaddr(address)) for address in mail.recipients)
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = mail.message_id
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    if mail.in_reply_to:
        message["In-Reply-To"] = mail.in_reply_to
        message["References"] = " ".join(dict.fromkeys([*mail.references, mail.in_reply_to]))
    if mail.dossier_number:
        message[_DOSSIER_HEADER] = _one_line(mail.dossier_number)
    # RFC 3834: no holiday notices in answer to ours.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body, cte="quoted-printable")
    for file in mail.attachments:
        maintype, _, subtype = file.content_type.partition(";")[0].strip().partition("/")
        message.add_attachment(
            file.content,
            maintype=maintype if subtype else "application",
            subtype=subtype or "octet-stream",
            filename=_one_line(file.name),
        )
    return message


def _dot_stuffed(body: bytes) -> bytes:
    """The text with CRLF line ends, leading dots doubled (RFC 5321, 4.5.2) and a last line end."""
    lines = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines)


def _refuse(code: int, answer: bytes) -> NoReturn:
    text = _line(answer)
    if code in (530, 534, 535, 538):
        raise port.ChannelStopped(text, code=str(code))
    if code >= 500:
        raise port.PermanentRefusal(text, code=str(code))
    raise port.TemporaryRefusal(text, code=str(code) if code > 0 else "connect")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _line(answer: bytes) -> str:
    return answer.decode("utf-8", "replace").replace("\r", "").replace("\n", " ")[:300]


def _words(problem: Exception) -> str:
    if isinstance(problem, smtplib.SMTPResponseException):
        answer = problem.smtp_error
        return f"{problem.smtp_code} {answer if isinstance(answer, str) else _line(answer)}"
    return str(problem)[:300] or type(problem).__name__
