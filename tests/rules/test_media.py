"""Files are what their bytes say."""

from __future__ import annotations

import pytest

from mayorista.rules import media


class TestSniff:
    @pytest.mark.parametrize(
        ("content", "content_type"),
        [
            (b"%PDF-1.7", "application/pdf"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n", "image/png"),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
            (b"OggS\x00", "audio/ogg"),
            (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
            (b"\x00\x00\x00\x18ftypheic", "image/heic"),
            (b"\x00\x00\x00\x18ftypmif1", "image/heic"),
            (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
            (
                b"PK\x03\x04....xl/workbook.xml",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ),
            (b"PK\x03\x04....", "application/zip"),
            (b"<svg onload=alert(1)>", "text/plain"),
            (b"<!doctype html><script>", "text/plain"),
            ("señal".encode()[:3], "text/plain"),
            (b"MZ\x90\x00\x03", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ],
    )
    def test_by_the_first_bytes(self, content, content_type):
        assert media.sniff(content) == content_type

    def test_only_pictures_are_shown_inside_a_page(self):
        assert all(each.startswith("image/") for each in media.INLINE)
        assert "image/svg+xml" not in media.INLINE


class TestFileName:
    @pytest.mark.parametrize(
        ("name", "content_type", "kept"),
        [
            ("acta.pdf", "application/pdf", "acta.pdf"),
            ("acta.html", "application/pdf", "acta.pdf"),
            ("foto.jpeg", "image/jpeg", "foto.jpeg"),
            ("pagina.svg", "text/plain", "pagina.txt"),
            ("image", "image/png", "image.png"),
            ("ver. 2 final", "application/pdf", "ver. 2 final.pdf"),
            ("programa.exe", "application/octet-stream", "programa.exe"),
        ],
    )
    def test_has_the_ending_of_its_content(self, name, content_type, kept):
        assert media.file_name(name, content_type) == kept
