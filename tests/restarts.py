"""PostgreSQL is stopped and started while alarms are posted: whatever was answered 2xx must be there afterwards."""

from __future__ import annotations

import datetime as dt
import http.client
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import psycopg

from mayorista.adapters.host import processes as host_processes
from mayorista.apps.monitoring.operations.sources import hash_token
from mayorista.interfaces.lab import bodies
from tests import processes, throwaway

TOKEN = "the-token-of-the-restarts-0123456789"
# What a commit has answered survives the death of any process; only the machine's own is left out.
HONEST = {"fsync": "off", "synchronous_commit": "on", "autovacuum": "off"}
SENDERS = 4


@dataclass
class Account:
    """What the senders were told: alarms acknowledged, and how often each answer came."""

    acknowledged: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


def run(*, restarts: int, seconds_between: float) -> tuple[Account, dict[str, int]]:
    """Post from several senders through `restarts` stops, half of them crashes.

    Returns what was acknowledged and, by fingerprint, how many occurrences the database holds.
    """
    servers: list[subprocess.Popen[bytes]] = []
    try:
        return _through(restarts, seconds_between, servers)
    finally:
        for server in servers:
            server.wait(30)


def _through(
    restarts: int, seconds_between: float, servers: list[subprocess.Popen[bytes]]
) -> tuple[Account, dict[str, int]]:
    with throwaway.running(HONEST) as database:
        _make_source(database)
        account, ended = Account(), threading.Event()
        with processes.web(database, threads=SENDERS + 2) as port:
            senders = [
                threading.Thread(target=_send, args=(port, lane, account, ended)) for lane in range(SENDERS)
            ]
            for sender in senders:
                sender.start()
            try:
                for turn in range(restarts):
                    time.sleep(seconds_between)
                    sign = signal.SIGQUIT if turn % 2 else signal.SIGINT
                    servers.append(_restart(database, sign, away=0.3))
                time.sleep(seconds_between)
            finally:
                ended.set()
                for sender in senders:
                    sender.join(60)
        return account, _stored(database)


def _make_source(database: throwaway.Database) -> None:
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO monitoring_alarmsource (code, name, kind, token_hash, severity_threshold, severity_words, created_at)"
            " VALUES ('nms', 'NMS', 'ALERTMANAGER', %s, '', '{}', now())",
            [hash_token(TOKEN)],
        )


def _send(port: int, lane: int, account: Account, ended: threading.Event) -> None:
    """Post one or a few alarms at a time until each post is answered 2xx, as Alertmanager does with 5xx."""
    chance = random.Random(lane)
    number = 0
    start = dt.datetime.now(dt.UTC)
    while not ended.is_set():
        count = chance.choice((1, 1, 5))
        alerts = [
            bodies.alert(
                {"alertname": "X", "severity": "critical", "service": f"{lane}-{number + k}"}, starts_at=start
            )
            for k in range(count)
        ]
        number += count
        body = bodies.post(alerts)
        while not ended.is_set():
            answer = _post(port, body)
            with account.lock:
                account.answers[answer] += 1
            if answer.startswith("2"):
                with account.lock:
                    account.acknowledged.update(alert["fingerprint"] for alert in alerts)
                break
            time.sleep(0.05)


def _post(port: int, body: bytes) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    try:
        connection.request("POST", "/hooks/alertmanager/nms", body, headers)
        response = connection.getresponse()
        response.read()
    except OSError as error:
        return type(error).__name__
    else:
        return str(response.status)
    finally:
        connection.close()


def _restart(database: throwaway.Database, sign: int, *, away: float) -> subprocess.Popen[bytes]:
    pid = database.cluster.running_pid()
    assert pid is not None
    host_processes.stop(pid, [sign, signal.SIGKILL], within=30)
    time.sleep(away)
    return database.cluster.start()


def _stored(database: throwaway.Database) -> dict[str, int]:
    with psycopg.connect(database.app_url) as connection:
        rows = connection.execute(
            "SELECT fingerprint, count(occurrence.id) FROM monitoring_alarm AS alarm"
            " LEFT JOIN monitoring_occurrence AS occurrence ON occurrence.alarm_id = alarm.id GROUP BY fingerprint"
        ).fetchall()
    return dict(rows)


def assert_nothing_was_lost(account: Account, stored: dict[str, int]) -> None:
    """Everything acknowledged is there, once."""
    lost = account.acknowledged - stored.keys()
    assert not lost, f"{len(lost)} of {len(account.acknowledged)} acknowledged alarms are gone"
    assert set(stored.values()) <= {1}
    assert len(account.acknowledged) > 50
    odd = {answer for answer in account.answers if answer not in {"200", "503"}}
    assert not odd, account.answers
