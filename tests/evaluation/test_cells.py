"""The cells of a run: all of them, once, in an order that the seed decides and all variants share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatbot.evaluation.cells import Grid

grids = st.builds(Grid, st.integers(1, 5), st.integers(1, 30), st.integers(1, 3), st.integers(0, 9))


@given(grids)
def test_every_item_is_asked_by_every_variant_in_every_repeat_once(grid: Grid) -> None:
    cells = list(grid)
    assert [cell.number for cell in cells] == list(range(len(grid)))
    asked = {(cell.variant, cell.item, cell.repeat) for cell in cells}
    assert len(asked) == len(cells) == grid.variants * grid.items * grid.repeats


@given(grids)
def test_all_variants_meet_an_item_before_the_next_one_comes(grid: Grid) -> None:
    cells = list(grid)
    for start in range(0, len(cells), grid.variants):
        group = cells[start : start + grid.variants]
        assert len({(cell.item, cell.repeat) for cell in group}) == 1


@given(grids)
def test_a_number_stands_for_the_same_cell_at_any_time(grid: Grid) -> None:
    order = grid.order()
    assert [grid.numbered(number, order) for number in range(len(grid))] == list(grid)


def test_the_seed_decides_the_order() -> None:
    one, other = Grid(1, 50, 1, 0), Grid(1, 50, 1, 1)
    assert one.order() == Grid(1, 50, 1, 0).order() != other.order()
    assert one.order() != sorted(one.order())


def test_a_million_cells_are_not_listed() -> None:
    cells = iter(Grid(10, 1_000, 100, 0))
    assert next(cells).number == 0
