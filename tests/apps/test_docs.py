"""What the documentation says is there is there."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

import mayorista
from mayorista.apps.messaging.seed_texts import TEXTS
from mayorista.rules.alarms import alertmanager

ROOT = Path(__file__).parents[2]
SOURCE = Path(mayorista.__file__).parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SET_BY_THE_HOUSE = re.compile(r"MAYORISTA_(STANDINS|DEMO|PROCESS|AS_OWNER|SOAK|PEERS|TEST)\w*")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code() -> str:
    return "\n".join(text_of(path) for path in sorted(SOURCE.rglob("*.py")))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
class TestPage:
    def test_links_lead_somewhere(self, page):
        targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", text_of(page))
        assert [target for target in targets if not (page.parent / target).exists()] == []

    def test_variables_are_read_by_the_code(self, page):
        named = set(re.findall(r"\bMAYORISTA_[A-Z_]+[A-Z]\b", text_of(page)))
        known = set(re.findall(r"\bMAYORISTA_[A-Z_]+[A-Z]\b", code()))
        assert named - known == set()

    def test_files_and_folders_named_are_there(self, page):
        named = re.findall(r"`((?:src|tests|docs|scripts|bench|lab|requirements)/[\w./-]+)`", text_of(page))
        named += [
            f"src/mayorista/{path}"
            for path in re.findall(r"`((?:interfaces|apps|adapters|rules|config)/[\w./-]+)`", text_of(page))
        ]
        assert [path for path in named if not (ROOT / path).exists()] == []

    def test_addresses_named_are_answered(self, page):
        missing = []
        for address in re.findall(r"`(/[a-z][\w/-]*/?)(?:<[^`]*)?`", text_of(page)):
            tried = [address, f"{address}x", f"{address}x/"]
            if not any(_is_answered(one) for one in tried):
                missing.append(address)
        assert missing == []


def _is_answered(address: str) -> bool:
    try:
        resolve(address)
    except Resolver404:
        return False
    return True


class TestIntegrations:
    def test_the_sample_post_is_understood(self):
        (body,) = re.findall(
            r"-d '(\{.*?\n *\}\]?\})'", text_of(ROOT / "docs" / "integrations.md"), re.DOTALL
        )
        at = dt.datetime(2026, 11, 24, 2, tzinfo=dt.UTC)
        report = alertmanager.parse(body.encode(), received_at=at)
        assert (len(report.alarms), report.rejected) == (1, ())

    def test_names_every_template_of_whatsapp(self):
        page = text_of(ROOT / "docs" / "integrations.md")
        templates = {text.code for text in TEXTS if text.kind == "TEMPLATE" and text.channel == "WHATSAPP"}
        assert {code for code in templates if f"`{code}`" not in page} == set()


class TestOperation:
    def test_lists_every_variable(self):
        page = ROOT / "docs" / "operation.md"
        read = set(re.findall(r"\"(MAYORISTA_[A-Z_]+[A-Z])\"", code()))
        mine = {name for name in read if not SET_BY_THE_HOUSE.fullmatch(name)}
        assert len(mine) > 15
        told = re.sub(r"`…_", "`MAYORISTA_WHATSAPP_", text_of(page))
        assert {name for name in mine if f"`{name}`" not in told} == set()


class TestNotes:
    def test_every_note_referred_to_is_written_once(self):
        written = re.findall(r"^# Note \[([^\]]+)\]", code(), re.MULTILINE)
        referred = set(re.findall(r"(?<!# )Note \[([^\]]+)\]", code()))
        assert sorted(written) == sorted(set(written))
        assert referred - set(written) == set()
