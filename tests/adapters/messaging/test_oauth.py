"""XOAUTH2: a token endpoint, an SMTP and an IMAP server that take tokens only, spoken to over real sockets."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest

from mayorista.adapters.mail import oauth
from mayorista.adapters.mail.imap import ImapConfig, ImapMailbox
from mayorista.adapters.mail.smtp import SmtpChannel, SmtpConfig
from mayorista.rules.ports import mailbox
from mayorista.rules.ports import messages as port

USER = "noc@comteco.example"


class Endpoint:
    """A token endpoint: what it was asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.status, self.answer = 200, {"access_token": "tok-1", "expires_in": 3600}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                outer.asked.append({name: values[0] for name, values in form.items()})
                body = json.dumps(outer.answer).encode()
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def _said(line: bytes) -> str:
    return base64.b64decode(line.split()[-1]).decode()


class Smtp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word in {b"EHLO", b"HELO"}:
                self.wfile.write(b"250-here\r\n250 AUTH XOAUTH2\r\n")
            elif word == b"AUTH":
                if _said(line) == f"user={USER}\x01auth=Bearer tok-2\x01\x01":
                    self.wfile.write(b"235 welcome\r\n")
                    continue
                self.wfile.write(b"334 " + base64.b64encode(b'{"status":"401"}') + b"\r\n")
                self.rfile.readline()
                self.wfile.write(b"535 5.7.3 no\r\n")
            else:
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")


class Imap(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] ready\r\n")
        for line in self.rfile:
            tag, word = line.split()[:2]
            if word == b"CAPABILITY":
                self.wfile.write(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n")
            elif word == b"AUTHENTICATE":
                self.wfile.write(b"+ \r\n")
                if _said(self.rfile.readline()) != f"user={USER}\x01auth=Bearer tok-2\x01\x01":
                    self.wfile.write(b"+ " + base64.b64encode(b'{"status":"401"}') + b"\r\n")
                    self.rfile.readline()
                    self.wfile.write(tag + b" NO [AUTHENTICATIONFAILED] no\r\n")
                    continue
            elif word == b"EXAMINE":
                self.wfile.write(b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n")
            self.wfile.write(tag + b" OK done\r\n")


@pytest.fixture
def endpoint(settings, tmp_path):
    made = Endpoint()
    settings.DATA = tmp_path
    with serving(made.server) as number:
        settings.MAIL_OAUTH_URL = f"http://127.0.0.1:{number}/token"
        settings.MAIL_OAUTH_CLIENT_ID, settings.MAIL_OAUTH_CLIENT_SECRET = "mayorista", "clave"
        settings.MAIL_OAUTH_REFRESH_TOKEN, settings.MAIL_OAUTH_SCOPE = "ref-1", "smtp imap"
        yield made


@pytest.fixture
def smtp():
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp)) as number:
        config = SmtpConfig.from_url(
            f"smtp://noc%40comteco.example@127.0.0.1:{number}", "NOC <noc@comteco.example>"
        )
        yield SmtpChannel(config)


@pytest.fixture
def imap():
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Imap)) as number:
        yield ImapMailbox(ImapConfig.from_url(f"imap://noc%40comteco.example@127.0.0.1:{number}/INBOX"))


def test_both_servers_are_entered_with_one_token(endpoint, smtp, imap):
    endpoint.answer = {"access_token": "tok-2", "expires_in": 3600}
    smtp.check()
    with imap.open():
        pass
    assert endpoint.asked == [
        {
            "grant_type": "refresh_token", "refresh_token": "ref-1", "client_id": "mayorista", "client_secret": "clave",
            "scope": "smtp imap",
        }
    ]  # fmt: skip


def test_a_token_that_is_not_taken_is_asked_for_again(endpoint, smtp, imap):
    with pytest.raises(port.ChannelStopped) as refused:
        smtp.check()
    assert refused.value.code == "535"
    with pytest.raises(mailbox.MailboxClosed), imap.open():
        pass
    endpoint.answer = {"access_token": "tok-2", "expires_in": 3600, "refresh_token": "ref-2"}
    smtp.check()
    assert len(endpoint.asked) == 3


