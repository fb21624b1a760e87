"""The billing system in use: what it issued comes as a ZIP of PDF and XML (SIN, sector 22 and alike).

# Note [Archives of strangers]: a ZIP is read name by name from its directory, each file only up to a limit, the sum
only up to another, and a ratio no paper has is refused before it is unpacked. XML with a document type is refused
unread: entities are how XML bombs are made. A PDF is what begins as one.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree as ET

from mayorista.rules import money
from mayorista.rules.errors import Invalid
from mayorista.rules.ports.invoicing import FoundInvoice

MOST_FILES = 5_000
MOST_BYTES = 300 * 1024 * 1024
MOST_FILE = 20 * 1024 * 1024
MOST_RATIO = 200
_CURRENCIES = {"1": "BOB", "2": "USD"}


class ExternalInvoicer:
    """Invoicer of another system."""

    origin = "EXTERNAL"

    def issued(self, archive: bytes) -> Sequence[FoundInvoice]:
        """See Invoicer."""
        try:
            with zipfile.ZipFile(io.BytesIO(archive)) as held:
                return _read(held)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
            raise Invalid("El archivo no es un ZIP que se pueda leer.", field="archive") from error

    def paper(self, invoice: Mapping[str, Any]) -> None:
        """Its paper comes with it."""
        del invoice


def _read(held: zipfile.ZipFile) -> list[FoundInvoice]:
    infos = [info for info in held.infolist() if not info.is_dir()]
    if len(infos) > MOST_FILES:
        raise Invalid(f"El ZIP trae más de {MOST_FILES} archivos.", field="archive", remedy="Divídalo.")
    if sum(info.file_size for info in infos) > MOST_BYTES:
        raise Invalid("El ZIP se abre en más de 300 MB.", field="archive", remedy="Divídalo.")
    by_name: dict[str, dict[str, bytes]] = {}
    found: list[FoundInvoice] = []
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        kind = path.suffix.lower().lstrip(".")
        if kind not in {"pdf", "xml"} or path.name.startswith("."):
            found.append(FoundInvoice(path.name, problem="No es PDF ni XML: no se usa."))
            continue
        problem, content = _content(held, info)
        if not problem and kind == "pdf" and not content.startswith(b"%PDF-"):
            problem = "Dice .pdf y no es un PDF."
        if problem:
            found.append(FoundInvoice(path.name, problem=problem))
            continue
        pair = by_name.setdefault(str(path.with_suffix("")), {})
        if kind in pair:
            found.append(FoundInvoice(path.name, problem="Está dos veces en el ZIP: no se usa la segunda."))
            continue
        pair[kind] = content
    found += [_found(PurePosixPath(path).name, papers) for path, papers in sorted(by_name.items())]
    return found


def _content(held: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[str, bytes]:
    if info.flag_bits & 0x1:
        return "Está protegido con contraseña.", b""
    if info.file_size > MOST_FILE or info.file_size > MOST_RATIO * max(info.compress_size, 1_000):
        return "Su tamaño no es el de una factura.", b""
    with held.open(info) as stream:
        content = stream.read(MOST_FILE + 1)
    return ("Su tamaño no es el de una factura.", b"") if len(content) > MOST_FILE else ("", content)


def _found(stem: str, papers: Mapping[str, bytes]) -> FoundInvoice:
    pdf, xml = papers.get("pdf"), papers.get("xml")
    if xml is None:
        return FoundInvoice(
            f"{stem}.pdf", pdf=pdf, problem="Falta su XML: del PDF solo no se toma NIT ni importe."
        )
    try:
        head = _head(xml)
    except _NotRead as error:
        return FoundInvoice(f"{stem}.xml", pdf=pdf, xml=xml, problem=str(error))
    currency = _CURRENCIES.get(head.get("codigoMoneda", "1"), "")
    name = "montoTotal" if currency == "BOB" else "montoTotalMoneda"
    try:
        total = Decimal(head[name])
        issued = dt.datetime.fromisoformat(head["fechaEmision"]).date()
        number, nit = head["numeroFactura"], head["numeroDocumento"]
    except (KeyError, InvalidOperation, ValueError):
        return FoundInvoice(
            f"{stem}.xml", pdf=pdf, xml=xml, problem="Al XML le falta número, NIT, fecha o monto total."
        )
    problem = "" if pdf is not None else "Falta su PDF."
    if not total.is_finite() or total <= 0 or total.adjusted() >= money.LARGEST_DIGITS or not currency:
        problem = "El monto o la moneda del XML no son válidos."
    return FoundInvoice(
        f"{stem}.xml", number, head.get("cuf", ""), issued, nit, currency, total, pdf, xml, problem
    )


class _Plain(ET.TreeBuilder):
    """A tree of what has no document type, in whatever encoding it says so."""

    def doctype(self, *_: Any) -> None:
        raise _NotRead("El XML trae un tipo de documento: no se lee.")


class _NotRead(Exception):
    """Why an XML is not read."""


def _head(xml: bytes) -> dict[str, str]:
    """The fields of the head. Raises _NotRead."""
    try:
        root = ET.fromstring(xml, ET.XMLParser(target=_Plain()))  # noqa: S314 - no document type: see the note above
    except (ET.ParseError, LookupError, ValueError):
        raise _NotRead("El XML está dañado.") from None
    for element in root.iter():
        if element.tag.rpartition("}")[2] == "cabecera":
            return {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in element}
    raise _NotRead("El XML no es una factura: no tiene cabecera.")
