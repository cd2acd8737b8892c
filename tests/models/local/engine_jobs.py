"""Jobs for the engine of a tiny model, and what came of them."""

from __future__ import annotations

import functools
import queue
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatbot.messages import TokenScore
from chatbot.models.local.decoding import plan
from chatbot.models.local.engine import Engine
from chatbot.models.local.job import Failed, Job, Read, Stopped, Wrote
from chatbot.models.local.loading import Weights
from chatbot.models.local.options import LocalOptions
from chatbot.sampling import Sampling

PROMPTS = (
    "Commits: one thought each, imperative, why in the body.",
    "A new dependency",
    "What it exists for we write ourselves, well; outside of that a library beats our own code, even a slower one.",
    "Tests run the real thing",
)


def tiny_weights(folder: Path, family: str = "llama", *, context: int = 512, **options: Any) -> Weights:
    """A random model of this family, in memory."""
    from tiny_models import tiny_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = tiny_model(folder / family, family, context=context)
    model = AutoModelForCausalLM.from_pretrained(source).eval().requires_grad_(False)
    tokenizer = AutoTokenizer.from_pretrained(source)
    return Weights(family, None, model, tokenizer, LocalOptions(**options), context)  # type: ignore[arg-type]


@dataclass
class Came:
    """What the engine told of a job."""

    texts: dict[int, str] = field(default_factory=dict)
    scores: dict[int, list[TokenScore]] = field(default_factory=dict)
    stopped: dict[int, Stopped] = field(default_factory=dict)
    read: Read | None = None

    @property
    def text(self) -> str:
        """Of the only sample."""
        assert list(self.texts) == [0]
        return self.texts[0]


@dataclass
class Asked:
    """A job that was submitted."""

    job: Job
    told: queue.Queue[Any]
    heard: list[Any] = field(default_factory=list)
    """What `came` has taken from `told`."""

    def came(self) -> Came:
        """Waits for all of it. Raises what the engine failed with."""
        came = Came(texts=dict.fromkeys(range(self.job.samples), ""))
        while len(came.stopped) < self.job.samples:
            self.heard.append(self.told.get(timeout=60))
            match self.heard[-1]:
                case Failed(error):
                    raise error
                case Read() as read:
                    came.read = read
                case Wrote(sample, text, scores):
                    came.texts[sample] += text
                    came.scores.setdefault(sample, []).extend(scores)
                case Stopped() as stopped:
                    came.stopped[stopped.sample] = stopped
        return came


def ask(
    engine: Engine,
    prompt: str | list[int],
    sampling: Sampling = Sampling(),  # frozen
    samples: int = 1,
    processor: Any = None,
) -> Asked:
    """Submits a job for this prompt; greedy unless the sampling says otherwise. processor: one more of the scores."""
    weights = engine.weights
    ids = weights.tokenizer.encode(prompt) if isinstance(prompt, str) else prompt
    longest = sampling.max_tokens or 24
    sampling = sampling.overridden(Sampling(max_tokens=longest))
    planned = functools.partial(plan, sampling, schema=None, weights=weights, prompt_tokens=len(ids))
    first = planned()
    if processor is not None:
        first.processors.append(processor)
    told: queue.Queue[Any] = queue.Queue()
    seeds = tuple(None if sampling.seed is None else sampling.seed + sample for sample in range(samples))
    job = Job(
        ids=list(ids),
        decodings=(first, *(planned() for _ in seeds[1:])) if first.remembers else (first,),
        seeds=seeds,
        max_tokens=longest,
        tell=told.put,
        ends=frozenset({weights.tokenizer.eos_token_id}),
        stops=sampling.stop,
        scores=sampling.logprobs,
    )
    engine.submit(job)
    return Asked(job, told)


def plainly(weights: Weights, prompt: str | list[int], *, seed: int | None = None, **options: Any) -> str:
    """What `generate` writes, asked by itself."""
    import torch

    ids = weights.tokenizer.encode(prompt) if isinstance(prompt, str) else prompt
    options = {"max_new_tokens": 24, "do_sample": False, **options}
    with torch.random.fork_rng(devices=[]):
        if seed is not None:
            torch.manual_seed(seed)
        found = weights.model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids)), **options)[0]
    end = weights.tokenizer.eos_token_id
    return weights.decode([token for token in found[len(ids) :].tolist() if token != end])
