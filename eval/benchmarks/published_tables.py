"""Prompts, strategies and models over the ready suites, with the figures of papers beside ours.

    python eval/benchmarks/published_tables.py --model http://127.0.0.1:8000/v1#NAME [--model …]
    python eval/benchmarks/published_tables.py --model … --suite gsm8k --suite svamp --limit 200 --budget 2.50

Every ready suite that papers give figures for (`../published.yaml`) is run for every model; a run that was stopped goes
on. Most of the models in those papers can no longer be called, so two things are printed: where a model is one of
theirs, whether its accuracy is consistent; and for every model whether the gain of one strategy over another is.
Consistent means that the interval of the difference between theirs and ours holds 0, which for two hundred items says
little: the interval stands beside the word. Data are looked for in ../data and in ../../../shared/data.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import yaml

from chatbot import Chatbot, portal
from chatbot.errors import ChatbotError
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.opening import bench_of
from chatbot.evaluation.run import Bench, run
from chatbot.evaluation.scored import summary_of
from chatbot.evaluation.statistics.independent import difference_of
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.statistics.proportions import wilson
from chatbot.evaluation.suite import Suite, read_suite
from chatbot.models.purse import Caps

HERE = Path(__file__).parent
SUITES = HERE / "../suites"
PUBLISHED = HERE / "../published.yaml"
ELSEWHERE = HERE / "../../../shared/data"
ORDER = ("zero_shot", "few_shot", "zero_shot_cot", "few_shot_cot", "self_consistency")
"""Strategies, the plainer first: a gain is that of a later one over an earlier one."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a paper says of a model with a strategy on one set."""

    source: str
    model: str
    strategy: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Ours:
    """A suite that was run for a model."""

    bench: Bench
    run_id: str

    @property
    def strategies(self) -> Mapping[str, str]:
        """Names of variants by their strategy; of two with the same the first."""
        named = [(each.strategy.name, each.name) for each in self.bench.contenders]
        return dict(reversed(named))

    def accuracy(self, strategy: str) -> Estimate | None:
        """Of the variant with a strategy."""
        summary = summary_of(self.bench, self.run_id, metrics_of(self.bench))
        name = self.strategies[strategy]
        return next(each.estimate for each in summary.variants if each.name == name)

    def gain(self, before: str, after: str) -> Estimate | None:
        """Of one strategy over another, paired by item; None where no item has a score from both."""
        suite = replace(self.bench.suite, baseline=self.strategies[before])
        summary = summary_of(replace(self.bench, suite=suite), self.run_id, metrics_of(self.bench))
        name = self.strategies[after]
        return next((each.judged.comparison.difference for each in summary.against if each.name == name), None)


def published(path: Path, suite: str) -> list[Published]:
    """All that papers say of a set."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        Published(table["source"], row["model"], row["strategy"], _accuracy(row[suite] / 100, data["items"][suite]))
        for table in data["tables"]
        for row in table["rows"]
        if suite in row
    ]


def _accuracy(share: float, n: int) -> Estimate:
    """Of so many items, to the nearest item."""
    return Estimate(share, wilson(round(share * n), n), n)


def with_data(suite: Suite) -> Suite | None:
    """The suite with its data where they lie; None where they are not here."""
    places = (suite.dataset.path, ELSEWHERE / suite.dataset.path.parent.name / suite.dataset.path.name)
    found = next((each for each in places if each.is_file()), None)
    return replace(suite, dataset=replace(suite.dataset, path=found)) if found else None


def measured(suite: Suite, bot: Chatbot) -> Ours:
    """Runs a suite to its end, or to its budget."""
    bench = bench_of(suite, bot)
    return Ours(bench, portal.call(run(bench)).id)


def lines(ours: Ours, spec: str, rows: Sequence[Published]) -> Iterator[str]:
    """Our accuracies, then theirs beside ours: accuracies of the same model, and gains."""
    for strategy in sorted(ours.strategies, key=_place):
        if found := ours.accuracy(strategy):
            yield f"  {strategy}: {_percent(found)}, n {found.n}"
            same = [row for row in rows if row.strategy == strategy and is_same_model(spec, row.model)]
            yield from (f"    {_beside(found, row.estimate)}  {row.model}, {row.source}" for row in same)
    for (before, after), pairs in gains(rows).items():
        found = ours.gain(before, after) if {before, after} <= ours.strategies.keys() else None
        if found:
            yield f"  {before} to {after}: {_percent(found, '+')}"
            for one, two in pairs:
                yield f"    {_beside(found, difference_of(two.estimate, one.estimate))}  {one.model}, {one.source}"


def gains(rows: Sequence[Published]) -> Mapping[tuple[str, str], list[tuple[Published, Published]]]:
    """Figures of a paper on one model with two strategies, the plainer first, by these."""
    groups: dict[tuple[str, str], list[Published]] = {}
    for row in rows:
        groups.setdefault((row.source, row.model), []).append(row)
    found: dict[tuple[str, str], list[tuple[Published, Published]]] = {}
    for group in groups.values():
        for one, two in pairwise(sorted(group, key=lambda row: _place(row.strategy))):
            found.setdefault((one.strategy, two.strategy), []).append((one, two))
    return found


def is_same_model(spec: str, name: str) -> bool:
    """Whether the model that a spec names is the one that a paper names."""
    return spec.casefold().replace("/", "#").replace(":", "#").endswith(f"#{name.casefold()}")


def _beside(ours: Estimate, theirs: Estimate) -> str:
    apart = difference_of(ours, theirs)
    word = "consistent    " if 0.0 in apart.interval else "not consistent"
    return f"{word}  {theirs.value:+7.1%} there, apart by {_percent(apart, '+')}"


def _percent(found: Estimate, sign: str = "") -> str:
    return f"{found.value:{sign}.1%} [{found.interval.low:{sign}.1%}, {found.interval.high:{sign}.1%}]"


def _place(strategy: str) -> int:
    return ORDER.index(strategy) if strategy in ORDER else len(ORDER)


def main() -> None:
    """Runs what was asked for and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", required=True, help="spec; may be given several times")
    parser.add_argument("--suite", action="append", help="name of a ready suite; all with published figures by default")
    parser.add_argument("--limit", type=int, help="items of each suite")
    parser.add_argument("--budget", type=float, help="dollars for each suite and model")
    parser.add_argument("--published", type=Path, default=PUBLISHED, help="tables to compare with")
    chosen = parser.parse_args()
    known = yaml.safe_load(chosen.published.read_text(encoding="utf-8"))["items"]
    for name in chosen.suite or known:
        suite = with_data(read_suite(SUITES / f"{name}.yaml"))
        if suite is None:
            print(f"{name}: the data are not here, see eval/suites/README.md")
            continue
        limited = replace(suite.dataset, limit=chosen.limit or suite.dataset.limit)
        suite = replace(suite, dataset=limited, caps=Caps(dollars=chosen.budget) if chosen.budget else suite.caps)
        for spec in chosen.model:
            print(f"{name}, {spec}")
            with Chatbot(spec, knowledge=None) as bot:
                print(*lines(measured(suite, bot), spec, published(chosen.published, name)), sep="\n")


if __name__ == "__main__":
    try:
        main()
    except ChatbotError as error:
        raise SystemExit(f"{error.message}: {error.hint}") from None
