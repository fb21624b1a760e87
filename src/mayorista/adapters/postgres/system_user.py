"""PostgreSQL refuses to run as root: as root, its processes belong to a system user of their own.

# Note [Letting one user through]
The data folder or the virtual environment may lie where that user can not enter (/root is 0700).
The parent folders are not opened to everybody: an access list (POSIX ACL) lets this one user pass
through them, without reading them. The same is what `setfacl -m u:NAME:x` does.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "mayorista_db"
ACL = "system.posix_acl_access"
USER_OBJ, USER, GROUP_OBJ, MASK, OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
NO_ID = 0xFFFFFFFF


class UnableToReachFolder(Exception):
    """A folder does not let the database's system user pass, and could not be told to."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns the server's processes and files; `switch` is empty when that is ourselves."""

    uid: int
    gid: int
    switch: bool

    def popen_arguments(self) -> dict[str, Any]:
        """Keyword arguments for subprocess that run a program as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}


def server_owner() -> Owner:
    """The user for PostgreSQL: ourselves, or as root a system user made for it."""
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        subprocess.run(
            [
                "/usr/sbin/useradd",
                "--system",
                "--no-create-home",
                "--user-group",
                "--shell",
                "/usr/sbin/nologin",
                NAME,
            ],
            check=False,
            capture_output=True,
        )
        entry = pwd.getpwnam(NAME)
    return Owner(entry.pw_uid, entry.pw_gid, switch=True)


def give(path: Path, owner: Owner) -> None:
    """Make `path` a folder of the owner's own, closed to others, that it can reach."""
    path.mkdir(parents=True, exist_ok=True)
    if owner.switch:
        os.chown(path, owner.uid, owner.gid)
    path.chmod(0o700)
    let_through(path.parent, owner)


def let_through(folder: Path, owner: Owner) -> None:
    """See Note [Letting one user through]."""
    if not owner.switch:
        return
    for parent in reversed([folder, *folder.parents]):
        if not _may_pass(parent, owner):
            _add_pass(parent, owner.uid)
            if not _may_pass(parent, owner):
                raise UnableToReachFolder(
                    f"La carpeta {parent} no deja pasar al usuario {NAME} de la base de datos. "
                    f"Remedio: chmod o+x {parent}, u otra carpeta de datos con --data."
                )


def _may_pass(folder: Path, owner: Owner) -> bool:
    if folder.stat().st_mode & 0o001:
        return True
    arguments = owner.popen_arguments()
    return subprocess.run(["/usr/bin/test", "-x", str(folder)], check=False, **arguments).returncode == 0


def _add_pass(folder: Path, uid: int) -> None:
    mode = folder.stat().st_mode
    user, group, other = (mode >> 6) & 7, (mode >> 3) & 7, mode & 7
    entries = [(USER_OBJ, user, NO_ID), (GROUP_OBJ, group, NO_ID), (OTHER, other, NO_ID)]
    with contextlib.suppress(OSError):  # it has no list yet
        entries = list(struct.iter_unpack("<HHI", os.getxattr(folder, ACL)[4:]))
    entries = [e for e in entries if e[0] != MASK and not (e[0] == USER and e[2] == uid)]
    entries.append((USER, 1, uid))
    widest = 0
    for tag, permission, _ in entries:
        widest |= permission if tag not in {USER_OBJ, OTHER} else 0
    entries.append((MASK, widest, NO_ID))
    entries.sort(key=lambda e: (e[0], e[2]))
    packed = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    with contextlib.suppress(OSError):  # the caller looks whether it helped
        os.setxattr(folder, ACL, packed)
