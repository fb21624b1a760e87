"""The texts of the house and the WhatsApp templates on their screens."""

from __future__ import annotations

import pytest

from mayorista.apps.messaging import queries
from mayorista.apps.messaging.models import MessageTemplate
from mayorista.apps.procedure.models import JournalEntry
from mayorista.rules.ports import messages as port

MAIL = "/administracion/textos/cierre_falla_correo/"
TEMPLATE = "/administracion/textos/retomar_atencion/"
QUICK = "/administracion/textos/rr_confirmar/"


def said(visit, path: str) -> dict:
    form = visit("gerente").get(path).context["form"]
    return {name: form[name].value() for name in form.fields}


def state(code: str, approval: str, reason: str = "") -> None:
    MessageTemplate.objects.filter(code=code).update(approval=approval, approval_reason=reason)


class TestTheList:
    def test_shows_every_text_and_the_state_of_each_template_with_its_reason(self, world, visit):
        state("retomar_atencion", "REJECTED", "INVALID_FORMAT")
        state("aviso_cierre_falla", "PENDING")
        html = visit("gerente").get("/administracion/textos/").content.decode()
        for each in queries.text_list():
            assert f"/administracion/textos/{each.code}/" in html
        assert "rechazada" in html
        assert "INVALID_FORMAT" in html
        assert "en revisión de Meta" in html
        assert "ninguna se puede enviar" in html

    def test_is_of_who_edits_the_procedure(self, world, visit):
        assert visit("noc").get("/administracion/textos/").status_code == 403
        assert "/administracion/textos/" in visit("gerente").get("/administracion/").content.decode()


class TestAText:
    def test_shows_its_parameters_an_example_and_what_it_was(self, world, visit):
        html = visit("gerente").get(MAIL).content.decode()
        assert "{{causa_cliente}}" in html
        assert "Caso DANO-2026-000148 – VALLE FIBRA S.R.L." in html
        assert "versión 1" in html

    def test_is_written_anew_and_used_at_once_and_the_old_version_stays(self, world, visit):
        form = said(visit, MAIL)
        answer = visit("gerente").post(
            MAIL, form | {"subject": "Listo: {{caso}}", "body": "Señores {{cliente}}:\r\nlisto."}, follow=True
        )
        html = answer.content.decode()
        assert "Versión 2 guardada" in html
        assert "Presente.-" in html  # version 1 in the history
        assert queries.text("cierre_falla_correo").usable_version == 2
        assert queries.text("cierre_falla_correo").body == "Señores {{cliente}}:\nlisto."
        line = JournalEntry.objects.filter(dossier__number="FIJO-TEXTS").latest("pk")
        assert line.user == world.users["gerente"]

    def test_is_tried_with_examples_and_nothing_is_saved(self, world, visit):
        form = said(visit, QUICK)
        answer = visit("gerente").post(QUICK, form | {"body": "Hola, caso {{caso}}.", "probar": "1"})
        html = answer.content.decode()
        assert answer.status_code == 200
        assert "Hola, caso DANO-2026-000148." in html
        assert "Hola, caso {{caso}}." in html
        assert "sin guardar" in html
        assert queries.text("rr_confirmar").version == 1

    def test_sent_unchanged_makes_no_version(self, world, visit):
        visit("gerente").post(MAIL, said(visit, MAIL))
        assert queries.text("cierre_falla_correo").version == 1

    def test_written_meanwhile_by_another_shows_both_and_then_overwrites_knowingly(self, world, visit):
        form = said(visit, QUICK)
        visit("admin").post(QUICK, form | {"body": "Lo de otro {{caso}}"})
        answer = visit("gerente").post(QUICK, form | {"body": "Lo mío {{caso}}"})
        html = answer.content.decode()
        assert answer.status_code == 409
        assert "Lo de otro {{caso}}" in html
        assert "Lo mío {{caso}}" in html
        assert queries.text("rr_confirmar").version == 2
        visit("gerente").post(QUICK, form | {"body": "Lo mío {{caso}}", "version": "2"})
        assert queries.text("rr_confirmar").body == "Lo mío {{caso}}"

    @pytest.mark.parametrize("trying", [{}, {"probar": "1"}])
    @pytest.mark.parametrize(
        ("path", "wrong", "words"),
        [
            (MAIL, {"body": ""}, "Falta este dato."),
            (MAIL, {"body": "   "}, "El texto está vacío."),
            (MAIL, {"body": "Hola {{nadie}}"}, "No hay dato para «{{nadie}}»."),
            (MAIL, {"body": "Hola {{caso"}, "Hay llaves sin cerrar."),
            (MAIL, {"subject": "Caso {{otro}}"}, "No hay dato para «{{otro}}»."),
            (MAIL, {"subject": "Caso\nBcc: x@y.example"}, "saltos de línea"),
            (MAIL, {"subject": "x" * 301}, "300"),
            (MAIL, {"body": "x" * 20_001}, "20000"),
            (QUICK, {"body": "x" * 4_097}, "Acórtelo a 4096."),
            (TEMPLATE, {"body": "Sin variables."}, "Use {{1}} {{2}}."),
            (TEMPLATE, {"body": "{{1}} va con {{2}} fin"}, "Empiece y termine con palabras."),
            (TEMPLATE, {"body": "Va {{1}} {{2}} fin"}, "Ponga palabras entre ellas."),
            (TEMPLATE, {"body": "x" * 1_100 + " {{1}} y {{2}} fin"}, "Acórtelo a 1024."),
        ],
    )
    def test_is_refused_in_words_at_the_field_and_what_was_typed_stays(
        self, world, visit, path, wrong, words, trying
    ):
        answer = visit("gerente").post(path, said(visit, path) | wrong | trying)
        html = answer.content.decode()
        assert answer.status_code == 422
        field = next(iter(wrong))
        assert any(words in each for each in answer.context["form"].errors[field]), answer.context[
            "form"
        ].errors
        assert wrong[field][:50].strip() in html.replace("&#x27;", "'")
        assert MessageTemplate.objects.filter(version=2).count() == 0

    def test_that_does_not_exist_is_not_found(self, world, visit):
        assert visit("gerente").get("/administracion/textos/nada/").status_code == 404

    def test_holds_no_markup_of_who_writes_it(self, world, visit):
        form = said(visit, QUICK)
        html = visit("gerente").post(QUICK, form | {"body": "<script>x</script> {{caso}}"}, follow=True)
        assert "<script>x" not in html.content.decode()


