"""`python -m mayorista.interfaces.standins`: the mail catcher and the local WhatsApp as one process.

Secrets come from the same environment variables as the platform's own, so that both agree.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socketserver
import sys
import threading
from pathlib import Path

from mayorista.interfaces.standins import imap
from mayorista.interfaces.standins.correspondents import Correspondents
from mayorista.interfaces.standins.graph import Graph
from mayorista.interfaces.standins.mailbox import controller
from mayorista.interfaces.standins.people import People
from mayorista.interfaces.standins.server import Server
from mayorista.interfaces.standins.store import Account, Store
from mayorista.interfaces.standins.webhooks import Poster


def main(words: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    options = _options(words)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    account = Account(
        phone_number_id=os.environ.get("MAYORISTA_WHATSAPP_PHONE_NUMBER_ID") or "200000000000001",
        business_id=os.environ.get("MAYORISTA_WHATSAPP_BUSINESS_ID") or "100000000000001",
        token=os.environ.get("MAYORISTA_WHATSAPP_TOKEN") or "token-local",
        app_secret=os.environ.get("MAYORISTA_WHATSAPP_APP_SECRET") or "secreto-local",
    )
    store = Store(options.data / "standins" / "exterior.sqlite3")
    people = People(store, account)
    correspondents = Correspondents(store, os.environ.get("MAYORISTA_MAIL_FROM") or "noc@mayorista.example")
    servers: list[socketserver.BaseServer] = []
    for port in dict.fromkeys((options.web, options.whatsapp_port or options.web)):
        graph = Graph(store, account, f"http://{options.host}:{options.whatsapp_port or options.web}")
        servers.append(Server((options.host, port), store, graph, people, correspondents))
    password = os.environ.get("MAYORISTA_STANDINS_IMAP_PASSWORD") or "clave-local"
    servers.append(imap.Server((options.host, options.imap_port), store, password))
    mail = controller(store, options.host, options.smtp_port)
    mail.start()
    poster = Poster(store, account, options.hook)
    poster.start()
    for server in servers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.5}, daemon=True).start()
    ended = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_args: ended.set())
    ports = f"smtp {options.smtp_port} imap {options.imap_port}"
    print(f"exterior: http://{options.host}:{options.web} {ports}", flush=True)  # noqa: T201 - a program
    ended.wait()
    poster.stop()
    for server in servers:
        server.shutdown()
    mail.stop()
    store.close()
    return 0


def _options(words: list[str] | None) -> argparse.Namespace:
    env = os.environ.get
    parser = argparse.ArgumentParser(prog="mayorista.interfaces.standins", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(env("MAYORISTA_DATA") or "var"))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--web", type=int, default=int(env("MAYORISTA_STANDINS_PORT") or 8001))
    parser.add_argument(
        "--whatsapp-port", type=int, default=0, help="another port for the API (default: that of --web)"
    )
    parser.add_argument("--smtp-port", type=int, default=int(env("MAYORISTA_STANDINS_SMTP_PORT") or 8025))
    parser.add_argument("--imap-port", type=int, default=int(env("MAYORISTA_STANDINS_IMAP_PORT") or 8143))
    parser.add_argument(
        "--hook", default=env("MAYORISTA_STANDINS_WEBHOOK_URL") or "http://127.0.0.1:8000/hooks/whatsapp"
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
