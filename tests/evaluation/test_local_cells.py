"""Runs on a model in this process: choices are weighed, and cells that are asked at once are written side by side."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from benches import PROMPT, no_documents
from tiny_models import tiny_model

from chatbot.evaluation.contender import contenders_of
from chatbot.evaluation.dataset import read_dataset
from chatbot.evaluation.run import Asked, Bench, asked, run
from chatbot.evaluation.suite import CONCURRENCY, read_suite
from chatbot.journal import Journal
from chatbot.models.connect import connect
from chatbot.models.local.model import LocalModel
from chatbot.models.model import Model
from chatbot.models.scripted import Scripted


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    connected = connect(f"local:{tiny_model(tmp_path_factory.mktemp('llama'), 'llama')}")
    assert isinstance(connected, LocalModel)
    return connected


def made(folder: Path, model: Model, scorer: str, more: str = "") -> Bench:
    """A suite of eight items."""
    folder.mkdir(exist_ok=True)
    (folder / "plain.prompty").write_text(PROMPT.format(name="plain", words="Answer."), encoding="utf-8")
    rows = [{"id": f"i{n}", "question": f"Is {n} odd?", "options": ["yes", "no"], "answer": "yes"} for n in range(8)]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "suite.yaml").write_text(
        f"dataset: {{path: items.jsonl}}\nprompts: [plain.prompty]\nscorers: [{scorer}]\n{more}", encoding="utf-8"
    )
    suite = read_suite(folder / "suite.yaml")
    contenders = contenders_of(suite, lambda _: model, no_documents)
    return Bench(suite, read_dataset(suite.dataset), contenders, Journal(None))


def ran(folder: Path, model: Model, scorer: str, more: str = "") -> list[Asked]:
    """What comes of the eight items."""
    bench = made(folder, model, scorer, more)
    record = asyncio.run(run(bench))
    return sorted(asked(bench, record.id), key=lambda each: each.item.id)


@contextlib.contextmanager
def passes(model: LocalModel) -> Iterator[list[tuple[int, int]]]:
    """Rows and tokens of each pass through the model."""
    seen: list[tuple[int, int]] = []

    def watch(_module: object, _arguments: object, given: dict[str, Any]) -> None:
        rows, tokens = given["input_ids"].shape
        seen.append((rows, tokens))

    hook = model.weights.model.register_forward_pre_hook(watch, with_kwargs=True)
    try:
        yield seen
    finally:
        hook.remove()


def test_choices_are_weighed_by_the_model_that_is_in_memory(model: LocalModel, tmp_path: Path) -> None:
    came = ran(tmp_path, model, '{kind: likelihood, choices: "{{ options }}"}')
    assert len(came) == 8
    for each in came:
        assert not each.response.error
        yes, no = each.response.likelihoods
        assert each.response.text == ("yes" if yes.logprob >= no.logprob else "no")
        assert each.response.usage.output_tokens == 0
    assert model.engine.rates.written == 0


BOUNDED = "parameters: [{temperature: 0, maxOutputTokens: 24}]\n"


def test_cells_that_are_asked_at_once_are_written_in_one_batch(model: LocalModel, tmp_path: Path) -> None:
    with passes(model) as together:
        came = ran(tmp_path / "together", model, '{kind: contains, expect: "yes"}', BOUNDED)
    with passes(model) as alone:
        one_by_one = ran(tmp_path / "alone", model, '{kind: contains, expect: "yes"}', f"{BOUNDED}concurrency: 1\n")
    written = sum(each.response.usage.output_tokens for each in one_by_one)
    assert {rows for rows, _ in alone} == {1}
    assert sum(tokens == 1 for _, tokens in alone) >= written - 8  # the first token of a reply comes with its prompt
    assert max(rows for rows, _ in together) == 8
    assert sum(tokens == 1 for _, tokens in together) <= written / 4
    assert [each.response.text for each in came] == [each.response.text for each in one_by_one]


def test_a_suite_asks_as_many_cells_at_once_as_its_model_writes_side_by_side(model: LocalModel, tmp_path: Path) -> None:
    assert made(tmp_path, model, "{kind: tokens}").concurrency == model.weights.options.batch == 32
    assert made(tmp_path, model, "{kind: tokens}", "concurrency: 3\n").concurrency == 3
    assert made(tmp_path, Scripted("yes"), "{kind: tokens}").concurrency == CONCURRENCY
