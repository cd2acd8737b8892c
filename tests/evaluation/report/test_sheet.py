"""The page's tables: what stands in them, and what is left out where there is nothing to say."""

from __future__ import annotations

import re
from pathlib import Path

from reported import SKILL, reported
from test_summary import grid, layout

from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.report.figures import Measure
from chatbot.evaluation.report.sheet import measures, table, tags, taken, variants
from chatbot.evaluation.scored import summary_of
from chatbot.evaluation.summary import Summary, summarise


def of_run(folder: Path, more: str = "") -> Summary:
    bench, record = reported(folder, items=40, more=more)
    return summary_of(bench, record.id, metrics_of(bench))


def cells(markup: str) -> list[list[str]]:
    rows = re.findall(r'<tr role="row">(.*?)</tr>', markup)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def test_a_table_names_its_rows_and_labels_its_cells_for_narrow_screens() -> None:
    assert cells(table(["A", "B"], [["one", ""], ["<b>", "2"]])) == [["A", "B"], ["one", "–"], ["&lt;b&gt;", "2"]]
    assert '<td data-label="B" role="cell">2</td>' in table(["A", "B"], [["x", "2"]])


def test_each_variant_has_its_mean_its_interval_and_its_verdict(tmp_path: Path) -> None:
    head, *rows = cells(variants(of_run(tmp_path), Measure("number")))
    assert head[2] == "number" and [row[0] for row in rows] == list(SKILL)
    assert rows[0][5] == "baseline" and {row[5] for row in rows[1:]} <= {"better", "worse", "undecided", "incomplete"}


def test_what_an_item_takes_has_intervals(tmp_path: Path) -> None:
    _, first, second, *_ = cells(taken(of_run(tmp_path)))
    assert re.fullmatch(r"\$0\.0\d+ \[\$0\.0\d+, \$0\.0\d+\]", first[1])
    assert first[5] == "–" and re.fullmatch(r"[\d.]+ \[[\d.]+, [\d.]+\]", second[5])


def test_tags_stand_beside_each_other_by_variant(tmp_path: Path) -> None:
    head, *rows = cells(tags(of_run(tmp_path), Measure("number")))
    assert head == ["Tag", "Items", *SKILL] and [row[:2] for row in rows] == [["small", "20"], ["large", "20"]]


def test_without_further_measures_there_is_no_table() -> None:
    assert measures(summarise(grid("++", "+-"), layout("ab", 2))) is None
