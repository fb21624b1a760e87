"""What the demonstration has to show of the service given: turns, two faults of last month with their papers, seals.

The operations of the house do it at the instants at which people would have; what the mail servers answered
is written as they would have. What is there already stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from mayorista.apps.assurance.models import Paper
from mayorista.apps.assurance.operations import provider_claims, reports, rfos
from mayorista.apps.assurance.queries import rfo as rfo_facts
from mayorista.apps.billing.operations import credit_months
from mayorista.apps.contracts.models import Resource, Service
from mayorista.apps.customers.models import Customer
from mayorista.apps.faults.models import Case, DacForm, Fault
from mayorista.apps.faults.operations import (
    analysis,
    claims,
    coordination,
    dac,
    notices,
    opening,
    restoration,
)
from mayorista.apps.messaging.models import Message
from mayorista.apps.messaging.operations import journal_seals
from mayorista.apps.procedure.actors import Actor, for_job
from mayorista.apps.procedure.models import JournalSeal, RosterSlot, ShiftHandover, User
from mayorista.apps.procedure.operations import shifts
from mayorista.apps.receivables.models import ReminderMail
from mayorista.apps.receivables.operations import reminders
from mayorista.rules import dac as dac_rules
from mayorista.rules import lapaz, periods
from mayorista.rules.periods import Month
from mayorista.rules.procedure import Attribution, Role

JOB = for_job("datos de ejemplo")
ActorOf = Callable[[str, dt.datetime], Actor]
SEALED_DAYS = 5
WORKDAYS, SATURDAY, SUNDAY = (0, 1, 2, 3, 4), (5,), (6,)
# role, who, weekdays, from, hours: the three turns of a working day, two of twelve hours at the weekend
TURNS = (
    (Role.NOC, "noc", WORKDAYS, 7, 8),
    (Role.NOC, "noc2", WORKDAYS, 15, 8),
    (Role.NOC, "noc3", WORKDAYS, 23, 8),
    (Role.NOC, "noc2", SATURDAY, 7, 12),
    (Role.NOC, "noc3", SATURDAY, 19, 12),
    (Role.NOC, "noc", SUNDAY, 7, 12),
    (Role.NOC, "noc2", SUNDAY, 19, 12),
    (Role.SUPPORT, "soporte", WORKDAYS, 7, 8),
    (Role.SUPPORT, "delegado", WORKDAYS, 15, 8),
    (Role.SUPPORT, "soporte2", WORKDAYS, 23, 8),
    (Role.SUPPORT, "delegado", SATURDAY, 7, 12),
    (Role.SUPPORT, "soporte2", SATURDAY, 19, 12),
    (Role.SUPPORT, "soporte", SUNDAY, 7, 12),
    (Role.SUPPORT, "delegado", SUNDAY, 19, 12),
)
REPORTED, SENT = ("ISP-014", "ISP-003", "ISP-009"), ("ISP-009",)


@transaction.atomic
def load(*, at: dt.datetime, actor_of: ActorOf) -> None:
    """Write what is not there yet; the people, circuits and agreements of the examples are."""
    last = Message.objects.order_by("-id").values_list("id", flat=True).first() or 0
    if not RosterSlot.objects.exists():
        _turns(at, actor_of)
    if not ReminderMail.objects.exists():
        _reminded(periods.month_of(lapaz.local(at).date()).previous, actor_of)
    if not Paper.objects.exists():
        _papers(periods.month_of(lapaz.local(at).date()).previous, at, actor_of)
    if not JournalSeal.objects.exists():
        for days in range(SEALED_DAYS, 0, -1):
            journal_seals.seal_and_mail(at=at - dt.timedelta(days=days - 1))
    _delivered(after=last)


def _delivered(*, after: int) -> None:
    """What was mailed since a message arrived long ago: nothing of it leaves when the demonstration starts."""
    mails = Message.objects.filter(id__gt=after, direction="OUT").exclude(state="CANCELLED")
    mails.update(state="DELIVERED", accepted_at=F("created_at"), sent_at=F("created_at"))


def _turns(at: dt.datetime, actor_of: ActorOf) -> None:
    ids = dict(User.objects.values_list("username", "pk"))
    began = at - dt.timedelta(days=30)
    for role, who, weekdays, hour, hours in TURNS:
        shifts.add_slots(
            role=role,
            user_id=ids[who],
            weekdays=list(weekdays),
            starts=dt.time(hour),
            hours=hours,
            actor=actor_of("gerente", at),
            at=began,
        )
    free = _instant(lapaz.local(at).date() + dt.timedelta(days=4), 0)
    for who, kind, reason in (
        ("noc", "ABSENT", "Vacación de dos días"),
        ("noc3", "COVERS", "Cubre la vacación de Noelia Ortega"),
    ):
        shifts.add_exception(
            role=Role.NOC,
            user_id=ids[who],
            kind=kind,
            starts_at=free,
            ends_at=free + dt.timedelta(days=2),
            reason=reason,
            actor=actor_of("gerente", at),
            at=at - dt.timedelta(hours=9),
        )
    _hand_over(
        "noc2", "Sin novedad. Todas las sesiones BGP arriba.", "noc3", at - dt.timedelta(hours=8), actor_of
    )
    _hand_over(
        "noc3",
        "02:40 oscilación de 4 minutos en CBBA-BR2, sin afectar clientes. Revisar la óptica de reserva de Te0/2/0/2.",
        "",
        at,
        actor_of,
    )


def _hand_over(who: str, notes: str, receiver: str, at: dt.datetime, actor_of: ActorOf) -> None:
    made: ShiftHandover = shifts.hand_over(role=Role.NOC, notes=notes, actor=actor_of(who, at), at=at)
    if receiver:
        seen = at + dt.timedelta(minutes=6)
        shifts.receive(handover_id=made.pk, remark="Recibido.", actor=actor_of(receiver, seen), at=seen)


def _instant(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """A moment of La Paz."""
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=lapaz.LA_PAZ).astimezone(dt.UTC)


def _reminded(month: Month, actor_of: ActorOf) -> None:
    """Interconexión sent last month's reminders, each on its day."""
    for day in range(month.first, month.after):
        morning = _instant(dt.date.fromordinal(day), 10)
        reminders.send_due(actor=actor_of("interconexion", morning), at=morning)


