"""How the next token is chosen: a request's `Sampling` as what `generate` of transformers takes.

In: a sampling, perhaps a JSON Schema, and the loaded weights. Out: a `Decoding`; nothing is run here. What the sampling
leaves open is what the model's own generation_config.json says, and else neutral: never a default of transformers that
cuts the distribution (it would draw from the 50 likeliest tokens). Stop strings, seeds and the kept KV cache are the
engine's. Refuses combinations that have no meaning, by name, rather than dropping half of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from chatbot.errors import UsageError
from chatbot.sampling import Sampling
from chatbot.sampling_names import check

if TYPE_CHECKING:
    from transformers import GenerationConfig, LogitsProcessorList, PreTrainedModel

Loop = Callable[..., Any]
"""A decoding loop as `generate(custom_generate=…)` runs it, after its own preparation."""


FIRST_AHEAD = 5
"""Tokens that a draft writes ahead at first: about the best number where most of them are right (Leviathan et al. 2023,
figure 2). It grows by two where all were, and shrinks by one where not."""


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
    arguments: Mapping[str, object] = field(default_factory=dict)
    """More keyword arguments of generate: both tokenizers, where the one that writes ahead has another vocabulary."""
    streams: bool = True
    """Tokens come out one by one, or a few at once; False where the reply is known at its end only, as with beams."""
    rows: int = 1
    """Rows of KV cache that one sample takes."""
    remembers: bool = False
    """The processors remember what was written, as those of a grammar do: every sample needs its own."""

    @property
    def exclusive(self) -> bool:
        """Whether it is left to `generate` as a whole, instead of being written side by side with other replies."""
        ahead = self.assistant is not None or self.config.prompt_lookup_num_tokens is not None
        return ahead or self.loop is not None or not self.streams


def plan(
    sampling: Sampling,
    *,
    schema: Mapping[str, object] | None,
    weights: Loaded,
    prompt_tokens: int,
    ends: Collection[int] = (),
    draft: Loaded | None = None,
) -> Decoding:
    """How to decode one request.

    prompt_tokens: width of the ids at the first step, padding included. ends: the tokens that end a reply; where there
    are none, those of the model's own settings. draft: what `sampling.draft` names, loaded.
    Raises UsageError where the sampling asks for what has no meaning together, or what this model cannot do.
    """
    from transformers import GenerationConfig, LogitsProcessorList

    check(sampling)
    options = {
        **_length(sampling, weights, prompt_tokens),
        **_drawing(sampling, weights.model.generation_config),
        **_ahead(sampling, draft),
        "num_beams": sampling.beams,
        "repetition_penalty": _float(sampling.repetition_penalty),
        "no_repeat_ngram_size": sampling.no_repeat_ngram,
        "sequence_bias": [[_ids(text, weights), float(bias)] for text, bias in sampling.logit_bias] or None,
        "eos_token_id": sorted(ends) or None,
    }
    _refuse_stateful(sampling, weights)
    processors = _processors(sampling, schema, weights, prompt_tokens, frozenset(ends) or _ends(weights))
    beams, contrast = sampling.beams or 1, sampling.top_k if sampling.contrastive_alpha is not None else 1
    return Decoding(
        GenerationConfig(**options),
        LogitsProcessorList(processors),
        loop=_loop(sampling),
        assistant=draft.model if draft else None,
        arguments=_tokenizers(weights, draft) if draft else {},
        streams=beams == 1,
        rows=max(beams, contrast or 1),
        remembers=is_held(sampling, schema),
    )


# --- options of transformers ------------------------------------------------------------------------------------------


def _length(sampling: Sampling, weights: Loaded, prompt_tokens: int) -> dict[str, object]:
    room = max(weights.context_tokens - prompt_tokens, 1)
    return {"max_new_tokens": min(sampling.max_tokens or room, room)}


def _drawing(sampling: Sampling, own: GenerationConfig) -> dict[str, object]:
    """Whether tokens are drawn, and from which; `own` is what the model's makers recommend."""
    if not _draws(sampling, own):
        return {"do_sample": False}

    def choice(given: float | None, recommended: float | None, neutral: float | None) -> float | None:
        return _float(given if given is not None else recommended if recommended is not None else neutral)

    return {
        "do_sample": True,
        "temperature": choice(sampling.temperature, own.temperature, 1),
        "top_k": int(choice(sampling.top_k, own.top_k, 0) or 0),
        "top_p": choice(sampling.top_p, own.top_p, 1),
        "min_p": choice(sampling.min_p, own.min_p, None),
        "typical_p": choice(sampling.typical_p, own.typical_p, 1),
    }


def _draws(sampling: Sampling, own: GenerationConfig) -> bool:
    if sampling.temperature is not None:
        return sampling.temperature > 0
    if sampling.beams or sampling.contrastive_alpha is not None:
        return False
    cut = (sampling.top_k, sampling.top_p, sampling.min_p, sampling.typical_p)
    return any(value is not None for value in cut) or bool(own.do_sample)


