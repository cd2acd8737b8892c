"""A prompt as the rules look at it: its turns, the sentences that instruct, and the examples that it shows.

Sentences are those of system and user turns, without what is quoted, fenced, in an `<example>` or in an example's turn:
that instructs nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatbot.prompting.lint.outline import Arms, Slot, Turn, outline
from chatbot.prompting.prompt import Prompt
from chatbot.prompting.strict_yaml import Place
from chatbot.sentences import parts
from chatbot.terms import STOP_WORDS, words

_NOT_SAID = re.compile(
    r"<(examples?|sample|demo)\b[^>]*>.*?</\1>|```.*?```|`[^`\n]*`|\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|«[^»\n]{1,200}»",
    re.DOTALL | re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|when(?:ever)?|unless|where(?:ver)?|until|except|otherwise|in case|asked for|on request|instead of)\b",
    re.IGNORECASE,
)
_LEADING_SLOTS = re.compile(r"^(?:\s*\{\{.*?\}\})+\s*")
FEW_WORDS = 5
"""Too few to tell a language by."""
ENGLISH_WORDS = STOP_WORDS - frozenset(
    "a am an as do had has he her his i in is it me no on or so such was we will".split()
)
"""Function words that English alone has."""
ENGLISH_SHARE = 0.12
"""Of these words; English prose has about 0.3, other languages next to none."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the author's that instructs."""

    text: str
    line: int
    turn: int
    """Index of its turn."""
    arms: Arms
    item: str
    """Number of the item in a numbered list that it begins; empty for none."""

    @property
    def conditional(self) -> bool:
        """It holds in some cases only."""
        return bool(_CONDITION.search(self.text)) or bool(self.arms)

    def excludes(self, other: Sentence) -> bool:
        """No rendering has both: they stand in two arms of one `if`."""
        arms = dict(self.arms)
        return any(block in arms and arms[block] != arm for block, arm in other.arms)


@dataclass(frozen=True, slots=True)
class Shown:
    """An example that the prompt shows, in its body or from its pool."""

    given: str
    answer: str
    line: int
    path: Path | None = None
    """The pool; None for the body."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A prompt under examination."""

    prompt: Prompt
    turns: tuple[Turn, ...]
    sentences: tuple[Sentence, ...]

    def line_of(self, *at: str | int) -> int:
        """The line of a value of the frontmatter."""
        place: Place = at
        return self.prompt.file.line_of(place)

    @property
    def instructing(self) -> tuple[Turn, ...]:
        """The turns that tell the model what to do."""
        return tuple(turn for index, turn in enumerate(self.turns) if _instructs(self.turns, index))

    @property
    def authored(self) -> str:
        """The author's text of these turns, with slots."""
        return "\n".join(turn.text for turn in self.instructing)

    @property
    def said(self) -> str:
        """What of that text instructs."""
        return "\n".join(_NOT_SAID.sub(" ", turn.text) for turn in self.instructing)

    @property
    def slots(self) -> Iterator[tuple[Turn, Slot]]:
        """All slots, with their turns."""
        return ((turn, slot) for turn in self.turns for slot in turn.slots)

    @property
    def first_line(self) -> int:
        """The line on which the prompt's text begins."""
        return next((turn.line for turn in self.turns), self.prompt.file.body_line)

    @property
    def english(self) -> bool:
        """The author's text is English, or too short to tell."""
        found = words(re.sub(r"\{\{.*?\}\}|<[^>]*>", " ", self.authored))
        return len(found) < FEW_WORDS or sum(word in ENGLISH_WORDS for word in found) >= ENGLISH_SHARE * len(found)

    @property
    def in_body(self) -> Sequence[Shown]:
        """Examples that are written out in the body: a user's turn without a slot, and the answer to it."""
        return [
            Shown(asked.text.strip(), answered.text.strip(), answered.line)
            for asked, answered in zip(self.turns, self.turns[1:], strict=False)
            if (asked.role, answered.role) == ("user", "assistant")
            and not asked.slots + answered.slots
            and answered is not self.turns[-1]
        ]

    @property
    def from_pool(self) -> Sequence[Shown]:
        """The rows of the prompt's pool."""
        pool = self.prompt.pool
        rows = pool.rows if pool else ()
        return [Shown(row.text, row.answer, row.line, pool.path if pool else None) for row in rows]

    @property
    def shows_examples(self) -> bool:
        """A model sees worked items."""
        answered = any(turn.role == "assistant" for turn in self.turns[:-1])
        return self.prompt.pool is not None or answered or bool(re.search(r"<examples?\b|\bexamples?:", self.authored))

    @property
    def strategy(self) -> str:
        """The strategy that the file names."""
        return self.prompt.settings.strategy.name

    @property
    def has_schema(self) -> bool:
        """A schema says what the answer looks like."""
        options: Mapping[str, object] = self.prompt.settings.strategy.options
        return self.prompt.outputs is not None or "schema" in options


def examine(prompt: Prompt) -> Subject:
    """The prompt, laid out for the rules."""
    turns = outline(prompt.file, prompt.inputs)
    return Subject(prompt, turns, tuple(_sentences(turns)))


def _instructs(turns: Sequence[Turn], index: int) -> bool:
    turn = turns[index]
    answered = index + 1 < len(turns) - 1 and turns[index + 1].role == "assistant"
    return turn.role == "system" or (turn.role == "user" and not answered)


def _sentences(turns: Sequence[Turn]) -> Iterator[Sentence]:
    for number, turn in enumerate(turns):
        if not _instructs(turns, number):
            continue
        text = _NOT_SAID.sub(lambda match: re.sub(r"\S", " ", match[0]), turn.text)
        for part in parts(text):
            start = part.end - len(_LEADING_SLOTS.sub("", text[part.start : part.end]))
            if start == part.end:
                continue
            item = re.match(r"\s*(\d{1,2})[.)]", text[text.rfind("\n", 0, part.start) + 1 : part.end])
            yield Sentence(
                " ".join(text[start : part.end].split()),
                turn.line_at(start),
                number,
                turn.at(start).arms,
                item[1] if item else "",
            )
