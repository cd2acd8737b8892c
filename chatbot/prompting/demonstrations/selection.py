"""Which demonstrations of a pool are shown with an item, and in which order. Pure: vectors are computed elsewhere.

first     those at the beginning of the file
random    drawn with a seed, the same for every item, so that all items are asked alike and compare
nearest   the most similar to the item (Liu et al. 2022, arXiv 2101.06804)
diverse   similar to the item and unlike each other: maximal marginal relevance (Carbonell and Goldstein 1998)
balanced  from each label in turn, drawn with a seed; no label stands always before another

What would give the item away is put aside first, so that as many are shown as were asked for.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from chatbot.prompting.demonstrations.choice import Choice
from chatbot.prompting.demonstrations.leak import gives_away
from chatbot.prompting.demonstrations.pool import Demonstration, Pool, text_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RELEVANCE = 0.6
"""Weight of the likeness to the item against the unlikeness to what is chosen, `lambda` in the paper. Of four shown in
five data sets, 0.6 makes those shown less like each other (0.42 instead of 0.53 in GSM8K) and leaves them as like the
item (0.54 and 0.56); at 0.5, up to a sixth of them has no bearing on it (`eval/benchmarks/diverse_demonstrations.py`).
"""


def texts_to_embed(pool: Pool, choice: Choice, item: Mapping[str, object]) -> tuple[str, ...]:
    """What must be embedded for the choice: the item, then the pool; nothing where similarity plays no part."""
    if choice.select not in ("nearest", "diverse"):
        return ()
    return tuple(text_of(_compared(inputs, choice)) for inputs in (item, *(row.inputs for row in pool.rows)))


def select(
    pool: Pool,
    choice: Choice,
    item: Mapping[str, object],
    *,
    vectors: NDArray[np.float32] | None,
    count: Callable[[str], int],
) -> tuple[Demonstration, ...]:
    """The demonstrations, in the order in which they are shown; never the item itself or its near-duplicate.

    vectors: unit vectors of `texts_to_embed`, a row for each. count: tokens of a text. There are fewer than `choice.k`
    where the pool has no more, or no more fit into `choice.tokens`.
    """
    asked = _compared(item, choice)
    allowed = [at for at, row in enumerate(pool.rows) if not gives_away(asked, _compared(row.inputs, choice))]
    ranked = _ranked(pool, choice, allowed, vectors)[: choice.k]
    return tuple(pool.rows[at] for at in _ordered(_within(ranked, pool, choice.tokens, count), choice))


def _ranked(pool: Pool, choice: Choice, allowed: list[int], vectors: NDArray[np.float32] | None) -> list[int]:
    """The rows that may be shown, the one to keep longest first."""
    if choice.select == "first":
        return allowed
    if vectors is not None:
        relevance = 1.0 if choice.select == "nearest" else RELEVANCE
        return by_relevance(vectors, allowed, choice.k, relevance=relevance)
    draw = random.Random(choice.seed)  # repeatable on purpose
    places = draw.sample(range(len(pool.rows)), len(pool.rows))
    drawn = sorted(allowed, key=places.__getitem__)
    return _in_turn(drawn, [choice.label_of(row) for row in pool.rows], draw) if choice.select == "balanced" else drawn


def _in_turn(drawn: Sequence[int], labels: Sequence[str], draw: random.Random) -> list[int]:
    """One of each label, in an order drawn anew for each round; then the next round."""
    waiting: dict[str, deque[int]] = {label: deque() for label in sorted(set(labels))}
    for at in drawn:
        waiting[labels[at]].append(at)
    ranked: list[int] = []
    while len(ranked) < len(drawn):
        turns = draw.sample(list(waiting), len(waiting))
        ranked += [waiting[label].popleft() for label in turns if waiting[label]]
    return ranked


def by_relevance(
    vectors: NDArray[np.float32], allowed: Sequence[int], k: int, *, relevance: float = RELEVANCE
) -> list[int]:
    """The best k rows by maximal marginal relevance, the most relevant first; of equal ones the earlier in the file.

    vectors: unit vectors, of the item and then of all rows. relevance 1.0: by likeness to the item alone.
    """
    import numpy as np

    rows, left = vectors[1:], list(allowed)
    similar = rows @ vectors[0]
    alike = np.zeros(len(rows), dtype=np.float32)
    chosen: list[int] = []
    while left and len(chosen) < k:
        worth = relevance * similar[left] - (1 - relevance) * alike[left]
        best = left.pop(int(np.argmax(worth)))
        to_best = rows @ rows[best]
        alike = np.maximum(alike, to_best) if chosen else to_best
        chosen.append(best)
    return chosen


def _within(ranked: Sequence[int], pool: Pool, tokens: int | None, count: Callable[[str], int]) -> list[int]:
    """As many as fit, from the first: the least relevant give way."""
    if tokens is None:
        return list(ranked)
    kept, spent = [], 0
    for at in ranked:
        row = pool.rows[at]
        spent += count("\n".join([*map(str, row.inputs.values()), row.rationale, row.answer]))
        if spent > tokens:
            break
        kept.append(at)
    return kept


def _ordered(ranked: Sequence[int], choice: Choice) -> list[int]:
    shown = list(ranked)
    match choice.order:
        case "by_file":
            return sorted(shown)
        case "shuffled":
            random.Random(choice.seed).shuffle(shown)  # repeatable on purpose
            return shown
    last = choice.select in ("nearest", "diverse")
    return shown[::-1] if last != (choice.order == "reversed") else shown


def _compared(inputs: Mapping[str, object], choice: Choice) -> Mapping[str, object]:
    return {name: inputs[name] for name in choice.by if name in inputs} if choice.by else inputs
