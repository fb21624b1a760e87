"""The text that the official layout prints is the procedure that the program follows."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from mayorista.apps.procedure import diagrams, written
from mayorista.rules import process_map
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import STAGE_TITLES, STEPS


def test_has_the_steps_of_the_program_with_those_who_do_them():
    text = written.text(0)
    found = {
        f"{stage['code']}.{step['number']}": group["role"]
        for stage in text["stages"]
        for group in stage["groups"]
        for step in group["steps"]
    }
    # A.5 is written for the Grupo de Soporte, which hands over; whose turn it is from then on is the NOC's.
    assert found == {code: step.role.value for code, step in STEPS.items()} | {"A.5": "SUPPORT"}
    assert {stage["code"]: f"{stage['code']}) {stage['name']}" for stage in text["stages"]} == STAGE_TITLES


def test_a_revision_without_a_text_of_its_own_has_the_one_before():
    assert written.text(7) == written.text(0)


@pytest.mark.parametrize("code", ["A", "B"])
def test_each_stage_is_drawn_alone_in_colours_that_paper_knows(code):
    part = process_map.stage(diagrams.drawing(), f"STAGE-{code}")
    assert {node.id for node in part.tasks} == {each for each in STEPS if each.startswith(code)}
    drawn = process_map.svg(part, printed=True)
    assert "var(" not in drawn
    assert ET.fromstring(drawn).tag.endswith("svg")


def test_a_stage_that_is_none_is_refused():
    with pytest.raises(Invalid):
        process_map.stage(diagrams.drawing(), "STAGE-C")
