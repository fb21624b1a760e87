"""The README's way from A.1 to A.7 and from B.1 to B.8, driven by a real browser through a real demo; its pictures are thrown away."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PICTURES = set(re.findall(r"docs/pictures/([\w-]+\.webp)", (ROOT / "README.md").read_text(encoding="utf-8")))


@pytest.mark.browser
@pytest.mark.process
@pytest.mark.soak
@pytest.mark.needs("chromium", "pdftoppm")
class TestReadme:
    def test_its_way_can_be_walked_and_shows_what_it_says(self, tmp_path):
        done = subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "readme_pictures.py"), "--out", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        made = {path.name for path in tmp_path.glob("*.webp") if path.stat().st_size > 10_000}
        assert made >= PICTURES
        assert len(PICTURES) >= 18
