from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from mayorista.apps.faults import case_facts
from mayorista.apps.faults.models import Case
from mayorista.apps.faults.operations import analysis, claims, coordination, support
from mayorista.apps.indicators.models import CaseVerdict, CriteriaVersion, Snapshot
from mayorista.apps.indicators.operations import criteria, judging, snapshots
from mayorista.apps.indicators.queries import late, results
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import JournalEntry
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from mayorista.rules.indicators import criteria as rules
from mayorista.rules.indicators import terms
from mayorista.rules.indicators.fraction import Quotient
from mayorista.rules.periods import Month

NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)
JOB = for_job("prueba")


@pytest.fixture
def valle(world):
    return world.isp("VALLE FIBRA S.R.L.", "TIP-0141", "TIP-0142", mobile="70000014", rides_on="ORU-TAM")


def claimed(world, code="TIP-0141"):
    return claims.register_claim(
        channel="PHONE",
        who="Ing. de guardia",
        words="no tenemos tráfico",
        claimed_at=world.at,
        service_ids=[world.service(code)],
        actor=world.actor("noc"),
        at=world.at,
    )


def solved(world, code="TIP-0141", *, hours=2) -> Case:
    """An external case from claim to notice, in time but for the hours it takes."""
    case = claimed(world, code)
    fault = case.fault
    world.pass_minutes(2)
    analysis.acknowledge(fault_id=fault.pk, actor=world.actor("noc"), at=world.at)
    world.protocols(fault)
    world.diagnose(fault, "EXTERNAL", "E-FIB", element="tramo contratado", evidence="OTDR 41,2 km")
    world.coordinate(fault)
    coordination.open_ticket(
        fault_id=fault.pk,
        provider_id=world.provider_id,
        reference=f"TA-{code}",
        actor=world.actor("noc"),
        at=world.at,
    )
    coordination.record_advance(
        fault_id=fault.pk, text="Cuadrilla en camino", actor=world.actor("noc"), at=world.at
    )
    world.open_dac(fault)
    world.pass_minutes(60 * hours)
    fault.refresh_from_db()
    world.restore_and_verify(fault)
    world.close_dac(fault)
    world.tell(case)
    case.refresh_from_db()
    return case


def verdict(case) -> CaseVerdict:
    return CaseVerdict.objects.get(case=case)


def official(term="2026-11", now=NOVEMBER) -> Quotient:
    return results.results(terms.parse(term, now=now)).first.official


class TestJudging:
    def test_a_case_that_went_by_the_book_is_efficient_a_day_later(self, world, valle):
        case = solved(world)
        judging.judge_due(at=world.at)
        assert (verdict(case).outcome, verdict(case).settled) == ("IN_PROGRESS", False)
        assert official() == Quotient(0, 0)
        world.pass_minutes(24 * 60)
        judging.judge_due(at=world.at)
        assert (verdict(case).outcome, verdict(case).failed, verdict(case).settled) == ("EFFICIENT", [], True)
        assert official() == Quotient(1, 1)

    def test_a_repair_that_took_too_long_is_not(self, world, valle):
        case = solved(world, hours=5)
        world.pass_minutes(24 * 60)
        judging.judge_due(at=world.at)
        assert verdict(case).failed == ["RESTORED"]
        assert official() == Quotient(0, 1)

    def test_an_open_case_whose_time_ran_out_counts_against_us(self, world, valle):
        case = claimed(world)
        judging.judge_due(at=world.at)
        assert verdict(case).outcome == "IN_PROGRESS"
        world.pass_minutes(241)
        judging.judge_due(at=world.at)
        assert verdict(case).outcome == "NOT_EFFICIENT"
        assert not verdict(case).settled

    def test_a_reopened_case_is_judged_anew(self, world, valle):
        case = solved(world)
        world.pass_minutes(60)
        judging.judge_due(at=world.at)
        support.reopen(case_id=case.pk, reason="sigue caído", actor=world.actor("soporte"), at=world.at)
        judging.judge_due(at=world.at)
        assert "LASTED" in verdict(case).failed

    def test_what_is_settled_is_not_read_again(self, world, valle):
        solved(world)
        world.pass_minutes(25 * 60)
        assert judging.judge_due(at=world.at) == 1
        world.pass_minutes(60)
        assert judging.judge_due(at=world.at) == 0

    def test_facts_of_many_cases_cost_what_those_of_one_cost(self, world, valle):
        ids = [claimed(world).pk]
        with CaptureQueriesContext(
            connection,
        ) as one:
            case_facts.read(ids, at=world.at)
        for number in range(4):
            customer = world.isp(f"ISP {number}", f"TIP-9{number}")
            assert customer
            ids.append(claimed(world, f"TIP-9{number}").pk)
        with CaptureQueriesContext(connection) as many:
            assert len(case_facts.read(ids, at=world.at)) == 5
        assert len(many) == len(one) <= 6


