"""Tables of a page as rows."""

from __future__ import annotations

from chatbot.html_tables import Cell, Table
from chatbot.page_regions import MAIN, Line


def cell(*lines: str, columns: int = 1, rows: int = 1) -> Cell:
    return Cell([Line(line) for line in lines], columns, rows)


def texts(*rows: list[Cell]) -> list[str]:
    """The lines that are not blank."""
    table = Table([0])
    lines: list[str] = []
    for row in rows:
        for each in row:
            table.add(each)
        lines += [line.text for line in table.end_row() if line.text]
    return lines


def test_the_first_row_names_the_columns_and_a_cell_is_one_line() -> None:
    rows = texts(
        [cell("Part"), cell("Use")], [cell("Pump"), cell("Rinse.", "", "Dry.")], [cell("A|B"), cell("- x", "- y")]
    )

    assert rows == ["| Part | Use |", "|---|---|", "| Pump | Rinse. Dry. |", "| A\\|B | x; y |"]


def test_a_cell_that_reaches_over_columns_keeps_the_others_in_theirs() -> None:
    assert texts([cell("a", columns=2), cell("b")], [cell("1"), cell("2"), cell("3")]) == [
        "| a |  | b |",
        "|---|---|---|",
        "| 1 | 2 | 3 |",
    ]


def test_a_cell_that_rows_share_stands_in_each_of_them_a_long_one_in_the_first() -> None:
    assert texts([cell("k"), cell("v")], [cell("fee", rows=3), cell("1")], [cell("2")], [cell("3")], [cell("x")]) == [
        "| k | v |",
        "|---|---|",
        "| fee | 1 |",
        "| fee | 2 |",
        "| fee | 3 |",
        "| x |",
    ]
    long = "word " * 30
    assert texts([cell(long, rows=2), cell("1")], [cell("2")])[-1] == "|  | 2 |"


def test_a_row_with_a_section_code_or_table_in_a_cell_is_what_stands_in_its_cells() -> None:
    assert texts([cell("# Hours", "", "Nine.")], [cell("a"), cell("b")]) == [
        "# Hours",
        "Nine.",
        "| a | b |",
        "|---|---|",
    ]
    assert texts([cell("menu"), cell("```", "x = 1", "```")]) == ["menu", "```", "x = 1", "```"]
    assert texts([cell("One.", "Two.")]) == ["One.", "Two."]


def test_a_row_without_text_is_no_row_and_takes_nothing_from_the_cells_that_rows_share() -> None:
    assert texts([cell("a", rows=2), cell("b")], [], [cell("c")]) == ["| a | b |", "|---|---|", "| a | c |"]
    assert texts([cell(""), cell()]) == []


def test_a_row_stands_where_its_cells_stand_and_has_their_links() -> None:
    table = Table([0])
    table.add(Cell([Line("menu", MAIN, 4)]))
    table.add(Cell([Line("text", MAIN, 1)]))

    assert table.end_row()[1] == Line("| menu | text |", MAIN, 5)


def test_a_few_letters_do_not_ask_for_millions_of_cells() -> None:
    table = Table([0])
    size = 0
    for _ in range(20_000):
        table.add(cell("x" * 100, columns=999_999, rows=999_999))
        size += sum(len(line.text) for line in table.end_row())

    assert size < 30_000_000
