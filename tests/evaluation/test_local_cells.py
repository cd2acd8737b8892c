"""Runs on a model in this process: choices are weighed, and cells that are asked at once are written side by side."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from benches import PROMPT, no_documents
from tiny_models import tiny_model

from chatbot.evaluation.contender import contenders_of
from chatbot.evaluation.dataset import read_dataset
from chatbot.evaluation.run import Asked, Bench, asked, run
from chatbot.evaluation.suite import read_suite
from chatbot.journal import Journal
from chatbot.models.connect import connect
from chatbot.models.local.model import LocalModel


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    connected = connect(f"local:{tiny_model(tmp_path_factory.mktemp('llama'), 'llama')}")
    assert isinstance(connected, LocalModel)
    return connected


def ran(folder: Path, model: LocalModel, scorer: str, more: str = "") -> list[Asked]:
    """What comes of eight items."""
    folder.mkdir(exist_ok=True)
    words = "Answer."
    (folder / "plain.prompty").write_text(PROMPT.format(name="plain", words=words), encoding="utf-8")
    rows = [{"id": f"i{n}", "question": f"Is {n} odd?", "options": ["yes", "no"], "answer": "yes"} for n in range(8)]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "suite.yaml").write_text(
        f"dataset: {{path: items.jsonl}}\nprompts: [plain.prompty]\nscorers: [{scorer}]\n{more}", encoding="utf-8"
    )
    suite = read_suite(folder / "suite.yaml")
    bench = Bench(
        suite, read_dataset(suite.dataset), contenders_of(suite, lambda _: model, no_documents), Journal(None)
    )
    record = asyncio.run(run(bench))
    return sorted(asked(bench, record.id), key=lambda each: each.item.id)


def test_choices_are_weighed_by_the_model_that_is_in_memory(model: LocalModel, tmp_path: Path) -> None:
    came = ran(tmp_path, model, '{kind: likelihood, choices: "{{ options }}"}')
    assert len(came) == 8
    for each in came:
        assert not each.response.error
        yes, no = each.response.likelihoods
        assert each.response.text == ("yes" if yes.logprob >= no.logprob else "no")
        assert each.response.usage.output_tokens == 0
    assert model.engine.rates.written == 0
