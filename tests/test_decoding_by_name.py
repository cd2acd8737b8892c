"""Every strategy of decoding by its name: asked for as a user asks for it, and answered by a model in this process."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("llguidance")

from tiny_models import tiny_model

from chatbot import Chatbot, solve
from chatbot.cli.program import run
from chatbot.effects import Generate
from chatbot.errors import ChatbotError, ProjectError, PromptError, UsageError
from chatbot.messages import message
from chatbot.models import Scripted
from chatbot.models.fold import fold
from chatbot.models.local.model import LocalModel
from chatbot.sampling import Sampling
from chatbot.sampling_names import WAYS, read_decoding

QUESTION = "A token, and what it says"

PROMPT = """---
name: bare
model:
  options: {{maxOutputTokens: 12}}
{}inputs:
  question: {{kind: string}}
---
user:
{{{{question}}}}
"""

SHORT = """temperature=1, max-tokens=90, seed=5, logit-bias='":9'"""
"""Ends its strings soon."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a model, and a smaller one that may write ahead."""
    place = tmp_path_factory.mktemp("workspace")
    tiny_model(place / "tiny", "llama", context=1024)
    tiny_model(place / "small", "llama", seed=1, context=1024)
    (place / "prompts").mkdir()
    (place / "chatbot.toml").write_text("tools = []\n")
    write_prompt(place)
    return place


@pytest.fixture(scope="module")
def model(place: Path) -> LocalModel:
    made = Chatbot(f"local:{place / 'tiny'}", workspace=place, knowledge=None, prompt="bare").model
    assert isinstance(made, LocalModel)
    return made


def write_prompt(place: Path, metadata: str = "", name: str = "bare") -> str:
    (place / "prompts" / f"{name}.prompty").write_text(PROMPT.format(metadata).replace("name: bare", f"name: {name}"))
    return name


def answer(model: LocalModel, place: Path, decode: str | Sampling = "", prompt: str = "bare") -> str:
    bot = Chatbot(model, workspace=place, knowledge=None, prompt=prompt, decode=decode, durable=False)
    return bot.ask(QUESTION).text.strip()


def plainly(model: LocalModel, **options: Any) -> str:
    """What `generate` alone writes."""
    import torch

    weights = model.weights
    prompt = weights.tokenizer(f"<|im_start|>user\n{QUESTION}<|im_end|>\n<|im_start|>assistant\n", return_tensors="pt")
    with torch.inference_mode():
        made = weights.model.generate(**prompt, max_new_tokens=12, **options)
    return str(weights.tokenizer.decode(made[0, prompt.input_ids.shape[1] :], skip_special_tokens=True)).strip()


SEARCHES: Mapping[str, Mapping[str, Any]] = {
    "greedy": {},
    "beam": {"num_beams": 4},
    "beam=3": {"num_beams": 3},
    "diverse-beam=2, diversity-penalty=0, beam=4": {"num_beams": 2},
    "contrastive=0": {},
    "greedy, repetition-penalty=1.4": {"repetition_penalty": 1.4},
    "greedy, no-repeat-ngram=2": {"no_repeat_ngram_size": 2},
    "greedy, logit-bias=#70:9": {"sequence_bias": [[[70], 9.0]]},
    "greedy, prompt-lookup": {},
    "greedy, draft=local:small": {},
    "temperature=0.5, top-k=1": {},
}


@pytest.mark.parametrize("decode", SEARCHES)
def test_an_answer_is_what_generate_writes(
    model: LocalModel, place: Path, decode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)

    assert answer(model, place, decode) == plainly(model, do_sample=False, **SEARCHES[decode])


