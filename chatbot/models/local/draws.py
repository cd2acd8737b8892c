"""Replies in the making: rows of tokens that grow by one at each step of a batch."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from chatbot.messages import Finish, TokenScore
from chatbot.models.local.job import Job, Stopped, Wrote
from chatbot.models.local.token_text import Decode, TokenText

if TYPE_CHECKING:
    from transformers import GenerationConfig, LogitsProcessorList


class Row:
    """One sample: what it has said, and whether it is over.

    held: that it is over is told by `release` alone, since its scores come afterwards.
    """

    def __init__(self, job: Job, sample: int, decode: Decode, device: torch.device, *, held: bool = False) -> None:
        seed = job.seeds[sample]
        self.job = job
        self.generator = torch.Generator(device)
        self.generator.manual_seed(secrets.randbits(63) if seed is None else seed % 2**63)
        self._sample = sample
        self._decode = decode
        self._text = TokenText(decode, hidden=job.hidden | job.ends, stops=job.stops)
        self._scores: list[TokenScore] = []
        self._written = 0
        self._held = held
        self._stopped: Stopped | None = None

    def take(self, token: int, logits: torch.Tensor | None = None) -> bool:
        """Counts a token in and tells of it; whether the reply goes on.

        logits: the model's own, of shape (vocabulary,); None where the tokens are scored afterwards.
        """
        self._written += 1
        ended = token in self.job.ends
        if self.job.scores is not None and logits is not None and not ended:
            self._scores.append(score(token, logits, self.job.scores, self._decode))
        self._tell(self._text.feed(token))
        if ended or self._text.stopped:
            return self._stop("complete")
        return self._stop("length") if self._written >= self.job.max_tokens else True

    def _stop(self, finish: Finish) -> bool:
        self._tell(self._text.end(), last=True)
        if self._text.stopped:
            finish = "complete"
        self._stopped = Stopped(self._sample, finish, self._written)
        if not self._held:
            self.job.tell(self._stopped)
        return False

    def release(self, scores: Sequence[TokenScore]) -> None:
        """Tells the scores of all tokens, and that the sample is over if it is."""
        if scores:
            self.job.tell(Wrote(self._sample, "", tuple(scores)))
        if self._stopped:
            self.job.tell(self._stopped)

    def _tell(self, text: str, *, last: bool = False) -> None:
        if text or (last and self._scores):
            self.job.tell(Wrote(self._sample, text, tuple(self._scores)))
            self._scores.clear()


class Draw:
    """Rows of one job that are drawn in the same way, and are of one length.

    ids: the prompt, of shape (1, tokens). shift: what is added to a token's place in the row to give its position.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        ids: torch.Tensor,
        processors: LogitsProcessorList,
        config: GenerationConfig,
        *,
        shift: int = 0,
    ) -> None:
        self.rows = list(rows)
        self.shift = shift
        self.ids = ids.repeat(len(self.rows), 1)
        self._processors = processors
        self._sampled = bool(config.do_sample)

    @property
    def last(self) -> torch.Tensor:
        """The newest token of each row, of shape (rows, 1)."""
        return self.ids[:, -1:]

    def step(self, logits: torch.Tensor) -> list[int]:
        """Chooses the next token of each row by its logits, of shape (rows, vocabulary); the places that go on."""
        logits = logits.float()
        scores = self._processors(self.ids, logits.clone())
        if self._sampled:
            chances = torch.nn.functional.softmax(scores, dim=-1)
            drawn = [
                torch.multinomial(chance[None], 1, generator=row.generator)
                for row, chance in zip(self.rows, chances, strict=True)
            ]
            chosen = torch.cat(drawn)
        else:
            chosen = scores.argmax(dim=-1, keepdim=True)
        self.ids = torch.cat([self.ids, chosen], dim=-1)
        tokens = chosen[:, 0].tolist()
        return [at for at, row in enumerate(self.rows) if not row.job.cancelled and row.take(tokens[at], logits[at])]

    def select(self, places: Sequence[int]) -> None:
        """Goes on with these rows only."""
        self.rows = [self.rows[at] for at in places]
        self.ids = self.ids[list(places)]


def score(token: int, logits: torch.Tensor, alternatives: int, decode: Decode) -> TokenScore:
    """The log-probability that the model gave a token, before anything was done to it, and the likeliest others."""
    logprobs = torch.log_softmax(logits.float(), dim=-1)
    best = torch.topk(logprobs, min(alternatives, len(logprobs))) if alternatives else None
    others = zip(best.values.tolist(), best.indices.tolist(), strict=True) if best else ()
    return TokenScore(
        decode([token]), float(logprobs[token]), tuple((decode([other]), value) for value, other in others)
    )