def test_a_consent_that_was_withdrawn_stops_and_a_trouble_waits(endpoint, smtp, imap):
    endpoint.status, endpoint.answer = 400, {"error": "invalid_grant"}
    with pytest.raises(port.ChannelStopped, match="invalid_grant"):
        smtp.check()
    with pytest.raises(mailbox.MailboxClosed, match="invalid_grant"), imap.open():
        pass
    endpoint.status, endpoint.answer = 503, {}
    with pytest.raises(port.TemporaryRefusal, match="503"):
        smtp.check()
    with pytest.raises(mailbox.MailboxAway), imap.open():
        pass


def test_tokens_are_renewed_before_they_end_with_the_newest_refresh_token(endpoint, monkeypatch):
    tokens = oauth.tokens()
    endpoint.answer = {"access_token": "tok-2", "expires_in": "3600", "refresh_token": "ref-2"}
    now = oauth.time.monotonic()
    assert (tokens.token(), tokens.token()) == ("tok-2", "tok-2")
    monkeypatch.setattr(oauth.time, "monotonic", lambda: now + 3550)
    endpoint.answer = {"access_token": "tok-3", "expires_in": 3600}
    assert tokens.token() == "tok-3"
    assert [each["refresh_token"] for each in endpoint.asked] == ["ref-1", "ref-2"]


def test_the_newest_refresh_token_outlives_the_process_and_gives_way_to_a_new_consent(endpoint, settings):
    endpoint.answer = {"access_token": "tok-2", "expires_in": 3600, "refresh_token": "ref-2"}
    config = oauth.OAuthConfig.from_settings()
    oauth.Tokens(config).token()
    path = settings.DATA / "secrets" / oauth.KEPT_AS
    assert path.stat().st_mode & 0o777 == 0o600
    assert "ref-1" not in path.read_text()
    other_process = oauth.Tokens(config)
    endpoint.answer = {"access_token": "tok-3", "expires_in": 3600, "refresh_token": "ref-3"}
    other_process.token()
    settings.MAIL_OAUTH_REFRESH_TOKEN = "ref-9"
    oauth.Tokens(oauth.OAuthConfig.from_settings()).token()
    assert [each["refresh_token"] for each in endpoint.asked] == ["ref-1", "ref-2", "ref-9"]


def test_a_refresh_token_that_can_not_be_kept_still_serves(endpoint, settings, tmp_path, caplog):
    settings.DATA = tmp_path / "file"
    settings.DATA.write_text("no folder")
    endpoint.answer = {"access_token": "tok-2", "expires_in": 3600, "refresh_token": "ref-2"}
    tokens = oauth.Tokens(oauth.OAuthConfig.from_settings())
    assert tokens.token() == "tok-2"
    tokens.forget()
    tokens.token()
    assert [each["refresh_token"] for each in endpoint.asked] == ["ref-1", "ref-2"]
    assert "could not be kept" in caplog.text


def test_doctor_says_which_token_rules(endpoint, settings, tmp_path, monkeypatch):
    from mayorista.interfaces.cli import doctor_checks

    monkeypatch.setenv("MAYORISTA_MAIL_OAUTH_URL", settings.MAIL_OAUTH_URL)
    told = lambda: [each.text for each in doctor_checks._tokens(SimpleNamespace(data=tmp_path))]  # noqa: E731
    assert "rige la configurada" in told()[0]
    endpoint.answer = {"access_token": "tok-2", "expires_in": 3600, "refresh_token": "ref-2"}
    oauth.Tokens(oauth.OAuthConfig.from_settings()).token()
    assert "rige la renovada" in told()[0]
    (tmp_path / "secrets" / oauth.KEPT_AS).chmod(0o644)
    assert "lo pueden leer otros" in told()[0]
