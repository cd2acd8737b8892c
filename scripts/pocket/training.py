"""Trains the model: AdamW on the assistant's tokens and a little on all others, in float32 beside bfloat16 copies.

Batches hold conversations of similar length, each padded at its end, so none sees another. The rate warms up and falls
in a half cosine with the share of the steps done, or of the minutes where those run out first. What is needed to go on
is kept in two files, tensors and figures, every few minutes.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from pocket.conversations import block
from pocket.vocabulary import encoded

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

LENGTHS = 32
"""Batches are padded to a multiple of this many tokens."""
READ = 0.2
"""How much a token counts that the assistant only reads: what repeats in prompts is where copying is learnt first."""
REPORT_EVERY = 100
"""Steps between two lines."""
KEEP_EVERY = 300.0
"""Seconds between two checkpoints."""

Example = tuple[list[int], list[bool]]
"""The tokens of a conversation, and which of them are learnt: what `encoded` gives."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast."""

    seed: int
    steps: int
    minutes: float
    tokens: int = 2048
    """Of a batch, padding included; there is one for each core in a step."""
    rate: float = 1.5e-3
    warm_up: int = 200
    decay: float = 0.05
    """Of the weights, not of norms."""
    longest: int = 1024
    """Longer conversations are left out."""


@dataclass(slots=True)
class Course:
    """How far a training is."""

    step: int = 0
    block: int = 0
    tokens: int = 0
    learnt: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    """One for each hundred steps."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Conversations side by side."""

    tokens: torch.Tensor
    """(conversations, length)"""
    weights: torch.Tensor
    """Of each place, how much the token after it counts: 1 for what the assistant says, 0 for padding."""


def batches(tokenizer: PreTrainedTokenizerFast, plan: Plan, number: int) -> Iterator[Batch]:
    """The batches of a block, in a shuffled order."""
    examples = [encoded(tokenizer, each) for each in block(plan.seed, number)]
    examples = sorted((each for each in examples if len(each[0]) <= plan.longest), key=lambda each: len(each[0]))
    groups: list[list[Example]] = [[]]
    for each in examples:
        if groups[-1] and _rounded(len(each[0])) * (len(groups[-1]) + 1) > plan.tokens:
            groups.append([])
        groups[-1].append(each)
    Random(f"{plan.seed}/{number}/order").shuffle(groups)
    yield from padded(tokenizer, groups)


def padded(tokenizer: PreTrainedTokenizerFast, groups: Iterable[Sequence[Example]]) -> Iterator[Batch]:
    """Each group as a batch, as long as its longest."""
    for group in groups:
        length = _rounded(max(len(ids) for ids, _ in group))
        tokens = torch.full((len(group), length), tokenizer.pad_token_id)
        weights = torch.zeros((len(group), length))
        for row, (ids, wanted) in enumerate(group):
            tokens[row, : len(ids)] = torch.tensor(ids)
            weights[row, : len(ids) - 1] = torch.tensor([1.0 if each else READ for each in wanted[1:]])
        yield Batch(tokens, weights)


