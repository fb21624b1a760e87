"""The screens of reports: who may, what they say, what they refuse."""

from __future__ import annotations

import pytest

from mayorista.apps.assurance.models import Copy, Issue
from mayorista.apps.assurance.operations import reports
from mayorista.apps.customers.models import Customer
from mayorista.apps.faults.models import Case
from mayorista.interfaces.desk import urls_assurance
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests import assurance_world as papers
from tests import who_may
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
from tests.who_may import Try

SEE, ISSUE, SEND = (WHO_MAY[act] for act in (Act.VIEW_REPORTS, Act.ISSUE_REPORT, Act.SEND_REPORT))
CLAIM, APPROVE_CLAIM = (WHO_MAY[act] for act in (Act.DRAFT_PROVIDER_CLAIM, Act.APPROVE_PROVIDER_CLAIM))
M = "2026-11"
VIEWS = {
    "reports-newest": Try(get=SEE),
    "reports": Try((M,), get=SEE),
    "reports-issue": Try((M,), post=ISSUE, said={"todos": "1"}),
    "reports-send": Try((M,), get=SEND, post=SEND, said={"row": "CUSTOMER"}),
    "report": Try((M, "CODE"), get=SEE),
    "report-issue": Try((M, "CODE"), post=ISSUE),
    "paper": Try(("RFO",), get=None),  # leads on
    "provider-claims": Try((M,), get=SEE, post=CLAIM),
    "provider-claim": Try((M, "TAD"), get=SEE, post=CLAIM, said={"text": "Reclamamos"}),
    "provider-claim-approve": Try((M, "TAD"), post=APPROVE_CLAIM),
    "provider-claim-send": Try((M, "TAD"), post=SEND),
    "case-clocks": Try(("FAULT",), get=SEE),
    "rfo": Try(("FAULT",), get=SEE, post=WHO_MAY[Act.DRAFT_RFO]),
    "rfo-approve": Try(("FAULT",), post=WHO_MAY[Act.APPROVE_RFO]),
    "rfo-send": Try(("FAULT",), post=SEND),
    "report-send": Try((M, "CODE"), post=SEND, said={"subject": "Informe", "body": "Adjunto"}),
}


@pytest.fixture
def month(world, monkeypatch):  # noqa: F811
    papers.served(world)
    fault = papers.cut(world, 2)
    outside = papers.upstream(world)
    papers.over(world)
    reports.issue(
        customer_id=world.customer, month=papers.NOVEMBER, actor=world.actor("gerente"), at=world.at
    )
    made = papers.drafted(world, outside)
    papers.claimed(world)
    world.rows = {
        "CODE": Customer.objects.get(pk=world.customer).code,
        "CUSTOMER": world.customer,
        "FAULT": outside.dossier.number,
        "INSIDE": fault.dossier.number,
        "RFO": made.dossier.number,
    }
    monkeypatch.setattr("mayorista.interfaces.clock.now", lambda: world.at)
    return who_may.with_roles(world)


def ask(month, name: str, role=Role.MANAGER, **said):
    return who_may.client_of(month, role).get(who_may.address(VIEWS, month.rows, name), said)


def press(month, name: str, role=Role.MANAGER, **said):
    return who_may.client_of(month, role).post(who_may.address(VIEWS, month.rows, name), said)


def test_the_table_names_every_address():
    assert {pattern.name for pattern in urls_assurance.urlpatterns} == set(VIEWS)


def test_who_may_do_what(month):
    assert not who_may.wrong_for_a_stranger(VIEWS, month.rows)
    assert not who_may.wrong_for_any_role(month, VIEWS, month.rows)


def test_the_month_says_where_each_report_stands(month):
    words = ask(month, "reports").content.decode()
    assert "99,5833 %" in words
    assert "al día" in words
    assert ask(month, "reports", formato="xlsx").content.startswith(b"PK")
    fault = type(month.fault()).objects.get(dossier__number=month.rows["INSIDE"])
    month.diagnose(fault, "CUSTOMER", "C-ENE")
    assert "cambió desde su emisión" in ask(month, "reports").content.decode()
    words = ask(month, "report").content.decode()
    assert "ahora es «atribuible al cliente»" in words
    assert press(month, "report-issue").status_code == 302
    assert Issue.objects.filter(sequence=2).exists()
    assert press(month, "report-send", subject="Informe", body="Adjunto").status_code == 302
    assert Copy.objects.get().issue.sequence == 2


