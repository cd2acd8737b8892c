"""What people said of responses: a JSONL file, a row a response, by which judges are checked and corrected.

    {"item": "i1", "label": true}
    {"item": "i1", "variant": "steps", "label": 4}
    {"item": "i1", "text": "It is 4.", "label": "wrong"}
    {"item": "i1", "variant": "steps", "text": "It is 4.", "baseline": "4", "label": "tie"}

Where no variant is named, the baseline's response is meant, or for pairs that of the only other variant. A row with the
`text` that was labelled holds for every later run; one without holds for the response that a run has. Rows whose label
is null wait for one, and are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatbot.errors import NotFoundError, ProjectError, nearest
from chatbot.evaluation.records import Item
from chatbot.evaluation.scoring.judged import WIN, Scale
from chatbot.prompting.labels import folded

KEYS = ("item", "variant", "repeat", "text", "baseline", "label", "question")
"""`question` is for whoever reads the file."""

RIGHT, WRONG = "right", "wrong"


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said of one response."""

    item: Item
    verdict: str
    """right or wrong; of a pair variant, baseline or tie."""
    variant: str
    repeat: int = 0
    text: str | None = None
    """The response; None for the one that a run has."""
    baseline: str | None = None
    """Of a pair, what it was compared with."""


@dataclass(frozen=True, slots=True)
class Labelling:
    """What labels may speak of."""

    items: Mapping[str, Item]
    variants: Sequence[str]
    baseline: str
    scale: Scale | None
    """None for pairs."""

    @property
    def default(self) -> str | None:
        """The variant that is meant where none is named; None where it could be any."""
        if self.scale is not None:
            return self.baseline
        others = [name for name in self.variants if name != self.baseline]
        return others[0] if len(others) == 1 else None


def read_labels(
    path: Path, items: Sequence[Item], variants: Sequence[str], baseline: str, scale: Scale | None
) -> list[Label]:
    """The labels in a file. Raises NotFoundError where there is none, and ProjectError with the line of a mistake."""
    about = Labelling({item.id: item for item in items}, variants, baseline, scale)
    found: list[Label] = []
    for line, row in _rows(path):
        try:
            label = _label(row, about)
        except ValueError as error:
            raise ProjectError(f"{path}:{line}: {error}") from None
        found += [label] if label is not None else []
    return found


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError:
        beside = [each.name for each in path.parent.glob("*.jsonl")]
        raise NotFoundError(f"there are no labels at {path}", hint=nearest(path.name, beside)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path} cannot be read: {error}", hint="labels are a JSONL file in UTF-8") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ProjectError(f"{path}:{number}: this is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise ProjectError(f'{path}:{number}: a label is an object like {{"item": "1", "label": true}}')
        yield number, row


def _label(row: Mapping[str, object], about: Labelling) -> Label | None:
    """None for a row that waits for its label. Raises ValueError with what is wrong."""
    for key in row:
        if key not in KEYS:
            raise ValueError(f"unknown key {key!r} ({nearest(key, KEYS)})")
    if row.get("label") is None:
        return None
    item = about.items.get(str(row.get("item")))
    if item is None:
        raise ValueError(f"there is no item {row.get('item')!r} ({nearest(str(row.get('item')), about.items)})")
    variant, repeat = row.get("variant", about.default), row.get("repeat", 0)
    if variant is None:
        raise ValueError(f"a pair needs a variant, one of {', '.join(about.variants)}")
    if variant not in about.variants:
        raise ValueError(f"there is no variant {variant!r} ({nearest(str(variant), about.variants)})")
    if about.scale is None and variant == about.baseline:
        raise ValueError("the baseline is not compared with itself: name another variant")
    if not isinstance(repeat, int) or isinstance(repeat, bool) or repeat < 0:
        raise ValueError(f"repeat must be a whole number, not {repeat!r}")
    text, baseline = (_text(row, key) for key in ("text", "baseline"))
    if about.scale is None and (text is None) != (baseline is None):
        raise ValueError("a pair has both `text` and `baseline`, or neither")
    return Label(item, _verdict(row["label"], about.scale), str(variant), repeat, text, baseline)


def _text(row: Mapping[str, object], key: str) -> str | None:
    value = row.get(key)
    if not isinstance(value, str | None):
        raise ValueError(f"{key} must be text, not {value!r}")
    return value


def _verdict(value: object, scale: Scale | None) -> str:
    """Raises ValueError with what a label may be."""
    if scale is None:
        if (word := folded(str(value))) in WIN:
            return word
        raise ValueError(f"the label of a pair is variant, baseline or tie, not {value!r}")
    if isinstance(value, bool):
        return RIGHT if value else WRONG
    grade = scale.grade(str(value))
    if grade is None:
        raise ValueError(f"a label is true or false, or a grade from {scale.least:g} to {scale.most:g}, not {value!r}")
    return RIGHT if grade >= scale.right else WRONG
