"""A mail becomes a letter, whatever its bytes."""

from __future__ import annotations

import base64
import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules.mail import headers, reading, words
from tests.rules.mail.letters import OURS, PDF, dsn, mail, with_files


def read(raw: bytes) -> reading.Letter:
    return reading.read(raw)


class TestHeader:
    def test_says_who_what_when_and_what_it_answers(self):
        letter = read(
            mail(
                from_="=?iso-8859-1?Q?Mar=EDa_N=FA=F1ez?= <Pagos@ValleFibra.example>",
                to="COMTECO <noc@comteco.example>",
                subject="=?utf-8?B?UGFnbyBmYWN0dXJhIDMzwrA=?= =?utf-8?Q?_de_noviembre?=",
                date="Mon, 23 Nov 2026 21:15:00 -0400",
                in_reply_to=OURS,
                references=f"<a@b.example>\n\t{OURS}",
            )
        )
        assert (letter.sender, letter.sender_name) == ("pagos@vallefibra.example", "María Núñez")
        assert letter.subject == "Pago factura 33° de noviembre"
        assert letter.written_at == dt.datetime(2026, 11, 24, 1, 15, tzinfo=dt.UTC)
        assert (letter.in_reply_to, letter.references) == ((OURS,), ("<a@b.example>", OURS))
        assert (letter.message_id, letter.text, letter.readable, letter.problems) == (
            "<uno@vallefibra.example>", "Hola", True, (),
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("said", "meant"),
        [
            ("Se\udcc3\udcb1al ca\udcc3\udcadda", "Señal caída"),  # UTF-8 without a word about it
            ("Se\udcf1al", "Señal"),  # Latin-1 without a word about it
            ("=?utf-8?B?U2XDsQ==?= =?utf-8?B?YWw=?=", "Señal"),
            ("=?utf-8?B?Uw?=", "S"),  # no padding
            ("=?windows-1252?Q?=93hola=94?=", "“hola”"),
            ("=?no-such-charset?Q?Se=F1al?=", "Señal"),
            ("=?unicode_escape?Q?=5Cx00?=", "\\x00"),  # never a codec that is no charset
            ("=?utf-8?Q?sin_fin", "=?utf-8?Q?sin_fin"),
            ("uno\u202eexe.pdf dos", "unoexe.pdf dos"),
        ],
    )
    def test_charsets_and_wrong_ones(self, said, meant):
        assert headers.value(said) == meant

    def test_a_character_cut_in_two_words_is_whole(self):
        cut = "Señal".encode()
        first, second = (base64.b64encode(part).decode() for part in (cut[:3], cut[3:]))
        assert headers.value(f"=?utf-8?B?{first}?= =?utf-8?B?{second}?=") == "Señal"

    @pytest.mark.parametrize("said", ["", "undisclosed", "<>", "\udce1@", "(" * 5000, "@", "a@-b"])
    def test_what_is_no_address_is_none(self, said):
        assert read(mail(from_=said)).sender == ""

    def test_nothing_is_needed(self):
        letter = read(b"\n\nsolo texto")
        assert (letter.sender, letter.subject, letter.message_id, letter.text) == ("", "", "", "solo texto")

    @pytest.mark.parametrize(
        "date", ["ayer", "31 Feb 2026 25:61", "Mon, 99 Xxx 99999 00:00:00 +9999", "0" * 40]
    )
    def test_a_wrong_date_is_none(self, date):
        assert read(mail(date=date)).written_at is None


class TestText:
    def test_html_alone_becomes_text(self):
        html = (
            "<html><head><title>x</title><style>p{color:red}</style></head><body><p>Se&ntilde;ores:</p>"
            "<!-- oculto --><p>Pago <b>Bs 23.000,00</b><br>Banco&nbsp;Uni&oacute;n</p><script>alert(1)</script>"
            "<table><tr><td>Ref</td><td>123</td></tr></table></body></html>"
        )
        letter = read(mail("Content-Type: text/html; charset=utf-8", body=html))
        assert letter.text == "Señores:\n\nPago Bs 23.000,00\nBanco Unión\n\nRef 123"

    def test_plain_text_goes_before_html(self):
        body = "--b\nContent-Type: text/plain\n\nllano\n--b\nContent-Type: text/html\n\n<p>rico</p>\n--b--\n"
        assert read(mail("Content-Type: multipart/alternative; boundary=b", body=body)).text == "llano"

    @pytest.mark.parametrize(
        ("charset", "content"),
        [("utf-8", "Señal ñandú €".encode()), ("iso-8859-1", "Señal ñandú €".encode("cp1252")), ("us-ascii", "Señal ñandú €".encode()[:0] + "Señal ñandú €".encode("cp1252")), ("utf-16le", "Señal ñandú €".encode("utf-16le")), ("", "Señal ñandú €".encode()), ("idna", "Señal ñandú €".encode())],
    )  # fmt: skip
    def test_charset_of_the_text(self, charset, content):
        raw = mail(
            f"Content-Type: text/plain; charset={charset}",
            "Content-Transfer-Encoding: base64",
            body=base64.encodebytes(content),
        )
        assert read(raw).text == "Señal ñandú €"

    def test_what_no_database_takes_is_left_out(self):
        assert read(mail(body=b"uno\x00dos\x1b[31mtres\xed\xa0\x80")).text.startswith("unodos[31mtres")

    def test_a_very_long_text_is_cut_and_said(self):
        letter = read(mail(body="x" * 300_000))
        assert len(letter.text) == reading.MAX_TEXT
        assert "muy largo" in letter.problems[0]


