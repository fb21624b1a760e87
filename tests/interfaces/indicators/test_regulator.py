"""The regulator's sheet: who may, what it lists, how a duty is answered, the task that opens when it is switched on."""

from __future__ import annotations

import datetime as dt
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from mayorista.apps.faults.models import RegulatorAnswer
from mayorista.apps.faults.operations import regulator
from mayorista.apps.monitoring.operations import maintenance
from mayorista.apps.overview.queries import regulator as pages
from mayorista.apps.procedure.models import WorkItem
from mayorista.apps.procedure.operations import parameters
from mayorista.interfaces.desk import urls_regulator
from mayorista.rules.errors import Invalid, NotAllowed
from mayorista.rules.periods import Month
from mayorista.rules.procedure import WHO_MAY, Act, Role
from mayorista.rules.regulator import Duty, Standing
from tests import who_may
from tests.apps.indicators.test_first_indicator import solved
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
from tests.who_may import Try

NOVEMBER = Month(2026, 11)
SEE, ANSWER = WHO_MAY[Act.VIEW], WHO_MAY[Act.ANSWER_REGULATOR]
VIEWS = {
    "regulator-now": Try(get=None),
    "regulator": Try(("2026-11",), get=SEE),
    "regulator-paper": Try(("2026-11",), get=SEE),
    "regulator-answer": Try(("FAULT",), get=ANSWER, post=ANSWER),
}


@pytest.fixture
def interrupted(world, monkeypatch):  # noqa: F811
    """Two circuits out for two hours, one for thirteen; a window of an hour announced a day before."""
    world.isp("VALLE FIBRA S.R.L.", "TIP-0141", "TIP-0142", mobile="70000014", rides_on="ORU-TAM")
    short, long = solved(world), solved(world, "TIP-0142", hours=13)
    maintenance.plan_window(
        title="Cambio de tarjeta",
        starts_at=world.at + dt.timedelta(days=1),
        ends_at=world.at + dt.timedelta(days=1, hours=1),
        service_ids=[],
        resource_ids=[world.resource("ORU-TAM")],
        actor=world.actor("noc"),
        at=world.at,
    )
    world.settle()
    world.rows = {"FAULT": long.fault.dossier.number, "SHORT": short.fault.dossier.number}
    world.faults = (short.fault, long.fault)
    monkeypatch.setattr("mayorista.interfaces.clock.now", lambda: world.at)
    return who_may.with_roles(world)


def answered(world, **said):  # noqa: F811
    return regulator.answer(
        **{
            "fault_id": world.faults[1].pk,
            "duty": "REPORT",
            "required": True,
            "done_at": world.at - dt.timedelta(hours=1),
            "reference": "HR-2211",
            "note": "",
            "actor": world.actor("gerente"),
            "at": world.at,
            **said,
        }
    )


def test_the_table_names_every_address():
    assert {pattern.name for pattern in urls_regulator.urlpatterns} == set(VIEWS)


def test_a_stranger_sees_nothing(interrupted):
    assert not who_may.wrong_for_a_stranger(VIEWS, interrupted.rows)


def test_a_role_does_only_what_is_its(interrupted):
    assert not who_may.wrong_for_any_role(interrupted, VIEWS, interrupted.rows)


class TestTheSheet:
    def test_lists_each_long_interruption_with_its_duties(self, interrupted):
        page = pages.month_page(month=NOVEMBER, at=interrupted.at)
        found = [(line.number, line.duty) for line in page.lines]
        short, long = interrupted.rows["SHORT"], interrupted.rows["FAULT"]
        assert [(short, Duty.REPORT), (long, Duty.FURTHER), (long, Duty.REPORT)] == [
            each for each in found if each[1] is not Duty.NOTICE
        ]
        (notice,) = [line for line in page.lines if line.planned]
        assert (notice.duty, notice.standing) == (Duty.NOTICE, Standing.LATE)
        assert [line.customers for line in page.lines if line.fault_id] == [1, 1, 1]

    def test_says_what_was_answered(self, interrupted):
        answered(interrupted)
        answered(interrupted, duty="FURTHER", required=False, done_at=None, note="criterio de Legal 12/26")
        lines = pages.month_page(month=NOVEMBER, at=interrupted.at).lines
        standing = {(line.number, line.duty): line.standing for line in lines}
        number = interrupted.rows["FAULT"]
        assert standing[number, Duty.REPORT] is Standing.MET
        assert standing[number, Duty.FURTHER] is Standing.NOT_REQUIRED
        assert standing[interrupted.rows["SHORT"], Duty.REPORT] is Standing.RUNNING

    def test_costs_the_same_for_many(self, interrupted, django_assert_max_num_queries):
        with django_assert_max_num_queries(8):
            pages.month_page(month=NOVEMBER, at=interrupted.at)

    def test_of_a_month_to_come_is_refused(self, interrupted):
        with pytest.raises(Invalid, match="todavía no empieza"):
            pages.month_page(month=NOVEMBER.next, at=interrupted.at)
        client = who_may.client_of(interrupted, Role.MANAGER)
        assert client.get("/indicadores/att/2026-12/").status_code == 422

    def test_is_a_page_an_excel_and_a_paper(self, interrupted):
        client = who_may.client_of(interrupted, Role.LEGAL)
        page = client.get("/indicadores/att/2026-11/").content.decode()
        assert interrupted.rows["FAULT"] in page
        assert "no abren tareas" in page
        assert client.get("/indicadores/att/2026-11/?formato=xlsx").content.startswith(b"PK")
        assert client.get("/indicadores/att/2026-11/plazos-att.pdf").content.startswith(b"%PDF")


