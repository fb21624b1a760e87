"""What every answer carries, what the logs hold and what they do not."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import OperationalError
from django.test import Client, override_settings

from mayorista.adapters.host import environment, logs
from mayorista.apps.overview.queries import health
from tests.interfaces.platform import driver


def _setting(code: str, **environ: str) -> str:
    """What settings say under an environment, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", f"from mayorista.config import settings as s; print({code})"],
        env=driver.environ(**environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.django_db
class TestHeaders:
    def test_allow_no_inline_script_no_frame_and_no_other_origin(self, client):
        answer = client.get("/cuenta/login/")
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"

    def test_carry_the_request_id_that_was_given_or_a_new_one(self, client):
        assert (
            client.get("/salud", headers={"X-Request-ID": "abcd-1234-efgh"})["X-Request-ID"]
            == "abcd-1234-efgh"
        )
        assert client.get("/salud", headers={"X-Request-ID": "<script>"})["X-Request-ID"].isalnum()

    def test_close_the_cookies(self, client):
        cookie = client.get("/cuenta/login/").cookies["csrftoken"]
        assert cookie["samesite"] == "Lax"


class TestAFormWithoutItsSession:
    def test_leads_through_the_login_back_to_the_very_page(self):
        stranger = Client(enforce_csrf_checks=True)
        page = "/avisos/?dano=FALLA-2026-000001&clase=OPENING"
        answer = stranger.post(page, {"text": "mi texto"}, headers={"referer": f"http://testserver{page}"})
        assert answer.status_code == 302
        assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [page]


class TestBodies:
    @pytest.mark.parametrize("told", [str(64 * 1024 * 1024 + 1), "-5", "mucho"])
    def test_that_are_too_large_or_lie_are_refused_unread(self, client, told):
        answer = client.post("/cuenta/login/", {"login": "x"}, CONTENT_LENGTH=told)
        assert answer.status_code == 413
        assert "64 MB" in answer.content.decode()


class TestTls:
    def test_closes_cookies_and_pins_https_when_the_public_address_is_https(self, tmp_path):
        said = _setting(
            "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS >= 31536000, s.CSRF_TRUSTED_ORIGINS, s.ALLOWED_HOSTS",
            MAYORISTA_DATA=str(tmp_path),
            MAYORISTA_PUBLIC_URL="https://mayorista.example.bo",
            MAYORISTA_TRUSTED_PROXY="1",
        )
        assert said.startswith("True True True ['https://mayorista.example.bo']")
        assert "'mayorista.example.bo'" in said

    def test_is_not_pretended_on_a_local_address(self, tmp_path):
        assert (
            _setting("s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS", MAYORISTA_DATA=str(tmp_path))
            == "False 0"
        )


@pytest.mark.django_db
class TestAddress:
    def test_is_the_sockets_without_a_trusted_proxy(self, client, caplog):
        with caplog.at_level(logging.INFO, "mayorista.web"):
            client.get("/cuenta/login/", headers={"X-Forwarded-For": "1.2.3.4"}, REMOTE_ADDR="10.0.0.7")
        assert vars(caplog.records[-1])["from"] == "10.0.0.7"

    @override_settings(TRUSTED_PROXY=True)
    def test_is_the_last_one_our_proxy_saw(self, client, caplog):
        with caplog.at_level(logging.INFO, "mayorista.web"):
            client.get(
                "/cuenta/login/", headers={"X-Forwarded-For": "6.6.6.6, 1.2.3.4"}, REMOTE_ADDR="127.0.0.1"
            )
        assert vars(caplog.records[-1])["from"] == "1.2.3.4"


@pytest.mark.django_db
class TestHealth:
    def test_tells_database_lag_workers_and_version(self, client):
        answer = client.get("/salud")
        assert answer.status_code == 200
        assert set(answer.json()) == {"database", "queue_lag_seconds", "queue_due", "workers", "version"}

    def test_counts_what_is_due_and_how_long_it_waits(self, client):
        from procrastinate.contrib.django import app

        app.configure_task("builtin:procrastinate.builtin_tasks.remove_old_jobs", allow_unknown=True).defer(
            max_hours=1
        )
        found = client.get("/salud").json()
        assert found["queue_due"] == 1
        assert found["queue_lag_seconds"] >= 0

    def test_is_503_without_a_word_of_the_database(self, client, monkeypatch):
        def away():
            raise OperationalError("connection to server at 10.9.8.7 failed: password of mayorista_app")

        monkeypatch.setattr(health, "health", away)
        answer = client.get("/salud")
        assert answer.status_code == 503
        assert "10.9.8.7" not in answer.content.decode()

    def test_changes_nothing(self, client):
        assert client.post("/salud").status_code == 405


class TestLogLines:
    def _line(self, text, *arguments, **extra):
        record = logging.getLogger("x").makeRecord(
            "mayorista.x", logging.INFO, "f", 1, text, arguments, None, extra=extra
        )
        return json.loads(logs.JsonLines().format(record))

    def test_carry_case_and_message(self):
        line = self._line("enviado", case="DANO-2026-000148", message_id=77)
        assert line["case"] == "DANO-2026-000148"
        assert line["message_id"] == 77
        assert line["at"].endswith("Z")

    @pytest.mark.parametrize(
        ("text", "secret"),
        [
            ("no connection to postgresql://mayorista_app:s3creto@db/mayorista", "s3creto"),
            ("smtp+starttls://noc:clave%20larga@mail.example.bo:587", "clave%20larga"),
            ("GET https://graph.example/v25.0/1?access_token=EAAG0123456789", "EAAG0123456789"),
            ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
            ("{'password': 'abierto123'}", "abierto123"),
        ],
    )
    def test_hold_no_secret(self, text, secret):
        assert secret not in json.dumps(self._line(text))
        assert secret not in json.dumps(self._line("ocurrió: %s", text))

    def test_blot_out_fields_that_are_named_like_secrets(self):
        assert self._line("x", api_token="abc", sessionid="def") | {"at": ""} == {
            "at": "",
            "level": "INFO",
            "logger": "mayorista.x",
            "text": "x",
            "api_token": "…",
            "sessionid": "…",
        }


class TestEnvironment:
    @pytest.mark.parametrize("port", ["ochenta", "0", "70000", "-1"])
    def test_refuses_a_port_that_is_none_in_words(self, port):
        with pytest.raises(ValueError, match="MAYORISTA_PORT"):
            environment.read({"MAYORISTA_PORT": port})

    def test_refuses_a_database_option_without_a_value(self):
        with pytest.raises(ValueError, match="nombre=valor"):
            environment.read({"MAYORISTA_POSTGRES_OPTIONS": "shared_buffers"})

    def test_uses_the_private_database_when_nothing_is_configured(self):
        assert environment.read({}).embedded
        assert not environment.read({"DATABASE_URL": "postgresql://x/y"}).embedded
