"""Items of known sets: read from files in the form of their origins, and written as the ready suites read them."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from chatbot.evaluation.dataset import read_dataset
from chatbot.evaluation.suite import read_suite

FOLDER = Path(__file__).parents[2] / "eval/suites"
PROGRAM = runpy.run_path(str(FOLDER / "prepare.py"))

CLONE = {
    "dataset/grade-school-math/test.jsonl": '{"question": "2 and 1,000?", "answer": "2+1,000=1,002\\n#### 1,002"}\n',
    "dataset/SVAMP/SVAMP.json": '[{"ID": "chal-1", "Body": "Six hens.", "Question": "How many?", "Answer": 6.0}]',
    "dataset/MultiArith/MultiArith.json": '[{"iIndex": 4, "sQuestion": " How many? ", "lSolutions": [39.0]}]',
    "dataset/AQuA/test.json": '{"question": "1+1?", "options": ["A)1", "B)2"], "rationale": "So.", "correct": "B"}\n',
    "dataset/CommonsenseQA/dev_rand_split.jsonl": json.dumps({
        "id": "a1", "answerKey": "B",
        "question": {"stem": "Milk?", "choices": [{"label": "A", "text": "sky"}, {"label": "B", "text": "shop"}]},
    }) + "\n",
    "dataset/StrategyQA/task.json": '{"examples": [{"input": "A pear? ", "target_scores": {"Yes": 0, "No": 1}}]}',
    "dataset/last_letters/last_letters.json": '{"examples": [{"question": "Blue Moon?", "answer": "en"}]}',
    "dataset/coin_flip/coin_flip.json": '{"examples": [{"question": "Still heads up?", "answer": "yes"}]}',
    "xquad.en.json": json.dumps({"data": [{"paragraphs": [{"context": "Oslo lies in Norway.", "qas": [
        {"id": "q1", "question": "Where is Oslo?", "answers": [{"text": "Norway"}, {"text": "Norway"}]}
    ]}]}]}),
    "b/bfcl_eval/data/BFCL_v4_multiple.json": '{"id": "multiple_0", "question": [[]], "function": []}\n',
    "b/bfcl_eval/data/possible_answer/BFCL_v4_multiple.json": '{"id": "multiple_0", "ground_truth": [{"f": {}}]}\n',
    "b/bfcl_eval/data/BFCL_v4_irrelevance.json": '{"id": "irrelevance_0", "question": [[]], "function": []}\n',
    "b/bfcl_eval/data/BFCL_v4_live_multiple.json": '{"id": "live_multiple_0", "question": [[]], "function": []}\n',
}  # fmt: skip
"""Items of ours, in the forms of the origins."""


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    for name, text in CLONE.items():
        path = tmp_path / "clone" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    PROGRAM["prepare"](tmp_path / "clone", tmp_path / "data")
    return tmp_path / "data"


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_ready_suites_find_what_they_look_for(prepared: Path, tmp_path: Path) -> None:
    found = 0
    (tmp_path / "suites").mkdir()
    for path in FOLDER.glob("*.yaml"):
        suite = tmp_path / "suites" / path.name
        suite.write_bytes(path.read_bytes())
        source = read_suite(suite).dataset
        if "/../data/" in source.path.as_posix() and path.stem not in ("cranfield", "cisi"):
            found += len(read_dataset(source).items) > 0
    assert found == 11


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("gsm8k/items.jsonl", "answer", "1002"),
        ("svamp/items.jsonl", "question", "Six hens. How many?"),
        ("multiarith/items.jsonl", "answer", "39.0"),
        ("aqua/items.jsonl", "choices", ["A)1", "B)2"]),
        ("commonsenseqa/items.jsonl", "choices", ["A) sky", "B) shop"]),
        ("strategyqa/items.jsonl", "answer", "no"),
        ("last_letters/items.jsonl", "answer", "en"),
        ("coin_flip/items.jsonl", "id", "coin-0"),
        ("xquad_en/questions.jsonl", "answers", ["Norway"]),
        ("xquad_en/corpus.jsonl", "text", "Oslo lies in Norway."),
    ],
)
def test_a_row_says_what_its_origin_says(prepared: Path, name: str, field: str, value: object) -> None:
    (row,) = rows(prepared / name)
    assert row[field] == value


def test_a_question_names_its_passage(prepared: Path) -> None:
    (question,), (passage,) = (rows(prepared / f"xquad_en/{name}.jsonl") for name in ("questions", "corpus"))
    assert question["passage"] == passage["id"]


def test_calls_come_from_the_folder_beside_and_an_item_without_any_is_left_out(prepared: Path) -> None:
    found = {str(row["id"]): row["ground_truth"] for row in rows(prepared / "bfcl/items.jsonl")}
    assert found == {"multiple_0": [{"f": {}}], "irrelevance_0": None}


def test_a_folder_without_any_of_them_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert PROGRAM["main"]([str(tmp_path)]) == 1
    assert "nothing here is known" in capsys.readouterr().err
