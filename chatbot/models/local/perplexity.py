"""What a text costs a local model, however long it is: a window slides over it, and each token is counted once.

In: a model, its tokenizer and text. Out: a `TextScore`. Text is only ever text: what looks like a special token in it
is cut into ordinary ones. Nothing is counted that has nothing before it: the first token of a text, unless the model's
own tokenizer opens every text with one (`<s>`, `<bos>`); then each window opens with that, as texts did in training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING, cast

from chatbot.errors import UsageError
from chatbot.models.local.likelihood import AT_ONCE, last_log_probabilities
from chatbot.models.local.span_encoding import SpanEncoder, Tokenizer
from chatbot.models.text_score import TextScore
from chatbot.prompting.provenance import Span

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

WINDOW = 2_048
"""Tokens that a model reads at once where nobody says: longer windows help little and take much."""


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a text that a model reads at once, by places of tokens."""

    start: int
    new: int
    """The first token that no window before it has counted."""
    end: int


def windows(tokens: int, size: int, stride: int) -> Iterator[Window]:
    """Windows of `size` tokens, each `stride` further on, till the last token is in one.

    Each token but those of the first window comes after at least `size - stride` others.
    """
    start = end = 0
    while end < tokens:
        new, end = end, min(start + size, tokens)
        yield Window(start, new, end)
        start += stride


def score_text(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    text: str,
    *,
    window: int = WINDOW,
    stride: int | None = None,
    at_once: int = AT_ONCE,
    watch: Callable[[int, int], None] = lambda done, of: None,
) -> TextScore:
    """The score of a text.

    window: tokens that the model reads at once, its opening token with them. stride: tokens that the window moves on
    by, half of it where nothing is said. watch: told how many tokens of how many are counted.

    Raises UsageError for a text without a token to count and for a stride that would leave tokens out.
    """
    stride = window // 2 if stride is None else stride
    if not 1 <= stride < window:
        raise UsageError(f"a window of {window:,} tokens cannot move on by {stride:,}", hint="take a smaller stride")
    opening, ids = opening_of(tokenizer), plain_ids(tokenizer, text)
    skipped = 0 if opening else 1
    if len(ids) <= skipped:
        raise UsageError("the text is too short: there is no token in it that follows another")
    pieces = windows(len(ids), window - len(opening), stride)
    nats, done = 0.0, 0
    for same in _alike(pieces, skipped, at_once):
        count = same[0].end - max(same[0].new, skipped)
        rows = [[*opening, *ids[each.start : each.end]] for each in same]
        nats -= sum(map(sum, last_log_probabilities(model, rows, count)))
        watch(done := done + count * len(same), len(ids) - skipped)
    unread = str(tokenizer.decode(ids[:skipped])) if skipped else ""
    return TextScore(nats, len(ids) - skipped, len(text.encode()) - len(unread.encode()))


def _alike(pieces: Iterator[Window], skipped: int, at_once: int) -> Iterator[Sequence[Window]]:
    """Neighbouring windows of one shape together, so many at once."""
    for _, same in groupby(pieces, lambda each: (each.end - each.start, each.end - max(each.new, skipped))):
        while some := list(islice(same, at_once)):
            yield some


def opening_of(tokenizer: PreTrainedTokenizerBase) -> tuple[int, ...]:
    """The token that the model's tokenizer puts before every text; none where it does not."""
    own = tokenizer.bos_token_id
    put = tokenizer("a", add_special_tokens=True)["input_ids"]
    return (own,) if own is not None and put[:1] == [own] else ()


def plain_ids(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    """The tokens of a text in which nothing is special. Raises ModelError for a tokenizer that cannot tell."""
    return SpanEncoder.of(cast(Tokenizer, tokenizer)).encode((Span(text, "document"),))
