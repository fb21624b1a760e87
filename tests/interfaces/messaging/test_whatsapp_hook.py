"""`/hooks/whatsapp`, as a stranger and as Meta."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mayorista.apps.messaging.models import WebhookEvent
from mayorista.rules.whatsapp import MAX_WEBHOOK_BYTES, signature_of

SAMPLES = Path(__file__).parents[2] / "fixtures" / "whatsapp"
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text())
SECRET, TOKEN = MANIFEST["app_secret_de_prueba"], MANIFEST["verify_token_de_prueba"]
SIGNED = [
    (each["file"], each["X-Hub-Signature-256"])
    for each in MANIFEST["archivos"]
    if "X-Hub-Signature-256" in each
]
HOOK = "/hooks/whatsapp"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _configured(settings):
    settings.WHATSAPP_APP_SECRET, settings.WHATSAPP_VERIFY_TOKEN = SECRET, TOKEN


def post(client, body, signature=None):
    headers = {"X-Hub-Signature-256": signature_of(body, SECRET) if signature is None else signature}
    return client.post(HOOK, body, content_type="application/json", headers=headers)


class TestHandshake:
    def test_answers_the_bare_challenge(self, client):
        answer = client.get(
            HOOK, {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": TOKEN}
        )
        assert (answer.status_code, answer.content) == (200, b"1158201444")
        assert answer["Content-Type"].startswith("text/plain")

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "otro"},
            {"hub.mode": "subscribe", "hub.challenge": "<b>", "hub.verify_token": TOKEN},
        ],
    )
    def test_refuses_a_stranger(self, client, query):
        assert client.get(HOOK, query).status_code == 403

    def test_refuses_everybody_without_a_token_of_ours(self, client, settings):
        settings.WHATSAPP_VERIFY_TOKEN = ""
        answer = client.get(HOOK, {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": ""})
        assert answer.status_code == 403


class TestPost:
    @pytest.mark.parametrize(("name", "signature"), SIGNED)
    def test_takes_every_sample_with_its_signature(self, client, name, signature):
        assert post(client, (SAMPLES / name).read_bytes(), signature).status_code == 200
        assert bytes(WebhookEvent.objects.get().body) == (SAMPLES / name).read_bytes()

    @pytest.mark.parametrize("signature", ["", "sha256=00", "sha256=" + "0" * 64])
    def test_refuses_a_wrong_signature_and_stores_nothing(self, client, signature):
        assert post(client, b"{}", signature).status_code == 403
        assert not WebhookEvent.objects.exists()

    def test_fails_closed_without_a_secret(self, client, settings):
        settings.WHATSAPP_APP_SECRET = ""
        assert post(client, b"{}", signature_of(b"{}", "")).status_code == 403

    def test_refuses_more_than_four_megabytes(self, client):
        assert post(client, b"x" * (MAX_WEBHOOK_BYTES + 1)).status_code == 413
        assert post(client, b"x" * MAX_WEBHOOK_BYTES).status_code == 200

    def test_keeps_nonsense_that_is_signed(self, client):
        assert post(client, b"\xff\x00nonsense").status_code == 200
        assert WebhookEvent.objects.count() == 1

    @pytest.mark.parametrize("method", ["put", "delete", "patch"])
    def test_knows_no_other_method(self, client, method):
        assert getattr(client, method)(HOOK).status_code == 405

    def test_costs_few_queries(self, client, django_assert_max_num_queries):
        with django_assert_max_num_queries(8):
            post(client, (SAMPLES / "in-01-text.json").read_bytes())
