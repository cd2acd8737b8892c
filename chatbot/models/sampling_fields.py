"""Which fields of a chat-completions request say how to draw, by the program that serves.

In: a sampling, and who serves. Out: the fields beyond those of OpenAI's own protocol that every server knows. What a
server has no field for, or is known to overlook, is refused by name: nobody is to take an answer for one that was drawn
as asked. Where nobody can tell who serves, the names that most servers share are sent, and no form of the reply is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from chatbot.errors import ModelRefused
from chatbot.sampling import Sampling
from chatbot.sampling_names import name_of

PLAIN = frozenset(
    ("temperature", "top_p", "max_tokens", "seed", "stop", "frequency_penalty", "presence_penalty", "logprobs")
)
"""Fields of `Sampling` that every server knows (https://platform.openai.com/docs/api-reference/chat/create)."""

_SHARED = {name: name for name in ("top_k", "min_p", "repetition_penalty", "logit_bias")}
_LLAMA = {**_SHARED, "repetition_penalty": "repeat_penalty"}

NAMES: Mapping[str, Mapping[str, str]] = {
    "": _SHARED,
    "openai": {"logit_bias": "logit_bias"},
    "ollama": {},
    "vllm": {**_SHARED, "regex": "structured_outputs", "choices": "structured_outputs"},
    "sglang": {**_SHARED, "regex": "regex", "choices": "regex"},
    "llamacpp": {**_LLAMA, "typical_p": "typical_p", "choices": "grammar"},
    "lmstudio": {name: theirs for name, theirs in _LLAMA.items() if name != "min_p"},
    "openrouter": _SHARED,
}
"""By who serves, what it calls the other fields of `Sampling`; from the documentation of each, as of November 2026."""


def depends_on_server(sampling: Sampling) -> bool:
    """Whether it takes to know who serves."""
    return not sampling.said().keys() <= PLAIN


def sampling_fields(sampling: Sampling, server: str | None, *, where: str) -> dict[str, object]:
    """The fields, of those that not every server knows. Raises ModelRefused for what this one has no field for."""
    names = NAMES[server or ""]
    fields: dict[str, object] = {}
    for name, value in sampling.said().items():
        if name in PLAIN:
            continue
        if name not in names:
            raise ModelRefused(f"{where} has no field for {name_of(name)}", hint=_instead(name, names))
        fields[names[name]] = _written(name, value, server, where)
    return {**fields, **({"provider": {"require_parameters": True}} if fields and server == "openrouter" else {})}


def _written(name: str, value: object, server: str | None, where: str) -> object:
    match name:
        case "logit_bias" if isinstance(value, tuple):
            return list(map(list, _llama_biases(value))) if server == "llamacpp" else dict(_biases(value, where))
        case "regex" if server == "vllm":
            return {"regex": value}
        case "choices" if isinstance(value, tuple):
            return _choices(value, server)
    return value


def _choices(choices: tuple[str, ...], server: str | None) -> object:
    """For llama.cpp a grammar in GBNF, whose texts are escaped as those of JSON are."""
    if server == "llamacpp":
        return "root ::= " + " | ".join(json.dumps(each, ensure_ascii=False) for each in choices)
    return {"choice": list(choices)} if server == "vllm" else "|".join(map(re.escape, choices))


def _biases(biases: tuple[tuple[str, float], ...], where: str) -> Iterator[tuple[str, float]]:
    """By id: only the server knows the ids of its tokens."""
    for token, bias in biases:
        if not re.fullmatch(r"#\d+", token):
            raise ModelRefused(f"{where} takes logit-bias by the token's id alone", hint="write it as logit-bias=#ID:2")
        yield token[1:], bias


def _llama_biases(biases: tuple[tuple[str, float], ...]) -> Iterator[tuple[int | str, float]]:
    """llama.cpp takes texts too, and biases all tokens of them."""
    for token, bias in biases:
        yield (int(token[1:]) if re.fullmatch(r"#\d+", token) else token), bias


def _instead(name: str, names: Mapping[str, str]) -> str:
    if name in ("draft", "prompt_lookup"):
        return "leave it out: whether to guess ahead is set where the server is started"
    known = ", ".join(sorted(map(name_of, names)))
    return f"a model in this process has it (local:PATH); this one has {known or 'only what every service has'}"
