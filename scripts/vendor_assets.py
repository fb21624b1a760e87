"""Bring the pinned front-end files into the tree, with their licences and checksums.

Run by a person when a version changes, never by a build: what it writes is committed.
It asks npm's ordinary client for each package in a temporary folder, takes only the files
that are used, and records their SHA-256. It writes no address of any registry.

    python scripts/vendor_assets.py            fetch and write
    python scripts/vendor_assets.py --check    compare the tree with SHA256SUMS
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "src/mayorista/interfaces/desk/static/vendor"
TESTS = ROOT / "tests/browser/vendor"
SPRITE = "tabler-icons.svg"

# The icons that the screens name with {% icon "…" %}. Kept by hand and checked by a test,
# so that the sprite stays small enough to be fetched once over a phone's network.
ICONS = [
    "activity",
    "affiliate",
    "alarm",
    "alert-circle",
    "alert-octagon",
    "alert-triangle",
    "antenna-bars-5",
    "archive",
    "arrow-back-up",
    "arrow-left",
    "arrow-merge",
    "arrow-right",
    "arrows-exchange",
    "arrows-split",
    "ban",
    "bandage",
    "bell",
    "bell-off",
    "bell-ringing",
    "bolt",
    "book",
    "brand-whatsapp",
    "briefcase",
    "building",
    "calendar-event",
    "camera",
    "chart-line",
    "check",
    "checks",
    "checklist",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevron-up",
    "circle",
    "circle-check",
    "circle-dashed",
    "circle-x",
    "clipboard-check",
    "clipboard-list",
    "clock",
    "clock-exclamation",
    "clock-hour-4",
    "clock-pause",
    "clock-play",
    "clock-stop",
    "copy",
    "database",
    "device-desktop-analytics",
    "device-mobile",
    "devices",
    "dots",
    "download",
    "edit",
    "external-link",
    "eye",
    "file-certificate",
    "file-description",
    "file-spreadsheet",
    "file-text",
    "file-upload",
    "filter",
    "flag",
    "flask",
    "hand-stop",
    "heart-rate-monitor",
    "help",
    "history",
    "home",
    "hourglass",
    "inbox",
    "info-circle",
    "key",
    "keyboard",
    "layout-kanban",
    "layout-list",
    "license",
    "link",
    "link-off",
    "list-check",
    "list-details",
    "lock",
    "lock-open",
    "logout",
    "mail",
    "mail-exclamation",
    "mail-off",
    "map-pin",
    "menu-2",
    "message",
    "message-2",
    "message-circle",
    "message-exclamation",
    "message-report",
    "messages",
    "mood-empty",
    "moon",
    "network",
    "note",
    "package",
    "paperclip",
    "pencil",
    "phone",
    "phone-call",
    "photo",
    "player-play",
    "player-pause",
    "plug",
    "plug-connected",
    "plug-connected-x",
    "plus",
    "point",
    "printer",
    "qrcode",
    "question-mark",
    "refresh",
    "repeat",
    "rotate",
    "route",
    "router",
    "search",
    "send",
    "server",
    "server-off",
    "settings",
    "shield-check",
    "shield-lock",
    "sort-ascending",
    "sort-descending",
    "star",
    "stethoscope",
    "sun",
    "tag",
    "ticket",
    "timeline",
    "tool",
    "topology-star-3",
    "trash",
    "trending-down",
    "trending-up",
    "truck-delivery",
    "user",
    "user-check",
    "user-circle",
    "user-off",
    "users",
    "users-group",
    "volume",
    "volume-off",
    "wand",
    "wave-sine",
    "wifi",
    "wifi-off",
    "world",
    "writing",
    "x",
    "zoom-check",
    "zoom-question",
]

MIT = """The MIT License (MIT)

{copyright}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


@dataclass(frozen=True)
class Package:
    """One pinned npm package and which of its files go where."""

    name: str
    version: str
    files: dict[str, Path]


