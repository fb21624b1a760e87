"""The scans that come beside a workbook: a ZIP of PDF and photos, found by name."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from mayorista.rules import media, names
from mayorista.rules.errors import Invalid

ZIP = "application/zip"
MAX_BYTES = 90 * 1024 * 1024
MAX_UNPACKED = 400 * 1024 * 1024
MAX_ONE = 40 * 1024 * 1024
MAX_FILES = 2_000
MAX_RATIO = 150
KINDS = ("application/pdf", "image/jpeg", "image/png")


@dataclass(slots=True)
class Scans:
    """The files by the name that a cell gives them: folders, case and the ending do not matter."""

    archive: zipfile.ZipFile | None = None
    parts: dict[str, zipfile.ZipInfo] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def take(self, name: str) -> tuple[str, bytes]:
        """Return a scan's name and bytes. Raises Invalid (field "file") for one that is missing or no scan."""
        part = self.parts.get(_key(name)) or self.parts.get(_stem(name))
        if part is None or self.archive is None:
            like = names.proposals(name, [each.filename for each in self.parts.values()], at_least=700)[:2]
            remedy = _("Póngalo en la carpeta o ZIP que acompaña al libro.")
            if like:
                remedy = _("¿Quiso decir %(these)s?") % {"these": ", ".join(each.name for each in like)}
            raise Invalid(
                _("No está el archivo «%(name)s».") % {"name": name[:80]}, field="file", remedy=remedy
            )
        self.used.add(part.filename)
        if part.file_size > MAX_ONE:
            raise Invalid(
                _("El archivo «%(name)s» supera 40 MB.") % {"name": name[:80]},
                field="file",
                remedy=_("Escanéelo con menos resolución."),
            )
        try:
            content = self.archive.read(part)
        except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError) as error:
            text = _("El archivo «%(name)s» está dañado.") % {"name": name[:80]}
            raise Invalid(text, field="file", remedy=_("Vuelva a comprimirlo.")) from error
        if media.sniff(content) not in KINDS:
            raise Invalid(
                _("El archivo «%(name)s» no es un PDF ni una foto.") % {"name": name[:80]},
                field="file",
                remedy=_("Adjunte un PDF, JPG o PNG."),
            )
        return part.filename.rsplit("/", 1)[-1], content

    @property
    def unused(self) -> list[str]:
        """The files that no cell names."""
        return sorted({part.filename for part in self.parts.values()} - self.used)


def _key(name: str) -> str:
    return names.sort_key(name.replace("\\", "/").rsplit("/", 1)[-1])


def _stem(name: str) -> str:
    bare = _key(name)
    return bare.rpartition(".")[0] if "." in bare[-5:] else bare


def read(content: bytes, name: str) -> Scans:
    """Return the scans of a ZIP ("" for none). Raises Invalid (field "scans") for what is no ZIP, locked or a bomb."""
    if not content:
        return Scans()
    if len(content) > MAX_BYTES:
        raise _refusal(_("«%(name)s» pesa más de %(n)d MB.") % {"name": name, "n": MAX_BYTES // 1024**2})
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        parts = [part for part in archive.infolist() if not part.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise _refusal(_("«%(name)s» no es un ZIP.") % {"name": name}) from error
    packed = sum(part.compress_size for part in parts) or 1
    unpacked = sum(part.file_size for part in parts)
    if (
        len(parts) > MAX_FILES
        or unpacked > MAX_UNPACKED
        or (unpacked > 10 * 1024**2 and unpacked // packed > MAX_RATIO)
    ):
        raise _refusal(_("«%(name)s» se descomprime en demasiado.") % {"name": name})
    if any(part.flag_bits & 1 for part in parts):
        raise _refusal(_("«%(name)s» tiene contraseña.") % {"name": name})
    found: dict[str, zipfile.ZipInfo] = {}
    for part in parts:
        found.setdefault(_stem(part.filename), part)
    found |= {_key(part.filename): part for part in parts}
    return Scans(archive, found)


def _refusal(message: str) -> Invalid:
    return Invalid(message, field="scans", remedy=_("Comprima los escaneos en un ZIP sin contraseña."))


def pack(folder: Path) -> bytes:
    """Return a ZIP of the scans of a folder (and of those under it), or the ZIP itself."""
    if folder.is_file():
        return folder.read_bytes()
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix.lower() in {".pdf", ".jpg", ".jpeg", ".png"}:
                archive.write(path, str(path.relative_to(folder)))
    return held.getvalue()
