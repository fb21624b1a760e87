"""A scan becomes a page; what is none, or asks for gigabytes, becomes nothing."""

from __future__ import annotations

import io

import pypdf
import pytest

from mayorista.adapters.documents import scanned
from tests import scans


class TestAScan:
    @pytest.mark.parametrize(
        ("content", "kind"),
        [(scans.JPEG, "image/jpeg"), (scans.png(), "image/png"), (scans.WEBP, "image/webp")],
    )
    def test_is_a_page_of_a4_with_the_whole_image(self, content, kind):
        made = scanned.page_of(content, kind)
        (page,) = pypdf.PdfReader(io.BytesIO(made)).pages
        assert len(page.images) == 1
        assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"\x89PNG\r\n\x1a\n123", "image/png"),
            (b"GIF89a", "image/gif"),
            (b"RIFF\x1a\0\0\0WEBPVP8L", "image/webp"),
            (scans.png(40_000, 40_000, rows=1), "image/png"),  # 4.8 GB when decoded
        ],
    )
    def test_that_can_not_be_read_or_asks_for_too_much_is_none(self, content, kind):
        assert scanned.page_of(content, kind) is None
