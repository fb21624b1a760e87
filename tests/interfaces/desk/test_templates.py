"""What the strict CSP and the sprite ask of every template."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from django.template.loader import get_template

from mayorista.interfaces import desk
from mayorista.interfaces.desk.views import live

ROOT = Path(desk.__file__).parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SPRITE = (ROOT / "static/vendor/tabler-icons.svg").read_text()
REPOSITORY = ROOT.parents[3]


def test_vendored_files_are_those_recorded():
    script = runpy.run_path(str(REPOSITORY / "scripts/vendor_assets.py"), run_name="vendor_assets")
    assert script["check"]() == 0


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
class TestEveryTemplate:
    def test_compiles(self, path):
        get_template(str(path.relative_to(ROOT / "templates")))

    def test_holds_no_inline_style_or_script(self, path):
        text = path.read_text()
        assert not re.search(r"\sstyle=", text)
        assert not re.search(r"\son[a-z]+=\"", text)
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert "javascript:" not in text
        assert not re.search(r'(?:src|href)="(?:https?:)?//(?!wa\.me)', text), "nada se trae de otra parte"

    def test_listens_only_to_topics_that_are_answered(self, path):
        listened = {
            topic
            for topics in re.findall(r'data-topics="([^"]*)"', path.read_text())
            for topic in re.sub(r"\S*{{.*?}}\S*", "", topics).split()
        }
        assert listened <= live.TOPICS

    def test_names_only_icons_of_the_sprite(self, path):
        named = set(re.findall(r'{% icon "([a-z0-9-]+)"', path.read_text()))
        named |= set(re.findall(r'{% tag "[a-z]+" "([a-z0-9-]+)"', path.read_text()))
        assert {name for name in named if f'id="{name}"' not in SPRITE} == set()

    def test_sends_changes_by_post_with_a_token(self, path):
        for form in re.findall(r'<form[^>]*method="post".*?</form>', path.read_text(), flags=re.DOTALL):
            assert "{% csrf_token %}" in form


def test_icons_named_in_python_are_in_the_sprite():
    from mayorista.apps.overview.queries import case_rail, case_timeline
    from mayorista.interfaces.desk import acts, context
    from mayorista.interfaces.desk.templatetags import desk as tags

    named = (
        {spec.icon for spec in acts.SPECS}
        | set(case_timeline.ICONS.values())
        | {place[4] for place in context.PLACES}
    )
    named |= {icon for _colour, icon in tags.SEVERITIES.values()} | {
        "activity",
        "plug-connected-x",
        "moon",
        "sun",
        "volume",
        "volume-off",
    }
    named |= {
        case_rail.RailStep("", "", status, "").icon for status in ("done", "now", "late", "todo", "none")
    }
    assert {name for name in named if f'id="{name}"' not in SPRITE} == set()
