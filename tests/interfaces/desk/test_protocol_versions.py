"""The protocols of A.2 written anew on a screen."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from mayorista.apps.faults.models import ProtocolCheck
from mayorista.apps.procedure.models import JournalEntry, Protocol

PAGE = "/protocolos/REMOTO/publicar/"


@pytest.fixture
def said(visit):
    """What the form sends when nothing was changed yet."""
    form = visit("gerente").get(PAGE).context["form"]
    return {name: form[name].value() or "" for name in form.fields if name != "file"}


class TestANewVersion:
    def test_is_published_and_the_old_one_stays_readable(self, said, visit, world):
        said |= {
            "body": "Texto nuevo del trabajo remoto.",
            "reason": "acta 12",
            "question-4": "¿Se cerró el ticket?",
        }
        said |= {"kind-4": "text", "place-4": "0", "question-2": ""}
        answer = visit("gerente").post(PAGE, said, follow=True)
        assert answer.status_code == 200
        now = Protocol.objects.get(code="REMOTO", version=2)
        assert [(each["code"], each["kind"]) for each in now.checklist] == [
            ("P1", "text"),
            ("REMOTE", "check"),
            ("CLEAN", "check"),
        ]
        assert now.changed_by == world.users["gerente"]
        html = answer.content.decode()
        assert "acta 12" in html
        assert world.users["gerente"].full_name in html
        old = visit("noc").get("/protocolos/REMOTO/version/1/").content.decode()
        assert "registra la sesión remota" in old
        assert "ya no rige" in old
        line = JournalEntry.objects.get(dossier__number="FIJO-PROTOCOLS")
        assert (line.step, line.payload["version"], line.user) == ("A.2", 2, world.users["gerente"])

    def test_rules_from_then_on_and_what_was_answered_keeps_its_version(self, said, visit, world):
        world.isp("VALLE FIBRA S.R.L.", "TIP-0141")
        world.alarm(service="TIP-0141")
        fault = world.fault()
        world.protocols(fault)
        before = list(ProtocolCheck.objects.values_list("protocol__code", "protocol__version"))
        visit("gerente").post(PAGE, said | {"body": "Otro texto.", "reason": "x"})
        assert list(ProtocolCheck.objects.values_list("protocol__code", "protocol__version")) == before
        assert "Otro texto." in visit("noc").get("/protocolos/").content.decode()

    def test_takes_the_official_text_as_a_file_and_keeps_it(self, said, visit):
        paper = SimpleUploadedFile("remoto.pdf", b"%PDF-1.7 x", "application/pdf")
        visit("gerente").post(PAGE, said | {"reason": "se adjunta", "file": paper})
        now = Protocol.objects.get(code="REMOTO", version=2)
        assert now.file.name == "remoto.pdf"
        visit("gerente").post(PAGE, said | {"version": "2", "body": "Más claro.", "reason": "redacción"})
        assert Protocol.objects.get(code="REMOTO", version=3).file == now.file

    def test_written_meanwhile_by_another_shows_both_and_then_overwrites_knowingly(self, said, visit):
        visit("admin").post(PAGE, said | {"body": "Lo del administrador.", "reason": "x"})
        answer = visit("gerente").post(PAGE, said | {"body": "Lo del gerente.", "reason": "y"})
        html = answer.content.decode()
        assert answer.status_code == 409
        assert "Lo del administrador." in html
        assert "Lo del gerente." in html
        assert Protocol.objects.filter(code="REMOTO").count() == 2
        again = visit("gerente").post(PAGE, said | {"body": "Lo del gerente.", "reason": "y", "version": "2"})
        assert again.status_code == 302
        assert Protocol.objects.get(code="REMOTO", version=3).body == "Lo del gerente."

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"body": ""}, "Falta este dato."),
            ({"title": "x" * 201}, "200"),
            ({"reason": "  "}, "Falta este dato."),
            ({"body": "x" * 20_001}, "20000"),
            ({"question-1": "", "question-2": "", "question-3": ""}, "lista de verificación está vacía"),
            ({"question-1": "Igual", "question-2": "igual"}, "preguntas repetidas"),
            ({"question-1": "q" * 301}, "300"),
            ({"kind-1": "script"}, "Elija una opción de la lista."),
            ({"place-1": "9" * 30}, "99"),
            ({}, "No cambió nada."),
        ],
    )
    def test_is_refused_in_words_and_what_was_typed_stays(self, said, visit, wrong, words):
        answer = visit("gerente").post(PAGE, {**said, "reason": "un motivo <b>claro</b>", **wrong})
        html = answer.content.decode()
        assert answer.status_code == 422
        assert words in html
        assert "reason" in wrong or "un motivo &lt;b&gt;claro&lt;/b&gt;" in html
        assert Protocol.objects.filter(code="REMOTO").count() == 1

    def test_of_an_unknown_protocol_or_version_does_not_exist(self, visit, world):
        assert visit("gerente").get("/protocolos/NADA/publicar/").status_code == 404
        assert visit("gerente").get("/protocolos/REMOTO/version/99999999999/").status_code == 404

    def test_is_asked_in_the_next_case(self, said, visit, world):
        visit("gerente").post(
            PAGE, said | {"question-4": "¿Quién autorizó?", "kind-4": "text", "reason": "x"}
        )
        world.isp("VALLE FIBRA S.R.L.", "TIP-0141")
        world.alarm(service="TIP-0141")
        number = world.fault().dossier.number
        assert (
            "¿Quién autorizó?"
            in visit("noc").get(f"/danos/{number}/protocolos/", follow=True).content.decode()
        )
