"""The webhook of Alertmanager, read alert by alert."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.interfaces.lab import bodies
from mayorista.rules.alarms import alertmanager
from mayorista.rules.alarms.values import Severity, reaches, severity_of

FIXTURES = Path(__file__).parent.parent / "fixtures" / "alarms"
AT = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
GOOD = bodies.alert({"alertname": "X", "severity": "critical", "service": "TIP-1"}, starts_at=AT)


def parse(body: bytes | dict, **words: str):
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return alertmanager.parse(sent, received_at=AT, severity_words=words or None)


def with_alerts(*alerts: object) -> dict:
    return {"version": "4", "status": "firing", "alerts": list(alerts)}


class TestGenuineBodies:
    def test_reads_a_firing_alert(self):
        [alarm] = parse((FIXTURES / "01-alertmanager-webhook-v4-firing.json").read_bytes()).alarms
        assert alarm.fingerprint == "1a30ba71cca2921f"
        assert alarm.starts_at == dt.datetime(2026, 11, 24, 6, 3, 11, 482_000, tzinfo=dt.UTC)
        assert alarm.firing
        assert alarm.severity is Severity.CRITICAL
        assert alarm.labels["service"] == "IPT-000123"
        assert alarm.link.startswith("http://prometheus.noc.example")

    def test_reads_a_resolved_alert_as_the_end_of_the_same_occurrence(self):
        [fired] = parse((FIXTURES / "01-alertmanager-webhook-v4-firing.json").read_bytes()).alarms
        [ended] = parse((FIXTURES / "02-alertmanager-webhook-v4-resolved.json").read_bytes()).alarms
        assert (fired.fingerprint, fired.starts_at) == (ended.fingerprint, ended.starts_at)
        assert ended.ends_at == dt.datetime(2026, 11, 24, 7, 41, 5, 120_000, tzinfo=dt.UTC)

    def test_reads_what_a_real_alertmanager_sent(self):
        [alarm] = parse((FIXTURES / "03-alertmanager-0.25-real.json").read_bytes()).alarms
        assert alarm.annotations == {"summary": "BGP isp65010 caída"}
        assert alarm.fingerprint == bodies.fingerprint(alarm.labels)

    @pytest.mark.parametrize("name", ["04-zabbix-webhook-problem.json", "10-grafana-webhook-v1-firing.json"])
    def test_refuses_what_other_systems_send(self, name):
        with pytest.raises(alertmanager.NotUnderstood, match="versión «4»"):
            parse((FIXTURES / name).read_bytes())


class TestWholeBody:
    @pytest.mark.parametrize(
        ("body", "why"),
        [
            (b"", "vacío"),
            (b"  \n", "vacío"),
            (b"{", "no es JSON"),
            (b"[]", "no es un objeto"),
            (b'"4"', "no es un objeto"),
            (b"{}", "versión"),
            (b'{"version": 4, "alerts": []}', "versión"),
            (b'{"version": "4"}', "alerts"),
            (b'{"version": "4", "alerts": {}}', "alerts"),
            ('{"version": "4", "alerts": [], "x": "ñ"}'.encode("latin-1"), "UTF-8"),
            ('{"version": "4", "alerts": []}'.encode("utf-16"), "UTF-8"),
            (b"[" * 100_000, "anidado"),
            (b'{"version": "4", "alerts": [' + b"9" * 5_000 + b"]}", "no es JSON"),
        ],
    )
    def test_says_in_spanish_why_it_is_not_understood(self, body, why):
        with pytest.raises(alertmanager.NotUnderstood, match=why):
            parse(body)

    def test_takes_an_empty_list(self):
        assert parse(with_alerts()).alarms == ()

    def test_tells_how_many_the_sender_cut_off(self):
        assert parse({**with_alerts(GOOD), "truncatedAlerts": 7}).truncated == 7

    @pytest.mark.parametrize("odd", ["7", None, True, -1, 1.5])
    def test_an_odd_count_of_those_cut_off_is_none(self, odd):
        assert parse({**with_alerts(GOOD), "truncatedAlerts": odd}).truncated == 0


class TestOneAlert:
    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"status": "maybe"}, "status"),
            ({"status": None}, "status"),
            ({"fingerprint": ""}, "fingerprint"),
            ({"fingerprint": 5}, "fingerprint"),
            ({"fingerprint": "f" * 200}, "fingerprint"),
            ({"labels": {}}, "etiquetas"),
            ({"labels": None}, "etiquetas"),
            ({"labels": {"a": 1}}, "no es un texto"),
            ({"labels": {"a": "x" * 10_000}}, "demasiado larga"),
            ({"labels": {f"l{n}": "x" for n in range(300)}}, "más de 200"),
            ({"labels": {"a": "\x00"}}, "no son texto"),
            ({"labels": {"a": "\ud800"}}, "no son texto"),
            ({"startsAt": "ayer"}, "no es una fecha"),
            ({"startsAt": None}, "startsAt"),
            ({"startsAt": "2026-11-24T06:00:00"}, "zona horaria"),
            ({"startsAt": "0001-01-01T00:00:00Z"}, "verosímil"),
            ({"startsAt": "2027-11-24T06:00:00Z"}, "futuro"),
            ({"status": "resolved", "endsAt": "0001-01-01T00:00:00Z"}, "endsAt"),
            ({"status": "resolved", "endsAt": None}, "endsAt"),
            ({"labels": {"a": "b", "severity": "ok"}}, "despejada"),
        ],
    )
    def test_is_rejected_alone_with_the_reason(self, change, why):
        report = parse(with_alerts(GOOD, {**GOOD, **change}, GOOD))
        assert len(report.alarms) == 2
        [rejected] = report.rejected
        assert rejected.position == 1
        assert why in rejected.reason
        assert rejected.excerpt

    @pytest.mark.parametrize("odd", [None, 5, "x", [], True])
    def test_something_else_than_an_object_is_rejected(self, odd):
        assert len(parse(with_alerts(odd, GOOD)).rejected) == 1

    def test_odd_annotations_do_not_cost_the_alarm(self):
        alert = {**GOOD, "annotations": {"summary": {"a": 1}}, "generatorURL": "javascript:alert(1)"}
        [alarm] = parse(with_alerts(alert)).alarms
        assert alarm.annotations == {"summary": '{"a": 1}'}
        assert alarm.link == ""

    def test_an_end_before_the_beginning_is_the_beginning(self):
        alert = bodies.alert({"a": "b"}, starts_at=AT, ends_at=AT - dt.timedelta(hours=1))
        assert parse(with_alerts(alert)).alarms[0].ends_at == AT

    def test_nanoseconds_and_offsets_are_read(self):
        alert = {**GOOD, "startsAt": "2026-11-24T02:00:00.123456789-04:00"}
        assert parse(with_alerts(alert)).alarms[0].starts_at == dt.datetime(
            2026, 11, 24, 6, 0, 0, 123456, tzinfo=dt.UTC
        )

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
            max_leaves=12,
        )
    )
    def test_any_json_as_an_alert_is_taken_or_rejected_and_never_breaks(self, anything):
        report = parse(with_alerts(anything, GOOD))
        assert len(report.alarms) + len(report.rejected) == 2

    @given(st.binary(max_size=300))
    def test_any_bytes_are_refused_in_words(self, body):
        with pytest.raises(alertmanager.NotUnderstood) as caught:
            alertmanager.parse(body, received_at=AT)
        assert caught.value.message


class TestSeverity:
    @pytest.mark.parametrize(
        ("word", "severity"),
        [
            ("critical", "CRITICAL"),
            ("Critical ", "CRITICAL"),
            ("page", "CRITICAL"),
            ("error", "MAJOR"),
            ("warning", "WARNING"),
            ("info", "INDETERMINATE"),
            ("", "INDETERMINATE"),
            ("p1", "INDETERMINATE"),
        ],
    )
    def test_is_read_from_the_sources_words(self, word, severity):
        assert severity_of(word) == severity

    def test_a_sources_own_words_go_first(self):
        assert severity_of("P1", {"p1": "CRITICAL"}) is Severity.CRITICAL
        assert severity_of("critical", {"critical": "MINOR"}) is Severity.MINOR
        assert severity_of("", {"": "MAJOR"}) is Severity.MAJOR

    @pytest.mark.parametrize(
        ("severity", "threshold", "opens"),
        [
            ("CRITICAL", "MAJOR", True),
            ("MAJOR", "MAJOR", True),
            ("MINOR", "MAJOR", False),
            ("INDETERMINATE", "WARNING", False),
            ("WARNING", "WARNING", True),
        ],
    )
    def test_opens_from_the_threshold_on(self, severity, threshold, opens):
        assert reaches(severity, threshold) is opens


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), min_size=1, max_size=6),
    st.booleans(),
)
def test_what_the_lab_writes_is_what_is_read(labels, resolved):
    ends = AT if resolved else None
    alert = bodies.alert(
        labels, starts_at=AT - dt.timedelta(minutes=5), ends_at=ends, annotations={"summary": "x"}
    )
    report = alertmanager.parse(bodies.post([alert]), received_at=AT)
    if report.alarms:
        [alarm] = report.alarms
        assert (alarm.labels, alarm.ends_at, alarm.fingerprint) == (labels, ends, bodies.fingerprint(labels))
    else:
        assert "no son texto" in report.rejected[0].reason or "despejada" in report.rejected[0].reason
