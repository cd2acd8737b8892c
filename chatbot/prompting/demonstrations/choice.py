"""How a prompt file says which demonstrations are shown: the table `examples` under `metadata.chatbot`.

Takes the table with its lines, gives a `Choice`. Reads no pool, and does not look whether there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from chatbot.errors import nearest
from chatbot.prompting.demonstrations.pool import Demonstration
from chatbot.prompting.inputs import Input
from chatbot.prompting.section import Section

Select = Literal["first", "random", "nearest", "diverse", "balanced"]
Order = Literal["as_selected", "reversed", "by_file", "shuffled"]

USUAL = 4
"""Demonstrations shown where the file does not say how many: more help little, by the curves of Brown et al. 2020."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How demonstrations are chosen."""

    source: str
    """The pool's file, relative to the prompt's."""
    k: int = USUAL
    """How many are shown at most."""
    select: Select = "first"
    seed: int = 0
    """Of `random`, `balanced` and `shuffled`."""
    order: Order = "as_selected"
    """`as_selected` puts the most relevant of `nearest` and `diverse` last, next to the item; `reversed` first. Both,
    `by_file` and `shuffled` show what the order alone does to a model."""
    tokens: int | None = None
    """Most tokens that inputs, rationales and answers may take together; the least relevant give way."""
    by: tuple[str, ...] = ()
    """Inputs that make an item what it is: by which similarity is measured, and the item under test is known again.
    Empty for all; similarity is measured on those that are text."""
    label: str = "label"
    """What `balanced` counts: the row's `label`, which is its answer where it has none; `answer`; or an input."""

    def label_of(self, row: Demonstration) -> str:
        """What `balanced` counts of a row."""
        match self.label:
            case "label":
                return row.label
            case "answer":
                return row.answer
        return str(row.inputs.get(self.label, ""))


def read_choice(section: Section, inputs: Mapping[str, Input]) -> Choice:
    """What a prompt file with these inputs says of its examples. Raises PromptError with the line."""
    section.only(("from", "k", "select", "seed", "order", "tokens", "by", "label"))
    source = section.text("from")
    if not source:
        raise section.error("examples need a file", hint="write them as {from: examples/NAME.jsonl, k: 4}")
    k = section.whole_number("k", least=1)
    return Choice(
        source,
        USUAL if k is None else k,
        cast(Select, _one_of(section, "select", get_args(Select))),
        section.whole_number("seed") or 0,
        cast(Order, _one_of(section, "order", get_args(Order))),
        section.whole_number("tokens", least=1),
        _inputs_named(section, inputs),
        _one_of(section, "label", ("label", "answer", *inputs)),
    )


def _inputs_named(section: Section, inputs: Mapping[str, Input]) -> tuple[str, ...]:
    """One name, or a list of them."""
    one = isinstance(section.table.get("by"), str)
    names = [section.table["by"]] if one else section.items("by")
    for name in names:
        if not isinstance(name, str) or name not in inputs:
            hint = nearest(str(name), inputs)
            raise section.error(f"by names inputs of the prompt, and {name!r} is none", "by", hint=hint)
    return tuple(cast(Sequence[str], names))


def _one_of(section: Section, key: str, known: Sequence[str]) -> str:
    found = section.text(key) or known[0]
    if found not in known:
        raise section.error(f"{key} must be one of {', '.join(known)}, not {found!r}", key, hint=nearest(found, known))
    return found
