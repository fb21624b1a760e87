"""A delivery report says whom a mail of ours did not reach, and why."""

from __future__ import annotations

import pytest

from mayorista.rules.mail import bounces, reading, threads
from tests.rules.mail.letters import OURS, dsn, mail

QMAIL = f"""Hi. This is the qmail-send program at mx.isp.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<pagos@vallefibra.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <noc@comteco.example>
Message-ID: {OURS}
Subject: Factura
"""
EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  pagos@vallefibra.example
    host mx.vallefibra.example [192.0.2.1]: 550 5.2.2 mailbox full
"""


def report(raw: bytes) -> bounces.Report | None:
    return reading.read(raw).report


class TestStandard:
    @pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
    def test_finds_the_mail_and_the_recipient(self, kind):
        found = report(dsn(kind=kind))
        assert found is not None
        assert found.message_ids[0] == OURS
        [failure] = found.of(bounces.FAILED)
        assert (failure.addresses, failure.status) == (("pagos@vallefibra.example",), "5.1.1")
        assert "User unknown" in failure.text

    def test_a_general_status_gives_way_to_the_servers_own_words(self):
        found = report(dsn(status="5.0.0", diagnostic="smtp; 552 5.2.2 over quota"))
        assert found.outcomes[0].status == "5.2.2"

    @pytest.mark.parametrize(
        ("action", "kind"), [("delayed", "delayed"), ("delivered", "delivered"), ("relayed", "delivered")]
    )
    def test_delay_and_delivery_are_no_failure(self, action, kind):
        found = report(dsn(action=action, status="4.4.1"))
        assert (found.of(bounces.FAILED), len(found.of(kind))) == ((), 1)

    def test_a_report_has_no_files_to_keep(self):
        assert reading.read(dsn()).files == ()

    def test_a_report_without_recipients_is_still_one(self):
        found = report(dsn(action=""))
        assert found is not None
        assert (found.outcomes, found.message_ids[0]) == ((), OURS)


class TestOld:
    def test_qmail(self):
        found = report(
            mail(
                "Return-Path: <>", from_="MAILER-DAEMON@mx.isp.example", subject="failure notice", body=QMAIL
            )
        )
        assert [each.addresses for each in found.of(bounces.FAILED)] == [("pagos@vallefibra.example",)]
        assert found.message_ids == (OURS,)

    def test_exim(self):
        found = report(
            mail("X-Failed-Recipients: pagos@vallefibra.example", from_="Mailer-Daemon@mx.example", subject="Mail delivery failed", in_reply_to=OURS, body=EXIM)
        )  # fmt: skip
        [failure] = found.of(bounces.FAILED)
        assert (failure.addresses, failure.status) == (("pagos@vallefibra.example",), "5.2.2")
        assert found.message_ids == (OURS,)

    def test_a_person_who_quotes_a_report_has_sent_none(self):
        assert report(mail(body=QMAIL)) is None

    def test_a_holiday_notice_is_no_report(self):
        assert (
            report(mail("Auto-Submitted: auto-replied", in_reply_to=OURS, subject="Fuera de oficina")) is None
        )


class TestWords:
    def test_a_reason_for_each_code(self):
        assert bounces.reason("5.1.1")[0] == "La dirección no existe."
        assert "lleno" in bounces.reason("5.2.2")[0]
        assert "reglas" in bounces.reason("5.7.26")[0]
        assert bounces.reason("")[0].startswith("El correo volvió")

    def test_codes_of_reports_are_told_from_those_at_the_door(self):
        assert bounces.is_status("5.1.1")
        assert not bounces.is_status("550")


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        ("RE: Caso dano-2026-000148 – VALLE", ("DANO-2026-000148",)),
        ("[DANO-2026-000148] y D.A.C.-2026-000045.", ("DANO-2026-000148", "D.A.C.-2026-000045")),
        ("COT-2026-11-0001", ("COT-2026-11-0001",)),
        ("sin número 2026-11", ()),
        ("A-1 " * 100, ("A-1",)),
    ],
)
def test_numbers_in_a_subject(subject, numbers):
    assert threads.numbers(subject) == numbers


def test_the_nearest_mail_is_answered_first():
    assert threads.answered(("<c>",), ("<a>", "<b>", "<c>")) == ("<c>", "<b>", "<a>")


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("Sin servicio", "Re: Sin servicio"),
        ("RE: Re:  Caso DANO-2026-000001", "Re: Caso DANO-2026-000001"),
        ("Rv: reporte", "Re: reporte"),
        ("Relevo de equipos", "Re: Relevo de equipos"),
        (" re: ", ""),
        ("", ""),
    ],
)
def test_an_answer_has_one_re(subject, answer):
    assert threads.answer_to(subject) == answer
