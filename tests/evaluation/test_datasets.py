"""The datasets that come with the project: each reads, is balanced, and its golds are what its scorers take."""

from __future__ import annotations

import json
import re
import runpy
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import cast

import pytest

from chatbot.evaluation.dataset import Dataset, Source, read_dataset
from chatbot.evaluation.records import Item
from chatbot.evaluation.scoring.calls import read_calls
from chatbot.evaluation.scoring.checks import read_checks
from chatbot.evaluation.scoring.sources import read_sources
from chatbot.json_schema import checked, violations
from chatbot.prompting.demonstrations.leak import gives_away, same
from chatbot.tools import Tool

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "eval/datasets"
SIZES = {
    "sentiment": 90, "extraction": 60, "grounded": 104, "tool_choice": 66, "word_problems": 160, "instructions": 62,
    "pocket_arithmetic": 600,
}  # fmt: skip
ASKED = {
    "sentiment": "review", "extraction": "text", "grounded": "question", "tool_choice": "question",
    "word_problems": "question", "instructions": "instruction", "pocket_arithmetic": "question",
}  # fmt: skip
"""The field of each set in which no two items may be alike."""


def dataset(name: str) -> Dataset:
    return read_dataset(Source(FOLDER / f"{name}.jsonl"))


def items(name: str) -> tuple[Item, ...]:
    return dataset(name).items


