"""A small carrier with people, ISPs and circuits, a clock moved by hand, and channels that remember.

Stories act through the same doors as people do: operations, alarm posts as Alertmanager writes them,
WhatsApp webhooks as Meta writes them. Nothing here reads the real clock.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import Provider, Resource, Service
from mayorista.apps.customers import operations as customers
from mayorista.apps.faults.models import Case, DacIssue, Fault, Outage
from mayorista.apps.faults.operations import (
    analysis,
    coordination,
    dac,
    incoming,
    notices,
    restoration,
)
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging.models import Message
from mayorista.apps.monitoring.operations import intake, sources
from mayorista.apps.procedure.models import JournalEntry, User, WorkItem
from mayorista.apps.procedure.operations import people
from mayorista.rules import dac as dac_rules
from mayorista.rules import lapaz
from mayorista.rules.alarms import alertmanager
from mayorista.rules.procedure import Role

NIGHT = dt.datetime(2026, 11, 24, 1, 55, tzinfo=dt.UTC)  # 23/11/2026 21:55 in La Paz
PASSWORD = "un-turno-de-noche-27"


@dataclass
class World:
    """One night at the carrier."""

    at: dt.datetime = NIGHT
    users: dict[str, User] = field(default_factory=dict)
    source_id: int = 0
    _wamids: int = 0

    # ---- time

    def pass_minutes(self, minutes: float) -> dt.datetime:
        self.at += dt.timedelta(minutes=minutes)
        return self.at

    def move_to(self, day: int, month: int = 11, year: int = 2026, hour: int = 10) -> dt.datetime:
        """Set the clock to an hour of a day of La Paz."""
        self.at = dt.datetime(year, month, day, hour + 4, tzinfo=dt.UTC)
        return self.at

    @property
    def today(self) -> dt.date:
        return lapaz.local(self.at).date()

    # ---- people

    def person(self, name: str, *roles: Role, email: str = "", phone: str = "") -> User:
        self.users[name] = people.write_user(
            username=name,
            full_name=f"{name.title()} Prueba",
            roles=roles,
            email=email or f"{name}@comteco.example",
            phone_e164=phone,
            password=PASSWORD,
            at=self.at,
        )
        return self.users[name]

    def actor(self, name: str):
        return people.actor_for(user=self.users[name], at=self.at)

    # ---- customers and circuits

    def isp(self, name: str, *circuits: str, mobile: str = "", rides_on: str = "") -> int:
        customer = customers.save_customer(actor=self.actor("admin"), at=self.at, name=name).id
        number = mobile or f"7{customer:07d}"
        contact = customers.save_contact(
            actor=self.actor("admin"),
            at=self.at,
            full_name=f"Guardia de {name}",
            email=f"noc{customer}@isp.example",
            phone=number,
            roles=[customers.ContactRoleWish(customer, "ON_CALL")],
        ).id
        customers.record_opt_in(
            contact_id=contact, how="formulario de alta firmado", actor=self.actor("admin"), at=self.at
        )
        for circuit in circuits:
            self.circuit(customer, circuit, rides_on=rides_on)
        return customer

    def circuit(self, customer_id: int, code: str, *, rides_on: str = "") -> int:
        rides = [contracts.RideWish(self.resource(rides_on))] if rides_on else []
        return contracts.save_service(
            actor=self.actor("admin"),
            at=self.at,
            customer_id=customer_id,
            circuit_code=code,
            capacity="2 Gbps",
            description="tránsito IP",
            port="Te0/0/0/3",
            rides=rides,
        ).id

    def resource(self, code: str) -> int:
        found = Resource.objects.filter(code=code).first()
        if found:
            return found.pk
        provider = Provider.objects.filter(code="TAD").first()
        provider_id = (
            provider.pk
            if provider
            else contracts.save_provider(
                actor=self.actor("admin"), at=self.at, code="TAD", name="TRANSPORTE ANDINO DEMO"
            ).id
        )
        return contracts.save_resource(
            actor=self.actor("admin"),
            at=self.at,
            code=code,
            kind="UPSTREAM",
            name=f"Tramo {code}",
            provider_id=provider_id,
        ).id

    @property
    def provider_id(self) -> int:
        return Provider.objects.get(code="TAD").pk

    # ---- alarms

    def alarm(
        self, *, started: dt.datetime | None = None, ended: dt.datetime | None = None, **labels: str
    ) -> None:
        """Post one alert as Alertmanager does, and let the correlator look at it."""
        self.post_alarm(started=started, ended=ended, **labels)
        self.correlate()

    def post_alarm(
        self, *, started: dt.datetime | None = None, ended: dt.datetime | None = None, **labels: str
    ) -> None:
        labels = {"alertname": "BGPSessionDown", "severity": "critical", **labels}
        fingerprint = f"{abs(hash(tuple(sorted(labels.items())))):016x}"[:16]
        alert = {
            "status": "resolved" if ended else "firing",
            "labels": labels,
            "annotations": {"summary": "caída"},
            "startsAt": (started or self.at).isoformat().replace("+00:00", "Z"),
            "endsAt": ended.isoformat().replace("+00:00", "Z") if ended else "0001-01-01T00:00:00Z",
            "generatorURL": "",
            "fingerprint": fingerprint,
        }
        body = json.dumps(
            {
                "version": "4",
                "status": alert["status"],
                "receiver": "mayorista",
                "groupKey": "{}",
                "groupLabels": {},
                "commonLabels": labels,
                "commonAnnotations": {},
                "externalURL": "http://alertmanager.example:9093",
                "truncatedAlerts": 0,
                "alerts": [alert],
            }
        ).encode()
        report = alertmanager.parse(body, received_at=self.at)
        assert not report.rejected
        intake.take(
            source_id=self.source_id, post=intake.Post(body, "", len(body)), report=report, at=self.at
        )

    def correlate(self) -> None:
        from mayorista.apps.faults.operations import correlation

        correlation.correlate(at=self.at)

    # ---- messages

    def customer_writes(self, number: str, text: str = "", *, button: str = "", reply_to: str = "") -> int:
        """Let a person write to us as Meta would tell it; return the id of the message."""
        self._wamids += 1
        wamid = f"wamid.IN-{self._wamids:05d}"
        message: dict[str, object] = {
            "from": number,
            "id": wamid,
            "timestamp": str(int(self.at.timestamp())),
            "type": "button" if button else "text",
        }
        if button:
            message["button"] = {"payload": button, "text": "…"}
        else:
            message["text"] = {"body": text}
        if reply_to:
            message["context"] = {"from": "59144200000", "id": reply_to}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "59144200000", "phone_number_id": "200000000000001"},
            "contacts": [{"profile": {"name": "Guardia"}, "wa_id": number}],
            "messages": [message],
        }
        body = json.dumps(
            {
                "object": "whatsapp_business_account",
                "entry": [{"id": "1", "changes": [{"value": value, "field": "messages"}]}],
            }
        ).encode()
        event_id = messaging.receive_webhook(body=body, signature="", at=self.at)
        messaging.process_webhook_event(event_id=event_id, at=self.at)
        return Message.objects.get(provider_id=wamid).pk

    def settle(self) -> None:
        """Deliver what is due, read what came in, conclude what left, as the worker does."""
        for _turn in range(10):
            waiting = list(
                Message.objects.filter(state__in=["HELD", "QUEUED"], next_try_at__lte=self.at)
                .order_by("id")
                .values_list("id", flat=True)
            )
            if not waiting:
                break
            for message_id in waiting:
                messaging.deliver(message_id=message_id, at=self.at)
        incoming.act_on_incoming(at=self.at)
        notices.conclude_due(at=self.at)

    # ---- what there is

    def fault(self) -> Fault:
        return Fault.objects.select_related("dossier").exclude(state="VOID").latest("id")

    def case(self, customer_id: int) -> Case:
        return (
            Case.objects.select_related("dossier", "fault")
            .filter(customer_id=customer_id)
            .exclude(state="VOID")
            .latest("id")
        )

    def outage(self, code: str) -> Outage:
        return Outage.objects.filter(service__circuit_code=code).latest("id")

    def service(self, code: str) -> int:
        return Service.objects.get(circuit_code=code).pk

    def tray(self, role: Role) -> list[str]:
        rows = WorkItem.objects.filter(role=role, done_at=None).order_by("due_at", "id")
        return [f"{row.step} {row.title}".strip() for row in rows]

    def steps(self, role: Role) -> set[str]:
        return set(WorkItem.objects.filter(role=role, done_at=None).values_list("step", flat=True))

    def journal(self, dossier_id: int) -> list[str]:
        return list(
            JournalEntry.objects.filter(dossier_id=dossier_id)
            .order_by("at", "id")
            .values_list("text", flat=True)
        )

    # ---- the way most stories go

    def protocols(self, fault: Fault, who: str = "noc") -> None:
        analysis.check_protocols(
            fault_id=fault.pk,
            answers={
                "GESTORES": {"NMS": "Prometheus y LibreNMS", "ALARM": True, "RESULT": "sesión BGP caída"},
                "REMOTO": {"REMOTE": False},
            },
            actor=self.actor(who),
            at=self.at,
        )

    def diagnose(
        self, fault: Fault, attribution: str, cause: str, who: str = "soporte", **more: object
    ) -> None:
        analysis.diagnose(
            fault_id=fault.pk,
            attribution=attribution,
            cause_code=cause,
            reason="pérdida de señal óptica en ambos hilos",
            actor=self.actor(who),
            at=self.at,
            **more,
        )

    def coordinate(self, fault: Fault) -> None:
        coordination.hand_over(fault_id=fault.pk, actor=self.actor("soporte"), at=self.at)
        coordination.accept(fault_id=fault.pk, actor=self.actor("noc"), at=self.at)

    def open_dac(self, fault: Fault) -> DacIssue:
        return dac.issue_opening(
            fault_id=fault.pk, form=dac.OpeningForm(), actor=self.actor("noc"), at=self.at
        )

    def restore_and_verify(self, fault: Fault, *, minutes: float = 10) -> None:
        restoration.restore(fault_id=fault.pk, restored_at=self.at, actor=self.actor("noc"), at=self.at)
        self.pass_minutes(minutes)
        restoration.verify(
            fault_id=fault.pk,
            verification="tráfico 1,6 Gbps; BGP estable",
            actor=self.actor("noc"),
            at=self.at,
        )

    def close_dac(self, fault: Fault, **more: object) -> DacIssue:
        return dac.issue_closing(
            fault_id=fault.pk,
            form=dac.ClosingForm(
                root_cause="Corte de cable por maquinaria en obra vial",
                preventive=[
                    dac_rules.Preventive(
                        text="Evaluar ruta alterna", responsible="Jefe NOC", due_date=dt.date(2026, 12, 5)
                    )
                ],
                **more,
            ),
            actor=self.actor("noc"),
            at=self.at,
        )

    def tell(self, *cases: Case, who: str = "gerente") -> None:
        notices.tell_customers(
            case_ids=[case.pk for case in cases], kind="SOLUTION", actor=self.actor(who), at=self.at
        )
        self.pass_minutes(0.5)
        self.settle()


def make_world() -> World:
    """Build the carrier: one person per role, an alarm source, an upstream."""
    world = World()
    world.person("admin", Role.ADMIN, Role.NOC, Role.INTERCONNECTION)
    world.person("noc", Role.NOC)
    world.person("soporte", Role.SUPPORT)
    world.person("colega", Role.SUPPORT)
    world.person("gerente", Role.MANAGER, phone="+59170099001")
    world.person("delegada", Role.NOC)
    made = sources.create_source(
        code="prometheus", name="Prometheus del NOC", actor=world.actor("admin"), at=world.at
    )
    world.source_id = made.source_id
    return world
