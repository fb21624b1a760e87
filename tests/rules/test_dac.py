from __future__ import annotations

import json
import random
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules import clocks, dac, errors, lapaz
from mayorista.rules.dac import sequence, times
from tests.rules import dac_examples as examples

at = examples.at
OPENING, PROGRESS, CLOSING, CORRECTION = (
    dac.Part.OPENING,
    dac.Part.PROGRESS,
    dac.Part.CLOSING,
    dac.Part.CORRECTION,
)
CLOSED = (examples.external_fibre, examples.internal_power, examples.external_attack, examples.mass_event)


def found(content: dac.DacContent, part: dac.Part, now: datetime | None = None) -> set[str]:
    return {problem.field for problem in dac.problems(content, part, now=now or content.last_issued_at)}


def opening_with(**changes: object) -> dac.DacContent:
    content = examples.external_fibre_opening()
    return replace(content, opening=replace(content.opening, **changes))


def closing_with(**changes: object) -> dac.DacContent:
    content = examples.external_fibre()
    assert content.closing is not None
    return replace(content, closing=replace(content.closing, **changes))


class TestExamples:
    @pytest.mark.parametrize("example", CLOSED)
    def test_the_filled_forms_are_complete(self, example):
        content = example()
        assert dac.problems(content, CLOSING, now=content.last_issued_at) == ()

    def test_the_opening_is_complete_with_its_etr_still_in_evaluation(self):
        content = examples.external_fibre_opening()
        assert content.opening.etr_at is None
        dac.check(content, OPENING, now=content.opening.issued_at)

    @pytest.mark.parametrize(
        ("example", "gross", "stopped", "net", "over"),
        [
            (examples.external_fibre, "04:17", "00:00", "04:17", 17 * 60),
            (examples.internal_power, "00:51", "00:00", "00:51", 51 * 60 - 240 * 60),
            (examples.external_attack, "00:47", "00:09", "00:38", 38 * 60 - 480 * 60),
        ],
    )
    def test_durations_are_those_of_the_filled_forms(self, example, gross, stopped, net, over):
        spent = dac.durations(example())
        assert lapaz.duration(spent.gross) == gross
        assert lapaz.duration(spent.stopped) == stopped
        assert lapaz.duration(spent.net) == net
        assert spent.services[0].over == over

    def test_the_times_to_detect_and_to_spread_are_derived(self):
        spent = dac.durations(examples.external_fibre())
        assert (spent.detection, spent.diffusion) == (120, 480)


class TestOpening:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"severity": 4}, "severity"),
            ({"attribution": "CUSTOMER"}, "attribution"),
            ({"attribution": ""}, "attribution"),
            ({"element": "  "}, "element"),
            ({"impact": ""}, "impact"),
            ({"impact_percent": 101}, "impact_percent"),
            ({"started_at": None}, "started_at"),
            ({"detected_at": None}, "detected_at"),
            ({"claimed_at": None}, "claimed_at"),
            ({"diagnosis": ""}, "diagnosis"),
            ({"cause_code": ""}, "cause_code"),
            ({"cause_code": "I-EQP"}, "cause_code"),
            ({"provider": None}, "provider"),
            ({"actions": ()}, "actions"),
            ({"next_update_at": None}, "next_update_at"),
            ({"next_update_at": at("23/11 22:18")}, "next_update_at"),
            ({"etr_at": at("23/11 22:00")}, "etr_at"),
            ({"author": ""}, "author"),
        ],
    )
    def test_tells_the_field_that_is_wrong(self, changes, field):
        assert found(opening_with(**changes), OPENING) == {field}

    def test_tells_everything_at_once_with_a_remedy_for_each(self):
        content = opening_with(element="", impact="", diagnosis="", actions=(), next_update_at=None)
        with pytest.raises(errors.Invalid) as caught:
            dac.check(content, OPENING, now=content.opening.issued_at)
        assert {one.field for one in caught.value.errors} == {
            "element",
            "impact",
            "diagnosis",
            "actions",
            "next_update_at",
        }
        assert all(one.message and one.remedy for one in caught.value.errors)

    def test_refuses_a_customers_fault_and_says_where_it_goes(self):
        (problem,) = dac.problems(opening_with(attribution="CUSTOMER"), OPENING, now=at("23/11 22:18"))[:1]
        assert "A.4" in problem.remedy

    def test_no_cause_found_stands_under_any_attribution(self):
        assert found(opening_with(cause_code="N-SIN"), OPENING) == set()

    def test_a_provider_without_ticket_yet_is_accepted(self):
        content = examples.external_fibre_opening()
        assert content.opening.provider is not None
        assert found(opening_with(provider=replace(content.opening.provider, ticket="")), OPENING) == set()

    def test_names_no_service_twice_and_at_least_one(self):
        content = examples.external_fibre_opening()
        assert found(replace(content, services=()), OPENING) == {"services"}
        assert found(replace(content, services=content.services * 2), OPENING) == {"services"}

    def test_opening_and_closing_in_one_go_need_no_next_update(self):
        content = examples.internal_power()
        content = replace(content, opening=replace(content.opening, next_update_at=None))
        assert found(content, OPENING) == set()


