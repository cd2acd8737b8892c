"""A blessed baseline: what a run scored on every item, in a small text file beside the suite that is kept in git.

`sums.yaml` has `sums.baseline.jsonl`: a line about the run, and then a line an item with the score of each variant. An
item whose row changed since is told by its hash, and compared no more. A score that is none keeps the word for what it
was: `no_answer`, `refused`, `error`, `unscored`; it is null where the scorer's `when` leaves the item out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from chatbot.errors import NotFoundError, ProjectError
from chatbot.evaluation.records import Item, Score, Status
from chatbot.evaluation.run import Bench
from chatbot.evaluation.scored import scored, scorers_of
from chatbot.journal.records import RunRecord

SUFFIX = ".baseline.jsonl"

Mark = float | Status | None
"""What a variant got on an item: a score, or the word for what it is instead; None where the scorer is not for it."""

Marks = Mapping[str, Mark]
"""By item."""

WRONG: tuple[Status, ...] = ("no_answer", "refused")
"""What counts as wrong where a user waits for an answer: the model's own doing, unlike an error on the way."""


@dataclass(frozen=True, slots=True)
class Blessed:
    """One item of a baseline."""

    hash: str
    marks: Mapping[str, Mark]
    """By variant."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a run scored."""

    suite: str
    run: str
    day: str
    """Of the run, as 2026-11-21."""
    scorer: Mapping[str, object]
    """The suite's entry by which it was scored."""
    variants: Sequence[Mapping[str, object]]
    """As the run's plan has them: name, prompt, its hash, model."""
    items: Mapping[str, Blessed]
    """By id."""


def baseline_path(suite: Path) -> Path:
    """Where the baseline of a suite is kept."""
    return suite.with_name(suite.stem + SUFFIX)


def baseline_of(bench: Bench, record: RunRecord) -> Baseline:
    """The baseline that a run gives. Raises what its scorers raise."""
    marks = marks_of(bench, record.id)
    names = [each.name for each in bench.contenders]
    items = {
        item.id: Blessed(
            hash_of(item), {name: own[item.id] for name, own in zip(names, marks, strict=True) if item.id in own}
        )
        for item in bench.dataset.items
    }
    variants = [{key: each[key] for key in ("name", "prompt", "hash", "model")} for each in record.plan["variants"]]
    day = f"{datetime.fromtimestamp(record.started, UTC):%Y-%m-%d}"
    return Baseline(record.name, record.id, day, scorer_entry(bench), variants, items)


def marks_of(bench: Bench, run_id: str) -> list[Marks]:
    """What each variant got on each item that was asked."""
    found: list[dict[str, list[Score]]] = [{} for _ in bench.contenders]
    for came, score in scored(bench, run_id, scorers_of(bench)):
        found[came.cell.variant].setdefault(came.item.id, []).append(score)
    return [{item: _mark(scores) for item, scores in each.items()} for each in found]


def worth(mark: Mark) -> float | None:
    """What a mark counts: itself, 0 where the model gave no answer, None where it is not known."""
    if isinstance(mark, str):
        return 0.0 if mark in WRONG else None
    return mark


def _mark(scores: Sequence[Score]) -> Mark:
    """Of an item that was asked several times the mean of what is known."""
    if scores[0].details.get("left_out"):
        return None
    if len({score.status for score in scores}) == 1 and scores[0].value is None:
        return scores[0].status
    values = [score.counted for score in scores]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else "unscored"


def hash_of(item: Item) -> str:
    """Changes with the item's row."""
    return hashlib.sha256(json.dumps(dict(item.fields), sort_keys=True, default=str).encode()).hexdigest()[:12]


def scorer_entry(bench: Bench) -> Mapping[str, object]:
    """The entry that variants are compared by, as plain data."""
    plain: dict[str, object] = json.loads(json.dumps(bench.suite.scorers[0].table, default=str))
    return plain


# --- the file ---------------------------------------------------------------------------------------------------------


def write_baseline(baseline: Baseline, path: Path) -> None:
    """Writes the file, an item a line in the dataset's order. Raises ProjectError."""
    head = {name: getattr(baseline, name) for name in ("suite", "run", "day", "scorer", "variants")}
    lines = [json.dumps(head, ensure_ascii=False)]
    for key, item in baseline.items.items():
        marks = {name: int(mark) if mark in (0, 1) else mark for name, mark in item.marks.items()}
        lines.append(json.dumps({"id": key, "hash": item.hash, "scores": marks}, ensure_ascii=False))
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror or error}") from error


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file. Raises NotFoundError, and ProjectError with the line of what is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise NotFoundError(f"there is no baseline {path}", hint="`chatbot eval bless SUITE` makes one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path} cannot be read: {error}", hint="bless a run again") from None
    rows = list(_rows(path, lines))
    if not rows:
        raise ProjectError(f"{path} is empty", hint="bless a run again")
    head, items = rows[0][1], {}
    for number, row in rows[1:]:
        match row:
            case {"id": str(key), "hash": str(digest), "scores": dict(marks)} if all(map(_is_mark, marks.values())):
                items[key] = Blessed(digest, marks)
            case _:
                raise ProjectError(f"{path}:{number}: this is no item of a baseline", hint="bless a run again")
    match head:
        case {
            "suite": str(suite),
            "run": str(run),
            "day": str(day),
            "scorer": dict(scorer),
            "variants": list(variants),
        }:
            return Baseline(suite, run, day, scorer, variants, items)
    raise ProjectError(f"{path}:1: this does not say which run was blessed", hint="bless a run again")


def _rows(path: Path, lines: Sequence[str]) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                raise ProjectError(f"{path}:{number}: this is not JSON", hint="bless a run again") from None


def _is_mark(value: object) -> bool:
    return value in get_args(Status) if isinstance(value, str) else isinstance(value, int | float | None)
