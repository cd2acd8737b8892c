"""Scorers of what a reply took: cost in US dollars, latency in seconds, tokens. Less is better; declined ones count."""

from __future__ import annotations

from chatbot.evaluation.records import Item, Response, Score, Scorer
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.outcomes import scored


def cost(_: Entry) -> Scorer:
    """US dollars of all calls to the model; unscored where the price is not known."""

    def judge(item: Item, response: Response) -> Score:
        if response.usage.cost is None:
            return Score("unscored", reason="the price of the model is not known")
        return scored(response.usage.cost)

    return judge


def latency(_: Entry) -> Scorer:
    """Seconds of the whole cell, wall time."""
    return lambda item, response: scored(response.seconds)


def tokens(entry: Entry) -> Scorer:
    """Tokens of requests and replies (`of: total`), or of one of both (`of: input`, `of: output`)."""
    of = entry.choice("of", ("total", "input", "output"), "total")

    def judge(item: Item, response: Response) -> Score:
        counts = {"input": response.usage.input_tokens, "output": response.usage.output_tokens}
        return scored(counts.get(of, sum(counts.values())), details=counts)

    return judge
