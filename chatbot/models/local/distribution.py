"""The next token's distribution of a local model: whole, after any text, and as each strategy of decoding leaves it.

In: a loaded model, the ids of a prompt, strategies. Out: values of `chatbot.models.next_token`. What a strategy leaves
is what the engine and `generate` draw from: the very processors that they prepare are asked, nothing is computed a
second way. Logits are in float32, as they have them.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from chatbot.models.local import prefill
from chatbot.models.local.decoding import plan
from chatbot.models.local.likelihood import AT_ONCE, forks
from chatbot.models.next_token import Branch, Candidate, Distribution, Reweighed, Step, Strategy
from chatbot.models.reweighing import WHOLE
from chatbot.sampling import Sampling

if TYPE_CHECKING:
    from transformers import LogitsProcessorList

    from chatbot.models.local.loading import Weights

LISTED = 50
"""Candidates of a distribution that are kept; its entropy and counts are of all tokens."""

LEAST_FOLLOWED = 0.01
"""Of the whole: branches less likely than this are shown, and not followed."""

Path = Sequence[int]


class Reading:
    """A prompt that a model has read once, for all that may follow it."""

    def __init__(self, weights: Weights, prompt: Sequence[int], *, ends: Collection[int] = ()) -> None:
        """ends: the tokens that end a reply; where there are none, those of the model's own settings."""
        self.weights = weights
        self.ends = frozenset(ends) or _ends_of(weights)
        self.prompt = list(prompt)
        self._forks = forks(weights.model)
        with self.weights.lock, torch.inference_mode():
            read = weights.model(input_ids=self._rows([()]), use_cache=self._forks)
        self._first: torch.Tensor = read.logits[:, -1].float()
        self._cache = read.past_key_values if self._forks else None
        self._said: dict[tuple[int, int], str] = {}
        self._prepared: dict[Sampling, Prepared | None] = {}

    def after(self, paths: Sequence[Path]) -> torch.Tensor:
        """Logits of the token that follows each path, all of one length: a row for each, a column for each token."""
        if not paths[0]:
            return self._first.expand(len(paths), -1)
        with self.weights.lock, torch.inference_mode():
            parts = [self._after(paths[at : at + AT_ONCE]) for at in range(0, len(paths), AT_ONCE)]
        return torch.cat(parts)

    def text(self, path: Path) -> str:
        """What a path says, special tokens included."""
        return self.weights.decode(path)

    def token(self, path: Path, number: int) -> str:
        """What a token says behind a path: a blank that opens a word is part of it, which some tokenizers drop.

        Where a token ends within a character, it is written as the vocabulary has it.
        """
        last = [*self.prompt[-1:], *path][-1]
        if (last, number) not in self._said:
            before, both = self.text([last]), self.text([last, number])
            whole = both.removeprefix(before) if both.startswith(before) else self.text([number])
            written = str(self.weights.tokenizer.convert_ids_to_tokens(number))
            self._said[last, number] = written if "\ufffd" in whole else whole
        return self._said[last, number]

    def prepared(self, sampling: Sampling) -> Prepared | None:
        """What `generate` prepares for a sampling; None where it weighs whole sequences. Raises UsageError.

        Who writes ahead is left out: it changes how soon a token comes, and not which.
        """
        if sampling in self._prepared:
            return self._prepared[sampling]
        by_itself = replace(sampling, draft=None, prompt_lookup=None)
        read = len(self.prompt)
        made = plan(by_itself, schema=None, weights=self.weights, prompt_tokens=read, ends=self.ends)
        if made.loop is not None or made.rows > 1:
            self._prepared[sampling] = None
            return None
        with self.weights.lock:
            processors, config = prefill.prepared(self.weights, self._rows([()]), made)
        found = Prepared(processors, bool(config.do_sample))
        if not made.remembers:
            self._prepared[sampling] = found
        return found

    def _after(self, paths: Sequence[Path]) -> torch.Tensor:
        model = self.weights.model
        if self._cache is None:
            return model(input_ids=self._rows(paths), use_cache=False).logits[:, -1].float()  # type: ignore[no-any-return]
        cache = copy.deepcopy(self._cache)
        cache.batch_repeat_interleave(len(paths))
        rows = torch.tensor([list(path) for path in paths], device=model.device)
        return model(input_ids=rows, past_key_values=cache, use_cache=True).logits[:, -1].float()  # type: ignore[no-any-return]

    def _rows(self, paths: Sequence[Path]) -> torch.Tensor:
        return torch.tensor([[*self.prompt, *path] for path in paths], device=self.weights.device)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A strategy as `generate` would run it."""

    processors: LogitsProcessorList
    draws: bool
    """Tokens are drawn; else the likeliest is taken."""

    def weigh(self, ids: Sequence[int], logits: torch.Tensor) -> torch.Tensor:
        """The probabilities of the token that follows the ids, a row's logits given."""
        with torch.inference_mode():
            scores = self.processors(torch.tensor([ids], device=logits.device), logits.clone())
            if self.draws:
                return torch.softmax(scores[0], dim=-1)
            return torch.nn.functional.one_hot(scores[0].argmax(), scores.shape[1]).float()


