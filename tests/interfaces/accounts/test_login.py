"""How people come in: name and password, a second factor, a trusted phone, and who is kept out."""

from __future__ import annotations

import datetime as dt
import re
import time

import pytest
import time_machine
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from mayorista.apps.procedure.models import JournalEntry
from mayorista.apps.procedure.operations import people
from mayorista.interfaces import clock
from mayorista.rules.procedure import Role

pytestmark = pytest.mark.django_db

PASSWORD = "una clave larga 7"
LOGIN, AUTHENTICATE, TRUST = "/cuenta/login/", "/cuenta/2fa/authenticate/", "/cuenta/2fa/trust/"


@pytest.fixture(autouse=True)
def _no_failures_yet():
    cache.clear()


@pytest.fixture
def user():
    return people.write_user(
        username="vmamani", full_name="V. Mamani", roles=[Role.NOC.value], password=PASSWORD, at=clock.now()
    )


def _login(client, *, username="vmamani", password=PASSWORD, address="10.0.0.7"):
    return client.post(LOGIN, {"login": username, "password": password}, REMOTE_ADDR=address)


def _second_factor(user) -> str:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def _code(secret: str) -> str:
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


class TestPassword:
    def test_lets_in_whatever_the_case_of_the_name(self, client, user):
        assert _login(client, username="VMamani").status_code == 302
        assert client.session["_auth_user_id"] == str(user.pk)

    def test_is_kept_as_argon2id_outside_of_the_tests(self):
        from mayorista.config import settings as real

        assert real.PASSWORD_HASHERS == ["mayorista.config.passwords.Argon2"]
        from mayorista.config.passwords import Argon2

        kept = Argon2().encode(PASSWORD, "sal-de-prueba-16")
        assert kept.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")

    def test_of_an_inactive_person_does_not_let_in(self, client, user):
        user.is_active = False
        user.save()
        _login(client)
        assert "_auth_user_id" not in client.session

    def test_keeps_a_session_for_a_whole_night_shift(self, client, user):
        _login(client)
        assert client.session.get_expiry_age() >= 12 * 3600

    def test_cannot_be_made_by_a_visitor(self, client):
        page = client.get("/cuenta/signup/")
        assert b"<form" not in page.content or b"password2" not in page.content
        client.post("/cuenta/signup/", {"username": "intruso", "password1": PASSWORD, "password2": PASSWORD})
        assert "_auth_user_id" not in client.session


class TestLockOut:
    def test_comes_after_five_failures_and_says_for_how_long(self, client, user):
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            assert _login(client, password="equivocada").status_code == 200
        last = _login(client, password="equivocada")
        assert last.status_code == 429
        assert "15" in last.content.decode()

    def test_keeps_out_the_right_password_too(self, client, user):
        for _ in range(settings.AXES_FAILURE_LIMIT):
            _login(client, password="equivocada")
        assert _login(client).status_code == 429
        assert "_auth_user_id" not in client.session

    def test_holds_for_the_name_in_any_case(self, client, user):
        for name in ("vmamani", "VMAMANI", "Vmamani", "vMamani", "vmamani"):
            _login(client, username=name, password="equivocada")
        assert _login(client).status_code == 429

    def test_does_not_touch_the_same_person_at_another_address(self, client, user):
        for _ in range(settings.AXES_FAILURE_LIMIT):
            _login(client, password="equivocada")
        assert _login(Client(), address="10.0.0.8").status_code == 302

    def test_does_not_tell_whether_the_name_exists(self, client, user):
        for _ in range(settings.AXES_FAILURE_LIMIT):
            known = _login(client, password="equivocada")
            unknown = _login(client, username="nadie", password="equivocada")
        assert known.status_code == unknown.status_code == 429
        strip = re.compile(rb"data-(now|csrf)=\"[^\"]*\"|value=\"[^\"]*\"")
        assert strip.sub(b"", known.content) == strip.sub(b"", unknown.content)

    def test_ends_by_itself(self, client, user):
        for _ in range(settings.AXES_FAILURE_LIMIT):
            _login(client, password="equivocada")
        with time_machine.travel(
            clock.now() + settings.AXES_COOLOFF_TIME + dt.timedelta(minutes=1), tick=True
        ):
            assert _login(client).status_code == 302

    def test_is_forgotten_by_a_success(self, client, user):
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            _login(client, password="equivocada")
        assert _login(client).status_code == 302
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            assert _login(Client(), password="equivocada").status_code == 200