@pytest.mark.parametrize(
    "decode",
    [
        "temperature=1.5, seed=3",
        "temperature=2, top-p=0.9, seed=3",
        "temperature=2, top-k=30, seed=3",
        "temperature=2, min-p=0.01, seed=3",
        "temperature=2, typical=0.9, seed=3",
        "frequency-penalty=2, presence-penalty=2, temperature=1, seed=3",
        "temperature=1, seed=3, draft=local:small",
        "diverse-beam",
        "contrastive",
    ],
)
def test_a_way_of_its_own_writes_something_else_and_the_same_again(
    model: LocalModel, place: Path, decode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    said = answer(model, place, decode)

    assert said == answer(model, place, decode)
    if "temperature" in decode:  # a search may find what greedy decoding does
        assert said != plainly(model, do_sample=False)


def test_a_reply_is_held_to_a_form(model: LocalModel, place: Path) -> None:
    assert answer(model, place, "choices=yes|no") in ("yes", "no")
    assert re.fullmatch("[a-f]{3}-[0-9]{2}", answer(model, place, "temperature=1, regex='[a-f]{3}-[0-9]{2}'"))
    schema = "outputs:\n  sun: {kind: boolean, required: true}\nmetadata:\n  chatbot:\n    strategy: structured\n"
    assert "sun" in json.loads(answer(model, place, SHORT, write_prompt(place, schema, "shaped")))


def test_tokens_are_scored_whatever_the_search(model: LocalModel, place: Path) -> None:
    def scores(decode: str) -> list[float]:
        sampling = read_decoding(f"{decode}, logprobs=2, max-tokens=12")
        reply = asyncio.run(fold(model.stream(Generate((message("user", QUESTION, "user"),), sampling=sampling))))
        assert all(len(each.alternatives) == 2 for each in reply.scores)
        return [each.logprob for each in reply.scores]

    assert scores("greedy") == pytest.approx(scores("greedy, prompt-lookup"), abs=1e-4)
    assert sum(scores("beam=4")) > sum(scores("greedy"))


def test_every_name_is_asked_for_here() -> None:
    here = Path(__file__).read_text(encoding="utf-8")

    assert [way.name for way in WAYS if way.name not in here] == []


# --- ways in ----------------------------------------------------------------------------------------------------------


def test_the_prompt_goes_before_the_settings_and_the_caller_before_both(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "chatbot.toml").write_text('decode = "top-p=0.5, stop=END, beam=2"\n')
    silent = write_prompt(tmp_path)
    says = write_prompt(tmp_path, "metadata:\n  chatbot:\n    decode: min-p=0.1, temperature=0.8\n", "says")

    def drawn(prompt: str, **given: Any) -> Sampling:
        bot = Chatbot(Scripted(), workspace=tmp_path, knowledge=None, prompt=prompt, **given)
        return bot.drawn(bot.prompt)

    assert drawn(silent) == read_decoding("top-p=0.5, stop=END, beam=2, max-tokens=12")
    assert drawn(says) == read_decoding("top-p=0.5, stop=END, min-p=0.1, temperature=0.8, max-tokens=12")
    assert drawn(says, decode="greedy").temperature == 0
    assert drawn(says, decode=Sampling(contrastive_alpha=0.5, top_k=3)).contrastive_alpha == 0.5
    monkeypatch.setenv("CHATBOT_DECODE", "greedy")
    assert drawn(silent) == read_decoding("greedy, max-tokens=12")


def test_one_item_is_solved_as_it_is_asked(model: LocalModel, place: Path) -> None:
    file = place / "prompts" / "bare.prompty"

    outcome = solve(file, {"question": QUESTION}, model=model, decode="beam=3")

    assert outcome.text.strip() == plainly(model, num_beams=3)


def test_the_command_line_names_it(
    model: LocalModel, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setattr("sys.stdin", None)
    asked = ["ask", QUESTION, "-m", f"local:{place / 'tiny'}", "-p", "bare", "--no-knowledge", "--json", "--decode"]

    assert not run([*asked, "beam=3, choices=yes"])
    assert json.loads(capsys.readouterr().out)["text"] == "yes"
    assert run([*asked, "bean=3"]) == 2
    assert "decode: there is no 'bean' — did you mean 'beam'?" in capsys.readouterr().err


def test_ways_to_decode_are_compared_by_a_suite(
    model: LocalModel, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    (place / "items.jsonl").write_text(
        "".join(json.dumps({"id": str(n), "question": f"{n}?", "answer": "yes"}) + "\n" for n in range(3))
    )
    (place / "suite.yaml").write_text(
        "dataset: {path: items.jsonl}\nprompts: [prompts/bare.prompty]\nscorers: [{kind: exact}]\n"
        "parameters: [{decode: choices=no}, {decode: choices=yes}, {temperature: 0}]\n"
    )

    assert not run(["eval", "run", "suite.yaml", "-m", f"local:{place / 'tiny'}", "--decode", "choices=yes", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [variant["mean"] for variant in found["variants"]] == [0, 1, 1]


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ("metadata:\n  chatbot:\n    decode: min_q=0.1\n", r"bare.prompty:\d+: decode: there is no 'min_q'"),
        ("metadata:\n  chatbot:\n    decode: max-tokens=3\n", "max_tokens stands among the options as well"),
        ("metadata:\n  chatbot:\n    decode: 4\n", "decode must be text, not 4"),
    ],
)
def test_a_prompt_file_is_told_its_line(tmp_path: Path, metadata: str, said: str) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "chatbot.toml").write_text("")
    write_prompt(tmp_path, metadata)

    with pytest.raises(PromptError, match=said):
        Chatbot("extractive", workspace=tmp_path, knowledge=None, prompt="bare")


def test_settings_are_told_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chatbot.toml").write_text('decode = "top-k=0"\n')
    with pytest.raises(ProjectError, match=r"chatbot.toml: decode: top-k must be a whole number of at least 1"):
        Chatbot("extractive", workspace=tmp_path)
    (tmp_path / "chatbot.toml").write_text("")
    monkeypatch.setenv("CHATBOT_DECODE", "nucleus")
    with pytest.raises(ProjectError, match="CHATBOT_DECODE: decode: there is no 'nucleus'"):
        Chatbot("extractive", workspace=tmp_path)


@pytest.mark.parametrize(
    ("decode", "said"),
    [
        ("beam, contrastive", "name one"),
        ("draft=local:nowhere", "nowhere"),
        ("regex='(?=a)'", "look-around"),
        ("logit-bias=#9999:1", "there is no token #9999"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(model: LocalModel, place: Path, decode: str, said: str) -> None:
    with pytest.raises(ChatbotError, match=said) as refused:
        answer(model, place, decode)

    assert "\n" not in str(refused.value)


def test_a_model_that_only_quotes_says_that_nothing_is_drawn(place: Path) -> None:
    bot = Chatbot("extractive", workspace=place, knowledge=None, decode="beam")
    with pytest.raises(UsageError, match="extractive only quotes and draws nothing"):
        bot.ask(QUESTION)
