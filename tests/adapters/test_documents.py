from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mayorista.adapters.documents import typst_documents
from mayorista.adapters.documents.legible import Coverage
from mayorista.rules import dac, thread
from mayorista.rules.ports.documents import DocumentUnrenderable
from tests.rules import dac_examples as examples
from tests.rules import thread_examples

MAKER = typst_documents.TypstDocuments()
ADDRESS = "https://mayorista.example/verificar/DAC-2026-000045/k3Vt9q2LxA"
FONTS = typst_documents.ROOT / "fonts"
ALL = (
    examples.external_fibre_opening,
    examples.external_fibre,
    examples.internal_power,
    examples.external_attack,
    examples.mass_event,
    examples.long_texts,
    examples.hostile_texts,
)


def paper(content: dac.DacContent, **options: object) -> bytes:
    data = dac.document(content, carrier="COMTECO R.L.", verification_url=ADDRESS, **options)
    return MAKER.render("dac", data, at=dac.issued_at(content))


def words(pdf: bytes, *options: str) -> str:
    """The text of the PDF as an outside program reads it, on one line."""
    done = subprocess.run(
        ["pdftotext", *options, "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return re.sub(r"\s+", " ", done.stdout.decode())


def pages(pdf: bytes) -> int:
    return len(pypdf.PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.needs("pdftotext")
class TestDac:
    def test_holds_the_header_and_every_field_of_the_first_example(self):
        text = words(paper(examples.external_fibre()), "-layout")
        for field in (
            "GESTIÓN POR PROCESOS", "COMTECO R.L.", "PROCESO: OPERATIVO", "POST VENTA CLIENTE INTERNET MAYORISTA",
            "Código GC-PRC-OPE-CUM-02 · Rev. 0", "Página 1 de 2", "Página 2 de 2",
            "DAC-2026-000045", "ORIGINAL", "CERRADO", "Falla", "1 · caída total", "externo (red contratada)",
            "DANO-2026-000148", "RECL-2026-000207", "VALLE FIBRA S.R.L.", "ISP-014", "TIP-0141", "2 Gbps",
            "CBBA-BR1 Te0/0/0/3", "Oruro – Tambo Quemado", "100 % del tráfico afectado", "sesión BGP caída",
            "alarma NOC y reclamo", "23/11/2026 21:55", "23/11/2026 21:57", "23/11/2026 22:00", "23/11/2026 22:10",
            "Pérdida de señal óptica", "E-FIB", "Corte de cable por maquinaria", "TRANSPORTE ANDINO DEMO", "TA-88213",
            "nivel 1", "Prueba OTDR solicitada", "en evaluación", "23/11/2026 23:20", "16 de 48 hilos",
            "24/11/2026 02:12", "24/11/2026 02:30", "Tráfico 1,6 Gbps", "04:17", "EXCEDIDO en", "00:17",
            "cuenta para el SLA", "RFO pendiente", "ruta alterna por Desaguadero", "Jefe NOC", "27/11/2026",
            "otdr-TA-88213.pdf", "Operador NOC · turno noche", "Gerencia de Planificación", "Acuse del Gerente",
            "23/11/2026 22:24", "Texto propuesto para el cliente".upper(), "le enviaremos un avance", "más de 30 min",
            dac.content_hash(examples.external_fibre()), ADDRESS,
        ):  # fmt: skip
            assert field in text, field

    def test_says_the_clock_stop_and_what_it_takes_off(self):
        text = words(paper(examples.external_attack()), "-layout")
        for field in (
            "28/11/2026 19:11",
            "A la espera de autorización",
            "00:47",
            "00:09",
            "00:38",
            "excluido del SLA",
        ):
            assert field in text, field

    def test_names_every_circuit_of_a_mass_event_and_repeats_the_head_of_the_table(self):
        pdf = paper(examples.mass_event())
        text = words(pdf)
        assert all(text.count(f"TIP-{1000 + index}") == 2 for index in range(60))
        assert text.count("Puerto · VLAN · AS · prefijos") >= 3
        assert f"Página {pages(pdf)} de {pages(pdf)}" in text

    @pytest.mark.parametrize(
        ("example", "most"),
        [
            (examples.external_fibre_opening, 1),
            (examples.internal_power, 1),
            (examples.external_attack, 1),
            (examples.external_fibre, 2),
        ],
    )
    def test_takes_no_more_pages_than_it_needs(self, example, most):
        assert pages(paper(example())) == most

    @pytest.mark.parametrize(
        ("options", "word"),
        [
            ({"mark": dac.Mark.ORIGINAL}, "ORIGINAL"),
            ({"mark": dac.Mark.REPRINT, "reprint": 3}, "REIMPRESIÓN 3"),
            ({"mark": dac.Mark.UNCONTROLLED}, "COPIA NO CONTROLADA"),
            ({"mark": dac.Mark.DRAFT}, "BORRADOR"),
        ],
    )
    def test_says_what_sheet_it_is(self, options, word):
        text = words(paper(examples.external_fibre_opening(), **options))
        assert word in text
        assert ("ORIGINAL" in text) == (word == "ORIGINAL")

    def test_a_draft_has_no_number_and_nothing_to_verify(self):
        content = replace(examples.external_fibre_opening(), number="")
        text = words(paper(content, mark=dac.Mark.DRAFT))
        assert "sin número" in text
        assert "mayorista.example" not in text

    def test_prints_a_correction_with_before_and_after(self):
        before = examples.external_fibre()
        assert before.closing is not None
        after = replace(before, closing=replace(before.closing, root_cause="Robo de cable"))
        correction = dac.Correction(
            issued_at=examples.at("25/11 10:00"),
            reason="Lo aclara el RFO",
            author="Jefe NOC",
            changes=dac.between(before, after),
        )
        text = words(paper(replace(after, corrections=(correction,), version=7)), "-layout")
        for field in (
            "CORRECCIÓN 1",
            "Lo aclara el RFO",
            "Cierre · causa raíz",
            "Robo de cable",
            "corrección 1",
        ):
            assert field in text, field


@pytest.mark.needs("pdftotext")
class TestText:
    def test_is_never_markup(self):
        text = words(paper(examples.hostile_texts()))
        for sign in (
            '#read("/etc/passwd")',
            '#panic("x")',
            "$x^2$",
            "*negrita*",
            "_cursiva_",
            "<etiqueta>",
            "@ref",
        ):
            assert sign in text, sign
        assert "root:x:0:0" not in text

    def test_spells_what_no_font_shows_and_hides_nothing(self):
        text = words(paper(examples.hostile_texts()))
        assert "[U+202E]ocultar[U+202C]" in text
        assert "[U+4E2D U+6587 U+5B57 U+7B26]" in text
        assert "Кириллица" in text
        assert "Ελληνικά" in text
        assert "😀" in text

    def test_of_any_length_stays_on_the_paper(self):
        pdf = paper(examples.long_texts())
        text = words(pdf)
        assert text.count("reflectómetro") == 8 + 3 + 4 + 4 * 5 + 10 + 4 + 40
        assert text.replace(" ", "").count("X") >= 400
        boxes = subprocess.run(
            ["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True
        ).stdout.decode()
        assert max(float(right) for right in re.findall(r'<word [^>]*xMax="([\d.]+)"', boxes)) <= 595.3 - 40
        assert max(float(low) for low in re.findall(r'<word [^>]*yMax="([\d.]+)"', boxes)) <= 841.9 - 10

    def test_a_long_number_is_found_and_copied_whole(self):
        content = examples.external_fibre()
        number = "10000042837465918273645500012345"
        content = replace(content, opening=replace(content.opening, author=f"Cuenta {number}"))
        text = words(paper(content))
        assert number in text
        assert not [sign for sign in text if unicodedata.category(sign) == "Cf"]

    @settings(max_examples=60, deadline=None)
    @given(st.text(st.characters(codec="utf-8"), max_size=80))
    def test_of_any_characters_makes_a_document(self, anything):
        content = examples.external_fibre_opening()
        content = replace(content, opening=replace(content.opening, diagnosis=anything, author=anything))
        assert paper(content).startswith(b"%PDF-")


class TestReproducible:
    @pytest.mark.parametrize("example", ALL)
    def test_the_same_content_is_the_same_file_byte_for_byte(self, example):
        stored = json.loads(json.dumps(dac.to_json(example())))
        assert paper(example()) == paper(dac.from_json(stored))

    def test_another_process_makes_the_same_bytes(self, tmp_path):
        script = (
            "import sys; sys.path[:0] = sys.argv[1:3]\n"
            "import hashlib\n"
            "from tests.adapters import test_documents as t\n"
            "print(hashlib.sha256(t.paper(t.examples.internal_power())).hexdigest())\n"
        )
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", script, str(root / "src"), str(root)],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env={"TZ": "Asia/Tokyo", "LANG": "C", "HOME": str(tmp_path)},
        )
        assert done.stdout.strip() == hashlib.sha256(paper(examples.internal_power())).hexdigest()

    def test_another_letter_or_another_moment_is_another_file(self):
        content = examples.external_fibre_opening()
        data = dac.document(content, carrier="COMTECO R.L.", verification_url=ADDRESS)
        at = content.opening.issued_at
        one = MAKER.render("dac", data, at=at)
        assert MAKER.render("dac", data, at=at + timedelta(seconds=1)) != one
        assert MAKER.render("dac", data | {"carrier": "OTRA"}, at=at) != one

    def test_threads_get_each_their_own(self):
        wanted = [paper(example()) for example in ALL]
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda example: paper(example()), ALL * 3))
        assert made == wanted * 3


class TestLarge:
    def test_a_storm_of_300_circuits_is_made_apart_with_the_same_bytes(self, monkeypatch):
        content = examples.mass_event(300, 50)
        apart = paper(content)
        monkeypatch.setattr(typst_documents, "LARGE", 10**9)
        assert paper(content) == apart

    def test_an_error_of_the_other_process_is_told(self, monkeypatch):
        monkeypatch.setattr(typst_documents, "LARGE", 1)
        with pytest.raises(DocumentUnrenderable, match="dac"):
            MAKER.render("dac", {"number": "x"}, at=examples.at("23/11 22:00"))


class TestFile:
    def test_is_pdf_a_2b_with_its_date_and_all_fonts_inside(self):
        content = examples.external_fibre()
        reader = pypdf.PdfReader(io.BytesIO(paper(content)))
        packet = reader.trailer["/Root"]["/Metadata"].get_data().decode()
        assert re.search(r"pdfaid:part\D+2\D", packet)
        assert re.search(r"pdfaid:conformance\W+B", packet)
        assert reader.metadata is not None
        assert reader.metadata.title == "DAC-2026-000045 · Formulario D.A.C."
        assert reader.metadata.creation_date == dac.issued_at(content)
        for page in reader.pages:
            for font in page["/Resources"]["/Font"].values():
                (inner,) = font.get_object()["/DescendantFonts"]
                descriptor = inner.get_object()["/FontDescriptor"]
                assert "/FontFile2" in descriptor or "/FontFile3" in descriptor

    @pytest.mark.parametrize("example", ALL)
    def test_asks_for_no_glyph_that_is_not_there(self, example):
        assert paper(example()).startswith(b"%PDF-1.7")

    def test_moments_with_parts_of_a_second_are_no_obstacle(self):
        content = examples.external_fibre_opening()
        odd = content.opening.issued_at + timedelta(seconds=7, microseconds=123456)
        content = replace(content, opening=replace(content.opening, issued_at=odd, started_at=odd))
        assert paper(content).startswith(b"%PDF-1.7")

    def test_an_unknown_template_is_refused(self):
        with pytest.raises(DocumentUnrenderable):
            MAKER.render("../../etc/passwd", {}, at=examples.at("23/11 22:00"))

    def test_missing_data_are_told_not_printed_blank(self):
        with pytest.raises(DocumentUnrenderable):
            MAKER.render("dac", {"number": "x"}, at=examples.at("23/11 22:00"))


@pytest.mark.needs("pdftotext")
class TestThread:
    def test_holds_both_sides_acts_and_attachments(self):
        content = thread_examples.conversation()
        pdf = MAKER.render("thread", thread.document(content, carrier="COMTECO R.L."), at=content.exported_at)
        text = words(pdf, "-layout")
        for field in (
            "COPIA NO CONTROLADA", "DANO-2026-000148", "VALLE FIBRA S.R.L. (ISP-014)", "estamos sin servicio",
            "captura.jpg", "leído 22:02", "Diagnóstico (A.3)", "23/11/2026", "24/11/2026", "BGPSessionDown", "1/2·2",
            "Página 1 de 1", "exportado 24/11/2026 09:00 por Auditoría",
        ):  # fmt: skip
            assert field in text, field

    def test_keeps_the_order_of_the_clock_of_la_paz(self):
        content = thread_examples.conversation()
        data = thread.document(replace(content, lines=content.lines[::-1]), carrier="x")
        assert data == thread.document(content, carrier="x")
        assert [day["day"] for day in data["days"]] == ["23/11/2026", "24/11/2026"]

    def test_a_conversation_of_600_lines_is_one_document(self):
        content = thread_examples.long_conversation()
        pdf = MAKER.render("thread", thread.document(content, carrier="x"), at=content.exported_at)
        assert pages(pdf) > 20


class TestCoverage:
    def test_reads_from_the_fonts_what_they_draw(self):
        inter = Coverage([FONTS / "Inter-Regular.ttf"])
        assert all(ord(sign) in inter for sign in "áéíóúñÑ¿¡°€–→·")
        assert 0x4E2D not in inter
        assert 0x1F600 not in inter
        assert 0x1F600 in Coverage([FONTS / "NotoEmoji-Regular.ttf"])

    def test_spells_runs_together_and_leaves_the_rest(self):
        coverage = Coverage(sorted(FONTS.glob("*.ttf")))
        assert coverage.legible("a中文b\x00\r\nc\td") == "a[U+4E2D U+6587]b[U+0000]\nc    d"
        assert coverage.legible("señal óptica") == "señal óptica"
        assert coverage.legible_data({"a": ["中", 1, None, True]}) == {"a": ["[U+4E2D]", 1, None, True]}

    def test_the_fonts_are_those_whose_sums_are_written_down(self):
        for line in (FONTS / "SHA256SUMS").read_text().splitlines():
            digest, name = line.split()
            assert hashlib.sha256((FONTS / name).read_bytes()).hexdigest() == digest
