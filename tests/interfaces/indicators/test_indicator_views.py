"""The screens of the measure: who may, what they say, what they refuse."""

from __future__ import annotations

import datetime as dt
from xml.etree import ElementTree as ET

import pytest
from django.db.models import F
from django.urls import reverse

from mayorista.apps.faults.models import Case, Fault
from mayorista.apps.faults.operations import claims
from mayorista.apps.indicators.models import CriteriaVersion, Snapshot
from mayorista.apps.indicators.operations import criteria, judging, snapshots
from mayorista.apps.procedure.operations import parameters
from mayorista.interfaces.desk import urls_indicators
from mayorista.interfaces.desk.forms.indicators import initial
from mayorista.rules.indicators import criteria as rules
from mayorista.rules.periods import Month
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests import who_may
from tests.apps.indicators.test_first_indicator import solved
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
from tests.who_may import Try

SEE, EDIT, TAKE = (WHO_MAY[act] for act in (Act.VIEW, Act.EDIT_CRITERIA, Act.TAKE_SNAPSHOT))
VIEWS = {
    "indicators": Try(get=None),  # leads on to the month
    "indicator-term": Try(("2026-11",), get=SEE),
    "indicator-report": Try(("2026-11",), post=TAKE, said={"reason": "otra vez"}),
    "indicator-snapshot": Try(("SNAPSHOT",), get=SEE),
    "indicator-case": Try(("CASE",), get=SEE),
    "indicator-journal": Try(("2026-11",), get=SEE),
    "criteria": Try(get=SEE),
    "criteria-propose": Try(get=EDIT, post=EDIT),
    "criteria-set": Try(("DRAFT",), get=SEE, post=EDIT),
    "criteria-withdraw": Try(("DRAFT",), post=EDIT),
    "process": Try(get=SEE),
    "process-step": Try(("A.3",), get=SEE),
    "process-bpmn": Try(get=SEE),
    "process-svg": Try(get=SEE),
    "process-paper": Try(get=SEE),
}
CONTENT = rules.written(rules.FIRST_SET)


@pytest.fixture
def measured(world):  # noqa: F811
    world.isp("VALLE FIBRA S.R.L.", "TIP-0141", "TIP-0142", mobile="70000014", rides_on="ORU-TAM")
    good, slow = solved(world), solved(world, "TIP-0142", hours=5)
    world.move_to(5, month=12)
    judging.judge_due(at=world.at)
    taken = snapshots.take(month=Month(2026, 11), actor=world.actor("gerente"), at=world.at)
    draft = criteria.propose(
        title="Más tiempo",
        content=CONTENT | {"repair_minutes": {"EXTERNAL": {"1": 600, "2": 700, "3": 800}}},
        reason="red contratada",
        actor=world.actor("gerente"),
        at=world.at,
    )
    world.rows = {
        "CASE": slow.dossier.number,
        "GOOD": good.dossier.number,
        "SNAPSHOT": taken.pk,
        "DRAFT": draft.pk,
    }
    return who_may.with_roles(world)


@pytest.fixture(autouse=True)
def _now(monkeypatch, request):
    """The clock of the desk stands where the world's does."""
    if "measured" in request.fixturenames:
        at = request.getfixturevalue("measured").at
        monkeypatch.setattr("mayorista.interfaces.clock.now", lambda: at)


