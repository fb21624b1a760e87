"""Forms of a case that somebody else overtook, and the second analysis that the first author can not make."""

from __future__ import annotations

import pytest

from mayorista.apps.faults.models import Diagnosis, Dispute, Fault
from mayorista.apps.faults.operations import analysis
from mayorista.apps.overview.queries import case as case_queries

MINE = {
    "attribution": "EXTERNAL",
    "cause_code": "E-FIB",
    "reason": "mi razón",
    "evidence": "mi evidencia",
    "severity": "2",
    "element": "mi tramo",
    "impact": "mi impacto",
}


@pytest.fixture
def fault(world):
    world.isp("VALLE FIBRA S.R.L.", "TIP-0141")
    world.alarm(service="TIP-0141")
    return Fault.objects.get()


def version(world, number: str) -> str:
    return case_queries.case_page(number=number, at=world.at).head.fault_version


class TestStale:
    def test_diagnosis_shows_both_versions_of_every_field_and_keeps_what_was_typed(self, world, fault, visit):
        number = fault.dossier.number
        url, old = f"/danos/{number}/diagnosticar/", version(world, number)
        world.diagnose(fault, "INTERNAL", "I-EQP")
        theirs = Diagnosis.objects.get()
        answer = visit("colega").post(url, MINE | {"version": old})
        html = answer.content.decode()
        assert answer.status_code == 409
        shown = {name: (mine, now) for name, mine, now in answer.context["versions"]}
        assert shown["¿De quién es la falla?"] == ("Externo (red contratada)", "Interno")
        assert shown["Causa (preliminar)"][0].startswith("E-FIB")
        assert shown["Causa (preliminar)"][1].startswith("I-EQP")
        assert shown["Qué se observó"] == ("mi razón", theirs.reason)
        assert shown["Evidencia"] == ("mi evidencia", theirs.evidence or "—")
        assert shown["Severidad"] == ("Degradación o intermitencia", "Caída total")
        assert shown["Tramo o elemento afectado"][0] == "mi tramo"
        assert shown["Impacto"][0] == "mi impacto"
        assert "Lo que pasó mientras tanto" in html
        assert html.count("mi evidencia") == 2  # beside theirs, and still in its field
        assert Diagnosis.objects.count() == 1
        again = visit("colega").post(url, MINE | {"version": answer.context["form"]["version"].value()})
        assert (again.status_code, Diagnosis.objects.latest("pk").reason) == (302, "mi razón")

    def test_every_form_with_fields_of_the_case_says_so(self, world, fault, visit):
        number = fault.dossier.number
        old = version(world, number)
        world.diagnose(fault, "EXTERNAL", "E-FIB")
        outage = case_queries.case_page(number=number, at=world.at).outages[0].id
        for slug, said in {
            "entregar": {"note": "mi nota"},
            "avance": {"text": "mi avance"},
            "objetar": {"words": "mis palabras"},
            "restablecer": {"restored_at": "ahora", "outage_ids": [outage], "note": "mi nota"},
        }.items():
            answer = visit("soporte" if slug in {"entregar", "objetar"} else "noc").post(
                f"/danos/{number}/{slug}/", said | {"version": old}
            )
            assert answer.status_code == 409, slug
            typed = {name: mine for name, mine, _now in answer.context["versions"]}
            assert set(said.values() if slug != "restablecer" else ["mi nota", "ahora"]) <= set(
                typed.values()
            )
            assert answer.context["meanwhile"], slug

    def test_part_of_the_form_that_somebody_sent_meanwhile_is_shown_and_not_lost(self, world, fault, visit):
        world.diagnose(fault, "INTERNAL", "I-EQP")
        world.coordinate(fault)
        number = fault.dossier.number
        sent = {
            "opening-version": version(world, number),
            "opening-element": "mi tramo",
            "opening-impact": "sí",
        }
        world.open_dac(fault)
        answer = visit("noc").post(f"/danos/{number}/dac/", sent)
        assert answer.status_code == 409
        assert "mi tramo" in {mine for _name, mine, _now in answer.context["versions"]}
        assert "Otra persona ya envió esa parte" in answer.content.decode()


class TestSecondAnalysis:
    @pytest.fixture
    def disputed(self, world, fault):
        world.diagnose(fault, "CUSTOMER", "C-CFG")
        analysis.dispute(fault_id=fault.pk, words="no es así", actor=world.actor("soporte"), at=world.at)
        return fault.dossier.number

    def test_is_no_act_of_the_first_author_who_is_told_who_may(self, world, disputed, visit):
        page, act = f"/danos/{disputed}/", f"/danos/{disputed}/segunda-opinion/"
        first, other = (world.users[name] for name in ("soporte", "colega"))
        html = visit("soporte").get(page).content.decode()
        assert "/segunda-opinion/" not in html
        assert f"lo hace otra persona que {first.full_name}" in html
        assert other.full_name in html.partition("Pueden hacerlo:")[2][:200]
        told = visit("soporte").get(act).content.decode()
        assert "lo hace otra persona" in told
        assert 'name="reason"' not in told

    def test_is_the_main_act_of_a_colleague(self, disputed, visit):
        page, act = f"/danos/{disputed}/", f"/danos/{disputed}/segunda-opinion/"
        shown = visit("colega").get(page)
        html = shown.content.decode()
        assert shown.context["next"].url.endswith("/segunda-opinion/")
        assert "Pueden hacerlo" not in html
        answer = visit("colega").post(
            act, {"attribution": "INTERNAL", "cause_code": "I-BGP", "reason": "filtro nuestro"}
        )
        assert answer.status_code == 302
        assert Dispute.objects.get().second_diagnosis is not None
