"""Keys by which the same receipt is known again, and what a receipt may say."""

from __future__ import annotations

import pytest

from mayorista.rules import receipts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Banco Mercantil Santa Cruz S.A.", "BMSC"),
        ("Banco Nacional de Bolivia", "bnb"),
        ("BANCO UNIÓN S. A.", "Union"),
        ("Banco Económico", "Baneco"),
        ("Banco de Crédito de Bolivia", "BCP"),
        ("BancoSol", "Banco Solidario"),
    ],
)
def test_a_bank_has_one_key_however_it_is_written(one, other):
    assert receipts.bank_key(one) == receipts.bank_key(other) != ""


def test_different_banks_have_different_keys():
    names = ["Banco Unión", "Banco Bisa", "Banco Fie", "BNB", "BMSC", "Banco Ganadero", "Banco", "Prodem"]
    assert len({receipts.bank_key(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("000123", "123"),
        ("N.º 000123", "123"),
        ("Nro. 123", "123"),
        ("Comprobante N° 00-123", "123"),
        ("Ref: TRX-12 3", "123"),
        ("TRF-000123", "TRF000123"),
        ("ab/12.c", "AB12C"),
        ("OPERA55", "OPERA55"),
        ("N.º 000", ""),
        (" - ", ""),
        ("num", "NUM"),
    ],
)
def test_a_reference_is_read_without_label_separators_and_zeros(text, key):
    assert receipts.reference_key(text) == key


def test_a_photo_in_heic_is_refused_with_what_to_do():
    [wrong] = receipts.file_faults(b"\x00\x00\x00\x18ftypheic" + b"\0" * 40)
    assert "HEIC" in wrong.message
    assert "JPG" in wrong.remedy
