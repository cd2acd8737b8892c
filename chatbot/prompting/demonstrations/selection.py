"""Which demonstrations of a pool are shown with an item, and in which order. Pure: vectors are computed elsewhere.

first     those at the beginning of the file
random    drawn with a seed, the same for every item, so that all items are asked alike
nearest   the most similar to the item (Liu et al. 2022, arXiv 2101.06804), the most similar last, next to it
diverse   similar to the item and unlike each other: maximal marginal relevance (Carbonell and Goldstein 1998)
balanced  in turn from each label, drawn with a seed
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal, cast, get_args

from chatbot.errors import nearest as nearest_name
from chatbot.prompting.demonstrations.leak import gives_away
from chatbot.prompting.demonstrations.pool import Demonstration, Pool, text_of
from chatbot.prompting.section import Section

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Select = Literal["first", "random", "nearest", "diverse", "balanced"]
Order = Literal["as_selected", "reversed", "shuffled"]

RELEVANCE = 0.5
"""Weight of the likeness to the item against the unlikeness to what is chosen: the middle of the two."""


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
    order: Order = "as_selected"
    """`reversed` and `shuffled` show what the order alone does to a model."""
    tokens: int | None = None
    """Most tokens that all of them may take; those chosen last give way."""
    by: tuple[str, ...] = ()
    """Inputs by which items are compared; empty for all that are text."""


def read_choice(section: Section) -> Choice:
    """What a prompt file says of its examples. Raises PromptError with the line."""
    section.only(("from", "k", "select", "seed", "order", "tokens", "by"))
    source = section.text("from")
    if not source:
        raise section.error("examples need a file", hint="write them as {from: examples/NAME.jsonl, k: 4}")
    by = section.table.get("by") or ()
    names = (by,) if isinstance(by, str) else tuple(cast(Sequence[str], by))
    if not all(isinstance(name, str) for name in names):
        raise section.error("by names inputs", "by")
    k = section.whole_number("k", least=1)
    return Choice(
        source,
        USUAL if k is None else k,
        cast(Select, _one_of(section, "select", get_args(Select))),
        section.whole_number("seed") or 0,
        cast(Order, _one_of(section, "order", get_args(Order))),
        section.whole_number("tokens", least=1),
        names,
    )


def texts_to_embed(pool: Pool, choice: Choice, item: Mapping[str, object]) -> tuple[str, ...]:
    """What must be embedded for the choice: the item, then the pool; nothing where similarity plays no part."""
    if choice.select not in ("nearest", "diverse"):
        return ()
    return (_compared(item, choice), *(_compared(row.inputs, choice) for row in pool.rows))


def select(
    pool: Pool,
    choice: Choice,
    item: Mapping[str, object],
    *,
    vectors: NDArray[np.float32] | None,
    count: Callable[[str], int],
) -> tuple[Demonstration, ...]:
    """The demonstrations, in the order in which they are shown; never the item itself or its near-duplicate.

    vectors: unit vectors of `texts_to_embed`, a row for each. count: tokens of a text.
    """
    asked = _compared(item, choice)
    allowed = [at for at, row in enumerate(pool.rows) if not gives_away(asked, _compared(row.inputs, choice))]
    ranked = [pool.rows[at] for at in _ranked(pool, choice, allowed, vectors)][: choice.k]
    kept = _within(ranked, choice.tokens, count)
    if choice.select == "nearest":
        kept.reverse()
    if choice.order == "reversed":
        kept.reverse()
    elif choice.order == "shuffled":
        random.Random(choice.seed).shuffle(kept)  # an experiment's order, no secret
    return tuple(kept)


def _ranked(pool: Pool, choice: Choice, allowed: list[int], vectors: NDArray[np.float32] | None) -> list[int]:
    """The rows that may be shown, the one to show first first."""
    draw = random.Random(choice.seed)  # repeatable on purpose
    match choice.select:
        case "first":
            return allowed
        case "random":
            places = draw.sample(range(len(pool.rows)), len(pool.rows))
            return sorted(allowed, key=places.__getitem__)
        case "balanced":
            return _balanced(pool, allowed, draw)
    assert vectors is not None, "similarity needs vectors"
    similar = vectors[1:] @ vectors[0]
    nearest = sorted(allowed, key=lambda at: -float(similar[at]))
    return nearest if choice.select == "nearest" else _diverse(nearest, similar, vectors[1:], choice.k)


def _balanced(pool: Pool, allowed: Sequence[int], draw: random.Random) -> list[int]:
    by_label: dict[str, list[int]] = {}
    places = draw.sample(range(len(pool.rows)), len(pool.rows))
    for at in sorted(allowed, key=places.__getitem__):
        by_label.setdefault(pool.rows[at].label, []).append(at)
    rounds = zip_longest(*(by_label[label] for label in sorted(by_label)))
    return [at for each in rounds for at in each if at is not None]


def _diverse(nearest: Sequence[int], similar: NDArray[np.float32], vectors: NDArray[np.float32], k: int) -> list[int]:
    chosen: list[int] = []
    left = list(nearest)
    while left and len(chosen) < k:
        best = max(
            left,
            key=lambda at: (
                RELEVANCE * float(similar[at])
                - (1 - RELEVANCE) * max((float(vectors[at] @ vectors[other]) for other in chosen), default=0.0)
            ),
        )
        chosen.append(best)
        left.remove(best)
    return chosen


def _within(ranked: Sequence[Demonstration], tokens: int | None, count: Callable[[str], int]) -> list[Demonstration]:
    """As many as fit, from the first."""
    kept, spent = [], 0
    for each in ranked:
        spent += count(f"{each.text} {each.rationale} {each.answer}")
        if tokens is not None and spent > tokens:
            break
        kept.append(each)
    return kept


def _compared(inputs: Mapping[str, object], choice: Choice) -> str:
    return text_of({name: inputs[name] for name in choice.by if name in inputs} if choice.by else inputs)


def _one_of(section: Section, key: str, known: Sequence[str]) -> str:
    found = section.text(key) or known[0]
    if found not in known:
        raise section.error(
            f"{key} must be one of {', '.join(known)}, not {found!r}", key, hint=nearest_name(found, known)
        )
    return found
