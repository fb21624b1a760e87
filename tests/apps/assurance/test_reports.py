"""SLA reports: what they say, when they are refused, what a new version says of the old."""

from __future__ import annotations

import datetime as dt
import hashlib
import re

import pytest

from mayorista.apps.assurance.models import Issue
from mayorista.apps.assurance.operations import reports
from mayorista.apps.assurance.queries import reports as contents
from mayorista.apps.faults.models import Diagnosis, OutageInterval
from mayorista.apps.messaging.models import Message
from mayorista.apps.overview.queries import assurance as pages
from mayorista.apps.procedure.operations import files
from mayorista.rules.assurance import report
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from mayorista.rules.periods import Month
from tests import assurance_world as papers
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures

NOVEMBER = papers.NOVEMBER


@pytest.fixture
def carrier(world):  # noqa: F811
    return papers.served(world)


def issue(carrier, who: str = "gerente", **more) -> Issue:
    return reports.issue(
        customer_id=carrier.customer, month=NOVEMBER, actor=carrier.actor(who), at=carrier.at, **more
    )


def state(carrier) -> str:
    return pages.month_page(month=NOVEMBER, at=carrier.at).rows[0].state


def test_a_report_says_the_figures_of_the_availability(carrier):
    papers.cut(carrier, 2)
    papers.over(carrier)
    row = issue(carrier)
    first, second = row.content["services"]
    assert (first["circuit"], first["percent"], first["down_seconds"]) == ("TIP-0141", "99,7222 %", 7200)
    assert (first["kept"], first["due"]) == (True, "Bs 2.300,00")
    assert (second["percent"], second["down_seconds"]) == ("100,0000 %", 0)
    by = {each["key"]: (each["seconds"], each["counted"]) for each in row.content["attributions"]}
    assert by == {"CUSTOMER": (0, 0), "INTERNAL": (7200, 7200), "EXTERNAL": (0, 0)}
    assert row.content["faults"] == 1
    medians = [each["median"] for each in row.content["times"]]
    assert medians[1:3] == [600, 7200]
    assert row.content["outages"][0]["starts"] == "12/11/2026 08:00:00"
    assert row.content_hash == hashlib.sha256(report.canonical(row.content)).hexdigest()
    kept, pdf = files.read(file_id=row.file_id)
    assert pdf.startswith(b"%PDF")
    assert kept.name.endswith("-v1.pdf")
    assert re.fullmatch(r"SLA-2026-\d{6}", row.paper.dossier.number)


def test_a_new_attribution_makes_the_next_version_say_what_changed_and_why(carrier):
    fault = papers.cut(carrier, 2)
    papers.over(carrier)
    issue(carrier)
    assert state(carrier) == "CURRENT"
    with pytest.raises(Conflict, match="al día"):
        issue(carrier)
    carrier.diagnose(fault, "CUSTOMER", "C-ENE")
    assert state(carrier) == "CHANGED"
    with pytest.raises(Conflict, match="cambió"):
        reports.send(
            customer_id=carrier.customer,
            month=NOVEMBER,
            subject="a",
            body="b",
            actor=carrier.actor("gerente"),
            at=carrier.at,
        )
    row = issue(carrier, reason="acta del cliente")
    assert row.sequence == 2
    said = " ".join(row.changes)
    assert "la atribución era «interno», ahora es «atribuible al cliente»" in said
    assert "pérdida de señal óptica" in said
    assert "TIP-0141: la disponibilidad era 99,7222 %, ahora es 100,0000 %." in row.changes
    assert "Motivo: acta del cliente" in row.changes
    assert Issue.objects.get(sequence=1).content["services"][0]["percent"] == "99,7222 %"
    assert row.content["services"][0]["excluded"][0]["seconds"] == 7200


def test_the_newest_version_goes_to_the_contacts_with_its_pdf(carrier):
    papers.over(carrier)
    row = issue(carrier)
    page = pages.report_page(month=NOVEMBER, code=code_of(carrier), at=carrier.at)
    assert papers.READS in page.to
    message_id = reports.send(
        customer_id=carrier.customer,
        month=NOVEMBER,
        subject=page.mail.subject,
        body=page.mail.body,
        actor=carrier.actor("gerente"),
        at=carrier.at,
    )
    message = Message.objects.get(pk=message_id)
    assert "TIP-0141: 100,0000 %" in message.body
    assert message.dossier_id == row.paper.dossier_id


def code_of(carrier) -> str:
    return pages.month_page(month=NOVEMBER, at=carrier.at).rows[0].code


def test_what_can_not_be_is_refused_by_name(carrier):
    at = carrier.move_to(20)
    with pytest.raises(Conflict, match="no terminó"):
        issue(carrier)
    with pytest.raises(Invalid, match="todavía no llega"):
        contents.contents(None, month=Month(2027, 5), at=at)
    with pytest.raises(NotAllowed):
        issue(carrier, "soporte")
    papers.over(carrier)
    bare = carrier.isp("SIN RED S.R.L.")
    with pytest.raises(Invalid, match=r"SIN RED S\.R\.L\. no tuvo servicio"):
        reports.issue(customer_id=bare, month=NOVEMBER, actor=carrier.actor("gerente"), at=carrier.at)


def test_a_case_with_impossible_times_is_named_and_nothing_is_issued(carrier):
    fault = papers.cut(carrier, 2)
    papers.over(carrier)
    OutageInterval.objects.update(ends_at=carrier.at + dt.timedelta(days=3))
    number = carrier.case(carrier.customer).dossier.number
    row = pages.month_page(month=NOVEMBER, at=carrier.at).rows[0]
    assert number in row.problems[0]
    assert "está en el futuro" in row.problems[0]
    with pytest.raises(Invalid, match=number):
        issue(carrier)
    OutageInterval.objects.update(ends_at=fault.restored_at)
    Diagnosis.objects.update(decided_at=fault.detected_at - dt.timedelta(hours=1))
    with pytest.raises(Invalid, match=r"análisis .* está antes de detección"):
        issue(carrier)


def test_all_are_issued_at_once_and_who_is_left_out_is_named(carrier):
    papers.over(carrier)
    issue(carrier)
    other = carrier.isp("OTRA RED S.R.L.", "TIP-0900")
    done = reports.issue_many(
        customer_ids={carrier.customer, other}, month=NOVEMBER, actor=carrier.actor("noc"), at=carrier.at
    )
    assert done.done == 1
    assert [(row.customer, row.done, bool(row.why)) for row in done.rows] == [
        ("OTRA RED S.R.L.", "versión 1 emitida", False),
        ("VALLE FIBRA S.R.L.", "", True),
    ]
