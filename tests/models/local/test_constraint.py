"""Replies that are held to a form: JSON Schemas, regular expressions, choices, under every way to decode."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest

pytest.importorskip("torch")
pytest.importorskip("llguidance")

from tiny_models import TinyWeights, tiny_weights

from chatbot.errors import UsageError
from chatbot.models.local.decoding import plan
from chatbot.sampling_names import read_decoding

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"enum": ["Łódź", "Paris", "São Paulo ☕"]},
        "degrees": {"type": "integer", "minimum": -40, "maximum": 55},
        "days": {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 2},
    },
    "required": ["city", "degrees", "days"],
    "additionalProperties": False,
}


SMALL = {
    "type": "object",
    "properties": {"sun": {"type": "boolean"}},
    "required": ["sun"],
    "additionalProperties": False,
}


def reply(
    weights: TinyWeights, text: str, *, schema: Mapping[str, object] | None = None, seed: int = 0, **options: Any
) -> str:
    """The reply, which is whole."""
    import torch

    prompt = weights.tokenizer("What is the weather like?", return_tensors="pt")
    width = prompt.input_ids.shape[1]
    sampling = read_decoding(f"max-tokens=300, {text}")
    draft = tiny_weights("llama", seed=1) if sampling.draft else None
    decoding = plan(sampling, schema=schema, weights=weights, prompt_tokens=width, draft=draft)
    torch.manual_seed(seed)
    made = weights.model.generate(
        **prompt,
        generation_config=decoding.config,
        logits_processor=decoding.processors,
        custom_generate=decoding.loop,
        assistant_model=decoding.assistant,
        **options,
    )[0, width:].tolist()
    end = weights.tokenizer.eos_token_id
    assert end in made, weights.tokenizer.decode(made)
    return str(weights.tokenizer.decode(made[: made.index(end)]))


@pytest.mark.parametrize("family", ["llama", "gemma3"])
@pytest.mark.parametrize(
    "text",
    [
        "temperature=1",
        "greedy, no-repeat-ngram=1",
        "beam=3",
        "diverse-beam=2",
        "contrastive",
        "greedy, prompt-lookup",
        "draft=local:small, temperature=1",
    ],
)
def test_whatever_the_search_the_reply_fits_the_schema(family: str, text: str) -> None:
    assert json.loads(reply(tiny_weights(family), text, schema=SMALL)) in ({"sun": True}, {"sun": False})


@pytest.mark.parametrize("seed", range(3))
def test_every_part_of_a_schema_is_heeded(seed: int) -> None:
    jsonschema.validate(json.loads(reply(tiny_weights("llama"), "temperature=1", schema=SCHEMA, seed=seed)), SCHEMA)


@pytest.mark.parametrize("seed", range(8))
def test_replies_drawn_by_chance_match_the_regular_expression(seed: int) -> None:
    wanted = r"[A-Z][a-zé]{1,5}( [0-9]{2,3}){2}!?"

    said = reply(tiny_weights("llama"), f'temperature=1.5, regex="{wanted.replace(chr(92), chr(92) * 2)}"', seed=seed)

    assert re.fullmatch(wanted, said)


def test_one_of_the_choices_is_said_to_its_last_character() -> None:
    choices = ("yes", "yes, surely", 'no "thanks"\\', "☕ 🎉", "<|im_end|>")
    text = "temperature=2, " + ", ".join(
        'choices="' + each.replace("|", "\\|").replace("\\", "\\\\").replace('"', '\\"') + '"' for each in choices
    )

    said = {reply(tiny_weights("llama"), text, seed=seed) for seed in range(30)}

    assert said <= set(choices) and len(said) >= 3


@pytest.mark.parametrize("text", ["<think>Two.</think>4", r"<\|im_end\|>"])
def test_a_form_that_quotes_special_tokens_gets_their_letters(text: str) -> None:
    assert reply(tiny_weights("llama"), f"temperature=1, choices={text}") == text.replace("\\", "")


def test_rows_of_a_batch_are_held_each_by_itself() -> None:
    import torch

    from chatbot.models.local.constraint import Constraint, grammar_of

    tokenizer = tiny_weights("llama").tokenizer
    held = Constraint(grammar_of(choices=("ab", "cd")), tokenizer, ends=[tokenizer.eos_token_id], prompt_tokens=1)
    a, b, c, d = (tokenizer.encode(each)[0] for each in "abcd")

    def allowed(*rows: list[int]) -> list[set[int]]:
        scores = held(torch.tensor([[0, *row] for row in rows]), torch.zeros(len(rows), len(tokenizer)))
        return [set(row.isfinite().nonzero().flatten().tolist()) for row in scores]

    assert allowed([], [])[0] >= {a, c}
    assert allowed([a], [c]) == [{b}, {d}]
    assert allowed([c], [a]) == [{d}, {b}], "beams change places"
    end = {tokenizer.eos_token_id}
    assert allowed([c, d], [a, b]) == [end, end]
    assert allowed([a], [a]) == [{b}, {b}], "drafts are taken back"
    assert all(len(row) > 1 for row in allowed([a, d], [a, d])), "a draft that breaks the form is left to be refused"
    assert allowed([a], [c]) == [{b}, {d}]


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({"regex": "["}, "unclosed character class"),
        ({"regex": r"(a)\1"}, "backreferences are not supported"),
        ({"schema": {"type": "strng"}}, "Invalid type: strng"),
        ({"schema": {"not": {"type": "string"}}}, "not"),
        ({"schema": {"type": "object", "unevaluatedProperties": False}}, "unevaluatedProperties"),
    ],
)
def test_a_form_that_cannot_be_held_to_is_refused_by_name(form: dict[str, Any], wrong: str) -> None:
    from chatbot.models.local.constraint import grammar_of

    with pytest.raises(UsageError, match=wrong) as refused:
        grammar_of(**form)

    assert "\n" not in str(refused.value)


def test_a_slow_tokenizer_is_refused_in_one_line() -> None:
    from chatbot.models.local.constraint import Constraint, grammar_of

    class Slow:
        eos_token_id = 0

    with pytest.raises(UsageError, match="fast tokenizer"):
        Constraint(grammar_of(regex="a"), Slow(), ends=[0], prompt_tokens=1)
