"""P6: how much of a model's context the prompt takes before any value stands in it.

Counted are the author's text and the demonstrations that the file asks for; how tokens are counted is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import mean

from chatbot.prompting.lint.finding import Fault, Rule
from chatbot.prompting.lint.subject import Subject

MUCH = 0.75
"""Share of the context from which little is left for the inputs and the conversation."""


@dataclass(frozen=True, slots=True)
class Counting:
    """How a model counts."""

    model: str
    count: Callable[[str], int]
    context_tokens: int
    """Most tokens of a request and its reply together."""


@dataclass(frozen=True, slots=True)
class Sized:
    """A prompt and a model that is to read it."""

    subject: Subject
    counting: Counting

    @property
    def text_tokens(self) -> int:
        """Of the author's text; both arms of an `if` count."""
        return sum(self.counting.count(turn.words) for turn in self.subject.turns if turn.words.strip())

    @property
    def example_tokens(self) -> int:
        """Of the demonstrations that one request shows, if they are of mean length."""
        pool, choice = self.subject.prompt.pool, self.subject.prompt.settings.examples
        if pool is None or choice is None:
            return 0
        each = mean(self.counting.count(f"{row.text}\n{row.rationale}\n{row.answer}") for row in pool.rows)
        shown = round(min(choice.k, len(pool.rows)) * each)
        return shown if choice.tokens is None else min(shown, choice.tokens)

    @property
    def reply_tokens(self) -> int:
        """Kept free for the reply."""
        return self.subject.prompt.sampling.max_tokens or 0

    @property
    def tokens(self) -> int:
        """Of all that is fixed."""
        return self.text_tokens + self.example_tokens


def _too_long(sized: Sized) -> Iterator[Fault]:
    if sized.tokens + sized.reply_tokens > sized.counting.context_tokens:
        yield Fault(sized.subject.first_line, f"{_sum(sized)}; {sized.counting.model} reads {_context(sized)}",
                    _change(sized))  # fmt: skip


def _nearly_full(sized: Sized) -> Iterator[Fault]:
    needed, context = sized.tokens + sized.reply_tokens, sized.counting.context_tokens
    if MUCH * context < needed <= context:
        left = context - needed
        message = f"{_sum(sized)}, which leaves {left:,} of the {context:,} that {sized.counting.model} reads"
        yield Fault(sized.subject.first_line, message, _change(sized))


def _sum(sized: Sized) -> str:
    parts = [f"{sized.text_tokens:,} tokens of text"]
    parts += [f"{sized.example_tokens:,} of examples"] if sized.example_tokens else []
    parts += [f"{sized.reply_tokens:,} for the reply"] if sized.reply_tokens else []
    return "the prompt takes " + " and ".join(parts)


def _context(sized: Sized) -> str:
    return f"{sized.counting.context_tokens:,} in all"


def _change(sized: Sized) -> str:
    """What takes the most is what to cut."""
    choice = sized.subject.prompt.settings.examples
    if choice is not None and sized.example_tokens >= max(sized.text_tokens, sized.reply_tokens):
        return f"show fewer examples:\nexamples: {{from: {choice.source}, k: {max(1, choice.k // 2)}}}"
    if sized.reply_tokens > sized.text_tokens:
        return f"keep less free for the reply:\nmaxOutputTokens: {max(1, sized.counting.context_tokens // 4)}"
    return "shorten the text, or name a model with a larger context"


RULES = (
    Rule("P601", "A request longer than the model's context is refused.", _too_long, "error"),
    Rule("P602", "Inputs, documents and the conversation need room too.", _nearly_full),
)
