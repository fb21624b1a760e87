"""A small wholesale network in namespaces, watched by real Prometheus, which posts through real Alertmanager.

    provider edge (bird2, exporters, snmpd) ── switch ── ISP (bird2)
           │
    Prometheus, Alertmanager ── POST /hooks/alertmanager/<source> ── Mayorista

Everything lives in one folder and on free ports and addresses, and is stopped by its own ids. Needs
root and the Debian packages bird2, iproute2, snmpd, prometheus, prometheus-alertmanager,
prometheus-blackbox-exporter and prometheus-bird-exporter.

By hand: `python -m lab.network http://127.0.0.1:8000/hooks/alertmanager/prometheus TOKEN`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from lab import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = (
    "ip",
    "bird",
    "snmpd",
    "prometheus",
    "prometheus-alertmanager",
    "prometheus-blackbox-exporter",
    "prometheus-bird-exporter",
)
CONFIGURATIONS = Path(__file__).parent / "configurations" / "network"
SESSION = "isp65010"
START_WITHIN_SECONDS = 90.0


@dataclass
class Network:
    """The running network and what can be done to it."""

    folder: Path
    mark: str
    prometheus: int
    alertmanager: int
    family: processes.Family

    def cut(self) -> None:
        """Take the link down at the switch: the edge sees its port fall."""
        self._ip("sw", "link", "set", "p0", "down")

    def mend(self) -> None:
        """Bring the link back."""
        self._ip("sw", "link", "set", "p0", "up")

    def lose(self) -> None:
        """Lose everything silently: the switch forwards no more, the edge's port stays up."""
        self._ip("sw", "link", "set", "p1", "nomaster")

    def find_again(self) -> None:
        """End the silent loss."""
        self._ip("sw", "link", "set", "p1", "master", "br0")

    def session_is_up(self) -> bool:
        """Whether the edge's BGP session with the ISP is established."""
        said = processes.run(
            "birdc", "-s", str(self.folder / "pe.ctl"), "show", "protocols", SESSION, check=False
        )
        return "Established" in said

    def alerts(self) -> list[str]:
        """Names of the alerts that Alertmanager holds active."""
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.alertmanager}/api/v2/alerts", timeout=5
        ) as answer:
            return sorted(alert["labels"]["alertname"] for alert in json.load(answer))

    def is_watched(self) -> bool:
        """Whether Prometheus has seen the session up and the circuit answer."""
        return self._value("bird_protocol_up") == "1" and self._value("probe_success") == "1"

    def _value(self, query: str) -> str:
        address = f"http://127.0.0.1:{self.prometheus}/api/v1/query?query={query}"
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                found = json.load(answer)["data"]["result"]
        except OSError:
            return ""
        return str(found[0]["value"][1]) if found else ""

    def _ip(self, place: str, *words: str) -> None:
        processes.run("ip", "-n", f"{self.mark}-{place}", *words)


@contextmanager
def running(
    *, hook: str, token: str, circuit: str = "TIP-0141", group_interval: str = "1s"
) -> Iterator[Network]:
    """The network, watched and quiet, whose alarms are posted to `hook` with `token`."""
    mark = f"myr{os.getpid() % 10_000}"
    folder = Path(tempfile.mkdtemp(prefix="mayorista-lab-"))
    folder.chmod(0o755)  # bird and the exporters drop their rights
    prometheus, alertmanager = processes.free_ports(2)
    family = processes.Family(folder)
    network = Network(folder, mark, prometheus, alertmanager, family)
    third = os.getpid() % 250
    words = {
        "edge": f"10.99.{third}.1",
        "isp": f"10.99.{third}.2",
        "watcher": f"10.98.{third}.1",
        "watched": f"10.98.{third}.2",
        "hook": hook,
        "token": token,
        "circuit": circuit,
        "group_interval": group_interval,
        "alertmanager": f"127.0.0.1:{alertmanager}",
        "session": SESSION,
        "folder": str(folder),
    }
    try:
        _write_configurations(folder, words)
        _lay_cables(mark, words)
        _start(network, words)
        yield network
    finally:
        family.stop()
        _take_cables_away(mark)
        shutil.rmtree(folder, ignore_errors=True)


def _write_configurations(folder: Path, words: dict[str, str]) -> None:
    for path in CONFIGURATIONS.iterdir():
        text = Template(path.read_text(encoding="utf-8")).substitute(words)
        (folder / path.name).write_text(text, encoding="utf-8")