class TestOrder:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"detected_at": at("23/11 21:54")}, "detected_at"),
            ({"registered_at": at("23/11 21:56")}, "registered_at"),
            ({"diagnosed_at": at("23/11 22:00")}, "diagnosed_at"),
            ({"coordinated_at": at("23/11 22:05")}, "coordinated_at"),
            ({"claimed_at": at("23/11 21:50")}, "claimed_at"),
            ({"claimed_at": at("23/11 22:19")}, "issued_at"),
        ],
    )
    def test_each_time_of_the_opening_follows_the_one_before(self, changes, field):
        assert found(opening_with(**changes), OPENING) == {field}

    def test_a_claim_may_come_before_the_detection(self):
        content = examples.external_attack()
        assert content.opening.claimed_at < content.opening.detected_at
        assert found(content, OPENING) == set()

    def test_equal_times_are_in_order(self):
        moment = at("23/11 22:18")
        same = dict.fromkeys(
            ("started_at", "detected_at", "claimed_at", "registered_at", "diagnosed_at", "coordinated_at"),
            moment,
        )
        assert found(opening_with(**same), OPENING) == set()

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"restored_at": at("23/11 21:00")}, "restored_at"),
            ({"verified_at": at("24/11 02:11")}, "verified_at"),
            ({"issued_at": at("24/11 02:29")}, "issued_at"),
        ],
    )
    def test_each_time_of_the_closing_follows_the_one_before(self, changes, field):
        assert field in found(closing_with(**changes), CLOSING, at("24/11 03:00"))

    def test_two_minutes_ahead_are_borne_and_not_a_second_more(self):
        content = examples.external_fibre_opening()
        edge = content.opening.issued_at - sequence.FUTURE_TOLERANCE
        assert found(content, OPENING, edge) == set()
        assert found(content, OPENING, edge - timedelta(seconds=1)) == {"issued_at"}

    def test_what_is_promised_may_be_in_the_future(self):
        assert found(opening_with(etr_at=at("24/11 02:30")), OPENING) == set()


class TestProgress:
    def test_is_complete_with_text_and_the_next_word(self):
        content = examples.external_fibre_opening().with_progress(
            dac.Progress(
                issued_at=at("23/11 23:15"),
                text="Cuadrilla en camino",
                next_update_at=at("24/11 00:15"),
                author="Operador NOC",
            )
        )
        assert content.version == 2
        assert found(content, PROGRESS) == set()

    def test_tells_what_is_missing(self):
        content = examples.external_fibre_opening().with_progress(
            dac.Progress(issued_at=at("23/11 22:00"), text="")
        )
        assert found(content, PROGRESS) == {"text", "next_update_at", "author", "issued_at"}

    def test_is_refused_after_the_closing(self):
        content = examples.external_fibre().with_progress(
            dac.Progress(
                issued_at=at("24/11 03:00"), text="x", next_update_at=at("24/11 04:00"), author="Operador NOC"
            )
        )
        assert "part" in found(content, PROGRESS)


