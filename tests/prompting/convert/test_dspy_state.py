"""Saved states of DSPy: instructions, demonstrations and fields become turns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.errors import PromptError, UsageError
from chatbot.prompting.convert import convert
from chatbot.prompting.convert.dspy_state import read
from chatbot.prompting.convert.tree import Name, Text, Turn, Value

STATE = {
    "solve.predict": {
        "traces": [],
        "train": [],
        "demos": [{"augmented": True, "question": "2+2?", "reasoning": "Two and two.", "answer": "4"}],
        "signature": {
            "instructions": "Solve it.",
            "fields": [
                {"prefix": "Question:", "description": "${question}"},
                {"prefix": "Reasoning:", "description": "${reasoning}"},
                {"prefix": "Answer:", "description": "${answer}"},
            ],
        },
        "lm": None,
    },
    "other": {"demos": [], "signature": {}},
    "metadata": {"dependency_versions": {"python": "3.11"}},
}


def test_a_state_becomes_turns() -> None:
    draft, losses = (read_ := read(Path("s.json"), json.dumps(STATE))).draft, read_.losses

    assert draft.body == (
        *(Turn("system"), Text("Solve it.")),
        *(Turn("user"), Text("Question: 2+2?")),
        *(Turn("assistant"), Text("Reasoning: Two and two.\nAnswer: 4")),
        *(Turn("user"), Text("Question: "), Value(Name("question"))),
    )
    assert losses[0] == "the predictor other"


def test_a_state_is_known_by_its_demonstrations_and_is_only_read(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps(STATE), encoding="utf-8")

    assert "Solve it." in convert(path, "prompty").text
    with pytest.raises(UsageError, match="only read"):
        convert(path, "dspy")


def test_what_is_no_state_is_refused() -> None:
    with pytest.raises(PromptError, match=r"s\.json:1: this is no saved state"):
        read(Path("s.json"), '{"a": {}}')
