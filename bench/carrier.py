"""A carrier of full size with a bad night on top: closed cases of a year, and open ones in every state."""

from __future__ import annotations

import datetime as dt
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mayorista.apps.faults.models import Fault
    from tests.stories.world import World

STATES = (
    "DETECTED",
    "ANALYSIS",
    "SUPPORT",
    "COORDINATION",
    "REPAIR",
    "RESTORED",
    "VERIFIED",
    "DAC_CLOSED",
)
ALSO_OPEN = 40
UPSTREAM = "UP-ESCALA-1"


@dataclass(frozen=True, slots=True)
class Carrier:
    """What was loaded: the number of a case in each state, of a mass event, and of a D.A.C."""

    made: str
    cases: dict[str, str]
    closed: str
    mass: str
    dac: str


def load() -> Carrier:
    """Write 1,000 services, 100,000 alarms, 20,000 closed cases, and the open ones through their operations."""
    from mayorista.apps.faults.models import Case, DacForm
    from mayorista.apps.onboarding.operations import examples, scale
    from mayorista.interfaces import clock

    at = clock.now()
    begun = time.perf_counter()
    examples.load_examples(at=at)
    size = scale.load_scale(at=at)
    closed = Case.objects.order_by("-pk").values_list("dossier__number", flat=True)[0]
    world = _world(at)
    cases = {state: _case_in(world, state, circuit) for circuit, state in enumerate(STATES, start=401)}
    for circuit in range(501, 501 + ALSO_OPEN):
        world.alarm(service=f"ESCALA-{circuit:05d}")
    world.alarm(upstream=UPSTREAM)
    mass = world.fault()
    analyse()
    return Carrier(
        f"{size} en {time.perf_counter() - begun:.0f} s",
        cases,
        closed,
        mass.dossier.number,
        DacForm.objects.order_by("pk").values_list("dossier__number", flat=True)[0],
    )


def cookie_of(username: str) -> str:
    """Log a person in; return the cookie of the session."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from mayorista.apps.procedure.models import User
    from mayorista.interfaces import clock

    user = User.objects.get(username=username)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["account_authentication_methods"] = [{"method": "password", "at": clock.now().timestamp()}]
    session.create()
    return f"sessionid={session.session_key}"


def _world(at: dt.datetime) -> World:
    """The people of the examples, four hours ago, with channels that remember instead of sending."""
    from django.conf import settings

    from mayorista.apps.monitoring.operations import sources
    from mayorista.apps.procedure import wiring
    from mayorista.apps.procedure.models import User
    from tests import fakes
    from tests.stories.world import World

    settings.ADAPTERS = {
        **settings.ADAPTERS,
        "mail": "tests.fakes.mail_in_use",
        "whatsapp": "tests.fakes.whatsapp_in_use",
    }
    wiring._build.cache_clear()  # noqa: SLF001 - the adapters of this process alone
    fakes.use(fakes.RememberingMail(), fakes.RememberingWhatsApp())
    world = World(at=at - dt.timedelta(hours=4), users={user.username: user for user in User.objects.all()})
    made = sources.create_source(
        code="noche", name="Alarmas de la noche", actor=world.actor("admin"), at=world.at
    )
    world.source_id = made.source_id
    return world


def _case_in(world: World, state: str, circuit: int) -> str:
    """Bring a case of one circuit as far as `state`, with a conversation; return its number."""
    from mayorista.apps.customers.models import Contact
    from mayorista.apps.faults.models import Case
    from mayorista.apps.faults.operations import restoration

    world.alarm(service=f"ESCALA-{circuit:05d}")
    case = Case.objects.select_related("dossier", "customer").latest("id")
    fault = world.fault()
    phone = Contact.objects.get(full_name=f"Guardia {case.customer.code}").phone_e164
    for turn in range(10):
        world.customer_writes(phone.removeprefix("+"), f"seguimos sin servicio, {turn}")
    reached = STATES.index(state)
    if reached >= STATES.index("ANALYSIS"):
        _analysed(world, fault, state)
    if reached >= STATES.index("REPAIR"):
        _under_repair(world, fault)
    if state == "RESTORED":
        restoration.restore(fault_id=fault.pk, restored_at=world.at, actor=world.actor("noc"), at=world.at)
    if reached >= STATES.index("VERIFIED"):
        world.restore_and_verify(fault, minutes=1)
    if state == "DAC_CLOSED":
        world.close_dac(fault)
    fault.refresh_from_db()
    if fault.state != state:
        raise RuntimeError(f"{case.dossier.number}: {fault.state}, not {state}")
    return case.dossier.number


def _analysed(world: World, fault: Fault, state: str) -> None:
    from mayorista.apps.faults.operations import analysis, coordination

    analysis.acknowledge(fault_id=fault.pk, actor=world.actor("noc"), at=world.at)
    world.protocols(fault)
    if state == "SUPPORT":
        world.diagnose(fault, "CUSTOMER", "C-ENE")
    elif state != "ANALYSIS":
        world.diagnose(fault, "EXTERNAL", "E-FIB")
    if state == "COORDINATION":
        coordination.hand_over(fault_id=fault.pk, actor=world.actor("soporte"), at=world.at)


def _under_repair(world: World, fault: Fault) -> None:
    from mayorista.apps.faults.operations import coordination

    world.coordinate(fault)
    coordination.open_ticket(
        fault_id=fault.pk,
        provider_id=_provider(),
        reference=f"TA-{fault.pk}",
        actor=world.actor("noc"),
        at=world.at,
    )
    world.open_dac(fault)
    for turn in range(4):
        world.pass_minutes(1)
        coordination.record_advance(
            fault_id=fault.pk, text=f"Cuadrilla en sitio, {turn}", actor=world.actor("noc"), at=world.at
        )


def _provider() -> int:
    from mayorista.apps.contracts.models import Provider

    return Provider.objects.get(code="ESCALA").pk


def analyse() -> None:
    """What autovacuum would have done by the next morning."""
    import psycopg

    with psycopg.connect(os.environ["MAYORISTA_OWNER_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("ANALYZE")
