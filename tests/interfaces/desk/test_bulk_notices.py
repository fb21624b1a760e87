"""Notices in bulk that somebody overtook: nothing is sent, both versions are shown, what was typed stays."""

from __future__ import annotations

import pytest

from mayorista.apps.faults.models import Case, CustomerNotice
from mayorista.apps.faults.operations import claims


@pytest.fixture
def told(world):
    """Two ISPs of one outage whose D.A.C. is closed: their cases by the customer's name."""
    world.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014", rides_on="ORURO-TAMBO")
    world.isp("CABLE SUR DEMO", "TIP-0090", mobile="70000090", rides_on="ORURO-TAMBO")
    world.alarm(upstream="ORURO-TAMBO")
    fault = world.fault()
    world.protocols(fault)
    world.diagnose(fault, "INTERNAL", "I-ENE")
    world.coordinate(fault)
    world.open_dac(fault)
    world.restore_and_verify(fault)
    world.close_dac(fault)
    return {
        case.customer.name.split()[0]: case for case in Case.objects.select_related("customer", "dossier")
    }


def sent(visit, told) -> dict[str, object]:
    """The form as a browser sends it, with one text edited and WhatsApp left out."""
    rows = visit("gerente").get("/avisos/").context["rows"]
    said: dict[str, object] = {"case": [row.notice.case_id for row in rows], "email": "on"}
    for row in rows:
        said[f"version-{row.notice.case_id}"] = row.notice.version
        said[f"text-{row.notice.case_id}"] = row.text
    said[f"text-{told['VALLE'].pk}"] = "Estimados: mi propio texto."
    return said


class TestBulkNotices:
    def test_of_a_changed_case_shows_both_versions_and_sends_none(self, world, told, visit):
        said = sent(visit, told)
        claims.register_claim(
            channel="PHONE",
            who="Guardia",
            words="algo nuevo",
            claimed_at=world.at,
            service_ids=[world.service("TIP-0141")],
            severity=2,
            effect="PARTIAL",
            actor=world.actor("soporte"),
            at=world.at,
        )
        answer = visit("gerente").post("/avisos/", said)
        html = answer.content.decode()
        assert answer.status_code == 409
        assert not CustomerNotice.objects.exists()
        shown = {name: (mine, now) for name, mine, now in answer.context["versions"]}
        mine, now = shown[f"{told['VALLE'].dossier.number} · VALLE FIBRA S.R.L."]
        assert mine == "Estimados: mi propio texto."
        assert told["VALLE"].dossier.number in now
        assert "algo nuevo" in html
        assert html.count("mi propio texto") >= 2  # beside the other version, and still in its field
        assert not answer.context["whatsapp"]
        again = said | {f"version-{row.notice.case_id}": row.notice.version for row in answer.context["rows"]}
        assert visit("gerente").post("/avisos/", again).status_code == 302
        assert CustomerNotice.objects.get(case=told["VALLE"]).text == "Estimados: mi propio texto."

    def test_of_a_case_that_a_colleague_told_meanwhile_keeps_the_others(self, world, told, visit):
        said = sent(visit, told)
        world.tell(told["CABLE"])
        answer = visit("gerente").post("/avisos/", said)
        assert answer.status_code == 409
        assert CustomerNotice.objects.count() == 1
        shown = {name: now for name, _mine, now in answer.context["versions"]}
        assert shown[f"{told['CABLE'].dossier.number} · CABLE SUR DEMO"] == "Ya no espera este aviso."
        (left,) = answer.context["rows"]
        assert (left.text, left.chosen) == ("Estimados: mi propio texto.", True)

    def test_of_one_case_already_told_keeps_what_was_typed(self, world, told, visit):
        url = f"/danos/{told['VALLE'].dossier.number}/avisar/"
        world.tell(told["VALLE"])
        answer = visit("gerente").post(url, {"text": "mi propio texto", "email": "on"})
        assert answer.status_code == 409
        assert "mi propio texto" in answer.content.decode()

    def test_say_whom_an_edited_text_does_not_reach_by_whatsapp(self, told, visit):
        assert (
            "A 2 contactos WhatsApp les lleva la plantilla"
            in visit("gerente").get("/avisos/").content.decode()
        )

    def test_that_choose_no_channel_keep_what_was_typed(self, told, visit):
        said = sent(visit, told)
        del said["email"]
        said["case"] = [told["VALLE"].pk]
        answer = visit("gerente").post("/avisos/", said)
        assert answer.status_code == 422
        rows = {row.notice.case_id: row for row in answer.context["rows"]}
        assert rows[told["VALLE"].pk].text == "Estimados: mi propio texto."
        assert not rows[told["CABLE"].pk].chosen
