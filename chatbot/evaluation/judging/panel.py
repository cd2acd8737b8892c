"""Panels: the judges of an entry of a suite, ready to be asked, and what each of them is asked about a response."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from chatbot.evaluation.contender import Connect, Contender
from chatbot.evaluation.dataset import Dataset
from chatbot.evaluation.judging.labels import Label, read_labels
from chatbot.evaluation.records import Item, Judgement, Response
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.judged import Inquiry, Scale, read_inquiry, read_scale
from chatbot.evaluation.scoring.outcomes import has_declined
from chatbot.evaluation.scoring.registry import condition_of
from chatbot.evaluation.suite import Suite, Variant
from chatbot.prompting import Prompt
from chatbot.prompting.json_values import as_text
from chatbot.prompting.plain import without_thinking
from chatbot.strategies.attempt import strategy_of

VERSION = 1
"""Of what a judgement's key is made of."""

KINDS = ("rubric", "pairwise")


@dataclass(frozen=True, slots=True)
class Panel:
    """The judges of one scorer."""

    inquiry: Inquiry
    judges: tuple[Contender, ...]
    scale: Scale
    labels: tuple[Label, ...] = ()
    """What people said of some responses."""
    asks: Callable[[Item], bool] | None = None
    """Whether an item is judged at all; None for every one."""

    @property
    def name(self) -> str:
        """The scorer's."""
        return self.inquiry.name

    def asked(self, times: int) -> Panel:
        """The panel of which every judge is asked so often at least."""
        return replace(self, inquiry=replace(self.inquiry, repeats=max(times, self.inquiry.repeats)))


@dataclass(frozen=True, slots=True)
class Assignment:
    """One question to one judge: what it says depends on nothing else."""

    judge: Contender
    inputs: Item
    """Of the judge's prompt: its fields are the response, the rubric, and what else the judge sees."""
    swapped: bool
    repeat: int

    @property
    def unsaid(self) -> Judgement:
        """What stands in the answer's place as long as there is none."""
        return Judgement(self.judge.name, "", None, self.swapped, self.repeat)

    @property
    def key(self) -> str:
        """Stands for all of it in the journal."""
        asked = (VERSION, self.judge.key, sorted(self.inputs.fields.items()), self.repeat)
        return hashlib.sha256(json.dumps(asked).encode("utf-8", "backslashreplace")).hexdigest()


def panels_of(suite: Suite, dataset: Dataset, connect: Connect) -> list[Panel]:
    """The panels of a suite, in the order of its scorers; none where it has no judges.

    Raises PromptError with file and line, ProjectError for labels, and what a prompt or a model raises.
    """
    panels: list[Panel] = []
    for section in suite.scorers:
        if section.text("kind") not in KINDS:
            continue
        entry = Entry(section, dataset.fields)
        inquiry = read_inquiry(entry)
        if inquiry.name in {panel.name for panel in panels}:
            hint = "give each scorer with judges a name"
            raise entry.error(f"two scorers with judges are named {inquiry.name!r}", hint=hint)
        prompt = Prompt.load(inquiry.prompt)
        needed = ("first", "second", "rubric") if inquiry.pairwise else ("answer", "rubric")
        if lacking := [name for name in needed if name not in prompt.inputs]:
            raise entry.error(
                f"prompt {prompt.name!r} cannot judge: it has no input {' and no '.join(lacking)}", "prompt"
            )
        judges = tuple(_judge(spec, prompt, connect) for spec in inquiry.judges or (None,))
        for judge in judges:
            if not judge.model.abilities.writes:
                hint = 'name one that writes: judges: ["openai:gpt-5-mini"]'
                raise entry.error(f"the model {judge.name} cannot judge: it only quotes", "judges", hint=hint)
        scale = read_scale(entry)
        panels.append(Panel(inquiry, judges, scale, _labels(inquiry, scale, suite, dataset), condition_of(entry)))
    return panels


def _labels(inquiry: Inquiry, scale: Scale, suite: Suite, dataset: Dataset) -> tuple[Label, ...]:
    if inquiry.labels is None:
        return ()
    names = [variant.name for variant in suite.variants]
    return tuple(read_labels(inquiry.labels, dataset.items, names, suite.baseline, None if inquiry.pairwise else scale))


def assignments(panel: Panel, item: Item, response: Response, baseline: Response | None = None) -> Iterator[Assignment]:
    """What the judges of a panel are asked about a response; nothing where there is nothing to judge.

    baseline: what it is compared with, by a pairwise panel. Each judge sees both orders.
    """
    if not _to_be_judged(panel, item, response):
        return
    if baseline is not None and (not says(baseline) or same(response, baseline)):
        return
    inquiry = panel.inquiry
    shared = {"question": inquiry.question.value(item), "rubric": inquiry.rubric.value(item)}
    if inquiry.reference is not None:
        shared["reference"] = inquiry.reference.value(item)
    said = without_thinking(response.text)
    for judge in panel.judges:
        for repeat in range(inquiry.repeats):
            if baseline is None:
                yield _assignment(judge, {**shared, "answer": said}, item, repeat=repeat)
                continue
            pair = (said, without_thinking(baseline.text))
            for swapped, (first, second) in ((False, pair), (True, pair[::-1])):
                shown = {**shared, "first": first, "second": second}
                yield _assignment(judge, shown, item, repeat=repeat, swapped=swapped)


def _to_be_judged(panel: Panel, item: Item, response: Response) -> bool:
    """Whether there is anything to judge: a reply that was not declined, to an item that the scorer does not leave."""
    return (panel.asks is None or panel.asks(item)) and says(response) and not has_declined(response)


def same(response: Response, baseline: Response) -> bool:
    """Whether both say the same, so that no judge is needed: it is a tie."""
    return without_thinking(response.text).strip() == without_thinking(baseline.text).strip()


def says(response: Response) -> bool:
    """Whether there is anything to read."""
    return not response.error and bool(response.text.strip())


def _assignment(
    judge: Contender, shown: dict[str, object], item: Item, *, repeat: int, swapped: bool = False
) -> Assignment:
    texts = {name: text for name, value in shown.items() if (text := _text(value)) and name in judge.prompt.inputs}
    return Assignment(judge, Item(item.id, texts), swapped, repeat)


def _text(value: object) -> str:
    """A value for a judge's eyes: texts of a list a line each."""
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return "\n".join(map(_text, value))
    return as_text(value) or ""


def _judge(spec: str | None, prompt: Prompt, connect: Connect) -> Contender:
    model = connect(spec)
    return Contender(Variant(model.name, prompt.name, model=spec), prompt, strategy_of(prompt), model, prompt.sampling)
