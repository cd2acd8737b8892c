"""What an item takes of a variant, without asking a model: its own strategy is driven with a stand-in for it.

So the calls and the tokens of the prompts are counted, not guessed, whatever the strategy does.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from chatbot.effects import CheckSources, Effect, Embed, Flow, Generate, Remember, Retrieve, Survey, Tell, Together
from chatbot.errors import ChatbotError
from chatbot.evaluation.contender import Contender
from chatbot.evaluation.records import Item, Response
from chatbot.evaluation.run import Bench, answering
from chatbot.messages import Likelihood, Reply, Usage

STAND_IN = "1. First.\nJudgement: likely\nVote: 1\nAnswer: 1"
"""A reply that every strategy can read, so that none ends before its time."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What an item takes."""

    calls: int
    input_tokens: int
    rounds: int
    """Calls that wait for each other."""


def probe(contender: Contender, item: Item, bench: Bench) -> Probed:
    """Drives a variant over an item. Raises what its prompt or its strategy raises."""
    flow: Flow[Response] = answering(contender, item, contender.sampling)
    result: object = None
    spent, rounds = Usage(), 0
    while True:
        try:
            effect = flow.send(result)
        except StopIteration:
            return Probed(spent.calls, spent.input_tokens, rounds)
        parts = effect.effects if isinstance(effect, Together) else (effect,)
        results = [_stood_in(each, contender, bench) for each in parts]
        replies = [each.usage for each in results if isinstance(each, Reply)]
        spent, rounds = sum(replies, spent), rounds + bool(replies)
        result = tuple(results) if isinstance(effect, Together) else results[0]


def _stood_in(effect: Effect, contender: Contender, bench: Bench) -> object:
    match effect:
        case Generate():
            offered = [json.dumps(asdict(tool), ensure_ascii=False) for tool in effect.tools]
            text = "".join([*(message.text for message in effect.messages), *offered])
            weighed = tuple(Likelihood(candidate, -1.0, 1) for candidate in effect.candidates)
            usage = Usage(contender.model.count_tokens(text), 0, calls=1)
            return Reply("" if weighed else STAND_IN, usage=usage, likelihoods=weighed)
        case Embed(texts):
            if bench.embed is None:
                raise ChatbotError("demonstrations are chosen by likeness, and nothing here compares texts")
            return bench.embed(texts)
        case Retrieve(query, k, where, expand) if contender.grounding is not None:
            return tuple(contender.grounding.knowledge.search(query, k, where or None, expand=expand))
        case Survey() if contender.grounding is not None:
            return contender.grounding.knowledge.overview()
        case CheckSources():
            return frozenset()
        case Tell() | Remember():
            return None
    raise ChatbotError(f"a variant asks for a {type(effect).__name__}, which a plan cannot stand in for")
