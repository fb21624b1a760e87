"""The front door for alarms, tried by senders, strangers and hostile bodies."""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from unittest import mock

import psycopg
import pytest
from django.db import OperationalError, connections
from django.test import Client

from mayorista.apps.monitoring.models import AlarmPost, AlarmSource, Occurrence, Quarantine
from mayorista.apps.monitoring.operations import intake, sources
from mayorista.apps.procedure import actors
from mayorista.interfaces.hooks import alertmanager
from mayorista.interfaces.lab import bodies
from tests.alarms import T0, alert

pytestmark = pytest.mark.django_db

TOKEN = "a-token-of-the-tests-0123456789"
GOOD = bodies.post([alert(T0, service="TIP-1")])


@pytest.fixture
def source() -> sources.NewToken:
    return sources.create_source(code="nms", name="NMS", token=TOKEN, actor=actors.for_job("tests"), at=T0)


def send(
    body: bytes = GOOD, *, code: str = "nms", token: str | None = TOKEN, method: str = "POST", **headers: str
):
    extra = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    if token is not None:
        extra["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    return client.generic(
        method, f"/hooks/alertmanager/{code}", body, content_type="application/json", **extra
    )


class TestSender:
    def test_is_told_200_and_what_was_taken(self, source):
        response = send()
        assert (response.status_code, response.json()) == (200, {"alarms": 1, "rejected": 0})
        assert Occurrence.objects.count() == 1

    def test_may_write_a_slash_at_the_end(self, source):
        assert send(code="nms/").status_code == 200

    def test_sets_no_cookie_and_opens_no_session(self, source):
        assert not send().cookies

    def test_may_pack_the_body(self, source):
        assert send(gzip.compress(GOOD), **{"content-encoding": "gzip"}).status_code == 200
        assert AlarmPost.objects.get().encoding == "gzip"

    def test_an_empty_list_is_fine(self, source):
        assert send(b'{"version": "4", "alerts": []}').json() == {"alarms": 0, "rejected": 0}

    def test_twenty_thousand_alarms_in_one_body_are_taken(self, source):
        body = bodies.post([alert(T0, service=f"TIP-{k}") for k in range(20_000)])
        assert send(body).json() == {"alarms": 20_000, "rejected": 0}
        assert Occurrence.objects.count() == 20_000


class TestStranger:
    @pytest.mark.parametrize(
        ("code", "token"),
        [
            ("nms", None),
            ("nms", ""),
            ("nms", "wrong"),
            ("nms", TOKEN + "x"),
            ("nobody", TOKEN),
            ("", TOKEN),
            ("nms/../nms", TOKEN),
            ("mayorista", ""),
            ("nms'--", TOKEN),
            ("ñandú", TOKEN),
            ("x" * 5_000, TOKEN),
        ],
    )
    def test_is_told_401_and_leaves_nothing(self, source, code, token):
        response = send(code=code, token=token)
        assert response.status_code in {401, 404}
        assert not AlarmPost.objects.exists()

    @pytest.mark.parametrize(
        "header", ["Basic Zm9vOmJhcg==", "Bearer", "bearer", TOKEN, "Token " + TOKEN, "Bearer \x00"]
    )
    def test_another_kind_of_header_is_refused(self, source, header):
        response = Client().generic("POST", "/hooks/alertmanager/nms", GOOD, HTTP_AUTHORIZATION=header)
        assert response.status_code == 401

    def test_the_internal_source_takes_nothing_from_outside(self, source):
        AlarmSource.objects.create(code="interna", name="x", kind="INTERNAL", created_at=T0)
        assert send(code="interna", token="").status_code == 401

    def test_a_source_that_was_switched_off_is_refused(self, source):
        AlarmSource.objects.update(active=False)
        assert send().status_code == 401

    def test_the_old_token_is_refused_after_rotation(self, source):
        fresh = sources.rotate_token(source_id=source.source_id, actor=actors.for_job("tests"), at=T0)
        assert send().status_code == 401
        assert send(token=fresh.token).status_code == 200

    def test_the_token_is_nowhere_in_the_database(self, source):
        row = AlarmSource.objects.values().get()
        assert TOKEN not in json.dumps(row, default=str)

    def test_the_token_of_another_source_is_refused(self, source):
        other = sources.create_source(code="otra", name="Otra", actor=actors.for_job("tests"), at=T0)
        assert send(token=other.token).status_code == 401

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"])
    def test_another_method_is_told_405(self, source, method):
        response = send(method=method)
        assert response.status_code == 405
        assert response["Allow"] == "POST"


