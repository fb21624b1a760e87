"""The HTTP side: Graph's calls and the people's pages on one port."""

from __future__ import annotations

import logging
import re
import socket
import sys
import time
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from mayorista.interfaces.standins import look, pages
from mayorista.interfaces.standins.graph import Answer
from mayorista.rules import media, phones
from mayorista.rules.errors import Invalid

if TYPE_CHECKING:
    from mayorista.interfaces.standins.correspondents import Correspondents
    from mayorista.interfaces.standins.graph import Graph
    from mayorista.interfaces.standins.people import People
    from mayorista.interfaces.standins.store import Store

log = logging.getLogger("standins.http")

MAX_BODY = 110 * 1024 * 1024
_GRAPH = re.compile(r"/v\d+\.\d+/")
_POLICY = "default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'; object-src 'self'"


class Server(ThreadingHTTPServer):
    """Threads per connection; knows the parts it serves."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        store: Store,
        graph: Graph,
        people: People,
        correspondents: Correspondents,
    ) -> None:
        super().__init__(address, Handler)
        self.store, self.graph, self.people, self.correspondents = store, graph, people, correspondents

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> None:
        """A caller that hung up (a killed worker) is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        """No waiting for more to send: answers are small."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep the terminal quiet."""
        log.debug(format, *args)

    def do_GET(self) -> None:
        """Answer a page or a Graph read."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Answer a form or a Graph call."""
        self._answer("POST")

    def _answer(self, method: str) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            self._send(Answer(413, b"", "text/plain"))
            return
        body = self.rfile.read(int(length))
        address = urlsplit(self.path)
        path = unquote(address.path)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        try:
            if _GRAPH.match(path):
                answer = self.server.graph.answer(method, path, query, self.headers, body)
            elif method == "POST" and not self._same_origin():
                answer = _problem(403, "Este formulario no es de esta página.")
            else:
                answer = self._page(method, path, query, body)
        except (KeyError, TypeError, ValueError, IndexError):
            log.exception("a request was not understood: %s %s", method, path)
            answer = _problem(400, "No se entiende el pedido.")
        self._send(answer)

    def _same_origin(self) -> bool:
        origin = self.headers.get("Origin")
        return origin in (None, "null") or urlsplit(origin).netloc == self.headers.get("Host")

    def _send(self, answer: Answer) -> None:
        if answer.pause:
            time.sleep(answer.pause)
        if answer.cut:
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", _POLICY)
        self.end_headers()
        self.wfile.write(answer.body)

    # Pages ----------------------------------------------------------------------------------------

    def _page(self, method: str, path: str, query: dict[str, str], body: bytes) -> Answer:
        if method == "POST":
            return self._form_act(path.strip("/").split("/"), self._form(body))
        return self._view(path.strip("/").split("/"), query)

    def _form_act(self, parts: list[str], form: dict[str, tuple[str, str, bytes]]) -> Answer:
        match parts:
            case ["whatsapp", *rest]:
                return self._phone_act(rest, form)
            case ["correo", *rest]:
                return self._mail_act(rest, form)
            case ["fallas"]:
                return self._faults(form)
        return _problem(404, "No existe.")

    def _view(self, parts: list[str], query: dict[str, str]) -> Answer:  # noqa: PLR0911, C901 - one line per page
        store = self.server.store
        match parts:
            case [""]:
                return _to("/whatsapp")
            case ["salud"]:
                return Answer(200, b"ok", "text/plain")
            case ["estilo.css"]:
                return Answer(200, look.STYLE.encode(), "text/css; charset=utf-8")
            case ["pagina.js"]:
                return Answer(200, look.SCRIPT.encode(), "text/javascript; charset=utf-8")
            case ["whatsapp"]:
                return _html(pages.phones(store))
            case ["whatsapp", wa_id]:
                self.server.people.read(wa_id)
                return _html(pages.phones(store, wa_id))
            case ["correo"]:
                return _html(pages.mails(store, address=query.get("buzon", "")))
            case ["correo", "escribir"]:
                return _html(pages.write_mail(store))
            case ["correo", mail_id]:
                return _html(pages.mails(store, int(mail_id), query.get("buzon", "")))
            case ["correo", mail_id, part]:
                return self._mail_part(int(mail_id), part)
            case ["archivo", media_id]:
                return self._file(media_id)
            case ["fallas"]:
                return _html(pages.faults(store))
        return _problem(404, "No existe.")

    def _form(self, body: bytes) -> dict[str, tuple[str, str, bytes]]:
        """Fields of a form: file name, content type and bytes of each (plain fields have no name)."""
        kind = self.headers.get("Content-Type", "")
        if not kind.startswith("multipart/form-data"):
            fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
            return {name: ("", "", values[-1].encode()) for name, values in fields.items()}
        parsed = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        found = {}
        for part in parsed.iter_parts():
            name = str(part.get_param("name", header="content-disposition") or "")
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            found[name] = (part.get_filename() or "", part.get_content_type(), content)
        return found

    def _mail_act(self, rest: list[str], form: dict[str, tuple[str, str, bytes]]) -> Answer:
        def field(name: str) -> str:
            return form.get(name, ("", "", b""))[2].decode("utf-8", "replace").replace("\r\n", "\n").strip()

        name, kind, content = form.get("archivo", ("", "", b""))
        file = (name, kind, content) if name and content else None
        writers = self.server.correspondents
        match rest:
            case ["escribir"]:
                writers.write(field("de"), field("asunto"), field("texto"), file=file)
                return _to("/correo/escribir")
            case [mail_id, "responder"]:
                writers.write(field("de"), field("asunto"), field("texto"), file=file, answers=int(mail_id))
                return _to(f"/correo/{int(mail_id)}")
            case [mail_id, "ausencia"]:
                writers.absent(int(mail_id))
                return _to(f"/correo/{int(mail_id)}")
            case [mail_id, "rebote"]:
                writers.bounce(int(mail_id), field("codigo"))
                return _to(f"/correo/{int(mail_id)}")
        return Answer(404, b"No existe.", "text/plain; charset=utf-8")

    def _phone_act(self, rest: list[str], form: dict[str, tuple[str, str, bytes]]) -> Answer:
        def field(name: str) -> str:
            return form.get(name, ("", "", b""))[2].decode("utf-8", "replace").replace("\r\n", "\n").strip()

        people = self.server.people
        match rest:
            case ["nuevo"]:
                try:
                    wa_id = phones.wa_id(phones.normalise(field("numero")).e164)
                except Invalid as wrong:
                    return _problem(422, " ".join(str(each) for each in wrong.errors))
                if field("texto"):
                    people.write(wa_id, field("texto"), name=field("nombre"))
                return _to(f"/whatsapp/{wa_id}")
            case [wa_id, "enviar"]:
                name, kind, content = form.get("archivo", ("", "", b""))
                if content and name:
                    people.send_file(wa_id, name, kind, content, field("texto"))
                elif field("texto"):
                    people.write(wa_id, field("texto"))
                return _to(f"/whatsapp/{quote(wa_id)}")
            case [wa_id, "boton"]:
                people.press(wa_id, field("wamid"), field("dato"))
                return _to(f"/whatsapp/{quote(wa_id)}")
            case [wa_id, "cuenta"]:
                with self.server.store.transaction() as connection:
                    connection.execute(
                        "UPDATE phone SET on_whatsapp = 1 - on_whatsapp WHERE wa_id = ?", (wa_id,)
                    )
                return _to(f"/whatsapp/{quote(wa_id)}")
        return _problem(404, "No existe.")

    def _mail_part(self, mail_id: int, part: str) -> Answer:
        if part == "eml":
            row = self.server.store.row("SELECT eml FROM mail WHERE id = ?", mail_id)
            if row is None:
                return _problem(404, "No existe ese correo.")
            return _download(f"correo-{mail_id}.eml", "message/rfc822", row["eml"])
        found = pages.attachment(self.server.store, mail_id, int(part))
        return _problem(404, "No existe ese archivo.") if found is None else _download(*found)

    def _file(self, media_id: str) -> Answer:
        row = self.server.store.row("SELECT * FROM media WHERE id = ?", media_id)
        if row is None:
            return _problem(404, "No existe ese archivo.")
        return _download(row["name"], row["type"], row["content"])

    def _faults(self, form: dict[str, tuple[str, str, bytes]]) -> Answer:
        values = {name: value[2].decode() for name, value in form.items()}
        store = self.server.store
        asked = pages.requested_fault(values.get("falla", ""), max(int(values.get("veces") or 1), 1))
        if asked is not None:
            name, fault = asked
            store.set(name, [*store.setting(name), fault])
        store.set("duplicate_percent", min(max(int(values.get("duplicate_percent") or 0), 0), 100))
        store.set("shuffle_ms", min(max(int(values.get("shuffle_ms") or 0), 0), 60_000))
        store.set("auto_read", "auto_read" in values)
        store.set("pair_limit", "pair_limit" in values)
        return _to("/fallas")


def _html(text: str) -> Answer:
    return Answer(200, text.encode(), "text/html; charset=utf-8", headers={"Cache-Control": "no-store"})


def _problem(status: int, words: str) -> Answer:
    """A page that says what is wrong and leads back."""
    return Answer(status, pages.problem(words).encode(), "text/html; charset=utf-8")


def _to(path: str) -> Answer:
    return Answer(303, b"", "text/plain", headers={"Location": path})


def _download(name: str, declared: str, content: bytes) -> Answer:
    """A file: shown inside the page only when its bytes say that it is a picture or a PDF."""
    sniffed = media.sniff(content)
    inline = sniffed in media.INLINE or sniffed == "application/pdf"
    del declared
    way = "inline" if inline else "attachment"
    headers = {"Content-Disposition": f"{way}; filename*=UTF-8''{quote(name)}"}
    return Answer(200, content, sniffed, headers=headers)