def steps_of(
    reading: Reading, strategies: Sequence[Strategy], *, way: Sampling, tokens: int, seed: int = 0
) -> tuple[Step, ...]:
    """The way that `way` takes, token by token, until it ends its turn or there are so many tokens.

    A way that weighs whole sequences is taken by its likeliest tokens.
    """
    generator = torch.Generator(reading.weights.device).manual_seed(seed)
    path: list[int] = []
    steps: list[Step] = []
    while len(steps) < tokens:
        logits = reading.after([path])
        made = reading.prepared(way) or reading.prepared(Sampling(temperature=0))
        chances = made.weigh([*reading.prompt, *path], logits) if made else torch.softmax(logits[0], dim=-1)
        taken = int(torch.multinomial(chances, 1, generator=generator))
        steps.append(step_at(reading, strategies, path, taken, logits=logits))
        path.append(taken)
        if taken in reading.ends:
            break
    return tuple(steps)


def step_at(
    reading: Reading, strategies: Sequence[Strategy], path: Path, taken: int, *, logits: torch.Tensor | None = None
) -> Step:
    """The distributions behind a path, and the token that it goes on with."""
    logits = reading.after([path]) if logits is None else logits
    chances = torch.softmax(logits[0], dim=-1)
    before = _distribution(reading, path, chances)
    first = [each.id for each in before.candidates]
    after = tuple(_reweighed(reading, each, path, logits, first) for each in strategies)
    chosen = Candidate(reading.token(path, taken), float(chances[taken]), taken)
    return Step(before, after, chosen, 1 + int((chances > chances[taken]).sum()))


def tree_of(reading: Reading, *, taken: Path = (), depth: int, branches: int) -> tuple[Branch, ...]:
    """The likeliest ways to go on. taken: the way that the text takes, which is marked, and shown if unlikely."""
    return _branches(reading, _grown(reading, taken, depth, branches), (), taken)


def _ends_of(weights: Weights) -> frozenset[int]:
    """The tokens that end a text, by the model's settings."""
    ends = weights.model.generation_config.eos_token_id
    return frozenset(ends if isinstance(ends, list) else [ends] if ends is not None else ())


Grown = dict[tuple[int, ...], list[tuple[int, float]]]
"""For each path that was followed, the tokens behind it with their probabilities, likeliest first."""


def _grown(reading: Reading, taken: Path, depth: int, branches: int) -> Grown:
    """The tree level by level, so that the paths of a level are read at once."""
    grown = Grown()
    level: dict[tuple[int, ...], float] = {(): 1.0}
    for _ in range(depth):
        if not level:
            break
        rows = torch.softmax(reading.after(list(level)), dim=-1)
        coming: dict[tuple[int, ...], float] = {}
        for (path, probability), chances in zip(level.items(), rows, strict=True):
            best = chances.topk(branches).indices.tolist()
            mine = _following(path, taken)
            if mine is not None and mine not in best:
                best[-1] = mine
            grown[path] = [(number, float(chances[number])) for number in best]
            for number, chance in grown[path]:
                if number not in reading.ends and (probability * chance >= LEAST_FOLLOWED or number == mine):
                    coming[(*path, number)] = probability * chance
        level = coming
    return grown


def _branches(
    reading: Reading, grown: Grown, path: tuple[int, ...], taken: Path, before: float = 1.0
) -> tuple[Branch, ...]:
    return tuple(
        Branch(
            Candidate(reading.token(path, number), chance, number),
            before * chance,
            is_taken=number == _following(path, taken),
            branches=_branches(reading, grown, (*path, number), taken, before * chance),
        )
        for number, chance in grown.get(path, ())
    )


def _following(path: Path, taken: Path) -> int | None:
    """The token with which the way goes on behind a path; None for a path that is not the way's."""
    return taken[len(path)] if len(path) < len(taken) and list(taken[: len(path)]) == list(path) else None


def _reweighed(
    reading: Reading, strategy: Strategy, path: Path, logits: torch.Tensor, first: Sequence[int | None]
) -> Reweighed:
    made = reading.prepared(strategy.sampling)
    if made is None:
        return Reweighed(strategy.name, None, WHOLE)
    chances = made.weigh([*reading.prompt, *path], logits)
    return Reweighed(strategy.name, _distribution(reading, path, chances, also=first))


def _distribution(
    reading: Reading, path: Path, chances: torch.Tensor, *, also: Sequence[int | None] = ()
) -> Distribution:
    """The likeliest tokens, and those of `also` that have a chance."""
    listed = set(chances.topk(min(LISTED, len(chances))).indices.tolist())
    listed |= {number for number in also if number is not None}
    ranked = sorted(((float(chances[number]), -number) for number in listed), reverse=True)
    candidates = tuple(
        Candidate(reading.token(path, -number), chance, -number) for chance, number in ranked if chance > 0
    )
    entropy = float(torch.special.entr(chances.double()).sum()) / float(torch.log(torch.tensor(2.0)))
    rest = max(1.0 - sum(each.probability for each in candidates), 0.0)
    return Distribution(candidates, rest if rest > 1e-6 else 0.0, entropy, int((chances > 0).sum()))
