"""The judged shares of a run, corrected for the judges' mistakes on responses that people have labelled.

Labels of all variants are one sample, as long as not every variant has enough of its own: a judge that is milder with
one style of writing is seen only by the labels of that style.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chatbot.evaluation.judging.labels import RIGHT, WRONG
from chatbot.evaluation.judging.reliability import VALUES, PanelTally
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.statistics.judging import Labelled, corrected_difference, corrected_rate
from chatbot.evaluation.statistics.means import clustered_error, standard_error

ENOUGH = 20
"""Labels of either kind from which on a variant is corrected by its own."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """One variant."""

    name: str
    judged: float
    """Share of its items that the judges call right."""
    estimate: Estimate
    """The same, corrected."""
    difference: Estimate | None
    """Against the baseline, corrected; None for the baseline, and where each is corrected by labels of its own."""


@dataclass(frozen=True, slots=True)
class Correction:
    """All variants of a run."""

    variants: tuple[Corrected, ...]
    labelled: Mapping[str, Labelled]
    """How the judges did, by variant; under the empty name by all labels together."""
    undecided: int
    """Labelled responses on which the judges have no verdict."""
    why_not: str = ""
    """Why nothing is corrected; empty where it is."""


def correction_of(
    tally: PanelTally, names: Sequence[str], baseline: str, clusters: Sequence[str] | None = None
) -> Correction | None:
    """The correction of a panel's shares; None where nobody labelled anything, and for pairs.

    names: of the variants, by their place. clusters: of each item, by its place; None where items stand alone.
    """
    if tally.panel.inquiry.pairwise or not (tally.with_people or tally.undecided):
        return None
    by_variant = {name: _labelled(tally.with_people.get(name, ())) for name in names}
    whole = _labelled([pair for pairs in tally.with_people.values() for pair in pairs])
    known = {name: each for name, each in by_variant.items() if each.right or each.wrong}
    apart = all(min(each.right, each.wrong) >= ENOUGH for each in by_variant.values())
    means = {
        name: {item: float(np.mean(values)) for item, values in tally.shares[place].items()}
        for place, name in enumerate(names)
    }
    try:
        found = tuple(
            Corrected(
                name,
                float(np.mean(list(means[name].values()))),
                _rate(means[name], by_variant[name] if apart else whole, clusters),
                None if apart or name == baseline else _difference(means[name], means[baseline], whole, clusters),
            )
            for name in names
            if means[name]
        )
    except ValueError as error:
        return Correction((), {"": whole, **known}, tally.undecided, str(error))
    return Correction(found, {"": whole, **known}, tally.undecided)


def _labelled(pairs: Sequence[tuple[str, str]]) -> Labelled:
    """How the judges did; where they are split they have found half of it."""
    right = [VALUES[judged] for person, judged in pairs if person == RIGHT]
    wrong = [1 - VALUES[judged] for person, judged in pairs if person == WRONG]
    return Labelled(sum(right), len(right), sum(wrong), len(wrong))


def _rate(means: Mapping[int, float], labelled: Labelled, clusters: Sequence[str] | None) -> Estimate:
    values = np.array(list(means.values()))
    alone = clusters is None and bool(np.isin(values, (0, 1)).all())
    variance = None if alone else _error(list(means), values, clusters) ** 2
    return corrected_rate(float(values.sum()), len(values), labelled, variance=variance)


def _difference(
    means: Mapping[int, float], base: Mapping[int, float], labelled: Labelled, clusters: Sequence[str] | None
) -> Estimate | None:
    """On the items that both have; None where these are fewer than two."""
    shared = sorted(means.keys() & base.keys())
    if len(shared) < 2:
        return None
    apart = np.array([means[item] - base[item] for item in shared])
    return corrected_difference(float(apart.mean()), _error(shared, apart, clusters), len(shared), labelled)


def _error(items: Sequence[int], values: np.ndarray, clusters: Sequence[str] | None) -> float:
    if clusters is None:
        return standard_error(values)
    return clustered_error(values, [clusters[item] for item in items])
