"""Runs of the past, by what people call them, each opened as it was run: scored, shown and compared without a call.

A run is called by its id or the beginning of it, by `latest`, or by its suite: then its latest. Its replies are in the
journal; items, scorers and prompts are read from the suite as it is now, and what changed since is told. No model is
connected.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from chatbot.effects import Generate
from chatbot.errors import NotFoundError, ProjectError, UsageError, nearest
from chatbot.evaluation.cells import Grid
from chatbot.evaluation.contender import Contender, contenders_of
from chatbot.evaluation.dataset import Dataset, read_dataset
from chatbot.evaluation.deciding import EVERYTHING, of_plan
from chatbot.evaluation.judging.panel import panels_of
from chatbot.evaluation.records import Item
from chatbot.evaluation.run import Bench
from chatbot.evaluation.suite import Suite, Variant, read_suite
from chatbot.events import ModelEvent
from chatbot.journal import Journal
from chatbot.journal.records import RunRecord
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.retrieval import Knowledge

LATEST = "latest"
"""What the latest run of all is called."""

SUITES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Past:
    """A run as it was."""

    record: RunRecord
    bench: Bench
    """Of the variants, items, repeats and seed of then; nothing can be asked with it."""
    changed: tuple[str, ...] = ()
    """What is no longer as it was, a sentence each."""


def find_run(journal: Journal, word: str) -> RunRecord:
    """The run that a word stands for.

    Raises NotFoundError with the nearest, and UsageError where it could be several.
    """
    runs = journal.runs()
    if not runs:
        raise NotFoundError("there are no runs yet", hint="`chatbot eval run SUITE` makes one")
    if word == LATEST:
        return runs[0]
    begun = [run for run in runs if run.id.startswith(word)]
    if len(begun) == 1 or (begun and begun[0].id == word):
        return begun[0]
    if begun:
        told = ", ".join(run.id for run in begun[:5])
        raise UsageError(f"{len(begun)} runs begin with {word!r}", hint=f"write more of one: {told}")
    if of_suite := [run for run in runs if _is_of(word, run)]:
        return of_suite[0]
    if word.endswith(SUITES) and Path(word).is_file():
        raise NotFoundError(f"{word} has not been run yet", hint=f"`chatbot eval run {word}` does")
    known = [LATEST, *dict.fromkeys(run.name for run in runs), *(run.id for run in runs)]
    raise NotFoundError(f"there is no run {word!r}", hint=nearest(word, known))


def runs_of(journal: Journal, suite: str = "") -> list[RunRecord]:
    """The runs of a suite, by its name or file, or all; the latest first. Raises NotFoundError where it has none."""
    runs = journal.runs()
    found = [run for run in runs if not suite or _is_of(suite, run)]
    if suite and not found:
        raise NotFoundError(f"there is no run of {suite!r}", hint=nearest(suite, [run.name for run in runs]))
    return found


def _is_of(word: str, run: RunRecord) -> bool:
    """Whether the word is the run's suite: its name, or its path as seen from here."""
    return word == run.name or (word.endswith(SUITES) and str(Path(word).resolve()) == run.plan.get("path"))


def open_run(record: RunRecord, journal: Journal, suite: Path | None = None) -> Past:
    """The run as it was.

    suite: where its suite lies now, if not where it lay then. Raises NotFoundError where the suite is gone, and
    ProjectError for mistakes in it.
    """
    place = suite or Path(str(record.plan.get("path", "")))
    if not place.is_file():
        raise NotFoundError(
            f"the suite of run {record.id} is not at {place} any more", hint="--suite FILE says where it is"
        )
    now = read_suite(place)
    dataset = read_dataset(now.dataset)
    planned = record.plan["variants"]
    variants = {variant.name: variant for variant in now.variants}
    contenders = [_contender(str(each["name"]), str(each["model"]), variants, now) for each in planned]
    names = [each.name for each in contenders]
    baseline = now.baseline if now.baseline in names else names[0]
    planned_then = {"baseline": baseline, "deciding": EVERYTHING, **of_plan(record.plan)}
    then = replace(now, repeats=record.plan["repeats"], seed=record.plan["seed"], **planned_then)
    changed = [_changed(each, made) for each, made in zip(planned, contenders, strict=True) if each["name"] in variants]
    changed += [f"variant {name!r} is no longer in the suite" for name in names if name not in variants]
    if dataset.hash != record.plan["dataset"] or len(dataset.items) != record.plan["items"]:
        dataset = _as_it_was(dataset, record, journal)
        changed.append(f"{now.dataset.path.name} changed since: replies are scored against its items as they are now")
    judges: Mapping[str, str] = record.plan.get("judges", {})
    panels = panels_of(then, dataset, lambda spec: _Unconnected(judges.get(spec or "", spec or "")))
    bench = Bench(then, dataset, contenders, journal, panels=panels)
    return Past(record, bench, tuple(sentence for sentence in changed if sentence))


