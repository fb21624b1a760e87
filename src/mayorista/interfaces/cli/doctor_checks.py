"""The doctor's questions. Each takes the environment and yields findings; none of them changes anything."""

from __future__ import annotations

import os
import shutil
import socket
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mayorista import __version__
from mayorista.adapters.postgres import inspection, urls
from mayorista.adapters.postgres.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mayorista.adapters.host.environment import Environment
    from mayorista.interfaces.cli.installation import Running

LEAST_FREE_GB = 2.0
LONGEST_SKEW_SECONDS = 2.0


class Level(Enum):
    """How much a finding matters."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, and what to do about it."""

    level: Level
    text: str
    remedy: str = ""


def at_work(settings: Environment, running: Running | None) -> Iterator[Finding]:
    """What runs on the data folder, and where what follows was read."""
    if running is None:
        yield Finding(
            Level.NOTE,
            f"Sobre {settings.data} no hay nada en marcha que se haya arrancado con «demo» o «run»: lo que sigue es lo "
            "que dice el entorno de esta orden.",
            "otra carpeta con --data, si la plataforma trabaja en otra.",
        )
        return
    kind = "la demostración" if running.demo else "la plataforma"
    yield Finding(
        Level.GOOD,
        f"Sobre {settings.data} está en marcha {kind}, en {running.address}: su configuración se leyó de sus procesos.",
    )
    if running.differing:
        yield Finding(
            Level.NOTE,
            "El entorno de esta orden dice otra cosa, y se comprobó eso: "
            + ", ".join(running.differing)
            + ".",
            "la misma orden sin esas variables, para comprobar lo que está en marcha.",
        )


def data_folder(settings: Environment) -> Iterator[Finding]:
    """Is it there, may we write, is there room?"""
    if not settings.data.exists():
        yield Finding(
            Level.NOTE, f"La carpeta de datos {settings.data} no existe todavía; se crea al arrancar."
        )
        return
    if not os.access(settings.data, os.W_OK):
        yield Finding(
            Level.BAD,
            f"No se puede escribir en {settings.data}.",
            "cambie su dueño o elija otra con MAYORISTA_DATA.",
        )
        return
    free = shutil.disk_usage(settings.data).free / 1024**3
    level = Level.GOOD if free >= LEAST_FREE_GB else Level.BAD
    yield Finding(
        level,
        f"Carpeta de datos {settings.data}: {free:.0f} GB libres.",
        "" if level is Level.GOOD else "libere espacio.",
    )


def secrets(settings: Environment) -> Iterator[Finding]:
    """Are they closed to others?"""
    folder = settings.data / "secrets"
    files = [path for path in folder.glob("*") if path.is_file()] if folder.exists() else []
    open_ones = [path.name for path in files if path.stat().st_mode & 0o077]
    if open_ones:
        yield Finding(
            Level.BAD,
            "Secretos que otros pueden leer: " + ", ".join(open_ones) + ".",
            f"chmod 600 {folder}/*",
        )
    elif files:
        yield Finding(Level.GOOD, f"{len(files)} secretos propios en {folder}, con modo 0600.")
    if os.environ.get("MAYORISTA_SECRET_KEY"):
        yield Finding(Level.GOOD, "La clave de las sesiones viene de MAYORISTA_SECRET_KEY.")


def database(settings: Environment) -> Iterator[Finding]:
    """Which one, does it answer, and does the role have as little as it should?"""
    where = (
        "la base de datos propia (sin DATABASE_URL)"
        if settings.embedded
        else f"DATABASE_URL ({_without_password(settings.database_url)})"
    )
    if settings.embedded and not Cluster(settings.data).made:
        yield Finding(
            Level.NOTE, "La base de datos propia no existe todavía; se crea con «mayorista run» o «migrate»."
        )
        return
    if settings.embedded and not Cluster(settings.data).running_pid():
        yield Finding(Level.NOTE, "La base de datos propia está creada y no está en marcha.", "mayorista run")
        return
    try:
        seen = inspection.look(urls.for_app(settings))
    except Exception as error:  # noqa: BLE001 - whatever the driver says, in one line
        yield Finding(
            Level.BAD,
            f"No responde {where}: {' '.join(str(error).split())}",
            "revise la dirección, la clave y que el servidor esté en marcha.",
        )
        return
    yield Finding(
        Level.GOOD,
        f"Responde {where}: PostgreSQL {seen.version // 10000}.{seen.version % 10000}, {seen.size_mb:.0f} MB, "
        f"{seen.connections} de {seen.most_connections} conexiones.",
    )
    yield from _database_details(settings, seen)


