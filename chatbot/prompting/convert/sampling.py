"""How to draw from a model, from the names that other formats have for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from chatbot.prompting.section import Section
from chatbot.sampling import Sampling


def read_sampling(part: Section, names: Mapping[str, str]) -> tuple[Sampling, list[str]]:
    """The sampling, and a sentence for each option that is not known; `names` leads from theirs to our fields.

    Raises PromptError with the line of a value that is out of bounds.
    """
    key_of = {ours: theirs for theirs, ours in names.items() if part.table.get(theirs) is not None}

    def number(field: str, least: float, most: float) -> float | None:
        return part.number(key_of[field], least=least, most=most) if field in key_of else None

    def whole(field: str, least: int | None = None) -> int | None:
        return part.whole_number(key_of[field], least=least) if field in key_of else None

    sampling = Sampling(
        temperature=number("temperature", 0, 2),
        top_p=number("top_p", 0, 1),
        max_tokens=whole("max_tokens", 1),
        seed=whole("seed"),
        stop=_stop(part, key_of["stop"]) if "stop" in key_of else (),
        top_k=whole("top_k", 1),
        frequency_penalty=number("frequency_penalty", -2, 2),
        presence_penalty=number("presence_penalty", -2, 2),
    )
    return sampling, [f"the option {key}" for key in part.table if key not in names]


def _stop(part: Section, key: str) -> tuple[str, ...]:
    """One text or several."""
    if isinstance(part.table[key], str):
        return (cast(str, part.table[key]),)
    texts = part.items(key)
    if not all(isinstance(text, str) and text for text in texts):
        raise part.error(f"{key} must be a list of texts", key)
    return tuple(cast(Sequence[str], texts))
