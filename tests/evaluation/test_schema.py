"""The schema of a suite and its reader: the same keys, the same mistakes, and every shipped suite fits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from chatbot import json_schema
from chatbot.errors import ChatbotError
from chatbot.evaluation import dataset, suite
from chatbot.evaluation.schema import EDITOR_LINE, suite_schema
from chatbot.evaluation.scoring import scorer_of
from chatbot.evaluation.scoring.registry import KINDS, OF_EVERY_ENTRY
from chatbot.evaluation.suite import read_suite
from chatbot.models import prices

FOLDER = Path(__file__).parents[2] / "eval/suites"
SUITES = sorted(FOLDER.glob("*.yaml"))

SOUND = """\
name: sums
dataset: {path: items.jsonl, rename: {question: prompt}, limit: 20}
prompts: [direct.prompty, word_problem]
strategies: [zero_shot, self_consistency over few_shot_cot, {name: self_consistency, samples: 5}]
models: [extractive]
parameters: [{temperature: 0}, {maxOutputTokens: 20}]
retrieval: [{passages: 3, search: dense}]
scorers: [{kind: contains, expect: "{{ answer }}"}, {kind: label, labels: [a, b]}, {kind: number, name: n, of: answer}]
repeats: 2
margin: 0.02
budget: {dollars: 2.5, tokens: 1000, minutes: 3, reply_tokens: 500}
prices: {mine: {input: 1, output: 2.5}}
"""


def wrong(text: str) -> str:
    return json_schema.violations(yaml.safe_load(text), suite_schema())


def test_it_is_a_schema_and_takes_what_the_reader_takes(tmp_path: Path) -> None:
    assert json_schema.checked(suite_schema())
    assert wrong(SOUND) == ""
    (tmp_path / "suite.yaml").write_text(SOUND, encoding="utf-8")
    assert read_suite(tmp_path / "suite.yaml").repeats == 2


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_every_shipped_suite_fits_and_tells_editors_where_the_schema_lies(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert wrong(text) == ""
    assert text.startswith(EDITOR_LINE.format("suite.schema.json") + "\n")


def test_the_file_beside_the_suites_is_what_the_command_prints() -> None:
    kept = (FOLDER / "suite.schema.json").read_text(encoding="utf-8")
    assert json.loads(kept) == suite_schema(), "chatbot eval schema > eval/suites/suite.schema.json"


def test_it_has_the_keys_of_the_reader_and_says_something_of_each() -> None:
    schema = suite_schema()
    parts = schema["$defs"]
    assert schema["properties"].keys() == set(suite.KEYS)
    for name, keys in (
        ("dataset", dataset.KEYS),
        ("budget", suite.OF_A_BUDGET),
        ("retrieval", suite.OF_RETRIEVAL),
        ("variant", suite.OF_A_VARIANT),
        ("sampling", suite.OF_PARAMETERS),
        ("price", prices.KEYS),
    ):
        assert parts[name]["properties"].keys() == set(keys)
        assert all(parts[name]["properties"].values())
    assert all("description" in each for each in schema["properties"].values())
    kinds = {each["properties"]["kind"]["const"]: set(each["properties"]) for each in parts["scorer"]["oneOf"]}
    assert kinds == {name: {*OF_EVERY_ENTRY, *kind.options} for name, kind in KINDS.items()}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("repeats: 2", "repeat: 2"),
        ("repeats: 2", "repeats: 0"),
        ("margin: 0.02", "margin: 2"),
        ("limit: 20", "limits: 20"),
        ("path: items.jsonl, ", ""),
        ("prompts: [direct.prompty, word_problem]\n", ""),
        ("repeats: 2", "variants: [{prompt: a}]"),
        ("temperature: 0", "temperature: 3"),
        ("temperature: 0", "temperatur: 0"),
        ("search: dense", "search: dens"),
        ("kind: contains", "kind: contain"),
        ("kind: contains, expect", "kind: contains, expected"),
        ("dollars: 2.5", "dollars: -1"),
        ("output: 2.5", "outputs: 2.5"),
        ("prompts: [direct.prompty, word_problem]", "prompts: direct.prompty"),
    ],
)
def test_mistakes_of_keys_and_kinds_are_mistakes_for_both(tmp_path: Path, old: str, new: str) -> None:
    assert old in SOUND
    assert wrong(SOUND.replace(old, new))
    (tmp_path / "suite.yaml").write_text(SOUND.replace(old, new), encoding="utf-8")
    with pytest.raises(ChatbotError, match=r"suite\.yaml:\d+: "):
        read_with_scorers(tmp_path / "suite.yaml")


def read_with_scorers(path: Path) -> None:
    for entry in read_suite(path).scorers:
        scorer_of(entry)
