"""Writes the items of known sets to `eval/data/`, as the ready suites read them, from clones of where they come from.

    git clone --depth 1 https://github.com/kojima-takeshi188/zero_shot_cot
    git clone --depth 1 https://github.com/google-deepmind/xquad
    git clone --depth 1 https://github.com/ShishirPatil/gorilla
    python eval/suites/prepare.py zero_shot_cot xquad gorilla

Each file that is known is read where it is found; what a clone does not hold is left out. Nothing is fetched here.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

OUT = Path(__file__).parents[1] / "data"

Row = Mapping[str, object]
Read = Callable[[str], Iterable[Row]]
"""From the text of an origin's file to rows."""

SINGLE_TURN = (
    "simple_python", "multiple", "parallel", "parallel_multiple", "live_simple", "live_multiple", "live_parallel",
    "live_parallel_multiple", "irrelevance",
)  # fmt: skip
"""Categories of BFCL whose calls a checker can compare: those of one turn, in Python."""


def lines(text: str) -> list[Any]:
    """The rows of JSONL."""
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def gsm8k(text: str) -> Iterator[Row]:
    """The number behind `####` is the answer, and what stands before it how it is found."""
    for number, row in enumerate(lines(text)):
        rationale, _, answer = row["answer"].rpartition("####")
        yield {
            "id": f"gsm8k-{number}",
            "question": row["question"],
            "answer": answer.strip().replace(",", ""),
            "rationale": rationale.strip(),
        }


def svamp(text: str) -> Iterator[Row]:
    """Story and question apart: joined as one text."""
    for row in json.loads(text):
        question = f"{row['Body'].strip()} {row['Question'].strip()}"  # as Kojima et al. join them
        yield {"id": row["ID"], "question": question, "answer": str(row["Answer"])}


def multiarith(text: str) -> Iterator[Row]:
    """One solution each."""
    for row in json.loads(text):
        question, answer = row["sQuestion"].strip(), str(row["lSolutions"][0])
        yield {"id": f"multiarith-{row['iIndex']}", "question": question, "answer": answer}


def aqua(text: str) -> Iterator[Row]:
    """The options bring their letters."""
    for number, row in enumerate(lines(text)):
        yield {
            "id": f"aqua-{number}",
            "question": row["question"],
            "choices": row["options"],
            "answer": row["correct"],
            "rationale": row["rationale"],
        }


def commonsenseqa(text: str) -> Iterator[Row]:
    """Letters and options apart: joined, as they are in AQuA."""
    for row in lines(text):
        choices = [f"{each['label']}) {each['text']}" for each in row["question"]["choices"]]
        yield {"id": row["id"], "question": row["question"]["stem"], "choices": choices, "answer": row["answerKey"]}


def strategyqa(text: str) -> Iterator[Row]:
    """Scores of both answers: the better one is right."""
    for number, row in enumerate(json.loads(text)["examples"]):
        scores = row["target_scores"]
        answer = max(scores, key=lambda each: scores[each]).lower()
        yield {"id": f"strategyqa-{number}", "question": row["input"].strip(), "answer": answer}


def symbols(kind: str) -> Read:
    """Last letters and coin flips."""

    def read(text: str) -> Iterator[Row]:
        for number, row in enumerate(json.loads(text)["examples"]):
            yield {"id": f"{kind}-{number}", "question": row["question"], "answer": row["answer"]}

    return read


def xquad(text: str) -> Iterator[Row]:
    """Questions, each with the id of its passage."""
    for _, paragraph in _paragraphs(text):
        for each in paragraph["qas"]:
            answers = list(dict.fromkeys(answer["text"] for answer in each["answers"]))
            passage = _id(paragraph["context"])
            yield {"id": each["id"], "question": each["question"], "passage": passage, "answers": answers}


def xquad_corpus(text: str) -> Iterator[Row]:
    """Passages, by what they hold."""
    for number, paragraph in _paragraphs(text):
        context = paragraph["context"]
        yield {"id": _id(context), "title": f"Article {number}", "text": context}


def _paragraphs(text: str) -> Iterator[tuple[int, Any]]:
    for number, article in enumerate(json.loads(text)["data"], 1):
        for paragraph in article["paragraphs"]:
            yield number, paragraph


def _id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


KNOWN: Mapping[str, tuple[str, Read]] = {
    "dataset/grade-school-math/test.jsonl": ("gsm8k/items.jsonl", gsm8k),
    "dataset/SVAMP/SVAMP.json": ("svamp/items.jsonl", svamp),
    "dataset/MultiArith/MultiArith.json": ("multiarith/items.jsonl", multiarith),
    "dataset/AQuA/test.json": ("aqua/items.jsonl", aqua),
    "dataset/CommonsenseQA/dev_rand_split.jsonl": ("commonsenseqa/items.jsonl", commonsenseqa),
    "dataset/StrategyQA/task.json": ("strategyqa/items.jsonl", strategyqa),
    "dataset/last_letters/last_letters.json": ("last_letters/items.jsonl", symbols("last")),
    "dataset/coin_flip/coin_flip.json": ("coin_flip/items.jsonl", symbols("coin")),
    "xquad.en.json": ("xquad_en/questions.jsonl", xquad),
}
"""By a file's path in its clone: what is written, and how it is read."""

CORPORA: Mapping[str, tuple[str, Read]] = {"xquad.en.json": ("xquad_en/corpus.jsonl", xquad_corpus)}


def bfcl(clone: Path) -> Iterator[Row]:
    """Items of the leaderboard with their acceptable calls, from a folder beside; none where no call is right."""
    for category in SINGLE_TURN:
        for path in sorted(clone.glob(f"**/bfcl_eval/data/BFCL_v[0-9]_{category}.json")):
            beside = path.parent / "possible_answer" / path.name
            golds = lines(beside.read_text(encoding="utf-8")) if beside.is_file() else []
            calls = {row["id"]: row["ground_truth"] for row in golds}
            for row in lines(path.read_text(encoding="utf-8")):
                if row["id"] in calls or category == "irrelevance":
                    kept = {key: row[key] for key in ("id", "question", "function")}
                    yield {**kept, "category": category, "ground_truth": calls.get(row["id"])}


def prepare(clone: Path, out: Path = OUT) -> dict[str, int]:
    """Writes what a clone holds. Returns how many rows went into each file."""
    written: dict[str, int] = {}
    for known in (KNOWN, CORPORA):
        for origin, (name, read) in known.items():
            if (clone / origin).is_file():
                written[name] = _write(out / name, read((clone / origin).read_text(encoding="utf-8")))
    if found := list(bfcl(clone)):
        written["bfcl/items.jsonl"] = _write(out / "bfcl/items.jsonl", found)
    return written


def _write(path: Path, rows: Iterable[Row]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    told = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path.write_text("".join(told), encoding="utf-8", newline="\n")
    return len(told)


def main(folders: list[str]) -> int:
    """The command."""
    for folder in folders:
        written = prepare(Path(folder))
        for name, count in written.items():
            print(f"{count:6} {name}")
        if not written:
            print(f"{folder}: nothing here is known", file=sys.stderr)
            return 1
    return 0 if folders else 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
