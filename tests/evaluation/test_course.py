"""How a run went that stops by itself, at a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from benches import bench
from chat_server import ChatServer, says

from chatbot.errors import ProjectError
from chatbot.evaluation.course import foretold, schedule_of
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.run import Bench, begun, run
from chatbot.evaluation.scored import summary_of
from chatbot.evaluation.suite import read_suite
from chatbot.evaluation.summary import Summary
from chatbot.evaluation.summary_data import as_data
from chatbot.evaluation.table import headline, notes

Start = Callable[..., ChatServer]


def ran(made: Bench) -> Summary:
    """A whole run, and what it comes to."""
    metrics = metrics_of(made)
    record = begun(made)
    ended = asyncio.run(run(made, schedule=schedule_of(made, record.id, metrics[0])))
    assert ended.id == record.id and ended.ended is not None
    return summary_of(made, record.id, metrics)


def test_a_run_that_asks_everything_has_no_course(tmp_path: Path, chat_server: Start) -> None:
    assert ran(bench(tmp_path, chat_server(says("4")))).course is None


def test_what_is_decided_is_told_by_the_test_that_allows_to_look(tmp_path: Path, chat_server: Start) -> None:
    # the server says the same to everybody: with a margin that is soon shown
    made = bench(tmp_path, chat_server(says("4")), items=300, more="until_decided: true\nmargin: 0.1\n")
    made = replace(made, suite=replace(made.suite, concurrency=1))  # of many, one that is late lets more be asked
    found = ran(made)
    assert found.course is not None and found.missing == 0
    (against,) = found.against
    assert (against.judged.verdict, against.judged.comparison.test.method) == ("equivalent", "always-valid")
    n = against.judged.comparison.difference.n
    assert n < 100 and f"steps is decided after {n} items" in found.course.lines
    assert not any("McNemar" in line for line in notes(found))
    assert as_data(found)["stopped"] == [{"variant": "steps", "items": n, "settled": True}]
    asked = sum(sum(each.statuses.values()) for each in found.variants)
    assert 2 * n <= asked <= 2 * n + 1


def test_what_all_items_do_not_decide_is_undecided_and_says_so(tmp_path: Path, chat_server: Start) -> None:
    found = ran(bench(tmp_path, chat_server(says("4")), more="until_decided: true\n"))
    assert found.against[0].judged.verdict == "undecided"
    assert found.course is not None and "steps is not yet decided after 12 items" in found.course.lines


def test_until_it_is_narrow_ordinary_statistics_hold(tmp_path: Path, chat_server: Start) -> None:
    found = ran(bench(tmp_path, chat_server(says("4")), items=200, more="until_width: 0.05\n"))
    comparison = found.against[0].judged.comparison
    assert comparison.test.method.startswith("McNemar") and comparison.difference.n < 60
    assert comparison.difference.interval.half_width <= 0.05


RACE = """\
dataset: {path: items.jsonl}
variants:
%s
scorers: [{kind: answer}]
"""


def race_bench(folder: Path, server: ChatServer, *, more: str = "race: true\n", items: int = 30) -> Bench:
    """Six variants, which differ in nothing but their temperature."""
    made = bench(folder, server, items=items)
    listed = "\n".join(
        f'  - {{name: v{n}, prompt: direct.prompty, model: "{server.url}#m", parameters: {{temperature: 0.{n}}}}}'
        for n in range(6)
    )
    (folder / "suite.yaml").write_text(RACE % listed + more, encoding="utf-8")
    from benches import no_documents

    from chatbot.evaluation.contender import contenders_of
    from chatbot.evaluation.dataset import read_dataset
    from chatbot.models.connect import connect

    suite = read_suite(folder / "suite.yaml")
    contenders = contenders_of(suite, lambda spec: connect(spec or "extractive"), no_documents)
    return Bench(suite, read_dataset(suite.dataset), contenders, made.journal)


def test_a_race_compares_its_winner_alone_and_on_fresh_items(tmp_path: Path, chat_server: Start) -> None:
    made = race_bench(tmp_path, chat_server(says("4")))
    assert foretold(made, metrics_of(made)[0]) == "The race asks 78 of these 180 cells at most, 43%."
    found = ran(made)
    (against,) = found.against
    assert (against.name, against.judged.comparison.difference.n) == ("v1", 10)
    assert found.course is not None
    race = found.course.data["race"]
    assert (race["winner"], race["fresh_items"]) == ("v1", 10)
    assert race["drop"] == pytest.approx(race["mean_in_race"] - race["mean_on_fresh_items"])
    estimates = {each.name: each.estimate for each in found.variants}
    assert estimates["v1"] is not None and estimates["v1"].n == 10
    assert estimates["v1"].value == pytest.approx(race["mean_on_fresh_items"])
    verdicts = {row[0]: row[5] for row in headline(found).rows}
    assert verdicts["v0"] == "baseline" and verdicts["v5"] == "lost race"
    assert any("only these count for it" in line for line in notes(found))


def test_a_race_may_be_proved_until_it_is_decided(tmp_path: Path, chat_server: Start) -> None:
    more = "race: 0.2\nuntil_decided: true\nmargin: 0.1\n"
    found = ran(race_bench(tmp_path, chat_server(says("4")), items=120, more=more))
    comparison = found.against[0].judged.comparison
    assert comparison.test.method == "always-valid" and comparison.difference.n < 100


def test_too_few_items_for_a_race_are_refused(tmp_path: Path, chat_server: Start) -> None:
    made = race_bench(tmp_path, chat_server(says("4")), items=3)
    with pytest.raises(ProjectError, match="3 items are too few for a race of 5 variants and its proof"):
        schedule_of(made, begun(made).id, metrics_of(made)[0])


@pytest.mark.parametrize(
    ("scorer", "reason"),
    [
        ("{kind: latency}", "its scores are not between 0 and 1"),
        ("{kind: rubric, rubric: Right}", "judges are asked once"),
    ],
)
def test_a_run_cannot_stop_by_what_it_does_not_know_yet_or_what_has_no_bounds(
    tmp_path: Path, chat_server: Start, scorer: str, reason: str
) -> None:
    made = bench(tmp_path, chat_server(says("4")), more="until_decided: true\n")
    (tmp_path / "suite.yaml").write_text(
        (tmp_path / "suite.yaml").read_text().replace("{kind: answer}", scorer), encoding="utf-8"
    )
    made = replace(made, suite=read_suite(tmp_path / "suite.yaml"))
    with pytest.raises(ProjectError, match=reason):
        schedule_of(made, begun(made).id, metrics_of(made)[0])


def test_a_single_variant_is_asked_until_it_is_known_well_enough(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")), items=300, more="until_width: 0.05\n")
    made = replace(made, contenders=made.contenders[:1])
    found = ran(made)
    (only,) = found.variants
    assert found.against == () and only.estimate is not None and only.estimate.n < 150
    assert only.estimate.interval.half_width <= 0.05


def test_clusters_are_decided_by_as_a_whole(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")), items=120, more="until_decided: true\nmargin: 0.2\n")
    items = tuple(replace(item, cluster=str(place // 3)) for place, item in enumerate(made.dataset.items))
    suite = replace(made.suite, dataset=replace(made.suite.dataset, cluster="document"))
    found = ran(replace(made, suite=suite, dataset=replace(made.dataset, items=items)))
    comparison = found.against[0].judged.comparison
    assert found.against[0].judged.verdict == "equivalent"
    assert comparison.difference.n % 3 == 0 and 3 * 20 <= comparison.difference.n < 120