def _papers(month: Month, at: dt.datetime, actor_of: ActorOf) -> None:
    first = dt.date.fromordinal(month.first)
    due = lapaz.local(at).date() + dt.timedelta(days=14)
    cable = _Night(_instant(first.replace(day=12), 2, 14), due, actor_of)
    cable.falls("UP-TAD-1", ("TIP-0141", "TIP-0142", "TIP-0105"))
    cable.claimed(
        "TIP-0105", "Ing. Héctor Flores", "Estamos sin salida internacional desde las dos y cuarto."
    )
    cable.repaired(
        Attribution.EXTERNAL,
        "E-FIB",
        192,
        reason="Sin luz en el tramo contratado; el proveedor confirma corte de cable.",
        advance="El proveedor ubica el corte a 41,2 km de Oruro, por obras viales; cuadrilla en camino.",
        root="Corte de cable por maquinaria en obra vial",
    )
    own = _Night(_instant(first.replace(day=19), 15, 32), due, actor_of)
    own.falls("CBBA-QLLO-F1", ("TIP-0090",))
    own.claimed("TIP-0090", "Gonzalo Arce", "Se nos cayó el enlace de Quillacollo, ¿qué pasó?")
    own.repaired(
        Attribution.INTERNAL,
        "I-FIB",
        104,
        reason="Atenuación alta en la fibra propia Cochabamba – Quillacollo.",
        advance="La cuadrilla halla el cable tensado en el poste 114 y lo empalma.",
        root="Cable tensado por la caída de un poste",
    )
    credit_months.sweep(actor=JOB, at=at)
    written = max(month.ends_at, at - dt.timedelta(days=3))
    _rfo(cable.fault, "Exigir al proveedor la segunda ruta por Caracollo que ofreció.", written, actor_of)
    _rfo(
        own.fault,
        "Cambiar los postes 112 a 116; revisión trimestral del tendido.",
        written,
        actor_of,
        send=True,
    )
    _claim(month, written, actor_of)
    _reports(month, written, at, actor_of)