class TestClosing:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"cause_code": ""}, "cause_code"),
            ({"cause_code": "C-EQP"}, "cause_code"),
            ({"root_cause": "", "rfo_pending": False}, "root_cause"),
            ({"actions": ()}, "actions"),
            ({"restored_at": None}, "restored_at"),
            ({"verified_at": None}, "verified_at"),
            ({"verification": ""}, "verification"),
            ({"preventive": ()}, "preventive"),
            ({"preventive": (dac.Preventive(text="x", responsible="y"),)}, "preventive"),
            ({"sla_effect": dac.SlaEffect.EXCLUDED, "sla_rule": ""}, "sla_rule"),
            ({"author": ""}, "author"),
            ({"restored_at": at("24/11 02:10")}, "restored_at"),
            ({"started_at": at("23/11 21:50"), "started_reason": "registro del equipo"}, "started_at"),
            ({"started_at": at("23/11 21:50")}, "started_reason"),
        ],
    )
    def test_tells_the_field_that_is_wrong(self, changes, field):
        assert field in found(closing_with(**changes), CLOSING)

    def test_a_pending_rfo_takes_the_place_of_the_root_cause(self):
        assert found(closing_with(root_cause="", rfo_pending=True), CLOSING) == set()

    def test_preventive_action_is_asked_of_severity_1_and_of_what_repeats(self):
        content = examples.external_attack()
        assert content.closing is not None
        without = replace(content, closing=replace(content.closing, preventive=()))
        assert found(without, CLOSING) == set()
        assert found(replace(without, repeated=True), CLOSING) == {"preventive"}

    def test_a_service_still_down_or_without_times_keeps_it_open(self):
        content = examples.internal_power()
        first, *rest = content.services
        still = replace(first, intervals=(dac.Interval(starts_at=at("25/11 09:21")),))
        never = replace(first, intervals=())
        for line in (still, never):
            assert "services" in found(replace(content, services=(line, *rest)), CLOSING)

    @pytest.mark.parametrize(
        "changes",
        [
            {"ends_at": None},
            {"ends_at": at("28/11 19:11")},
            {"reason": ""},
            {"proof": ""},
            {"circuit_code": "TIP-9999"},
        ],
    )
    def test_a_clock_stop_needs_end_reason_and_proof(self, changes):
        content = examples.external_attack()
        assert content.closing is not None
        stop = replace(content.closing.stops[0], **changes)
        closing = replace(content.closing, stops=(stop,))
        assert found(replace(content, closing=closing), CLOSING) == {"stops"}

    def test_a_start_corrected_with_reason_and_intervals_is_accepted(self):
        content = closing_with(started_at=at("23/11 21:54"), started_reason="Registro del router: 21:54")
        service = replace(
            content.services[0],
            intervals=(dac.Interval(starts_at=at("23/11 21:54"), ends_at=at("24/11 02:12")),),
        )
        assert found(replace(content, services=(service,)), CLOSING) == set()


class TestCustomerText:
    def test_may_not_name_the_provider(self):
        content = closing_with(customer_text="Falla de Transporte Andino Demo en la ruta")
        assert found(content, CLOSING) == {"customer_text"}

    def test_may_not_name_another_customer_of_a_mass_event(self):
        content = examples.internal_power()
        assert content.closing is not None
        closing = replace(content.closing, customer_text="También cayó RED TUNARI S.R.L.")
        assert found(replace(content, closing=closing), CLOSING) == {"customer_text"}

    def test_may_name_its_only_customer(self):
        content = closing_with(customer_text="Señores VALLE FIBRA S.R.L.: el servicio fue restablecido")
        assert found(content, CLOSING) == set()


