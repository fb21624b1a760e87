"""The picture says what the procedure's table says: same steps, same arrows, units of the written text."""

from __future__ import annotations

from importlib import resources
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules import process_map
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import STEPS
from mayorista.rules.process_map import Mark

TEXT = (resources.files("mayorista.apps.procedure") / "diagrams" / "procedure.bpmn").read_text("utf-8")
DRAWING = process_map.read(TEXT)
SVG = "{http://www.w3.org/2000/svg}"


def reached(code: str) -> set[str]:
    """The steps that arrows lead to from a step, through gateways."""
    found, wanted = set(), [flow.target for flow in DRAWING.flows if flow.source == code]
    while wanted:
        node = wanted.pop()
        if node in STEPS:
            found.add(node)
        else:
            wanted += [flow.target for flow in DRAWING.flows if flow.source == node]
    return found


def test_its_tasks_are_the_steps_with_their_names():
    assert {task.id: task.name for task in DRAWING.tasks} == {
        code: step.title for code, step in STEPS.items()
    }


@pytest.mark.parametrize("code", STEPS)
def test_its_arrows_are_ways_that_the_procedure_knows(code):
    later = {each for each in STEPS[code].follows if each > code}
    assert reached(code) - {code} <= later
    assert bool(reached(code)) == bool(STEPS[code].follows and code != "A.4")


def test_a_step_lies_in_the_lane_of_the_unit_that_the_text_names():
    lanes = {task.id: task.lane for task in DRAWING.tasks}
    assert {code for code, lane in lanes.items() if lane == "LANE-A-SUPPORT"} == {"A.3", "A.4", "A.5"}
    assert {code for code, lane in lanes.items() if lane == "LANE-A-NOC"} == {"A.1", "A.2", "A.6"}
    assert lanes["A.7"] == "LANE-A-MANAGER"
    assert lanes["B.5"] == "LANE-B-BILLING"


def test_everything_lies_inside_its_lane():
    bands = {band.id: band.box for band in DRAWING.bands}
    for node in DRAWING.nodes:
        lane = bands[node.lane]
        assert lane.x + 40 <= node.box.x
        assert node.box.x + node.box.width <= lane.x + lane.width
        assert lane.y <= node.box.y <= node.box.y + node.box.height <= lane.y + lane.height


def test_no_two_boxes_touch():
    boxes = [node.box for node in DRAWING.nodes]
    for index, one in enumerate(boxes):
        for other in boxes[:index]:
            apart = (
                one.x + one.width < other.x or other.x + other.width < one.x
                or one.y + one.height < other.y or other.y + other.height < one.y
            )  # fmt: skip
            assert apart


def test_arrows_begin_and_end_at_their_boxes():
    boxes = {node.id: node.box for node in DRAWING.nodes}
    for flow in DRAWING.flows:
        for (x, y), box in ((flow.points[0], boxes[flow.source]), (flow.points[-1], boxes[flow.target])):
            assert box.x - 1 <= x <= box.x + box.width + 1
            assert box.y - 1 <= y <= box.y + box.height + 1


def test_is_drawn_with_counts_and_links():
    drawn = process_map.svg(DRAWING, {"A.3": Mark(4, 1, "00:12", "/danos/?paso=A.3&ver=vencidos")})
    root = ET.fromstring(drawn)
    (link,) = root.iter(f"{SVG}a")
    assert link.get("href") == "/danos/?paso=A.3&ver=vencidos"
    assert link.findtext("{http://www.w3.org/2000/svg}title") == "A.3 Análisis: 4 abiertas, 1 vencidas"
    words = {text.text for text in root.iter(f"{SVG}text")}
    assert {"4 · 1 vencidas", "mediana 00:12", "A.3", "Análisis"} <= words


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.integers(0, 10**6), st.text(max_size=5))
def test_what_stands_on_a_step_never_breaks_the_drawing(url, count, median):
    clean = "".join(each for each in median if each.isprintable())
    ET.fromstring(process_map.svg(DRAWING, {"B.6": Mark(count, count, clean, url)}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a/",
        TEXT.replace('targetRef="A.1"', 'targetRef="A.9"'),
        TEXT.replace("<dc:Bounds", "<dc:Nothing"),
    ],
)
def test_a_file_that_is_no_drawing_is_refused(text):
    with pytest.raises(Invalid):
        process_map.read(text)


def test_a_question_has_more_than_one_way_out():
    ways = [flow.source for flow in DRAWING.flows]
    questions = [node.id for node in DRAWING.nodes if node.kind == "exclusiveGateway"]
    assert questions
    assert all(ways.count(each) > 1 for each in questions)


def test_the_same_marks_give_the_same_text():
    assert process_map.svg(DRAWING) == process_map.svg(process_map.read(TEXT))
