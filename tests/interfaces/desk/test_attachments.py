"""Files that come with an advance, a ticket's follow-up or a part of the D.A.C. are shown there."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from mayorista.apps.faults.models import Case
from mayorista.apps.faults.operations import coordination
from mayorista.apps.procedure.models import JournalEntry
from mayorista.interfaces import clock
from mayorista.rules import lapaz


@pytest.fixture
def case(world, monkeypatch):
    """A fault of a hired network, coordinated, with its ticket and its D.A.C. opened."""
    monkeypatch.setattr(clock, "now", lambda: world.at)
    world.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014", rides_on="ORURO-TAMBO")
    world.alarm(upstream="ORURO-TAMBO")
    fault = world.fault()
    world.diagnose(fault, "EXTERNAL", "E-FIB")
    world.coordinate(fault)
    coordination.open_ticket(
        fault_id=fault.pk,
        provider_id=world.provider_id,
        reference="TA-1",
        actor=world.actor("noc"),
        at=world.at,
    )
    world.open_dac(fault)
    world.pass_minutes(20)
    return Case.objects.select_related("dossier", "fault__dossier").get()


def upload(visit, number: str, name: str = "corte.png") -> int:
    file = SimpleUploadedFile(name, b"\x89PNG" + name.encode(), "image/png")
    return visit("noc").post("/archivos/", {"file": file, "number": number}).json()["id"]


def entry(html: str, words: str) -> str:
    """The one entry of the timeline that says these words."""
    entries = re.findall(r'<li id="j\d+">.*?</li>', html, re.DOTALL)
    return next(each for each in entries if words in each)


def form_of(visit, address: str) -> dict:
    page = visit("noc").get(address)
    form = page.context.get("form") or page.context["forms"][0][1]
    return {form[name].html_name: form[name].value() or "" for name in form.fields}


class TestFilesOfAnAdvance:
    def test_stand_at_that_advance_in_the_timeline(self, case, visit):
        address = f"/danos/{case.dossier.number}/avance/"
        file_id = upload(visit, case.fault.dossier.number)
        assert f'data-number="{case.fault.dossier.number}"' in visit("noc").get(address).content.decode()
        said = form_of(visit, address) | {"text": "Cuadrilla en el sitio.", "attachments": f"{file_id},"}
        assert visit("noc").post(address, said).status_code == 302
        html = visit("noc").get(f"/danos/{case.dossier.number}/").content.decode()
        assert "corte.png" in entry(html, "Cuadrilla en el sitio.")
        assert html.count("corte.png") == 2  # there, and among the documents
        assert JournalEntry.objects.latest("pk").payload["files"] == [file_id]

    def test_of_the_tickets_follow_up_with_what_the_provider_says(self, case, visit):
        address = f"/danos/{case.dossier.number}/ticket-seguimiento/"
        file_id = upload(visit, case.fault.dossier.number, "rfo.png")
        said = form_of(visit, address) | {"note": "empalme en curso", "attachments": str(file_id)}
        said = {name: value for name, value in said.items() if value not in {"", False}}
        assert visit("noc").post(address, said).status_code == 302
        html = visit("noc").get(f"/danos/{case.dossier.number}/").content.decode()
        assert "rfo.png" in entry(html, "empalme en curso")

    def test_of_the_dac_stand_at_that_part(self, case, visit, world):
        address = f"/danos/{case.dossier.number}/dac/"
        file_id = upload(visit, case.fault.dossier.number, "otdr.png")
        later = lapaz.local(world.at + dt.timedelta(hours=1))
        said = form_of(visit, address) | {
            "progress-text": "Se mide con OTDR.",
            "progress-etr_at": "",
            "progress-next_update_at": f"{later:%d/%m/%Y %H:%M}",
            "progress-attachments": str(file_id),
        }
        assert visit("noc").post(address, said).status_code == 302
        html = visit("noc").get(f"/danos/{case.dossier.number}/").content.decode()
        assert "otdr.png" in entry(html, "avance enviado")
        number = re.search(r"DAC-\d{4}-\d{6}", html)[0]
        assert "otdr.png" in visit("gerente").get(f"/dac/{number}/").content.decode()

    @pytest.mark.parametrize("junk", ["999999999", "9" * 17, "1;drop", "-1", "²", "x" * 400])
    def test_that_are_not_of_the_case_are_refused_and_what_was_typed_stays(self, case, visit, world, junk):
        address = f"/danos/{case.dossier.number}/avance/"
        world.isp("CABLE SUR DEMO", "TIP-0090")
        world.alarm(service="TIP-0090")
        other = Case.objects.select_related("dossier").get(customer__name="CABLE SUR DEMO")
        foreign = upload(visit, other.dossier.number)
        for given in (f"{foreign}", junk):
            said = form_of(visit, address) | {"text": "Un avance", "attachments": given}
            answer = visit("noc").post(address, said)
            if given == junk and not (junk.isascii() and junk.isdecimal()) and len(junk) < 300:
                assert answer.status_code == 302  # what is no id is left out
            else:
                assert answer.status_code == 422
                assert "Un avance" in answer.content.decode()
                assert 'class="error"' in answer.content.decode()
