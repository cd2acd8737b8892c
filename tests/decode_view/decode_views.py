"""A view to draw, as a service would tell it: some tokens are hidden, some strategies cannot be known."""

from __future__ import annotations

from math import log

from chatbot.decode_view.asked import SINGLE
from chatbot.decode_view.view import View, Written
from chatbot.messages import TokenScore
from chatbot.models.reported_tokens import comb_of, steps_of


def score(text: str, *told: tuple[str, float]) -> TokenScore:
    """A token with what is told of its place."""
    return TokenScore(text, log(dict(told)[text]), tuple((each, log(chance)) for each, chance in told))


SCORES = (
    score("The", ("The", 0.52), ("Paris", 0.31), ("It", 0.05), ("France", 0.04)),
    score(" capital", (" capital", 0.81), (" city", 0.08), ("\n", 0.03)),
    score(" is", (" of", 0.5), (" is", 0.4), (",", 0.01)),
    score(" <b>Paris</b>", (" <b>Paris</b>", 0.97), (" 日本", 0.02)),
)

WRITTEN = (
    Written("greedy", "The capital is <b>Paris</b>", logprob=-1.5, tokens=4),
    Written("beams=4", "", failure="the service does not know beams — ask a local model"),
)


def view() -> View:
    """The view of a service."""
    steps = steps_of(SCORES, SINGLE)
    text = "".join(each.text for each in SCORES)
    tree = comb_of(steps, branches=3, depth=3)
    return View("http://x/v1#m", "Which <i>city</i>?", SINGLE, text, steps, tree, WRITTEN, is_whole=False)
