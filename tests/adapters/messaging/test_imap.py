"""A mailbox read by IMAP: a real dovecot, fed by a real postfix; it is only looked at."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest

import lab.mailbox
from mayorista.adapters.mail.imap import ImapConfig, ImapMailbox
from mayorista.rules.ports import mailbox as port
from tests.rules.mail import letters

LIMIT = 100_000


class TestConfig:
    @pytest.mark.parametrize(
        ("url", "host", "number", "security", "folder", "idle"),
        [
            ("imaps://u%40d:p%2Fw@mail.example", "mail.example", 993, "tls", "INBOX", True),
            (
                "imap+starttls://u:p@mail.example/Casos%2FNOC",
                "mail.example",
                143,
                "starttls",
                "Casos/NOC",
                True,
            ),
            ("imap://u:p@127.0.0.1:1143/INBOX?idle=0", "127.0.0.1", 1143, "none", "INBOX", False),
        ],
    )
    def test_reads_an_address(self, url, host, number, security, folder, idle):
        config = ImapConfig.from_url(url)
        assert (config.host, config.port, config.security, config.folder, config.idle) == (
            host, number, security, folder, idle,
        )  # fmt: skip
        assert "p" not in repr(config).partition("username")[2].partition("security")[0].replace(
            "password", ""
        )

    def test_says_what_it_does_not_understand(self):
        with pytest.raises(ValueError, match="pop3"):
            ImapConfig.from_url("pop3://x@y")

    def test_nothing_is_not_configured(self):
        assert not ImapMailbox(ImapConfig.from_url("")).configured

    def test_without_encryption_only_on_this_machine(self):
        far = ImapMailbox(ImapConfig.from_url("imap://u:p@192.0.2.7"))
        with pytest.raises(port.MailboxClosed, match="imaps"), far.open():
            pass


@pytest.fixture(scope="module")
def server():
    with lab.mailbox.running(users=("noc", "pausado")) as box:
        yield box


def reader(box, user="noc", **more) -> ImapMailbox:
    return ImapMailbox(ImapConfig.from_url(box.imap_url(user, **more)))


def look_on(session, times: int) -> None:
    for _ in range(times):
        session.wait(60, lambda: True)
        session.above(0)


def wait_for_uids(box, above: int, user: str = "noc") -> list[int]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with reader(box, user).open() as session:
            if found := session.above(above):
                return found
        time.sleep(0.1)
    raise AssertionError("no mail came")


def highest(box, user: str = "noc") -> int:
    with reader(box, user).open() as session:
        return max(session.above(0), default=0)


@pytest.mark.mailbox
@pytest.mark.needs(*lab.mailbox.PROGRAMS, root=True)
class TestDovecot:
    def test_a_mail_is_read_as_it_was_sent_and_stays_unread(self, server):
        before = highest(server)
        server.post(letters.with_files(("a.pdf", "application/pdf", letters.PDF)), to=server.address("noc"))
        [uid] = wait_for_uids(server, before)
        with reader(server).open() as session:
            mail = session.fetch(uid, limit=LIMIT)
            assert session.above(uid) == []  # "n:*" names the last mail too
            assert uid in session.since(dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1))
            assert session.fetch(uid + 1000, limit=LIMIT) is None
        assert mail.content.count(b"--b") == 3
        assert abs(mail.arrived_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=2)
        assert (mail.left, mail.size) == (False, len(mail.content))
        assert not any(":2,S" in name for name in server.flags("noc"))

    def test_idle_tells_within_seconds(self, server):
        with reader(server).open() as session:
            assert session.waits_by == "IDLE"
            last = max(session.above(0), default=0)
            threading.Timer(1.0, server.post, [letters.mail()], {"to": server.address("noc")}).start()
            begun = time.monotonic()
            while not session.above(last):
                session.wait(60, lambda: True)
                assert time.monotonic() - begun < 20
            print(f"IDLE: {time.monotonic() - begun - 1.0:.2f} s")
            assert time.monotonic() - begun < 10

    def test_waiting_is_renewed_and_ended_on_demand(self, server):
        with reader(server).open() as session:
            for _ in range(3):
                session.wait(1, lambda: True)
            begun = time.monotonic()
            session.wait(60, lambda: time.monotonic() - begun < 1)
            assert time.monotonic() - begun < 4
            assert session.above(0) is not None  # the connection is good after each turn

    def test_by_the_clock_where_idle_is_not_wanted(self, server):
        with reader(server, more="?idle=0").open() as session:
            assert session.waits_by == "POLL"
            session.wait(2, lambda: True)
            assert session.above(0) is not None

    def test_a_mail_too_big_is_named_and_left(self, server):
        before = highest(server, "pausado")
        server.put("pausado", letters.mail(subject="Doscientos", body=b"x" * 76 + b"\n" * 200_000))
        [uid] = wait_for_uids(server, before, "pausado")
        with reader(server, "pausado").open() as session:
            mail = session.fetch(uid, limit=LIMIT)
        assert (mail.left, mail.size > 200_000) == (True, True)
        assert b"Subject: Doscientos" in mail.content
        assert len(mail.content) < 1000

    def test_a_wrong_password_needs_a_person_and_a_missing_folder_too(self, server):
        wrong = ImapMailbox(ImapConfig.from_url(f"imap://noc:no@127.0.0.1:{server.imap}"))
        with pytest.raises(port.MailboxClosed) as closed, wrong.open():
            pass
        assert closed.value.code == "login"
        nowhere = ImapMailbox(ImapConfig.from_url(server.imap_url("noc").replace("INBOX", "Nada")))
        with pytest.raises(port.MailboxClosed) as closed, nowhere.open():
            pass
        assert closed.value.code == "folder"

    def test_a_server_that_restarts_is_away_and_comes_back(self, server):
        with reader(server).open() as session:
            validity, numbers = session.uidvalidity, session.above(0)
            gone: list[float] = []

            def stop() -> None:
                server.stop_imap()
                gone.append(time.monotonic())

            stopping = threading.Timer(1.0, stop)
            stopping.start()
            with pytest.raises(port.MailboxAway):
                look_on(session, 50)
            noticed = time.monotonic()
            stopping.join()
            assert noticed - gone[0] < 15  # from when it was gone: how long it takes to stop is the server's
        with pytest.raises(port.MailboxAway), reader(server).open():
            pass
        server.start_imap()
        with reader(server).open() as session:
            assert (session.uidvalidity, session.above(0)) == (validity, numbers)

    def test_a_mailbox_moved_has_another_validity(self, server):
        with reader(server, "pausado").open() as session:
            before = session.uidvalidity
        server.renumber("pausado")
        with reader(server, "pausado").open() as session:
            assert session.uidvalidity != before