class TestTheAnswer:
    def test_is_written_on_screen(self, interrupted):
        client = who_may.client_of(interrupted, Role.LEGAL)
        said = {"duty": "REPORT", "required": "1", "done_at": "", "reference": "", "note": ""}
        refused = client.post(f"/indicadores/att/dano/{interrupted.rows['FAULT']}/", said)
        assert refused.status_code == 422
        assert "Falta la constancia" in refused.content.decode()
        said |= {"done_at": "ahora", "reference": "HR-2211"}
        assert client.post(f"/indicadores/att/dano/{interrupted.rows['FAULT']}/", said).status_code == 302
        assert RegulatorAnswer.objects.get().reference == "HR-2211"

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"done_at": None}, "done_at"),
            ({"reference": " "}, "reference"),
            ({"done_at": dt.datetime(2030, 1, 1, tzinfo=dt.UTC)}, "done_at"),
            ({"required": False, "done_at": None}, "note"),
            ({"duty": "OTRO"}, "duty"),
        ],
    )
    def test_that_says_not_enough_is_refused_at_its_field(self, interrupted, said, field):
        with pytest.raises(Invalid) as refused:
            answered(interrupted, **said)
        assert field in {each.field for each in refused.value.errors}
        assert not RegulatorAnswer.objects.exists()

    def test_is_the_gerentes_or_legals(self, interrupted):
        with pytest.raises(NotAllowed):
            answered(interrupted, actor=interrupted.actor("noc"))

    def test_is_never_changed(self, interrupted):
        row = answered(interrupted)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(
                "UPDATE faults_regulatoranswer SET note = 'x' WHERE id = %s", [row.pk]
            )


def switched_on(world):  # noqa: F811
    parameters.change_parameter(
        name="att.active",
        value=True,
        valid_from=world.at,
        reason="informe legal 8",
        actor=world.actor("gerente"),
        at=world.at,
    )


class TestTheTask:
    def test_opens_once_when_it_is_switched_on_and_ends_with_the_answer(self, interrupted):
        assert regulator.open_due(at=interrupted.at) == 0
        switched_on(interrupted)
        assert regulator.open_due(at=interrupted.at) == 3
        assert regulator.open_due(at=interrupted.at) == 0
        asked = WorkItem.objects.filter(title="Reportar la interrupción a la ATT")
        assert asked.filter(done_at=None).count() == 2
        answered(interrupted)
        assert asked.filter(done_at=None).count() == 1
        assert regulator.open_due(at=interrupted.at) == 0, "what was answered is not asked again"

    def test_is_no_step_of_the_procedure_and_leads_to_its_answer(self, interrupted):
        switched_on(interrupted)
        regulator.open_due(at=interrupted.at)
        assert set(WorkItem.objects.filter(key__startswith="att-").values_list("step", flat=True)) == {""}
        tray = who_may.client_of(interrupted, Role.MANAGER).get("/").content.decode()
        assert f"/indicadores/att/dano/{interrupted.rows['FAULT']}/" in tray

    def test_that_stood_under_a_step_loses_it_and_is_not_asked_twice(self, interrupted):
        """An installation that ran before: its tasks, open and done, are under A.6."""
        switched_on(interrupted)
        assert regulator.open_due(at=interrupted.at) == 3
        answered(interrupted)
        mine = WorkItem.objects.filter(key__startswith="att-")
        mine.update(step="A.6")
        import_module("mayorista.apps.faults.migrations.0008_regulator_without_step").without_step(apps, None)
        assert set(mine.values_list("step", flat=True)) == {""}
        assert regulator.open_due(at=interrupted.at) == 0
        assert mine.count() == 3
