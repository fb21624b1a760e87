"""The ZIP of the billing system in use, as strangers may write it."""

from __future__ import annotations

import io
import zipfile

import pytest

from mayorista.adapters.invoicing.external import ExternalInvoicer
from mayorista.rules.errors import Invalid
from tests.fiscal import PDF, archive, xml


def read(content: bytes) -> dict[str, str]:
    """What each paper of the archive is refused for."""
    return {each.name: each.problem for each in ExternalInvoicer().issued(content)}


def zipped(*files: tuple[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files:
            made.writestr(name, content)
    return held.getvalue()


def test_the_same_name_in_two_folders_is_two_invoices():
    held = zipped(
        ("enero/1.xml", xml("1023456024", "100", "7")), ("enero/1.pdf", PDF),
        ("febrero/1.xml", xml("1023456024", "200", "8")), ("febrero/1.pdf", PDF),
    )  # fmt: skip
    assert [(each.number, each.problem) for each in ExternalInvoicer().issued(held)] == [("7", ""), ("8", "")]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_written_twice_is_said_and_the_first_one_stands():
    held = zipped(("1.xml", xml("1", "100", "7")), ("1.xml", xml("1", "200", "8")), ("1.pdf", PDF))
    found = [(each.number, each.problem) for each in ExternalInvoicer().issued(held)]
    assert found == [("", "Está dos veces en el ZIP: no se usa la segunda."), ("7", "")]


@pytest.mark.parametrize("total", ["1E+99999999", "1E+999999999999", "NaN", "Infinity", "-1", "0", "9" * 16])
def test_an_amount_that_is_none_is_said(total):
    assert "monto" in read(archive(a__xml=xml("1", total), a__pdf=PDF))["a.xml"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_whatever_encoding(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert "tipo de documento" in read(archive(a__xml=text.encode(encoding), a__pdf=PDF))["a.xml"]


@pytest.mark.parametrize("encoding", ["klingon", "utf-7", "shift_jis"])
def test_an_encoding_that_is_not_read_is_said_in_words(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><a>\\u00e9</a>'.encode()
    assert read(archive(a__xml=text, a__pdf=PDF))["a.xml"].startswith("El XML ")


def test_a_damaged_archive_is_refused_as_one():
    whole = bytearray(archive(a__xml=xml("1", "100") * 20, a__pdf=PDF))
    for place in range(60, 200):
        whole[place] ^= 0xFF
    with pytest.raises(Invalid, match="ZIP"):
        ExternalInvoicer().issued(bytes(whole))
