"""A case told again from journal lines alone: what lines lack is not guessed, what records say otherwise is named."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from mayorista.rules.indicators import retelling
from mayorista.rules.indicators.cases import Outcome
from mayorista.rules.indicators.criteria import FIRST_SET
from mayorista.rules.indicators.retelling import Fact, Line

START = dt.datetime(2026, 11, 12, 12, tzinfo=dt.UTC)
LATER = START + dt.timedelta(days=3)


def after(minutes: float) -> dt.datetime:
    return START + dt.timedelta(minutes=minutes)


def line(minutes: float, act: str, *, of_case: bool = False, **payload) -> Line:
    return Line(after(minutes), act, payload, of_case)


def closed(hours: float = 2) -> list[Line]:
    """The lines of an internal damage that went by the book."""
    back = after(60 * hours)
    circuit = {"since": START.isoformat(), "repair": 240, "sla": "contrato"}
    down = {**circuit, "down": [[START.isoformat(), back.isoformat()]]}
    return [
        line(1, "OPEN_FAULT", origin="CLAIM", detected_at=after(1).isoformat()),
        line(1, "OPEN_CASE", of_case=True, severity=1, circuits={"TIP-0141": circuit}),
        line(1, "REGISTER_CLAIM", of_case=True, claimed_at=START.isoformat()),
        line(5, "DIAGNOSE", attribution="INTERNAL", cause="I-FIB", reason="sin luz", evidence="OTDR"),
        line(8, "ISSUE_DAC", part="OPENING"),
        line(20, "MANAGE_REPAIR"),
        Line(
            back, "RESTORE", {"restored_at": back.isoformat(), "circuits": {"TIP-0141": down}}, of_case=False
        ),
        line(60 * hours + 5, "RESTORE", verified_at=after(60 * hours + 5).isoformat()),
        line(
            60 * hours + 9, "ISSUE_DAC", part="CLOSING", cause="I-FIB", root_cause="zanja", rfo_pending=False
        ),
        line(60 * hours + 12, "CONCLUDE", of_case=True, told_at=after(60 * hours + 11).isoformat()),
    ]


def told(lines: list[Line]) -> retelling.Retold:
    return retelling.retell("DANO-1", lines, at=LATER)


def outcome(lines: list[Line]) -> Outcome | None:
    return retelling.recompute(told(lines), FIRST_SET, at=LATER).outcome


def test_lines_that_say_all_give_the_facts_and_the_outcome():
    facts = told(closed()).facts
    assert facts.claim_at == START
    assert facts.outages[0].net_seconds == 7200
    assert facts.told_at == facts.closed_at == after(131)
    assert told(closed()).unknown == {Fact.MESSAGES}
    assert outcome(closed()) is Outcome.EFFICIENT
    assert outcome(closed(hours=5)) is Outcome.NOT_EFFICIENT


def test_a_case_without_lines_is_unknown_and_not_efficient_by_accident():
    assert told([]).unknown == set(Fact)
    assert outcome([]) is None


def test_what_old_lines_lack_is_unknown_and_decides_nothing():
    old = [
        Line(each.at, each.act, {}, each.of_case) if each.act == "ISSUE_DAC" else each for each in closed()
    ]
    assert {Fact.OPENING, Fact.CLOSING} <= told(old).unknown
    assert outcome(old) is None
    again = retelling.recompute(told(old), FIRST_SET, at=LATER)
    assert any("D.A.C. de apertura" in facts for facts in again.untold.values())


def test_a_failure_that_is_told_decides_whatever_else_lacks():
    old = [
        Line(each.at, each.act, {}, each.of_case) if each.act == "ISSUE_DAC" else each
        for each in closed(hours=5)
    ]
    assert outcome(old) is Outcome.NOT_EFFICIENT


def test_each_record_that_says_otherwise_is_named_and_nothing_else():
    record = told(closed()).facts
    assert not retelling.differing(retelling.compare(told(closed()), replace(record, messages=3)))
    for field, value, named in (
        ("told_at", after(120), "aviso de solución"),
        ("cause_class", "CUSTOMER", "atribución"),
        ("severity", 2, "severidad"),
        ("claim_at", None, "reclamo"),
        ("missing", ("causa raíz",), "registro completo"),
        ("outages", (replace(record.outages[0], net_seconds=60),), "TIP-0141: tiempo neto sin servicio"),
        ("outages", (), "circuito TIP-0141"),
    ):
        compared = retelling.compare(told(closed()), replace(record, **{field: value}))
        assert retelling.differing(compared) == (named,), field


def test_an_unknown_fact_is_no_difference():
    lines = [each for each in closed() if each.act != "OPEN_FAULT"]
    compared = {each.fact: each for each in retelling.compare(told(lines), told(closed()).facts)}
    assert compared["detección"].agrees is None


def test_a_stopped_clock_and_a_reopening_are_told():
    lines = closed()
    lines.insert(
        6, line(30, "STOP_CLOCK", starts_at=after(30).isoformat(), ends_at=None, stopped=["TIP-0141"])
    )
    lines.insert(7, line(60, "STOP_CLOCK", stopped=["TIP-0141"]))
    assert told(lines).facts.outages[0].net_seconds == 7200 - 1800
    again = [*lines, line(200, "REOPEN", of_case=True, closed_before=after(131).isoformat())]
    facts = told(again).facts
    assert (facts.closed_at, facts.told_at, facts.reopened_at) == (None, None, after(200))
    assert outcome(again) is Outcome.NOT_EFFICIENT


def test_a_confirmed_correction_is_told_and_a_refused_one_is_not():
    said = {"attribution": "CUSTOMER", "cause": "C-ENE", "reason": "tablero", "evidence": "acta"}
    asked = line(4000, "CORRECT_ATTRIBUTION", **said, confirmed=None)
    assert told([*closed(), asked]).facts.cause_class == "INTERNAL"
    assert (
        told([*closed(), line(4001, "CONFIRM_ATTRIBUTION", **said, confirmed=False)]).facts.cause_class
        == "INTERNAL"
    )
    assert (
        told([*closed(), line(4001, "CONFIRM_ATTRIBUTION", **said, confirmed=True)]).facts.cause_class
        == "CUSTOMER"
    )


def test_evidence_that_no_line_names_hides_no_other_gap():
    bare = [
        Line(each.at, each.act, {**each.payload, "evidence": ""}, each.of_case)
        if each.act == "DIAGNOSE"
        else each
        for each in closed()
    ]
    assert Fact.RECORD in told(bare).unknown
    gaps = [each for each in bare if each.act != "MANAGE_REPAIR"]
    assert Fact.RECORD not in told(gaps).unknown
    assert outcome(gaps) is Outcome.NOT_EFFICIENT
    record = replace(told(gaps).facts, missing=("evidencia", "acciones"))
    assert not retelling.differing(retelling.compare(told(gaps), record))
