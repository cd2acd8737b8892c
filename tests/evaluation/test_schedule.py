"""What is asked next: in the run's order, no more than is needed, and the same after a stop."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from chatbot.evaluation.board import Board
from chatbot.evaluation.cells import Cell, Grid
from chatbot.evaluation.records import Item, Response, Score
from chatbot.evaluation.run import Asked
from chatbot.evaluation.schedule import AHEAD, Race, Units, Until
from chatbot.evaluation.statistics.racing import cost
from chatbot.evaluation.statistics.racing import schedule as rounds_over
from chatbot.evaluation.stopping import Never, UntilDecided

Schedule = Until | Race


def right(_: Item, response: Response) -> Score:
    return Score("error") if response.error else Score("scored", float(response.text))


def reply(cell: Cell, world: np.ndarray) -> Asked:
    return Asked(cell, Item(str(cell.item), {}), Response(str(world[cell.variant, cell.item])))


def played(schedule: Schedule, world: np.ndarray, at_once: int = 1, seed: int = 0, stop: int = -1) -> list[Asked]:
    """What was asked, with so many in flight, of which any may come first; `stop` cells may come."""
    random, flying, came = Random(seed), list[Cell](), list[Asked]()
    while len(came) != stop:
        while len(flying) < at_once and (cell := schedule.next()) is not None:
            flying.append(cell)
        if not flying:
            break
        came.append(reply(flying.pop(random.randrange(len(flying))), world))
        schedule.hear(came[-1])
    return came


def until(grid: Grid, clusters: list[str] | None = None) -> Until:
    units = Units(grid.order(), clusters)
    rule = UntilDecided(range(1, grid.variants), 0, largest=units.largest)
    return Until(Board(grid), units, rule, [right] * grid.variants)


def race(grid: Grid, split: int, calls: float = 0) -> Race:
    return Race(
        Board(grid), Units(grid.order()), [right] * grid.variants, variants=range(1, grid.variants), split=split,
        calls=calls, prove=lambda winner: Never((0, winner)),
    )  # fmt: skip


def world_of(*accuracies: float, items: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (random.random((len(accuracies), items)) < np.array(accuracies)[:, None]).astype(float)


def test_variants_meet_the_items_in_the_order_of_the_run() -> None:
    grid = Grid(2, 5, 2, seed=3)
    came = played(until(grid), world_of(0.5, 0.5, items=5))
    order = grid.order()
    assert [each.cell.item for each in came] == [item for item in order for _ in range(4)]
    assert {each.cell for each in came} == set(grid)


def test_nothing_is_asked_once_it_is_decided() -> None:
    came = played(until(Grid(2, 500, 1, seed=0)), world_of(0.2, 0.9, items=500))
    assert len(came) < 60


@pytest.mark.parametrize("at_once", [2, 17, 64])
def test_what_is_on_its_way_does_not_change_what_is_found(at_once: int) -> None:
    grid, world = Grid(4, 300, 1, seed=1), world_of(0.6, 0.75, 0.6, 0.9, items=300)
    alone, many = until(grid), until(grid)
    first, more = played(alone, world), played(many, world, at_once)
    rules = [each.leg.rule for each in (alone, many)]
    assert all(isinstance(rule, UntilDecided) for rule in rules)
    assert [pair.seen for pair in rules[0].pairs.values()] == [pair.seen for pair in rules[1].pairs.values()]  # type: ignore[attr-defined]
    assert len(first) <= len(more) <= len(first) + 4 * AHEAD


def test_a_reply_that_stalls_does_not_let_the_rest_be_asked_for_nothing() -> None:
    schedule = until(Grid(2, 500, 1, seed=0))
    stalled = schedule.next()
    assert stalled is not None
    given = 1
    while (cell := schedule.next()) is not None:
        schedule.hear(reply(cell, world_of(0.2, 0.9, items=500)))
        given += 1
    assert given == 2 * (AHEAD + 1)
    schedule.hear(reply(stalled, world_of(0.2, 0.9, items=500)))
    assert schedule.next() is None and schedule.leg.over


@pytest.mark.parametrize("kind", ["until", "race"])
def test_a_run_that_was_stopped_goes_on_to_the_same_end_and_asks_nothing_twice(kind: str) -> None:
    grid, world = Grid(5, 120, 1, seed=1), world_of(0.6, 0.75, 0.6, 0.9, 0.7, items=120)
    made = (lambda: until(grid)) if kind == "until" else (lambda: race(grid, 80))
    whole = {each.cell for each in played(made(), world)}
    for stop in (1, 30, 100, 200):
        before = played(made(), world, 8, seed=stop, stop=stop)
        again = made()
        for each in before:
            again.hear(each)
        after = played(again, world, 8, seed=stop)
        asked = [each.cell for each in [*before, *after]]
        assert len(asked) == len(set(asked))
        assert whole <= set(asked)


def test_items_of_a_cluster_are_asked_together() -> None:
    clusters = [str(item % 4) for item in range(20)]
    came = played(until(Grid(2, 20, 1, seed=2), clusters), world_of(0.5, 0.5, items=20))
    seen = [clusters[each.cell.item] for each in came]
    assert [seen[at] for at in range(0, 40, 10)] == sorted(set(seen), key=seen.index)
    assert all(len(set(seen[at : at + 10])) == 1 for at in range(0, 40, 10))


def test_a_race_finds_the_best_and_proves_it_on_items_that_it_never_saw() -> None:
    grid, world = Grid(9, 300, 1, seed=4), world_of(0.5, *[0.5] * 7, 0.8, items=300)
    ran = race(grid, 200)
    came = played(ran, world)
    assert ran.winner == 8 and [len(each.variants) for each in ran.rounds] == [8, 4, 2]
    fresh = set(ran.fresh)
    assert len(fresh) == 100
    raced = {each.cell.item for each in came if each.cell.variant not in (0, 8)}
    assert not raced & fresh
    assert {each.cell.item for each in came if each.cell.variant == 0} == fresh
    assert {each.cell.item for each in came if each.cell.variant == 8} == set(range(300))
    planned = rounds_over(8, 200)
    assert len(came) == ran.most == cost(planned) + 200


def test_all_that_are_in_a_round_see_the_same_items() -> None:
    ran = race(Grid(6, 90, 1, seed=4), 60, calls=200)
    came = played(ran, world_of(*[0.5] * 6, items=90), 16)
    fresh = set(ran.fresh)
    for number, each in enumerate(ran.rounds):
        following = ran.rounds[number + 1].variants if number + 1 < len(ran.rounds) else ()
        for variant in set(each.variants) - set(following):
            assert len({one.cell.item for one in came if one.cell.variant == variant} - fresh) == each.items


def test_what_failed_counts_as_nothing_in_a_race() -> None:
    grid = Grid(3, 40, 1, seed=0)
    ran = race(grid, 30)
    while (cell := ran.next()) is not None:
        failed = cell.variant == 1 and cell.item % 2
        right_on = cell.variant == 1 or cell.item % 10 < 7
        ran.hear(Asked(cell, Item("", {}), Response(str(float(right_on)), error="down" if failed else "")))
    assert ran.winner == 2
