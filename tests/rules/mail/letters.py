"""Mails as they really come, built line by line."""

from __future__ import annotations

import base64

PDF = b"%PDF-1.4\n% a receipt\n"
OURS = "<11111111-2222-3333-4444-555555555555@comteco.example>"


def mail(*lines: str, body: bytes | str = "Hola", **fields: str) -> bytes:
    """A mail; fields in the house's spelling (`message_id` is Message-ID), further raw header lines first."""
    names = {"from_": "From", "message_id": "Message-ID", "in_reply_to": "In-Reply-To"}
    known = {
        "from_": "Pagos <pagos@vallefibra.example>",
        "subject": "Consulta",
        "message_id": "<uno@vallefibra.example>",
    }
    head = [*lines]
    for key, text in (known | fields).items():
        if text:
            head.append(f"{names.get(key, key.replace('_', '-').title())}: {text}")
    raw = body.encode() if isinstance(body, str) else body
    return "\n".join(head).encode("utf-8", "surrogateescape") + b"\n\n" + raw


def with_files(*files: tuple[str, str, bytes], text: str = "Adjunto el comprobante", **fields: str) -> bytes:
    """A mail with a text and files (name, type, content)."""
    parts = [f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n".encode()]
    for name, kind, content in files:
        said = f'; filename="{name}"' if name else ""
        parts.append(
            f"--b\nContent-Type: {kind}\nContent-Disposition: attachment{said}\nContent-Transfer-Encoding: base64\n\n".encode()
            + base64.encodebytes(content)
        )
    return mail("Content-Type: multipart/mixed; boundary=b", body=b"".join(parts) + b"--b--\n", **fields)


def dsn(
    *,
    to: str = "pagos@vallefibra.example",
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <pagos@vallefibra.example>: Recipient address rejected: User unknown",
    original: str = OURS,
    kind: str = "message/rfc822",
    **fields: str,
) -> bytes:
    """A delivery report as postfix writes it (RFC 3464)."""
    known = {
        "from_": "MAILER-DAEMON@mail.lab.test (Mail Delivery System)",
        "subject": "Undelivered Mail Returned to Sender",
        "message_id": f"<{action}.{status}@mail.lab.test>",
    }
    body = (
        "--r\nContent-Type: text/plain; charset=us-ascii\n\nThis is the mail system at host mail.lab.test.\n"
        "--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.lab.test\n\n"
        f"Final-Recipient: rfc822; {to}\nOriginal-Recipient: rfc822;{to}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: {diagnostic}\n\n"
        f"--r\nContent-Type: {kind}\n\nFrom: facturas@comteco.example\nTo: {to}\nMessage-ID: {original}\nSubject: Factura\n\nTexto\n"
        "--r--\n"
    )
    return mail(
        "Return-Path: <>",
        "Auto-Submitted: auto-replied",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="r"',
        body=body,
        **(known | fields),
    )
