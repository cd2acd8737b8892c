"""Diverse beam search (Vijayakumar et al. 2018, "Diverse Beam Search for Improved Description of Complex Scenes").

The beams go in groups. Each step the groups choose one after another, and a token costs `diversity` for each
beam of an earlier group that has just chosen it (Hamming diversity, section 4). A group by itself is the beam search of
transformers: the same candidates, length penalty and end. A loop for `generate(custom_generate=…)`; transformers itself
no longer has one. Draws nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from transformers import GenerationConfig, LogitsProcessorList, PreTrainedModel, StoppingCriteriaList

NEVER = -1.0e9
"""Score of a beam that is not to be chosen; finite, so that a group can go on with fewer beams than it has room for."""


def diverse_beam_search(
    model: PreTrainedModel,
    input_ids: torch.Tensor,
    *,
    logits_processor: LogitsProcessorList,
    stopping_criteria: StoppingCriteriaList,
    generation_config: GenerationConfig,
    groups: int,
    diversity: float,
    **inputs: Any,
) -> Any:
    """The best sequences, [prompts * num_return_sequences, tokens], padded; of several, the best of each group first.

    input_ids: each prompt `num_beams` times, as `generate` prepares them. groups: divides `num_beams`. diversity: taken
    off a token for each beam of an earlier group that has just chosen it.
    """
    rules = _Rules.of(generation_config, groups, diversity, prompt_tokens=input_ids.shape[1])
    prompts = [
        [_Group(rules, each) for each in torch.split(beams, rules.width)]
        for beams in torch.split(input_ids, generation_config.num_beams)
    ]
    outputs = model._prefill(input_ids, generation_config, inputs, is_first_iteration=True)
    while True:
        inputs = model._update_model_kwargs_for_generation(outputs, inputs)
        scores = logits_processor(input_ids, outputs.logits[:, -1].float().log_softmax(-1))
        origins = []
        for prompt, rows in zip(prompts, torch.split(scores, generation_config.num_beams), strict=True):
            origins += _step(prompt, rows, rules, stopping_criteria)
        input_ids = torch.cat([group.ids for prompt in prompts for group in prompt])
        if not any(group.open for prompt in prompts for group in prompt):
            break
        offsets = torch.arange(len(origins), device=input_ids.device)[:, None] * rules.width
        inputs["past_key_values"].reorder_cache((torch.stack(origins) + offsets).flatten())
        step = model.prepare_inputs_for_generation(input_ids, next_sequence_length=1, **inputs)
        outputs = model(**step, return_dict=True)
    return _result(prompts, generation_config, inputs["past_key_values"])


@dataclass(frozen=True, slots=True)
class _Rules:
    """What is the same for all groups."""

    width: int
    """Beams of a group."""
    candidates: int
    """How many continuations a group looks at: enough that `width` are left where the others end the text."""
    diversity: float
    length_penalty: float
    early_stopping: bool | str
    prompt_tokens: int
    longest: int
    pad: int

    @classmethod
    def of(cls, config: GenerationConfig, groups: int, diversity: float, *, prompt_tokens: int) -> _Rules:
        width = config.num_beams // groups
        ends = 0 if config._eos_token_tensor is None else len(config._eos_token_tensor)
        return cls(
            width,
            max(2, 1 + ends) * width,
            diversity,
            config.length_penalty,
            config.early_stopping,
            prompt_tokens,
            config.max_length,
            -1 if config._pad_token_tensor is None else int(config._pad_token_tensor),
        )

    def worth(self, score: float, tokens: int) -> float:
        """A sum of log-probabilities, made comparable between lengths."""
        return float(score / tokens**self.length_penalty)


@dataclass(slots=True)
class _Group:
    """The beams of one group of one prompt, and what it has finished."""

    rules: _Rules
    ids: torch.Tensor
    """[width, tokens so far]"""
    scores: torch.Tensor = field(init=False)
    finished: list[tuple[float, torch.Tensor]] = field(default_factory=list)
    """Best first, at most `width`."""
    open: bool = True

    def __post_init__(self) -> None:
        self.scores = torch.full((self.rules.width,), NEVER, device=self.ids.device)
        self.scores[0] = 0  # all beams are alike at first, and one of them is enough

    def step(self, scores: torch.Tensor, stopping: StoppingCriteriaList) -> torch.Tensor:
        """Goes on by a token, by the log-probabilities [width, vocabulary]; which beam each new one comes from."""
        rules = self.rules
        totals = (scores + self.scores[:, None]).flatten()
        best, places = totals.topk(min(rules.candidates, len(totals)))
        origins, tokens = places // scores.shape[1], places % scores.shape[1]
        grown = torch.cat([self.ids[origins], tokens[:, None]], -1)
        ended = stopping(grown, None)
        self._finish(best, grown, ended)
        best = best + ended * NEVER
        kept = best.topk(rules.width)[1]
        self.ids, self.scores = grown[kept], best[kept]
        self.open = not bool(ended.all()) and self._can_improve()
        return origins[kept]

    def rest(self) -> torch.Tensor:
        """Stands still while other groups go on."""
        self.ids = torch.cat([self.ids, self.ids.new_full((len(self.ids), 1), self.rules.pad)], -1)
        return torch.arange(len(self.ids), device=self.ids.device)

    def _finish(self, best: torch.Tensor, grown: torch.Tensor, ended: torch.Tensor) -> None:
        tokens = grown.shape[1] - self.rules.prompt_tokens
        for place in ended[: self.rules.width].nonzero().flatten().tolist():
            self.finished.append((self.rules.worth(best[place].item(), tokens), grown[place]))
        self.finished.sort(key=lambda each: each[0], reverse=True)
        del self.finished[self.rules.width :]

    def _can_improve(self) -> bool:
        rules = self.rules
        if len(self.finished) < rules.width:
            return True
        if rules.early_stopping is True:
            return False
        longest = rules.early_stopping == "never" and rules.length_penalty > 0
        tokens = (rules.longest if longest else self.ids.shape[1]) - rules.prompt_tokens
        return rules.worth(self.scores[0].item(), tokens) > self.finished[-1][0]


def _step(
    groups: list[_Group], scores: torch.Tensor, rules: _Rules, stopping: StoppingCriteriaList
) -> list[torch.Tensor]:
    """One token more for each group of a prompt, in turn; which beam of its group each beam comes from."""
    taken, origins = torch.zeros_like(scores[0]), []
    for group, rows in zip(groups, torch.split(scores, rules.width), strict=True):
        if not group.open:
            origins.append(group.rest())
            continue
        origins.append(group.step(rows - rules.diversity * taken, stopping))
        taken += torch.bincount(group.ids[:, -1], minlength=len(taken))
    return origins


def _result(prompts: list[list[_Group]], config: GenerationConfig, cache: Any) -> Any:
    chosen = []
    for groups in prompts:
        heads = sorted((group.finished[0] for group in groups), key=lambda each: each[0], reverse=True)
        others = sorted((one for group in groups for one in group.finished[1:]), key=lambda each: each[0], reverse=True)
        chosen += [*heads, *others][: config.num_return_sequences]
    pad = groups[0].rules.pad
    sequences = torch.nn.utils.rnn.pad_sequence([ids for _, ids in chosen], batch_first=True, padding_value=pad)
    if not config.return_dict_in_generate:
        return sequences
    from transformers.generation import GenerateBeamDecoderOnlyOutput

    scores = torch.tensor([worth for worth, _ in chosen], device=sequences.device)
    return GenerateBeamDecoderOnlyOutput(sequences=sequences, sequences_scores=scores, past_key_values=cache)