def rows(path: Path) -> Iterator[Mapping[str, object]]:
    return map(json.loads, path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("name", SIZES)
def test_a_set_has_its_size_and_each_item_its_own_id_and_tags(name: str) -> None:
    found = items(name)
    assert len(found) == SIZES[name]
    assert len({item.fields["id"] for item in found}) == len(found)
    assert all(item.tags for item in found)


@pytest.mark.parametrize("name", SIZES)
def test_no_two_items_are_alike(name: str) -> None:
    texts = [(item.id, str(item.fields[ASKED[name]])) for item in items(name)]
    assert [(one[0], two[0]) for one, two in combinations(texts, 2) if same(one[1], two[1])] == []


@pytest.mark.parametrize(("name", "pool"), [("sentiment", "sentiment"), ("word_problems", "arithmetic")])
def test_no_item_is_among_the_demonstrations_of_its_prompts(name: str, pool: str) -> None:
    shown = list(rows(REPOSITORY / f"prompts/examples/{pool}.jsonl"))
    inputs = [{ASKED[name]: item.fields[ASKED[name]]} for item in items(name)]
    assert [each for each in inputs if any(gives_away(each, other) for other in shown)] == []


@pytest.mark.parametrize("name", [path.stem for path in sorted(FOLDER.glob("*.jsonl"))])
def test_every_set_is_described(name: str) -> None:
    assert f"`{name}.jsonl`" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_sentiments_are_balanced_and_half_of_them_hard() -> None:
    found = items("sentiment")
    assert Counter(item.fields["answer"] for item in found) == {"positive": 30, "negative": 30, "neutral": 30}
    hard = Counter(item.fields["answer"] for item in found if "hard" in item.tags)
    assert sum(hard.values()) >= 45 and min(hard.values()) >= 10
    assert {"irony", "mixed", "understated", "negation"} <= {tag for item in found for tag in item.tags}


def test_extracted_events_satisfy_the_schema_and_say_what_the_text_says() -> None:
    schema = checked(json.loads((FOLDER / "extraction.schema.json").read_text(encoding="utf-8")))
    for item in items("extraction"):
        answer = cast(Mapping[str, object], item.fields["answer"])
        assert violations(answer, schema) == ""
        assert (answer["place"] or "") in str(item.fields["text"])
        assert answer["date"] is None or str(answer["date"]) >= str(item.fields["today"])
    kinds = Counter(cast(Mapping[str, str], item.fields["answer"])["kind"] for item in items("extraction"))
    assert set(kinds) == set(schema["properties"]["kind"]["enum"]) and min(kinds.values()) >= 6  # type: ignore[index]


def test_every_quoted_source_stands_in_its_document_and_holds_the_answer() -> None:
    for item in items("grounded"):
        if not item.fields["answerable"]:
            assert item.fields["answers"] == item.fields["sources"] == []
            continue
        (source,) = read_sources(item.fields["sources"])
        assert source.name == item.fields["document"]
        assert source.quote in (REPOSITORY / "knowledge" / source.name).read_text(encoding="utf-8"), item.id
        quote, answers = source.quote.casefold(), cast(list[str], item.fields["answers"])
        assert any(answer.casefold() in quote for answer in answers), item.id
        assert min(map(len, answers)) >= 2, "a single character stands in nearly every reply"


def test_grounded_questions_are_about_all_documents_and_enough_have_no_answer() -> None:
    found = items("grounded")
    documents = {path.name for path in (REPOSITORY / "knowledge").glob("*.md")}
    assert {item.fields["document"] for item in found if item.fields["answerable"]} == documents
    assert {item.fields["document"] for item in found} == documents
    assert 0.25 < sum(not item.fields["answerable"] for item in found) / len(found) < 0.35


def acceptable(values: Mapping[str, object]) -> dict[str, object]:
    """Arguments of which each is the first acceptable one, where one must be given."""
    made: dict[str, object] = {}
    for name, some in values.items():
        assert isinstance(some, list)
        first = some[0]
        if first != "":
            made[name] = acceptable(first) if isinstance(first, Mapping) else first
    return made


def test_acceptable_calls_are_calls_that_their_functions_take() -> None:
    for item in items("tool_choice"):
        tools = {
            tool.name: tool for tool in map(Tool.from_schema, cast(list[dict[str, object]], item.fields["function"]))
        }
        for call in read_calls(item.fields["ground_truth"]):
            for argument, values in call.arguments.items():
                for value in (each for each in values if each != ""):
                    once = acceptable({**call.arguments, argument: [value]})
                    assert tools[call.name].check(once) == once, (item.id, argument)
        assert all(f"- {name}: " in str(item.fields["functions"]) for name in tools)


def test_choices_of_functions_are_of_all_sorts() -> None:
    found = items("tool_choice")
    sorts = Counter(item.tags[0] for item in found)
    assert set(sorts) == {"one function", "several functions", "several calls", "no call"} and min(sorts.values()) >= 14
    for item in found:
        calls = read_calls(item.fields["ground_truth"])
        assert (item.tags[0] == "no call") == (not calls)
        assert (item.tags[0] == "several calls") == (len(calls) > 1)


@pytest.mark.parametrize("name", ["word_problems", "pocket_arithmetic"])
def test_the_generator_writes_the_problems_byte_for_byte(name: str) -> None:
    made = runpy.run_path(str(FOLDER / f"make_{name}.py"))
    assert made["text"](made["problems"]()).encode() == (FOLDER / f"{name}.jsonl").read_bytes()


@pytest.mark.parametrize("name", ["word_problems", "pocket_arithmetic"])
def test_the_working_of_a_word_problem_is_right_and_ends_in_its_answer(name: str) -> None:
    step = re.compile(r"([\d.]+) ([-+*/]) ([\d.]+) = (\d+(?:\.\d+)?)")
    for item in items(name):
        steps = step.findall(str(item.fields["rationale"]).removesuffix("."))
        for first, sign, second, result in steps:
            one, two = Fraction(first), Fraction(second)
            assert {"+": one + two, "-": one - two, "*": one * two, "/": one / two}[sign] == Fraction(result)
        assert steps[-1][-1] == item.fields["answer"]
        assert f"{len(steps)} steps" in item.tags


def test_problems_are_of_all_lengths() -> None:
    found = items("word_problems")
    counts = Counter(tag for item in found for tag in item.tags if tag.endswith("steps"))
    assert counts == {"2 steps": 40, "3 steps": 40, "4 steps": 40, "5 steps": 40}
    tags = Counter(tag for item in items("pocket_arithmetic") for tag in item.tags)
    assert (tags["known shape"], tags["new shape"]) == (400, 200)
    assert min(tags[f"{count} steps"] for count in (3, 4, 5, 6)) >= 80


def test_all_checks_of_an_instruction_can_be_passed_at_once() -> None:
    kinds: set[str] = set()
    for item in items("instructions"):
        checks = read_checks(item.fields["checks"])
        kinds |= {check.name.partition("_at_")[0] for check in checks}
        assert [str(check) for check in checks if not check.holds(str(item.fields["example"]))] == [], item.id
        assert not all(check.holds("Sure") for check in checks), "a reply that does nothing of it passes"
    assert len(kinds) >= 18