@pytest.mark.parametrize(("asked", "status"), [("2027-05", 422), ("2026-13", 422), ("2020-01", 200)])
def test_months_that_can_not_be(month, asked, status):
    answer = who_may.client_of(month, Role.NOC).get(f"/informes/{asked}/")
    assert answer.status_code == status


def test_the_clocks_and_the_papers_are_shown(month):
    words = ask(month, "case-clocks").content.decode()
    assert "TKT-77" in words
    assert "Reloj interno (OLA)" in words
    words = ask(month, "rfo").content.decode()
    assert "espera aprobación" in words
    assert press(month, "rfo", Role.NOC, summary="x").status_code == 422
    assert press(month, "rfo-approve").status_code == 302
    assert press(month, "rfo-send").status_code == 302
    assert ask(month, "paper").headers["Location"].endswith("/rfo/")
    words = ask(month, "provider-claim").content.decode()
    assert "TKT-77" in words
    assert press(month, "provider-claim-approve").status_code == 302
    assert press(month, "provider-claim-send").status_code == 302
    assert "TRANSPORTE ANDINO DEMO" in ask(month, "provider-claims").content.decode()
    said = {
        "provider_id": str(month.provider_id),
        "valid_from": "01/01/2026",
        "repair_minutes": "240",
        "source": "cl. 4",
    }
    assert press(month, "provider-claims", **said).status_code in {302, 422}


def test_chosen_rows_are_issued_and_sent_and_each_says_what_happened(month):
    other = Customer.objects.get(name="OTRA RED S.R.L.")
    words = ask(month, "reports").content.decode()
    assert f'name="row" value="{other.pk}"' in words
    client = who_may.client_of(month, Role.MANAGER)
    client.post(f"/informes/{M}/emitir/", {"row": [other.pk, month.customer]})
    told = client.get(f"/informes/{M}/").content.decode()
    assert "versión 1 emitida" in told
    assert "está al día" in told
    assert "Qué pasó con cada uno" not in client.get(f"/informes/{M}/").content.decode()
    assert Issue.objects.filter(paper__kind="SLA").count() == 2

    preview = client.get(f"/informes/{M}/enviar/").content.decode()
    assert papers.READS in preview
    assert f'name="body-{month.customer}"' in preview
    said = {
        "row": [month.customer, other.pk],
        f"subject-{month.customer}": "Su mes",
        f"body-{month.customer}": "Como acordamos, el informe.",
    }
    client.post(f"/informes/{M}/enviar/", said)
    mails = {copy.customer_id: copy.message for copy in Copy.objects.select_related("message")}
    assert (mails[month.customer].subject, mails[month.customer].body) == (
        "Su mes",
        "Como acordamos, el informe.",
    )
    assert mails[other.pk].subject != "Su mes"
    client.post(f"/informes/{M}/enviar/", said)
    assert Copy.objects.count() == 2, "quien la tiene no la recibe otra vez"
    assert "Ya tiene la versión" in client.get(f"/informes/{M}/").content.decode()


def test_the_mails_of_rfo_and_claim_say_what_a_person_wrote(month):
    press(month, "rfo-approve")
    mine, theirs = (
        case.dossier.number
        for case in Case.objects.filter(fault__dossier__number=month.rows["FAULT"])
        .select_related("dossier")
        .order_by("customer__name")
        .reverse()
    )
    page = ask(month, "rfo").content.decode()
    assert f'name="body-{mine}"' in page
    only = {"choice": "1", "row": mine, f"subject-{mine}": "Causa", f"body-{mine}": "Vea el adjunto."}
    refused = press(month, "rfo-send", **{**only, f"body-{mine}": "Como a OTRA RED S.R.L., vea el adjunto."})
    assert refused.status_code == 422
    assert not Copy.objects.exists()
    press(month, "rfo-send", **only)
    message = Copy.objects.select_related("message").get().message
    assert (message.subject, message.body) == ("Causa", "Vea el adjunto.")
    assert f'name="body-{theirs}"' in ask(month, "rfo").content.decode()
    assert press(month, "rfo-send", choice="1").status_code == 422

    press(month, "provider-claim-approve")
    assert "Texto del correo" in ask(month, "provider-claim").content.decode()
    press(month, "provider-claim-send", subject="Reclamo", body="Adjuntamos la carta.")
    letter = Copy.objects.select_related("message").get(issue__paper__kind="CLAIM").message
    assert (letter.subject, letter.body) == ("Reclamo", "Adjuntamos la carta.")