def _lay_cables(mark: str, words: dict[str, str]) -> None:
    """pe:up0 ── sw:p0 = br0 = p1 ── isp:up0, and a management cable from the machine to the edge."""
    pe, switch, isp = f"{mark}-pe", f"{mark}-sw", f"{mark}-isp"
    ip = processes.find("ip")
    commands = [
        *(f"netns add {name}" for name in (pe, switch, isp)),
        f"link add {mark}a type veth peer name {mark}b",
        f"link set {mark}a netns {pe} name up0",
        f"link set {mark}b netns {switch} name p0",
        f"link add {mark}c type veth peer name {mark}d",
        f"link set {mark}c netns {isp} name up0",
        f"link set {mark}d netns {switch} name p1",
        f"-n {switch} link add br0 type bridge",
        *(f"-n {switch} link set {port} master br0" for port in ("p0", "p1")),
        *(f"-n {switch} link set {port} up" for port in ("br0", "p0", "p1")),
        f"link add {mark}m type veth peer name {mark}n",
        f"link set {mark}n netns {pe} name m0",
        f"addr add {words['watcher']}/30 dev {mark}m",
        f"link set {mark}m up",
    ]
    for name, port, address in (
        (pe, "up0", words["edge"]),
        (pe, "m0", words["watched"]),
        (isp, "up0", words["isp"]),
    ):
        commands += [
            f"-n {name} link set lo up",
            f"-n {name} addr add {address}/30 dev {port}",
            f"-n {name} link set {port} up",
        ]
    for command in commands:
        processes.run(ip, *command.split())


def _take_cables_away(mark: str) -> None:
    for place in ("pe", "sw", "isp"):
        processes.run("ip", "netns", "del", f"{mark}-{place}", check=False)
    processes.run("ip", "link", "del", f"{mark}m", check=False)


def _start(network: Network, words: dict[str, str]) -> None:
    folder, family = network.folder, network.family

    def inside(place: str, *command: str) -> list[str]:
        return ["ip", "netns", "exec", f"{network.mark}-{place}", processes.find(command[0]), *command[1:]]

    for place, name in (("pe", "bird-pe"), ("isp", "bird-isp")):
        control, pid = str(folder / f"{place}.ctl"), str(folder / f"{place}.pid")
        family.start(
            name, inside(place, "bird", "-f", "-c", str(folder / f"{name}.conf"), "-s", control, "-P", pid)
        )
    family.start(
        "bird-exporter",
        inside(
            "pe", "prometheus-bird-exporter", "-bird.v2", "-bird.socket", str(folder / "pe.ctl"),
            "-web.listen-address", f"{words['watched']}:9324",
        ),
    )  # fmt: skip
    family.start(
        "blackbox-exporter",
        inside(
            "pe", "prometheus-blackbox-exporter", "--config.file", str(folder / "blackbox.yml"),
            "--web.listen-address", f"{words['watched']}:9115",
        ),
    )  # fmt: skip
    family.start(
        "snmpd",
        inside(
            "pe",
            "snmpd",
            "-f",
            "-Lo",
            "-C",
            "-c",
            str(folder / "snmpd.conf"),
            "-p",
            str(folder / "snmpd.pid"),
        ),
        environ={"SNMP_PERSISTENT_DIR": str(folder / "snmp")},
    )
    family.start(
        "alertmanager",
        [
            "prometheus-alertmanager", "--config.file", str(folder / "alertmanager.yml"),
            "--storage.path", str(folder / "alertmanager"), "--web.listen-address", f"127.0.0.1:{network.alertmanager}",
            "--cluster.listen-address=",
        ],
    )  # fmt: skip
    family.start(
        "prometheus",
        [
            "prometheus", "--config.file", str(folder / "prometheus.yml"), "--storage.tsdb.path", str(folder / "tsdb"),
            "--web.listen-address", f"127.0.0.1:{network.prometheus}",
        ],
    )  # fmt: skip
    processes.wait_for("la sesión BGP", network.session_is_up, within=START_WITHIN_SECONDS)
    processes.wait_for("Prometheus ve la red", network.is_watched, within=START_WITHIN_SECONDS)
    family.check()


def main() -> int:
    """Run the network until Ctrl-C; `c` cuts the link, `m` mends it, `l` loses silently, `f` finds again."""
    if len(sys.argv) < 3:
        print(__doc__)
        return 2
    with running(
        hook=sys.argv[1], token=sys.argv[2], circuit=sys.argv[3] if len(sys.argv) > 3 else "TIP-0141"
    ) as network:
        acts = {"c": network.cut, "m": network.mend, "l": network.lose, "f": network.find_again}
        print(
            f"listo: Prometheus en {network.prometheus}, Alertmanager en {network.alertmanager}. c, m, l, f; Ctrl-C termina."
        )
        with contextlib.suppress(KeyboardInterrupt, EOFError):
            while True:
                act = acts.get(input("> ").strip())
                if act:
                    act()
                    time.sleep(3)
                    print("alertas activas:", network.alerts())
    return 0


if __name__ == "__main__":
    sys.exit(main())
