"""A pool is checked row by row, and every mistake has its line."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from chatbot.errors import NotFoundError, PromptError
from chatbot.prompting import Input
from chatbot.prompting.demonstrations import Demonstration, Pool, read_pool

INPUTS = {"question": Input("question", required=True), "level": Input("level", "integer")}
EXAMPLES = Path(__file__).parents[3] / "prompts" / "examples"


def pool_of(tmp_path: Path, *lines: str) -> Pool:
    path = tmp_path / "pool.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_pool(path, INPUTS)


def test_rows_hold_inputs_answer_rationale_label_and_id(tmp_path: Path) -> None:
    whole = '{"question": "2 + 2?", "level": 1, "rationale": "Count.", "answer": "4", "label": "sum", "id": "a"}'
    pool = pool_of(tmp_path, whole, "", '{"question": "3?", "answer": "3"}')
    assert pool.rows == (
        Demonstration({"question": "2 + 2?", "level": 1}, "4", "Count.", "sum", "a", 1),
        Demonstration({"question": "3?"}, "3", "", "3", "", 3),
    )


def test_the_hash_changes_with_the_content(tmp_path: Path) -> None:
    one = pool_of(tmp_path, '{"question": "2?", "answer": "2"}').hash
    assert len(one) == 16
    assert pool_of(tmp_path, '{"question": "2?", "answer": "two"}').hash != one


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "this is not JSON"),
        ("[1]", "a row is an object"),
        ('{"question": "x"}', "the row has no answer"),
        ('{"answer": "x"}', "missing: question"),
        ('{"question": "x", "answer": 4}', "answer must be text"),
        ('{"question": "x", "anwser": "4"}', r"unknown key 'anwser' \(did you mean 'answer'"),
        ('{"question": 4, "answer": "4"}', "question must be text, not 4"),
        ('{"question": "x", "answer": "4", "level": "hard"}', "level must be a whole number"),
        ('{"question": "good", "answer": "1"}', "the same as line 1"),
    ],
)
def test_every_mistake_is_told_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(PromptError, match=rf"pool\.jsonl:2: .*{said}"):
        pool_of(tmp_path, '{"question": "good", "answer": "1"}', line)


def test_the_first_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match=r"line 2: .*line 5: ") as caught:
        pool_of(tmp_path, *["{"] * 9)
    assert "line 6" not in caught.value.message


def test_a_pool_that_is_empty_or_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="holds no demonstrations"):
        pool_of(tmp_path, "")
    with pytest.raises(NotFoundError, match="no pool"):
        read_pool(tmp_path / "other.jsonl", INPUTS)
    (tmp_path / "latin.jsonl").write_bytes(b'{"question": "x", "answer": "y"}\n{"question": "\xe9"}\n')
    with pytest.raises(PromptError, match=r"latin\.jsonl:2: this is not UTF-8"):
        read_pool(tmp_path / "latin.jsonl", INPUTS)


# --- the pools that come with the program -----------------------------------------------------------------------------


def test_the_arithmetic_of_the_starter_is_right() -> None:
    rows = [json.loads(line) for line in (EXAMPLES / "arithmetic.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 8
    for row in rows:
        steps = re.findall(r"(\d+) ([-+*/]) (\d+) = (\d+)", row["rationale"])
        for left, sign, right, result in steps:
            first, second = Fraction(left), Fraction(right)
            value = {"+": first + second, "-": first - second, "*": first * second, "/": first / second}[sign]
            assert value == int(result), row["rationale"]
        assert steps[-1][3] == row["answer"]


def test_the_reviews_of_the_starter_are_balanced() -> None:
    rows = [json.loads(line) for line in (EXAMPLES / "sentiment.jsonl").read_text(encoding="utf-8").splitlines()]
    labels = [row["label"] for row in rows]
    assert {labels.count(label) for label in ("positive", "negative", "neutral")} == {4}
    assert all(row["answer"] == row["label"] for row in rows)
