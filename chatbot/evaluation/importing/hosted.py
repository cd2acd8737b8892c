"""Evals of OpenAI's hosted service: an eval and a run as its API gives them, as JSON, and data of `{"item": …}` rows.

The eval has the criteria, a run has the messages, the model and its options, and sometimes the data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chatbot.errors import ProjectError
from chatbot.evaluation.importing.imported import Imported, Row
from chatbot.prompting.convert import openai_messages
from chatbot.prompting.convert.draft import Draft
from chatbot.prompting.convert.tree import Thread
from chatbot.prompting.convert.turns import joined
from chatbot.prompting.inputs import Input
from chatbot.sampling import Sampling

ITEM = re.compile(r"\{\{\s*item\.([\w.\[\]]+)\s*\}\}")
SAMPLE = re.compile(r"\{\{\s*sample\.output_text\s*\}\}")

ADAPTER = '''


def scored(item, response):
    """As the service called it."""
    return grade({"output_text": response.text}, dict(item.fields))
'''
"""What makes a scorer of a Python grader, `grade(sample, item)`."""

OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "max_completion_tokens": "max_tokens",
    "max_completions_tokens": "max_tokens",  # as the service spells it
    "max_output_tokens": "max_tokens",
}


def of_hosted(path: Path, objects: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> Imported:
    """The eval that JSON objects of the API describe; `rows` are those of data files.

    Raises ProjectError where there are no items, or no criteria that carry over.
    """
    losses: list[str] = []
    criteria = [each for given in objects for each in given.get("testing_criteria") or ()]
    sources = [given["data_source"] for given in objects if isinstance(given.get("data_source"), dict)]
    source = sources[0] if sources else {}
    content = (source.get("source") or {}).get("content") or ()
    items = [_row(each, number) for number, each in enumerate([*rows, *content], 1)]
    if not items:
        hint = 'give its data as a file too: rows like {"item": {…}}'
        raise ProjectError(f"{path}: there are no items in it", hint=hint)
    files: dict[str, str] = {}
    scorers = [scorer for each in criteria if (scorer := _scorer(each, losses, files))]
    if criteria and not scorers:
        raise ProjectError(f"{path}: none of its criteria carries over: {'; '.join(losses)}")
    if not criteria:
        losses.append("there are no criteria: give the eval's own JSON as a file too")
        scorers = [{"kind": "tokens"}]
    name = next((str(each["name"]) for each in objects if each.get("name")), path.stem)
    draft = _draft(name, source, items[0], losses)
    models = [f"openai:{source['model']}"] if source.get("model") else []
    return Imported(name, draft, items, scorers, models=models, losses=losses, files=files)


def _row(given: Mapping[str, Any], number: int) -> dict[str, object]:
    item = given.get("item", given)
    fields = dict(item) if isinstance(item, dict) else {"value": item}
    return {"id": str(fields.pop("id", number)), **fields}


def _draft(name: str, source: Mapping[str, Any], row: Row, losses: list[str]) -> Draft:
    """The prompt of a run."""
    messages = source.get("input_messages") or {}
    sampling, unknown = _sampling(source.get("sampling_params") or {})
    losses += unknown
    if reference := messages.get("item_reference"):
        thread = Input(str(reference).removeprefix("item."), "thread", required=True)
        return Draft(name, sampling=sampling, inputs=(thread,), body=joined([Thread(thread.name)]))
    template = messages.get("template")
    if not template:
        losses.append("the messages that it asks stand in its runs: give the JSON of one too; here each field is shown")
        shown = "\n".join(f"{key}: {{{{ item.{key} }}}}" for key in row if key != "id")
        template = [{"role": "user", "content": shown}]
    said = [{"role": each.get("role", "user"), "content": _text(each.get("content"))} for each in template]
    read = openai_messages.read(Path(f"{name}.json"), json.dumps({"messages": said}))
    losses += read.losses
    inputs = tuple(Input(each.name, _kind(row.get(each.name)), required=True) for each in read.draft.inputs)
    return Draft(name, sampling=sampling, inputs=inputs, body=read.draft.body)


def _text(content: object) -> str:
    """A message's text over an item's fields, as ours writes them."""
    match content:
        case {"text": str(text)}:
            pass
        case [*parts]:
            text = "\n".join(_text(part) for part in parts)
        case _:
            text = content if isinstance(content, str) else ""
    return ITEM.sub(r"{{ \1 }}", text)


def _kind(value: object) -> Any:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "float"
        case list():
            return "array"
        case dict():
            return "object"
    return "string"


def _sampling(given: Mapping[str, Any]) -> tuple[Sampling, list[str]]:
    known = {OPTIONS[key]: value for key, value in given.items() if key in OPTIONS and value is not None}
    return Sampling(**known), [f"the option {key!r} of the run" for key in given if key not in OPTIONS]


# --- criteria ---------------------------------------------------------------------------------------------------------


def _scorer(criterion: Mapping[str, Any], losses: list[str], files: dict[str, str]) -> Row | None:
    """The scorer that judges as a criterion does; None, with a loss, where there is none."""
    name, kind = str(criterion.get("name") or criterion.get("type")), criterion.get("type")
    made: Row | None = None
    if kind == "string_check" and SAMPLE.fullmatch(str(criterion.get("input", "")).strip()):
        made = _string_check(criterion)
    elif kind in ("label_model", "score_model"):
        made = _judge(criterion, losses)
    elif kind == "text_similarity" and criterion.get("evaluation_metric") == "rouge_1":
        made = {"kind": "span_f1", "expect": _text(criterion.get("reference")), "of": "text"}
        losses.append(f"the threshold of {name!r}: the words in common are compared as they are")
    elif kind == "python" and isinstance(criterion.get("source"), str):
        file = f"grader_{len(files) + 1}.py"
        files[file] = criterion["source"].rstrip() + ADAPTER
        made = {"kind": "python", "function": f"{file}:scored"}
        losses.append(f"the sandbox of {name!r}: {file} runs in this program, with what is installed here")
    if made is None:
        how = criterion.get("operation") or criterion.get("evaluation_metric") or ""
        losses.append(f"the criterion {name!r}: there is no scorer for {kind} {how}".rstrip())
        return None
    return {"name": name, **made}


def _string_check(criterion: Mapping[str, Any]) -> Row | None:
    expect = {"expect": _text(criterion.get("reference"))}
    operations: dict[str, Row] = {
        "eq": {"kind": "exact", **expect},
        "like": {"kind": "contains", **expect},
        "ilike": {"kind": "contains", **expect, "ignore_case": True},
    }
    return operations.get(str(criterion.get("operation")))


def _judge(criterion: Mapping[str, Any], losses: list[str]) -> Row:
    """A judge whose rubric is what the criterion's model was told."""
    told = "\n\n".join(_text(each.get("content")) for each in criterion.get("input") or ())
    rubric = SAMPLE.sub("(the answer)", told)
    judges = {"judges": [f"openai:{criterion['model']}"]} if criterion.get("model") else {}
    losses += [
        f"the option {key!r} of the judge {criterion.get('name')!r}" for key in criterion.get("sampling_params") or ()
    ]
    if criterion.get("type") == "label_model":
        passing = ", ".join(map(repr, criterion.get("passing_labels") or ()))
        rubric += f"\n\nGive as grade 5 where the label is one of {passing}, and else 1."
        return {"kind": "rubric", "rubric": rubric, "question": _QUESTION, **judges}
    least, most = criterion.get("range") or (0, 1)
    threshold = criterion.get("pass_threshold")
    rubric += f"\n\nGive as grade the score, from {least} to {most}, instead of one from 1 to 5."
    scale = {"scale": [least, most], **({"measure": "grade"} if threshold is None else {"pass": threshold})}
    return {"kind": "rubric", "rubric": rubric, "question": _QUESTION, **judges, **scale}


_QUESTION = "see the rubric"
"""The fields of an item stand in the rubric, as the criterion's messages had them."""
