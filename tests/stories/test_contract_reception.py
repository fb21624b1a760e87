"""B.1: Ventas hands a contract over, Interconexión finds something missing, gets it, and finds the copy complete."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import CompletenessItem, ContractDocument, Custody, Reception
from mayorista.apps.contracts.operations import guarantees
from mayorista.apps.messaging.models import Message
from mayorista.apps.procedure.models import StoredFile, WorkItem
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from mayorista.rules.procedure import Role
from tests.stories import agreements as deal


@pytest.fixture
def sale(world):
    deal.people(world)
    world.move_to(3)
    world.customer = world.isp("VALLE FIBRA S.R.L.", "TIP-0141")
    return world


def handed(world, **more):
    said = {
        "number": "CT-100",
        "signed_date": dt.date(2026, 10, 28),
        "starts_date": dt.date(2026, 11, 1),
        "ends_date": dt.date(2028, 11, 1),
        "signatories": ["Ing. Ana Rojas", " Ing. Ana Rojas ", ""],
        **more,
    }
    papers = [
        (kind, "", deal.paper(f"{kind}.pdf".lower()))
        for kind in ("CONTRACT", "TECHNICAL", "ECONOMIC", "SLA", "POWER")
    ]
    return contracts.hand_over(
        customer_id=world.customer,
        papers=papers,
        items=[contracts.ItemWish(7, "NA", note="sin garantía"), contracts.ItemWish(8, "MISSING")],
        actor=world.actor("ventas"),
        at=world.at,
        **said,
    ).id


def state(contract_id: int) -> str:
    return Reception.objects.get(contract_id=contract_id).state


class TestAContract:
    def test_is_observed_completed_and_acknowledged_by_both_sides(self, sale):
        contract = handed(sale)
        reception = Reception.objects.get()
        assert (reception.state, reception.handed_at, reception.handed_by) == (
            "HANDED",
            sale.at,
            sale.users["ventas"],
        )
        assert sale.tray(Role.INTERCONNECTION) == ["B.1 Recibir contrato CT-100"]
        assert StoredFile.objects.filter(kind="CONTRACT").count() == 5

        sale.move_to(4)
        contracts.receive(contract_id=contract, actor=sale.actor("interconexion"), at=sale.at)
        assert Reception.objects.get().received_at == sale.at
        assert sale.tray(Role.INTERCONNECTION) == ["B.1 Revisar contrato completo CT-100"]
        with pytest.raises(Conflict, match=r"8\. Contactos y matriz de escalamiento; 9\. Acta"):
            contracts.complete(contract_id=contract, actor=sale.actor("interconexion"), at=sale.at)

        contracts.observe(
            contract_id=contract,
            observation="falta la rúbrica de la página 3",
            actor=sale.actor("interconexion"),
            at=sale.at,
        )
        assert state(contract) == "OBSERVED"
        assert sale.tray(Role.INTERCONNECTION) == []
        assert sale.tray(Role.SALES) == ["B.1 Completar contrato CT-100"]
        mail = Message.objects.get()
        assert mail.recipients == ["ventas@comteco.example"]
        assert "- 8. Contactos y matriz de escalamiento\n- 9. Acta de aceptación" in mail.body
        assert "falta la rúbrica de la página 3" in mail.body

        sale.move_to(5)
        contracts.hand_over(
            contract_id=contract,
            actor=sale.actor("ventas"),
            at=sale.at,
            papers=[
                ("CONTACTS", "", deal.paper("contactos.pdf")),
                ("ACTIVATION", "", deal.paper("acta.pdf")),
            ],
        )
        assert sale.tray(Role.SALES) == []
        contracts.receive(contract_id=contract, actor=sale.actor("interconexion"), at=sale.at)
        contracts.complete(contract_id=contract, actor=sale.actor("interconexion"), at=sale.at)
        assert state(contract) == "COMPLETE"
        assert not WorkItem.objects.filter(done_at=None).exists()
        assert dict(CompletenessItem.objects.values_list("item", "state")) == {
            1: "PRESENT",
            2: "PRESENT",
            3: "PRESENT",
            4: "PRESENT",
            5: "PRESENT",
            7: "NA",
            8: "PRESENT",
            9: "PRESENT",
        }

    def test_is_handed_over_once(self, sale):
        contract = handed(sale)
        with pytest.raises(Conflict, match="ya fue entregado"):
            contracts.hand_over(contract_id=contract, actor=sale.actor("ventas"), at=sale.at)

    def test_of_a_wrong_paper_is_not_half_written(self, sale):
        with pytest.raises(Invalid, match=r"«contrato\.pdf» no es un PDF, aunque así se llama"):
            contracts.hand_over(
                customer_id=sale.customer,
                number="CT-101",
                papers=[("CONTRACT", "", deal.paper("contrato.pdf", b"<html>"))],
                actor=sale.actor("ventas"),
                at=sale.at,
            )
        assert not Reception.objects.exists()
        assert not ContractDocument.objects.exists()

    def test_is_handed_over_by_ventas_and_received_by_interconexion_alone(self, sale):
        for who in ("interconexion", "noc", "gerente", "legal"):
            with pytest.raises(NotAllowed):
                contracts.hand_over(
                    customer_id=sale.customer, number="CT-102", actor=sale.actor(who), at=sale.at
                )
        contract = handed(sale)
        for who in ("ventas", "noc", "gerente", "legal"):
            with pytest.raises(NotAllowed):
                contracts.receive(contract_id=contract, actor=sale.actor(who), at=sale.at)

    def test_that_is_observed_for_nothing_is_refused(self, sale):
        contract = handed(sale)
        contracts.check_items(
            contract_id=contract,
            items=[contracts.ItemWish(item, "PRESENT", page="1") for item in (8, 9)],
            actor=sale.actor("interconexion"),
            at=sale.at,
        )
        with pytest.raises(Invalid, match="No falta nada obligatorio"):
            contracts.observe(contract_id=contract, actor=sale.actor("interconexion"), at=sale.at)


class TestPapers:
    def test_keep_every_version(self, sale):
        contract = handed(sale)
        for content in (deal.PDF, deal.PDF + b"\n%2"):
            contracts.add_document(
                contract_id=contract,
                kind="ADDENDUM",
                number="Adenda 1",
                upload=deal.paper("adenda.pdf", content),
                actor=sale.actor("legal"),
                at=sale.at,
            )
        rows = ContractDocument.objects.filter(kind="ADDENDUM").order_by("version").select_related("file")
        assert [row.version for row in rows] == [1, 2]
        assert rows[0].file.sha256 != rows[1].file.sha256

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"kind": "NADA"}, "kind"),
            ({"kind": "ADDENDUM", "number": ""}, "number"),
            ({"kind": "LETTER", "upload": None}, "file"),
            ({"kind": "LETTER", "upload": deal.paper("x.pdf", b"")}, "file"),
            ({"kind": "LETTER", "upload": deal.paper("x.zip", b"PK\x03\x04")}, "file"),
            ({"kind": "LETTER", "upload": deal.paper("x.html", b"<html></html>")}, "file"),
        ],
    )
    def test_that_are_wrong_are_named(self, sale, said, field):
        contract = handed(sale)
        with pytest.raises(Invalid) as wrong:
            contracts.add_document(
                contract_id=contract,
                actor=sale.actor("legal"),
                at=sale.at,
                **{"upload": deal.paper(), "number": "1", **said},
            )
        assert [each.field for each in wrong.value.errors] == [field]

    def test_original_and_copy_are_somewhere(self, sale):
        contract = handed(sale)
        for what, place in (
            ("ORIGINAL", "Asesoría Legal"),
            ("COPY", "Archivo, caja 12"),
            ("ORIGINAL", "Caja fuerte"),
        ):
            contracts.move_custody(
                contract_id=contract,
                what=what,
                place=place,
                holder="L. Gamarra",
                actor=sale.actor("legal"),
                at=sale.at,
            )
            sale.pass_minutes(1)
        assert Custody.objects.filter(what="ORIGINAL").latest("since").place == "Caja fuerte"
        with pytest.raises(Invalid) as wrong:
            contracts.move_custody(
                contract_id=contract, what="", place="", holder="", actor=sale.actor("legal"), at=sale.at
            )
        assert {each.field for each in wrong.value.errors} == {"what", "place", "holder"}
        with pytest.raises(NotAllowed):
            contracts.move_custody(
                contract_id=contract,
                what="COPY",
                place="x",
                holder="y",
                actor=sale.actor("ventas"),
                at=sale.at,
            )


class TestWhatEndsSoon:
    def told(self, world) -> list[str]:
        contracts.announce(at=world.at)
        contracts.announce(at=world.at)
        return list(WorkItem.objects.order_by("pk").values_list("title", flat=True))

    def test_is_announced_90_60_and_30_days_before_each_once(self, sale):
        deal.contract(sale, sale.customer, ends=dt.date(2027, 3, 1))
        sale.move_to(30)  # 91 days before
        assert self.told(sale) == []
        sale.move_to(1, month=12)
        assert self.told(sale) == ["El contrato CT-100 vence el 01/03/2027"]
        WorkItem.objects.update(done_at=sale.at)
        sale.move_to(15, month=12)
        assert len(self.told(sale)) == 1
        sale.move_to(31, month=12)
        assert len(self.told(sale)) == 2
        sale.move_to(30, month=1, year=2027)
        assert len(self.told(sale)) == 3
        sale.move_to(1, month=3, year=2027)
        assert len(self.told(sale)) == 3  # over, with nothing in service

    def test_that_is_over_and_still_in_service_is_told(self, sale):
        contract = deal.contract(sale, sale.customer, ends=dt.date(2026, 11, 20))
        deal.hold(sale, contract, "TIP-0141")
        sale.move_to(20)
        assert self.told(sale) == ["El contrato CT-100 venció el 20/11/2026 y sigue en servicio"]

    def test_of_a_contract_that_renews_says_until_when_to_give_notice(self, sale):
        deal.contract(
            sale, sale.customer, ends=dt.date(2027, 3, 1), renewal="AUTOMATIC", renewal_notice_days=45
        )
        sale.move_to(1, month=12)
        assert self.told(sale) == [
            "El contrato CT-100 se renueva solo el 01/03/2027; avisar hasta el 15/01/2027 si no debe"
        ]

    def test_of_a_guarantee_falls_away_when_it_goes_back(self, sale):
        from decimal import Decimal

        contract = deal.contract(sale, sale.customer)
        made = contracts.record_guarantee(
            contract_id=contract,
            kind="Boleta bancaria",
            currency="BOB",
            amount=Decimal("50000.00"),
            expires_date=dt.date(2026, 12, 15),
            actor=sale.actor("interconexion"),
            at=sale.at,
        )
        assert self.told(sale) == ["La garantía Boleta bancaria de CT-100 vence el 15/12/2026"]
        guarantees.return_guarantee(
            guarantee_id=made, returned_date=sale.today, actor=sale.actor("interconexion"), at=sale.at
        )
        assert not WorkItem.objects.filter(done_at=None).exists()
        with pytest.raises(Conflict):
            guarantees.return_guarantee(
                guarantee_id=made, returned_date=sale.today, actor=sale.actor("interconexion"), at=sale.at
            )
