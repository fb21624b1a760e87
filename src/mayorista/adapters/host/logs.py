"""Structured logs: one JSON object a line, with the ids of the case and the message, and without secrets."""

from __future__ import annotations

import json
import logging
import logging.config
import re
import sys
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "request",
    "server_time",
}
SECRET_NAMES = re.compile(
    r"password|passwd|secret|token|authorization|cookie|contrase|session", re.IGNORECASE
)
SECRET_TEXTS = [
    (re.compile(r"\b([a-z][a-z0-9+.-]*)(://[^:/@\s]+):[^@\s]+@"), r"\1\2:…@"),
    (re.compile(r"(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}"), r"\1 …"),
    (
        re.compile(
            r"((?:password|passwd|secret|token|access_token|key)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]{4,}",
            re.IGNORECASE,
        ),
        r"\1…",
    ),
]
request_id: ContextVar[str] = ContextVar("request_id", default="")


def without_secrets(text: str) -> str:
    """The text with passwords in URLs, bearer tokens and `token=…` blotted out."""
    for pattern, replacement in SECRET_TEXTS:
        text = pattern.sub(replacement, text)
    return text


class JsonLines(logging.Formatter):
    """What `extra=` carries becomes fields: case, message_id, source, …"""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        line: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "text": without_secrets(record.getMessage()),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        for name, value in vars(record).items():
            if name not in STANDARD and not name.startswith("_"):
                line[name] = "…" if SECRET_NAMES.search(name) else _plain(value)
        if record.exc_info:
            line["exception"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, bool | int | float) or value is None:
        return value
    return without_secrets(str(value))


def configuration(folder: Path, process: str) -> dict[str, Any]:
    """A dictConfig: a named process of the platform writes `folder`/NAME.jsonl, any other to its error stream."""
    if process:
        handler: dict[str, Any] = {
            "class": "logging.handlers.RotatingFileHandler",
            "filename": str(folder / f"{process}.jsonl"),
            "maxBytes": 20 * 1024 * 1024,
            "backupCount": 5,
            "encoding": "utf-8",
            "delay": True,
            "formatter": "json",
        }
    else:
        handler = {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "json"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonLines}},
        "handlers": {"out": handler},
        "root": {"handlers": ["out"], "level": "INFO" if process else "WARNING"},
        "loggers": {
            "httpx": {"level": "WARNING"},
            "procrastinate": {"level": "INFO" if process else "ERROR"},
            "django.request": {"level": "ERROR"},
        },
    }


def configure(settings: dict[str, Any]) -> None:
    """Apply a configuration, with the folder of its file."""
    filename = settings["handlers"]["out"].get("filename")
    if filename:
        from pathlib import Path  # noqa: PLC0415 - only the platform's own processes write files

        Path(filename).parent.mkdir(parents=True, exist_ok=True)
    logging.config.dictConfig(settings)
