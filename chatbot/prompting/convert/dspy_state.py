"""The saved state of a DSPy program (JSON) to a draft: instructions, fields and demonstrations of one predictor.

DSPy's adapters write the messages anew at each call, so the layout here is ours: the instructions are the system's,
demonstrations are turns, inputs are named by their prefixes. Read only. Nothing is imported that the file names.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chatbot.prompting.convert.draft import Draft, Read
from chatbot.prompting.convert.foreign import inputs_of, json_file
from chatbot.prompting.convert.tree import Block, Name, Node, Text, Value
from chatbot.prompting.convert.turns import Said, joined
from chatbot.prompting.section import Section

_BESIDE = ("augmented", "dspy_uuid", "dspy_split")
"""What a demonstration holds beside its fields."""

_REASONING = "reasoning"
"""The first output of DSPy's ChainOfThought; without it, a state's last field is taken for the only output."""


def read(path: Path, text: str) -> Read:
    """The draft of a state's first predictor. Raises PromptError with the line of what is none."""
    file = json_file(path, text)
    name, predictor, others = _predictor(Section(file, file.data))
    signature = predictor.section("signature")
    fields = [
        Section(file, item, (*signature.at, "fields", index))
        for index, item in enumerate(signature.items("fields"))
        if isinstance(item, Mapping)
    ]
    demos = [item for item in predictor.items("demos") if isinstance(item, Mapping)]
    names, told = _names(fields, demos)
    if not names:
        raise predictor.error("the state names no fields", hint="save a program that was given a signature")
    first = names.index(_REASONING) if _REASONING in names[:-1] else len(names) - 1
    inputs, outputs = names[:first], names[first:]
    said = [Said("system", (Text(signature.text("instructions") or ""),))]
    for demo in demos:
        question: Block = (Text("\n".join(f"{_label(told, each)} {demo.get(each, '')}" for each in inputs)),)
        said += [Said("user", question), Said("assistant", (Text(_answer(demo, outputs, told)),))]
    asked: list[Node] = []
    for each in inputs:
        asked += [Text(("\n" if asked else "") + f"{_label(told, each)} "), Value(Name(each))]
    body = joined([*said, Said("user", tuple(asked))])
    losses = [f"the predictor {other}" for other in others]
    losses.append("how DSPy's adapter words the fields: each stands behind its label here, a single answer alone")
    return Read(Draft(name=name.replace(".", "_"), inputs=inputs_of(file, body), body=body), tuple(losses))


def is_state(data: Mapping[str, object]) -> bool:
    """Whether a JSON object is a saved state."""
    return "demos" in data or any(isinstance(each, Mapping) and "demos" in each for each in data.values())


def _predictor(top: Section) -> tuple[str, Section, list[str]]:
    """The first predictor with its name, and the names of the others."""
    if "demos" in top.table:
        return "predict", top, []
    found = [key for key, each in top.table.items() if isinstance(each, Mapping) and "demos" in each]
    if not found:
        raise top.error("this is no saved state of DSPy: no part of it has demos")
    return found[0], top.section(found[0]), found[1:]


def _names(fields: list[Section], demos: list[Mapping[str, object]]) -> tuple[list[str], dict[str, str]]:
    """The fields' names in order, the answer last, and their prefixes. Names stand in demonstrations alone."""
    prefixes = [field.text("prefix") or "" for field in fields]
    if demos:
        names = [name for name in demos[0] if name not in _BESIDE][-len(prefixes) :] if prefixes else list(demos[0])
    else:
        names = [prefix.rstrip(": ").lower().replace(" ", "_") for prefix in prefixes]
    return names, dict(zip(names, prefixes, strict=False))


def _answer(demo: Mapping[str, object], outputs: list[str], told: Mapping[str, str]) -> str:
    if len(outputs) == 1:
        return str(demo.get(outputs[0], ""))
    return "\n".join(f"{_label(told, each)} {demo.get(each, '')}" for each in outputs)


def _label(told: Mapping[str, str], name: str) -> str:
    return told.get(name) or f"{name}:"
