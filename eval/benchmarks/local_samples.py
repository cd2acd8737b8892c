"""Target S10: self-consistency with 20 samples on a local model, against 20 calls one after the other.

    python eval/benchmarks/local_samples.py [--samples 20] [--rounds 5] [--model FOLDER]

Ours is `solve` with the strategy, on the word problem's prompt with eight worked examples: one prefill, and a batch.
The peers are as many calls of transformers' `generate` with the messages that ours sent, and as many runs of ours with
one sample. All draw at temperature 0.7, in float32, and a reply may take as many tokens; since what is drawn differs,
tokens for each second stand beside the seconds. Each round's prompt begins otherwise, so that none is known already.

Without --model: our small model, and a checkpoint of 75 million random weights, whose arithmetic outweighs the Python.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from plain_generate import POCKET, ROOT, Plain, random_checkpoint
from timing import report

from chatbot import solve
from chatbot.effects import Generate
from chatbot.events import ModelEvent
from chatbot.models.connect import connect
from chatbot.models.model import Abilities, Model
from chatbot.prompting import Prompt
from chatbot.strategies.self_consistency import SelfConsistency

TEMPERATURE = 0.7
QUESTION = "A shop sells 15 boxes of 12 pens and 3 single pens. How many pens does it sell?"
REPLY_TOKENS = 96


@dataclass
class Watched:
    """A model, with what it was last asked."""

    model: Model
    asked: list[Generate] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def abilities(self) -> Abilities:
        return self.model.abilities

    def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        self.asked.append(request)
        return self.model.stream(request)

    def count_tokens(self, text: str) -> int:
        return self.model.count_tokens(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(f"target: {given.samples} samples 5 times faster than {given.samples} calls")
    with tempfile.TemporaryDirectory() as folder:
        models = [given.model] if given.model else [POCKET, random_checkpoint(Path(folder) / "random")]
        prompts = [prompt_of(number, Path(folder)) for number in range(given.rounds)]
        for model in models:
            measure(model, given.samples, prompts)


def prompt_of(number: int, folder: Path) -> Prompt:
    """The shipped prompt with a beginning of its own, its replies bounded as the peer's are."""
    shutil.copytree(ROOT / "prompts" / "examples", folder / "examples", dirs_exist_ok=True)
    text = (ROOT / "prompts" / "word_problem_vote.prompty").read_text(encoding="utf-8")
    text = text.replace("maxOutputTokens: 400", f"maxOutputTokens: {REPLY_TOKENS}")
    file = folder / f"round_{number}.prompty"
    file.write_text(text.replace("system:\n", f"system:\n({number}) ", 1), encoding="utf-8")
    return Prompt.load(file)


def measure(folder: Path, samples: int, prompts: Sequence[Prompt]) -> None:
    """Prints the figures of one model."""
    model, plain = Watched(connect(f"local:{folder}")), Plain(folder)
    seconds: dict[str, list[float]] = {}
    tokens: dict[str, int] = {}

    def seen(name: str, work: Callable[[], int]) -> None:
        began = time.perf_counter()
        told = work()
        seconds.setdefault(name, []).append(time.perf_counter() - began)
        tokens[name] = tokens.get(name, 0) + told

    def ours(prompt: Prompt, drawn: int) -> int:
        strategy = SelfConsistency(samples=drawn, temperature=TEMPERATURE)
        return solve(prompt, {"question": QUESTION}, model=model, strategy=strategy).usage.output_tokens

    def peer() -> int:
        chat = [{"role": each.role, "content": each.text} for each in model.asked[-1].messages]
        draw = {"do_sample": True, "temperature": TEMPERATURE, "top_k": 0}
        return sum(plain.ask(chat, max_tokens=REPLY_TOKENS, **draw).tokens for _ in range(samples))

    ours(Prompt.load("word_problem_direct"), 1)  # the first call fills caches
    peer()
    for prompt in prompts:
        seen(f"ours, {samples} samples", partial(ours, prompt, samples))
        seen(f"generate, {samples} calls", peer)
        seen(f"ours, {samples} runs of one", lambda prompt=prompt: sum(ours(prompt, 1) for _ in range(samples)))
    print(f"\n{folder.name}, {plain.parameters / 1e6:.1f} million parameters, 8 examples in the prompt")
    report(seconds)
    for name, taken in seconds.items():
        print(f"{name:<28} {tokens[name] / sum(taken):8.0f} tokens/s")


if __name__ == "__main__":
    main()