class TestHistory:
    def test_what_was_sent_is_not_edited(self):
        before = examples.external_fibre_opening()
        after = examples.external_fibre()
        assert dac.continues(before, after, CLOSING) == ()
        forged = replace(after, opening=replace(after.opening, diagnosis="otra cosa"))
        assert [one.field for one in dac.continues(before, forged, CLOSING)] == ["part"]

    def test_a_correction_lists_what_it_changes_and_needs_a_reason(self):
        before = examples.external_fibre()
        assert before.closing is not None
        after = replace(before, closing=replace(before.closing, root_cause="Corte por robo de cable"))
        changes = dac.between(before, after)
        assert [(one.field, one.before, one.after) for one in changes] == [
            ("closing.root_cause", "Corte de cable por maquinaria en obra vial", "Corte por robo de cable")
        ]
        correction = dac.Correction(
            issued_at=at("25/11 10:00"),
            reason="El RFO del proveedor lo aclara",
            author="Jefe NOC",
            changes=changes,
        )
        whole = replace(after, corrections=(correction,), version=before.version + 1)
        assert found(whole, CORRECTION) == set()
        assert found(
            replace(whole, corrections=(replace(correction, reason="", changes=()),)), CORRECTION
        ) == {
            "reason",
            "changes",
        }

    def test_a_correction_is_printed_in_words_not_in_codes(self):
        before = examples.external_fibre()
        assert before.closing is not None
        after = replace(
            before,
            event=dac.Event.DEGRADATION,
            closing=replace(
                before.closing,
                severity=2,
                attribution="INTERNAL",
                cause_code="I-FIB",
                sla_effect=dac.SlaEffect.FORCE_MAJEURE,
                verified_at=at("24/11 02:35"),
                rfo_pending=False,
                preventive=(),
            ),
        )
        correction = dac.Correction(
            issued_at=at("25/11 10:00"), reason="x", author="y", changes=dac.between(before, after)
        )
        sheet = dac.document(replace(after, corrections=(correction,)), carrier="x", verification_url="")
        (printed,) = sheet["corrections"]
        told = {row["field"]: (row["before"], row["after"]) for row in printed["changes"]}
        assert told["tipo de evento"] == ("Falla", "Degradación")
        assert told["Cierre · severidad"] == ("1 · caída total", "2 · degradación")
        assert told["Cierre · clasificación"] == ("externo (red contratada)", "interno")
        assert told["Cierre · efecto en el SLA"] == ("cuenta para el SLA", "fuerza mayor")
        assert told["Cierre · hora de verificación"] == ("24/11/2026 02:30", "24/11/2026 02:35")
        assert told["Cierre · RFO pendiente"] == ("sí", "no")
        assert told["Cierre · acción preventiva 1 · fecha"] == ("27/11/2026", "")

    def test_the_paths_of_a_correction_have_spanish_words(self):
        words = dac.document(examples.external_fibre(), carrier="x", verification_url="")
        assert words["corrections"] == []
        names = set()

        def walk(value: object) -> None:
            if is_dataclass(value):
                names.update(field.name for field in fields(value))
                for field in fields(value):
                    walk(getattr(value, field.name))
            elif isinstance(value, tuple):
                for item in value:
                    walk(item)

        walk(examples.external_attack())
        walk(examples.external_fibre())
        from mayorista.rules.dac import labels

        never_changed = {
            "version", "corrections", "acknowledgements", "procedure_code", "procedure_revision", "procedure_title",
            "part", "sequence",
        }  # fmt: skip
        assert names - set(labels.PATHS) - never_changed == set()


class TestSeal:
    @pytest.mark.parametrize(
        "example", [*CLOSED, examples.external_fibre_opening, examples.hostile_texts, examples.long_texts]
    )
    def test_json_there_and_back_says_the_same_and_hashes_the_same(self, example):
        content = replace(example(), opening=replace(example().opening, diagnosis="ñandú «á» 😀"))
        stored = json.loads(json.dumps(dac.to_json(content)))
        assert dac.from_json(stored) == content
        assert dac.content_hash(dac.from_json(stored)) == dac.content_hash(content)

    def test_the_order_of_keys_does_not_matter(self):
        content = examples.external_fibre()
        stored = dac.to_json(content)
        shuffled = dict(sorted(stored.items(), key=lambda pair: random.Random(pair[0]).random()))
        assert list(shuffled) != list(stored)
        assert dac.content_hash(dac.from_json(shuffled)) == dac.content_hash(content)

    def test_the_zone_of_a_moment_does_not_matter_but_the_instant_does(self):
        content = examples.external_fibre_opening()
        here = replace(
            content, opening=replace(content.opening, issued_at=lapaz.local(content.opening.issued_at))
        )
        later = replace(
            content,
            opening=replace(content.opening, issued_at=content.opening.issued_at + timedelta(seconds=1)),
        )
        assert dac.content_hash(here) == dac.content_hash(content) != dac.content_hash(later)

    def test_every_letter_counts(self):
        content = examples.external_fibre()
        assert dac.content_hash(content) != dac.content_hash(content.numbered("DAC-2026-000046"))

    @pytest.mark.parametrize(
        "change",
        [
            {"number": 7},
            {"version": "1"},
            {"version": True},
            {"event": "PARTY"},
            {"unknown": 1},
            {"opening": {}},
        ],
    )
    def test_refuses_what_is_not_a_form(self, change):
        stored = dac.to_json(examples.external_fibre()) | change
        with pytest.raises((ValueError, TypeError, KeyError)):
            dac.from_json(stored)

    def test_has_no_place_for_floats_or_naive_times(self):
        content = examples.external_fibre_opening()
        with pytest.raises(TypeError):
            dac.to_json(replace(content, opening=replace(content.opening, impact_percent=99.5)))
        with pytest.raises(ValueError, match="zone"):
            dac.to_json(replace(content, opening=replace(content.opening, issued_at=datetime(2026, 1, 1))))


