"""WhatsApp on paper."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules import whatsapp, whatsapp_errors
from mayorista.rules import whatsapp_events as events
from mayorista.rules.errors import Invalid
from mayorista.rules.whatsapp_errors import Reaction

SAMPLES = Path(__file__).parents[1] / "fixtures" / "whatsapp"
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text())
SIGNED = [
    (each["file"], each["X-Hub-Signature-256"])
    for each in MANIFEST["archivos"]
    if "X-Hub-Signature-256" in each
]
AT = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)


def only(name):
    found = events.parse((SAMPLES / name).read_bytes())
    assert len(found) == 1
    return found[0]


class TestSignature:
    @pytest.mark.parametrize(("name", "signature"), SIGNED)
    def test_of_every_sample_is_right(self, name, signature):
        body = (SAMPLES / name).read_bytes()
        assert whatsapp.signature_is_valid(body, signature, MANIFEST["app_secret_de_prueba"])

    @pytest.mark.parametrize(
        ("header", "secret"),
        [
            ("", "s"),
            ("sha256=", "s"),
            ("sha256=00", "s"),
            ("sha1=00", "s"),
            ("ñandú", "s"),
            ("sha256=00", ""),
        ],
    )
    def test_that_is_wrong_or_without_secret_is_refused(self, header, secret):
        assert not whatsapp.signature_is_valid(b"{}", header, secret)

    def test_is_of_the_raw_bytes(self):
        body = (SAMPLES / "in-01-text.json").read_bytes()
        again = json.dumps(json.loads(body)).encode()
        header = whatsapp.signature_of(body, "s")
        assert not whatsapp.signature_is_valid(again, header, "s")


class TestHandshake:
    def test_echoes_the_challenge_of_who_knows_the_token(self):
        assert whatsapp.challenge_to_echo("subscribe", "t", "1158201444", expected_token="t") == "1158201444"

    @pytest.mark.parametrize(
        ("mode", "token", "challenge", "expected"),
        [
            ("subscribe", "x", "1", "t"),
            ("", "t", "1", "t"),
            ("subscribe", "", "1", ""),
            ("subscribe", "t", "<script>", "t"),
            ("subscribe", "t", "", "t"),
        ],
    )
    def test_refuses_everything_else(self, mode, token, challenge, expected):
        assert whatsapp.challenge_to_echo(mode, token, challenge, expected_token=expected) is None


class TestParse:
    @pytest.mark.parametrize(
        ("name", "kind", "text"),
        [
            (
                "in-01-text.json",
                "TEXT",
                "Buenas noches, tenemos caída total del enlace de 2 Gbps desde las 21:55. Por favor su apoyo.",
            ),
            ("in-03-image-caption.json", "IMAGE", "Captura del MRTG, tráfico en cero"),
            ("in-05-audio-voice.json", "AUDIO", ""),
            ("in-09-interactive-button-reply.json", "BUTTON", "Sí, restablecido"),
            ("in-11-template-quick-reply-button.json", "BUTTON", "Aún con falla"),
            ("in-15-unsupported.json", "UNSUPPORTED", "Mensaje no soportado (poll)"),
            ("in-17-system-changed-number.json", "SYSTEM", "User changed from 59170000001 to 59160000002"),
        ],
    )
    def test_reads_every_kind_of_message(self, name, kind, text):
        message = only(name)
        assert (message.kind, message.text) == (kind, text)

    def test_reads_who_wrote_with_number_id_and_name(self):
        sender = only("in-01-text.json").sender
        assert (sender.wa_id, sender.bsuid, sender.display_name) == (
            "59170000001",
            "BO.10000000000000000001",
            "Operador ISP Demo",
        )

    def test_reads_what_is_quoted(self):
        assert only("in-02-text-reply.json").reply_to == "wamid.DEMO-OUT-0001"

    def test_reads_where_a_file_lies(self):
        pointer = only("in-04-document-comprobante.json").media[0]
        assert (pointer.media_id, pointer.name) == (
            "300000000000002",
            "comprobante_transferencia_nov2026.pdf",
        )

    @pytest.mark.parametrize(
        "name", ["in-09-interactive-button-reply.json", "in-11-template-quick-reply-button.json"]
    )
    def test_reads_both_kinds_of_pressed_button_alike(self, name):
        answer = whatsapp.button_answer(only(name).button_payload)
        assert (answer.act, answer.number) == ("conformidad", "CASO-2026-000123")

    @pytest.mark.parametrize(("name", "status"), [("st-01-sent.json", "sent"), ("st-03-read.json", "read")])
    def test_reads_statuses(self, name, status):
        assert only(name).status == status

    def test_reads_why_a_message_failed(self):
        assert only("st-05-failed-131047-window.json").error_code == "131047"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b'"x"',
            b'{"entry": 3}',
            b'{"entry": [3]}',
            b'{"entry": [{"changes": [null]}]}',
            b"[" * 100_000,
        ],
    )
    def test_says_of_nonsense_that_it_is_unreadable(self, body):
        assert all(isinstance(each, events.Unreadable) for each in events.parse(body))

    @pytest.mark.parametrize("stamp", ["", "-5", "9" * 40, "²", "1.5", None, True, [], {}])
    def test_an_impossible_time_is_unreadable(self, stamp):
        document = json.loads((SAMPLES / "in-01-text.json").read_text())
        document["entry"][0]["changes"][0]["value"]["messages"][0]["timestamp"] = stamp
        assert isinstance(events.parse(json.dumps(document).encode())[0], events.Unreadable)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda each: (
                st.lists(each)
                | st.dictionaries(
                    st.text()
                    | st.sampled_from(
                        ["type", "id", "from", "timestamp", "text", "body", "image", "context"]
                    ),
                    each,
                )
            ),
        )
    )
    def test_never_raises_whatever_stands_in_a_message(self, odd):
        for place in ("messages", "statuses", "contacts", "errors"):
            value = {
                "metadata": {},
                "messages": [{"id": "w", "from": "1", "timestamp": "1", "type": "text", "text": odd}],
                place: odd,
            }
            body = {"entry": [{"changes": [{"field": "messages", "value": value}]}]}
            assert isinstance(events.parse(json.dumps(body).encode()), list)
            events.parse(
                json.dumps(
                    {"entry": [{"changes": [{"field": "messages", "value": {place: [odd]}}]}]}
                ).encode()
            )


class TestWindow:
    @pytest.mark.parametrize(
        ("minutes", "is_open"),
        [(0, True), (24 * 60 - 3, True), (24 * 60 - 2, False), (24 * 60, False), (99999, False)],
    )
    def test_closes_two_minutes_before_the_day_is_over(self, minutes, is_open):
        assert whatsapp.window(AT, AT + dt.timedelta(minutes=minutes)).open is is_open

    def test_of_somebody_who_never_wrote_is_closed(self):
        assert whatsapp.window(None, AT) == whatsapp.Window(
            open=False, closes_at=None, last_inbound_at=None, seconds_left=0
        )


class TestTexts:
    @pytest.mark.parametrize("value", ["", "  ", "a\nb", "a\tb", "a     b"])
    def test_a_value_that_meta_refuses_is_named(self, value):
        assert whatsapp.parameter_problem(value)

    @given(st.text())
    def test_any_text_can_be_made_a_value(self, value):
        fit = whatsapp.as_parameter(value)
        assert not whatsapp.parameter_problem(fit) or not fit

    def test_names_all_that_is_missing(self):
        with pytest.raises(Invalid) as refused:
            whatsapp.render("{{uno}} y {{ dos }} y {{uno}}", {})
        assert [each.field for each in refused.value.errors] == ["uno", "dos"]

    def test_a_value_with_braces_stays_a_value(self):
        assert whatsapp.render("{{a}} {{b}}", {"a": "{{b}}", "b": "x"}) == "{{b}} x"

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "{{1}} hola",
            "hola {{1}}",
            "hola {{1}} {{2}} fin",
            "hola {{1}} fin",
            "x" * 1100 + " {{1}} y {{2}} z",
        ],
    )
    def test_a_template_that_meta_refuses_is_named(self, body):
        assert whatsapp.check_template_body(body, ["a", "b"])

    @pytest.mark.parametrize(
        ("text", "titles", "has_file"),
        [
            ("", [], False),
            ("x" * 4097, [], False),
            ("x" * 1025, ["a"], False),
            ("x", ["a"] * 2, False),
            ("x", list("abcd"), False),
            ("x", ["y" * 21], False),
            ("x", ["a"], True),
        ],
    )
    def test_a_message_that_meta_refuses_is_named(self, text, titles, has_file):
        assert whatsapp.check_message(
            text=text, button_titles=titles, button_payloads=titles, has_file=has_file
        )

    def test_four_thousand_characters_are_one_message(self):
        assert (
            whatsapp.check_message(text="x" * 4096, button_titles=[], button_payloads=[], has_file=False)
            == []
        )


class TestErrors:
    @pytest.mark.parametrize(
        ("code", "reaction"),
        [
            (190, Reaction.STOP_CHANNEL),
            (0, Reaction.STOP_CHANNEL),
            (203, Reaction.STOP_CHANNEL),
            (368, Reaction.STOP_CHANNEL),
            (100, Reaction.PERMANENT),
            (130429, Reaction.SLOW_CHANNEL),
            (131056, Reaction.SLOW_RECIPIENT),
            (131048, Reaction.PAUSE_CHANNEL),
            (131016, Reaction.RETRY),
            (131026, Reaction.UNREACHABLE),
            (131047, Reaction.WINDOW_CLOSED),
            (131049, Reaction.OTHER_CHANNEL),
            (132000, Reaction.PERMANENT),
            (132001, Reaction.BLOCK_TEMPLATE),
        ],
    )
    def test_each_code_has_its_reaction(self, code, reaction):
        assert whatsapp_errors.meaning_of(str(code)).reaction is reaction

    @pytest.mark.parametrize(
        ("status", "reaction"),
        [
            (429, Reaction.SLOW_CHANNEL),
            (503, Reaction.RETRY),
            (401, Reaction.STOP_CHANNEL),
            (400, Reaction.PERMANENT),
        ],
    )
    def test_an_unknown_code_is_judged_by_the_http_status(self, status, reaction):
        assert whatsapp_errors.meaning_of(999999, http_status=status).reaction is reaction

    def test_every_meaning_speaks_and_helps(self):
        for meaning in whatsapp_errors._BY_CODE.values():
            assert meaning.reason.endswith(".")
            assert meaning.remedy


class TestMedia:
    @pytest.mark.parametrize(
        ("content_type", "kind"),
        [
            ("image/jpeg", "image"),
            ("image/svg+xml", "document"),
            ("audio/ogg; codecs=opus", "audio"),
            ("application/pdf", "document"),
        ],
    )
    def test_each_type_travels_in_its_way(self, content_type, kind):
        assert whatsapp.media_kind(content_type) == kind
