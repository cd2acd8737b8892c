"""How the next token is chosen: a request's `Sampling` as what `generate` of transformers takes.

In: a sampling, perhaps a JSON Schema, and the loaded weights. Out: a `Decoding`; nothing is run here. What the sampling
leaves open is what the model's own generation_config.json says, and else neutral: never a default of transformers that
cuts the distribution (it would draw from the 50 likeliest tokens). Stop strings, seeds and the kept KV cache are the
engine's. Refuses combinations that have no meaning, by name, rather than dropping half of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from chatbot.sampling import Sampling

if TYPE_CHECKING:
    from transformers import GenerationConfig, LogitsProcessorList, PreTrainedModel

Loop = Callable[..., Any]
"""A decoding loop as `generate(custom_generate=…)` runs it, after its own preparation."""


class Loaded(Protocol):
    """What is read here of a loaded model."""

    @property
    def model(self) -> PreTrainedModel:
        """The model of transformers."""

    @property
    def tokenizer(self) -> Any:
        """Its tokenizer."""

    @property
    def config(self) -> Any:
        """Its configuration."""

    @property
    def context_tokens(self) -> int:
        """Most tokens of prompt and reply together."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """What to hand to `generate`, beside the prompt."""

    config: GenerationConfig
    processors: LogitsProcessorList
    """What transformers has no option for, in the order in which it changes the scores."""
    loop: Loop | None = None
    """For generate's `custom_generate`; None for a loop of transformers."""
    assistant: PreTrainedModel | None = None
    """The model that writes ahead."""
    streams: bool = True
    """Tokens come out one by one; False where the reply is known at its end only, as with beams."""
    rows: int = 1
    """Rows of KV cache that one sample takes."""
    remembers: bool = False
    """The processors remember what was written, as those of a grammar do: every sample needs its own."""

    @property
    def exclusive(self) -> bool:
        """Whether it is left to `generate` as a whole, instead of being written side by side with other replies."""
        ahead = self.assistant is not None or self.config.prompt_lookup_num_tokens is not None
        return ahead or self.loop is not None or not self.streams


def plan(sampling: Sampling, *, schema: Mapping[str, object] | None, weights: Loaded, prompt_tokens: int) -> Decoding:
    """How to decode one request.

    prompt_tokens: width of the ids at the first step, padding included. Raises UsageError where the sampling asks for
    what has no meaning together.
    """
    from transformers import GenerationConfig, LogitsProcessorList

    options = _drawing(sampling, weights.model.generation_config)
    options |= {
        "max_new_tokens": sampling.max_tokens or max(weights.context_tokens - prompt_tokens, 1),
        "repetition_penalty": None if sampling.repetition_penalty is None else float(sampling.repetition_penalty),
        "no_repeat_ngram_size": sampling.no_repeat_ngram,
        "num_beams": sampling.beams,
    }
    beams = sampling.beams or 1
    return Decoding(GenerationConfig(**options), LogitsProcessorList(), streams=beams == 1, rows=beams)


def _drawing(sampling: Sampling, own: GenerationConfig) -> dict[str, object]:
    """Whether tokens are drawn, and from which; `own` is what the model's makers recommend."""
    if not _draws(sampling, own):
        return {"do_sample": False}

    def choice(given: float | None, recommended: float | None, neutral: float | None) -> float | None:
        value = given if given is not None else recommended if recommended is not None else neutral
        return None if value is None else float(value)

    return {
        "do_sample": True,
        "temperature": choice(sampling.temperature, own.temperature, 1.0),
        "top_k": int(choice(sampling.top_k, own.top_k, 0) or 0),
        "top_p": choice(sampling.top_p, own.top_p, 1.0),
        "min_p": choice(sampling.min_p, own.min_p, None),
        "typical_p": choice(sampling.typical_p, own.typical_p, 1.0),
    }


def _draws(sampling: Sampling, own: GenerationConfig) -> bool:
    if sampling.temperature is not None:
        return sampling.temperature > 0
    if sampling.beams or sampling.contrastive_alpha:
        return False
    cut = (sampling.top_k, sampling.top_p, sampling.min_p, sampling.typical_p)
    return any(value is not None for value in cut) or bool(own.do_sample)
