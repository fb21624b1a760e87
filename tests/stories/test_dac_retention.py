"""The D.A.C. is kept ten years from the end of its fault: it ends with it, opens with it, a later part counts anew (G-39)."""

from __future__ import annotations

import datetime as dt
from importlib import import_module

from django.db import connection

from mayorista.apps.faults.models import Case, DacForm, DacIssue, Fault
from mayorista.apps.faults.operations import dac, support
from mayorista.apps.procedure import retention_queries as retention
from mayorista.apps.procedure.models import Dossier
from tests import assurance_world as papers
from tests.stories import test_corrected_attribution as corrected


def ended(world) -> Fault:
    papers.served(world)
    return corrected.closed(world)


def paper() -> Dossier:
    return Dossier.objects.get(kind="DAC")


def disposable(years: int, world) -> set[str]:
    later = world.at.replace(year=world.at.year + years) + dt.timedelta(days=2)
    return {str(file.dossier) for file in retention.disposable(code="DAC", at=later)}


def test_it_closes_with_the_fault_and_may_go_ten_years_later(world):
    fault = ended(world)
    assert paper().closed_at == fault.closed_at
    assert disposable(9, world) == set()
    assert disposable(10, world) == {paper().number}


def test_it_is_open_again_when_the_case_is(world):
    fault = ended(world)
    world.pass_minutes(30)
    case = Case.objects.get(fault=fault)
    support.reopen(case_id=case.pk, reason="sigue caído", actor=world.actor("gerente"), at=world.at)
    assert paper().closed_at is None
    assert disposable(10, world) == set()


def test_a_correction_sent_later_is_kept_as_long(world):
    fault = ended(world)
    world.move_to(20)
    dac.issue_correction(
        fault_id=fault.pk,
        form=dac.ClosingForm(root_cause="corte por obra municipal"),
        reason="causa precisada",
        actor=world.actor("noc"),
        at=world.at,
    )
    assert paper().closed_at == world.at


def test_those_of_before_are_closed_by_the_migration(world):
    fault = ended(world)
    Dossier.objects.filter(kind="DAC").update(closed_at=None)
    step = import_module("mayorista.apps.faults.migrations.0009_dac_closed_with_its_fault")
    with connection.cursor() as cursor:
        cursor.execute(step.CLOSE)
    last = DacIssue.objects.order_by("-issued_at").first()
    assert paper().closed_at == max(Fault.objects.get(pk=fault.pk).closed_at, last.issued_at)
    assert DacForm.objects.get().dossier_id == paper().pk