class TestRegulator:
    @pytest.mark.parametrize(
        ("minutes", "duty"), [(0, "NONE"), (30, "NONE"), (31, "REPORT"), (720, "REPORT"), (721, "FURTHER")]
    )
    def test_over_30_minutes_and_over_12_hours(self, minutes, duty):
        limits = dac.RegulatorLimits()
        assert dac.regulator_duty(dac.Event.FAILURE, minutes * 60, limits) == duty
        assert dac.regulator_duty(dac.Event.MAINTENANCE, minutes * 60, limits) == "NONE"


START = datetime(2026, 11, 23, tzinfo=UTC)
moments = st.integers(0, 200).map(lambda second: START + timedelta(seconds=second))
spans = st.lists(st.tuples(moments, moments), max_size=12)


def instants(stretches) -> set[datetime]:
    return {
        START + timedelta(seconds=second)
        for second in range(201)
        if any(starts <= START + timedelta(seconds=second) < ends for starts, ends in stretches)
    }


class TestSpans:
    @given(spans)
    def test_union_holds_the_same_instants_once(self, some):
        whole = times.union(some)
        assert instants(whole) == instants(some)
        assert times.seconds(some) == len(instants(some))
        assert all(before[1] < after[0] for before, after in pairwise(whole))

    @given(spans, spans)
    def test_subtraction_is_that_of_sets(self, some, taken):
        assert instants(times.subtract(some, taken)) == instants(some) - instants(taken)

    @given(spans, spans)
    def test_net_is_never_more_than_gross_and_never_negative(self, some, taken):
        assert 0 <= times.seconds(times.subtract(some, taken)) <= times.seconds(some)

    @given(spans, spans)
    def test_agrees_with_the_clocks_of_the_screens(self, some, taken):
        down = [clocks.Period(*span) for span in some]
        stops = [clocks.Period(*span) for span in taken]
        until = START + timedelta(days=1)
        assert times.seconds(times.subtract(some, taken)) == clocks.net_seconds(down, stops, until=until)

    @given(st.lists(spans, min_size=1, max_size=4), spans)
    def test_the_form_loses_what_any_of_its_services_loses(self, per_service, stopped):
        base = examples.external_attack()
        assert base.closing is not None
        lines = tuple(
            replace(
                base.services[0],
                circuit_code=f"TIP-{index}",
                intervals=tuple(dac.Interval(starts_at=a, ends_at=b) for a, b in some),
            )
            for index, some in enumerate(per_service)
        )
        stops = tuple(
            dac.Stop(starts_at=a, ends_at=b, reason="x", proof="y", circuit_code="TIP-0") for a, b in stopped
        )
        content = replace(base, services=lines, closing=replace(base.closing, stops=stops))
        spent = dac.durations(content)
        lost = [instants(some) for some in per_service]
        assert spent.gross == len(set.union(*lost))
        assert spent.net == len((lost[0] - instants(stopped)).union(*lost[1:]))
        assert [one.gross for one in spent.services] == [len(one) for one in lost]

    def test_a_clock_that_starts_later_counts_only_from_then(self):
        content = examples.external_fibre()
        service = replace(content.services[0], repair_from_at=at("23/11 22:00"))
        (line,) = dac.durations(replace(content, services=(service,))).services
        assert (line.net, line.counted, line.over) == (257 * 60, 252 * 60, 12 * 60)


class TestLaPaz:
    def test_moments_are_four_hours_behind_utc_all_year(self):
        assert lapaz.moment(datetime(2026, 7, 1, 3, 59, 59, tzinfo=UTC)) == "30/06/2026 23:59"
        assert lapaz.moment(datetime(2026, 1, 1, 4, 0, tzinfo=UTC)) == "01/01/2026 00:00"

    def test_seconds_are_told_where_durations_are_counted(self):
        assert lapaz.exact(datetime(2026, 1, 1, 4, 0, 30, tzinfo=UTC)) == "01/01/2026 00:00:30"
        assert lapaz.exact(datetime(2026, 1, 1, 4, 0, 0, 999, tzinfo=UTC)) == "01/01/2026 00:00"

    def test_durations_are_never_rounded(self):
        assert [lapaz.duration(seconds) for seconds in (0, 59, 60, 15420, 360_000)] == [
            "00:00",
            "00:00:59",
            "00:01",
            "04:17",
            "100:00",
        ]
