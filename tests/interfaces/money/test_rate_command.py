"""`mayorista rate`: cases in, amounts out, and what it says of wrong ones."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from mayorista.interfaces import cli
from tests.rules.money.cases import case

WORKED = Path(__file__).parents[2] / "fixtures/money/worked-cases.json"


@pytest.fixture
def rate(capsys, tmp_path, monkeypatch):
    """Run the command over a text, a document or a path; (exit code, standard output, standard error)."""

    def run(given: object, *, by_pipe: bool = False) -> tuple[int, str, str]:
        if isinstance(given, Path):
            name = str(given)
        else:
            raw = (
                given
                if isinstance(given, bytes)
                else (given if isinstance(given, str) else json.dumps(given)).encode()
            )
            path = tmp_path / "caso.json"
            path.write_bytes(raw)
            name = "-" if by_pipe else str(path)
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        code = cli.main(["rate", name])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


class TestRate:
    def test_answers_the_worked_cases_to_the_letter(self, rate):
        code, out, err = rate(WORKED)
        worked = json.loads(WORKED.read_text(encoding="utf-8"))["cases"]
        results = json.loads(out)["results"]
        assert (code, err) == (0, "")
        assert [each.pop("id") for each in results] == [each["id"] for each in worked]
        assert results == [each["expected"] for each in worked]

    @pytest.mark.parametrize("by_pipe", [False, True])
    def test_answers_one_case_from_a_file_or_standard_input(self, rate, by_pipe):
        code, out, _ = rate(case(), by_pipe=by_pipe)
        assert (code, json.loads(out)["total"]) == (0, "4000.00")

    def test_reads_json_numbers_without_floats(self, rate):
        text = json.dumps(case()).replace('"8.00"', "0.1").replace('"500"', "3")
        code, out, _ = rate(text)
        assert (code, json.loads(out)["lines"][0]["exact"]) == (0, "3/10")

    def test_repeats_the_instant_as_it_was_written(self, rate):
        asked = case(prior_invoices=[{"period": "2026-03", "as_of": "2026-04-01T12:00Z"}])
        asked["billing"]["as_of"] = "2026-05-01T12:00:00Z"
        found = json.loads(rate(asked)[1])
        assert (found["as_of"], found["prior_invoices"][0]["as_of"]) == (
            "2026-05-01T12:00:00Z",
            "2026-04-01T12:00Z",
        )

    def test_null_is_what_is_not_said(self, rate):
        said = case()
        for name in ("prior_invoices", "sla", "suspensions", "one_offs", "siblings", "traffic", "tax"):
            assert json.loads(rate(said | {name: None})[1]) == json.loads(rate(said)[1]), name

    def test_names_the_field_of_a_wrong_case_and_ends_with_2(self, rate):
        wrong = case()
        wrong["contract"]["prices"].append(
            {"effective": "2026-01-01", "model": "volume", "tiers": [{"up_to": None, "unit_price": "-6"}]}
        )
        code, out, err = rate(wrong)
        assert (code, out) == (2, "")
        assert err.startswith("contract.prices[1].tiers[0].unit_price: El precio no puede ser negativo (-6).")

    def test_does_the_good_ones_and_names_the_wrong_ones(self, rate):
        wrong = case() | {"id": "MALO"}
        wrong["contract"]["start"] = "2026-02-31"
        code, out, err = rate({"cases": [case() | {"id": "uno"}, wrong, 5, case() | {"id": "tres"}]})
        results = json.loads(out)["results"]
        assert code == 2
        assert [each.get("id") for each in results] == ["uno", "MALO", None, "tres"]
        assert [results[0]["total"], results[3]["total"]] == ["4000.00", "4000.00"]
        assert results[1]["error"]["field"] == "contract.start"
        assert err.splitlines()[0].startswith("cases[1] (MALO): contract.start: El 31/02/2026 no existe")
        assert err.splitlines()[1].startswith("cases[2]: ")

    def test_no_cases_are_no_results(self, rate):
        assert rate({"cases": []})[:2] == (0, '{\n "results": []\n}\n')

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "[1, 2",
            "null",
            "[]",
            "NaN",
            '{"billing": Infinity}',
            '{"contract": {}, "contract": {}}',
            '{"cases": 5}',
            "[" * 200_000,
            '{"x": ' + "9" * 5000 + "}",
            b"\xff\xfe\x00",
            b"\xc3\x28",
        ],
    )
    def test_what_is_no_case_is_refused_in_words(self, rate, text):
        code, out, err = rate(text)
        assert (code, out) == (2, "")
        assert ": " in err
        assert "Traceback" not in err

    def test_a_field_written_twice_is_named(self, rate):
        text = json.dumps(case())[:-1] + ', "billing": {}}'
        assert rate(text)[2].startswith("billing: El campo está escrito dos veces")

    def test_a_file_that_is_not_there(self, rate, tmp_path):
        code, _, err = rate(tmp_path / "nada.json")
        assert (code, "No se puede leer" in err) == (2, True)

    def test_a_file_with_a_byte_order_mark_is_read(self, rate):
        assert rate(b"\xef\xbb\xbf" + json.dumps(case()).encode())[0] == 0
