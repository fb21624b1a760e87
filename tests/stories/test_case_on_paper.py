"""A case's conversation leaves the system as a PDF: both sides, acts, marks, whole (R-A4)."""

from __future__ import annotations

import re
import subprocess

import pytest

from mayorista.apps.customers.models import WhatsAppIdentity
from mayorista.apps.faults.operations import opening
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging.drafts import WhatsAppDraft
from mayorista.apps.overview.queries import case_paper
from mayorista.rules.errors import NotFound

NUMBER = "59170000077"


def words(pdf: bytes) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return re.sub(r"\s+", " ", done.stdout.decode())


@pytest.fixture
def case(world):
    tunari = world.isp("RED TUNARI S.R.L.", "TIP-0077", mobile="70000077")
    fault = opening.open_by_hand(
        service_ids=[world.service("TIP-0077")],
        effect="PARTIAL",
        severity=2,
        started_at=world.at,
        actor=world.actor("noc"),
        at=world.at,
    )
    world.pass_minutes(3)
    world.diagnose(fault, "CUSTOMER", "C-ENE")
    return world.case(tunari)


def write(world, case, text: str) -> None:
    messaging.send(
        draft=WhatsAppDraft(
            dossier_id=case.dossier_id,
            cause="A.4",
            identity_id=WhatsAppIdentity.objects.get(wa_id=NUMBER).pk,
            text=text,
        ),
        actor=world.actor("soporte"),
        at=world.at,
    )
    world.settle()


@pytest.mark.needs("pdftotext")
class TestConversation:
    def test_holds_both_sides_the_acts_and_who_asked_for_it(self, world, case):
        world.customer_writes(NUMBER, "seguimos sin servicio 😟 #urgente")
        world.pass_minutes(2)
        write(world, case, "¿Podría confirmar si su equipo tiene energía?")
        paper = case_paper.conversation(number=case.dossier.number, by="Auditora Demo", at=world.at)
        text = words(paper.content)
        for field in (
            case.dossier.number, "RED TUNARI S.R.L.", "TIP-0077", "COPIA NO CONTROLADA", "seguimos sin servicio", "#urgente",
            "¿Podría confirmar", "recibido", "enviado", "por Auditora Demo", "C-ENE",
        ):  # fmt: skip
            assert field in text, field
        assert paper.name == f"{case.dossier.number}-conversacion.pdf"

    def test_is_not_cut_to_what_a_screen_shows(self, world, case):
        for index in range(320):
            world.customer_writes(NUMBER, f"mensaje-{index:04d}")
        text = words(case_paper.conversation(number=case.dossier.number, by="x", at=world.at).content)
        assert all(f"mensaje-{index:04d}" in text for index in (0, 1, 160, 319))

    def test_of_an_unknown_number_is_not_found(self, world):
        with pytest.raises(NotFound):
            case_paper.conversation(number="DANO-2026-999999", by="x", at=world.at)
