"""The JSON Schema of a suite, for editors: keys, kinds and names as the readers have them, with what each means.

An editor that knows it completes keys and marks mistakes while a suite is written; what it lets pass the reader still
refuses, with file and line. Tables of names (scorers, strategies, sampling) are taken from where they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chatbot.evaluation import dataset, suite
from chatbot.evaluation.scoring import likeliest
from chatbot.evaluation.scoring.registry import KINDS, OF_EVERY_ENTRY
from chatbot.models import prices, purse
from chatbot.strategies.registry import STRATEGIES

Schema = dict[str, Any]

EDITOR_LINE = "# yaml-language-server: $schema={}"
"""First line of a suite that tells an editor where its schema lies."""

_TEXT: Schema = {"type": "string"}
_TRUTH: Schema = {"type": "boolean"}
_MANY: Schema = {"type": "array", "items": _TEXT}
_COUNT: Schema = {"type": "integer", "minimum": 1}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_AMOUNT: Schema = {"type": "number", "minimum": 0}
_TEMPLATE: Schema = {"description": 'A value, or a template over the item\'s fields: "{{ answer }}".'}


def suite_schema() -> Schema:
    """The schema of a whole suite."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A suite of `chatbot eval`",
        **_table(suite.KEYS, _OF_A_SUITE, required=("dataset", "scorers")),
        "oneOf": [{"required": ["prompts"]}, {"required": ["variants"]}],
        "$defs": {
            "dataset": {
                **_table(dataset.KEYS, _OF_A_DATASET),
                "oneOf": [{"required": ["path"]}, {"required": ["huggingface"]}],
            },
            "budget": _table(suite.OF_A_BUDGET, _OF_A_BUDGET),
            "strategy": _strategy(),
            "sampling": _table(suite.OF_PARAMETERS, _OF_SAMPLING),
            "retrieval": _table(suite.OF_RETRIEVAL, _OF_RETRIEVAL),
            "variant": _table(suite.OF_A_VARIANT, _OF_A_VARIANT, required=("prompt",)),
            "price": _table(prices.KEYS, _OF_A_PRICE, required=("input", "output")),
            "scorer": _scorer(),
        },
    }


def _table(keys: Iterable[str], known: Mapping[str, Schema], *, required: tuple[str, ...] = ()) -> Schema:
    """A table of these keys and no others."""
    made: Schema = {"type": "object", "properties": {key: known.get(key, {}) for key in keys}}
    if required:
        made["required"] = list(required)
    return {**made, "additionalProperties": False}


def _told(words: str, schema: Schema) -> Schema:
    return {"description": words, **schema}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _list(words: str, of: Schema) -> Schema:
    return _told(words, {"type": "array", "items": of})


def _strategy() -> Schema:
    """A name, `A over B`, or a table of a name and options, which differ from strategy to strategy."""
    names = list(STRATEGIES)
    over = {"type": "string", "pattern": f"^({'|'.join(names)}) over .+$"}
    return {
        "anyOf": [
            {"enum": names},
            over,
            {"type": "object", "required": ["name"], "properties": {"name": {"anyOf": [{"enum": names}, over]}}},
        ]
    }


def _scorer() -> Schema:
    """An entry of any kind; what it may say beside the kind depends on it."""
    kinds = []
    for name, kind in KINDS.items():
        options = {option: _OF_A_KIND.get((name, option)) or _OF_A_SCORER.get(option, {}) for option in kind.options}
        every = {**{key: _OF_A_SCORER.get(key, {}) for key in OF_EVERY_ENTRY}, "kind": {"const": name}}
        properties = {**every, **options}
        kinds.append({"properties": properties, "required": ["kind"], "additionalProperties": False})
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": _told("How answers are judged.", {"enum": list(KINDS)})},
        "oneOf": kinds,
    }


_OF_A_SUITE: Mapping[str, Schema] = {
    "name": _told("What reports and runs call it; the file's name where it is left out.", _TEXT),
    "description": _told("What it compares, for people.", _TEXT),
    "dataset": _told("The items, a row each.", _ref("dataset")),
    "prompts": _list("Prompt files: names in prompts/, or paths from this file.", _TEXT),
    "strategies": _list("Ways to ask; what each prompt names where this is left out.", _ref("strategy")),
    "models": _list("Models by spec; the workspace's, or --model, where this is left out.", _TEXT),
    "parameters": _list("Ways to draw, before what the prompts say.", _ref("sampling")),
    "retrieval": _list("Documents to answer from, as a chat would.", _ref("retrieval")),
    "variants": _list("Variants one by one, in place of the crossed lists.", _ref("variant")),
    "scorers": {**_list("The first is the one that variants are compared by.", _ref("scorer")), "minItems": 1},
    "repeats": _told("How often each item is asked; 1.", _COUNT),
    "baseline": _told("The variant that others are compared with; the first.", _TEXT),
    "margin": _told("A difference that does not matter.", _SHARE),
    "budget": _told("What the whole run may spend, judges and all.", _ref("budget")),
    "prices": _told(
        "US dollars for a million tokens, by the model's name at its endpoint.",
        {"type": "object", "additionalProperties": _ref("price")},
    ),
    "concurrency": _told(f"Cells asked at once; {suite.CONCURRENCY}, or a local model's `batch`.", _COUNT),
    "seed": _told("Of the order in which items are asked; 0.", {"type": "integer"}),
    "until_decided": _told("Stop once every variant is better, worse or equivalent.", _TRUTH),
    "until_width": _told(
        "Stop once every difference is known to ± this.", {"type": "number", "minimum": 0.001, "maximum": 0.5}
    ),
    "race": _told(
        "Find the best of many variants on this part of the items, and prove it on the rest.",
        {"anyOf": [_TRUTH, {"type": "number", "minimum": 0.1, "maximum": 0.9}]},
    ),
}

