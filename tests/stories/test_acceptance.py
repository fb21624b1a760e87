"""The twenty acceptance scenarios of the requirements (2.4), each by its number, on PostgreSQL with the clock moved by hand.

Most paths have stories of their own beside these; here each scenario's own sentence is what is asserted.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest

from mayorista.apps.billing.models import Amount, AmountLine, Dispatch
from mayorista.apps.billing.operations import amounts, invoices, months
from mayorista.apps.contracts.operations import speed
from mayorista.apps.customers.models import WhatsAppIdentity
from mayorista.apps.faults.models import Case, CustomerNotice, DacForm, Diagnosis, Fault
from mayorista.apps.faults.operations import claims, opening, support
from mayorista.apps.indicators.models import Snapshot
from mayorista.apps.indicators.operations import criteria, judging, snapshots
from mayorista.apps.indicators.queries import results
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as messages
from mayorista.apps.messaging.drafts import WhatsAppDraft
from mayorista.apps.messaging.models import Message
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import JournalEntry
from mayorista.apps.procedure.operations import people
from mayorista.apps.receivables.models import AccountingNotice, Receipt
from mayorista.apps.receivables.operations import receipts
from mayorista.interfaces import clock
from mayorista.rules import periods
from mayorista.rules.errors import Conflict
from mayorista.rules.indicators import criteria as criteria_rules
from mayorista.rules.indicators import terms
from mayorista.rules.indicators.fraction import Quotient, Standing
from mayorista.rules.procedure import Role
from tests import billing_world as bills
from tests import collection_world as debts
from tests import receipts_world as money
from tests.apps.messaging.support import envelope, status, take_in
from tests.stories import agreements as deal

NUMBER = "59170000014"
NOVEMBER = periods.parse_month("2026-11")
JOB = for_job("prueba")


@pytest.fixture
def valle(world):
    return world.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014", rides_on="ORU-TAM")


def complain(world, code: str = "TIP-0141") -> Case:
    return claims.register_claim(
        channel="PHONE",
        who="Guardia",
        words="no hay servicio",
        claimed_at=world.at,
        service_ids=[world.service(code)],
        actor=world.actor("soporte"),
        at=world.at,
    )


def fault_of(world, code: str = "TIP-0141") -> Fault:
    world.alarm(service=code)
    return world.fault()


def to_opening(world, attribution: str = "INTERNAL", cause: str = "I-EQP") -> Fault:
    fault = fault_of(world)
    world.protocols(fault)
    world.diagnose(fault, attribution, cause)
    world.coordinate(fault)
    world.open_dac(fault)
    return fault


def write(world, case: Case, text: str) -> Message:
    return messaging.send(
        draft=WhatsAppDraft(
            dossier_id=case.dossier_id,
            cause="A.4",
            identity_id=WhatsAppIdentity.objects.get(wa_id=NUMBER).pk,
            text=text,
        ),
        actor=world.actor("soporte"),
        at=world.at,
    )


def official() -> Quotient:
    return results.results(terms.parse("2026-11", now=NOVEMBER)).first.official


class TestFaults:
    def test_01_alarm_and_complaint_three_minutes_later_are_one_case_counted_once(self, world, valle):
        world.alarm(service="TIP-0141")
        world.pass_minutes(3)
        case = complain(world)
        assert (case.alarm_origin, case.claim_origin) == (True, True)
        assert Case.objects.count() == 1
        world.pass_minutes(300)
        judging.judge_due(at=world.at)
        assert official().denominator == 1

    def test_02_the_customers_own_closes_without_dac_and_without_the_gerente(self, world, valle):
        fault = fault_of(world)
        world.diagnose(fault, "CUSTOMER", "C-ENE")
        with pytest.raises(Conflict, match=r"no genera D\.A\.C\."):
            world.open_dac(fault)
        case = world.case(valle)
        support.record_solution(
            case_id=case.pk,
            solution="el cliente repuso la energía",
            restored_at=world.at,
            actor=world.actor("soporte"),
            at=world.at,
        )
        support.confirm_solution(case_id=case.pk, how="llamada", actor=world.actor("soporte"), at=world.at)
        assert world.case(valle).state == Case.State.CLOSED_SUPPORT
        assert (DacForm.objects.count(), CustomerNotice.objects.filter(kind="SOLUTION").count()) == (0, 0)
        assert world.steps(Role.MANAGER) == set()

    def test_03_an_internal_one_is_not_closed_before_closing_and_notice(self, world, valle):
        fault = to_opening(world)
        with pytest.raises(Conflict):
            world.tell(world.case(valle))
        world.restore_and_verify(fault)
        with pytest.raises(Conflict):
            world.tell(world.case(valle))
        world.close_dac(fault)
        assert world.case(valle).closed_at is None
        world.tell(world.case(valle))
        assert world.case(valle).state == Case.State.TOLD

    def test_04_reclassified_after_twenty_minutes_takes_the_right_way_and_keeps_both_analyses(
        self, world, valle
    ):
        fault = fault_of(world)
        world.diagnose(fault, "CUSTOMER", "C-ENE")
        world.pass_minutes(20)
        world.diagnose(fault, "EXTERNAL", "E-FIB")
        assert "A.5 Entregar el daño al NOC" in world.tray(Role.SUPPORT)
        assert "A.4 Dar soporte por WhatsApp" not in world.tray(Role.SUPPORT)
        kept = Diagnosis.objects.order_by("id").values_list("attribution", flat=True)
        assert list(kept) == ["CUSTOMER", "EXTERNAL"]

    def test_05_a_mass_event_of_three_is_one_dac_three_notices_and_no_name_leaks(self, world, channels):
        names = ("ANDESNET", "TUNARI", "CABLE SUR")
        three = [
            world.isp(f"{name} S.R.L.", f"TIP-00{n}", mobile=f"700000{n}", rides_on="ORU-TAM")
            for n, name in enumerate(names, start=31)
        ]
        world.alarm(alertname="UpstreamDown", upstream="ORU-TAM")
        fault = world.fault()
        world.protocols(fault)
        world.diagnose(fault, "EXTERNAL", "E-UPS")
        world.coordinate(fault)
        world.open_dac(fault)
        world.restore_and_verify(fault)
        world.close_dac(fault)
        world.tell(*[world.case(each) for each in three])
        assert DacForm.objects.count() == 1
        letters = [mail for mail in channels.mail.sent if "Solución" in mail.subject]
        assert len(letters) == 3
        chats = [each for each in channels.whatsapp.sent if each.template == "aviso_cierre_falla"]
        texts = [f"{mail.subject} {mail.body}" for mail in letters]
        texts += [f"{each.text} {' '.join(each.parameters)}" for each in chats]
        for text in texts:
            assert sum(name in text for name in names) == 1

    def test_15_a_delegate_at_three_in_the_morning_is_in_the_log_and_gerencia_signs(
        self, world, valle, channels
    ):
        fault = to_opening(world)
        world.restore_and_verify(fault)
        world.close_dac(fault)
        people.delegate(
            role="MANAGER",
            delegate_id=world.users["delegada"].pk,
            starts_at=world.at,
            ends_at=world.at + dt.timedelta(hours=9),
            reason="turno noche",
            actor=world.actor("gerente"),
            at=world.at,
        )
        world.move_to(24, hour=3)
        world.tell(world.case(valle), who="delegada")
        (letter,) = [mail for mail in channels.mail.sent if "Solución" in mail.subject]
        assert "Gerencia de Planificación" in letter.body
        assert "Delegada" not in letter.body
        entry = JournalEntry.objects.get(dossier=world.case(valle).dossier, act="TELL_CUSTOMER")
        assert (entry.user, entry.on_behalf_of) == (world.users["delegada"], world.users["gerente"])


class TestMessages:
    @pytest.fixture
    def case(self, world, valle):
        made = opening.open_by_hand(
            service_ids=[world.service("TIP-0141")],
            effect="TOTAL",
            severity=1,
            started_at=world.at,
            actor=world.actor("noc"),
            at=world.at,
        )
        world.diagnose(made, "CUSTOMER", "C-ENE")
        return world.case(valle)

    def test_06_the_same_webhook_twice_is_one_message(self, world, case):
        body = envelope(
            {
                "contacts": [{"wa_id": NUMBER, "profile": {"name": "Guardia"}}],
                "messages": [
                    {
                        "from": NUMBER,
                        "id": "wamid.DOS",
                        "timestamp": str(int(world.at.timestamp())),
                        "type": "text",
                        "text": {"body": "seguimos caídos"},
                    }
                ],
            }
        )
        events = [messaging.receive_webhook(body=body, signature="", at=world.at) for _ in range(2)]
        for event_id in events:
            messaging.process_webhook_event(event_id=event_id, at=world.at)
        assert Message.objects.filter(provider_id="wamid.DOS").count() == 1

    def test_07_read_and_then_sent_stays_read(self, world, case):
        world.customer_writes(NUMBER, "hola")
        sent = write(world, case, "Buenas noches")
        world.settle()
        wamid = Message.objects.get(pk=sent.pk).provider_id
        take_in(status(wamid, "read", at=world.at + dt.timedelta(seconds=9)), at=world.at)
        take_in(status(wamid, "sent", at=world.at + dt.timedelta(seconds=1)), at=world.at)
        assert Message.objects.get(pk=sent.pk).state == "READ"

    def test_08_a_window_that_closes_while_one_types_refuses_and_keeps_the_draft(
        self, world, case, client, monkeypatch
    ):
        monkeypatch.setattr(clock, "now", lambda: world.at)
        client.force_login(
            world.users["soporte"], backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        world.customer_writes(NUMBER, "hola")
        contact = WhatsAppIdentity.objects.get(wa_id=NUMBER).contact_id
        said = {"to": f"w{contact}", "text": "¿Ya tiene energía su equipo?"}
        world.pass_minutes(24 * 60 + 1)
        answer = client.post(f"/danos/{case.dossier.number}/mensaje/", said)
        assert answer.status_code == 409
        page = answer.content.decode()
        assert "24 horas" in page
        assert ">¿Ya tiene energía su equipo?</textarea>" in page
        assert not Message.objects.filter(direction="OUT", body=said["text"]).exists()

    def test_18_a_status_of_a_message_not_yet_known_is_matched_later(self, world, case):
        world.customer_writes(NUMBER, "hola")
        expected = "wamid.PRUEBA-00001"
        take_in(status(expected, "delivered", at=world.at), at=world.at)
        sent = write(world, case, "Buenas noches")
        world.settle()
        kept = Message.objects.get(pk=sent.pk)
        assert (kept.provider_id, kept.state) == (expected, "DELIVERED")

    def test_19_a_customer_with_a_user_name_only_writes_and_is_answered(self, world, case, channels):
        take_in(
            envelope(
                {
                    "contacts": [{"user_id": "BO.777", "profile": {"name": "Ana", "username": "ana.valle"}}],
                    "messages": [
                        {
                            "from_user_id": "BO.777",
                            "id": "wamid.USER",
                            "timestamp": str(int(world.at.timestamp())),
                            "type": "text",
                            "text": {"body": "buenas, no hay servicio"},
                        }
                    ],
                }
            ),
            at=world.at,
        )
        (waiting,) = messages.unfiled()
        assert waiting.writer == "Ana"
        messaging.send(
            draft=WhatsAppDraft(
                dossier_id=waiting.dossier_id,
                cause="A.4",
                identity_id=waiting.identity_id,
                text="Buenas noches, Ana.",
            ),
            actor=world.actor("soporte"),
            at=world.at,
        )
        world.settle()
        assert [each.text for each in channels.whatsapp.sent if each.text] == ["Buenas noches, Ana."]

    def test_20_an_unsupported_message_does_not_stop_the_next_one(self, world, case):
        stamp = str(int(world.at.timestamp()))
        body = json.loads(
            envelope(
                {
                    "contacts": [{"wa_id": NUMBER, "profile": {"name": "Guardia"}}],
                    "messages": [
                        {
                            "from": NUMBER,
                            "id": "wamid.RARO",
                            "timestamp": stamp,
                            "type": "unsupported",
                            "errors": [{"code": 131051, "title": "Unsupported message type"}],
                        },
                        {
                            "from": NUMBER,
                            "id": "wamid.BIEN",
                            "timestamp": stamp,
                            "type": "text",
                            "text": {"body": "seguimos caídos"},
                        },
                    ],
                }
            )
        )
        take_in(json.dumps(body).encode(), at=world.at)
        found = dict(Message.objects.filter(direction="IN").values_list("provider_id", "body"))
        assert found["wamid.BIEN"] == "seguimos caídos"
        assert "no soportado" in found["wamid.RARO"]


class TestBilling:
    @pytest.fixture
    def carrier(self, world):
        world.move_to(3)
        bills.billed(world)
        return world

    def test_09_an_undecided_speed_change_blocks_the_amount(self, carrier):
        (row,) = bills.opened(carrier)
        change = deal.ask(carrier, "TIP-0141", 3_000_000, dt.date(2026, 11, 16))
        with pytest.raises(Conflict, match=change.dossier.number):
            months.confirm(month_ids=[row.pk], actor=carrier.actor("interconexion"), at=carrier.at)
        bills.after(carrier)
        with pytest.raises(Conflict):
            amounts.define_amount(month_id=row.pk, actor=carrier.actor("interconexion"), at=carrier.at)
        assert not Amount.objects.exists()

    def test_10_an_invoice_a_cent_off_its_packet_is_not_dispatched(self, carrier, channels):
        (row,) = bills.sent(carrier)
        with pytest.raises(Conflict, match="difieren en 0,01"):
            invoices.register(
                month_id=row.pk,
                number="1234",
                issued_date=dt.date(2026, 12, 2),
                total=Decimal("28750.01"),
                authorization="44AAEC00",
                pdf=invoices.Paper("f.pdf", deal.PDF),
                actor=carrier.actor("facturacion"),
                at=carrier.at,
            )
        with pytest.raises(Conflict, match="Ninguno"):
            bills.run(carrier, "DISPATCH", "facturacion")
        assert not Dispatch.objects.exists()
        assert channels.mails_to(bills.PAYS) == []

    def test_16_a_month_with_two_speed_changes(self, carrier):
        for day, kbps in ((11, 3_000_000), (21, 4_000_000)):
            carrier.move_to(day - 1)
            change = deal.ask(carrier, "TIP-0141", kbps, dt.date(2026, 11, day))
            deal.approve(carrier, change)
            carrier.move_to(day)
            deal.carry_out(carrier, change)
            speed.accept(change_id=change.pk, how="acta", actor=carrier.actor("interconexion"), at=carrier.at)
        bills.defined(carrier)
        # Ten days each of 2, 3 and 4 Gbps at Bs 11,50 a Mbps, and 0,5 Gbps all month.
        lines = list(AmountLine.objects.order_by("position").values_list("value", flat=True))
        parts = [Decimal("7666.67"), Decimal("11500.00"), Decimal("15333.33"), Decimal("5750.00")]
        assert lines == parts
        assert Amount.objects.get().total == sum(parts)


class TestMoney:
    def test_11_a_receipt_without_a_file_does_not_go_to_accounting(self, world, channels):
        world.move_to(3)
        bills.billed(world)
        invoice = money.billed(world)
        receipt = money.register(world, invoice, upload=None)
        money.allocate(world, receipt, (invoice, "28750.00"))
        with pytest.raises(Conflict, match="sin comprobante adjunto"):
            money.inform(world, receipt)
        assert not AccountingNotice.objects.exists()

    def test_12_a_receipt_stops_the_reminder_of_day_fifteen(self, world):
        world.move_to(3)
        invoice = debts.owed(world)  # due on 22 December
        world.move_to(28, month=12)
        debts.remind(world)
        before = debts.live_mails()
        assert before == 1
        debts.paid(world, invoice, debts.TOTAL)
        world.move_to(6, month=1, year=2027)
        with pytest.raises(Conflict):
            debts.remind(world)
        assert debts.live_mails() == before

    def test_17_the_same_receipt_file_twice_is_one_receipt(self, world):
        world.move_to(3)
        bills.billed(world)
        invoice = money.billed(world)
        first = money.register(world, invoice, upload=money.pdf("igual"))
        with pytest.raises(receipts.Duplicate) as known:
            money.register(world, invoice, reference="OTRA-9", upload=money.pdf("igual"))
        assert known.value.number == first.dossier.number
        assert Receipt.objects.count() == 1


class TestIndicators:
    @pytest.mark.parametrize(
        ("good", "all_of_them", "shown", "standing"),
        [
            (9, 10, "90,00 %", Standing.ACCEPTED),
            (8999, 10_000, "89,99 %", Standing.OBSERVED),
            (89_999, 100_000, "89,99 %", Standing.OBSERVED),
            (0, 0, "sin reclamos en el período", Standing.NONE),
            (17, 19, "89,47 %", Standing.OBSERVED),
        ],
    )
    def test_13_is_shown_truncated_and_judged_unrounded(self, good, all_of_them, shown, standing):
        made = Quotient(good, all_of_them)
        assert (made.shown("sin reclamos en el período"), made.standing()) == (shown, standing)

    def test_14_a_snapshot_stays_when_a_parameter_changes(self, world, valle):
        complain(world)
        world.move_to(5, month=12)
        row = snapshots.take_due(actor=JOB, at=world.at)
        before = row.content
        assert before["first"]["official"] == [0, 1]
        stricter = criteria_rules.written(criteria_rules.FIRST_SET) | {"threshold": "95", "lasted_hours": 1}
        made = criteria.propose(
            title="Otro", content=stricter, reason="acta 5", actor=world.actor("gerente"), at=world.at
        )
        criteria.approve(
            criteria_id=made.pk,
            valid_from=NOVEMBER.next,
            version=made.version,
            actor=world.actor("gerente"),
            at=world.at,
        )
        judging.judge_due(at=world.at)
        kept = Snapshot.objects.get()
        assert kept.content == before
        assert kept.sha256 == snapshots.digest(before)
