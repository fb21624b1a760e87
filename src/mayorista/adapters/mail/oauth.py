"""Logging in to mail servers with a token instead of a password (XOAUTH2), as Microsoft 365 and Google ask for.

An administrator consents once and gets a refresh token; with it a token endpoint (RFC 6749, section 6) gives access
tokens that hold for about an hour. They are kept in memory until a minute before they end, and never written.

Some endpoints give a new refresh token with each answer and forget the old one in time. The newest is kept as a secret
of the installation (`secrets/mail-oauth`, 0600) and read before each asking, so that a restart and the other processes
go on with it; a token given anew in the settings goes before it.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from dataclasses import dataclass, field

import httpx
from django.conf import settings

from mayorista.adapters.host import secret_files

_TIMEOUT = httpx.Timeout(15.0, connect=8.0)
KEPT_AS = "mail-oauth"
log = logging.getLogger("mayorista.mail")
_MARGIN_SECONDS = 60
_SHORTEST_SECONDS = 30
_PERMANENT = frozenset(
    {"invalid_grant", "invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type"}
)


class TokenRefused(Exception):
    """The endpoint will not give a token until somebody mends the settings or consents again."""


class TokenAway(Exception):
    """The endpoint can not be reached, or is in trouble: later it may give one."""


@dataclass(frozen=True, slots=True)
class OAuthConfig:
    """Where tokens come from, and for whom."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scope: str = ""

    @classmethod
    def from_settings(cls) -> OAuthConfig | None:
        """Return what is configured; None where passwords are used."""
        if not settings.MAIL_OAUTH_URL:
            return None
        return cls(
            settings.MAIL_OAUTH_URL,
            settings.MAIL_OAUTH_CLIENT_ID,
            settings.MAIL_OAUTH_CLIENT_SECRET,
            settings.MAIL_OAUTH_REFRESH_TOKEN,
            settings.MAIL_OAUTH_SCOPE,
        )


class Tokens:
    """The access token of one configuration, asked for again when it is about to end; may be shared by threads."""

    def __init__(self, config: OAuthConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._token, self._until, self._refresh = "", 0.0, config.refresh_token

    def token(self) -> str:
        """Return an access token that still holds. Raises TokenRefused, TokenAway."""
        with self._lock:
            if not self._token or time.monotonic() >= self._until:
                self._ask()
            return self._token

    def forget(self) -> None:
        """The mail server did not take it: the next one is asked for anew."""
        with self._lock:
            self._token = ""

    def _ask(self) -> None:
        config = self.config
        self._refresh = kept(config) or self._refresh
        form = {"grant_type": "refresh_token", "refresh_token": self._refresh, "client_id": config.client_id}
        form |= {"client_secret": config.client_secret} if config.client_secret else {}
        form |= {"scope": config.scope} if config.scope else {}
        try:
            answer = httpx.post(config.url, data=form, timeout=_TIMEOUT)
        except httpx.InvalidURL as problem:
            raise TokenRefused("La dirección de los tokens no es válida.") from problem
        except httpx.HTTPError as problem:
            raise TokenAway(f"El servidor de tokens no responde: {type(problem).__name__}") from problem
        said = _body(answer)
        if answer.status_code != httpx.codes.OK:
            words = f"El servidor de tokens respondió {answer.status_code} {said.get('error', '')}".strip()
            if said.get("error") in _PERMANENT or answer.status_code in {401, 403, 404}:
                raise TokenRefused(words)
            raise TokenAway(words)
        token = said.get("access_token")
        if not isinstance(token, str) or not token.isascii():
            raise TokenAway("El servidor de tokens respondió sin token.")
        self._token = token
        self._until = time.monotonic() + max(
            _seconds(said.get("expires_in")) - _MARGIN_SECONDS, _SHORTEST_SECONDS
        )
        newer = said.get("refresh_token")
        if isinstance(newer, str) and newer and newer != self._refresh:
            self._refresh = newer
            _keep(config, newer)


def kept(config: OAuthConfig) -> str:
    """Return the refresh token that followed the configured one, '' when there is none."""
    try:
        words = (settings.DATA / "secrets" / KEPT_AS).read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return ""
    return words[1] if len(words) == 2 and words[0] == _mark(config) else ""


def _keep(config: OAuthConfig, newer: str) -> None:
    if not newer.isascii() or newer.split() != [newer]:
        log.warning("The token endpoint gave a refresh token that can not be kept: %d characters", len(newer))
        return
    try:
        secret_files.replace(settings.DATA, KEPT_AS, f"{_mark(config)} {newer}")
    except OSError as problem:
        log.warning("The newer refresh token of the mail could not be kept: %s", problem)


def _mark(config: OAuthConfig) -> str:
    """What the kept token followed: another client, endpoint or consent makes it void."""
    said = f"{config.url}\n{config.client_id}\n{config.refresh_token}"
    return hashlib.sha256(said.encode()).hexdigest()


def _body(answer: httpx.Response) -> dict[str, object]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _seconds(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def words(username: str, token: str) -> str:
    """Return what XOAUTH2 says to the server, not yet in base64."""
    return f"user={username}\x01auth=Bearer {token}\x01\x01"


_shared: dict[OAuthConfig, Tokens] = {}


def tokens() -> Tokens | None:
    """Return the process's tokens for what is configured; None where passwords are used."""
    config = OAuthConfig.from_settings()
    return None if config is None else _shared.setdefault(config, Tokens(config))
