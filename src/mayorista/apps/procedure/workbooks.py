"""Open a workbook that a stranger made.

Refused by name before anything is parsed: what is no .xlsx, macros, passwords, zip bombs, entity tricks, and what is
too large.
"""

from __future__ import annotations

import io
import zipfile

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.workbook import Workbook

from mayorista.rules.errors import Invalid

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 60 * 1024 * 1024
MAX_RATIO = 150
MAX_PARTS = 1_000
_OLE = b"\xd0\xcf\x11\xe0"


def opened(*, content: bytes, name: str) -> Workbook:
    """Return a workbook with its formulas as they are written. Raises Invalid (field "file") for what is not read at all."""
    refuse_unsafe(content, name)
    try:
        return openpyxl.load_workbook(io.BytesIO(content), data_only=False, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its parsers raise on a broken file
        raise _refusal(_("«%(name)s» no se puede leer como libro de Excel.") % {"name": name}) from error


def refuse_unsafe(content: bytes, name: str) -> None:
    """Raise Invalid for what is no workbook, has macros or a password, or would unpack without end."""
    if len(content) > MAX_BYTES:
        raise _refusal(
            _("«%(name)s» pesa %(size)d MB; el límite es %(limit)d MB.")
            % {"name": name, "size": len(content) // 1024**2 + 1, "limit": MAX_BYTES // 1024**2},
            _("Divida el archivo, o quite imágenes y hojas que no se cargan."),
        )
    if content.startswith(_OLE):
        raise _refusal(_("«%(name)s» es un libro antiguo (.xls) o tiene contraseña.") % {"name": name})
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_parts(archive, name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise _refusal(_("«%(name)s» no es un libro de Excel (.xlsx).") % {"name": name}) from error


def _refuse_parts(archive: zipfile.ZipFile, name: str) -> None:
    parts = archive.infolist()
    titles = {part.filename.lower() for part in parts}
    if "xl/workbook.xml" not in titles:
        raise _refusal(_("«%(name)s» no es un libro de Excel (.xlsx).") % {"name": name})
    if any(title.endswith("vbaproject.bin") or "/macrosheets/" in title for title in titles):
        raise _refusal(
            _("«%(name)s» contiene macros.") % {"name": name},
            _("Guárdelo como «Libro de Excel (.xlsx)», sin macros."),
        )
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    if (
        len(parts) > MAX_PARTS
        or unpacked > MAX_UNPACKED
        or (unpacked > 1024**2 and unpacked // packed > MAX_RATIO)
    ):
        raise _refusal(
            _("«%(name)s» se descomprime en %(size)d MB: es demasiado grande o está mal formado.")
            % {"name": name, "size": unpacked // 1024**2 + 1},
            _("Copie los datos a un libro nuevo, o divídalo."),
        )
    for part in parts:
        if part.flag_bits & 1:
            raise _refusal(_("«%(name)s» tiene contraseña.") % {"name": name}, _("Guárdelo sin contraseña."))
        if part.filename.lower().endswith((".xml", ".rels")):
            _refuse_entities(archive, part, name)


def _refuse_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    """Read a part no further than it declares: a directory that lies about sizes is a bomb too."""
    seen = 0
    tail = b""
    with archive.open(part) as stream:
        while piece := stream.read(64 * 1024):
            seen += len(piece)
            if seen > part.file_size or b"<!DOCTYPE" in tail + piece or b"<!ENTITY" in tail + piece:
                raise _refusal(
                    _("«%(name)s» está mal formado.") % {"name": name}, _("Copie los datos a un libro nuevo.")
                )
            tail = piece[-16:]


def _refusal(message: str, remedy: str = "") -> Invalid:
    return Invalid(
        message,
        field="file",
        remedy=remedy or _("Guárdelo como «Libro de Excel (.xlsx)» y vuelva a subirlo."),
    )
