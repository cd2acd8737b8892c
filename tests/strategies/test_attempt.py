"""From a prompt file and inputs to an outcome: which strategy, which demonstrations, which bounds."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
from driving import spoken
from numpy.typing import NDArray

from chatbot.errors import PromptError
from chatbot.journal import Journal
from chatbot.messages import Budget
from chatbot.models import Scripted
from chatbot.prompting import Prompt
from chatbot.runtime import Runtime
from chatbot.sampling import Sampling
from chatbot.strategies import get
from chatbot.strategies.attempt import Means, attempt, strategy_of
from chatbot.strategies.task import Outcome, Strategy

ROWS = [
    {"question": "What is 1 + 1?", "rationale": "One and one are two.", "answer": "2"},
    {"question": "Name a fruit.", "rationale": "An apple grows on a tree.", "answer": "Apple"},
    {"question": "What is 2 + 3?", "rationale": "Two and three are five.", "answer": "5"},
]


def write(folder: Path, ours: str, body: str = "system:\nBe exact.\nuser:\nQ: {{ question }}\n") -> Prompt:
    (folder / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    head = f"inputs: [{{name: question, kind: string, required: true}}]\nmetadata: {{chatbot: {ours}}}\n"
    path = folder / "made.prompty"
    path.write_text(f"---\n{head}---\n{body}", encoding="utf-8")
    return Prompt.load(path)


def letters(texts: tuple[str, ...]) -> NDArray[np.float32]:
    """Unit vectors by how often each character occurs."""
    counts = np.array([[text.count(chr(code)) for code in range(32, 127)] for text in texts], dtype=np.float32)
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def run(model: Scripted, prompt: Prompt, strategy: Strategy | None = None, **means: object) -> Outcome:
    journal = Journal(None)
    journal.begin_turn(None, "t", model="m", prompt="p")
    given = Means(**means)  # type: ignore[arg-type]
    flow = attempt(prompt, {"question": "What is 3 + 4?"}, strategy, given)
    return asyncio.run(Runtime(model, journal, embed=letters).run(flow, "t"))  # type: ignore[arg-type]


def test_one_key_of_the_file_changes_the_strategy(tmp_path: Path) -> None:
    asked = {}
    for name in ("zero_shot", "few_shot", "few_shot_cot", "zero_shot_cot"):
        model = Scripted("7", repeat=True)
        run(model, write(tmp_path, f"{{strategy: {name}, examples: {{from: pool.jsonl, k: 3, select: first}}}}"))
        asked[name] = spoken(model.requests[0])
    assert asked["zero_shot"] == [("system", "Be exact."), ("user", "Q: What is 3 + 4?")]
    assert asked["few_shot"][1:3] == [("user", "Q: What is 1 + 1?"), ("assistant", "2")]
    assert asked["few_shot_cot"][2] == ("assistant", "One and one are two.\nAnswer: 2")
    assert "step by step" in asked["zero_shot_cot"][-1][1]


def test_demonstrations_may_be_chosen_by_meaning(tmp_path: Path) -> None:
    model = Scripted("7")
    run(model, write(tmp_path, "{strategy: few_shot, examples: {from: pool.jsonl, k: 2, select: nearest}}"))
    assert "fruit" not in str(spoken(model.requests[0]))


def test_a_strategy_that_shows_one_demonstration_selects_one(tmp_path: Path) -> None:
    model = Scripted("7")
    run(model, write(tmp_path, "{strategy: one_shot, examples: {from: pool.jsonl, k: 3, select: first}}"))
    assert [role for role, _ in spoken(model.requests[0])] == ["system", "user", "assistant", "user"]


def test_the_item_itself_is_never_shown(tmp_path: Path) -> None:
    ROWS.append({"question": "what is 3 + 4 ?", "rationale": "It is seven.", "answer": "7"})
    try:
        model = Scripted("7")
        run(model, write(tmp_path, "{strategy: few_shot, examples: {from: pool.jsonl, k: 4, select: first}}"))
        assert str(spoken(model.requests[0])).count("3 + 4") == 1
    finally:
        ROWS.pop()


def test_the_answer_is_read_as_the_file_says(tmp_path: Path) -> None:
    outcome = run(Scripted("That makes 7 apples."), write(tmp_path, "{answer: {extract: last_number}}"))
    assert outcome.answer == "7"
    assert outcome.usage.calls == 1


def test_the_files_budget_holds_and_another_can_be_given(tmp_path: Path) -> None:
    prompt = write(tmp_path, "{strategy: {name: self_consistency, samples: 10}, budget: {calls: 4}}")
    model = Scripted("Answer: 7", repeat=True)
    assert "budget of 4 calls" in run(model, prompt).limit
    assert len(model.requests) == 4
    assert not run(model, prompt, budget=Budget(calls=10)).limit


def test_a_budget_of_nothing_leaves_an_empty_outcome_that_says_so(tmp_path: Path) -> None:
    outcome = run(Scripted(), write(tmp_path, "{}"), budget=Budget(calls=0))
    assert (outcome.text, outcome.answer) == ("", None)
    assert "budget of 0 calls" in outcome.limit


def test_sampling_of_the_file_gives_way_to_what_is_asked_for(tmp_path: Path) -> None:
    model = Scripted("7", repeat=True)
    run(model, write(tmp_path, "{}"), sampling=Sampling(temperature=1.5))
    assert model.requests[0].sampling == Sampling(temperature=1.5)


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        ("{strategy: few_shots}", r":3: there is no strategy 'few_shots' \(did you mean 'few_shot'"),
        ("{strategy: {name: self_consistency, sample: 3}}", ":3: self_consistency has no option 'sample'"),
        ("{strategy: {name: self_consistency, samples: no}}", ":3: self_consistency: samples must be a whole number"),
        ("{strategy: {name: self_consistency, samples: 0}}", ":3: self_consistency cannot take 0 samples"),
    ],
)
def test_a_strategy_that_is_none_is_told_with_file_and_line(tmp_path: Path, ours: str, said: str) -> None:
    with pytest.raises(PromptError, match=said):
        strategy_of(write(tmp_path, ours))


def test_the_strategy_may_be_another_than_the_files(tmp_path: Path) -> None:
    model = Scripted("Hm.", "7")
    run(model, write(tmp_path, "{strategy: few_shot}"), get("zero_shot_cot"))
    assert len(model.requests) == 2
