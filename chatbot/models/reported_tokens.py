"""What a service reports of the tokens of a reply, as steps and as a tree: the view from outside.

In: the scores of a reply. Out: one `Step` for each token, and the alternatives beside the way that the reply took. A
service tells of the likeliest tokens only (OpenAI and vLLM of at most 20), and only along its own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from chatbot.messages import TokenScore
from chatbot.models.next_token import Branch, Candidate, Distribution, Step, Strategy, entropy_of, rank_of
from chatbot.models.reweighing import reweighed

MOST_ALTERNATIVES = 20
"""What OpenAI and vLLM report at most with their default settings."""


def steps_of(scores: Sequence[TokenScore], strategies: Sequence[Strategy]) -> tuple[Step, ...]:
    """A step for each token of which the service reports alternatives."""
    told = ((score, _distribution(score)) for score in scores)
    return tuple(_step(score, before, strategies) for score, before in told if before is not None)


def comb_of(steps: Sequence[Step], *, branches: int, depth: int) -> tuple[Branch, ...]:
    """The way that the reply took, and beside each of its tokens the likeliest others.

    branches: alternatives at each place, the token taken included. depth: tokens of the way.
    """
    tree: tuple[Branch, ...] = ()
    for at in reversed(range(min(depth, len(steps)))):
        step, before = steps[at], _product(steps[:at])
        shown = list(step.before.candidates[:branches])
        if step.taken.text not in (each.text for each in shown):
            shown[branches - 1 :] = [step.taken]
        tree = tuple(
            Branch(each, before * each.probability, is_taken=taken, branches=tree if taken else ())
            for each in shown
            for taken in [each.text == step.taken.text]
        )
    return tree


def _product(steps: Sequence[Step]) -> float:
    product = 1.0
    for step in steps:
        product *= step.taken.probability
    return product


def _step(score: TokenScore, before: Distribution, strategies: Sequence[Strategy]) -> Step:
    taken = Candidate(score.text, exp(score.logprob))
    after = tuple(reweighed(before, strategy) for strategy in strategies)
    return Step(before, after, taken, rank_of(taken, before.candidates))


def _distribution(score: TokenScore) -> Distribution | None:
    """Of the likeliest tokens, where the service tells of any.

    A drawn token that stands last counts to the rest: vLLM reports it in place of the last of the likeliest, and then
    it may be less likely than some that are not reported.
    """
    told = [Candidate(text, chance) for text, logprob in score.alternatives if (chance := exp(logprob)) > 0]
    if len(told) > 1 and told[-1].text == score.text:
        told.pop()
    if not told:
        return None
    rest = max(1.0 - sum(each.probability for each in told), 0.0)
    rest = rest if rest > 1e-6 else 0.0  # rounding of the service
    probabilities = [each.probability for each in told]
    entropy = entropy_of(probabilities, rest=rest, largest=probabilities[-1])
    return Distribution(tuple(told), rest, entropy, None if rest else len(told), is_least=rest > 0)
