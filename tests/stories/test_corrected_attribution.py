"""The attribution of a closed case corrected by two people, and what follows: availability, credit, report, RFO, indicator."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from mayorista.apps.assurance.models import Issue, Paper
from mayorista.apps.assurance.operations import corrections, provider_claims, reports, rfos
from mayorista.apps.assurance.queries import rfo as rfo_facts
from mayorista.apps.billing.models import Amount, CreditProposal
from mayorista.apps.billing.operations import credit_months, credits  # noqa: A004 -- the credits of a month, not the interpreter's
from mayorista.apps.contracts.models import Service
from mayorista.apps.faults.models import AttributionCorrection, Case, DacIssue, Diagnosis, Fault, Outage
from mayorista.apps.faults.operations import analysis, attribution, coordination, dac, restoration
from mayorista.apps.indicators.models import Snapshot
from mayorista.apps.indicators.operations import judging, snapshots
from mayorista.apps.overview.queries import case as cases
from mayorista.apps.overview.queries import indicator_explain, indicators, tray
from mayorista.apps.overview.queries import provider_claims as claim_pages
from mayorista.apps.procedure.models import JournalEntry, WorkItem
from mayorista.rules import lapaz
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from mayorista.rules.procedure import Role
from tests import assurance_world as papers
from tests import billing_world as bills

NOVEMBER = papers.NOVEMBER
SAID = {
    "attribution": "CUSTOMER",
    "cause_code": "C-ENE",
    "reason": "el corte fue en el tablero del cliente",
    "evidence": "acta de visita firmada por el cliente",
}


def closed(world, *, attribution_of: str = "INTERNAL", cause: str = "I-FIB") -> Fault:
    """Two hours down on the 12th of November, worked to the notice to the customer."""
    world.move_to(12, hour=8)
    world.alarm(circuit="TIP-0141")
    fault = world.fault()
    world.pass_minutes(10)
    world.protocols(fault)
    world.diagnose(fault, attribution_of, cause, evidence="medición OTDR")
    world.coordinate(fault)
    world.open_dac(fault)
    coordination.record_advance(
        fault_id=fault.pk, text="cuadrilla en camino", actor=world.actor("noc"), at=world.at
    )
    world.pass_minutes(110)
    world.restore_and_verify(fault)
    world.close_dac(fault)
    world.tell(Case.objects.get(fault=fault))
    fault.refresh_from_db()
    assert fault.state == "CLOSED"
    return fault


@pytest.fixture
def november(world):
    """A closed case of November; the month is over, reported, credited and billed; it is the tenth of December."""
    papers.served(world)
    world.person("suplente", Role.MANAGER)
    world.fault_row = closed(world)
    papers.drafted(world, world.fault_row)
    rfos.approve(number=world.fault_row.dossier.number, actor=world.actor("gerente"), at=world.at)
    world.move_to(2, month=12, hour=8)
    credit_months.compute(month=NOVEMBER, actor=world.actor("interconexion"), at=world.at)
    decided(world)
    bills.invoiced(world)
    judging.judge_due(at=world.at)
    world.move_to(5, month=12)
    judging.judge_due(at=world.at)
    snapshots.take(month=NOVEMBER, actor=world.actor("gerente"), at=world.at)
    reports.issue(customer_id=world.customer, month=NOVEMBER, actor=world.actor("gerente"), at=world.at)
    reports.send(
        customer_id=world.customer,
        month=NOVEMBER,
        subject="Informe",
        body="Adjunto",
        actor=world.actor("gerente"),
        at=world.at,
    )
    world.move_to(10, month=12)
    return world


def decided(world) -> None:
    ids = list(CreditProposal.objects.filter(state="PROPOSED").values_list("pk", flat=True))
    credits.decide(credit_ids=ids, approve=True, actor=world.actor("gerente"), at=world.at)


def proposed(world, who: str = "soporte", **said) -> AttributionCorrection:
    return attribution.propose(
        fault_id=world.fault_row.pk, actor=world.actor(who), at=world.at, **{**SAID, **said}
    )


def confirmed(world, who: str = "gerente", *, confirm: bool = True) -> corrections.Followed:
    return corrections.decide(
        fault_id=world.fault_row.pk,
        confirm=confirm,
        decision="el acta lo prueba",
        actor=world.actor(who),
        at=world.at,
    )


def times(fault: Fault):
    """Every time that a clock ran by."""
    return (
        list(
            Fault.objects.filter(pk=fault.pk).values(
                "diagnosed_at", "restored_at", "verified_at", "closed_at", "state"
            )
        ),
        list(Case.objects.filter(fault=fault).values("state", "told_at", "closed_at", "solved_at")),
        list(Outage.objects.filter(case__fault=fault).values("restored_at", "closed_at", "due_at")),
    )


def test_history_keeps_both_and_no_clock_runs_again(november):
    world, fault = november, november.fault_row
    before = times(fault)
    proposed(world)
    assert "A.3 Confirmar la corrección de la atribución de un caso cerrado" in world.tray(Role.MANAGER)
    item = WorkItem.objects.get(key=attribution.KEY)
    assert lapaz.local(item.due_at).date() == dt.date(2026, 12, 11)  # the next business day, not minutes
    row = next(row for row in tray.tray(actor=world.actor("gerente"), at=world.at).rows if row.id == item.pk)
    assert row.severity == 0  # nothing is down any more
    fault.refresh_from_db()
    assert fault.attribution == "INTERNAL"  # until a second person said so
    confirmed(world)
    assert "A.3 Confirmar la corrección de la atribución de un caso cerrado" not in world.tray(Role.MANAGER)
    fault.refresh_from_db()
    assert (fault.attribution, fault.cause_code) == ("CUSTOMER", "C-ENE")
    assert list(Diagnosis.objects.order_by("id").values_list("attribution", "standing")) == [
        ("INTERNAL", "IN_FORCE"),
        ("CUSTOMER", "CONFIRMED"),
    ]
    assert times(fault) == before
    assert not world.steps(Role.SUPPORT)
    told = JournalEntry.objects.get(act="CONFIRM_ATTRIBUTION")
    assert "«interno» (I-FIB" in told.text
    assert "«atribuible al cliente» (C-ENE" in told.text
    assert (told.payload["before"], told.payload["attribution"]) == ("INTERNAL", "CUSTOMER")
    assert told.payload["evidence"] == SAID["evidence"]


def test_the_report_has_a_version_that_says_what_and_why_and_is_to_be_sent_again(november):
    world = november
    first = Issue.objects.get(paper__kind="SLA")
    assert first.content["services"][0]["percent"].startswith("99,7222")
    proposed(world)
    done = confirmed(world)
    assert done.reports == ("VALLE FIBRA S.R.L., noviembre de 2026 (v2)",)
    second = Issue.objects.get(paper__kind="SLA", sequence=2)
    said = " ".join(second.changes)
    assert "la atribución era «interno», ahora es «atribuible al cliente»" in said
    assert "el corte fue en el tablero del cliente" in said
    assert "la disponibilidad era 99,7222 %, ahora es 100,0000 %" in said
    first.refresh_from_db()
    assert first.content["services"][0]["percent"].startswith("99,7222")
    assert any("Enviar la versión 2 del informe" in each for each in world.tray(Role.INTERCONNECTION))
    reports.send(
        customer_id=world.customer,
        month=NOVEMBER,
        subject="Informe corregido",
        body="Adjunto",
        actor=world.actor("interconexion"),
        at=world.at,
    )
    assert not any("Enviar la versión" in each for each in world.tray(Role.INTERCONNECTION))


def test_the_rfo_waits_for_approval_with_the_correction_in_its_timeline(november):
    world, fault = november, november.fault_row
    proposed(world)
    assert confirmed(world).rfo
    assert any("Aprobar el RFO" in each for each in world.tray(Role.MANAGER))
    newer = rfos.approve(number=fault.dossier.number, actor=world.actor("gerente"), at=world.at)
    assert newer.sequence == 2
    assert newer.changes[0] == "La atribución era «interno», ahora es «atribuible al cliente»."
    assert newer.content["timeline"][-1][1] == "Se corrige la atribución: atribuible al cliente."


def test_a_credit_that_was_billed_comes_back_in_the_next_amount(november):
    world = november
    assert CreditProposal.objects.get().amount == Decimal("2300.00")
    billed = Amount.objects.get(month__month="2026-11-01")
    assert billed.total == Decimal("28750.00") - Decimal("2300.00")
    proposed(world)
    assert confirmed(world).credits == 1
    back = CreditProposal.objects.get(state="PROPOSED")
    assert (back.amount, back.sequence) == (Decimal("-2300.00"), 2)
    decided(world)
    bills.defined(world, NOVEMBER.next)
    assert Amount.objects.get(month__month="2026-11-01").total == billed.total
    assert Amount.objects.get(month__month="2026-12-01").total == Decimal("28750.00") + Decimal("2300.00")


def test_what_was_reported_of_the_indicator_stays_and_the_page_says_what_it_would_be(november):
    world = november
    case = Case.objects.get(fault=world.fault_row).dossier.number
    reported = Snapshot.objects.get().content
    judging.judge_due(at=world.at)
    assert indicator_explain.explain_case(case, at=world.at).outcome == "EFFICIENT"
    assert not indicators.snapshot_page(Snapshot.objects.get().pk).since
    proposed(world)
    confirmed(world)
    judging.judge_due(at=world.at)
    assert Snapshot.objects.get().content == reported
    assert indicator_explain.explain_case(case, at=world.at).outcome == "NOT_EFFICIENT"
    page = indicators.snapshot_page(Snapshot.objects.get().pk)
    assert [(each.number, each.reported, each.now) for each in page.since] == [
        (case, "eficiente", "no eficiente")
    ]


@pytest.mark.parametrize("who", ["noc", "interconexion", "facturacion", "admin"])
def test_only_soporte_and_gerencia_propose(november, who):
    with pytest.raises(NotAllowed):
        proposed(november, who)


def test_the_one_who_proposed_does_not_confirm_and_the_database_holds_it(november):
    proposed(november, "gerente")
    with pytest.raises(NotAllowed, match="no la confirma"):
        confirmed(november, "gerente")
    with pytest.raises(NotAllowed):
        confirmed(november, "colega")
    row = AttributionCorrection.objects.get()
    with pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        AttributionCorrection.objects.filter(pk=row.pk).update(
            decided_by_id=row.proposed_by_id, decided_at=november.at, confirmed=True
        )
    assert confirmed(november, "suplente").changed


def test_a_refused_correction_changes_nothing_and_stays_in_the_history(november):
    before = times(november.fault_row)
    proposed(november)
    assert not confirmed(november, confirm=False).changed
    assert times(november.fault_row) == before
    assert Diagnosis.objects.count() == 1
    assert Issue.objects.filter(paper__kind="SLA").count() == 1
    assert AttributionCorrection.objects.get().confirmed is False
    proposed(november)  # another may follow


def test_what_can_not_be_proposed(november):
    world = november
    with pytest.raises(Invalid, match="evidencia"):
        proposed(world, evidence=" ")
    with pytest.raises(Invalid, match="no corresponde"):
        proposed(world, cause_code="I-FIB")
    with pytest.raises(Invalid, match="razón"):
        proposed(world, reason="")
    with pytest.raises(Invalid, match="ya tiene"):
        proposed(world, attribution="INTERNAL", cause_code="I-FIB")
    with pytest.raises(Invalid, match="tramo"):
        proposed(world, part=3)
    proposed(world)
    with pytest.raises(Conflict, match="por confirmar"):
        proposed(world)


def test_an_open_fault_is_diagnosed_not_corrected(world):
    papers.served(world)
    world.alarm(circuit="TIP-0141")
    world.fault_row = world.fault()
    world.diagnose(world.fault_row, "INTERNAL", "I-FIB")
    with pytest.raises(Conflict, match="sigue abierto"):
        proposed(world)


def test_the_form_of_a_corrected_fault_gets_a_correcting_version(november):
    world, fault = november, november.fault_row
    proposed(world, attribution="EXTERNAL", cause_code="E-OBR", reason="una zanja de terceros")
    confirmed(world)
    assert any("Corregir el D.A.C.: la atribución es ahora «externo" in each for each in world.tray(Role.NOC))
    dac.issue_correction(
        fault_id=fault.pk,
        reason="atribución corregida",
        form=dac.ClosingForm(cause_code="E-OBR"),
        actor=world.actor("noc"),
        at=world.at,
    )
    newest = DacIssue.objects.order_by("-sequence").first()
    assert newest.content["closing"]["attribution"] == "EXTERNAL"
    assert not any("Corregir el D.A.C." in each for each in world.tray(Role.NOC))


@pytest.mark.parametrize("cause", ["E-OBR", "C-ENE", "I-SAT"])
def test_the_form_alone_does_not_change_a_cause_that_changes_what_counts(november, cause):
    world, fault = november, november.fault_row
    with pytest.raises(Invalid, match="a quién se atribuye") as refused:
        dac.issue_correction(
            fault_id=fault.pk,
            reason="otra causa",
            form=dac.ClosingForm(cause_code=cause),
            actor=world.actor("noc"),
            at=world.at,
        )
    assert refused.value.errors[0].field == "cause_code"
    fault.refresh_from_db()
    assert fault.cause_code == "I-FIB"


def test_a_cause_that_counts_alike_is_corrected_in_the_form(november):
    world, fault = november, november.fault_row
    said = {"fault_id": fault.pk, "actor": world.actor("noc"), "at": world.at}
    dac.issue_correction(reason="fue la tarjeta", form=dac.ClosingForm(cause_code="I-EQP"), **said)
    fault.refresh_from_db()
    assert fault.cause_code == "I-EQP"


def test_an_objection_won_after_the_closing_is_followed_alike(november):
    world, fault = november, november.fault_row
    analysis.dispute(fault_id=fault.pk, words="fue nuestro tablero", actor=world.actor("noc"), at=world.at)
    with pytest.raises(Conflict, match="objetada"):
        proposed(world)
    analysis.give_second_opinion(
        fault_id=fault.pk,
        attribution="CUSTOMER",
        cause_code="C-ENE",
        reason="el tablero del cliente estaba sin energía",
        actor=world.actor("colega"),
        at=world.at,
    )
    before = times(fault)
    done = corrections.decide_dispute(
        fault_id=fault.pk, uphold=False, decision="es así", actor=world.actor("gerente"), at=world.at
    )
    assert (len(done.reports), done.credits, done.rfo) == (1, 1, True)
    assert times(fault) == before


def test_a_claimed_provider_is_looked_at_again_when_the_fault_turns_out_ours(world):
    papers.served(world)
    fault = world.fault_row = papers.upstream(world)
    world.protocols(fault)
    world.open_dac(fault)
    world.pass_minutes(5)
    restoration.verify(
        fault_id=fault.pk, verification="tráfico estable", actor=world.actor("noc"), at=world.at
    )
    world.close_dac(fault)
    world.tell(*Case.objects.filter(fault=fault))
    papers.over(world)
    papers.claimed(world)
    asked = {"provider_code": "TAD", "reference": "", "month": NOVEMBER}
    letter = provider_claims.approve(**asked, actor=world.actor("gerente"), at=world.at)
    proposed(world, attribution="INTERNAL", cause_code="I-CFG", reason="fue un cambio nuestro")
    done = confirmed(world)
    assert done.claims == (letter.paper.dossier.number,)
    assert any("Revisar el reclamo" in each for each in world.tray(Role.MANAGER))
    page = claim_pages.claim_page(month=NOVEMBER, provider="TAD", reference="", at=world.at)
    assert (page.cost.seconds, len(page.versions)) == (0, 1)
    listed = claim_pages.month_page(month=NOVEMBER, at=world.at).rows
    assert [(each.number, each.cost.seconds) for each in listed] == [(letter.paper.dossier.number, 0)]


def test_the_provider_has_the_fault_in_hand_until_it_is_restored_not_until_the_ticket_is_closed(world):
    papers.served(world)
    fault = papers.upstream(world)
    number = Case.objects.filter(fault=fault).first().dossier.number
    world.pass_minutes(60 * 24 * 30)
    row = cases.case_page(number=number, at=world.at).clocks[-1]
    assert (row.label, row.text) == ("Tiempo en manos del proveedor", "2 h 30 min")


def test_a_draft_of_the_rfo_that_waits_tells_of_the_correction_before_anybody_approves_it(world):
    papers.served(world)
    fault = world.fault_row = closed(world)
    paper = papers.drafted(world, fault, root_cause="Corte de fibra propia")
    papers.over(world)
    proposed(world)
    assert confirmed(world).rfo
    paper.refresh_from_db()
    assert "Se corrige la atribución: atribuible al cliente." in paper.draft["timeline"]
    assert paper.draft["root_cause"] == "Energía del cliente"
    assert paper.drafted_by_id == world.actor("noc").person


def test_the_proof_of_a_correction_is_read_after_it_was_decided(november):
    world = november
    proposed(world)
    confirmed(world)
    told = JournalEntry.objects.get(act="CORRECT_ATTRIBUTION").text
    assert SAID["evidence"] in told


def test_the_case_page_shows_what_waits_and_for_whom(november):
    world = november
    number = world.fault_row.dossier.number
    assert cases.case_page(number=number, at=world.at).head.correction is None
    proposed(world)
    head = cases.case_page(number=number, at=world.at).head
    assert head.correction.words == (
        "de «interno» (I-FIB Corte de fibra propia) a «atribuible al cliente» (C-ENE Energía del cliente)"
    )
    assert head.correction.proposed_by == "Soporte Prueba"


def test_the_reason_of_a_correction_is_not_written_into_a_paper_for_several(november):
    world = november
    row = Paper.objects.get(kind="RFO")
    proposed(world, reason="lo dijo OTRA RED S.R.L.")
    confirmed(world)
    row.refresh_from_db()
    assert "OTRA RED" not in str(row.draft)
    assert "Se corrige la atribución" in row.draft["timeline"]
    assert rfo_facts.fault_of(world.fault_row.dossier.number).attribution == "CUSTOMER"
    assert Service.objects.filter(circuit_code="TIP-0141").exists()