def _database_details(settings: Environment, seen: inspection.Seen) -> Iterator[Finding]:
    if seen.version < inspection.OLDEST_VERSION:
        yield Finding(
            Level.BAD, "Esa versión de PostgreSQL es demasiado vieja.", "PostgreSQL 16 o más nuevo."
        )
    if seen.is_superuser:
        yield Finding(
            Level.BAD,
            f"El rol «{seen.role}» de la aplicación es superusuario.",
            "un rol propio, como dice docs/operation.md.",
        )
    if seen.journal_is_safe is None:
        yield Finding(Level.NOTE, "Las tablas no están hechas.", "mayorista migrate")
        if not settings.embedded:
            try:
                inspection.require_rights(urls.for_owner(settings))
            except inspection.RightsMissing as error:
                text, _, remedy = str(error).partition(" Remedio: ")
                yield Finding(Level.BAD, text, remedy)
    elif seen.journal_is_safe:
        yield Finding(Level.GOOD, f"El rol «{seen.role}» no puede alterar la bitácora.")
    else:
        yield Finding(
            Level.BAD,
            f"El rol «{seen.role}» puede alterar la bitácora.",
            "dos roles: mayorista_owner en MAYORISTA_OWNER_DATABASE_URL y mayorista_app en DATABASE_URL (docs/operation.md).",
        )
    skew = abs(seen.clock_skew_seconds - time.time())
    if skew > LONGEST_SKEW_SECONDS:
        yield Finding(
            Level.BAD,
            f"El reloj de la base de datos difiere en {skew:.0f} s del de esta máquina.",
            "sincronice ambos (chrony).",
        )
    if not settings.embedded and not settings.owner_database_url:
        yield Finding(
            Level.NOTE,
            "MAYORISTA_OWNER_DATABASE_URL no está dada: las migraciones usan el rol de la aplicación.",
        )


def migrations(settings: Environment) -> Iterator[Finding]:
    """Is the database at this version?"""
    if settings.embedded and not Cluster(settings.data).running_pid():
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mayorista.config.settings")
    import django

    django.setup()
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return
    finally:
        connection.close()
    if waiting:
        yield Finding(
            Level.BAD,
            f"Faltan {len(waiting)} migraciones (la primera: {waiting[0][0]}).",
            "mayorista migrate",
        )
    else:
        yield Finding(Level.GOOD, f"La base de datos está en esta versión ({__version__}).")


def web(settings: Environment) -> Iterator[Finding]:
    """Does it answer, and is it closed to listeners?"""
    answers = _answers(settings.host, settings.port)
    yield Finding(
        Level.GOOD if answers else Level.NOTE,
        f"El servidor web {'responde' if answers else 'no está en marcha'} en {settings.host}:{settings.port}.",
    )
    if not settings.public_url:
        yield Finding(
            Level.NOTE,
            "MAYORISTA_PUBLIC_URL no está dada: los mensajes y actas llevan la dirección local.",
            "https://…, con un proxy TLS delante (docs/operation.md).",
        )
    elif not settings.public_url.startswith("https://"):
        yield Finding(
            Level.BAD,
            f"{settings.public_url} no es https: contraseñas y cookies viajan a la vista.",
            "un proxy TLS.",
        )
    elif not settings.trusted_proxy:
        yield Finding(
            Level.NOTE,
            "Detrás de un proxy TLS, MAYORISTA_TRUSTED_PROXY=1 hace que se conozca la dirección de quien entra.",
        )
    else:
        yield Finding(Level.GOOD, f"Dirección pública {settings.public_url}, con HSTS y cookies seguras.")


def mail(settings: Environment) -> Iterator[Finding]:
    """Is there a way out, and does it answer?"""
    if settings.demo:
        yield Finding(
            Level.NOTE,
            "Es la demostración: correo, buzón y WhatsApp son los locales, nada sale de esta máquina. Se miran en "
            f"{os.environ.get('MAYORISTA_STANDINS_URL', '')}.",
        )
    yield from _outside(
        "Correo saliente (SMTP)", "MAYORISTA_SMTP_URL", "sin ella ningún correo sale; quedan en espera."
    )
    if os.environ.get("MAYORISTA_SMTP_URL") and not os.environ.get("MAYORISTA_MAIL_FROM"):
        yield Finding(
            Level.BAD, "Falta el remitente.", "MAYORISTA_MAIL_FROM, por ejemplo «NOC <noc@empresa.bo>»."
        )
    yield from _tokens(settings)
    yield from _mailbox()


def _tokens(settings: Environment) -> Iterator[Finding]:
    """Where mail is entered with tokens: can the newest refresh token be kept, and is it?"""
    if not os.environ.get("MAYORISTA_MAIL_OAUTH_URL"):
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mayorista.config.settings")
    from mayorista.adapters.mail import oauth

    path = settings.data / "secrets" / oauth.KEPT_AS
    config = oauth.OAuthConfig.from_settings()
    if path.exists() and path.stat().st_mode & 0o077:
        yield Finding(Level.BAD, f"{path} lo pueden leer otros.", f"chmod 600 {path}")
    elif not os.access(path.parent if path.parent.exists() else settings.data, os.W_OK):
        yield Finding(
            Level.BAD,
            "Claves del correo (XOAUTH2): la clave renovada no puede guardarse y se perdería al reiniciar.",
            f"dé permiso de escritura sobre {path.parent}.",
        )
    elif config is not None and oauth.kept(config):
        yield Finding(Level.GOOD, f"Claves del correo (XOAUTH2): rige la renovada, guardada en {path}.")
    else:
        yield Finding(
            Level.GOOD,
            "Claves del correo (XOAUTH2): rige la configurada; si el servidor la renueva, se guarda.",
        )


