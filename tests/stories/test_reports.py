"""An upstream cut that hits two ISPs, told on paper: report, new attribution, RFO, clocks, claim to the provider."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from mayorista.apps.assurance.models import Copy, Issue
from mayorista.apps.assurance.operations import provider_claims, reports, rfos
from mayorista.apps.messaging.models import Message
from mayorista.apps.overview.queries import case_clocks
from mayorista.apps.procedure.operations import files
from mayorista.rules.assurance import three_clocks
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from tests import assurance_world as papers

NOVEMBER = papers.NOVEMBER


@pytest.fixture
def fallen(world):
    papers.served(world)
    world.fault_row = papers.upstream(world)
    papers.over(world)
    return world


def issue(fallen) -> Issue:
    return reports.issue(
        customer_id=fallen.customer, month=NOVEMBER, actor=fallen.actor("gerente"), at=fallen.at
    )


def test_from_the_cut_to_the_papers(fallen):
    world, fault = fallen, fallen.fault_row
    number = fault.dossier.number

    # The report counts it as the provider's; the next version says whose it became.
    first = issue(world)
    by = {each["key"]: each["counted"] for each in first.content["attributions"]}
    assert by["EXTERNAL"] == 3 * 3600
    world.diagnose(fault, "INTERNAL", "I-FIB")
    second = issue(world)
    assert second.sequence == 2
    assert any("ahora es «interno»" in each for each in second.changes)
    world.diagnose(fault, "EXTERNAL", "E-FIB")

    # The clocks: half an hour ours, the rest with the provider.
    page = case_clocks.clocks_page(number, at=world.at)
    assert page.ball == three_clocks.NOBODY
    assert (page.ours.elapsed, page.providers[0].clock.elapsed) == (30 * 60, 9000)
    assert {each.clock.elapsed for each in page.customers} == {3 * 3600}

    # The RFO names nobody to another, is approved by another person, and each gets only what is its own.
    with pytest.raises(Invalid, match="Nombra a «OTRA RED"):
        papers.drafted(world, fault, summary="Cayó la troncal de Otra Red.")
    with pytest.raises(Invalid, match="no empieza con fecha"):
        papers.drafted(world, fault, timeline="a las ocho cayó")
    with pytest.raises(Invalid, match="antes que la anterior"):
        papers.drafted(world, fault, timeline="18/11/2026 09:00 uno\n18/11/2026 08:00 dos")
    papers.drafted(world, fault, who="gerente")
    with pytest.raises(NotAllowed, match="no lo aprueba"):
        rfos.approve(number=number, actor=world.actor("gerente"), at=world.at)
    papers.drafted(world, fault)
    assert any("Aprobar el RFO" in each for each in world.tray("MANAGER"))
    row = rfos.approve(number=number, actor=world.actor("gerente"), at=world.at)
    assert not any("Aprobar el RFO" in each for each in world.tray("MANAGER"))
    assert rfos.send(number=number, actor=world.actor("gerente"), at=world.at).sent == 2
    with pytest.raises(Conflict):
        rfos.send(number=number, actor=world.actor("gerente"), at=world.at)
    copies = {copy.customer_id: copy for copy in Copy.objects.filter(issue=row)}
    mine, others = copies[world.customer], copies[world.other]
    told = Message.objects.get(pk=mine.message_id)
    assert "TIP-0142" in told.body
    assert "TIP-0700" not in told.subject + told.body
    assert "VALLE" not in Message.objects.get(pk=others.message_id).body
    assert files.read(file_id=mine.file_id)[1] != files.read(file_id=others.file_id)[1]

    # Our claim: by the provider's contract, a letter that the Gerente approves.
    provider_claims.write_terms(
        provider_id=world.provider_id,
        terms=provider_claims.Terms(
            "", dt.date(2026, 1, 1), 240, "USD", Decimal("7200.00"), Decimal("2.00"), "cl. 4"
        ),
        actor=world.actor("interconexion"),
        at=world.at,
    )
    papers.claimed(world)
    asked = {
        "provider_code": "TAD",
        "reference": "",
        "month": NOVEMBER,
        "actor": world.actor("gerente"),
        "at": world.at,
    }
    letter = provider_claims.approve(**asked)
    assert letter.content["seconds"] == 3 * 3600
    assert letter.content["credit"] == "USD 60,00"
    assert "OTRA RED" not in str(letter.content)
    sent = Message.objects.get(pk=provider_claims.send(**asked))
    assert letter.paper.dossier.number in sent.subject
