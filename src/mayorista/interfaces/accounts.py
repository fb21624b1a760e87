"""How people come in: no sign-up, codes that serve once, and what somebody reads who was locked out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.conf import settings
from django.core.cache import cache
from django.shortcuts import render
from django.utils.translation import gettext as _

from mayorista.rules.errors import NotFound

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


NOT_OFFERED = r"^cuenta/(?:signup|email|confirm-email|inactive|password/reset|password/set|login/code)/"
"""What allauth has and the house does not: accounts and passwords are the administrator's, mail goes by the outbox."""


def not_offered(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """An address of allauth that is closed here."""
    raise NotFound(
        _("Esa página no se ofrece aquí."),
        remedy=_("Una cuenta o una contraseña nueva la da la Administración del sistema."),
    )


class ClosedAccounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are opened by the administrator, never by the visitor."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Nobody signs up."""
        return False

    def add_message(
        self, request: HttpRequest, level: int, message_template: str = "", *args: Any, **more: Any
    ) -> None:
        """Say what allauth says, but not that somebody is in: the tray shows it, and the words would wait for the next login."""
        if not message_template.endswith(("logged_in.txt", "logged_out.txt")):
            super().add_message(request, level, message_template, *args, **more)


# Note [A code serves once]
# allauth remembers a code that was used for one period of 30 s, and takes it for three; and it does not remember the
# one by which the second factor was switched on. These forms keep it, under allauth's own key, as long as it is valid.


def _spend(user_id: int, code: str) -> None:
    seconds = (2 * settings.MFA_TOTP_TOLERANCE + 1) * settings.MFA_TOTP_PERIOD
    cache.set(f"allauth.mfa.totp.used?user={user_id}&code={normalize_user_code(code)}", "y", timeout=seconds)


class EnterOnce(AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The code of a login."""

    def clean_code(self) -> str:
        """Take the code, and never again (see Note [A code serves once])."""
        code: str = super().clean_code()
        _spend(self.user.pk, code)
        return code


class ConfirmOnce(ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The code asked again before something delicate."""

    def clean_code(self) -> str:
        """Take the code, and never again (see Note [A code serves once])."""
        code: str = super().clean_code()
        _spend(self.user.pk, code)
        return code


class SwitchOnOnce(ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """The first code of a new second factor."""

    def clean_code(self) -> str:
        """Take the code, and never again (see Note [A code serves once])."""
        code: str = super().clean_code()
        _spend(self.user.pk, code)
        return code


def attempted_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name somebody tries to come in by, in small letters: axes counts failures of this name.

    Django's signal calls it `username`, axes' backend and the form call it `login`.
    """
    given = credentials or {}
    name = given.get("username") or given.get("login") or request.POST.get("login") or ""
    return str(name).strip().lower()


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,  # noqa: ARG001 - axes' signature
    credentials: dict[str, Any] | None = None,  # noqa: ARG001 - the same
) -> HttpResponse:
    """Too many failures: say so and how long it lasts, without saying whether the name exists."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    page = {"failures": settings.AXES_FAILURE_LIMIT, "minutes": minutes}
    return render(request, "account/locked_out.html", page, status=429)
