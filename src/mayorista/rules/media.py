"""What a file is, judged by its first bytes: never by the name or type somebody else gave it."""

from __future__ import annotations

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"OggS", "audio/ogg"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"Rar!", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b", "application/gzip"),
)
_OFFICE = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
EXTENSIONS: dict[str, str] = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/mpeg": ".mp3",
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "application/zip": ".zip",
    _OFFICE[0][1]: ".docx",
    _OFFICE[1][1]: ".xlsx",
    _OFFICE[2][1]: ".pptx",
    "text/plain": ".txt",
}
UNKNOWN = "application/octet-stream"
HEIC = "image/heic"
HEIC_REMEDY = (
    "La foto está en HEIC, que no se puede imprimir ni mostrar: envíela como JPG (en el iPhone, Ajustes › Cámara › "
    "Formatos › «El más compatible») o adjunte un PDF."
)
_HEIC = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})

INLINE = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""Types a browser may show inside our pages; anything else is a download or a player."""


def sniff(content: bytes) -> str:
    """Content type by the first bytes. Markup of any kind (HTML, SVG, XML) is only text/plain."""
    if content[4:8] == b"ftyp":
        if content[8:12] in _HEIC:
            return HEIC
        return "audio/mp4" if content[8:11] == b"M4A" else "video/mp4"
    for offset, magic, content_type in _MAGIC:
        if content[offset : offset + len(magic)] == magic:
            if content_type == "application/zip":
                return _inside_zip(content)
            return content_type
    return "text/plain" if _is_text(content[:4096]) else UNKNOWN


def _inside_zip(content: bytes) -> str:
    for folder, content_type in _OFFICE:
        if folder in content[:8192] or folder in content[-8192:]:
            return content_type
    return "application/zip"


def _is_text(start: bytes) -> bool:
    if not start or b"\x00" in start:
        return False
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as problem:
        # The last character may be cut.
        return problem.start >= len(start) - 3
    return True


def file_name(name: str, content_type: str) -> str:
    """The name with the ending its content deserves; a dangerous one (.html, .svg, .exe) is not kept."""
    ending = EXTENSIONS.get(content_type, "")
    if not ending or name.lower().endswith(ending) or (ending == ".jpg" and name.lower().endswith(".jpeg")):
        return name
    stem, dot, old = name.rpartition(".")
    plausible = dot and 0 < len(old) <= 5 and old.isalnum()
    return (stem if plausible else name) + ending
