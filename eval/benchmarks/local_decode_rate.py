"""Target S11: tokens a second of a model of 7 billion parameters in bf16 on a GPU, against what its memory allows.

    python eval/benchmarks/local_decode_rate.py [--rounds 5] [--small]

A step of decoding reads every weight once, and the keys and values of every sequence. So the limit is the tokens of a
step over its bytes, times the bandwidth that copying a large buffer reaches on the same device. The weights are random,
made on the device in the shape of Llama 3 8B with the small vocabulary of our own model: 7.0 billion, all of them read.

Ours and transformers' `generate`, in turn: rate at batch 1, 8 and 32 (ours draws so many samples of one request), time
to first token of a prompt of about 1,000 tokens, and of the next turn, which ours reads with the cache of the first.
Without a GPU it says "not measured"; --small shows there that it runs, with 75 million parameters.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from local_turns import ask
from plain_generate import SMALL, Plain, random_checkpoint
from timing import in_turn, report

from chatbot.effects import Generate
from chatbot.events import OfSample, Used
from chatbot.messages import Message, Segment
from chatbot.models.connect import connect
from chatbot.models.model import Model
from chatbot.sampling import Sampling

LLAMA_8B = {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "max_position_embeddings": 8192,
}

BATCHES = (1, 8, 32)
REPLY_TOKENS = 128
SENTENCE = "The shop on the corner sells 12 pens in a box, and 3 single pens. "


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print("target: batch 1 at 0.7 of the limit that the bytes and the measured bandwidth set")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu" and not given.small:
        print("not measured: there is no GPU here")
        return
    with tempfile.TemporaryDirectory() as folder:
        shape: Mapping[str, int] = SMALL if given.small else LLAMA_8B
        checkpoint = random_checkpoint(Path(folder), shape, device=device, dtype="bfloat16")
        measure(connect(f"local:{checkpoint}"), Plain(checkpoint, device=device, dtype="bfloat16"), given.rounds)


def measure(model: Model, plain: Plain, rounds: int) -> None:
    """Prints the figures of both."""
    bandwidth = bandwidth_of(plain.device)
    print(f"{plain.parameters / 1e9:.2f} billion parameters, {plain.device} copies at {bandwidth / 1e9:.0f} GB/s")
    for batch in BATCHES:
        works = {"ours": partial(our_rate, model, batch), "generate": partial(plain_rate, plain, batch)}
        for work in works.values():
            work()  # the first run of a shape fills caches
        limit = batch * bandwidth / bytes_of_step(plain, batch)
        for name, rates in in_turn(works, rounds).items():
            rate = statistics.median(rates)
            spread = f"({min(rates):.0f} to {max(rates):.0f}, n={rounds})"
            print(f"batch {batch:<3} {name:<10} {rate:7.0f} tokens/s {spread:<24} {rate / limit:.2f} of {limit:.0f}")
    firsts: dict[str, list[float]] = {}
    for number in range(rounds):
        for name, seconds in asyncio.run(first_tokens(model, plain, number)).items():
            firsts.setdefault(name, []).append(seconds)
    report(firsts, unit="ms to first token", scale=1e3)


def our_rate(model: Model, batch: int) -> float:
    """Tokens a second after the first one, of so many samples together."""
    return asyncio.run(_our_rate(model, batch))


async def _our_rate(model: Model, batch: int) -> float:
    request = Generate(
        (_said(SENTENCE),), samples=batch, sampling=Sampling(temperature=1.0, max_tokens=REPLY_TOKENS, seed=7)
    )
    first, tokens = 0.0, 0
    async for each in model.stream(request):
        event = each.event if isinstance(each, OfSample) else each
        first = first or time.perf_counter()
        if isinstance(event, Used):
            tokens += event.usage.output_tokens
    return (tokens - batch) / (time.perf_counter() - first)


def plain_rate(plain: Plain, batch: int) -> float:
    """The same of `generate`."""
    chat = [{"role": "user", "content": SENTENCE}]
    timed = plain.ask(chat, max_tokens=REPLY_TOKENS, do_sample=True, top_k=0, num_return_sequences=batch)
    return (timed.tokens - batch) / (timed.whole - timed.first)


async def first_tokens(model: Model, plain: Plain, number: int) -> dict[str, float]:
    """Seconds to the first token of a new prompt, and of the turn after it."""
    opening = [_said(f"{number}. {SENTENCE * 50}")]
    ours = await ask(model, opening)
    after = [*opening, Message("assistant", (Segment(ours.text, "model"),)), _said(SENTENCE)]
    return {
        "ours, new prompt": ours.first,
        "generate, new prompt": plain.ask(_chat(opening), max_tokens=4).first,
        "ours, next turn": (await ask(model, after)).first,
        "generate, next turn": plain.ask(_chat(after), max_tokens=4).first,
    }


def bytes_of_step(plain: Plain, batch: int) -> float:
    """What a step reads: the weights, and the keys and values of each sequence, half-way through its reply."""
    config = plain.model.config
    width = config.hidden_size // config.num_attention_heads
    token = 2 * config.num_hidden_layers * config.num_key_value_heads * width * 2  # keys and values, bf16
    prompt = plain.tokens([{"role": "user", "content": SENTENCE}])
    return float(2 * plain.parameters + batch * token * (prompt + REPLY_TOKENS / 2))


def bandwidth_of(device: str) -> float:
    """Bytes a second, read and written, of copying a gibibyte; the best of ten, since nothing makes it faster."""
    import torch

    source = torch.empty(1 << 30, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    best = float("inf")
    for _ in range(10):
        wait()
        began = time.perf_counter()
        target.copy_(source)
        wait()
        best = min(best, time.perf_counter() - began)
    return 2 * source.numel() / best


def _said(text: str) -> Message:
    return Message("user", (Segment(text, "user"),))


def _chat(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": each.role, "content": each.text} for each in messages]


if __name__ == "__main__":
    main()