def _rounded(length: int) -> int:
    return -(-length // LENGTHS) * LENGTHS


class Trainer:
    """The float32 weights, their optimizer, and a bfloat16 copy for each core that computes.

    Copies with a thread each keep two cores busy where one copy with two threads waits for itself at every operation.
    """

    def __init__(self, model: LlamaForCausalLM, plan: Plan, *, cores: int) -> None:
        torch.set_num_threads(1)
        self.plan, self.course = plan, Course()
        self.weights = [each.detach().clone().float() for each in model.parameters()]
        self.copies = [deepcopy(model).to(torch.bfloat16).train() for _ in range(cores)]
        matrices = [each for each in self.weights if each.ndim > 1]
        others = [each for each in self.weights if each.ndim == 1]
        groups = [{"params": matrices, "weight_decay": plan.decay}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98), fused=True)

    @property
    def model(self) -> LlamaForCausalLM:
        """The model as it is now."""
        return self.copies[0]

    def step(self, parts: Sequence[Batch], crew: Executor) -> float:
        """One step down, by the mean over all tokens of the batches, one for each copy. The loss before it."""
        total = sum(float(each.weights.sum()) for each in parts)
        losses = crew.map(lambda copy, part: _descend(copy, part, total), self.copies, parts)
        loss = sum(losses)
        for weight, *grads in zip(self.weights, *(each.parameters() for each in self.copies), strict=True):
            weight.grad = sum((each.grad.float() for each in grads if each.grad is not None), torch.zeros_like(weight))
        torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate
        self.optimizer.step()
        self._spread()
        return loss

    @torch.no_grad()
    def _spread(self) -> None:
        """Brings the weights to the copies."""
        for weight, *copies in zip(self.weights, *(each.parameters() for each in self.copies), strict=True):
            weight.grad = None
            for copy in copies:
                copy.copy_(weight)
                copy.grad = None

    @property
    def done(self) -> float:
        """The share of the training that is behind, 0 to 1."""
        return min(1.0, max(self.course.step / self.plan.steps, self.course.seconds / 60 / self.plan.minutes))

    @property
    def rate(self) -> float:
        """The learning rate now: up over the first steps, down to a fiftieth in a half cosine."""
        fall = 0.02 + 0.98 * (1 + math.cos(math.pi * self.done)) / 2
        return self.plan.rate * fall * min(1.0, (self.course.step + 1) / self.plan.warm_up)

    def run(self, tokenizer: PreTrainedTokenizerFast, folder: Path) -> Course:
        """Trains to the end of the plan, from where the course is, and keeps checkpoints in the folder."""
        course, since, kept = self.course, time.monotonic() - self.course.seconds, time.monotonic()
        losses: list[float] = []
        with ThreadPoolExecutor(len(self.copies)) as crew:
            while self.done < 1:
                for parts in in_step(batches(tokenizer, self.plan, course.block), len(self.copies)):
                    losses.append(self.step(parts, crew))
                    course.step += 1
                    course.tokens += sum(each.tokens.numel() for each in parts)
                    course.learnt += sum(int((each.weights == 1).sum()) for each in parts)
                    course.seconds = time.monotonic() - since
                    if len(losses) == REPORT_EVERY or self.done == 1:
                        self._report(losses)
                    if self.done == 1:
                        break
                course.block += 1
                if time.monotonic() - kept > KEEP_EVERY:
                    self.keep(folder, tokenizer)
                    kept = time.monotonic()
        self.keep(folder, tokenizer)
        return course

    def _report(self, losses: list[float]) -> None:
        course = self.course
        course.losses.append(round(sum(losses) / len(losses), 4))
        losses.clear()
        speed = f"{course.tokens / course.seconds:.0f} tokens/s"
        print(f"step {course.step}: loss {course.losses[-1]:.4f}, {self.done:.1%} done, {speed}", flush=True)

    def keep(self, folder: Path, tokenizer: PreTrainedTokenizerFast) -> None:
        """Writes the model as it is, and what `resume` reads."""
        self.model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        tensors = {f"weight.{at}": each for at, each in enumerate(self.weights)}
        for at, each in enumerate(self.weights):
            for name, value in self.optimizer.state[each].items():
                tensors[f"{name}.{at}"] = value
        save_file(tensors, folder / "checkpoint.part")
        (folder / "checkpoint.part").replace(folder / "checkpoint.safetensors")
        (folder / "course.json").write_text(json.dumps(asdict(self.course)), encoding="utf-8")

    def resume(self, folder: Path) -> None:
        """Goes on from what `keep` wrote."""
        tensors = load_file(folder / "checkpoint.safetensors")
        self.course = Course(**json.loads((folder / "course.json").read_text(encoding="utf-8")))
        with torch.no_grad():
            for at, weight in enumerate(self.weights):
                weight.copy_(tensors[f"weight.{at}"])
                self.optimizer.state[weight] = {
                    name: tensors[f"{name}.{at}"] for name in ("step", "exp_avg", "exp_avg_sq")
                }
        self._spread()


def in_step(found: Iterator[Batch], size: int) -> Iterator[tuple[Batch, ...]]:
    """Batches in groups of that size; what is left of the last group is dropped."""
    return zip(*[found] * size, strict=False)


def _descend(copy: LlamaForCausalLM, part: Batch, total: float) -> float:
    """Adds the gradients of a batch, which count as its share of the weights of this step."""
    states = copy.model(input_ids=part.tokens, use_cache=False).last_hidden_state
    counts = part.weights > 0
    wanted = part.tokens[:, 1:][counts[:, :-1]]
    said = copy.lm_head(states[counts]).float()
    losses = functional.cross_entropy(said, wanted, reduction="none")
    loss = (losses * part.weights[counts]).sum() / total
    loss.backward()  # type: ignore[no-untyped-call]
    return loss.item()
