"""Every address tried by a stranger and by each role; an address that no table knows fails the test."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from mayorista.apps.monitoring.models import Alarm, Occurrence, Quarantine
from mayorista.apps.monitoring.operations import intake, maintenance
from mayorista.apps.procedure.models import StoredFile, WorkItem
from mayorista.interfaces.desk import acts, urls
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests.browser import screens
from tests.incoming_mail import incoming_mail
from tests.rules.mail import letters
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures

ALL = WHO_MAY[Act.VIEW]
WRITERS = WHO_MAY[Act.NOTE]
NOBODY: frozenset[Role] = frozenset()
PUBLIC = "public"


@dataclass(frozen=True)
class Try:
    """How an address is tried: arguments (words in capitals are rows of the world), and who may GET and POST."""

    args: tuple = ()
    get: frozenset[Role] | None = None
    post: frozenset[Role] | None = None
    said: dict = field(default_factory=dict)


def act(who: Act) -> frozenset[Role]:
    return WHO_MAY[who]


CASE = ("CASE",)
VIEWS: dict[str, Try] = {
    "tray": Try(get=ALL),
    "claim": Try(("ITEM",), post=frozenset({Role.NOC})),
    "release": Try(("ITEM",), post=frozenset({Role.NOC})),
    "snooze": Try(
        ("ITEM",),
        get=frozenset({Role.NOC}),
        post=frozenset({Role.NOC}),
        said={"minutos": "30", "motivo": "espera"},
    ),
    "wake": Try(("ITEM",), post=frozenset({Role.NOC})),
    "live": Try(get=ALL),
    "board": Try(get=ALL),
    "wall": Try(get=ALL),
    "new-case": Try(get=act(Act.OPEN_CASE), post=act(Act.OPEN_CASE)),
    "new-claim": Try(get=act(Act.REGISTER_CLAIM), post=act(Act.REGISTER_CLAIM)),
    "case": Try(CASE, get=ALL),
    "write": Try(CASE, post=act(Act.SEND_MESSAGE), said={"to": "CONTACT", "text": "hola"}),
    "conversation": Try(CASE, get=ALL),
    "note": Try(CASE, post=WRITERS, said={"note": "una nota"}),
    **{
        f"act-{spec.slug}": Try(
            CASE, get=None if spec.slug == "reconocer" else act(spec.act), post=act(spec.act)
        )
        for spec in acts.SPECS
    },
    "act-dac": Try(CASE, get=act(Act.ISSUE_DAC), post=act(Act.ISSUE_DAC)),
    "dac-preview": Try(CASE, post=act(Act.ISSUE_DAC)),
    "tell": Try(CASE, get=act(Act.TELL_CUSTOMER), post=act(Act.TELL_CUSTOMER)),
    "inform": Try(
        ("CASE", "apertura"),
        get=act(Act.NOTIFY_PROGRESS),
        post=act(Act.NOTIFY_PROGRESS),
        said={"email": "on", "text": ""},
    ),
    "notices": Try(get=act(Act.TELL_CUSTOMER), post=act(Act.TELL_CUSTOMER)),
    "undo-notices": Try(
        post=ALL
    ),  # only what the same session sent; the operation asks for the right of each notice
    "dac": Try(("DAC",), get=ALL),
    "dac-acknowledge": Try(("DAC",), post=act(Act.ACKNOWLEDGE_DAC)),
    "dac-reprint": Try(("DAC", 1), post=ALL),  # a counted copy of what all may read
    "verify-form": Try(get=PUBLIC),
    "verify": Try(("NOTOKEN",), get=PUBLIC),
    "upload": Try(post=WRITERS),
    "file": Try(("FILE",), get=ALL),
    "search": Try(get=ALL),
    "alarms": Try(get=ALL),
    "alarms-unknown": Try(get=ALL),
    "alarm-link": Try(("ALARM",), get=act(Act.LINK_ALARM), post=act(Act.LINK_ALARM)),
    "alarm-ignore": Try(("ALARM",), post=act(Act.LINK_ALARM), said={"reason": "prueba"}),
    "alarms-quarantine": Try(get=ALL),
    "quarantine-review": Try(("QUARANTINE",), post=act(Act.LINK_ALARM), said={"note": "visto"}),
    "alarm-raw": Try(("POST",), get=act(Act.LINK_ALARM)),
    "alarm-retry": Try(("OCCURRENCE",), post=act(Act.LINK_ALARM)),
    "alarm-sources": Try(get=ALL),
    "alarm-source-new": Try(get=act(Act.ADMINISTER), post=act(Act.ADMINISTER)),
    "alarm-source": Try(("SOURCE",), get=act(Act.ADMINISTER), post=act(Act.ADMINISTER)),
    "alarm-source-rotate": Try(("SOURCE",), post=act(Act.ADMINISTER)),
    "maintenance": Try(get=ALL),
    "maintenance-new": Try(get=act(Act.PLAN_MAINTENANCE), post=act(Act.PLAN_MAINTENANCE)),
    "maintenance-window": Try(("WINDOW",), get=ALL),
    "maintenance-cancel": Try(("WINDOW",), post=act(Act.PLAN_MAINTENANCE), said={"reason": "llueve"}),
    "messages": Try(get=act(Act.FILE_MESSAGE)),
    "message": Try(("LETTER",), get=act(Act.FILE_MESSAGE)),
    "message-original": Try(("LETTER",), get=act(Act.FILE_MESSAGE)),
    "message-no-receipt": Try(("LETTER",), post=act(Act.FILE_MESSAGE)),
    "message-pass-on": Try(("LETTER",), post=act(Act.FILE_MESSAGE)),
    "message-answer": Try(
        ("LETTER",),
        get=act(Act.SEND_MESSAGE),
        post=act(Act.SEND_MESSAGE),
        said={"subject": "Re", "body": "Hola"},
    ),
    "message-link": Try(
        ("LETTER",), get=act(Act.FILE_MESSAGE), post=act(Act.FILE_MESSAGE), said={"contact_id": "CONTACTID"}
    ),
    "message-close": Try(("LETTER",), post=act(Act.FILE_MESSAGE), said={"reason": "publicidad"}),
    "address-unlink": Try(("ADDRESS",), post=act(Act.FILE_MESSAGE)),
    "message-file": Try(("MESSAGE",), post=act(Act.FILE_MESSAGE), said={"number": "CASE"}),
    "message-mark": Try(
        ("MESSAGE",), post=act(Act.MARK_MESSAGE), said={"number": "CASE", "mark": "QUESTION"}
    ),
    "message-resend": Try(("MESSAGE",), post=act(Act.RESEND_MESSAGE)),
    "message-undo": Try(("MESSAGE",), post=act(Act.SEND_MESSAGE)),
    "message-arrived": Try(("MESSAGE",), post=act(Act.RESEND_MESSAGE)),
    "channels": Try(get=ALL),
    "channel-resume": Try(("EMAIL",), post=act(Act.ADMINISTER)),
    "trace": Try(CASE, get=ALL),
    "texts": Try(get=act(Act.EDIT_PARAMETERS)),
    "texts-submit": Try(post=act(Act.EDIT_PARAMETERS)),
    "text": Try(("cierre_falla_correo",), get=act(Act.EDIT_PARAMETERS), post=act(Act.EDIT_PARAMETERS)),
    "protocols": Try(get=ALL),
    "protocol": Try(("GESTORES",), get=ALL),
    "protocol-version": Try(("GESTORES", 1), get=ALL),
    "protocol-publish": Try(("GESTORES",), get=act(Act.EDIT_PARAMETERS), post=act(Act.EDIT_PARAMETERS)),
    "lab": Try(get=ALL, post=WRITERS),
}
# Addresses of others, each with its own test of who may what.
ELSEWHERE = {
    "hook-alertmanager",
    "hook-traffic",
    "hook-whatsapp",
    "health",
    *(pattern.name for part in urls.PARTS for pattern in part.urlpatterns),
}


def _names(patterns, prefix: str = "") -> set[tuple[str, str]]:
    found = set()
    for each in patterns:
        if isinstance(each, URLResolver):
            found |= _names(each.url_patterns, prefix + str(each.pattern))
        elif isinstance(each, URLPattern):
            found.add((each.name or "?", prefix + str(each.pattern)))
    return found


@pytest.fixture
def night(world, settings):  # noqa: F811 - the fixture imported above
    """A night with a D.A.C., an unknown alarm, a quarantined body, a window and a message."""
    settings.DEMO = True
    world.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014", rides_on="ORURO-TAMBO")
    world.alarm(service="TIP-0141")
    fault = world.fault()
    world.diagnose(fault, "INTERNAL", "I-ENE")
    world.coordinate(fault)
    world.open_dac(fault)
    world.alarm(service="TIP-9999", instance="ROUTER-X")
    intake.reject(
        source_id=world.source_id, post=intake.Post(b"{}", "", 2), reason="sin alertas", at=world.at
    )
    window = maintenance.plan_window(
        title="Cambio de tarjeta",
        starts_at=world.at + dt.timedelta(days=2),
        ends_at=world.at + dt.timedelta(days=2, hours=2),
        service_ids=[],
        resource_ids=[world.resource("ORURO-TAMBO")],
        actor=world.actor("admin"),
        at=world.at,
    )
    message = world.customer_writes("59170000014", "¿cómo va?")
    number = world.journal and fault.dossier.number
    from mayorista.apps.customers.models import Contact, ContactAddress
    from mayorista.apps.faults.models import Case, DacForm

    rows = {
        "CASE": Case.objects.select_related("dossier").get().dossier.number,
        "FAULT": number,
        "DAC": DacForm.objects.select_related("dossier").get().dossier.number,
        "ITEM": WorkItem.objects.filter(role="NOC", done_at=None).earliest("pk").pk,
        "FILE": StoredFile.objects.earliest("pk").pk,
        "ALARM": Alarm.objects.latest("pk").pk,
        "QUARANTINE": Quarantine.objects.get().pk,
        "POST": Quarantine.objects.get().post_id,
        "OCCURRENCE": Occurrence.objects.latest("pk").pk,
        "SOURCE": world.source_id,
        "WINDOW": window.number,
        "MESSAGE": message,
        "LETTER": incoming_mail(letters.mail(from_="nadie@otro.example"), at=world.at),
        "CONTACTID": Contact.objects.get().pk,
        "ADDRESS": ContactAddress.objects.create(
            contact=Contact.objects.get(), address="otra@otro.example", linked_at=world.at
        ).pk,
        "NOTOKEN": "x" * 24,
        "CONTACT": f"w{Contact.objects.get().pk}",
    }
    world.rows = rows
    for role in Role:
        world.person(f"rol-{role.value.lower()}", role)
    return world


def address(night, name: str) -> str:
    return reverse(
        f"desk:{name}",
        args=[night.rows.get(arg, arg) if isinstance(arg, str) else arg for arg in VIEWS[name].args],
    )


def client_of(night, role: Role) -> Client:
    client = Client()
    client.force_login(
        night.users[f"rol-{role.value.lower()}"],
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


class TestTheTable:
    def test_no_two_addresses_share_a_name(self):
        names = [pattern.name for pattern in urls.urlpatterns]
        assert [name for name in set(names) if names.count(name) > 1] == []

    def test_names_every_address_of_the_desk(self):
        mine = {pattern.name for pattern in urls.urlpatterns} - ELSEWHERE
        assert mine - set(VIEWS) == set(), "una dirección nueva no está en la tabla"
        assert set(VIEWS) - mine == set(), "la tabla nombra una dirección que no existe"

    def test_names_every_address_of_the_platform(self):
        known = set(VIEWS) | ELSEWHERE
        strange = {
            (name, path)
            for name, path in _names(get_resolver().url_patterns)
            if name not in known and not path.startswith(("cuenta/", "^cuenta/", "static/"))
        }
        assert not strange

    def test_leaves_no_screen_unseen_by_a_browser(self):
        answering = {pattern.name for pattern in urls.urlpatterns if screens.answers_get(pattern)}
        missing = answering - {screen.name for screen in screens.SCREENS}
        assert not missing, "falta en tests/browser/screens.py, con sus filas en tests/browser/carrier.py"


class TestAStranger:
    def test_sees_only_what_is_public(self, night):
        wrong = []
        for name in {pattern.name for pattern in urls.urlpatterns} & set(VIEWS):
            for method in ("GET", "POST"):
                answer = Client().generic(method, address(night, name))
                status, words = answer.status_code, answer.content.decode(errors="replace")
                if "VALLE FIBRA" in words:
                    wrong.append(f"{method} {name}: muestra un cliente")
                if VIEWS[name].get == PUBLIC:
                    fine = status in {200, 404} if method == "GET" else status == 405
                elif name == "upload":
                    fine = status == 401
                else:
                    fine = status == 302 and answer["Location"].startswith("/cuenta/login/")
                if not fine:
                    wrong.append(f"{method} {name}: {status}")
        assert not wrong, "\n".join(wrong)


class TestTheAccount:
    def test_gives_a_stranger_nothing_but_the_login(self, night):
        wrong = []
        for name, path in _names(get_resolver().url_patterns):
            if not path.startswith("cuenta/") or name in {"account_login", *VIEWS, *ELSEWHERE}:
                continue
            args = ["1"] * (path.count("<") - path.count("(?P<"))
            url = reverse(name, args=args) if "(?P<" not in path and name != "?" else "/cuenta/email/"
            for method in ("GET", "POST"):
                answer = Client().generic(method, url)
                to_login = answer.status_code == 302 and answer["Location"].startswith("/cuenta/login/")
                if not to_login and answer.status_code not in {404, 405}:
                    wrong.append(f"{method} {url}: {answer.status_code}")
        assert not wrong, "\n".join(wrong)

    def test_lets_nobody_ask_for_mail_by_a_forgotten_password(self, night):
        answer = Client().post("/cuenta/password/reset/", {"email": "noc@example.bo"})
        assert answer.status_code == 404
        assert "Administración" in answer.content.decode()


class TestARole:
    def test_does_only_what_is_its(self, night):
        """Every role in one world: building a world for each would cost more than asking."""
        assert not [wrong for role in Role for wrong in self.wrong_for(night, role)]

    def wrong_for(self, night, role: Role) -> list[str]:
        client, wrong = client_of(night, role), []
        there = {pattern.name for pattern in urls.urlpatterns}
        for name, view in VIEWS.items():
            if name not in there:
                continue
            for method, may in (("GET", view.get), ("POST", view.post)):
                if may == PUBLIC:
                    continue
                said = {key: night.rows.get(value, value) for key, value in view.said.items()}
                with transaction.atomic():
                    answer = (
                        client.get(address(night, name))
                        if method == "GET"
                        else client.post(address(night, name), said)
                    )
                    transaction.set_rollback(True)
                status = answer.status_code
                if may is None:
                    if status not in (
                        {302, 403, 405} if method == "GET" else {403, 405}
                    ):  # a GET may lead on
                        wrong.append(f"{method} {name}: {status}, y la tabla no lo admite")
                    continue
                if role in may and status in {403, 405, 500}:
                    wrong.append(f"{method} {name}: {status}, y {role} puede")
                if role not in may and status != 403:
                    wrong.append(f"{method} {name}: {status}, y {role} no puede")
        return wrong
