"""Suites whose items have choices: what a model is asked of them, and what it is not asked."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from benches import PROMPT, no_documents

from chatbot.effects import Generate
from chatbot.errors import ChatbotError
from chatbot.evaluation.contender import check_items, contenders_of
from chatbot.evaluation.dataset import read_dataset
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.probe import probe
from chatbot.evaluation.run import Bench, asked, run
from chatbot.evaluation.scored import summary_of
from chatbot.evaluation.suite import read_suite
from chatbot.journal import Journal
from chatbot.messages import Likelihood, Reply, Usage
from chatbot.models.model import Abilities
from chatbot.models.prices import Price
from chatbot.models.scripted import Scripted

WEIGHS = Abilities(writes=True, tools=True, context_tokens=8_000, likelihoods=True, price=Price(1.0, 1.0, 1.0))

BY_LENGTH = '{kind: likelihood, choices: "{{ options }}"}'


def shortest_first(request: Generate) -> Reply:
    """A model that holds the shortest candidate likeliest, and writes 7."""
    if not request.candidates:
        return Reply("It is 7.", usage=Usage(10, 4))
    told = tuple(Likelihood(text, -float(len(text)), 1) for text in request.candidates)
    return Reply("", usage=Usage(10, 0), likelihoods=told)


def bench(
    folder: Path, scorers: str, more: str = "", *, model: Scripted | None = None, options: object = None
) -> Bench:
    (folder / "plain.prompty").write_text(PROMPT.format(name="plain", words="Answer."), encoding="utf-8")
    rows = [
        {"id": f"i{n}", "question": f"{n}?", "options": options or ["x" * (n + 1), "long enough"], "answer": "A"}
        for n in range(4)
    ]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "suite.yaml").write_text(
        f"dataset: {{path: items.jsonl}}\nprompts: [plain.prompty]\nscorers: [{scorers}]\n{more}", encoding="utf-8"
    )
    suite = read_suite(folder / "suite.yaml")
    made = model or Scripted(shortest_first, repeat=True, abilities=WEIGHS)
    return Bench(suite, read_dataset(suite.dataset), contenders_of(suite, lambda _: made, no_documents), Journal(None))


def requests(made: Bench) -> list[Generate]:
    model = made.contenders[0].model
    assert isinstance(model, Scripted)
    return model.requests


def test_each_items_choices_are_weighed_after_the_prompt_and_nothing_is_written(tmp_path: Path) -> None:
    made = bench(tmp_path, BY_LENGTH)

    record = asyncio.run(run(made))

    assert len(requests(made)) == 4
    assert all(request.messages[-1].text.strip() == f"{len(request.candidates[0]) - 1}?" for request in requests(made))
    assert {each.response.text for each in asked(made, record.id)} == {"x", "xx", "xxx", "xxxx"}
    mean = summary_of(made, record.id, metrics_of(made)).variants[0].measured.estimate
    assert mean is not None and mean.value == 1


def test_a_reply_is_asked_for_too_where_another_scorer_reads_it(tmp_path: Path) -> None:
    made = bench(tmp_path, f'{BY_LENGTH}, {{kind: number, expect: "7"}}')

    record = asyncio.run(run(made))

    assert sorted(bool(request.candidates) for request in requests(made)) == [False] * 4 + [True] * 4
    for each in asked(made, record.id):
        assert each.response.text == "It is 7." and len(each.response.likelihoods) == 2
        assert (each.response.usage.calls, each.response.usage.input_tokens) == (2, 20)


def test_scorers_may_divide_the_same_likelihoods_by_different_things(tmp_path: Path) -> None:
    made = bench(tmp_path, f"{BY_LENGTH}, {BY_LENGTH[:-1]}, by: character, name: normalised}}")

    asyncio.run(run(made))

    assert len(requests(made)) == 4


def test_what_was_weighed_is_not_weighed_again(tmp_path: Path) -> None:
    made = bench(tmp_path, BY_LENGTH)
    asyncio.run(run(made))
    asyncio.run(run(made, fresh=False))

    assert len(requests(made)) == 4


def test_a_lead_stands_before_the_choices(tmp_path: Path) -> None:
    made = bench(tmp_path, f'{BY_LENGTH[:-1]}, lead: "Answer: "}}')

    asyncio.run(run(made))

    assert {request.lead for request in requests(made)} == {"Answer: "}


def test_a_cap_on_the_spending_holds_for_weighing_as_well(tmp_path: Path) -> None:
    made = bench(tmp_path, BY_LENGTH, "budget: {tokens: 3000}\nconcurrency: 1\n")

    record = asyncio.run(run(made))

    assert 0 < len(list(asked(made, record.id))) <= 4


def test_a_plan_counts_a_call_for_each_item(tmp_path: Path) -> None:
    made = bench(tmp_path, BY_LENGTH)

    found = probe(made.contenders[0], made.dataset.items[0], made)

    assert (found.calls, found.rounds) == (1, 1)


@pytest.mark.parametrize(
    ("scorers", "more", "message"),
    [
        (f"{BY_LENGTH}, {{kind: likelihood, choices: [a, b]}}", "", r"suite\.yaml:3: all scorers by likelihood weigh"),
        (BY_LENGTH, "strategies: [zero_shot_cot]\n", r"suite\.yaml:3: variant 'plain' asks by zero_shot_cot"),
    ],
)
def test_a_suite_that_cannot_be_weighed_is_refused_with_its_line(
    tmp_path: Path, scorers: str, more: str, message: str
) -> None:
    with pytest.raises(ChatbotError, match=message):
        bench(tmp_path, scorers, more)


def test_a_model_that_does_not_tell_is_refused_before_it_is_asked(tmp_path: Path) -> None:
    model = Scripted("7", repeat=True)

    with pytest.raises(ChatbotError, match=r"suite\.yaml:3: scripted does not tell how likely given choices are"):
        bench(tmp_path, BY_LENGTH, model=model)
    assert model.requests == []


def test_an_item_without_choices_is_told_with_its_line_before_anything_is_asked(tmp_path: Path) -> None:
    made = bench(tmp_path, BY_LENGTH, options=["only one"])

    with pytest.raises(ChatbotError, match=r"items\.jsonl:1: choices must be two different texts or more"):
        check_items(list(made.contenders), made.dataset.items, made.suite)


def test_a_model_that_breaks_its_promise_leaves_an_error_and_no_score(tmp_path: Path) -> None:
    made = bench(tmp_path, BY_LENGTH, model=Scripted("7", repeat=True, abilities=WEIGHS))

    record = asyncio.run(run(made))

    assert {each.response.error for each in asked(made, record.id)} == {
        "the model did not tell how likely the choices are"
    }