def place_of(bench: Bench, name: str) -> int:
    """Place of a variant, by its name or a part of it that no other has. Raises NotFoundError and UsageError."""
    names = [contender.name for contender in bench.contenders]
    if name in names:
        return names.index(name)
    like = [place for place, each in enumerate(names) if name.casefold() in each.casefold()]
    if len(like) == 1:
        return like[0]
    if like:
        told = ", ".join(repr(names[place]) for place in like[:5])
        raise UsageError(f"{name!r} is part of {len(like)} variants", hint=f"write more of one: {told}")
    raise NotFoundError(f"there is no variant {name!r} in suite {bench.suite.name}", hint=nearest(name, names))


def _contender(name: str, model: str, variants: dict[str, Variant], suite: Suite) -> Contender:
    """The variant with the prompt that says how its answers are read; of one that is gone, the suite's first."""
    variant = variants.get(name) or replace(suite.variants[0], name=name)
    alone = replace(suite, variants=(replace(variant, retrieval=None),))  # documents are not opened
    (made,) = contenders_of(alone, lambda _: _Unconnected(model), _no_documents)
    return replace(made, variant=variant)


def _no_documents(place: Path | None) -> Knowledge:
    raise ProjectError(f"{place} is not searched while a run is looked at")


def _changed(planned: dict[str, object], contender: Contender) -> str:
    """What of a variant is no longer as it was planned; empty if nothing is."""
    if planned["hash"] != contender.prompt.hash:
        return (
            f"prompt {contender.prompt.name!r} changed since: it was {planned['hash']} and is {contender.prompt.hash}, "
            "by which answers are read now"
        )
    spec = contender.variant.model
    then, now = (_parts(key) for key in (str(planned["key"]), contender.key))
    other = [name for name in then if then[name] != now.get(name)]
    if spec is not None and not str(planned["model"]).startswith(spec):
        other.append("model")
    return f"variant {contender.name!r} has another {' and '.join(other)} since" if other else ""


def _parts(key: str) -> dict[str, str]:
    """What a contender's key is made of, but for prompt and model, and the documents, which are not opened here."""
    _, strategy, _, sampling, retrieval = json.loads(key)[:5]
    return {"strategy": strategy, "parameters": sampling, "retrieval": retrieval}


def _as_it_was(dataset: Dataset, record: RunRecord, journal: Journal) -> Dataset:
    """The items in the places that they had, by their ids; one that is gone has its id and nothing else."""
    plan = record.plan
    grid = Grid(len(plan["variants"]), plan["items"], plan["repeats"], plan["seed"])
    order, known = grid.order(), {item.id: item for item in dataset.items}
    items = [Item("", {})] * grid.items
    for kept in journal.cells(record.id):
        place = grid.numbered(kept.number, order).item
        items[place] = known.get(kept.item) or Item(kept.item, {})
    if not any(item.fields for item in items):
        raise NotFoundError(
            f"none of the items of run {record.id} are in the dataset any more", hint="bring back the file as it was"
        )
    return Dataset(tuple(items), str(plan["dataset"]))


@dataclass(frozen=True, slots=True)
class _Unconnected:
    """Stands for the model of a run of the past."""

    name: str

    @property
    def abilities(self) -> Abilities:
        return Abilities(writes=True, tools=False, context_tokens=0)

    def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        raise ProjectError(f"{self.name} is not asked while a run is looked at")

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)


def state_of(record: RunRecord, cells: int) -> str:
    """In a word or two, how far a run has come."""
    planned = cells_of(record)
    if record.ended is not None:
        return "done"
    return f"{cells / planned:.0%} of {planned:,}" if planned else "empty"


def cells_of(record: RunRecord) -> int:
    """Cells that a run was planned with."""
    plan = record.plan
    variants: Sequence[object] = plan["variants"]
    return len(variants) * int(plan["items"]) * int(plan["repeats"])
