"""All that is shown of a prompt's decoding, as values; the renderings beside this module draw them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chatbot.messages import Finish
from chatbot.models.next_token import Branch, Distribution, Step, Strategy


@dataclass(frozen=True, slots=True)
class Written:
    """What a strategy writes."""

    strategy: str
    text: str
    finish: Finish = "complete"
    logprob: float | None = None
    """Natural logarithm of the text's probability by the model itself, whatever the strategy; None where not told."""
    tokens: int = 0
    """Of the text."""
    failure: str = ""
    """Why there is no text."""


@dataclass(frozen=True, slots=True)
class View:
    """All that is shown."""

    model: str
    prompt: str
    strategies: tuple[Strategy, ...]
    text: str
    """What the model goes on with."""
    steps: tuple[Step, ...]
    """Its way, token by token."""
    tree: tuple[Branch, ...]
    """What the text may begin with, and how it may go on."""
    written: tuple[Written, ...] = ()
    is_whole: bool = True
    """All tokens are known; False for a service that tells of the likeliest only."""


def as_plain(view: View) -> dict[str, object]:
    """The view as `--json` prints it."""
    return {
        "model": view.model,
        "prompt": view.prompt,
        "whole": view.is_whole,
        "text": view.text,
        "steps": [_step(step) for step in view.steps],
        "tree": [_branch(branch) for branch in view.tree],
        "written": [
            {
                "strategy": each.strategy,
                "text": each.text,
                "finish": each.finish,
                "logprob": each.logprob,
                "tokens": each.tokens,
                "failure": each.failure,
            }
            for each in view.written
        ],
    }


def _step(step: Step) -> Mapping[str, object]:
    return {
        "token": step.taken.text,
        "id": step.taken.id,
        "probability": step.taken.probability,
        "rank": step.rank,
        "before": _distribution(step.before),
        "after": [
            {
                "strategy": each.strategy,
                "distribution": _distribution(each.distribution) if each.distribution else None,
                "reason": each.reason,
            }
            for each in step.after
        ],
    }


def _distribution(distribution: Distribution) -> Mapping[str, object]:
    return {
        "entropy": distribution.entropy,
        "entropy_is_least": distribution.is_least,
        "tokens": distribution.tokens,
        "candidates": [
            {"text": each.text, "id": each.id, "probability": each.probability} for each in distribution.candidates
        ],
        "rest": distribution.rest,
        "slack": distribution.slack,
    }


def _branch(branch: Branch) -> Mapping[str, object]:
    return {
        "token": branch.token.text,
        "id": branch.token.id,
        "probability": branch.token.probability,
        "whole_probability": branch.probability,
        "taken": branch.is_taken,
        "branches": [_branch(each) for each in branch.branches],
    }