class TestATemplate:
    def test_waits_for_meta_and_is_handed_in_from_the_list(self, world, visit, channels):
        form = said(visit, TEMPLATE)
        visit("gerente").post(TEMPLATE, form | {"body": form["body"].replace("información", "novedades")})
        html = visit("gerente").get("/administracion/textos/").content.decode()
        assert "Enviar 1 borrador a Meta" in html
        assert "se envía la 1" in html
        drafts = []
        channels.whatsapp.submit_template = lambda draft: drafts.append(draft) or "PENDING"
        answer = visit("gerente").post("/administracion/textos/enviar/", follow=True)
        assert "1 plantilla enviada a Meta." in answer.content.decode()
        assert [(draft.name, draft.examples) for draft in drafts] == [
            ("retomar_atencion", ("VALLE FIBRA S.R.L.", "DANO-2026-000148"))
        ]
        assert "en revisión de Meta" in visit("gerente").get(TEMPLATE).content.decode()

    def test_that_whatsapp_refuses_says_why_and_the_others_stay_handed_in(self, world, visit, channels):
        for path in (TEMPLATE, "/administracion/textos/reclamo_registrado/"):
            form = said(visit, path)
            visit("gerente").post(path, form | {"body": form["body"].replace("Estimado", "Apreciado")})

        def take(draft):
            if draft.name == "retomar_atencion":
                raise port.PermanentRefusal("Invalid parameter", code="100")
            return "PENDING"

        channels.whatsapp.submit_template = take
        answer = visit("gerente").post("/administracion/textos/enviar/")
        assert answer.status_code == 409
        assert "Invalid parameter" in answer.content.decode()
        assert queries.text("reclamo_registrado").approval == "PENDING"
        assert queries.text("retomar_atencion").approval == "DRAFT"
        assert JournalEntry.objects.filter(
            text__contains="enviadas a aprobación: reclamo_registrado"
        ).exists()
