"""What all tests stand on: a real PostgreSQL of their own, closed sockets, and peers that are there or said to be missing.

Tests run with the application's role, as the platform does: a table that is append-only there is
append-only here. Rows of a `transaction=True` test are taken away by the tables' owner, and what
migrations seeded is put back.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests import throwaway

if TYPE_CHECKING:
    from collections.abc import Iterator

hypothesis_settings.register_profile(
    "mayorista", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
hypothesis_settings.load_profile("mayorista")

PEERS_REQUIRED = "MAYORISTA_PEERS_REQUIRED"  # set by `make test` as root: a missing peer is then a failure
SOAK = "MAYORISTA_SOAK"


# ---- database


@pytest.fixture(scope="session")
def throwaway_database() -> Iterator[throwaway.Database]:
    """The run's cluster, for tests that need its URLs or stop and start it."""
    with throwaway.running() as database:
        yield database


@pytest.fixture(scope="session")
def django_db_setup(throwaway_database: throwaway.Database) -> None:
    """pytest-django's hook: point Django at the throw-away cluster, as the application's role."""
    from django.db import connections
    from django.test import TransactionTestCase

    from mayorista.config import databases

    connection = connections["default"]
    entry = databases.django_database(throwaway_database.app_url)
    connection.close()
    connection.settings_dict.update(entry)
    connections.databases["default"].update(entry)
    os.environ["DATABASE_URL"] = throwaway_database.app_url
    os.environ["MAYORISTA_OWNER_DATABASE_URL"] = throwaway_database.owner_url

    def empty_tables(case: TransactionTestCase) -> None:
        connections["default"].close()
        throwaway_database.empty()

    TransactionTestCase._fixture_teardown = empty_tables


# ---- the process


@pytest.fixture(autouse=True)
def _umask_as_it_was() -> Iterator[None]:
    """The terminal program makes what it writes private; a test that calls it in this process does not stay so."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


# ---- sockets


def _is_near(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket, a netlink socket
    host = str(address[0])
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _closed_sockets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("network"):
        return
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(real):
        def call(self, address, *rest):
            if not _is_near(address):
                raise AssertionError(f"a test tried to reach {address}: only loopback is open")
            return real(self, address, *rest)

        return call

    def guarded_lookup(host, *rest, **options):
        name = host.decode() if isinstance(host, bytes) else host
        if name not in {None, "", "localhost", socket.gethostname()} and not _is_near((name,)):
            raise socket.gaierror(socket.EAI_NONAME, f"a test asked for the address of {name}")
        return lookup(host, *rest, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", guarded_lookup)


# ---- real peers: `@pytest.mark.needs("bird", "prometheus")`, `@pytest.mark.needs(root=True)`


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs(*programs, root=False): programs the test starts; skipped by name when missing"
    )


def _missing(item: pytest.Item) -> list[str]:
    missing = []
    for mark in item.iter_markers("needs"):
        missing += [f"el programa «{name}»" for name in mark.args if not _find(name)]
        if mark.kwargs.get("root") and os.geteuid() != 0:
            missing.append("ser root")
    return missing


def _find(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/lib/postfix/sbin")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("soak") and not os.environ.get(SOAK):
            item.add_marker(pytest.mark.skip(reason="cuentas completas: make soak"))
        missing = _missing(item)
        if missing and not os.environ.get(PEERS_REQUIRED):
            item.add_marker(
                pytest.mark.skip(reason="FALTA " + ", ".join(missing) + " (requirements/debian-packages.txt)")
            )
    if not os.environ.get(SOAK):
        soak = [item for item in items if item.get_closest_marker("soak")]
        if soak:
            config.hook.pytest_deselected(items=soak)
            items[:] = [item for item in items if item not in soak]
