"""The script that brings the real peers: what it says and how it ends, with stand-ins of apt and dpkg."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "debian_packages.sh"
INSTALLED = 'grep -qx "${@: -1}" "$(dirname "$0")/installed" && printf "ii "'


@pytest.fixture
def machine(tmp_path):
    """Return a function that runs the script on a machine with some packages, as some user, with an apt that works or not."""

    def command(name: str, body: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/bash\n{body}\n")
        (tmp_path / name).chmod(0o755)

    def run(*arguments: str, user: int, apt: str, lacking: tuple[str, ...]) -> subprocess.CompletedProcess:
        listed = SCRIPT.parent.parent / "requirements/debian-packages.txt"
        wanted = [line.split("#")[0].split() for line in listed.read_text().splitlines()]
        there = [words[0] for words in wanted if words and words[0] not in lacking]
        (tmp_path / "installed").write_text("\n".join(there) + "\n")
        command("id", f"echo {user}")
        command("dpkg-query", INSTALLED)
        command("debconf-set-selections", "cat >/dev/null")
        command("apt-get", apt)
        path = f"{tmp_path}:{os.environ['PATH']}"
        policy = str(tmp_path / "policy-rc.d")
        return subprocess.run(
            ["/bin/bash", str(SCRIPT), *arguments],
            env={**os.environ, "PATH": path, "POLICY_RC_D": policy},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


class TestTheDebianPackages:
    def test_end_with_an_error_that_names_them_when_root_can_not_install_them(self, machine):
        done = machine(
            user=0, apt="echo 'E: Unable to locate' >&2; exit 100", lacking=("postfix", "chromium")
        )
        assert done.returncode == 1
        assert "No se pudieron instalar: " in done.stderr
        assert "postfix" in done.stderr
        assert "chromium" in done.stderr
        assert "Unable to locate" in done.stderr

    def test_end_with_an_error_when_apt_says_yes_and_a_package_is_still_missing(self, machine):
        done = machine(user=0, apt="exit 0", lacking=("postfix",))
        assert done.returncode == 1
        assert "No se pudieron instalar: postfix" in done.stderr

    def test_are_installed_by_root(self, machine, tmp_path):
        apt = f'[ "$1" != install ] || echo "${{@: -1}}" >> {tmp_path}/installed'
        done = machine(user=0, apt=apt, lacking=("postfix",))
        assert done.returncode == 0, done.stderr
        assert not (tmp_path / "policy-rc.d").exists()

    def test_are_only_named_without_root(self, machine):
        done = machine(user=1000, apt="exit 100", lacking=("postfix",))
        assert done.returncode == 0
        assert "FALTAN paquetes de Debian: postfix" in done.stderr

    def test_say_nothing_when_all_are_there(self, machine):
        done = machine(user=1000, apt="exit 100", lacking=())
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert machine("--all-there", user=0, apt="exit 100", lacking=("postfix",)).returncode == 1