class TestFiles:
    def test_a_file_is_what_its_bytes_say(self):
        letter = read(
            with_files(
                ("comprobante.pdf", "application/pdf", PDF),
                ("factura.pdf", "application/pdf", b"<html><script>alert(1)</script>"),
                ("programa.exe", "application/pdf", b"MZ\x90\x00\x03\x00"),
            )
        )
        assert [(each.name, each.content_type) for each in letter.files] == [
            ("comprobante.pdf", "application/pdf"),
            ("factura.txt", "text/plain"),
            ("programa.exe.bin", "application/octet-stream"),
        ]
        assert [bool(each.note) for each in letter.files] == [False, True, True]
        assert letter.files[0].content == PDF

    @pytest.mark.parametrize(
        "name",
        ["../../etc/passwd", "..\\..\\boot.ini", "a/b\\c.pdf", "\u202efdp.exe", "x" * 400 + ".pdf", "CON", ". .", "a\x00b.pdf", "=?utf-8?Q?../=C3=B1.pdf?="],
    )  # fmt: skip
    def test_a_hostile_name_stays_a_name(self, name):
        [file] = read(with_files((name, "application/pdf", PDF))).files
        assert file.name.endswith(".pdf")
        assert not set(file.name) & set('/\\\x00\u202e<>:"|?*')
        assert 4 < len(file.name) <= 160

    def test_a_name_by_rfc_2231(self):
        raw = mail(
            "Content-Type: application/pdf", "Content-Disposition: attachment; filename*=utf-8''dep%C3%B3sito%20BNB.pdf",
            "Content-Transfer-Encoding: base64", body=base64.encodebytes(PDF),
        )  # fmt: skip
        assert [each.name for each in read(raw).files] == ["depósito BNB.pdf"]

    @pytest.mark.parametrize("way", ["utf-8", "cp1252"])
    def test_a_name_in_bytes_that_nobody_announced(self, way):
        raw = with_files(("depNsito.pdf", "application/pdf", PDF)).replace(
            b"depNsito", "depósito".encode(way)
        )
        assert [each.name for each in read(raw).files] == ["depósito.pdf"]

    def test_an_archive_stays_closed_and_a_forwarded_mail_too(self):
        bomb = b"PK\x03\x04" + b"\x00" * 5000
        inner = with_files(("dentro.pdf", "application/pdf", PDF))
        body = (
            b"--c\nContent-Type: message/rfc822\n\n"
            + inner
            + b"\n--c\nContent-Type: application/zip; name=z.zip\n\n"
            + bomb
            + b"\n--c--\n"
        )
        letter = read(mail("Content-Type: multipart/mixed; boundary=c", body=body))
        assert [(each.name, each.content_type) for each in letter.files] == [
            ("reenviado.eml", "message/rfc822"),
            ("z.zip", "application/zip"),
        ]

    def test_a_logo_is_no_paper(self):
        body = b"--b\nContent-Type: text/html\n\n<p>hola</p>\n--b\nContent-Type: image/png\nContent-ID: <logo>\n\n\x89PNG\r\n\x1a\nxx\n--b--\n"
        letter = read(mail("Content-Type: multipart/related; boundary=b", body=body))
        assert (len(letter.files), letter.papers) == (1, ())

    def test_an_empty_file_is_said_not_kept(self):
        letter = read(with_files(("vacio.pdf", "application/pdf", b"")))
        assert letter.files == ()
        assert "vacio.pdf" in letter.problems[0]

    def test_more_files_than_a_person_sends_are_said(self):
        letter = read(with_files(*[(f"{n}.pdf", "application/pdf", PDF) for n in range(60)]))
        assert len(letter.files) == reading.MAX_FILES
        assert "archivos" in letter.problems[0]