def page(measured, name: str, role=Role.MANAGER, **asked) -> str:
    answer = who_may.client_of(measured, role).get(who_may.address(VIEWS, measured.rows, name), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_table_names_every_address():
    assert {pattern.name for pattern in urls_indicators.urlpatterns} == set(VIEWS)


def test_a_stranger_sees_nothing(measured):
    assert not who_may.wrong_for_a_stranger(VIEWS, measured.rows)


def test_a_role_does_only_what_is_its(measured):
    assert not who_may.wrong_for_any_role(measured, VIEWS, measured.rows)


class TestTheTerm:
    def test_says_the_figure_and_each_case_behind_it(self, measured):
        words = page(measured, "indicator-term")
        assert "50,00 %" in words
        assert "observado" in words
        assert "Restablecido dentro del tiempo de reparación" in words
        assert {measured.rows["CASE"], measured.rows["GOOD"]} <= set(
            words.replace("<", " ").replace(">", " ").split()
        )

    def test_narrows_to_what_was_not_efficient(self, measured):
        words = page(measured, "indicator-term", ver="no")
        assert measured.rows["CASE"] in words
        assert measured.rows["GOOD"] not in words

    def test_comes_as_a_workbook(self, measured):
        url = who_may.address(VIEWS, measured.rows, "indicator-term")
        answer = who_may.client_of(measured, Role.AUDITOR).get(url, {"formato": "xlsx"})
        assert answer.content.startswith(b"PK")

    @pytest.mark.parametrize("term", ["2026-11", "2026-T4", "2026"])
    def test_comes_on_paper(self, measured, term):
        client = who_may.client_of(measured, Role.AUDITOR)
        answer = client.get(reverse("desk:indicator-term", args=[term]), {"formato": "pdf"})
        assert answer.content.startswith(b"%PDF")
        assert f"indicadores-{term}.pdf" in answer["Content-Disposition"]

    @pytest.mark.parametrize(
        ("term", "status"), [("2026-T4", 200), ("2026", 200), ("2027-01", 422), ("2026-T9", 422)]
    )
    def test_takes_quarters_and_years_and_refuses_the_future(self, measured, term, status):
        answer = who_may.client_of(measured, Role.MANAGER).get(reverse("desk:indicator-term", args=[term]))
        assert answer.status_code == status

    def test_a_period_without_claims_says_so(self, measured):
        words = (
            who_may.client_of(measured, Role.MANAGER)
            .get(reverse("desk:indicator-term", args=["2026-10"]))
            .content.decode()
        )
        assert "Sin reclamos en el período" in words
        assert "100,00" not in words


def test_a_case_is_explained_and_agrees(measured):
    words = page(measured, "indicator-case")
    assert "Recalculado ahora desde sus registros" in words
    assert "TIP-0142: 05:" in words


def test_a_case_is_told_again_from_the_journal_and_a_changed_record_is_named(measured):
    said = page(measured, "indicator-case")
    assert "Recalculado desde la bitácora" in said
    assert "La bitácora y los registros difieren en" not in said
    Case.objects.filter(dossier__number=measured.rows["CASE"]).update(
        told_at=F("told_at") - dt.timedelta(hours=1)
    )
    assert "La bitácora y los registros difieren en: aviso de solución." in page(measured, "indicator-case")


def test_a_month_is_recomputed_from_the_journal_and_names_the_case_and_the_fact(measured):
    assert "dicen lo mismo de todos los casos" in page(measured, "indicator-journal")
    Fault.objects.update(attribution="CUSTOMER")
    said = page(measured, "indicator-journal")
    assert measured.rows["CASE"] in said
    assert "<b>atribución" in said
    assert who_may.client_of(measured, Role.AUDITOR).get("/indicadores/2027-05/bitacora/").status_code == 422


def test_a_month_is_shown_as_it_was_reported(measured):
    words = page(measured, "indicator-snapshot")
    assert Snapshot.objects.get().sha256 in words
    assert "50,00 %" in words


def test_a_case_registered_since_is_named_beside_its_month(measured):
    number = claims.register_claim(
        channel="PHONE",
        who="Ing. de guardia",
        words="el 28 no tuvimos tráfico",
        claimed_at=dt.datetime(2026, 11, 28, 15, 0, tzinfo=dt.UTC),
        service_ids=[measured.service("TIP-0141")],
        actor=measured.actor("noc"),
        at=measured.at,
    ).dossier.number
    judging.judge_due(at=measured.at)
    for name in ("indicator-term", "indicator-snapshot"):
        words = page(measured, name)
        assert "egistrados después del cierre" in words
        assert f"{reverse('desk:indicator-term', args=['2026-11'])}?ver=tarde#casos" in words
    rows = page(measured, "indicator-term", ver="tarde").partition('id="casos"')[2]
    assert number in rows
    assert measured.rows["GOOD"] not in rows


class TestCriteria:
    def test_a_proposal_shows_what_it_would_have_said(self, measured):
        words = page(measured, "criteria-set")
        november = words.partition("Qué habría dicho de noviembre")[2].partition("<section")[0]
        now, _split, then = november.partition("Con la propuesta")
        assert "50,00 %" in now
        assert "observado" in now
        assert "100,00 %" in then
        assert "aceptado" in then

    def test_a_proposal_names_each_case_that_changes_side_and_the_criterion(self, measured):
        words = page(measured, "criteria-set")
        rows = words.partition("Casos que cambian de lado")[2].partition("</table>")[0]
        assert reverse("desk:indicator-case", args=[measured.rows["CASE"]]) in rows
        assert measured.rows["GOOD"] not in rows
        assert "Restablecido dentro del tiempo de reparación" in rows
        assert "D.A.C. de apertura a tiempo" not in rows
        assert rows.index("no eficiente") < rows.rindex("eficiente")

    def test_limits_that_contradict_a_parameter_are_flagged_on_both_pages(self, measured):
        warning = "El indicador mide con un límite y el trabajo se cuenta con otro"
        assert warning not in page(measured, "criteria")
        parameters.change_parameter(
            name="dac.opening_minutes",
            value={"1": 20, "2": 30, "3": 120},
            valid_from=measured.at,
            reason="acta 9",
            actor=measured.actor("gerente"),
            at=measured.at,
        )
        client = who_may.client_of(measured, Role.MANAGER)
        pages = [
            page(measured, "criteria"),
            page(measured, "criteria-set"),
            client.get(reverse("desk:parameters")).content.decode(),
            client.get(reverse("desk:parameter", args=["dac.opening_minutes"])).content.decode(),
        ]
        said = "el criterio mide con 15 min y el parámetro dac.opening_minutes da 20 min"
        assert all(warning in words and said in words for words in pages)
        other = client.get(reverse("desk:parameter", args=["flap.minutes"])).content.decode()
        assert warning not in other

    def test_is_written_as_a_form_and_approved(self, measured):
        client = who_may.client_of(measured, Role.MANAGER)
        said = initial(CONTENT) | {
            "title": "Más exigente",
            "reason": "acta 4/2026",
            "minutes_OPENING_1": "10",
        }
        answer = client.post(reverse("desk:criteria-propose"), said)
        row = CriteriaVersion.objects.latest("number")
        assert answer["Location"] == reverse("desk:criteria-set", args=[row.pk])
        assert row.content["minutes"]["OPENING"]["1"] == 10
        answer = client.post(answer["Location"], {"valid_from": "2026-12", "version": row.version})
        row.refresh_from_db()
        assert (answer.status_code, row.state) == (302, "APPROVED")

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"minutes_OPENING_1": "45"}, "Una severidad mayor no puede tener más tiempo"),
            ({"minutes_TOLD_3": ""}, "Falta el límite de alguna severidad"),
            ({"threshold": "noventa"}, "El umbral es un porcentaje"),
            ({"lasted_hours": "-4"}, "mayor"),
            ({"repair_EXTERNAL_1": "30"}, "Falta el límite de alguna severidad"),
        ],
    )
    def test_what_contradicts_is_said_and_what_was_typed_stays(self, measured, wrong, words):
        client = who_may.client_of(measured, Role.MANAGER)
        said = initial(CONTENT) | {"title": "Más exigente", "reason": "acta 4/2026"} | wrong
        answer = client.post(reverse("desk:criteria-propose"), said)
        shown = answer.content.decode()
        assert answer.status_code == 422
        assert words in shown
        assert "Más exigente" in shown

    def test_a_month_already_reported_is_refused_at_its_field(self, measured):
        client = who_may.client_of(measured, Role.MANAGER)
        url = who_may.address(VIEWS, measured.rows, "criteria-set")
        answer = client.post(url, {"valid_from": "2026-11", "version": 1})
        assert answer.status_code == 422
        assert "ya se informó con otros criterios" in answer.content.decode()


class TestTheProcess:
    def test_is_drawn_with_what_is_open(self, measured):
        words = page(measured, "process")
        assert 'class="pm"' in words
        assert reverse("desk:process-step", args=["A.3"]) in words

    def test_is_given_away_as_bpmn_and_svg(self, measured):
        for name, root in (("process-bpmn", "definitions"), ("process-svg", "svg")):
            assert ET.fromstring(page(measured, name)).tag.endswith(root)

    def test_is_given_away_in_its_official_layout(self, measured):
        client = who_may.client_of(measured, Role.AUDITOR)
        answer = client.get(reverse("desk:process-paper"))
        assert answer.content.startswith(b"%PDF")
        assert "GC-PRC-OPE-CUM-02-rev-0.pdf" in answer["Content-Disposition"]

    def test_shows_the_revision_register(self, measured):
        words = page(measured, "process")
        assert "Registro de revisiones" in words
        assert "Noviembre 2022" in words
        assert "I. Gonzalez" in words

    def test_an_unknown_step_is_not_there(self, measured):
        client = who_may.client_of(measured, Role.NOC)
        assert client.get(reverse("desk:process-step", args=["C.1"])).status_code == 404
