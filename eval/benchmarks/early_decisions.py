"""What stopping early saves and costs, in a world in which the truth is known.

    python eval/benchmarks/early_decisions.py [--runs 400]

Prints, over so many simulated runs of each kind: how often equal variants are told apart, by McNemar's test after all
items, by the same test looked at after every ten of them, and by the always-valid test looked at after every one; how
often a variant that is better by so much is found, and after how many items; and which part of the calls a race takes,
and how many points it loses.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from chatbot.evaluation.deciding import SHARE, Deciding
from chatbot.evaluation.schedule import Race
from chatbot.evaluation.statistics.discordance import mcnemar
from chatbot.evaluation.statistics.verdict import Judged, compare, judge
from chatbot.evaluation.summary import Against

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "evaluation"))

from simulated_world import World, bench, oracles, played, world

ITEMS = 500
UNTIL = Deciding(until_decided=True)


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=400, help="simulated runs of each kind")
    runs = parser.parse_args().runs
    print(f"equal variants of .70, {ITEMS} items: share of {runs} runs in which one is told apart")
    for others in (1, 8):
        equal(others, runs)
    print(f"a better variant than one of .65, at most 1,000 items: share of {runs} runs in which it is found")
    for points in (5, 10, 15):
        better(points, runs)
    for variants in (8, 16, 32):
        race(variants, runs)


def equal(others: int, runs: int) -> None:
    """False finds."""
    accuracies = [0.7] * (others + 1)
    worlds = [world(accuracies, ITEMS, seed=seed) for seed in range(runs)]
    asked = [any(each.verdict != "undecided" for each in fixed(shown)) for shown in worlds]
    looked = [any(peeked(shown[0], row) for row in shown[1:]) for shown in worlds]
    until = [any(each.judged.verdict != "undecided" for each in found) for found in decided(worlds)]
    line = f"  {others} beside the baseline: after all items {np.mean(asked):.1%}"
    print(f"{line}, McNemar after every ten {np.mean(looked):.1%}, until decided {np.mean(until):.1%}")


def better(points: int, runs: int) -> None:
    """True finds."""
    worlds = [world([0.65, 0.65 + points / 100], 1_000, overlap=0.6, seed=seed) for seed in range(runs)]
    found = [against[0].judged for against in decided(worlds)]
    items = [each.comparison.difference.n for each in found]
    same = int(np.mean(items))
    at_mean = [fixed(shown[:, :same])[0].verdict == "better" for shown in worlds]
    after_all = [fixed(shown)[0].verdict == "better" for shown in worlds]
    share = np.mean([each.verdict == "better" for each in found])
    print(
        f"  by {points} points: until decided {share:.1%} (items: median {np.median(items):.0f}, mean {same}); "
        f"McNemar after {same} items {np.mean(at_mean):.1%}, after all {np.mean(after_all):.1%}"
    )


def race(variants: int, runs: int) -> None:
    """Calls and points lost by a race."""
    random = np.random.default_rng(7)
    calls, lost, full = [], [], []
    shape = np.zeros((variants + 1, ITEMS), dtype=bool)
    with tempfile.TemporaryDirectory() as folder:
        made = bench(Path(folder), shape, oracles(shape), Deciding(race=SHARE))
        for seed in range(runs):
            truth = np.clip(random.normal(0.7, 0.03, variants + 1), 0.5, 0.9)
            shown = world(list(truth), ITEMS, seed=seed)
            raced, _ = played(made, shown)
            assert isinstance(raced, Race) and raced.winner is not None
            calls.append(raced.board.count / shown.size)
            lost.append(truth[1:].max() - truth[raced.winner])
            full.append(truth[1:].max() - truth[1 + shown[1:].mean(axis=1).argmax()])
    print(
        f"a race of {variants}, {ITEMS} items: {np.mean(calls):.1%} of the calls; it loses {100 * np.mean(lost):.2f} "
        f"points, all calls lose {100 * np.mean(full):.2f}"
    )


def fixed(shown: World) -> list[Judged]:
    """The verdicts after all items."""
    rows = shown.astype(float)
    return judge([compare(row, rows[0]) for row in rows[1:]])


def peeked(one: World, two: World) -> bool:
    """Whether McNemar's test is below .05 at any of many looks."""
    b, c = np.cumsum(one & ~two), np.cumsum(two & ~one)
    return any(mcnemar(int(b[at]), int(c[at])).p < 0.05 for at in range(9, len(one), 10))


def decided(worlds: Sequence[World]) -> list[Sequence[Against]]:
    """What runs come to that stop once they are decided."""
    shape = np.zeros_like(worlds[0])
    with tempfile.TemporaryDirectory() as folder:
        made = bench(Path(folder), shape, oracles(shape), UNTIL)
        return [played(made, shown)[1].against for shown in worlds]


if __name__ == "__main__":
    main()