PACKAGES = (
    Package("@tabler/core", "1.6.1", {"dist/css/tabler.min.css": STATIC / "tabler.min.css"}),
    Package("@tabler/icons", "3.51.0", {"LICENSE": STATIC / "LICENSE.tabler-icons.txt"}),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        {
            "files/inter-latin-wght-normal.woff2": STATIC / "inter-latin.woff2",
            "files/inter-latin-ext-wght-normal.woff2": STATIC / "inter-latin-ext.woff2",
            "LICENSE": STATIC / "LICENSE.inter.txt",
        },
    ),
    Package(
        "htmx.org",
        "2.0.11",
        {"dist/htmx.min.js": STATIC / "htmx.min.js", "LICENSE": STATIC / "LICENSE.htmx.txt"},
    ),
    Package(
        "axe-core",
        "4.14.1",
        {"axe.min.js": TESTS / "axe.min.js", "LICENSE": TESTS / "LICENSE.axe-core.txt"},
    ),
)


def fetch(package: Package, folder: Path) -> Path:
    """Unpack one package under folder with npm's client and return its root."""
    run = subprocess.run(
        ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    target = folder / package.name.replace("/", "_")
    with tarfile.open(folder / run.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def write(target: Path, content: bytes) -> None:
    """Write one vendored file without the comments that point at files we do not ship."""
    if target.suffix in {".css", ".js"}:
        # A dangling sourceMappingURL breaks Django's manifest storage.
        content = re.sub(
            rb"/\*# sourceMappingURL=.*?\*/|^//# sourceMappingURL=.*$", b"", content, flags=re.MULTILINE
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.rstrip() + b"\n" if target.suffix != ".woff2" else content)


def sprite(icons: Path) -> bytes:
    """One SVG with a <symbol> for each icon, drawn with the colour of the text around it."""
    symbols = []
    for name in sorted(set(ICONS)):
        drawing = (icons / f"{name}.svg").read_text()
        inner = drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.index("</svg>")]
        inner = inner.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
        inner = re.sub(r"\s*\n\s*", "", inner)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    body = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>'.encode()


def tabler_licence(css: bytes) -> bytes:
    """Tabler's package carries its licence as a banner only: write it out beside the file."""
    lines = re.findall(r"Copyright [^\n*]+", css.decode()[:800])
    return MIT.format(copyright="\n".join(line.strip() for line in lines)).encode()


def sums(folder: Path) -> str:
    """The lines of SHA256SUMS for everything else in the folder."""
    files = sorted(f for f in folder.iterdir() if f.is_file() and f.name != "SHA256SUMS")
    return "".join(f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}\n" for f in files)


def vendor() -> None:
    """Fetch all packages and write the chosen files."""
    with tempfile.TemporaryDirectory() as name:
        for package in PACKAGES:
            root = fetch(package, Path(name))
            for source, target in package.files.items():
                write(target, (root / source).read_bytes())
            if package.name == "@tabler/icons":
                write(STATIC / SPRITE, sprite(root / "icons/outline"))
            if package.name == "@tabler/core":
                css = (root / "dist/css/tabler.min.css").read_bytes()
                write(STATIC / "LICENSE.tabler.txt", tabler_licence(css))
    versions = "".join(f"{package.name} {package.version}\n" for package in PACKAGES)
    write(STATIC / "VERSIONS.txt", versions.encode())
    for folder in (STATIC, TESTS):
        (folder / "SHA256SUMS").write_text(sums(folder))


def check() -> int:
    """Say which vendored files differ from what was recorded. 0 when none."""
    bad = [folder for folder in (STATIC, TESTS) if (folder / "SHA256SUMS").read_text() != sums(folder)]
    for folder in bad:
        print(f"differs from its SHA256SUMS: {folder.relative_to(ROOT)}", file=sys.stderr)
    return len(bad)


def main() -> int:
    """Entry of the script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        return check()
    vendor()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
