"""Contrastive search (Su et al. 2022, "A Contrastive Framework for Neural Text Generation", section 4.3).

Of the `top_k` likeliest tokens the one with the greatest (1 - alpha) p - alpha s, where s is the greatest cosine of its
hidden state to any before it. A loop for `generate(custom_generate=…)`, which has done its own preparation;
transformers itself no longer has one. Works on batches and on a cache that already holds the beginning of the prompt.
Draws nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from transformers import GenerationConfig, LogitsProcessorList, PreTrainedModel, StoppingCriteriaList


def contrastive_search(
    model: PreTrainedModel,
    input_ids: torch.Tensor,
    *,
    logits_processor: LogitsProcessorList,
    stopping_criteria: StoppingCriteriaList,
    generation_config: GenerationConfig,
    alpha: float,
    top_k: int,
    **inputs: Any,
) -> Any:
    """Prompts and replies, of shape [prompts, tokens]; with `return_dict_in_generate` also the cache and the scores.

    The states of the prompt are all needed, so what of it is cached already is read once more, without being kept.
    """
    states, outputs, inputs = _read_prompt(model, input_ids, generation_config, inputs)
    logits, kept = outputs.logits[:, -1].float(), _Kept(generation_config)
    unfinished = torch.ones(len(input_ids), dtype=torch.bool, device=input_ids.device)
    while unfinished.any():
        scores = logits_processor(input_ids, logits)
        kept.add(scores, logits)
        shares, candidates = scores.softmax(-1).topk(min(top_k, scores.shape[-1]))
        outputs, inputs = _try(model, input_ids, candidates, inputs)
        tried = outputs.hidden_states[-1][:, -1].view(*candidates.shape, -1)
        worth = (1 - alpha) * shares - alpha * _likeness(tried, states, inputs.get("attention_mask"))
        best = worth.masked_fill(shares == 0, -torch.inf).argmax(-1, keepdim=True)
        rows = (best + torch.arange(len(best), device=best.device)[:, None] * candidates.shape[1]).flatten()
        inputs["past_key_values"].batch_select_indices(rows)
        logits = outputs.logits[rows, -1].float()
        states = torch.cat([states, tried.take_along_dim(best[..., None], 1)], 1)
        chosen = candidates.gather(1, best)
        if generation_config._pad_token_tensor is not None:
            chosen = chosen.where(unfinished[:, None], generation_config._pad_token_tensor)
        input_ids = torch.cat([input_ids, chosen], -1)
        unfinished = unfinished & ~stopping_criteria(input_ids, None)
        inputs = model._update_model_kwargs_for_generation(outputs, inputs)
    return kept.result(input_ids, inputs["past_key_values"])


class _Kept:
    """The scores of each step, where they are asked for."""

    def __init__(self, config: GenerationConfig) -> None:
        self._whole = bool(config.return_dict_in_generate)
        self._scores: list[torch.Tensor] | None = [] if self._whole and config.output_scores else None
        self._logits: list[torch.Tensor] | None = [] if self._whole and config.output_logits else None

    def add(self, scores: torch.Tensor, logits: torch.Tensor) -> None:
        if self._scores is not None:
            self._scores.append(scores)
        if self._logits is not None:
            self._logits.append(logits)

    def result(self, sequences: torch.Tensor, cache: Any) -> Any:
        if not self._whole:
            return sequences
        from transformers.generation import GenerateDecoderOnlyOutput

        scores, logits = (None if each is None else tuple(each) for each in (self._scores, self._logits))
        return GenerateDecoderOnlyOutput(sequences=sequences, scores=scores, logits=logits, past_key_values=cache)


def _read_prompt(
    model: PreTrainedModel, input_ids: torch.Tensor, config: GenerationConfig, inputs: dict[str, Any]
) -> tuple[torch.Tensor, Any, dict[str, Any]]:
    """The last layer's states of the whole prompt [prompts, tokens, width], the outputs, and the next step's inputs."""
    cached = inputs["past_key_values"].get_seq_length()
    states = []
    if cached:
        masks = {name: value[..., :cached] for name, value in _of_positions(inputs).items()}
        again = model(input_ids[:, :cached], **masks, use_cache=False, output_hidden_states=True, return_dict=True)
        states.append(again.hidden_states[-1])
    outputs = model._prefill(input_ids, config, {**inputs, "output_hidden_states": True}, is_first_iteration=True)
    states.append(outputs.hidden_states[-1])
    return torch.cat(states, 1), outputs, model._update_model_kwargs_for_generation(outputs, inputs)


def _of_positions(inputs: dict[str, Any]) -> dict[str, Any]:
    return {name: inputs[name] for name in ("attention_mask", "position_ids") if inputs.get(name) is not None}


def _try(
    model: PreTrainedModel, input_ids: torch.Tensor, candidates: torch.Tensor, inputs: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """The outputs for every candidate [prompts * width, …], and the inputs as they were but for the grown cache."""
    cache, width = inputs["past_key_values"], candidates.shape[1]
    cache.batch_repeat_interleave(width)
    ids, wide = model._expand_inputs_for_generation(expand_size=width, input_ids=input_ids, **inputs)
    ids = torch.cat([ids, candidates.reshape(-1, 1)], -1)
    step = model.prepare_inputs_for_generation(ids, next_sequence_length=1, **wide)
    outputs = model(**step, output_hidden_states=True, return_dict=True)
    return outputs, {**inputs, "past_key_values": outputs.past_key_values}


def _likeness(tried: torch.Tensor, states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """The greatest cosine of each candidate [prompts, width] to a state before it; padding does not count."""
    norm = torch.nn.functional.normalize
    cosines = norm(tried.float(), dim=-1) @ norm(states.float(), dim=-1).transpose(1, 2)
    if mask is not None:
        cosines = cosines.masked_fill(mask[:, None, : cosines.shape[-1]] == 0, -torch.inf)
    return cosines.amax(-1)
