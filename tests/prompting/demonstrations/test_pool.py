"""A pool is checked row by row, and every mistake has its line."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ('{"question": "good", "answer": "2"}', "asks what line 1 asks, and gives another answer"),
        ('{"question": "x", "answer": "1", "id": "a"}', "the id 'a' is that of line 1"),
        ('{"question": "x", "answer": "  "}', "the row has no answer"),
        ('{"question": "x", "answer": "1", "label": 1}', "label must be text"),
        ('{"question": "x", "question": "y", "answer": "1"}', "given twice: question"),
        ('{"question": "x", "answer": "1", "level": NaN}', "NaN is no number of JSON"),
        ('{"question": "x", "answer": "1", "level": 1%s}' % ("0" * 5000), "more than 1,000 digits"),
        ('{"question": "\\ud800", "answer": "1"}', "half of a character"),
        ("[" * 100_000, "nested too deeply"),
        ("// a comment", "this is not JSON: Expecting value at column 1"),
    ],
)
def test_every_mistake_is_told_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(PromptError, match=rf"pool\.jsonl:2: .*{said}"):
        pool_of(tmp_path, '{"question": "good", "answer": "1", "id": "a"}', line)


def test_the_first_mistakes_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(PromptError) as caught:
        pool_of(tmp_path, *["{"] * 9)
    told = caught.value.message.split("\n")
    assert [line.removeprefix(str(tmp_path)).split(" ")[0] for line in told[:-1]] == [
        f"/pool.jsonl:{number}:" for number in range(1, 6)
    ]
    assert told[-1] == "and 4 more"


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "windows.jsonl"
    path.write_bytes(
        '\ufeff{"question": "a\u2028b", "answer": "1"}\r\n\r\n{"question": "c", "answer": ""}\r\n'.encode()
    )
    with pytest.raises(PromptError, match=r"windows\.jsonl:3: the row has no answer"):
        read_pool(path, INPUTS)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@given(st.dictionaries(texts, texts, min_size=1, max_size=8))
def test_what_was_written_is_read_and_the_order_changes_the_hash(rows: dict[str, str]) -> None:
    lines = [json.dumps({"question": question, "answer": answer}) for question, answer in rows.items()]
    with tempfile.TemporaryDirectory() as folder:
        pool, backwards = pool_of(Path(folder), *lines), pool_of(Path(folder), *lines[::-1])
    assert [(row.inputs["question"], row.answer) for row in pool.rows] == list(rows.items())
    assert pool.rows[::-1] == tuple(replace(row, line=len(rows) + 1 - row.line) for row in backwards.rows)
    assert (pool.hash == backwards.hash) == (len(rows) == 1)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_a_file_holds_it_is_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pool.jsonl"
        path.write_bytes(content)
        with contextlib.suppress(PromptError):
            assert read_pool(path, INPUTS).rows


def test_a_pool_that_is_empty_or_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="holds no demonstrations"):
        pool_of(tmp_path, "")
    with pytest.raises(NotFoundError, match="no file can have this name"):
        read_pool(tmp_path / "a\0b", INPUTS)
    with pytest.raises(PromptError, match="cannot be read"):
        read_pool(tmp_path, INPUTS)
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
