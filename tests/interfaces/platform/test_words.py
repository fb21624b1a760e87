"""What the terminal tells when the database is not what this version expects."""

from __future__ import annotations

import pytest
from django.db import OperationalError, ProgrammingError

from mayorista.interfaces import cli
from mayorista.interfaces.cli import doctor


class TestATerminal:
    @pytest.mark.parametrize(
        ("error", "told"),
        [
            (ProgrammingError('column "x" does not exist'), "mayorista migrate"),
            (OperationalError("connection refused"), "mayorista doctor"),
        ],
    )
    def test_never_shows_the_words_of_the_database(self, monkeypatch, capsys, error, told):
        def fail(_options):
            raise error

        monkeypatch.setattr(doctor, "run", fail)
        monkeypatch.delenv("MAYORISTA_DEBUG", raising=False)
        assert cli.main(["doctor"]) == 1
        said = capsys.readouterr().err
        assert told in said
        assert "does not exist" not in said
        assert "refused" not in said
