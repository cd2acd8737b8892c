"""The items for the page's browser: the most telling first, as many as fit, whatever they hold."""

from __future__ import annotations

import base64
import json
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from reported import HOSTILE, reported

from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.report.items import HELD, LONG, PART, Browsed, Course, _once, browsed, courses, pack, snippet
from chatbot.evaluation.scored import reading, scored


def unpacked(text: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(text)))


def whole(value: Any, texts: list[str]) -> Any:
    """As the page's script puts it together."""
    match value:
        case str():
            return texts[int(value[1:])] if value.startswith(HELD) else value
        case list():
            return [whole(each, texts) for each in value]
        case dict():
            return {key: whole(each, texts) for key, each in value.items()}
    return value


def items_of(found: Browsed) -> list[dict[str, Any]]:
    parts = [unpacked(part) for part in found.parts]
    return [item for part in parts for item in whole(part["told"], part["texts"])]


def of_run(folder: Path, *, items: int = 30, most: int = 10**9) -> Browsed:
    bench, record = reported(folder, items=items)
    scorers = metrics_of(bench)[0].scorers
    course = courses(scored(bench, record.id, scorers), len(bench.contenders))
    read = reading(bench, record.id, scorers)
    return browsed(bench.dataset.items, course, read, bench.journal.trace, most=most)


def test_every_item_is_there_with_all_that_came_of_it(tmp_path: Path) -> None:
    found = of_run(tmp_path)
    items = items_of(found)
    assert (found.shown, found.items, len(items)) == (30, 30, 30)
    for item in items:
        assert len(item["cells"]) == 4
        assert all(cell["effects"][0]["kind"] == "generate" for cell in item["cells"])


def test_items_on_which_variants_differ_come_first(tmp_path: Path) -> None:
    rows = unpacked(of_run(tmp_path).index)
    differ = [len({end for end, _ in row[3]}) > 1 for row in rows]  # type: ignore[index]
    assert differ == sorted(differ, reverse=True) and any(differ) and not all(differ)


def test_a_page_that_is_full_says_how_many_items_it_holds(tmp_path: Path) -> None:
    found = of_run(tmp_path, items=120, most=1)
    assert (found.shown, found.items, len(found.parts)) == (PART, 120, 1)


def test_a_text_that_comes_again_is_held_once(tmp_path: Path) -> None:
    part = unpacked(of_run(tmp_path).parts[0])
    assert len(part["texts"]) == len(set(part["texts"]))
    assert all(len(text) >= LONG or text.startswith(HELD) for text in part["texts"])


def test_words_that_mean_harm_are_kept_as_they_are(tmp_path: Path) -> None:
    found = of_run(tmp_path)
    assert not any("<" in part for part in found.parts)
    questions = " ".join(item["fields"]["question"] for item in items_of(found))
    assert all(end in questions for end in HOSTILE)


HARD = st.text(st.sampled_from("\x01ab\ud800<&"), max_size=80) | st.text(min_size=LONG)


TOLD = st.recursive(
    HARD | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(HARD, inner, max_size=5),
)


@given(TOLD)
def test_whatever_is_held_once_comes_back(told: object) -> None:
    kept = _once(told)
    assert whole(kept["told"], kept["texts"]) == told  # type: ignore[arg-type]


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
