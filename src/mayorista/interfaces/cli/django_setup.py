"""Django for a command: with the database it needs running, as the role it needs."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mayorista.adapters.host import environment
from mayorista.adapters.postgres.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def database_running(settings: environment.Environment) -> Iterator[None]:
    """The configured database; the private one is started for the time of the command when it is not running."""
    cluster = Cluster(settings.data, options=settings.postgres_options)
    if not settings.embedded or (cluster.made and cluster.running_pid()):
        yield
        return
    from mayorista.interfaces.cli.supervisor import only_one

    with only_one(settings.data):
        cluster.make()
        server = cluster.start()
        try:
            yield
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)


@contextmanager
def django_running(*, as_owner: bool = False) -> Iterator[environment.Environment]:
    """Django set up, with its database."""
    settings = environment.read()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mayorista.config.settings")
    if as_owner:
        os.environ["MAYORISTA_AS_OWNER"] = "1"
    with database_running(settings):
        import django

        django.setup()
        from django.db import connections

        try:
            yield settings
        finally:
            connections.close_all()
