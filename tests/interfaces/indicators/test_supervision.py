"""The supervision desk: who may, that a figure and its list agree, what is refused, how it leaves the screen."""

from __future__ import annotations

import datetime as dt
import io
import re
from html import unescape
from urllib.parse import urlsplit

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mayorista.apps.indicators.operations import judging
from mayorista.apps.overview.queries import supervision, supervision_rows
from mayorista.interfaces.desk import urls_supervision
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests import who_may
from tests.apps.indicators.test_first_indicator import solved
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
from tests.who_may import Try

SUPERVISE = WHO_MAY[Act.SUPERVISE]
VIEWS = {
    "supervision": Try(get=SUPERVISE),
    "supervision-cases": Try(get=SUPERVISE),
    "supervision-controls": Try(get=SUPERVISE),
    "supervision-step": Try(("A.3",), get=SUPERVISE),
    "supervision-risk": Try(("relojes",), get=SUPERVISE),
}
NOVEMBER = {"periodo": "2026-11"}


@pytest.fixture
def watched(world, monkeypatch):  # noqa: F811
    """Two circuits that failed, one twice and once too long; a third that is down now."""
    world.isp("VALLE FIBRA S.R.L.", "TIP-0141", "TIP-0142", mobile="70000014", rides_on="ORU-TAM")
    world.isp("CABLE SUR DEMO", "TIP-0090", mobile="70000090", rides_on="ORU-SUR")
    solved(world)
    solved(world, "TIP-0142", hours=5)
    solved(world, "TIP-0142")
    world.alarm(circuit="TIP-0090")
    world.pass_minutes(180)
    judging.judge_due(at=world.at)
    monkeypatch.setattr("mayorista.interfaces.clock.now", lambda: world.at)
    return who_may.with_roles(world)


def page(watched, name: str = "supervision", role=Role.MANAGER, **asked):
    return who_may.client_of(watched, role).get(who_may.address(VIEWS, {}, name), asked)


def test_the_table_names_every_address():
    assert {pattern.name for pattern in urls_supervision.urlpatterns} == set(VIEWS)


def test_a_stranger_sees_nothing(watched):
    assert not who_may.wrong_for_a_stranger(VIEWS, {})


def test_the_gerente_and_the_auditor_alone_see_it(watched):
    assert not who_may.wrong_for_any_role(watched, VIEWS, {})


def test_every_figure_leads_to_as_many_rows(watched):
    desk = supervision.desk(_filters(watched), at=watched.at)
    rows = {
        show: supervision_rows.cases(desk.filters, show=show).pages.total for show in supervision_rows.SHOWS
    }
    assert rows["reclamos"] == desk.first.denominator
    assert rows["eficientes"] == desk.first.numerator
    assert rows["ampliado"] == desk.extended.denominator
    assert rows["bien"] == desk.extended.numerator
    assert rows["curso"] == desk.in_progress
    assert (rows["antes"], rows[""]) == (desk.earlier.numerator, desk.earlier.denominator)
    assert rows[""] == 4
    for each in desk.risks:
        assert (
            supervision_rows.risk_rows(desk.filters, slug=each.slug, at=watched.at).pages.total == each.total
        )
    for each in desk.steps:
        assert supervision_rows.step_items(desk.filters, code=each.code).pages.total == each.done
    for each in desk.causes:
        found = supervision_rows.cases(desk.filters, cause=each.key or "-")
        assert found.pages.total == each.cases
    for each in desk.circuits:
        assert supervision_rows.cases(desk.filters, circuit=each.key).pages.total == each.cases
        assert supervision_rows.cases(desk.filters, circuit=each.key, show="no").pages.total == each.failed
    for each in desk.providers:
        assert supervision_rows.cases(desk.filters, provider=each.key).pages.total == each.cases


def _filters(watched, **asked):
    return supervision.filters(
        **({"period": "2026-11", "customer": "", "cause_class": ""} | asked), at=watched.at
    )


def test_says_who_fails_again_and_what_is_about_to_run_out(watched):
    desk = supervision.desk(_filters(watched), at=watched.at)
    assert [(each.key, each.cases, each.failed) for each in desk.circuits] == [("TIP-0142", 2, 1)]
    clocks = next(each for each in desk.risks if each.slug == "relojes")
    assert [(row.title, row.customer) for row in clocks.rows] == [("TIP-0090", "CABLE SUR DEMO")]


