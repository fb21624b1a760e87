"""The Cloud API client against a server that obeys the published protocol."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mayorista.adapters.whatsapp.cloud import CloudApi, CloudConfig, hash_fits, message_body
from mayorista.rules.ports import messages as port
from tests import standin

SAMPLES = Path(__file__).parents[2] / "fixtures" / "whatsapp"


def message(**changes):
    return port.OutgoingWhatsApp(**{"reference": "msg:1", "to": "59170000001", "text": "Hola", **changes})


def sample(name):
    return json.loads((SAMPLES / name).read_text())


class TestMessageBody:
    def test_is_what_the_documentation_shows_for_text(self):
        wanted = sample("out-01-send-text.request.json")
        assert message_body(message(text=wanted["text"]["body"])) == wanted

    def test_is_what_the_documentation_shows_for_a_template(self):
        wanted = sample("out-03-send-template-utility.request.json")
        values = tuple(each["text"] for each in wanted["template"]["components"][0]["parameters"])
        made = message_body(
            message(
                template="aviso_apertura_falla",
                parameters=values,
                buttons=(port.ReplyButton("acuse:DAC-2026-000045", "Recibido"),),
            )
        )
        assert made.pop("biz_opaque_callback_data") == "msg:1"
        assert made == wanted

    def test_is_what_the_documentation_shows_for_a_document(self):
        wanted = sample("out-04-send-document-by-id.request.json")
        file = port.Attachment(wanted["document"]["filename"], "application/pdf", b"")
        made = message_body(message(text="Informe de cierre", attachment=file), "300000000000009")
        assert made.pop("biz_opaque_callback_data") == "msg:1"
        assert made == wanted

    def test_is_what_the_documentation_shows_for_buttons(self):
        wanted = sample("out-05-send-interactive-buttons.request.json")
        buttons = tuple(
            port.ReplyButton(each["reply"]["id"], each["reply"]["title"])
            for each in wanted["interactive"]["action"]["buttons"]
        )
        made = message_body(message(text=wanted["interactive"]["body"]["text"], buttons=buttons))
        assert made.pop("biz_opaque_callback_data") == "msg:1"
        assert made == wanted

    def test_names_a_person_without_number_as_recipient(self):
        wanted = sample("out-09-send-by-bsuid.request.json")
        made = message_body(message(to="", recipient=wanted["recipient"]))
        assert made.pop("biz_opaque_callback_data") == "msg:1"
        wanted["text"]["preview_url"] = False
        assert made == wanted

    def test_quotes_what_it_answers(self):
        assert message_body(message(reply_to="wamid.X"))["context"] == {"message_id": "wamid.X"}


class TestSend:
    def test_returns_the_providers_id_and_carries_our_reference(self, exterior):
        wamid = exterior.whatsapp().send(message(reference="msg:abc"))
        assert (
            exterior.rows("SELECT reference, text FROM message WHERE wamid = ?", wamid)[0]["reference"]
            == "msg:abc"
        )

    def test_uploads_a_file_before_it_sends_it(self, exterior):
        wamid = exterior.whatsapp().send(
            message(
                text="Informe",
                attachment=port.Attachment("acta ñ.pdf", "application/pdf", b"%PDF-1.7 x" * 1000),
            )
        )
        kept = exterior.rows(
            "SELECT d.name, d.content FROM message m JOIN media d ON d.id = m.media WHERE wamid = ?", wamid
        )[0]
        assert (kept["name"], kept["content"]) == ("acta ñ.pdf", b"%PDF-1.7 x" * 1000)

    def test_refuses_a_file_that_is_too_large_before_it_leaves(self, exterior):
        with pytest.raises(port.PermanentRefusal, match="5 MB"):
            exterior.whatsapp().send(
                message(attachment=port.Attachment("x.jpg", "image/jpeg", b"x" * (5 * 2**20 + 1)))
            )

    def test_sends_a_shipped_template_with_its_buttons(self, exterior):
        values = ("VALLE FIBRA", "DANO-2026-000148")
        buttons = (
            port.ReplyButton("conformidad:DANO-2026-000148:si", "Sí, restablecido"),
            port.ReplyButton("conformidad:DANO-2026-000148:no", "Aún con falla"),
        )
        wamid = exterior.whatsapp().send(
            message(template="confirmar_restablecimiento", parameters=values, buttons=buttons)
        )
        row = exterior.rows("SELECT text, buttons FROM message WHERE wamid = ?", wamid)[0]
        assert "VALLE FIBRA" in row["text"]
        assert json.loads(row["buttons"])[1] == ["conformidad:DANO-2026-000148:no", "Aún con falla"]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"template": "no_existe"}, "132001"),
            ({"template": "retomar_atencion", "parameters": ("uno",)}, "132000"),
            ({"template": "retomar_atencion", "parameters": ("uno\ndos", "tres")}, "132018"),
            ({"text": "x" * 5000}, "131009"),
        ],
    )
    def test_tells_what_will_never_go(self, exterior, changes, code):
        with pytest.raises(port.PermanentRefusal) as refused:
            exterior.whatsapp().send(message(**changes))
        assert refused.value.code == code

    def test_an_expired_token_stops_the_channel(self, exterior):
        with pytest.raises(port.ChannelStopped) as stopped:
            exterior.whatsapp(token="viejo").send(message())
        assert stopped.value.code == "190"

    def test_without_number_or_token_nothing_leaves(self, exterior):
        channel = CloudApi(CloudConfig(f"{exterior.base_url}/v25.0", "", "", ""))
        assert not channel.configured
        with pytest.raises(port.ChannelStopped, match="configurado"):
            channel.send(message())

    @pytest.mark.parametrize("fault", ["w-130429", "w-131056", "w-131016"])
    def test_what_may_go_later_is_temporary(self, exterior, fault):
        exterior.settings(falla=fault, veces=1)
        with pytest.raises(port.TemporaryRefusal) as refused:
            exterior.whatsapp().send(message())
        assert refused.value.code == fault.removeprefix("w-")

    @pytest.mark.parametrize(("fault", "arrived"), [("w-cut-before", 0), ("w-cut-after", 1)])
    def test_an_answer_that_never_came_is_uncertain_whether_it_arrived_or_not(self, exterior, fault, arrived):
        before = exterior.rows("SELECT count(*) AS n FROM message")[0]["n"]
        exterior.settings(falla=fault, veces=1)
        with pytest.raises(port.UncertainOutcome):
            exterior.whatsapp().send(message())
        assert exterior.rows("SELECT count(*) AS n FROM message")[0]["n"] == before + arrived

    def test_nobody_at_the_address_is_temporary(self):
        config = CloudConfig(f"http://127.0.0.1:{standin.free_port()}/v25.0", "1", "2", "t")
        with closing(CloudApi(config)) as channel, pytest.raises(port.TemporaryRefusal) as refused:
            channel.send(message())
        assert refused.value.code == "connect"

    @pytest.mark.parametrize(
        ("answer", "problem"),
        [
            (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", port.UncertainOutcome),
            (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", port.TemporaryRefusal),
            (b"HTTP/1.1 429 Too Many\r\nRetry-After: 77\r\nContent-Length: 0\r\n\r\n", port.TemporaryRefusal),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", port.UncertainOutcome),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", port.UncertainOutcome),
            (b"", port.UncertainOutcome),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{", port.UncertainOutcome),
        ],
    )
    def test_odd_answers_are_judged_by_whether_anything_may_have_been_taken(self, answer, problem):
        with (
            _Crooked(answer) as crooked,
            closing(crooked.channel()) as channel,
            pytest.raises(problem) as raised,
        ):
            channel.send(message())
        if b"Retry-After" in answer:
            assert raised.value.retry_after == 77

    def test_the_pair_limit_is_that_of_the_documentation(self, exterior):
        exterior.settings(pair_limit=1)
        channel = exterior.whatsapp()
        for _turn in range(45):
            channel.send(message(to="59179999999"))
        with pytest.raises(port.TemporaryRefusal) as refused:
            channel.send(message(to="59179999999"))
        assert refused.value.code == "131056"


class TestDownload:
    def test_fetches_what_a_person_sent(self, exterior):
        content = b"%PDF-1.7 comprobante" * 500
        media_id = _person_sends(exterior, content)
        fetched = exterior.whatsapp().download(
            media_id, sha256=base64.b64encode(hashlib.sha256(content).digest()).decode()
        )
        assert (fetched.content, fetched.declared_type) == (content, "application/pdf")

    def test_does_not_take_other_bytes_than_were_announced(self, exterior):
        media_id = _person_sends(exterior, b"%PDF-1.7 x")
        with pytest.raises(port.TemporaryRefusal) as refused:
            exterior.whatsapp().download(media_id, sha256=base64.b64encode(b"x" * 32).decode())
        assert refused.value.code == "sha256"

    def test_says_when_there_is_no_such_file(self, exterior):
        with pytest.raises(port.PermanentRefusal):
            exterior.whatsapp().download("123456")

    @pytest.mark.parametrize(
        ("expected", "fits"),
        [
            ("", True),
            ("demo", True),
            (hashlib.sha256(b"x").hexdigest(), True),
            (hashlib.sha256(b"y").hexdigest(), False),
        ],
    )
    def test_compares_hashes_in_hex_and_base64(self, expected, fits):
        assert hash_fits(b"x", expected) is fits

    def test_does_not_carry_the_token_to_another_machine(self):
        about = json.dumps({"url": "http://attacker.example/x", "mime_type": "text/plain"}).encode()
        answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
            len(about),
            about,
        )
        with (
            _Crooked(answer) as crooked,
            closing(crooked.channel()) as channel,
            pytest.raises(port.PermanentRefusal),
        ):
            channel.download("5")


class TestRest:
    def test_a_check_tells_a_live_channel_from_a_dead_one(self, exterior):
        exterior.whatsapp().check()
        with pytest.raises(port.ChannelStopped):
            exterior.whatsapp(token="viejo").check()

    def test_marks_a_message_as_read(self, exterior):
        exterior.post("/whatsapp/nuevo", numero="70000055", nombre="X", texto="hola")
        wamid = exterior.rows("SELECT wamid FROM message WHERE ours = 1 AND wa_id = '59170000055'")[0][
            "wamid"
        ]
        exterior.whatsapp().mark_read(wamid)
        assert exterior.rows("SELECT status FROM message WHERE wamid = ?", wamid)[0]["status"] == "read"

    def test_hands_in_a_template_and_learns_its_state(self, exterior):
        channel = exterior.whatsapp()
        draft = port.TemplateDraft(
            "prueba_nueva", "es", "UTILITY", "Hola {{1}}, todo bien.", ("cliente",), ("Sí",)
        )
        assert channel.submit_template(draft) == "PENDING"
        states = {each.name: each.status for each in channel.templates()}
        assert states["prueba_nueva"] == "APPROVED"
        assert states["aviso_cierre_falla"] == "APPROVED"

    def test_a_known_template_is_edited_by_its_id_not_created_again(self, exterior):
        channel = exterior.whatsapp()
        draft = port.TemplateDraft("prueba_editada", "es", "UTILITY", "Hola {{1}}, todo bien.", ("cliente",))
        channel.submit_template(draft)
        with pytest.raises(port.PermanentRefusal):
            channel.submit_template(replace(draft, body="Hola {{1}}, ya está."))
        (known,) = [each.id for each in channel.templates() if each.name == draft.name]
        edited = replace(draft, body="Hola {{1}}, ya está.", known_id=known)
        assert channel.submit_template(edited) == "PENDING"
        (row,) = exterior.rows("SELECT body FROM template WHERE name = 'prueba_editada'")
        assert row["body"] == "Hola {{1}}, ya está."

    def test_is_lean(self, exterior):
        status = Path(f"/proc/{exterior.process.pid}/status").read_text()
        rss = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))
        assert rss < 60_000, "the stand-in was to stay under 40 MB when idle"


def _person_sends(exterior, content):
    import httpx

    files = {"archivo": ("comprobante.pdf", content, "application/pdf")}
    httpx.post(f"{exterior.base_url}/whatsapp/59170000001/enviar", data={"texto": "Pago"}, files=files)
    return exterior.rows("SELECT media FROM message WHERE ours = 1 AND media <> '' ORDER BY id DESC")[0][
        "media"
    ]


class _Crooked:
    """A server that reads one request and answers whatever it was told to."""

    def __init__(self, answer):
        self.answer = answer
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/v25.0"

    def channel(self):
        return CloudApi(CloudConfig(self.url, "1", "2", "t"))

    def __enter__(self):
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_problem):
        self.socket.close()
        self.thread.join(5)

    def _serve(self):
        connection, _address = self.socket.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(self.answer)