class TestBadBody:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"x",
            b"null",
            b"{}",
            b'{"version": "9", "alerts": []}',
            "señal perdida".encode("latin-1"),
            GOOD.decode().encode("utf-16"),
            b"\x00" * 1000,
            GOOD[: len(GOOD) // 2],
            b"[" * 200_000,
            b'{"version":"4","alerts":[{"a":' + b'{"a":' * 50_000,
            b"<?xml version='1.0'?><a/>",
            b"a=1&b=2",
        ],
    )
    def test_is_kept_in_quarantine_and_answered_202(self, source, body):
        response = send(body)
        assert response.status_code == 202
        held = Quarantine.objects.select_related("post").get()
        assert held.reason
        assert held.post.size == len(body)

    def test_one_bad_alarm_among_good_ones_does_not_cost_them(self, source):
        body = json.loads(GOOD)
        body["alerts"] += [{"status": "firing"}, 5]
        response = send(json.dumps(body).encode())
        assert (response.status_code, response.json()) == (200, {"alarms": 1, "rejected": 2})

    def test_only_bad_alarms_are_202(self, source):
        assert send(b'{"version": "4", "alerts": [5]}').status_code == 202

    def test_characters_postgresql_can_not_hold_cost_only_their_alarm(self, source):
        body = json.loads(GOOD)
        body["alerts"].append(alert(T0, service="a\x00b"))
        body["alerts"].append(alert(T0, service="c"))
        response = send(json.dumps(body).encode())
        assert response.json() == {"alarms": 2, "rejected": 1}

    @pytest.mark.parametrize("nul", ["annotations", "excerpt"])
    def test_nul_in_any_text_does_not_break_it(self, source, nul):
        body = json.loads(GOOD)
        body["alerts"][0]["annotations"] = {"summary": "a\x00b"} if nul == "annotations" else {}
        body["alerts"].append({"status": "fi\x00ring", "labels": {"x": "\ud800"}})
        assert send(json.dumps(body).encode()).status_code in {200, 202}

    def test_says_gzip_and_is_not(self, source):
        assert send(GOOD, **{"content-encoding": "gzip"}).status_code == 202
        assert bytes(AlarmPost.objects.get().body) == GOOD

    def test_an_unknown_packing_is_kept(self, source):
        assert send(zlib.compress(GOOD), **{"content-encoding": "br"}).status_code == 202

    def test_a_body_that_swells_when_unpacked_is_413(self, source):
        bomb = gzip.compress(b" " * (40 * 1024 * 1024))
        assert send(bomb, **{"content-encoding": "gzip"}).status_code == 413

    def test_over_32_mb_is_413_and_shown(self, source):
        response = send(b" " * (alertmanager.MAX_BYTES + 1))
        assert response.status_code == 413
        assert "32 MB" in Quarantine.objects.get().reason

    def test_exactly_32_mb_is_looked_at(self, source):
        assert send(b" " * alertmanager.MAX_BYTES).status_code == 202

    def test_hostile_labels_are_only_text(self, source):
        hostile = "'); DROP TABLE monitoring_alarm; --<script>alert(1)</script>{{7*7}}%s%(x)s\\"
        assert send(bodies.post([alert(T0, service=hostile)])).status_code == 200
        assert Occurrence.objects.get().alarm.labels["service"] == hostile


class TestTrouble:
    def test_a_lost_race_is_tried_again(self, source):
        real, calls = intake.take, []

        def racing(**given):
            calls.append(1)
            if len(calls) < 3:
                raise OperationalError("deadlock detected") from psycopg.errors.DeadlockDetected()
            return real(**given)

        with mock.patch.object(intake, "take", racing):
            assert send().status_code == 200
        assert (len(calls), Occurrence.objects.count()) == (3, 1)

    def test_503_only_when_nothing_was_stored(self, source):
        gone = OperationalError("the database is away")
        with mock.patch.object(intake, "take", side_effect=gone):
            response = send()
        assert response.status_code == 503
        assert response["Retry-After"]
        assert not AlarmPost.objects.exists()

    def test_an_error_of_our_own_keeps_the_body_and_says_202(self, source):
        with mock.patch.object(intake, "take", side_effect=ZeroDivisionError):
            response = send()
        assert response.status_code == 202
        assert Quarantine.objects.get().post.size == len(GOOD)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_concurrent_posts_of_one_alarm_are_one_alarm(self, source):
        answers: list[int] = []

        def work() -> None:
            answers.extend(send().status_code for _turn in range(5))
            connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert answers == [200] * 40
        assert Occurrence.objects.get().repeats == 40
