"""The kinds of scorers by name, and the scorer that an entry of a suite describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chatbot.errors import nearest
from chatbot.evaluation.records import Item, Scorer
from chatbot.evaluation.scoring import (
    answers,
    calls,
    citing,
    functions,
    instructions,
    judged,
    likeliest,
    refusing,
    retrieved,
    spans,
    spending,
    structured,
    texts,
)
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.expected import Fields
from chatbot.evaluation.scoring.outcomes import guarded
from chatbot.prompting.extraction import Extraction
from chatbot.prompting.section import Section


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of scorer."""

    read: Callable[[Entry], Scorer]
    """From an entry to its judge. Raises PromptError with the line of a mistake."""
    options: tuple[str, ...]
    """Keys that the entry may have beside those of every entry."""
    declined_too: bool = False
    """Declined replies are judged like others, and empty ones."""
    cut_too: bool = False
    """What a reply says is not looked at, or not alone: one that was cut is judged like others."""


KINDS: Mapping[str, Kind] = {
    "exact": Kind(texts.exact, ("expect", "ignore_case")),
    "contains": Kind(texts.contains, ("expect", "ignore_case", "match")),
    "not_contains": Kind(texts.not_contains, ("expect", "ignore_case")),
    "regex": Kind(texts.regex, ("pattern", "expect")),
    "number": Kind(answers.number, ("expect", "tolerance", "of")),
    "choice": Kind(answers.choice, ("expect", "letters", "options", "of")),
    "label": Kind(answers.label, ("expect", "labels", "of")),
    "likelihood": Kind(likeliest.likelihood, likeliest.OPTIONS, declined_too=True, cut_too=True),
    "answer": Kind(answers.answer, ("expect",)),
    "span_f1": Kind(spans.span_f1, ("expect", "of")),
    "span_em": Kind(spans.span_em, ("expect", "of")),
    "json_schema": Kind(structured.json_schema, ("schema",)),
    "fields": Kind(structured.fields, ("expect",)),
    "citations": Kind(citing.citations, ("sources", "measure")),
    "support": Kind(citing.support, ("least",)),
    "retrieval": Kind(retrieved.retrieval, ("relevant", "k", "measure"), declined_too=True, cut_too=True),
    "tool_call": Kind(calls.tool_call, ("expect", "order"), declined_too=True),
    "refusal": Kind(refusing.refusal, ("answerable",), declined_too=True),
    "instructions": Kind(instructions.instructions, ("checks", "measure")),
    "rubric": Kind(judged.rubric, (*judged.OPTIONS, "measure", "pass", "scale")),
    "pairwise": Kind(judged.pairwise, judged.OPTIONS),
    "python": Kind(functions.python, ("function", "declined"), declined_too=True),
    "cost": Kind(spending.cost, (), declined_too=True, cut_too=True),
    "latency": Kind(spending.latency, (), declined_too=True, cut_too=True),
    "tokens": Kind(spending.tokens, ("of",), declined_too=True, cut_too=True),
}
"""All kinds, by name."""

OF_EVERY_ENTRY = ("kind", "name", "when")
"""kind; name: what reports call it; when: a template, and items for which it is false or empty are not judged."""


def scorer_of(section: Section, *, fields: Fields | None = None, reads: Extraction | None = None) -> Scorer:
    """The scorer that an entry `{kind: …}` describes.

    fields: those that the items have; None leaves the check of templates to the items themselves.
    reads: how the prompt's own answers are read, in whose form the kind `answer` compares.

    Raises PromptError with file and line for a kind or an option that does not exist, with the nearest that does, and
    for an option or a template that is wrong.
    """
    name = section.text("kind")
    if name is None:
        raise section.error("a scorer needs a kind", hint='write it as {kind: contains, expect: "{{ answer }}"}')
    if name not in KINDS:
        raise section.error(f"there is no kind of scorer {name!r}", "kind", hint=nearest(name, KINDS))
    kind, entry = KINDS[name], Entry(section, fields, reads)
    section.only((*OF_EVERY_ENTRY, *kind.options))
    scorer_name(section)
    return guarded(kind.read(entry), declined_too=kind.declined_too, cut_too=kind.cut_too, asked=condition_of(entry))


def scorer_name(section: Section) -> str:
    """What reports call the scorer: the entry's `name`, or else its kind."""
    return section.text("name") or section.text("kind") or ""


def condition_of(entry: Entry) -> Callable[[Item], bool] | None:
    """Whether an item is judged, by the entry's `when`."""
    when = entry.optional("when")
    if when is None:
        return None

    def asked(item: Item) -> bool:
        value = when.value(item)
        return bool(value) and value not in ("false", "False", "no", "0")

    return asked
