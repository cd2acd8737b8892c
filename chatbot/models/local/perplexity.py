"""What a text costs a local model, however long it is: a window slides over it, and each token is counted once.

In: a model in memory and text. Out: a `TextScore`. Text is only ever text: what looks like a special token in it
is cut into ordinary ones. Nothing is counted that has nothing before it: the first token of a text, unless the model's
own tokenizer opens every text with one (`<s>`, `<bos>`); then each window opens with that, as texts did in training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING, cast

from chatbot.errors import ModelError, UsageError
from chatbot.models.local.forward import is_out_of_memory, release
from chatbot.models.local.likelihood import AT_ONCE, last_log_probabilities
from chatbot.models.local.span_encoding import SpanEncoder, Tokenizer
from chatbot.models.text_score import TextScore
from chatbot.prompting.provenance import Span

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from chatbot.models.local.loading import Weights


LOGITS = 1 << 28
"""Most logits of one pass over several windows: 1 GiB in float32. The vocabulary is what makes them many."""


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
    weights: Weights,
    text: str,
    *,
    window: int,
    stride: int,
    at_once: int | None = None,
    watch: Callable[[int, int], None] = lambda done, of: None,
) -> TextScore:
    """The score of a text.

    window: tokens that the model reads at once, its opening token with them. stride: tokens that the window moves on
    by. at_once: windows of one pass; None for as many as LOGITS allows. watch: told how many tokens of how many are
    counted.

    Raises UsageError for a text without a token to count, for a window that the model cannot read, and for a stride
    that would leave tokens out; ModelError where memory does not suffice.
    """
    _check(weights, window, stride)
    opening, ids = opening_of(weights.tokenizer), plain_ids(weights.tokenizer, text)
    skipped = 0 if opening else 1
    if len(ids) <= skipped:
        raise UsageError("the text is too short: there is no token in it that follows another")
    pieces = windows(len(ids), window - len(opening), stride)
    at_once = at_once or max(1, min(AT_ONCE, LOGITS // (window * weights.config.get_text_config().vocab_size)))
    nats, done = 0.0, 0
    for same in _alike(pieces, skipped, at_once):
        count = same[0].end - max(same[0].new, skipped)
        rows = [[*opening, *ids[each.start : each.end]] for each in same]
        nats -= sum(map(sum, _told(weights, rows, count)))
        watch(done := done + count * len(same), len(ids) - skipped)
    return TextScore(nats, len(ids) - skipped, len(text.encode()) - _bytes(weights, ids[:skipped]))


def _check(weights: Weights, window: int, stride: int) -> None:
    if window > weights.context_tokens:
        said = f"local:{weights.name} reads {weights.context_tokens:,} tokens at once"
        raise UsageError(f"{said}, and the window has {window:,}", hint="take a smaller window")
    if not 1 <= stride < window:
        raise UsageError(f"a window of {window:,} tokens cannot move on by {stride:,}", hint="take a smaller stride")


def _told(weights: Weights, rows: list[list[int]], count: int) -> list[list[float]]:
    """Log-probabilities of the last tokens of each row; row by row where memory does not suffice for all."""
    try:
        with weights.lock:
            return last_log_probabilities(weights.model, rows, count)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        release()
    if len(rows) > 1:
        return [told for row in rows for told in _told(weights, [row], count)]
    raise ModelError(
        f"there is not enough memory for a window of {len(rows[0]):,} tokens", hint="take a smaller window"
    )


def _bytes(weights: Weights, ids: list[int]) -> int:
    """Of the text of these tokens. A token that is not a letter by itself is taken for a byte."""
    text = weights.decode(ids)
    return len(ids) if "\ufffd" in text else len(text.encode())


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
