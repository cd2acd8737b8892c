"""LangChain's `ChatPromptTemplate` in memory, both ways.

A prompt with plain inputs becomes a template of its usual kind, f-string; one with conditions, loops or filters becomes
one with Jinja. A thread is a `MessagesPlaceholder`.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.errors import PromptError
from chatbot.extras import brought_by
from chatbot.prompting.convert.draft import Draft, Read
from chatbot.prompting.convert.foreign import inputs_of, kind_of
from chatbot.prompting.convert.jinja_text import read_jinja, write_jinja
from chatbot.prompting.convert.losses import lost
from chatbot.prompting.convert.tree import Block, Name, Node, Role, Text, Thread, Value, folded, merged
from chatbot.prompting.convert.turns import Said, joined, listed
from chatbot.prompting.inputs import Input
from chatbot.prompting.prompt_file import PromptFile

if TYPE_CHECKING:
    from langchain_core.prompts import ChatPromptTemplate

TITLE = "a ChatPromptTemplate"

_IN_MEMORY = Path("ChatPromptTemplate")

_NO_FILE = PromptFile(_IN_MEMORY, {}, "")


def to_langchain(draft: Draft) -> tuple[ChatPromptTemplate, tuple[str, ...]]:
    """The template, and what it has no place for. Raises UsageError where LangChain is not installed."""
    with brought_by("langchain", "LangChain's templates"):
        from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder

    messages, losses = listed(draft.body)
    plain = all(_is_plain(each.block) for each in messages if isinstance(each, Said))
    written: list[MessagesPlaceholder | tuple[str, str]] = []
    for each in messages:
        match each:
            case Thread(name):
                declared = draft.input(name)
                optional = declared is not None and declared.default is not None
                written.append(MessagesPlaceholder(name, optional=optional))
            case Said(role, block):
                name = {"system": "system", "user": "human", "assistant": "ai"}[role]
                written.append((name, _braced(block) if plain else write_jinja(block)))
    template = ChatPromptTemplate.from_messages(written, template_format="f-string" if plain else "jinja2")
    defaults = {each.name: each.default for each in draft.inputs if each.default is not None and each.kind != "thread"}
    used = {name: value for name, value in defaults.items() if name in template.input_variables}
    return template.partial(**used) if used else template, (*losses, *lost(draft, TITLE, ("inputs",)))


def from_langchain(template: ChatPromptTemplate) -> Read:
    """The draft of a template. Raises PromptError for parts that are not texts, and for Mustache."""
    from langchain_core.prompts import MessagesPlaceholder

    found: list[Said | Thread] = []
    told: list[Input] = []
    for part in template.messages:
        if isinstance(part, MessagesPlaceholder):
            found.append(Thread(part.variable_name))
            told.append(
                Input(part.variable_name, "thread", required=not part.optional, default=[] if part.optional else None)
            )
        else:
            found.append(_said(part))
    body = joined(found)
    partial = {
        name: value for name, value in template.partial_variables.items() if name not in {each.name for each in told}
    }
    for name, value in partial.items():
        if isinstance(value, str | int | float | bool | list | dict):
            told.append(Input(name, kind_of(value), default=value))
    names = {each.name for each in inputs_of(_NO_FILE, body)}
    known = [each for each in told if each.name in names]
    losses = [f"the partial variable {name}" for name in partial if name not in {t.name for t in known}]
    return Read(Draft(inputs=inputs_of(_NO_FILE, body, known), body=body), tuple(losses))


def _said(part: object) -> Said:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
    from langchain_core.prompts import (
        AIMessagePromptTemplate,
        HumanMessagePromptTemplate,
        PromptTemplate,
        SystemMessagePromptTemplate,
    )

    roles: Sequence[tuple[type, type, Role]] = (
        (SystemMessagePromptTemplate, SystemMessage, "system"),
        (HumanMessagePromptTemplate, HumanMessage, "user"),
        (AIMessagePromptTemplate, AIMessage, "assistant"),
    )
    for templated, written, role in roles:
        if isinstance(part, templated):
            prompt = getattr(part, "prompt", None)
            if isinstance(prompt, PromptTemplate):
                return Said(role, _read(prompt.template, prompt.template_format))
        if isinstance(part, written):
            return Said(role, (Text(str(getattr(part, "text", ""))),))
    raise PromptError(
        f"{type(part).__name__} is no text of the system, the user or the model", hint="it cannot be converted"
    )


def _read(text: str, kind: str) -> Block:
    if kind == "jinja2":
        return folded(read_jinja(PromptFile(_IN_MEMORY, {}, text)))
    if kind != "f-string":
        raise PromptError(f"a template in {kind} cannot be converted", hint="f-string and jinja2 can")
    nodes: list[Node] = []
    for before, name, form, conversion in string.Formatter().parse(text):
        nodes.append(Text(before))
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise PromptError(f"{{{name}}} is no plain variable", hint="it cannot be converted")
        nodes.append(Value(Name(name)))
    return merged(tuple(nodes))


def _is_plain(block: Block) -> bool:
    return all(isinstance(node, Text) or (isinstance(node, Value) and isinstance(node.of, Name)) for node in block)


def _braced(block: Block) -> str:
    written = ""
    for node in block:
        match node:
            case Text(text):
                written += text.replace("{", "{{").replace("}", "}}")
            case Value(Name(name)):
                written += f"{{{name}}}"
    return written
