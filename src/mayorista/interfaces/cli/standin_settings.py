"""Where the demo's own mail catcher and WhatsApp stand, told to all processes through the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayorista.adapters.host import secret_files
from mayorista.adapters.host.environment import read

if TYPE_CHECKING:
    import argparse
    from collections.abc import MutableMapping


def configure(environ: MutableMapping[str, str], options: argparse.Namespace) -> dict[str, int]:
    """Set what is not set already; the ports that have to be free, by option.

    In the demo nothing leaves the machine: the addresses of the outside are always the stand-ins'.
    """
    settings = read(environ)
    page = options.standins_port or int(environ.get("MAYORISTA_STANDINS_PORT") or settings.port + 1)
    smtp = options.smtp_port or int(environ.get("MAYORISTA_STANDINS_SMTP_PORT") or settings.port + 25)
    imap = options.imap_port or int(environ.get("MAYORISTA_STANDINS_IMAP_PORT") or settings.port + 43)
    base = f"http://127.0.0.1:{page}"
    secret = secret_files.read_or_make
    environ.update(
        {
            "MAYORISTA_STANDINS_PORT": str(page),
            "MAYORISTA_STANDINS_SMTP_PORT": str(smtp),
            "MAYORISTA_STANDINS_IMAP_PORT": str(imap),
            "MAYORISTA_STANDINS_IMAP_PASSWORD": secret(settings.data, "demo-imap-password"),
            "MAYORISTA_STANDINS_URL": base,
            "MAYORISTA_STANDINS_WEBHOOK_URL": f"http://127.0.0.1:{settings.port}/hooks/whatsapp",
            "MAYORISTA_DEMO_MAIL_URL": f"{base}/correo",
            "MAYORISTA_DEMO_WHATSAPP_URL": f"{base}/whatsapp",
            "MAYORISTA_SMTP_URL": f"smtp://127.0.0.1:{smtp}",
            "MAYORISTA_MAIL_FROM": environ.get("MAYORISTA_MAIL_FROM")
            or "NOC Mayorista <noc@mayorista.example>",
            "MAYORISTA_IMAP_URL": f"imap://noc:{secret(settings.data, 'demo-imap-password')}@127.0.0.1:{imap}/INBOX",
            "MAYORISTA_WHATSAPP_BASE_URL": f"{base}/v25.0",
            "MAYORISTA_WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
            "MAYORISTA_WHATSAPP_BUSINESS_ID": "102290129340398",
            "MAYORISTA_WHATSAPP_TOKEN": secret(settings.data, "demo-whatsapp-token"),
            "MAYORISTA_WHATSAPP_APP_SECRET": secret(settings.data, "demo-whatsapp-app-secret"),
            "MAYORISTA_WHATSAPP_VERIFY_TOKEN": secret(settings.data, "demo-whatsapp-verify-token"),
        }
    )
    return {"--standins-port": page, "--smtp-port": smtp, "--imap-port": imap}