_OF_A_DATASET: Mapping[str, Schema] = {
    "path": _told("A JSONL or CSV file, from this file.", _TEXT),
    "huggingface": _told("Name of a Hugging Face dataset, or a folder of one, in place of a file.", _TEXT),
    "subset": _told("Configuration of a Hugging Face dataset.", _TEXT),
    "id": _told("Field of an item's id; id, or the line where there is none.", _TEXT),
    "cluster": _told("Field of what an item shares with others, such as its document.", _TEXT),
    "tags": _told("Field of the tags, by which reports are broken down; tags.", _TEXT),
    "split": _told("Only rows whose field `split` is this; of a Hugging Face dataset its own split, test.", _TEXT),
    "limit": _told("Only so many items, the first: a pilot.", _COUNT),
    "rename": _told(
        "Names that prompts and scorers use, with the fields they stand for.",
        {"type": "object", "additionalProperties": _TEXT},
    ),
}

_OF_A_BUDGET: Mapping[str, Schema] = {
    "dollars": _told("Needs models whose price is known.", _AMOUNT),
    "tokens": _told("Of requests and replies together.", _COUNT),
    "minutes": _told("After which the run is stopped; the next one goes on.", _AMOUNT),
    "reply_tokens": _told(
        f"Longest reply of variants without maxOutputTokens, where dollars or tokens are capped; {purse.REPLY_TOKENS}.",
        _COUNT,
    ),
}

_OF_A_PRICE: Mapping[str, Schema] = {
    "input": _told("Of what is sent.", _AMOUNT),
    "cached": _told("Of what the service read from its cache; as `input`.", _AMOUNT),
    "output": _told("Of what is generated.", _AMOUNT),
}

_OF_RETRIEVAL: Mapping[str, Schema] = {
    "name": _told("What variants with it are called.", _TEXT),
    "knowledge": _told("A folder, a file, or a JSONL file of records; the workspace's documents.", _TEXT),
    "passages": _told(f"Passages put before the model; {suite.PASSAGES}.", _COUNT),
    "search": _told("By meaning and words, by meaning, or by words.", {"enum": list(suite.SEARCHES)}),
    "expansion": _told("Whether the words of what is found first are searched too; true.", _TRUTH),
    "query_expansion": _told("A prompt by which the model says what to search for too; none.", _TEXT),
}

_OF_A_VARIANT: Mapping[str, Schema] = {
    "name": _told("What reports call it; the prompt's name.", _TEXT),
    "prompt": _told("A name in prompts/, or a path from this file.", _TEXT),
    "strategy": _ref("strategy"),
    "model": _told("A spec; the workspace's model, or --model.", _TEXT),
    "parameters": _ref("sampling"),
    "retrieval": _ref("retrieval"),
}

_OF_SAMPLING: Mapping[str, Schema] = {
    "temperature": {"type": "number", "minimum": 0, "maximum": 2},
    "topP": _SHARE,
    "topK": _COUNT,
    "maxOutputTokens": _told("Longest reply.", _COUNT),
    "seed": _told("Grows by one with each repeat.", {"type": "integer"}),
    "stopSequences": _MANY,
    "frequencyPenalty": {"type": "number", "minimum": -2, "maximum": 2},
    "presencePenalty": {"type": "number", "minimum": -2, "maximum": 2},
    "decode": _told("Ways to decode by name: min-p=0.1, beam=4, contrastive.", _TEXT),
}

_OF_A_SCORER: Mapping[str, Schema] = {
    "name": _told("What reports call it; its kind.", _TEXT),
    "when": _told("A template; items for which it is false or empty are not judged.", {}),
    "expect": _TEMPLATE,
    "ignore_case": _TRUTH,
    "match": _told("Whether one of several expected values is enough; any.", {"enum": ["any", "all"]}),
    "labels": _told("JSONL of what people said of some responses.", _TEXT),
    "letters": _TEXT,
    "choices": _TEMPLATE,
    "by": _told("What a log-likelihood is divided by; sum.", {"enum": list(likeliest.BY)}),
    "lead": _told("What a reply begins with before a choice.", _TEXT),
    "tolerance": {},
    "of": _told("What is judged: the reply's text or its answer; of tokens: input, output or total.", _TEXT),
    "measure": _TEXT,
    "k": _told("How many passages count.", _COUNT),
    "least": _SHARE,
    "order": {"enum": ["free", "strict"]},
    "function": _told("A Python function: `package.module:function` or `file.py:function`.", _TEXT),
    "declined": _told("Whether declined replies are judged too.", _TRUTH),
    "judges": _list("Models that judge, by spec; the workspace's.", _TEXT),
    "prompt": _told("The judges' prompt.", _TEXT),
    "repeats": _told("How often each judge is asked; 1.", _COUNT),
    "scale": _told("The lowest and the highest grade; [1, 5].", {"type": "array", "minItems": 2, "maxItems": 2}),
    "pass": _told("Grade from which a response is right.", {"type": "number"}),
}

_OF_A_KIND: Mapping[tuple[str, str], Schema] = {
    ("label", "labels"): {"type": "array"},
    ("choice", "options"): _TEMPLATE,
}
"""Options that mean something else in one kind."""