class TestCriteria:
    def propose(self, world, **more):
        content = rules.written(rules.FIRST_SET) | more
        return criteria.propose(
            title="Más exigente",
            content=content,
            reason="acta 4/2026",
            actor=world.actor("gerente"),
            at=world.at,
        )

    def test_a_new_set_rules_from_its_month_and_the_cases_are_judged_anew(self, world, valle):
        case = solved(world, hours=3)
        world.pass_minutes(24 * 60)
        judging.judge_due(at=world.at)
        assert verdict(case).outcome == "EFFICIENT"
        row = self.propose(world, repair_minutes={"EXTERNAL": {"1": 120, "2": 240, "3": 480}})
        judging.judge_due(at=world.at)
        assert verdict(case).outcome == "EFFICIENT", "a proposal rules nothing"
        criteria.approve(
            criteria_id=row.pk,
            valid_from=NOVEMBER,
            version=row.version,
            actor=world.actor("gerente"),
            at=world.at,
        )
        judging.judge_due(at=world.at)
        assert (verdict(case).outcome, verdict(case).criteria_id) == ("NOT_EFFICIENT", row.pk)

    def test_a_stale_approval_and_a_month_that_is_taken_are_refused(self, world):
        first, second = self.propose(world), self.propose(world)
        boss = world.actor("gerente")
        with pytest.raises(Conflict):
            criteria.approve(criteria_id=first.pk, valid_from=DECEMBER, version=9, actor=boss, at=world.at)
        criteria.approve(criteria_id=first.pk, valid_from=DECEMBER, version=1, actor=boss, at=world.at)
        with pytest.raises(Invalid) as caught:
            criteria.approve(criteria_id=second.pk, valid_from=DECEMBER, version=1, actor=boss, at=world.at)
        assert caught.value.field == "valid_from"
        with pytest.raises(Conflict):
            criteria.withdraw(criteria_id=first.pk, actor=boss, at=world.at)
        criteria.withdraw(criteria_id=second.pk, actor=boss, at=world.at)

    def test_a_month_before_the_first_set_is_refused(self, world):
        row = self.propose(world)
        with pytest.raises(Invalid, match="anterior al primer conjunto") as refused:
            criteria.approve(
                criteria_id=row.pk,
                valid_from=Month(2022, 10),
                version=1,
                actor=world.actor("gerente"),
                at=world.at,
            )
        assert refused.value.field == "valid_from"
        assert "noviembre" in refused.value.remedy

    def test_none_but_the_gerente_may(self, world):
        with pytest.raises(NotAllowed):
            criteria.propose(title="x", content={}, reason="y", actor=world.actor("noc"), at=world.at)

    def test_revision_0_is_there_from_the_beginning(self, world):
        row = CriteriaVersion.objects.get()
        assert (row.number, row.state) == (1, "APPROVED")
        assert rules.read(row.content) == rules.FIRST_SET


