"""Log-probabilities as the chat-completions protocol writes them, as our `TokenScore`s.

In: the `logprobs` of a choice. Out: its tokens in order. What is of another shape than promised is a
ModelProtocolError; a server that says nothing, or says it in a form of its own, has no scores.
(https://platform.openai.com/docs/api-reference/chat/object)
"""

from __future__ import annotations

import math

from chatbot.errors import ModelProtocolError
from chatbot.messages import TokenScore

LEAST = -9999.0
"""What OpenAI writes for a token too unlikely to say; it stands for minus infinity too, which JSON does not know."""


def read_scores(told: object) -> tuple[TokenScore, ...]:
    """The tokens of a choice's `logprobs`; those of a refusal where it refuses."""
    if not isinstance(told, dict):
        return ()
    tokens = told.get("content") or told.get("refusal")
    return tuple(map(_score, tokens)) if isinstance(tokens, list) else ()


def _score(entry: object) -> TokenScore:
    text, logprob = _token(entry)
    others = entry.get("top_logprobs") if isinstance(entry, dict) else None
    ranked = sorted(map(_token, others), key=lambda pair: -pair[1]) if isinstance(others, list) else []
    return TokenScore(text, logprob, tuple(ranked))


def _token(entry: object) -> tuple[str, float]:
    match entry:
        case {"token": str(text), "logprob": float() | int() as logprob} if not math.isnan(logprob):
            return text.encode("utf-8", "replace").decode(), min(max(float(logprob), LEAST), 0.0)
    raise ModelProtocolError(
        f"the reply breaks the chat-completions protocol: {str(entry)[:80]!r} is no token with a log-probability",
        hint="check the server",
    )