def _mailbox() -> Iterator[Finding]:
    """Does the mailbox open, for reading, and does its server tell what is new?"""
    url = os.environ.get("MAYORISTA_IMAP_URL", "")
    title = "Correo entrante (IMAP)"
    if not url:
        yield Finding(
            Level.NOTE,
            f"{title}: MAYORISTA_IMAP_URL no está dada; sin ella no se leen respuestas ni rebotes.",
        )
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mayorista.config.settings")
    from mayorista.adapters.mail.imap import ImapConfig, ImapMailbox
    from mayorista.rules.ports.mailbox import MailboxProblem

    try:
        mailbox = ImapMailbox(ImapConfig.from_url(url))
        with mailbox.open() as session:
            way = "avisa lo nuevo (IDLE)" if session.waits_by == "IDLE" else "se le pregunta cada 20 s"
    except (MailboxProblem, ValueError) as problem:
        yield Finding(
            Level.BAD,
            f"{title}: {problem}",
            "revise MAYORISTA_IMAP_URL: dirección, usuario, clave y carpeta.",
        )
    else:
        yield Finding(Level.GOOD, f"{title}: se abre {mailbox.name}, solo para leer; el servidor {way}.")


def whatsapp(settings: Environment) -> Iterator[Finding]:  # noqa: ARG001 - every check has this shape
    """Number, token and the two secrets of the webhook."""
    names = ["PHONE_NUMBER_ID", "BUSINESS_ID", "TOKEN", "APP_SECRET", "VERIFY_TOKEN"]
    given = [name for name in names if os.environ.get(f"MAYORISTA_WHATSAPP_{name}")]
    missing = [f"MAYORISTA_WHATSAPP_{name}" for name in names if name not in given]
    if not given:
        yield Finding(
            Level.NOTE, "WhatsApp no está configurado: ningún mensaje sale; los avisos van solo por correo."
        )
    elif missing:
        yield Finding(
            Level.BAD, "WhatsApp está a medias: falta " + ", ".join(missing) + ".", "docs/integrations.md"
        )
    else:
        yield Finding(Level.GOOD, "WhatsApp está configurado (número, token, secreto y palabra del webhook).")
        yield from _whatsapp_answers()


def _whatsapp_answers() -> Iterator[Finding]:
    """Is there a way to the Cloud API?"""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mayorista.config.settings")
    from mayorista.adapters.whatsapp.cloud import CloudConfig

    parts = urlsplit(CloudConfig.from_settings().base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if _answers(parts.hostname or "", port, ask=False):
        yield Finding(Level.GOOD, f"WhatsApp: responde {parts.hostname}:{port}.")
    else:
        yield Finding(
            Level.BAD,
            f"WhatsApp: no responde {parts.hostname}:{port}.",
            "revise MAYORISTA_WHATSAPP_BASE_URL y el cortafuegos; los mensajes esperan.",
        )


def _outside(title: str, name: str, without: str) -> Iterator[Finding]:
    url = os.environ.get(name, "")
    if not url:
        yield Finding(Level.NOTE, f"{title}: {name} no está dada; {without}")
        return
    parts = urlsplit(url)
    port = parts.port or {"smtp": 25, "smtps": 465, "smtp+starttls": 587, "imap": 143, "imaps": 993}.get(
        parts.scheme, 0
    )
    if _answers(parts.hostname or "", port, ask=False):
        yield Finding(Level.GOOD, f"{title}: responde {parts.hostname}:{port}.")
    else:
        yield Finding(
            Level.BAD, f"{title}: no responde {parts.hostname}:{port}.", f"revise {name} y el cortafuegos."
        )


def _answers(host: str, port: int, *, ask: bool = True) -> bool:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - recognised, not bound
    try:
        with socket.create_connection((target, port), timeout=4) as connection:
            if not ask:
                return True
            connection.sendall(b"GET /salud HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b" 200 " in connection.recv(64)
    except OSError:
        return False


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname or 'socket'}{':' + str(parts.port) if parts.port else ''}{Path('/') / parts.path.lstrip('/')}"


CHAPTERS: tuple[tuple[str, tuple[Callable[[Environment], Iterator[Finding]], ...]], ...] = (
    ("Esta máquina", (data_folder, secrets)),
    ("Base de datos", (database, migrations)),
    ("Página", (web,)),
    ("Mundo exterior", (mail, whatsapp)),
)