def _loop(sampling: Sampling) -> Loop | None:
    """Searches that transformers no longer has."""
    if sampling.contrastive_alpha is not None and sampling.top_k is not None:
        from chatbot.models.local.contrastive_search import contrastive_search

        return partial(contrastive_search, alpha=sampling.contrastive_alpha, top_k=sampling.top_k)
    if sampling.beam_groups:
        from chatbot.models.local.diverse_beam_search import diverse_beam_search

        return partial(diverse_beam_search, groups=sampling.beam_groups, diversity=sampling.diversity_penalty or 0.0)
    return None


def _ahead(sampling: Sampling, draft: Loaded | None) -> dict[str, object]:
    """Options of speculative decoding. How far a draft goes ahead is written with its own settings.

    Its confidence is not heeded: to learn from it what to trust, transformers imports scikit-learn, for seconds.
    """
    if sampling.draft and draft is None:
        raise UsageError(f"the draft model {sampling.draft} is not loaded", hint="name a local model: draft=local:PATH")
    if draft is not None:
        own = draft.model.generation_config
        own.num_assistant_tokens, own.num_assistant_tokens_schedule = FIRST_AHEAD, "heuristic_transient"
        own.assistant_confidence_threshold = 0.0
    return {"prompt_lookup_num_tokens": sampling.prompt_lookup}


def _tokenizers(weights: Loaded, draft: Loaded) -> dict[str, object]:
    """Both, where the vocabularies differ in size: transformers then goes from one to the other through the text.

    Raises UsageError where they differ in content only, which it does not notice.
    """
    ours, theirs = (each.model.config.get_text_config().vocab_size for each in (weights, draft))
    if ours != theirs:
        return {"tokenizer": weights.tokenizer, "assistant_tokenizer": draft.tokenizer}
    if weights.tokenizer.get_vocab() != draft.tokenizer.get_vocab():
        raise UsageError("the draft model has other tokens than the model it writes for", hint="use a smaller sibling")
    return {}


def _refuse_stateful(sampling: Sampling, weights: Loaded) -> None:
    """Models whose state cannot go back by a token (Mamba, for one) cannot try tokens and take them back."""
    tries = sampling.contrastive_alpha is not None or sampling.draft or sampling.prompt_lookup
    if tries and getattr(weights.model, "_is_stateful", False):
        name = type(weights.model).__name__
        raise UsageError(f"{name} cannot try tokens ahead", hint="leave out contrastive, draft and prompt-lookup")


def _ids(text: str, weights: Loaded) -> list[int]:
    """The tokens that a bias names: `#123`, or a text. Of a text of several, the last is biased after the others."""
    size = weights.model.config.get_text_config().vocab_size
    if text.startswith("#") and text[1:].isdigit():
        if int(text[1:]) >= size:
            raise UsageError(f"logit-bias: there is no token {text}", hint=f"this model has tokens #0 to #{size - 1}")
        return [int(text[1:])]
    ids: list[int] = weights.tokenizer.encode(text, add_special_tokens=False)
    if not ids:
        raise UsageError(f"logit-bias: {text!r} is no token of this model", hint="name a token by its id, as #11")
    return ids


def _float(value: float | None) -> float | None:
    """As transformers insists on: it refuses a whole number for a temperature."""
    return None if value is None else float(value)


# --- processors of ours -----------------------------------------------------------------------------------------------


def is_held(sampling: Sampling, schema: Mapping[str, object] | None) -> bool:
    """Whether the reply must have a form."""
    return schema is not None or sampling.regex is not None or bool(sampling.choices)


def _processors(
    sampling: Sampling,
    schema: Mapping[str, object] | None,
    weights: Loaded,
    prompt_tokens: int,
    ends: frozenset[int],
) -> list[object]:
    processors: list[object] = []
    if sampling.frequency_penalty or sampling.presence_penalty:
        from chatbot.models.local.occurrence_penalties import OccurrencePenalties

        frequency, presence = sampling.frequency_penalty or 0.0, sampling.presence_penalty or 0.0
        processors.append(OccurrencePenalties(frequency, presence, prompt_tokens))
    if is_held(sampling, schema):
        from chatbot.models.local.constraint import Constraint, grammar_of

        if schema is not None and (sampling.regex is not None or sampling.choices):
            raise UsageError(
                "the reply must fit a JSON Schema already", hint="leave out regex and choices, or the prompt's outputs"
            )
        grammar = grammar_of(schema=schema, regex=sampling.regex, choices=sampling.choices)
        processors.append(Constraint(grammar, weights.tokenizer, ends=ends, prompt_tokens=prompt_tokens))
    return processors


def _ends(weights: Loaded) -> frozenset[int]:
    """The ids at which `generate` stops by itself."""
    own = weights.model.generation_config.eos_token_id
    return frozenset(own if isinstance(own, list) else [] if own is None else [own])