BOMBS = {
    "borders in borders": mail(*["Content-Type: multipart/mixed; boundary=b"], body="".join(f"--b\nContent-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(60)) + "x\n" * 400_000),
    "mails in mails": mail(body="") + b"Content-Type: message/rfc822\n\n" * 20_000,
    "mails in mails at once": b"Content-Type: message/rfc822\n\n" * 20_000,
    "parts": mail("Content-Type: multipart/mixed; boundary=b", body="--b\n\n" * 19_000),
    "lines": mail(body="x\n" * 2_000_000),
    "fields": b"a: b\n" * 200_000 + b"\n",
    "comments": mail(from_="(" * 200_000),
    "references": mail(references="<a@b> " * 30_000),
    "open comment": mail("Content-Type: text/html", body="<!--" * 100_000),
    "open tags": mail("Content-Type: text/html", body="<a " * 100_000),
    "open brackets": mail("Content-Type: text/html", body="<" * 200_000),
    "silence": mail("Content-Type: text/html", body="<style>" * 50_000),
    "nothing": b"",
    "zeros": b"\x00" * 500_000,
}  # fmt: skip


class TestHostile:
    @pytest.mark.parametrize("name", BOMBS)
    def test_a_bomb_costs_little_and_says_what_it_is(self, name):
        begun = time.process_time()
        letter = read(BOMBS[name])
        assert time.process_time() - begun < 6
        assert letter.readable or letter.problems

    def test_what_is_left_unread_still_has_its_header(self):
        letter = reading.unread(mail(subject="Mil fotos")[:60_000], "Pesa 200 MB.")
        assert (letter.sender, letter.subject, letter.problems, letter.readable) == (
            "pagos@vallefibra.example", "Mil fotos", ("Pesa 200 MB.",), False,
        )  # fmt: skip

    @given(st.binary(max_size=3000))
    def test_any_bytes_are_read(self, raw):
        holds_together(read(raw))

    @given(st.lists(st.tuples(st.sampled_from(
        ["From", "To", "Subject", "Date", "Message-ID", "References", "Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Auto-Submitted"]
    ), st.one_of(st.binary(max_size=60), st.sampled_from([
        b"multipart/mixed; boundary=b", b"multipart/report; report-type=delivery-status; boundary=b", b"message/rfc822", b"message/delivery-status",
        b'text/plain; charset="', b"text/html; charset=utf-7", b"base64", b"quoted-printable", b"x-uuencode", b"attachment; filename*=utf-8''%", b"attachment; filename*0*=x; filename*2=y",
        b"=?utf-8?B?////?=", b"<@>", b'"\\', b"((", b"a@b.c",
    ]))), max_size=12), st.lists(st.one_of(st.binary(max_size=80), st.sampled_from([
        b"--b", b"--b--", b"Content-Type: message/rfc822", b"Content-Type: text/html", b"", b"Action: failed", b"Final-Recipient: rfc822; a@b.c", b"begin 644 x", b"=FF=", b"Message-ID: <x@y>",
    ])), max_size=30))  # fmt: skip
    def test_any_mail_like_thing_is_read(self, fields, lines):
        head = b"\n".join(name.encode() + b": " + value.replace(b"\n", b" ") for name, value in fields)
        holds_together(read(head + b"\n\n" + b"\n".join(lines)))

    @given(st.text(max_size=500))
    def test_any_html_becomes_text(self, text):
        assert "\x00" not in headers.clean(words.plain(text))

    @given(st.data())
    def test_a_known_mail_damaged_anywhere_is_read(self, data):
        raw = bytearray(data.draw(st.sampled_from([dsn(), with_files(("a.pdf", "application/pdf", PDF))])))
        for _ in range(data.draw(st.integers(1, 20))):
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        holds_together(read(bytes(raw)))


def holds_together(letter: reading.Letter) -> None:
    """What every letter keeps: text that a database takes, names that are names, an address or none."""
    for text in (
        letter.subject,
        letter.text,
        letter.sender,
        letter.message_id,
        *letter.problems,
        *letter.references,
    ):
        text.encode("utf-8")
        assert "\x00" not in text
    assert len(letter.subject) <= 300
    assert len(letter.digest) == 64
    assert "\n" not in letter.subject + letter.sender + letter.message_id
    for file in letter.files:
        assert file.content
        assert file.name
        assert "/" not in file.name
    for outcome in letter.report.outcomes if letter.report else ():
        outcome.text.encode("utf-8")


class TestDigest:
    def test_the_same_mail_by_another_way_is_the_same(self):
        one = mail("Received: from a", "Delivered-To: x")
        other = mail("Received: from b").replace(b"\n", b"\r\n")
        assert read(one).digest == read(other).digest

    def test_another_text_is_another_mail_though_the_id_is_the_same(self):
        assert read(mail(body="uno")).digest != read(mail(body="dos")).digest


class TestAutomatic:
    @pytest.mark.parametrize(
        "line",
        ["Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: bulk", "List-Unsubscribe: <mailto:x@y.z>", "Subject: Fuera de oficina: Factura", "Subject: Automatic reply: x", "Subject: Respuesta automática"],
    )  # fmt: skip
    def test_machines_say_so(self, line):
        given_subject = {"subject": ""} if line.startswith("Subject") else {}
        assert read(mail(line, **given_subject)).automatic

    @pytest.mark.parametrize(
        "line", ["Auto-Submitted: no", "X-Mailer: Outlook", "Subject: Ausencias de señal"]
    )
    def test_people_do_not(self, line):
        assert not read(mail(line, subject="" if line.startswith("Subject") else "x")).automatic
