"""How a reply is drawn from a model: every strategy of decoding that a request can name, with the paper it is from.

A value and no more: what a backend makes of it, or why it refuses, is the backend's.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw from the model. None leaves the choice to the service."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    """Most tokens to generate."""
    seed: int | None = None
    stop: tuple[str, ...] = ()
    top_k: int | None = None
    """Only the k most likely tokens are drawn from; OpenAI's own service does not know it."""
    frequency_penalty: float | None = None
    """Taken off a token for each time it has occurred, from -2 to 2."""
    presence_penalty: float | None = None
    """Taken off a token once it has occurred, from -2 to 2."""
    min_p: float | None = None
    """Only tokens at least so likely as this part of the likeliest are drawn from (Nguyen et al. 2025)."""
    typical_p: float | None = None
    """Only the tokens whose surprise is nearest to the expected one, up to this mass (Meister et al. 2023)."""
    repetition_penalty: float | None = None
    """Scores of tokens that have occurred, prompt included, are divided by this, or multiplied where they are negative
    (Keskar et al. 2019); 1 for none."""
    no_repeat_ngram: int | None = None
    """No sequence of so many tokens comes twice (Paulus et al. 2018)."""
    logit_bias: tuple[tuple[str, float], ...] = ()
    """Added to the scores of tokens, each named by its text, or by its id as `#123`."""
    beams: int | None = None
    """Beam search with so many beams: the likeliest sequence that it finds, instead of one drawn token by token."""
    beam_groups: int | None = None
    """Diverse beam search: the beams go in so many groups that are pushed apart (Vijayakumar et al. 2018)."""
    diversity_penalty: float | None = None
    """Taken off a token in a group of beams for each beam of an earlier group that has it at the same place."""
    contrastive_alpha: float | None = None
    """Contrastive search: how much likeness to what stands there already counts against one of the `top_k` likeliest
    tokens, from 0 to 1 (Su et al. 2022)."""
    prompt_lookup: int | None = None
    """Most tokens to copy ahead from where the last ones stand earlier in the text, checked by the model at once
    (Saxena 2023): faster, same answer."""
    draft: str | None = None
    """Spec of a small local model that writes ahead what this one checks at once (Leviathan et al. 2023)."""
    regex: str | None = None
    """Regular expression that the whole reply must match."""
    choices: tuple[str, ...] = ()
    """The reply is one of these texts."""
    logprobs: int | None = None
    """How many alternatives to report with each token, and its log-probability; 0 reports the token's own alone."""

    def overridden(self, by: Sampling) -> Sampling:
        """The same, with what `by` says in place of what this says.

        A way to search gives way as a whole to the one that `by` names: beams do not outlive a temperature. So does a
        form of the reply to another form, and a way to guess ahead to another way, or to a search that cannot.
        """
        kept, said = self.said(), by.said()
        if not kept or not said:
            return self if kept else by
        for alternatives in (("regex", "choices"), ("draft", "prompt_lookup", "beams", "contrastive_alpha")):
            if said.keys() & set(alternatives):
                for name in set(alternatives) - {"beams", "contrastive_alpha"}:
                    kept.pop(name, None)
        if said.keys() & {"temperature", "beams", "contrastive_alpha"}:
            if "contrastive_alpha" in kept:  # the number of its candidates is no cut of a distribution
                kept.pop("top_k", None)
            for name in ("beams", "beam_groups", "diversity_penalty", "contrastive_alpha"):
                kept.pop(name, None)
        return Sampling(**{**kept, **said})

    def said(self) -> dict[str, Any]:
        """What it does not leave open, by the field's name."""
        return {name: value for name in _NAMES if (value := getattr(self, name)) is not None and value != ()}

    def __repr__(self) -> str:
        return f"Sampling({', '.join(f'{name}={value!r}' for name, value in self.said().items())})"


_NAMES = tuple(each.name for each in fields(Sampling))