class TestSecondFactor:
    def test_is_asked_after_the_password(self, client, user):
        _second_factor(user)
        assert _login(client)["Location"].startswith(AUTHENTICATE)
        assert "_auth_user_id" not in client.session

    def test_lets_in_with_the_right_code_only(self, client, user):
        secret = _second_factor(user)
        _login(client)
        wrong = f"{(int(_code(secret)) + 1) % 1_000_000:06d}"
        client.post(AUTHENTICATE, {"code": wrong})
        assert "_auth_user_id" not in client.session
        client.post(AUTHENTICATE, {"code": _code(secret)})
        client.post(TRUST, {"action": "decline"})
        assert client.session["_auth_user_id"] == str(user.pk)

    def test_can_not_be_guessed(self, client, user):
        secret = _second_factor(user)
        _login(client)
        wrong = f"{(int(_code(secret)) + 500) % 1_000_000:06d}"
        for _ in range(9):
            client.post(AUTHENTICATE, {"code": wrong})
        client.post(AUTHENTICATE, {"code": _code(secret)})
        assert "_auth_user_id" not in client.session

    def test_takes_a_code_once(self, client, user):
        secret = _second_factor(user)
        code = _code(secret)
        _login(client)
        client.post(AUTHENTICATE, {"code": code})
        second = Client()
        _login(second)
        second.post(AUTHENTICATE, {"code": code})
        assert "_auth_user_id" not in second.session

    def test_takes_a_code_once_for_as_long_as_it_is_valid(self, client, user):
        secret = _second_factor(user)
        with time_machine.travel("2026-11-24 21:00:00Z", tick=False) as moment:
            code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + 1))
            _login(client)
            assert client.post(AUTHENTICATE, {"code": code})["Location"] == TRUST
            moment.shift(40)
            second = Client()
            _login(second)
            assert second.post(AUTHENTICATE, {"code": code}).status_code == 200
            assert "_auth_user_id" not in second.session

    def test_is_asked_again_everywhere_when_its_owner_forgets_the_trusted_devices(self, client, user):
        secret = _second_factor(user)
        _login(client)
        client.post(AUTHENTICATE, {"code": _code(secret)})
        client.post(TRUST, {"action": "trust"})
        desk = Client()
        desk.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert "Olvidar los equipos" in desk.get("/cuenta/2fa/").content.decode()
        assert desk.post("/cuenta/equipos/olvidar/").status_code == 302
        assert "Equipos de confianza olvidados" in JournalEntry.objects.latest("id").text
        client.post("/cuenta/logout/")
        assert _login(client)["Location"].startswith(AUTHENTICATE)

    def test_that_is_not_switched_on_has_no_devices_to_forget(self, client, user):
        _login(client)
        assert client.post("/cuenta/equipos/olvidar/").status_code == 409

    def test_is_not_asked_again_on_a_trusted_phone_for_thirty_days(self, client, user):
        secret = _second_factor(user)
        _login(client)
        client.post(AUTHENTICATE, {"code": _code(secret)})
        trusted = client.post(TRUST, {"action": "trust"})
        cookie = trusted.cookies[
            settings.MFA_TRUST_COOKIE_NAME if hasattr(settings, "MFA_TRUST_COOKIE_NAME") else "mfa_trusted"
        ]
        assert cookie["max-age"] == 30 * 24 * 3600
        assert cookie["httponly"]
        client.post("/cuenta/logout/")
        assert not _login(client)["Location"].startswith(AUTHENTICATE)
        client.post("/cuenta/logout/")
        with time_machine.travel(clock.now() + dt.timedelta(days=31), tick=True):
            assert _login(client)["Location"].startswith(AUTHENTICATE)

    def test_of_somebody_else_is_not_trusted(self, client, user):
        secret = _second_factor(user)
        _login(client)
        client.post(AUTHENTICATE, {"code": _code(secret)})
        client.post(TRUST, {"action": "trust"})
        client.post("/cuenta/logout/")
        other = people.write_user(
            username="otra", full_name="Otra", roles=[Role.NOC.value], password=PASSWORD, at=clock.now()
        )
        _second_factor(other)
        assert _login(client, username="otra")["Location"].startswith(AUTHENTICATE)


class TestAdministrator:
    @pytest.fixture
    def admin(self):
        person = people.write_user(
            username="jefa", full_name="Jefa", roles=[Role.ADMIN.value], password=PASSWORD, at=clock.now()
        )
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    def test_lifts_a_lock_out_on_the_persons_page(self, client, user, admin):
        for _ in range(settings.AXES_FAILURE_LIMIT):
            _login(client, password="equivocada")
        page = admin.get(f"/administracion/usuarios/{user.pk}/")
        assert "Levantar el bloqueo" in page.content.decode()
        assert admin.post(f"/administracion/usuarios/{user.pk}/desbloquear/").status_code == 302
        assert _login(client).status_code == 302

    def test_takes_away_a_lost_second_factor(self, client, user, admin):
        _second_factor(user)
        assert admin.post(f"/administracion/usuarios/{user.pk}/quitar-factor/").status_code == 302
        assert _login(client)["Location"] == "/"

    def test_writes_both_into_the_journal(self, client, user, admin):
        _second_factor(user)
        admin.post(f"/administracion/usuarios/{user.pk}/quitar-factor/")
        entry = JournalEntry.objects.order_by("-id").first()
        assert "Segundo factor quitado: vmamani" in entry.text

    def test_is_told_when_there_is_nothing_to_lift(self, user, admin):
        answer = admin.post(f"/administracion/usuarios/{user.pk}/desbloquear/")
        assert answer.status_code == 409
        assert "no está bloqueado" in answer.content.decode()


class TestSwitchingOnTheSecondFactor:
    def test_goes_from_the_menu_to_a_login_with_a_code(self, client, user):
        _login(client)
        page = client.get("/cuenta/2fa/totp/activate/", follow=True)
        if page.redirect_chain:  # the password again, when the login is some time ago
            address = page.redirect_chain[-1][0]
            page = client.post(address, {"password": PASSWORD}, follow=True)
        assert page.status_code == 200
        secret = client.session["mfa.totp.secret"]
        client_code = _code(secret)
        done = client.post("/cuenta/2fa/totp/activate/", {"code": client_code}, follow=True)
        assert done.status_code == 200
        other = Client()
        asked = other.post(LOGIN, {"login": user.username, "password": PASSWORD})["Location"]
        assert other.post(asked, {"code": client_code}).status_code == 200  # it served to switch it on
        assert "_auth_user_id" not in other.session
        assert other.post(LOGIN, {"login": user.username, "password": PASSWORD})["Location"].startswith(
            AUTHENTICATE
        )
