from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules import charts

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@given(st.lists(st.tuples(words, st.one_of(st.none(), st.integers(0, 100))), max_size=40), words)
def test_lines_are_always_a_drawing_inside_its_frame(points, title):
    drawn = charts.percent_lines(
        [label for label, _value in points],
        [charts.Series(title, [value for _label, value in points])],
        title=title,
        threshold=90,
    )
    root = ET.fromstring(drawn)
    marks = [each for each in root if each.get("class") == "mark s0"]
    assert len(marks) == sum(value is not None for _label, value in points)
    assert all(0 <= int(each.attrib["cy"]) <= charts.HEIGHT for each in marks)


def test_a_gap_breaks_the_line():
    drawn = charts.percent_lines(["a", "b", "c"], [charts.Series("x", [1, None, 3])], title="t")
    assert drawn.count("M") == 2


@given(st.lists(st.tuples(words, st.integers(0, 10**9)), max_size=20))
def test_bars_are_as_long_as_their_figures(rows):
    root = ET.fromstring(charts.bars(rows, title="t"))
    widths = [int(each.attrib["width"]) for each in root if each.get("class") == "bar s0"]
    by_value = [width for _row, width in sorted(zip(rows, widths, strict=True), key=lambda pair: pair[0][1])]
    assert by_value == sorted(by_value)
