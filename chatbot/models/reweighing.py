"""What a strategy makes of a distribution of which only the likeliest tokens are known, as hosted services tell it.

In: a distribution and a `Sampling`. Out: the distribution that would be drawn from, or why it cannot be known. Nothing
is guessed: where the tokens that the service does not report would change the result, that is the reason, and where
they change it by little, the result says by how much at most (`Distribution.slack`).

The order and the rules are those of transformers' and vLLM's samplers: temperature, top-k, top-p (Holtzman et al.
2020), min-p (Nguyen et al. 2025), typical (Meister et al. 2023).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import log2

from chatbot.models.next_token import Candidate, Distribution, Reweighed, Strategy, entropy_of
from chatbot.sampling import Sampling

NEUTRAL = frozenset({"max_tokens", "seed", "stop", "logprobs", "prompt_lookup", "draft"})
"""Choices that leave the distribution as it is."""

DRAWN = frozenset({"temperature", "top_k", "top_p", "min_p", "typical_p"})
"""Choices that can be worked out from the distribution alone."""

SEQUENCES = frozenset({"beams", "beam_groups", "diversity_penalty", "contrastive_alpha"})

WHOLE = "it weighs whole sequences, not one token"

HIDDEN = "it depends on tokens that the service does not tell of"


class _HiddenError(Exception):
    """The result depends on what is not known."""


@dataclass(slots=True)
class _Weights:
    """Weights of the known tokens, likeliest first and the likeliest 1, and what is known of all others."""

    known: list[float]
    rest: float
    """The most that all others weigh together."""
    certain: float
    """The least that they weigh."""
    largest: float
    """The most that one of them weighs."""

    def totals(self) -> tuple[float, float]:
        """The least and the most that all tokens weigh."""
        return sum(self.known) + self.certain, sum(self.known) + self.rest

    def keep(self, kept: Sequence[bool]) -> None:
        """Only these of the known tokens, and none of the others."""
        self.known = [weight if stays else 0.0 for weight, stays in zip(self.known, kept, strict=True)]
        self.rest = self.certain = self.largest = 0.0


def reweighed(distribution: Distribution, strategy: Strategy) -> Reweighed:
    """What a strategy makes of a distribution, or why that cannot be known."""
    said = strategy.sampling.said().keys() - NEUTRAL
    if said & SEQUENCES:
        return Reweighed(strategy.name, None, WHOLE)
    if said - DRAWN:
        return Reweighed(strategy.name, None, HIDDEN)
    try:
        return Reweighed(strategy.name, _drawn(distribution, strategy.sampling))
    except _HiddenError as hidden:
        return Reweighed(strategy.name, None, str(hidden))


def certain(distribution: Distribution) -> Distribution:
    """All on the likeliest token, as greedy decoding has it."""
    (first, *_) = distribution.candidates
    return Distribution((replace(first, probability=1.0),), 0.0, 0.0, 1)


def _drawn(distribution: Distribution, sampling: Sampling) -> Distribution:
    if sampling.temperature == 0:
        return certain(distribution)
    weights = _weights(distribution)
    steps: tuple[tuple[Callable[[_Weights, float], None], float | None], ...] = (
        (_temperature, sampling.temperature),
        (_top_k, sampling.top_k or None),
        (_top_p, sampling.top_p),
        (_min_p, sampling.min_p),
        (_typical, sampling.typical_p),
    )
    for change, value in steps:
        if value is not None:
            change(weights, value)
    return _distribution(distribution.candidates, weights)


def _weights(distribution: Distribution) -> _Weights:
    first = distribution.candidates[0].probability
    known = [each.probability / first for each in distribution.candidates]
    rest = max(distribution.rest, 0.0) / first
    return _Weights(known, rest, rest, min(known[-1], rest))


def _distribution(candidates: Sequence[Candidate], weights: _Weights) -> Distribution:
    least, most = weights.totals()
    left = [
        replace(each, probability=weight / most)
        for each, weight in zip(candidates, weights.known, strict=True)
        if weight > 0
    ]
    rest = weights.rest / most
    entropy = entropy_of((each.probability for each in left), rest=rest, largest=weights.largest / most)
    slack = max(rest - weights.certain / least, 0.0)
    count = None if rest else len(left)
    return Distribution(tuple(left), rest, entropy, count, is_least=rest > 0 and not slack, slack=slack)


def _temperature(weights: _Weights, temperature: float) -> None:
    power = 1 / temperature
    if power < 1 and weights.rest:
        raise _HiddenError("above 1 it raises tokens that the service does not tell of")
    weights.known = [weight**power for weight in weights.known]
    if weights.rest and power > 1:  # each of them is at most the largest, so the sum of their powers has a bound
        weights.rest *= weights.largest ** (power - 1)
        weights.certain, weights.largest = 0.0, weights.largest**power


def _top_k(weights: _Weights, k: float) -> None:
    count = int(k)
    if count > len(weights.known):
        if weights.rest:
            raise _HiddenError(f"it keeps {count} tokens, and the service tells of {len(weights.known)}")
        return
    least = weights.known[count - 1]
    weights.keep([weight >= least for weight in weights.known])


def _top_p(weights: _Weights, mass: float) -> None:
    if mass >= 1:
        return
    kept = [_nucleus(weights.known, mass * total) for total in weights.totals()]
    if kept[0] != kept[1] or (weights.rest and sum(weights.known) < mass * weights.totals()[1]):
        share = sum(weights.known) / weights.totals()[1]
        raise _HiddenError(f"the tokens that the service tells of hold {100 * share:.1f} % only")
    weights.keep(kept[0])


def _nucleus(known: Sequence[float], mass: float) -> list[bool]:
    """Which tokens are needed until those before hold the mass."""
    before, kept = 0.0, []
    for weight in known:
        kept.append(before < mass)
        before += weight
    return kept


def _min_p(weights: _Weights, share: float) -> None:
    if weights.rest and weights.largest >= share:
        raise _HiddenError("it keeps tokens that the service does not tell of")
    weights.keep([weight >= share for weight in weights.known])


def _typical(weights: _Weights, mass: float) -> None:
    if mass >= 1:
        return
    if weights.rest:
        raise _HiddenError("it needs the probabilities of all tokens")
    _, total = weights.totals()
    shares = [weight / total for weight in weights.known]
    entropy = entropy_of(shares)
    left = (at for at, share in enumerate(shares) if share > 0)
    before, kept = 0.0, [False] * len(shares)
    for at in sorted(left, key=lambda at: abs(-log2(shares[at]) - entropy)):
        kept[at] = before < mass
        before += shares[at]
    weights.keep(kept)
