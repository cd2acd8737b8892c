"""Suites: what they say, and every mistake with file and line before anything is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.errors import ChatbotError, NotFoundError
from chatbot.evaluation.suite import Retrieval, Suite, read_suite
from chatbot.models.purse import Caps
from chatbot.retrieval.search import HYBRID, Ranking

SMALLEST = """\
name: speed
dataset: {path: items.jsonl}
prompts: [direct.prompty]
strategies: [zero_shot]
models: ["http://127.0.0.1:8765/v1#m"]
scorers: [{kind: contains, expect: "{{ answer }}"}]
concurrency: 64
"""


def suite(folder: Path, text: str) -> Suite:
    path = folder / "suite.yaml"
    path.write_text(text, encoding="utf-8")
    return read_suite(path)


def test_the_smallest_suite(tmp_path: Path) -> None:
    found = suite(tmp_path, SMALLEST)
    assert (found.name, found.concurrency, found.repeats, found.margin) == ("speed", 64, 1, None)
    (variant,) = found.variants
    assert (variant.name, variant.strategy, variant.model) == ("direct", "zero_shot", "http://127.0.0.1:8765/v1#m")
    assert variant.prompt == str(tmp_path / "direct.prompty")
    assert found.dataset.path == tmp_path / "items.jsonl"
    assert found.baseline == "direct"
    assert found.scorers[0].text("kind") == "contains"


def test_the_axes_are_crossed_and_a_variant_is_named_by_what_differs(tmp_path: Path) -> None:
    found = suite(
        tmp_path,
        """\
dataset: {path: items.jsonl}
prompts: [direct.prompty, word_problem]
strategies: [zero_shot, {name: self_consistency, samples: 5}]
models: [extractive]
parameters: [{temperature: 0}, {temperature: 1}]
scorers: [{kind: answer}]
baseline: "word_problem · zero_shot · temperature 0"
""",
    )
    assert len(found.variants) == 8
    assert found.variants[-1].name == "word_problem · self_consistency (samples 5) · temperature 1"
    assert found.variants[-1].prompt == "word_problem"
    assert (found.name, found.concurrency) == ("suite", None)


def test_variants_can_be_listed(tmp_path: Path) -> None:
    found = suite(
        tmp_path,
        """\
dataset: {path: items.jsonl, cluster: document, split: test, limit: 20, rename: {question: prompt}}
variants:
  - {name: short, prompt: direct.prompty}
  - {name: long, prompt: chat, strategy: zero_shot_cot, model: extractive, retrieval: {passages: 3}}
scorers: [{kind: answer}]
repeats: 3
margin: 0.02
budget: {dollars: 2.5, tokens: 100000, minutes: 30}
seed: 7
baseline: long
""",
    )
    assert [variant.name for variant in found.variants] == ["short", "long"]
    assert found.variants[1].retrieval == Retrieval(None, 3)
    assert (found.repeats, found.margin, found.seed, found.baseline) == (3, 0.02, 7, "long")
    assert found.caps == Caps(2.5, 100_000, 30)
    assert (found.dataset.cluster, found.dataset.split, found.dataset.limit) == ("document", "test", 20)
    assert found.dataset.rename == {"question": "prompt"}


def test_ways_to_search_are_named_and_expand_the_question_unless_told_not_to(tmp_path: Path) -> None:
    found = suite(
        tmp_path,
        """\
dataset: {path: items.jsonl}
prompts: [chat]
retrieval: [{name: meaning, search: dense, expansion: false}, {search: lexical}, {}]
scorers: [{kind: answer}]
""",
    )
    assert [variant.name for variant in found.variants] == ["meaning", "search lexical", "chat"]
    rankings = [variant.retrieval.ranking for variant in found.variants if variant.retrieval]
    assert rankings == [Ranking(1, 0), Ranking(0, HYBRID.feedback), HYBRID]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("concurrency: 64", "concurency: 64", 7, "unknown key 'concurency' (did you mean 'concurrency'?)"),
        ("concurrency: 64", "concurrency: 0", 7, "concurrency must be at least 1"),
        ("concurrency: 64", "retrieval: [{search: densse}]", 7, "there is no search 'densse' (did you mean 'dense'?)"),
        ("concurrency: 64", "margin: 3", 7, "margin must be a number from 0 to 1"),
        ("concurrency: 64", "baseline: dirct", 7, "there is no variant 'dirct' (did you mean 'direct'?)"),
        ("concurrency: 64", "budget: {dolars: 3}", 7, "unknown key 'dolars' in budget (did you mean 'dollars'?)"),
        ("concurrency: 64", "prices: {m: {input: 1}}", 7, "prices.m: a price needs output"),
        ("concurrency: 64", "budget: {reply_tokens: 0}", 7, "reply_tokens must be at least 1"),
        ("{path: items.jsonl}", "{}", 2, "the dataset needs a path"),
        ("{path: items.jsonl}", "{path: a, idd: b}", 2, "unknown key 'idd' in dataset"),
        ("dataset: {path: items.jsonl}\n", "", 1, "the suite needs `dataset`"),
        ("[direct.prompty]", "[direct.prompty, 3]", 3, "prompts is a list of names, and 3 is none"),
        ("[direct.prompty]", "[a.prompty, b/a.prompty]", 3, "two variants are named 'a'"),
        ("prompts: [direct.prompty]\n", "", 1, "the suite needs prompts"),
        ("strategies: [zero_shot]", "strategies: [4]", 4, "strategies is a list of names or tables"),
        ('[{kind: contains, expect: "{{ answer }}"}]', "[]", 6, "the suite needs a scorer"),
        ('[{kind: contains, expect: "{{ answer }}"}]', "[contains]", 6, "an entry of scorers is a table"),
        ("strategies: [zero_shot]", "variants: [{prompt: a}]", 4, "not both"),
        ("name: speed", "name: [", 3, "this is not YAML"),
    ],
)
def test_every_mistake_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    with pytest.raises(ChatbotError) as caught:
        suite(tmp_path, SMALLEST.replace(old, new))
    assert str(caught.value).startswith(f"{tmp_path / 'suite.yaml'}:{line}: ")
    assert said in str(caught.value)


def test_a_variant_knows_where_its_parts_stand(tmp_path: Path) -> None:
    crossed = suite(tmp_path, "dataset: {path: a}\nprompts:\n  - a\n  - b\nscorers: [{kind: answer}]\n").variants
    path = tmp_path / "suite.yaml"
    assert [each.places["prompt"] for each in crossed] == [f"{path}:3", f"{path}:4"]
    listed = suite(tmp_path, "dataset: {path: a}\nvariants:\n  - prompt: a\n    model: m\nscorers: [{kind: answer}]\n")
    assert listed.variants[0].places["model"] == f"{path}:4"
    assert listed.variants[0].places["strategy"] == f"{path}:3"


def test_a_variant_without_a_prompt_and_a_suite_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ChatbotError, match=r"suite\.yaml:2: a variant needs a prompt"):
        suite(tmp_path, "dataset: {path: a}\nvariants: [{name: x}]\nscorers: [{kind: answer}]\n")
    with pytest.raises(ChatbotError, match="a suite is a table"):
        suite(tmp_path, "- a\n- b\n")
    with pytest.raises(NotFoundError, match=r"did you mean 'suite\.yaml'"):
        read_suite(tmp_path / "suit.yaml")
