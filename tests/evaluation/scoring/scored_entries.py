"""What tests of scorers share: an entry of a suite from its YAML, items and responses in a line, and real data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import strategies as st

from chatbot.evaluation.records import Item, Response, Score, Scorer
from chatbot.evaluation.scoring import scorer_of
from chatbot.prompting.extraction import Extraction
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.section import Section
from chatbot.prompting.strict_yaml import read_yaml

DATA = Path(__file__).parents[3] / "../shared/data"

any_text = st.text(max_size=200) | st.text(alphabet="[]{}()<>\"'.,;:!?#*-_`|$% \nabA01", max_size=200)
"""Text of any kind, and text that is nearly Markdown or JSON."""


def section(entry: str, *, path: Path = Path("suite.yaml")) -> Section:
    """The first entry of a suite, `{kind: …}`, on its third line."""
    data, lines = read_yaml(path, f"name: s\nscorers:\n  - {entry}\n")
    assert isinstance(data, dict)
    return Section(PromptFile(path, data, "", lines=lines), data["scorers"][0], ("scorers", 0))


def scorer(entry: str, *, fields: Iterable[str] | None = None, reads: Extraction | None = None) -> Scorer:
    return scorer_of(section(entry), fields=None if fields is None else frozenset(fields), reads=reads)


def item(**fields: object) -> Item:
    return Item("1", fields)


def said(text: str, **parts: object) -> Response:
    """A response, whose answer is its text where nothing else is said."""
    return Response(text, **{"answer": text, **parts})  # type: ignore[arg-type]


def score(entry: str, response: str | Response, **fields: object) -> Score:
    """What an entry makes of a response to an item with these fields."""
    return scorer(entry)(item(**fields), said(response) if isinstance(response, str) else response)


def worth(found: Score) -> float | str:
    """The value of a score, or else its status."""
    return found.status if found.value is None else found.value


def rows(path: str) -> list[Mapping[str, object]]:
    """The rows of a file of the shared data; the test is skipped where there is none."""
    file = DATA / path
    if not file.is_file():
        pytest.skip(f"there is no {path}")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def gold_and_other(judge: Scorer, items: list[Item], answers: list[Response]) -> tuple[float, float]:
    """The share of items whose own answer scores 1, and of those whose neighbour's answer scores less."""
    own = [judge(item, answer).value == 1 for item, answer in zip(items, answers, strict=True)]
    other = [judge(item, answer).value != 1 for item, answer in zip(items, answers[1:] + answers[:1], strict=True)]
    return sum(own) / len(own), sum(other) / len(other)
