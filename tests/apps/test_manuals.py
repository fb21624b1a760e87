"""The manuals say what is on the screens: their pictures are there and are used, each name in «…» is a name of a screen."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import mayorista

ROOT = Path(__file__).parents[2]
SOURCE = Path(mayorista.__file__).parent
MANUALS = sorted((ROOT / "docs" / "es").glob("*.md"))
PICTURES = ROOT / "docs" / "es" / "imagenes"
TOLD = [ROOT / "README.md", ROOT / "docs" / "facturacion.md", ROOT / "docs" / "cobranza.md", *MANUALS]
TRANSLATED = re.compile(r"""\{%\s*translate\s+(?:"([^"]*)"|'([^']*)')""")
BLOCKS = re.compile(r"\{%\s*blocktranslate[^%]*%\}(.*?)\{%\s*endblocktranslate\s*%\}", re.DOTALL)
GAP = re.compile(r"\{\{[^}]*\}\}|%\(\w+\)s|\{\w+\}|%s")
LARGEST, ALL_TOGETHER = 120_000, 4_000_000
FIXED = 12  # so many letters that do not change make a name


def name_of(path: Path) -> str:
    return path.stem


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def names() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """All names, and patterns of those in which a number or a name changes."""
    said: set[str] = set()
    for page in SOURCE.rglob("*.html"):
        text = text_of(page)
        said.update(a or b for a, b in TRANSLATED.findall(text))
        for block in BLOCKS.findall(text):
            said.update(part.strip() for part in re.split(r"\{%\s*plural\s*%\}", block))
    for module in SOURCE.rglob("*.py"):
        literals = [
            node.value for node in ast.walk(ast.parse(text_of(module))) if isinstance(node, ast.Constant)
        ]
        for literal in filter(lambda one: isinstance(one, str), literals):
            said.update(re.findall(r">([^<>]+)<", literal) if "<" in literal else [literal])
    patterns = tuple(
        re.compile(".+".join(re.escape(part) for part in GAP.split(each)))
        for each in said
        if GAP.search(each) and len(GAP.sub("", each).strip()) >= FIXED
    )
    return frozenset(said), patterns


def is_on_a_screen(name: str) -> bool:
    """Whether a screen says it: whole, with another number in it, from its beginning, or with … for what changes."""
    whole, patterns = names()
    if name in whole or any(pattern.fullmatch(name) for pattern in patterns):
        return True
    if "…" in name:
        parts = ".+".join(re.escape(part.strip()) for part in name.split("…"))
        return any(re.match(parts, each) for each in whole)
    return len(name) >= FIXED and any(each.startswith(name) for each in whole)


@pytest.mark.parametrize("page", TOLD, ids=name_of)
def test_each_name_quoted_is_on_a_screen(page):
    quoted = [" ".join(name.split()) for name in re.findall(r"«([^»]+)»", text_of(page))]
    assert {name for name in quoted if not is_on_a_screen(name)} == set()


@pytest.mark.parametrize("page", MANUALS, ids=name_of)
class TestManual:
    def test_its_pictures_are_there(self, page):
        shown = re.findall(r"imagenes/([\w-]+\.webp)", text_of(page))
        assert [name for name in shown if not (PICTURES / name).exists()] == []

    def test_it_has_its_parts(self, page):
        if page.stem != "README":
            heads = re.findall(r"^## (.+)$", text_of(page), re.MULTILINE)
            assert {"Lo primero que ve", "Sus actos", "Qué puede salir mal", "Teclas"} <= set(heads)


def test_the_index_names_every_manual():
    linked = set(re.findall(r"\]\((\w+\.md)\)", text_of(ROOT / "docs" / "es" / "README.md")))
    assert {page.name for page in MANUALS} - {"README.md"} == linked


def test_every_picture_is_shown_and_small():
    shown = {name for page in MANUALS for name in re.findall(r"imagenes/([\w-]+\.webp)", text_of(page))}
    sizes = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert shown == set(sizes)
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}
    assert sum(sizes.values()) < ALL_TOGETHER


def test_every_picture_is_taken_by_the_script():
    script = text_of(ROOT / "scripts" / "manual_pictures.py")
    taken = {f"{who}-{name}.webp" for who, name in re.findall(r'Shot\("(\w+)", "([\w-]+)"', script)}
    assert taken == {path.name for path in PICTURES.iterdir()}