def test_is_narrowed_to_a_customer_and_a_class(watched):
    cable = supervision.desk(_filters(watched, customer="cable"), at=watched.at)
    assert (cable.cases, cable.filters.customer) == (1, "CABLE SUR DEMO")
    assert {step.code for step in cable.steps} <= {"A.1"}
    external = supervision.desk(_filters(watched, cause_class="EXTERNAL"), at=watched.at)
    nobody = supervision.desk(_filters(watched, cause_class="SIN"), at=watched.at)
    assert (external.cases, nobody.cases) == (3, 1)
    assert external.steps
    assert external.first.denominator == supervision.desk(_filters(watched), at=watched.at).first.denominator


def test_says_that_a_class_does_not_narrow_the_risks(watched):
    assert "no filtra estos riesgos" in page(watched, clase="INTERNAL").content.decode()
    assert "no filtra estos riesgos" not in page(watched).content.decode()


def test_every_link_of_the_desk_answers_whoever_sees_it(watched):
    for role in SUPERVISE:
        client = who_may.client_of(watched, role)
        words = client.get(reverse("desk:supervision"), NOVEMBER).content.decode()
        main = words[words.index("<main") : words.index("</main")]
        links = {unescape(each) for each in re.findall(r'href="([^"#]+)"', main)}
        links = {each if each.startswith("/") else reverse("desk:supervision") + each for each in links}
        wrong = {each: client.get(each).status_code for each in links}
        assert {each: code for each, code in wrong.items() if code not in {200, 302}} == {}
        assert len({urlsplit(each).path for each in links}) > 8


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"periodo": "2027-01"}, "todavía no empezó"),
        ({"periodo": "2026-13"}, "no es un período"),
        ({"periodo": ["2026-10", "2026-11"]}, "está dos veces"),
        ({"cliente": "nadie de nadie"}, "Ningún cliente"),
        ({"cliente": "e"}, "Varios clientes"),
        ({"clase": "LLUVIA"}, "no es una clase de causa"),
    ],
)
def test_a_filter_that_means_nothing_is_named(watched, asked, words):
    answer = page(watched, **asked)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_list_refuses_what_it_does_not_know(watched):
    for name, asked in (("cases", {"ver": "x"}), ("cases", {"causa": "x"}), ("controls", {"estado": "x"})):
        assert page(watched, f"supervision-{name}", **asked).status_code == 422
    with pytest.raises(Invalid):
        supervision_rows.cases(_filters(watched), show="x")


def test_a_period_without_data_says_so_and_never_a_percentage(watched):
    words = page(watched, periodo="2026-03").content.decode()
    assert "Sin reclamos en el período" in words
    assert "Sin controles en el período" in words
    assert "Sin daños en el período" in words
    assert "100,00" not in words


def test_leaves_as_a_workbook_with_its_filters_and_no_formula(watched):
    answer = page(watched, formato="xlsx", cliente="valle", **NOVEMBER)
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert "noviembre de 2026" in book["Indicadores"]["A2"].value
    assert "VALLE FIBRA S.R.L." in book["Indicadores"]["A2"].value
    assert not [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]


def test_a_list_leaves_whole_as_a_workbook(watched):
    answer = page(watched, "supervision-cases", formato="xlsx", ver="no", **NOVEMBER)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert "no eficientes" in sheet["A2"].value
    assert sheet.max_row == 5


def test_leaves_as_paper(watched):
    answer = page(watched, formato="pdf", role=Role.AUDITOR, **NOVEMBER)
    assert answer.content.startswith(b"%PDF")


def test_asks_the_database_the_same_whatever_there_is(watched):
    client = who_may.client_of(watched, Role.MANAGER)
    url = reverse("desk:supervision")

    def asked(**filters) -> int:
        client.get(url, filters)
        with CaptureQueriesContext(connection) as seen:
            client.get(url, filters)
        return len(seen)

    full, empty = asked(**NOVEMBER), asked(periodo="2025-01")
    assert full == empty <= 27, dt.datetime.now(dt.UTC)
