"""SMTP, step by step: what counts is where it breaks."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import socket
import subprocess
import threading
import time
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

import pytest

from mayorista.adapters.mail.smtp import SmtpChannel, SmtpConfig
from mayorista.rules.ports import messages as port
from tests import standin

AT = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)


def mail(**changes):
    return port.OutgoingMail(
        **{
            "message_id": "<uno@comteco.example>",
            "at": AT,
            "recipients": ("gerente@comteco.example",),
            "subject": "D.A.C. – apertura de señal",
            "body": "Señores\n.punto al inicio\nfin",
            **changes,
        }
    )


def arrived(exterior):
    row = exterior.rows("SELECT * FROM mail ORDER BY id DESC LIMIT 1")[0]
    parsed = BytesParser(EmailMessage, policy=default).parsebytes(row["eml"])
    assert isinstance(parsed, EmailMessage)
    return row, parsed


class TestSend:
    def test_arrives_whole_with_its_headers(self, exterior):
        receipt = exterior.mail().send(
            mail(
                in_reply_to="<cero@comteco.example>",
                references=("<menos@comteco.example>",),
                dossier_number="DAC-2026-000045",
                attachments=(port.Attachment("acta ñ.pdf", "application/pdf", bytes(range(256)) * 40),),
            )
        )
        assert receipt.answer.startswith("250")
        row, parsed = arrived(exterior)
        assert json.loads(row["recipients"]) == ["gerente@comteco.example"]
        assert parsed["Subject"] == "D.A.C. – apertura de señal"
        assert parsed["Message-ID"] == "<uno@comteco.example>"
        assert parsed["References"] == "<menos@comteco.example> <cero@comteco.example>"
        assert parsed["X-Mayorista-Expediente"] == "DAC-2026-000045"
        assert parsed["From"] == "NOC <noc@comteco.example>"
        assert parsed.get_body(("plain",)).get_content().splitlines() == [
            "Señores",
            ".punto al inicio",
            "fin",
        ]
        file = next(parsed.iter_attachments())
        assert (file.get_filename(), file.get_payload(decode=True)) == ("acta ñ.pdf", bytes(range(256)) * 40)

    def test_has_the_same_message_id_and_date_at_every_attempt(self, exterior):
        exterior.mail().send(mail())
        first = arrived(exterior)[1]
        exterior.mail().send(mail())
        assert (arrived(exterior)[1]["Message-ID"], arrived(exterior)[1]["Date"]) == (
            first["Message-ID"],
            first["Date"],
        )

    def test_a_line_break_in_a_subject_makes_no_header(self, exterior):
        exterior.mail().send(mail(subject="Uno\r\nBcc: otro@x.example"))
        row, parsed = arrived(exterior)
        assert parsed["Bcc"] is None
        assert json.loads(row["recipients"]) == ["gerente@comteco.example"]

    def test_tells_apart_who_was_refused_for_now_and_for_good(self, exterior):
        receipt = exterior.mail().send(
            mail(recipients=("a@x.example", "lleno@x.example", "no-existe@x.example"))
        )
        assert {each.address: each.temporary for each in receipt.refused} == {
            "lleno@x.example": True,
            "no-existe@x.example": False,
        }
        assert json.loads(arrived(exterior)[0]["recipients"]) == ["a@x.example"]

    def test_nobody_takes_it(self, exterior):
        with pytest.raises(port.PermanentRefusal) as refused:
            exterior.mail().send(mail(recipients=("no-existe@x.example",)))
        assert refused.value.code == "550"
        with pytest.raises(port.TemporaryRefusal):
            exterior.mail().send(mail(recipients=("no-existe@x.example", "lleno@x.example")))

    @pytest.mark.parametrize(
        ("fault", "problem", "kept"),
        [
            ("m-451", port.TemporaryRefusal, 0),
            ("m-550", port.PermanentRefusal, 0),
            ("m-cut-before", port.UncertainOutcome, 0),
            ("m-cut-after", port.UncertainOutcome, 1),
        ],
    )
    def test_after_the_final_dot_only_an_answer_is_certain(self, exterior, fault, problem, kept):
        before = exterior.rows("SELECT count(*) AS n FROM mail")[0]["n"]
        exterior.settings(falla=fault, veces=1)
        with pytest.raises(problem):
            exterior.mail().send(mail())
        assert exterior.rows("SELECT count(*) AS n FROM mail")[0]["n"] == before + kept

    def test_nobody_listens(self):
        channel = SmtpChannel(SmtpConfig.from_url(f"smtp://127.0.0.1:{standin.free_port()}", "a@b.example"))
        with pytest.raises(port.TemporaryRefusal) as refused:
            channel.send(mail())
        assert refused.value.code == "connect"

    def test_without_configuration_nothing_leaves(self):
        channel = SmtpChannel(SmtpConfig.from_url("", ""))
        assert not channel.configured
        for act in (lambda: channel.send(mail()), channel.check):
            with pytest.raises(port.ChannelStopped, match="configurado"):
                act()

    def test_an_encrypted_session_is_not_given_up_for_a_plain_one(self, exterior):
        channel = SmtpChannel(
            SmtpConfig.from_url(f"smtp+starttls://127.0.0.1:{exterior.smtp}", "a@b.example")
        )
        with pytest.raises(port.ChannelStopped) as stopped:
            channel.send(mail())
        assert stopped.value.code == "tls"


EHLO = b"250 ok\r\n"


class TestWhereItBreaks:
    """A server that says its lines one by one and then hangs up."""

    @pytest.mark.parametrize(
        ("lines", "problem"),
        [
            ([], port.TemporaryRefusal),
            ([b"554 go away\r\n"], port.TemporaryRefusal),
            ([b"220 hi\r\n"], port.TemporaryRefusal),
            ([b"220 hi\r\n", EHLO], port.TemporaryRefusal),
            ([b"220 hi\r\n", EHLO, b"530 5.7.0 Authentication required\r\n"], port.ChannelStopped),
            ([b"220 hi\r\n", EHLO, b"421 busy\r\n"], port.TemporaryRefusal),
            ([b"220 hi\r\n", EHLO, b"553 sender not allowed\r\n"], port.PermanentRefusal),
            ([b"220 hi\r\n", EHLO, b"250 ok\r\n"], port.TemporaryRefusal),
            ([b"220 hi\r\n", EHLO, b"250 ok\r\n", b"250 ok\r\n"], port.TemporaryRefusal),
            ([b"220 hi\r\n", EHLO, b"250 ok\r\n", b"250 ok\r\n", b"451 later\r\n"], port.TemporaryRefusal),
            ([b"220 hi\r\n", EHLO, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"], port.UncertainOutcome),
            ([b"220 hi\r\n", EHLO, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"4"], port.UncertainOutcome),
            (
                [b"220 hi\r\n", EHLO, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"452 full\r\n"],
                port.TemporaryRefusal,
            ),
            (
                [b"220 hi\r\n", EHLO, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"554 spam\r\n"],
                port.PermanentRefusal,
            ),
        ],
    )
    def test_each_step_has_its_answer(self, lines, problem):
        with Lines(lines) as server, pytest.raises(problem):
            SmtpChannel(SmtpConfig.from_url(f"smtp://127.0.0.1:{server.port}", "a@b.example")).send(mail())

    @pytest.mark.parametrize(
        ("code", "problem"),
        [(b"535 5.7.8 bad", port.ChannelStopped), (b"454 4.7.0 later", port.TemporaryRefusal)],
    )
    def test_a_wrong_password_stops_the_channel_and_a_tired_server_does_not(self, code, problem):
        lines = [b"220 hi\r\n", b"250-ok\r\n250 AUTH PLAIN\r\n", code + b"\r\n", code + b"\r\n"]
        with Lines(lines) as server, pytest.raises(problem):
            SmtpChannel(SmtpConfig.from_url(f"smtp://u:p%40ss@127.0.0.1:{server.port}", "a@b.example")).send(
                mail()
            )


class TestSmtpConfig:
    @pytest.mark.parametrize(
        ("url", "host", "number", "security", "username", "password"),
        [
            ("smtp://mail.example", "mail.example", 25, "none", "", ""),
            ("smtp+starttls://u%40d:p%2Fw@mail.example", "mail.example", 587, "starttls", "u@d", "p/w"),
            ("smtps://mail.example:4650", "mail.example", 4650, "tls", "", ""),
            ("", "", 25, "none", "", ""),
        ],
    )
    def test_reads_an_address(self, url, host, number, security, username, password):
        made = SmtpConfig.from_url(url, "NOC <noc@b.example>")
        assert (made.host, made.port, made.security, made.username, made.password) == (
            host,
            number,
            security,
            username,
            password,
        )
        assert "p/w" not in repr(made)

    def test_refuses_a_word_it_does_not_know(self):
        with pytest.raises(ValueError, match="ftp"):
            SmtpConfig.from_url("ftp://x", "")


@pytest.mark.mailbox
@pytest.mark.needs("postfix", "openssl", root=True)
class TestPostfix:
    """The real thing: a postfix of its own on loopback, with STARTTLS offered."""

    def test_takes_a_mail_and_refuses_an_unknown_person(self, postfix):
        channel = SmtpChannel(
            SmtpConfig.from_url(f"smtp://127.0.0.1:{postfix.port}", "NOC <noc@comteco.example>")
        )
        channel.check()
        receipt = channel.send(
            mail(
                recipients=("gerente@lab.example", "nadie@lab.example"),
                message_id="<postfix@comteco.example>",
            )
        )
        assert receipt.answer.startswith("250 2.0.0 Ok: queued")
        assert [(each.address, each.temporary) for each in receipt.refused] == [("nadie@lab.example", False)]
        text = postfix.wait_for_mail()
        assert "<postfix@comteco.example>" in text
        assert "Se=C3=B1ores" in text

    def test_refuses_to_relay_elsewhere(self, postfix):
        channel = SmtpChannel(
            SmtpConfig.from_url(f"smtp://127.0.0.1:{postfix.port}", "NOC <noc@comteco.example>")
        )
        with pytest.raises(port.PermanentRefusal):
            channel.send(mail(recipients=("alguien@otra.example",)))

    def test_does_not_trust_a_certificate_that_nobody_vouches_for(self, postfix):
        channel = SmtpChannel(
            SmtpConfig.from_url(f"smtp+starttls://127.0.0.1:{postfix.port}", "NOC <noc@comteco.example>")
        )
        with pytest.raises(port.ChannelStopped) as stopped:
            channel.send(mail(recipients=("gerente@lab.example",)))
        assert stopped.value.code == "tls"


@pytest.fixture
def postfix(tmp_path_factory):
    made = Postfix(tmp_path_factory.mktemp("postfix"))
    made.start()
    yield made
    made.stop()


class Postfix:
    """A postfix instance with all its state in one folder."""

    def __init__(self, folder):
        self.folder, self.port = folder, standin.free_port()
        folder.chmod(0o755)
        for parent in folder.parents:
            if str(parent).startswith("/tmp/") and parent.stat().st_uid == 0:
                parent.chmod(parent.stat().st_mode | 0o011)

    def start(self):
        self.config, self.spool, self.boxes = (self.folder / name for name in ("etc", "spool", "boxes"))
        for each in (self.config, self.spool, self.boxes, self.folder / "data"):
            each.mkdir()
        shutil.chown(self.folder / "data", "postfix")
        shutil.chown(self.boxes, "nobody", "nogroup")
        key, certificate = self.folder / "key.pem", self.folder / "cert.pem"
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=127.0.0.1",
                "-keyout",
                str(key),
                "-out",
                str(certificate),
            ],
            check=True,
            capture_output=True,
        )
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": self.spool,
            "data_directory": self.folder / "data",
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "myhostname": "lab.example",
            "mydestination": "",
            "virtual_mailbox_domains": "lab.example",
            "virtual_mailbox_base": self.boxes,
            "virtual_mailbox_maps": "inline:{ gerente@lab.example=gerente }",
            "virtual_uid_maps": "static:65534",
            "virtual_gid_maps": "static:65534",
            "smtpd_relay_restrictions": "reject_unauth_destination",
            "mynetworks": "127.0.0.0/8",
            "smtpd_tls_cert_file": certificate,
            "smtpd_tls_key_file": key,
            "smtpd_tls_security_level": "may",
            "alias_maps": "",
            "alias_database": "",
            "maillog_file": self.folder / "maillog",
            "maillog_file_prefixes": self.folder,
        }
        (self.config / "main.cf").write_text(
            "".join(f"{name} = {value}\n" for name, value in settings.items())
        )
        master = [
            f"127.0.0.1:{self.port} inet n - n - - smtpd",
            "pickup unix n - n 60 1 pickup",
            "cleanup unix n - n - 0 cleanup",
            "qmgr unix n - n 300 1 qmgr",
            "tlsmgr unix - - n 1000? 1 tlsmgr",
            "rewrite unix - - n - - trivial-rewrite",
            "bounce unix - - n - 0 bounce",
            "defer unix - - n - 0 bounce",
            "trace unix - - n - 0 bounce",
            "verify unix - - n - 1 verify",
            "proxymap unix - - n - - proxymap",
            "error unix - - n - - error",
            "retry unix - - n - - error",
            "virtual unix - n n - - virtual",
            "anvil unix - - n - 1 anvil",
            "scache unix - - n - 1 scache",
            "postlog unix-dgram n - n - 1 postlogd",
        ]
        (self.config / "master.cf").write_text("\n".join(master) + "\n")
        subprocess.run(["postfix", "-c", str(self.config), "start"], check=True, capture_output=True)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                    if probe.recv(3) == b"220":
                        return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("postfix did not answer: " + (self.folder / "maillog").read_text()[-2000:])

    def stop(self):
        subprocess.run(["postfix", "-c", str(self.config), "stop"], check=False, capture_output=True)

    def wait_for_mail(self):
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            box = self.boxes / "gerente"
            if box.exists() and box.read_text():
                return box.read_text()
            time.sleep(0.1)
        raise AssertionError("no mail: " + (self.folder / "maillog").read_text()[-2000:])


class Lines:
    """Says its lines, one after each thing it is told, and hangs up."""

    def __init__(self, lines):
        self.lines = list(lines)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def __enter__(self):
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_problem):
        self.socket.close()
        self.thread.join(5)

    def _serve(self):
        connection, _address = self.socket.accept()
        connection.settimeout(5)
        reading_text = False
        with connection:
            for number, line in enumerate(self.lines):
                if number:
                    heard = b""
                    while not heard.endswith(b"\r\n.\r\n" if reading_text else b"\r\n"):
                        piece = connection.recv(65536)
                        if not piece:
                            return
                        heard += piece
                connection.sendall(line)
                reading_text = line.startswith(b"354")
            if reading_text:
                heard = b""
                while not heard.endswith(b"\r\n.\r\n"):
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    heard += piece