class _Night:
    """One fault from the alarm to the word to the customer, its clock moved by hand."""

    def __init__(self, at: dt.datetime, due: dt.date, actor_of: ActorOf) -> None:
        self.at, self._due, self._actor_of = at, due, actor_of

    def _after(self, minutes: int) -> dt.datetime:
        self.at += dt.timedelta(minutes=minutes)
        return self.at

    def _who(self, username: str) -> Actor:
        return self._actor_of(username, self.at)

    def falls(self, element: str, circuits: tuple[str, ...]) -> None:
        """What rides on an element is down."""
        self.began, self.element = self.at, Resource.objects.get(code=element)
        services = Service.objects.filter(circuit_code__in=circuits).values_list("pk", flat=True)
        self._after(2)
        self.fault: Fault = opening.open_fault(
            hits=[opening.Hit(pk, "TOTAL", self.began) for pk in services],
            severity=1,
            detected_at=self.at,
            origin="MANUAL",
            resource_id=self.element.pk,
            resource_name=self.element.name,
            element=self.element.name,
            actor=self._who("noc"),
            at=self.at,
        )

    def claimed(self, circuit: str, who: str, words: str) -> None:
        """The ISP telephones while it is down (1.1)."""
        told = self._after(1)
        claims.register_claim(
            channel="PHONE",
            who=who,
            words=words,
            claimed_at=told,
            service_ids=[Service.objects.get(circuit_code=circuit).pk],
            actor=self._who("soporte"),
            at=told,
        )

    def repaired(
        self, whose: Attribution, cause: str, minutes: int, *, reason: str, advance: str, root: str
    ) -> None:
        """Analysed, ordered, restored after `minutes`, written in the D.A.C. and told."""
        key = self.fault.pk
        analysis.acknowledge(fault_id=key, actor=self._who("noc"), at=self._after(2))
        analysis.check_protocols(
            fault_id=key,
            answers={
                "GESTORES": {"NMS": "Prometheus y LibreNMS", "ALARM": True, "RESULT": "sin luz en el tramo"},
                "REMOTO": {"REMOTE": False},
            },
            actor=self._who("noc"),
            at=self._after(3),
        )
        analysis.diagnose(
            fault_id=key,
            attribution=whose.value,
            cause_code=cause,
            reason=reason,
            evidence="Gráfica de potencia óptica y alarma del gestor",
            actor=self._who("soporte"),
            at=self._after(5),
        )
        coordination.hand_over(fault_id=key, actor=self._who("soporte"), at=self.at)
        coordination.accept(fault_id=key, actor=self._who("noc"), at=self._after(2))
        self._order(whose)
        dac.issue_opening(fault_id=key, form=dac.OpeningForm(), actor=self._who("noc"), at=self._after(4))
        self._after(30)
        coordination.record_advance(
            fault_id=key,
            text=advance,
            etr_at=self.began + dt.timedelta(minutes=minutes + 10),
            actor=self._who("noc"),
            at=self.at,
        )
        self.at = self.began + dt.timedelta(minutes=minutes)
        restoration.restore(fault_id=key, restored_at=self.at, actor=self._who("noc"), at=self.at)
        restoration.verify(
            fault_id=key,
            verification="Tráfico normal; sesiones BGP estables",
            actor=self._who("noc"),
            at=self._after(10),
        )
        self._told(root)

    def _order(self, whose: Attribution) -> None:
        if whose is Attribution.EXTERNAL:
            assert self.element.provider_id is not None
            coordination.open_ticket(
                fault_id=self.fault.pk,
                provider_id=self.element.provider_id,
                reference="TA-88107",
                opened_at=self.at,
                actor=self._who("noc"),
                at=self.at,
            )
            return
        coordination.open_work_order(
            fault_id=self.fault.pk,
            unit_code="DIV-ASR",
            description="Medir con OTDR y empalmar",
            actor=self._who("noc"),
            at=self.at,
        )

    def _told(self, root: str) -> None:
        steps = dac_rules.Preventive(
            text="Evaluar ruta alterna",
            responsible="Jefe NOC",
            due_date=self._due,
        )
        dac.issue_closing(
            fault_id=self.fault.pk,
            form=dac.ClosingForm(root_cause=root, preventive=[steps]),
            actor=self._who("noc"),
            at=self._after(8),
        )
        form = DacForm.objects.get(fault=self.fault)
        dac.acknowledge(form_id=form.pk, actor=self._who("gerente"), at=self._after(3))
        notices.tell_customers(
            case_ids=list(Case.objects.filter(fault=self.fault).values_list("pk", flat=True)),
            kind="SOLUTION",
            actor=self._who("gerente"),
            at=self._after(6),
        )
        notices.conclude_due(at=self._after(2))


def _rfo(fault: Fault, prevention: str, at: dt.datetime, actor_of: ActorOf, *, send: bool = False) -> None:
    number = fault.dossier.number
    said = rfo_facts.prefilled(rfo_facts.fault_of(number)) | {"prevention": prevention}
    rfos.draft(number=number, said=said, actor=actor_of("noc", at), at=at)
    if send:
        rfos.approve(number=number, actor=actor_of("gerente", at), at=at)
        rfos.send(number=number, actor=actor_of("gerente", at), at=at)


def _claim(month: Month, at: dt.datetime, actor_of: ActorOf) -> None:
    """What the provider's contract promises, and the letter for what its cut cost: approved, not sent."""
    element = Resource.objects.select_related("provider").get(code="UP-TAD-1")
    assert element.provider is not None
    code, reference = element.provider.code, element.contract_reference
    provider_claims.write_terms(
        provider_id=element.provider.pk,
        terms=provider_claims.Terms(
            reference=reference,
            valid_from=dt.date(2025, 7, 1),
            repair_minutes=240,
            currency="USD",
            monthly_fee=Decimal(18_500),
            multiplier=Decimal(2),
            source="Contrato CT-TAD-2025-07, cláusula 9.3",
        ),
        actor=actor_of("interconexion", at),
        at=at,
    )
    provider_claims.draft(
        provider_code=code,
        reference=reference,
        month=month,
        text="Solicitamos que el crédito que resulta se descuente de su próxima factura, y el informe de causa "
        "del corte con las medidas que eviten su repetición.",
        actor=actor_of("noc", at),
        at=at,
    )
    provider_claims.approve(
        provider_code=code, reference=reference, month=month, actor=actor_of("gerente", at), at=at
    )


def _reports(month: Month, written: dt.datetime, at: dt.datetime, actor_of: ActorOf) -> None:
    """Some of the month's reports are issued, one is sent; the others wait for whoever looks."""
    ids = dict(Customer.objects.values_list("code", "pk"))
    reports.issue_many(
        customer_ids=[ids[code] for code in REPORTED], month=month, actor=actor_of("noc", written), at=at
    )
    reports.send_many(
        customer_ids=[ids[code] for code in SENT],
        month=month,
        said={},
        actor=actor_of("gerente", written),
        at=at,
    )
