"""The suites that come with the project: each reads, fits its data and its prompts, and gives golds the full score."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from chatbot.evaluation.contender import Contender, check_items, contenders_of
from chatbot.evaluation.dataset import Dataset, read_dataset
from chatbot.evaluation.records import Item, Response, Score
from chatbot.evaluation.scoring import scorer_name, scorer_of
from chatbot.evaluation.suite import Suite, read_suite
from chatbot.messages import Citation, Passage, ToolCall, ToolResult, ToolUse
from chatbot.models.scripted import Scripted
from chatbot.prompting import Prompt
from chatbot.retrieval import Knowledge

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "eval/suites"
SHARED = REPOSITORY / "../shared/data"
SUITES = sorted(FOLDER.glob("*.yaml"))
OWN = (
    "sentiment", "word_problems", "pocket_arithmetic", "extraction", "grounded", "grounded_search", "tool_choice",
    "instructions", "tool_library", "click_manual",
)  # fmt: skip
ELSEWHERE = ("xquad", "xquad_search", "cranfield", "cisi", "bfcl", "tool_library", "click_manual")
"""Suites whose golds are no answers: `scoring/test_retrieved.py` and `scoring/test_calls.py` judge such."""
FETCHED = tuple(path.stem for path in SUITES if path.stem not in OWN)


def suite(name: str) -> Suite:
    return read_suite(FOLDER / f"{name}.yaml")


def data(found: Suite) -> Dataset:
    """The suite's own dataset, or what of it lies beside the repository."""
    source = found.dataset
    if found.name in FETCHED:
        at = SHARED / source.path.relative_to(FOLDER / "../data")
        if not at.is_file():
            pytest.skip("the data are not here")
        source = replace(source, path=at)
    return read_dataset(source)


NOTHING = Knowledge.from_records([{"id": "nothing", "text": "Nothing is searched here."}])
"""In place of the documents of a suite: whether they are at hand is not asked."""


def contenders(found: Suite) -> list[Contender]:
    return contenders_of(found, lambda spec: Scripted(), lambda place: NOTHING)


def scores(found: Suite, responses: Iterator[tuple[Item, Response]]) -> Iterator[tuple[str, Item, Score]]:
    items = data(found).items
    fields = frozenset.intersection(*(frozenset(item.fields) for item in items))
    reads = contenders(found)[0].prompt.settings.answer
    scorers = [(scorer_name(entry), scorer_of(entry, fields=fields, reads=reads)) for entry in found.scorers]
    for item, response in responses:
        for name, scorer in scorers:
            yield name, item, scorer(item, response)


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_a_suite_reads_leaves_the_model_to_the_workspace_and_is_described(path: Path) -> None:
    found = read_suite(path)
    assert found.name == path.stem and found.description
    assert {variant.model for variant in found.variants} == {None}
    assert f"`{path.name}`" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [path.stem for path in SUITES])
def test_every_item_has_what_the_prompts_and_the_scorers_of_its_suite_need(name: str) -> None:
    found = suite(name)
    items = data(found).items
    check_items(contenders(found), items, found)
    fields = frozenset.intersection(*(frozenset(item.fields) for item in items))
    for each in contenders(found):
        for entry in found.scorers:
            scorer_of(entry, fields=fields, reads=each.prompt.settings.answer)
        for item in items[:20]:
            assert each.prompt.render(**each.inputs(item))


def perfect(item: Item) -> Response:
    """What answers an item of any set as its gold says."""
    fields = item.fields
    if "example" in fields:
        return Response(str(fields["example"]))
    if "ground_truth" in fields:
        calls = cast(list[Mapping[str, Mapping[str, list[object]]]], fields["ground_truth"] or [])
        return Response("", tool_uses=tuple(use(number, call) for number, call in enumerate(calls)))
    if "answerable" in fields:
        return grounded(item)
    answer = fields["answer"]
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return Response(f"Answer: {text}", answer=text, value=None if isinstance(answer, str) else answer)


def use(number: int, call: Mapping[str, Mapping[str, list[object]]]) -> ToolUse:
    ((name, values),) = call.items()
    arguments = {key: plain(some[0]) for key, some in values.items() if some[0] != ""}
    return ToolUse(ToolCall(str(number), name, json.dumps(arguments)), ToolResult(str(number), name, "done"))


def plain(value: object) -> object:
    """An acceptable value as a call gives it: those in its tables are lists of acceptable ones again."""
    match value:
        case Mapping():
            return {key: plain(some[0]) for key, some in value.items() if some[0] != ""}
        case list():
            return [plain(each) for each in value]
    return value


def grounded(item: Item) -> Response:
    if not item.fields["answerable"]:
        return Response("The documents do not say.", declined=True)
    ((source, quote),) = (each.values() for each in cast(list[Mapping[str, str]], item.fields["sources"]))
    answer = cast(list[str], item.fields["answers"])[0]
    text = f"{quote}: {answer} [1]"
    start = (REPOSITORY / "knowledge" / source).read_text(encoding="utf-8").index(quote)
    end = start + len(quote)
    citation = Citation(1, quote, start, end, 1, path=source)
    return Response(text, citations=(citation,), passages=(Passage(quote, start, end, 1, path=source),))


@pytest.mark.parametrize("name", [path.stem for path in SUITES if path.stem not in ELSEWHERE])
def test_what_answers_as_the_gold_says_has_the_full_score(name: str) -> None:
    found = suite(name)
    judged = ((item, perfect(item)) for item in data(found).items)
    for scorer, item, score in scores(found, judged):
        if scorer in ("tokens", "cost", "latency", "support"):
            continue
        left_out = score.status == "unscored" and not item.fields.get("answerable", True)
        declined = score.status == "refused" and not item.fields.get("answerable", True)
        assert left_out or declined or score.value == 1, (scorer, item.id, score)


@pytest.mark.parametrize("name", OWN)
def test_what_answers_something_else_has_it_nowhere(name: str) -> None:
    found = suite(name)
    items = data(found).items
    first = scorer_name(found.scorers[0])
    wrong = ((item, Response("I like turtles.", answer="turtles", value={"kind": "turtle"})) for item in items)
    right = [
        item.id
        for scorer, item, score in scores(found, wrong)
        if scorer == first and score.value == 1 and item.fields.get("ground_truth", True)
    ]
    assert right == []


def test_suite_prompt_and_dataset_have_one_schema() -> None:
    kept = json.loads((REPOSITORY / "eval/datasets/extraction.schema.json").read_text(encoding="utf-8"))
    schema = {key: value for key, value in kept.items() if key not in ("$schema", "title")}
    assert suite("extraction").scorers[1].table["schema"] == schema
    strategy = Prompt.load(FOLDER / "prompts/event_fields.prompty").settings.strategy
    assert strategy is not None and strategy.options["schema"] == schema
