"""A real SMTP server that takes every mail and keeps it; faults can be asked for."""

from __future__ import annotations

import asyncio
from email.parser import BytesHeaderParser
from email.policy import default
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP

    from mayorista.interfaces.standins.store import Store

MAX_BYTES = 35 * 1024 * 1024


class Catcher:
    """aiosmtpd's handler."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and shape
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Take every address but those that say of themselves that they do not exist or are full."""
        local = address.partition("@")[0].lower()
        if local.startswith("no-existe"):
            return "550 5.1.1 No such user here"
        if local.startswith("lleno"):
            return "452 4.2.2 Mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one mail; the fault asked for comes before or after it was kept."""
        fault = self._store.next_fault("mail_faults") or {}
        if fault.get("cut") == "before":
            return await self._cut(server, fault)
        if fault.get("code"):
            return f"{fault['code']} asked for"
        content: bytes = envelope.original_content or envelope.content
        headers = BytesHeaderParser(policy=default).parsebytes(content)
        self._store.keep_mail(
            envelope.mail_from,
            list(envelope.rcpt_tos),
            str(headers.get("Subject", "")),
            str(headers.get("Message-ID", "")),
            content,
        )
        if fault.get("cut") == "after":
            return await self._cut(server, fault)
        if fault.get("pause"):
            await asyncio.sleep(float(fault["pause"]))
        return "250 2.0.0 Ok"

    @staticmethod
    async def _cut(server: SMTP, fault: dict[str, Any]) -> str:
        await asyncio.sleep(float(fault.get("pause") or 0))
        if isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "421 4.3.0 Bye"


def controller(store: Store, host: str, port: int) -> Controller:
    """The server, not started yet, in a thread of its own."""
    return Controller(
        Catcher(store),
        hostname=host,
        port=port,
        data_size_limit=MAX_BYTES,
        enable_SMTPUTF8=True,
        ident="Mayorista",
    )
