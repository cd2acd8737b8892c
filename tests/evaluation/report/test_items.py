"""The items for the page's browser: the most telling first, as many as fit, whatever they hold."""

from __future__ import annotations

import base64
import json
import zlib
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from reported import HOSTILE, reported

from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.report.items import Browsed, Course, browsed, courses, pack, snippet
from chatbot.evaluation.scored import scored


def unpacked(text: str) -> list[object]:
    found: list[object] = json.loads(zlib.decompress(base64.b64decode(text)))
    return found


def of_run(folder: Path, *, items: int = 30, most: int = 1_000) -> Browsed:
    bench, record = reported(folder, items=items)
    scorers = metrics_of(bench)[0].scorers
    course = courses(scored(bench, record.id, scorers), len(bench.contenders))
    return browsed(bench.dataset.items, course, scored(bench, record.id, scorers), bench.journal.trace, most=most)


def test_every_item_is_there_with_all_that_came_of_it(tmp_path: Path) -> None:
    found = of_run(tmp_path)
    items = [item for part in found.parts for item in unpacked(part)]
    assert (found.shown, found.items, len(items)) == (30, 30, 30)
    for item in items:
        assert isinstance(item, dict) and len(item["cells"]) == 4
        assert all(cell["effects"][0]["kind"] == "generate" for cell in item["cells"])


def test_items_on_which_variants_differ_come_first(tmp_path: Path) -> None:
    rows = unpacked(of_run(tmp_path).index)
    differ = [len({end for end, _ in row[3]}) > 1 for row in rows]  # type: ignore[index]
    assert differ == sorted(differ, reverse=True) and any(differ) and not all(differ)


def test_no_more_cells_than_a_page_bears_are_held(tmp_path: Path) -> None:
    found = of_run(tmp_path, most=40)
    assert (found.shown, found.items) == (10, 30)


def test_words_that_mean_harm_are_kept_as_they_are(tmp_path: Path) -> None:
    found = of_run(tmp_path)
    told = "".join(zlib.decompress(base64.b64decode(part)).decode() for part in found.parts)
    assert "<script>" not in "".join(found.parts) and "<script>" in json.loads(json.dumps(told))
    assert all(json.dumps(end)[1:-1].split("\\")[0] in told for end in HOSTILE[:3])


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_what_is_packed_is_ascii_letters_and_comes_back(text: str) -> None:
    packed = pack(text)
    assert zlib.decompress(base64.b64decode(packed)).decode() == text
    assert packed.isascii() and "<" not in packed


def test_an_outcome_is_a_word() -> None:
    def outcome(ends: dict[str, int], total: float = 0.0) -> str:
        return Course([Counter(ends)], [total]).outcome(0)  # type: ignore[arg-type]

    assert [outcome({"scored": 2}, total) for total in (0.0, 1.0, 2.0)] == ["wrong", "partly", "right"]
    assert (outcome({}), outcome({"error": 1}), outcome({"error": 1, "scored": 1}, 1.0)) == ("", "error", "mixed")


def test_a_snippet_is_the_question_on_one_line() -> None:
    assert snippet({"id": "a much longer text than the question", "question": "What\n is  it?"}) == "What is it?"
    assert snippet({"body": "x" * 500}).endswith("…") and snippet({"number": 3}) == ""