class TestSnapshots:
    def test_is_frozen_and_later_criteria_change_nothing(self, world, valle):
        solved(world, hours=3)
        world.move_to(5, month=12)
        row = snapshots.take_due(actor=JOB, at=world.at)
        assert row.content["first"]["official"] == [1, 1]
        assert row.sha256 == snapshots.digest(row.content)
        assert snapshots.take_due(actor=JOB, at=world.at) is None
        late = TestCriteria().propose(world, repair_minutes={"EXTERNAL": {"1": 60, "2": 60, "3": 60}})
        with pytest.raises(Invalid):
            criteria.approve(
                criteria_id=late.pk, valid_from=NOVEMBER, version=1, actor=world.actor("gerente"), at=world.at
            )
        assert Snapshot.objects.get().content == row.content

    def test_a_case_in_progress_is_counted_by_the_next_report(self, world, valle):
        world.at = NOVEMBER.ends_at.astimezone(dt.UTC) - dt.timedelta(hours=3)
        case = solved(world, hours=1)
        assert case.closed_at < NOVEMBER.ends_at + dt.timedelta(hours=2)
        world.at = NOVEMBER.ends_at.astimezone(dt.UTC) + dt.timedelta(hours=4)
        first = snapshots.take(month=NOVEMBER, actor=world.actor("gerente"), at=world.at)
        assert first.content["first"] == {
            "official": [0, 0], "extended": [0, 0], "in_progress": 1, "excluded": 0,
        }  # fmt: skip
        world.move_to(5, month=1, year=2027)
        second = snapshots.take(month=DECEMBER, actor=world.actor("gerente"), at=world.at)
        assert [each["number"] for each in second.content["carried"]] == [case.dossier.number]
        assert second.content["first"]["official"] == [1, 1]
        third_at = world.move_to(5, month=2, year=2027)
        third = snapshots.take(month=Month(2027, 1), actor=world.actor("gerente"), at=third_at)
        assert third.content["first"]["official"] == [0, 0], "counted once"

    def test_a_case_registered_after_its_month_was_reported_is_counted_by_the_next_one_and_named(
        self, world, valle
    ):
        solved(world)
        world.move_to(5, month=12)
        first = snapshots.take(month=NOVEMBER, actor=world.actor("gerente"), at=world.at)
        world.pass_minutes(60)
        forgotten = claims.register_claim(
            channel="PHONE",
            who="Ing. de guardia",
            words="el 28 no tuvimos tráfico",
            claimed_at=dt.datetime(2026, 11, 28, 15, 0, tzinfo=dt.UTC),
            service_ids=[world.service("TIP-0142")],
            actor=world.actor("noc"),
            at=world.at,
        )
        number = forgotten.dossier.number
        judging.judge_due(at=world.at)
        assert verdict(forgotten).month == dt.date(2026, 11, 1)
        assert [each for each, _month in late.after_the_report([NOVEMBER])] == [number]
        world.move_to(5, month=1, year=2027)
        second = snapshots.take(month=DECEMBER, actor=world.actor("gerente"), at=world.at)
        (named,) = second.content["late"]
        assert (named["number"], named["month"], named["outcome"]) == (number, "2026-11", "NOT_EFFICIENT")
        assert second.content["first"]["official"] == [0, 1]
        assert "Registrados después del cierre de su mes: 1." in JournalEntry.objects.latest("id").text
        first_again = Snapshot.objects.get(pk=first.pk)
        assert (first_again.content, first_again.sha256) == (first.content, first.sha256)
        assert [each for each, _month in late.after_the_report([NOVEMBER])] == [number], (
            "named beside its month"
        )
        world.move_to(5, month=2, year=2027)
        third = snapshots.take(month=Month(2027, 1), actor=world.actor("gerente"), at=world.at)
        assert (third.content["late"], third.content["first"]["official"]) == ([], [0, 0]), "counted once"
        snapshots.take(month=NOVEMBER, actor=world.actor("gerente"), at=world.at, reason="caso olvidado")
        assert late.after_the_report([NOVEMBER]) == [], "the month reported again names it itself"

    def test_a_month_that_runs_is_not_reported_and_a_second_report_says_why(self, world):
        boss = world.actor("gerente")
        with pytest.raises(Invalid):
            snapshots.take(month=NOVEMBER, actor=boss, at=world.at)
        world.move_to(5, month=12)
        snapshots.take(month=NOVEMBER, actor=boss, at=world.at)
        with pytest.raises(Conflict):
            snapshots.take(month=NOVEMBER, actor=boss, at=world.at)
        again = snapshots.take(month=NOVEMBER, actor=boss, at=world.at, reason="atribución corregida")
        assert again.sequence == 2

    def test_the_application_may_not_change_it(self, world):
        world.move_to(5, month=12)
        row = snapshots.take(month=NOVEMBER, actor=world.actor("gerente"), at=world.at)
        with pytest.raises(Exception, match=r"permission denied"), transaction.atomic():
            Snapshot.objects.filter(pk=row.pk).update(reason="otra")
