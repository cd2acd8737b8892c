"""Whether verdicts are true, in a world in which the truth is known.

The normal run looks at few simulated runs, with bounds to match; the slow one at 400 of each kind and more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from chat_server import ChatServer, Request, Scene, says
from scipy.stats import binom
from simulated_world import World, bench, oracles, played, ran, world

from chatbot.evaluation.course import schedule_of
from chatbot.evaluation.deciding import EVERYTHING, SHARE, Deciding
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.run import Asked, Bench, begun, run
from chatbot.evaluation.schedule import Race
from chatbot.evaluation.statistics.verdict import Judged, compare, judge
from chatbot.models.connect import connect

UNTIL = Deciding(until_decided=True)
RACE = Deciding(race=SHARE)

COUNTS = [30, pytest.param(400, marks=pytest.mark.slow)]
"""Simulated runs."""


def at_most(share: float, count: int) -> float:
    """What is found of so many runs where the truth is `share`, with three standard errors for luck in few of them."""
    return share if count >= 400 else share + 3 * sqrt(share * (1 - share) / count)


def verdicts(shown: World) -> list[Judged]:
    """By asking everything."""
    rows = shown.astype(float)
    return judge([compare(row, rows[0]) for row in rows[1:]])


def shared(folder: Path, variants: int, items: int, deciding: Deciding) -> Bench:
    """One bench for many worlds of that size."""
    shape = np.zeros((variants, items), dtype=bool)
    return bench(folder, shape, oracles(shape), deciding)


def worlds(accuracies: list[float], items: int, count: int, **how: float) -> Iterator[World]:
    return (world(accuracies, items, seed=seed, **how) for seed in range(count))  # type: ignore[arg-type]


# --- it is the same world, however it is asked ------------------------------------------------------------------------


@pytest.mark.parametrize("deciding", [EVERYTHING, UNTIL, RACE], ids=["everything", "until", "race"])
def test_a_real_run_comes_to_what_is_played(tmp_path: Path, deciding: Deciding) -> None:
    shown = world([0.6, 0.65, 0.6, 0.85], 150, seed=3)
    models = oracles(shown)
    made = bench(tmp_path, shown, models, deciding)
    found = ran(made)
    if deciding is EVERYTHING:
        assert [each.judged for each in found.against] == verdicts(shown)
        assert all(sorted(each.asked) == list(range(150)) for each in models)
        return
    _, course = played(made, shown)
    assert found.against == course.against and found.course is not None
    assert {**found.course.data} == course.data
    assert sum(len(each.asked) for each in models) < shown.size


@pytest.mark.parametrize("deciding", [UNTIL, RACE], ids=["until", "race"])
def test_a_run_that_is_stopped_again_and_again_comes_to_what_is_played(tmp_path: Path, deciding: Deciding) -> None:
    shown = world([0.6, 0.65, 0.6, 0.8], 90, seed=4)
    models = oracles(shown)
    made = bench(tmp_path, shown, models, deciding)
    metrics, record = metrics_of(made), begun(made)

    async def for_a_while(cells: int) -> None:
        left = [cells]

        def watch(_: Asked) -> None:
            left[0] -= 1
            if not left[0]:
                task.cancel()

        task = asyncio.ensure_future(run(made, watch=watch, schedule=schedule_of(made, record.id, metrics[0])))
        await asyncio.gather(task, return_exceptions=True)

    for cells in (1, 7, 30, 60):
        asyncio.run(for_a_while(cells))
    assert ran(made).against == played(made, shown)[1].against
    assert all(len(each.asked) <= len(set(each.asked)) + 4 * made.concurrency for each in models)


def test_a_real_run_over_http_comes_to_what_is_played(tmp_path: Path) -> None:
    shown = world([0.5, 0.9], 120, seed=5)
    with Endpoint(shown[0]) as one, Endpoint(shown[1]) as two:
        models = [connect(f"{server.url}#m") for server in (one, two)]
        found = ran(bench(tmp_path, shown, models, UNTIL))
        assert len(one.requests) < 110
    _, course = played(shared(tmp_path / "s", 2, 120, UNTIL), shown)
    assert found.against == course.against
    assert found.against[0].judged.verdict == "better"


class Endpoint(ChatServer):
    """A variant of a world, as a service."""

    def __init__(self, right: World) -> None:
        self._right = right
        super().__init__(says("no"))

    def scene(self, request: Request) -> Scene:
        messages = request.body["messages"]
        assert isinstance(messages, list)
        return says("yes" if self._right[int(messages[-1]["content"].split()[-1])] else "no")


# --- everything is asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("count", [200, pytest.param(2_000, marks=pytest.mark.slow)])
def test_equal_variants_are_hardly_ever_told_apart(count: int, overlap: float) -> None:
    found = [verdicts(shown)[0].verdict for shown in worlds([0.7, 0.7], 200, count, overlap=overlap)]
    assert found.count("better") / count <= at_most(0.03, count)
    assert (found.count("better") + found.count("worse")) / count <= at_most(0.05, count)


@pytest.mark.parametrize("count", COUNTS)
def test_of_eight_equal_variants_hardly_ever_one_is_told_apart(count: int) -> None:
    wrong = sum(any(each.verdict != "undecided" for each in verdicts(shown)) for shown in worlds([0.7] * 9, 200, count))
    assert wrong / count <= at_most(0.05, count)


@pytest.mark.parametrize("count", COUNTS)
def test_a_better_variant_is_found_as_often_as_by_mcnemars_mid_p_test(count: int) -> None:
    found = reference = 0
    for shown in worlds([0.70, 0.78], 300, count):
        b, c = int((shown[1] & ~shown[0]).sum()), int((shown[0] & ~shown[1]).sum())
        n, fewer = b + c, min(b, c)
        reference += b > c and 2 * binom.cdf(fewer, n, 0.5) - binom.pmf(fewer, n, 0.5) < 0.05
        found += verdicts(shown)[0].verdict == "better"
    assert found >= reference and reference > 0.4 * count


# --- until it is decided ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", COUNTS)
def test_looking_after_every_item_tells_equal_variants_apart_hardly_ever(tmp_path: Path, count: int) -> None:
    made = shared(tmp_path, 2, 400, UNTIL)
    found = [played(made, shown)[1].against[0].judged.verdict for shown in worlds([0.7, 0.7], 400, count)]
    assert (found.count("better") + found.count("worse")) / count <= at_most(0.05, count)


@pytest.mark.parametrize("count", [8, pytest.param(400, marks=pytest.mark.slow)])
def test_looking_at_eight_equal_variants_tells_one_apart_hardly_ever(tmp_path: Path, count: int) -> None:
    made = shared(tmp_path, 9, 300, UNTIL)
    wrong = sum(
        any(each.judged.verdict != "undecided" for each in played(made, shown)[1].against)
        for shown in worlds([0.7] * 9, 300, count)
    )
    assert wrong / count <= at_most(0.05, count)


@pytest.mark.parametrize("count", COUNTS)
def test_what_is_really_better_is_found_more_often_and_with_fewer_items_than_a_fixed_number(
    tmp_path: Path, count: int
) -> None:
    """234 items find ten points among 30 % discordant ones in four of five runs (`items_for`)."""
    made = shared(tmp_path, 2, 1_000, UNTIL)
    found, fixed, items, covered = 0, 0, [], 0
    for shown in worlds([0.65, 0.75], 1_000, count, overlap=0.6):
        judged = played(made, shown)[1].against[0].judged
        found += judged.verdict == "better"
        fixed += verdicts(shown[:, :234])[0].verdict == "better"
        items.append(judged.comparison.difference.n)
        covered += 0.10 in judged.comparison.difference.interval
    print(f"found {found / count:.3f}, a fixed number {fixed / count:.3f}; items {np.median(items)}, {np.mean(items)}")
    assert found >= fixed and found > 0.9 * count
    assert covered / count >= 1 - at_most(0.05, count)
    if count >= 400:
        assert np.median(items) < 234


# --- a race -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [12, pytest.param(400, marks=pytest.mark.slow)])
def test_a_race_takes_a_third_of_the_calls_and_loses_half_a_point_at_most(tmp_path: Path, count: int) -> None:
    made = shared(tmp_path, 17, 500, RACE)
    regrets, fulls, calls = [], [], []
    random = np.random.default_rng(7)
    for seed in range(count):
        truth = np.clip(random.normal(0.7, 0.03, 17), 0.5, 0.9)
        shown = world(list(truth), 500, seed=seed)
        raced, _ = played(made, shown)
        assert isinstance(raced, Race) and raced.winner is not None
        best = truth[1:].max()
        regrets.append(best - truth[raced.winner])
        fulls.append(best - truth[1 + shown[1:].mean(axis=1).argmax()])
        calls.append(raced.board.count / shown.size)
    print(f"calls {np.mean(calls):.3f}, regret {100 * np.mean(regrets):.2f}, of all {100 * np.mean(fulls):.2f} points")
    assert max(calls) <= 0.35
    extra = np.array(regrets) - np.array(fulls)
    luck = 0.0 if count >= 400 else 3 * extra.std() / sqrt(count)
    assert extra.mean() < 0.005 + luck


@pytest.mark.parametrize("count", [20, pytest.param(400, marks=pytest.mark.slow)])
def test_the_winner_among_equal_variants_is_not_called_better_and_its_mean_is_honest(
    tmp_path: Path, count: int
) -> None:
    made = shared(tmp_path, 9, 300, RACE)
    wrong, drops, honest = 0, [], []
    for shown in worlds([0.7] * 9, 300, count):
        course = played(made, shown)[1]
        wrong += course.against[0].judged.verdict != "undecided"
        drops.append(course.data["race"]["drop"])
        honest.append(course.data["race"]["mean_on_fresh_items"])
    print(f"wrong {wrong / count:.3f}, drop {np.mean(drops):.3f}, on fresh items {np.mean(honest):.3f}")
    assert wrong / count <= at_most(0.05, count)
    assert np.mean(drops) > 0.01
    assert abs(np.mean(honest) - 0.7) < 3 * np.std(honest) / sqrt(count)
