"""Logging in to mail servers with a token instead of a password (XOAUTH2), as Microsoft 365 and Google ask for.

An administrator consents once and gets a refresh token; with it a token endpoint (RFC 6749, section 6) gives access
tokens that hold for about an hour. They are kept in memory until a minute before they end, and never written.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import httpx
from django.conf import settings

_TIMEOUT = httpx.Timeout(15.0, connect=8.0)
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
        # Some endpoints give a new refresh token with each answer and forget the old one in time.
        if isinstance(said.get("refresh_token"), str):
            self._refresh = str(said["refresh_token"])


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
