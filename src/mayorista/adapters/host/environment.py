"""What the machine tells the platform: environment variables and the data folder.

The whole configuration is read here, from the environment only, so that one page of
docs/operation.md can list it and `mayorista doctor` can explain it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TRUE_WORDS = frozenset({"1", "true", "yes", "on", "si", "sí"})


@dataclass(frozen=True, slots=True)
class Environment:
    """The settings of one process. Empty text means: not configured."""

    data: Path
    database_url: str
    owner_database_url: str
    host: str
    port: int
    public_url: str
    allowed_hosts: tuple[str, ...]
    demo: bool
    debug: bool
    trusted_proxy: bool
    postgres_options: dict[str, str]

    @property
    def embedded(self) -> bool:
        """Whether the private PostgreSQL under the data folder is the database."""
        return not self.database_url

    @property
    def address(self) -> str:
        """Where people open the platform."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def own_door(self) -> str:
        """Where this machine reaches its own web process, whatever name people call it by."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", "*"} else self.host  # noqa: S104 - compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def read(environ: Mapping[str, str] | None = None) -> Environment:
    """The configuration of this process.

    Raises ValueError, in words, when a variable can not be understood.
    """
    env = os.environ if environ is None else environ
    return Environment(
        data=Path(env.get("MAYORISTA_DATA") or "var").absolute(),
        database_url=env.get("DATABASE_URL", ""),
        owner_database_url=env.get("MAYORISTA_OWNER_DATABASE_URL", ""),
        host=env.get("MAYORISTA_HOST") or "127.0.0.1",
        port=_port(env.get("MAYORISTA_PORT") or "8000"),
        public_url=env.get("MAYORISTA_PUBLIC_URL", "").rstrip("/"),
        allowed_hosts=tuple(
            h.strip() for h in env.get("MAYORISTA_ALLOWED_HOSTS", "").split(",") if h.strip()
        ),
        demo=_flag(env, "MAYORISTA_DEMO"),
        debug=_flag(env, "MAYORISTA_DEBUG"),
        trusted_proxy=_flag(env, "MAYORISTA_TRUSTED_PROXY"),
        postgres_options=_options(env.get("MAYORISTA_POSTGRES_OPTIONS", "")),
    )


def _options(text: str) -> dict[str, str]:
    pairs = [word.partition("=") for word in text.split()]
    wrong = [name for name, sign, _ in pairs if not (name.replace("_", "").isalnum() and sign)]
    if wrong:
        raise ValueError(f"MAYORISTA_POSTGRES_OPTIONS: «{wrong[0]}» no tiene la forma nombre=valor")
    return {name: value for name, _, value in pairs}


def _flag(env: Mapping[str, str], name: str) -> bool:
    return env.get(name, "").strip().lower() in TRUE_WORDS


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ValueError(f"MAYORISTA_PORT: «{text}» no es un puerto (1 a 65535)")
    return int(text)
