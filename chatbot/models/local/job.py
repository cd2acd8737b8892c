"""What the engine is asked for, and what it tells while it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatbot.errors import ModelError
from chatbot.events import Reading
from chatbot.messages import Finish, TokenScore

if TYPE_CHECKING:
    from chatbot.models.local.decoding import Decoding
    from chatbot.models.local.pictures import Shown


@dataclass(frozen=True, slots=True)
class Read:
    """The prompt has been read, and the first token comes."""

    tokens: int
    cached: int
    """Of these, the tokens that were kept from before."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Wrote:
    """A piece of one sample's text; with scores, those of all tokens since the last piece."""

    sample: int
    text: str
    scores: tuple[TokenScore, ...] = ()


@dataclass(frozen=True, slots=True)
class Stopped:
    """A sample is done."""

    sample: int
    finish: Finish
    tokens: int
    """Written, the one that ended it included."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing more comes of this job."""

    error: ModelError


Progress = Reading | Read | Wrote | Stopped | Failed


@dataclass(slots=True, eq=False)
class Job:
    """One request: a prompt, and how many replies to it are drawn in which way."""

    ids: list[int]
    decodings: tuple[Decoding, ...]
    """One for all samples, or one for each where a decoding remembers what was written."""
    seeds: tuple[int | None, ...]
    """One for each sample; None for one that cannot be repeated."""
    max_tokens: int
    tell: Callable[[Progress], None]
    """Called in the engine's thread; must not block."""
    ends: frozenset[int] = frozenset()
    """Tokens that end a reply."""
    hidden: frozenset[int] = frozenset()
    """Tokens that are no text."""
    stops: tuple[str, ...] = ()
    scores: int | None = None
    """Alternatives to score at each token; None for no scores at all."""
    adapter: str = ""
    shown: Shown | None = None
    """The pictures that stand in the prompt."""
    cancelled: bool = field(default=False)
    """Set by whoever does not want the rest; heeded before the next token."""

    @property
    def samples(self) -> int:
        """How many replies are drawn."""
        return len(self.seeds)

    def key(self, ids: list[int]) -> list[int]:
        """By what the cache of these tokens, which begin with the prompt, is known."""
        return self.shown.key(ids) if self.shown else ids
