"""How tokens are counted for people: as the model that a flag names does, or by estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatbot.prompting.lint import Counting


def counting(spec: str | None) -> Counting:
    """The counting of a model; without one, an estimate that holds for most. Raises as `connect` does."""
    from chatbot.models.connect import connect
    from chatbot.models.model import estimate_tokens
    from chatbot.prompting.lint import Counting
    from chatbot.retrieval.embed import embedder

    if spec is None:
        return Counting("an estimate", estimate_tokens, 0)
    model = connect(spec, embed=lambda: embedder().embed)
    return Counting(model.name, model.count_tokens, model.abilities.context_tokens)
