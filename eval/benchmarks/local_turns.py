"""Target S9: time to first token of a local model at turn 20 of a conversation, against turn 1 with the same new text.

    python eval/benchmarks/local_turns.py [--turns 20] [--rounds 5] [--model FOLDER]

Ours keeps the KV cache of the conversation, so that a turn reads only what is new; the peer is `generate` of
transformers, which reads the whole history again. Each round is a conversation of its own, in which nothing of an
earlier one can be reused, and each of our replies is compared with the peer's to the same history: greedy, float32.

Without --model: our small model, and a checkpoint of 75 million random weights, whose arithmetic outweighs the Python.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plain_generate import POCKET, Plain, Timed, random_checkpoint

from chatbot.effects import Generate
from chatbot.events import TextDelta
from chatbot.messages import Message, Segment
from chatbot.models.connect import connect
from chatbot.models.fold import Fold
from chatbot.models.model import Model
from chatbot.sampling import Sampling

NEW_TEXT = "Conversation {number}. A shop sells 7 boxes of 12 pens and 3 single pens. How many pens does it sell?"
"""The same in each turn. The number stands first, so that no round begins like another."""

REPLY_TOKENS = 32


@dataclass
class Turns:
    """What was seen of one kind, a list for each turn."""

    ours: list[list[float]] = field(default_factory=list)
    peer: list[list[float]] = field(default_factory=list)
    same: int = 0
    compared: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(f"target: turn {given.turns} within 1.3 times turn 1, replies identical to recomputing")
    with tempfile.TemporaryDirectory() as folder:
        for model in [given.model] if given.model else [POCKET, random_checkpoint(Path(folder))]:
            measure(model, given.turns, given.rounds)


def measure(folder: Path, turns: int, rounds: int) -> None:
    """Prints the figures of one model."""
    plain, model = Plain(folder), connect(f"local:{folder}")
    plain.ask([{"role": "user", "content": "Hello"}], max_tokens=2)  # the first call fills caches
    asyncio.run(ask(model, [Message("user", (Segment("Hello", "user"),))]))
    seen = Turns([[] for _ in range(turns)], [[] for _ in range(turns)])
    for number in range(rounds):
        asyncio.run(converse(model, plain, f"{number:02}", seen))
    print(f"\n{folder.name}, {plain.parameters / 1e6:.1f} million parameters, {rounds} conversations of {turns} turns")
    _line("ours", seen.ours)
    _line("transformers generate", seen.peer)
    print(f"replies like those to a recomputed history: {seen.same} of {seen.compared}")


async def converse(model: Model, plain: Plain, number: str, seen: Turns) -> None:
    """One conversation, each turn by both in turn."""
    text = NEW_TEXT.format(number=number)
    history: list[Message] = []
    for turn in range(len(seen.ours)):
        history.append(Message("user", (Segment(text, "user"),)))
        reply = await ask(model, history)
        chat = [{"role": each.role, "content": each.text} for each in history]
        recomputed = plain.ask(chat, max_tokens=REPLY_TOKENS)
        seen.ours[turn].append(reply.first)
        seen.peer[turn].append(recomputed.first)
        seen.same += reply.text.strip() == recomputed.text.strip()
        seen.compared += 1
        history.append(Message("assistant", (Segment(reply.text, "model"),)))


async def ask(model: Model, history: Sequence[Message]) -> Timed:
    """Our reply, and when it came."""
    request = Generate(tuple(history), sampling=Sampling(temperature=0, max_tokens=REPLY_TOKENS))
    folded, began, first = Fold(), time.perf_counter(), 0.0
    async for event in model.stream(request):
        if not first and isinstance(event, TextDelta):
            first = time.perf_counter() - began
        folded.add(event)
    reply = folded.reply()
    return Timed(reply.text, reply.usage.output_tokens, first, time.perf_counter() - began)


def _line(name: str, turns: Sequence[Sequence[float]]) -> None:
    first, last = turns[0], turns[-1]
    ratio = statistics.median(last) / statistics.median(first)
    shown = "   ".join(
        f"turn {number} {statistics.median(values) * 1e3:7.1f} ms ({min(values) * 1e3:.1f} to {max(values) * 1e3:.1f})"
        for number, values in ((1, first), (len(turns), last))
    )
    print(f"{name:<24} {shown}   {ratio:.2f} times turn 1")


if __name__ == "__main__":
    main()
