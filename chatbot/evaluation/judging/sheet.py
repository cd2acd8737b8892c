"""A sheet for people: replies of a run, drawn at random, that wait for a label.

Drawn over all that judges are asked about, whatever they said: only then are the shares of right and of wrong replies
that judges find those of all replies. The judges' verdicts are not on the sheet, so that nobody follows them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random

from chatbot.errors import NotFoundError, UsageError, nearest
from chatbot.evaluation.judging.panel import Assignment, Panel
from chatbot.evaluation.judging.stage import inquiry
from chatbot.evaluation.run import Asked, Bench, asked


def panel_of(bench: Bench, name: str | None) -> Panel:
    """The panel of a scorer; of None the only one. Raises NotFoundError and UsageError."""
    names = [panel.name for panel in bench.panels]
    if not names:
        hint = "a scorer of the kind rubric or pairwise has some"
        raise UsageError(f"suite {bench.suite.name} has no judges", hint=hint)
    if name is None and len(names) > 1:
        raise UsageError("which scorer?", hint=f"--scorer names one of {', '.join(names)}")
    if name is not None and name not in names:
        raise NotFoundError(f"no scorer with judges is named {name!r}", hint=nearest(name, names))
    return bench.panels[names.index(name) if name else 0]


def sheet(bench: Bench, run_id: str, panel: Panel, *, count: int, seed: int = 0) -> Iterator[str]:
    """Rows of JSON for so many different replies, with `label: null`; all of them where there are fewer."""
    random, kept, told = Random(seed), list[tuple[Asked, Assignment]](), set[int]()
    for came in asked(bench, run_id):
        found = inquiry(bench, run_id, panel, came)
        if not isinstance(found, list) or not found or (number := hash(found[0].key)) in told:
            continue
        told.add(number)
        if len(kept) < count:  # every reply has the same chance, however many come (reservoir sampling)
            kept.append((came, found[0]))
        elif (place := random.randrange(len(told))) < count:
            kept[place] = (came, found[0])
    random.shuffle(kept)
    return (json.dumps(_row(bench, panel, *each), ensure_ascii=False) for each in kept)


def _row(bench: Bench, panel: Panel, came: Asked, assignment: Assignment) -> dict[str, object]:
    shown = assignment.inputs.fields
    texts = (
        {"text": shown["first"], "baseline": shown["second"]} if panel.inquiry.pairwise else {"text": shown["answer"]}
    )
    variant = bench.contenders[came.cell.variant].name
    question = {"question": shown["question"]} if "question" in shown else {}
    return {"item": came.item.id, **question, "variant": variant, **texts, "label": None}
