"""Sheets whose cells lie far apart."""

from __future__ import annotations

import re
from io import BytesIO
from itertools import pairwise
from zipfile import ZipFile

from hypothesis import given
from hypothesis import strategies as st
from office_files import sheets

from chatbot.retrieval.formats.sheets import convert
from chatbot.retrieval.formats.sparse_sheets import moved_together

PART = "xl/worksheets/sheet1.xml"


def sheet(data: bytes) -> str:
    with ZipFile(BytesIO(data)) as archive:
        return archive.read(PART).decode()


def with_sheet(data: bytes, content: str) -> bytes:
    made = BytesIO()
    with ZipFile(BytesIO(data)) as archive, ZipFile(made, "w") as copy:
        for name in archive.namelist():
            copy.writestr(name, content if name == PART else archive.read(name))
    return made.getvalue()


def test_a_sheet_that_is_full_or_small_stays_as_it_is() -> None:
    small = sheets(S={"A1": "a", "H900": "b"})

    assert moved_together(small) == (small, {})


def test_rows_and_columns_without_a_value_are_taken_out() -> None:
    data, rows = moved_together(sheets(A={"B7": "x", "H7": "y", "H1000000": "z"}, B={"A1": "near"}))

    assert rows == {0: [7, 1_000_000]}
    assert '<row r="1"><c r="A1"' in sheet(data) and '<row r="2"><c r="B2"' in sheet(data)


def test_what_the_file_says_of_its_rectangle_goes_with_it_and_names_of_elements_may_be_long() -> None:
    short = sheet(sheets(S={"A1": "a", "H1000000": "z"}))
    long = short.replace("<worksheet xmlns=", "<x:worksheet xmlns:x=").replace("</worksheet", "</x:worksheet")
    for name in ("sheetData", "row", "c", "is", "t", "v"):
        long = long.replace(f"<{name}>", f"<x:{name}>").replace(f"<{name} ", f"<x:{name} ")
        long = long.replace(f"</{name}>", f"</x:{name}>")
    long = long.replace("<x:sheetData", '<x:dimension ref="A1:H1000000"/><x:sheetData')
    data, rows = moved_together(with_sheet(sheets(S={"A1": "a"}), long))

    assert rows == {0: [1, 1_000_000]}
    assert "dimension" not in sheet(data)
    assert "z" in convert(data).text


def test_cells_without_a_place_are_left_alone() -> None:
    content = sheet(sheets(S={"A1": "a", "H1000000": "z"})).replace('<c r="A1"', "<c")
    data = with_sheet(sheets(S={"A1": "a"}), content)

    assert moved_together(data) == (data, {})


PLACES = st.tuples(st.sampled_from("ABCDEFG"), st.integers(2, 1_048_575))


@given(st.dictionaries(PLACES, st.integers(0, 99), max_size=12))
def test_every_cell_is_read_in_its_row_and_in_the_order_of_its_row(cells: dict[tuple[str, int], int]) -> None:
    written = {("A", 1): 7, ("H", 1_048_576): 8, **cells}
    rows: dict[int, list[str]] = {}
    for (_, row), value in sorted(written.items()):
        rows.setdefault(row, []).append(str(value))
    found = convert(sheets(S={f"{column}{row}": value for (column, row), value in sorted(written.items())}))
    starts = [anchor.start for anchor in found.anchors] + [len(found.text)]
    texts = [found.text[start:end] for start, end in pairwise(starts)]

    assert {
        int(anchor.name): re.findall(r"\d+", text) for anchor, text in zip(found.anchors, texts, strict=True)
    } == rows
