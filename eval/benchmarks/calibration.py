"""Does a floor that is set with questions made of the documents hold for questions that people ask?

    python eval/benchmarks/calibration.py

For each collection the floor that `chatbot index --calibrate` finds without a language model, the errors that it
reports, and those on real questions: answered by the collection, and asked of the wrong one. The collections lie in
../shared/data; without them it takes the handbook alone.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from questions import CLICK, ELSEWHERE, HANDBOOK, NEAR_CLICK, NEAR_HANDBOOK

from chatbot import Knowledge
from chatbot.retrieval.calibrate import Calibration

ROOT = Path(__file__).parents[2]
DATA = ROOT / "../shared/data"
EVERY = 4
"""Of XQuAD's questions each fourth is asked."""


def lines(path: Path) -> list[dict[str, object]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def as_records(rows: Iterable[dict[str, object]]) -> Knowledge:
    """A collection as knowledge."""
    return Knowledge.from_records(
        {"id": row["id"], "text": row["text"], "title": str(row["title"]).replace("_", " ")} for row in rows
    )


def collections(folder: Path) -> dict[str, tuple[Knowledge, Sequence[str], Sequence[str]]]:
    """Documents with questions that they answer and questions that they do not."""
    handbook = Knowledge(ROOT / "knowledge", index=folder / "handbook.db")
    found: dict[str, tuple[Knowledge, Sequence[str], Sequence[str]]] = {
        "handbook": (handbook, HANDBOOK, (*ELSEWHERE, *NEAR_HANDBOOK))
    }
    if not DATA.is_dir():
        return found
    rows, asked = lines(DATA / "xquad_en/corpus.jsonl"), lines(DATA / "xquad_en/questions.jsonl")
    first = set(sorted({str(row["title"]) for row in rows})[::2])
    own = {row["id"]: row["title"] in first for row in rows}
    questions = {
        half: [str(q["question"]) for q in asked if own[q["passage"]] is half][::EVERY] for half in (True, False)
    }
    reports = [str(q.get("question") or q["text"]) for q in lines(DATA / "cranfield/queries.jsonl")]
    return found | {
        "click": (Knowledge(DATA / "click_docs", index=folder / "click.db"), CLICK, (*ELSEWHERE, *NEAR_CLICK)),
        "half of xquad_en": (as_records(row for row in rows if own[row["id"]]), questions[True], questions[False]),
        "cranfield": (as_records(lines(DATA / "cranfield/corpus.jsonl")), reports, (*ELSEWHERE, *questions[True])),
    }


def rates(
    knowledge: Knowledge, answered: Sequence[str], unanswered: Sequence[str], floor: float
) -> Mapping[str, float]:
    """Shares of real questions that are wrongly declined and wrongly answered at a floor."""
    declined = [not knowledge.search(question, floor=floor) for question in answered]
    taken = [bool(knowledge.search(question, floor=floor)) for question in unanswered]
    return {"declined": sum(declined) / len(declined), "answered": sum(taken) / len(taken)}


def line(name: str, errors: Mapping[str, float], number: tuple[int, int]) -> str:
    """Both error rates."""
    return (
        f"  {name:<28} declined {errors['declined']:.3f} of {number[0]:>3} answerable, "
        f"answered {errors['answered']:.3f} of {number[1]:>3} unanswerable"
    )


def reported(found: Calibration) -> Mapping[str, float]:
    """The error rates that the calibration itself counts."""
    return {"declined": found.declined / len(found.tried), "answered": found.answered / len(found.tried)}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, (knowledge, answered, unanswered) in collections(Path(folder)).items():
            knowledge.stats()
            usual = knowledge.floor
            found = knowledge.calibrate()
            print(f"{name}: floor {found.floor:.2f}")
            print(line("as calibration reports", reported(found), (len(found.tried), len(found.tried))))
            number = (len(answered), len(unanswered))
            print(line("real questions", rates(knowledge, answered, unanswered, found.floor), number))
            print(line(f"real, usual floor {usual}", rates(knowledge, answered, unanswered, usual), number), flush=True)


main()
