"""Replies of a form that is given beforehand: a JSON Schema, a regular expression, or one of several texts.

In: the form and the model's tokenizer. Out: a logits processor that leaves the tokens with which the reply can still
take that form, as llguidance (https://github.com/guidance-ai/llguidance) works out. The reply can end only where it has
the form; where the limit on tokens comes first it is cut, and says so. What the library cannot hold a reply to is
refused by name: no keyword of a schema is dropped in silence.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Collection, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import torch

from chatbot.errors import ModelError, UsageError

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer

SPACE = r"( |\n[ \t]{0,16})?"
"""Between the parts of a JSON text: a space, or a new line and its indent; a model cannot write spaces for ever."""

_VOCABULARIES: weakref.WeakKeyDictionary[Any, dict[tuple[int, ...], LLTokenizer]] = weakref.WeakKeyDictionary()
"""By the model's tokenizer and the ids that end a reply: a second of work for a large one."""


def grammar_of(
    *, schema: Mapping[str, object] | None = None, regex: str | None = None, choices: Sequence[str] = ()
) -> str:
    """The form, as llguidance writes it. Raises UsageError for a form that it cannot hold a reply to.

    A regular expression is matched against the whole reply; it knows neither look-around nor back-references
    (https://docs.rs/regex/latest/regex/#syntax).
    """
    _check_installed()
    from llguidance import LLMatcher

    grammar: str
    if choices:
        what = "choices"
        grammar = LLMatcher.grammar_from_lark(
            "start: " + " | ".join(json.dumps(each, ensure_ascii=False) for each in choices)
        )
    elif regex is not None:
        what = f"the regular expression {regex!r}"
        grammar = LLMatcher.grammar_from_regex(regex)
    else:
        what = "the JSON Schema"
        grammar = LLMatcher.grammar_from_json_schema(dict(schema or {}), overrides={"whitespace_pattern": SPACE})
    if wrong := LLMatcher.validate_grammar(grammar):
        raise UsageError(f"{what} cannot be held to: {_told(wrong)}", hint="simplify it, or leave it out")
    return grammar


class Constraint:
    """A logits processor: -inf for every token that would break the form."""

    def __init__(self, grammar: str, tokenizer: Any, *, ends: Collection[int], prompt_tokens: int) -> None:
        """grammar: from `grammar_of`. ends: ids that end a reply. prompt_tokens: width of the prompt with padding."""
        self._grammar, self._ends, self._prompt_tokens = grammar, frozenset(ends), prompt_tokens
        self._vocabulary = vocabulary(tokenizer, self._ends)
        self._rows: list[_Row] = []

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """The scores [rows, vocabulary]. Rows may change places and go back, as beams and drafts do."""
        replies = input_ids[:, self._prompt_tokens :].tolist()
        while len(self._rows) < len(replies):
            self._rows.append(_Row(self._vocabulary, self._grammar))
        forbidden = torch.zeros(scores.shape, dtype=torch.bool)
        for row, reply, line in zip(self._rows, replies, forbidden, strict=False):
            if not self._ends.isdisjoint(reply):
                continue  # what comes after the end is padding
            allowed = row.allowed(reply)
            if allowed is None:
                continue
            width = min(len(line), len(allowed))
            line[:width], line[width:] = ~allowed[:width], True
        forbidden = forbidden.to(scores.device)
        held = scores.masked_fill(forbidden, -torch.inf)
        stuck = held.isneginf().all(-1, keepdim=True)  # something else forbids all that the form allows
        return held.where(~stuck, torch.zeros_like(scores).masked_fill(forbidden, -torch.inf))


class _Row:
    """What of one reply has been read, and where in the form that is."""

    def __init__(self, vocabulary: LLTokenizer, grammar: str) -> None:
        from llguidance import LLMatcher

        self._matcher: LLMatcher = LLMatcher(vocabulary, grammar, log_level=0)
        self._read: list[int] = []

    def allowed(self, reply: list[int]) -> torch.Tensor | None:
        """For each token whether it may come next; None for a draft that broke the form, and will not be taken.

        Raises ModelError where the form is too complex to follow.
        """
        shared = _shared(self._read, reply)
        if shared < len(self._read):
            self._matcher.rollback(len(self._read) - shared)
        fitting = self._matcher.try_consume_tokens(reply[shared:]) if shared < len(reply) else 0
        self._read = reply[: shared + fitting]
        if len(self._read) < len(reply):
            return None
        mask = bytearray(self._matcher.compute_logit_bias())
        if self._matcher.is_error():
            raise ModelError(f"the form of the reply cannot be followed: {_told(self._matcher.get_error())}")
        allowed = torch.frombuffer(mask, dtype=torch.uint8).bool()
        return self._spelled(len(mask)) if self._is_mistaken(allowed) else allowed

    def _is_mistaken(self, allowed: torch.Tensor) -> bool:
        """Whether the library wants a special token where the form has its letters, which it would not take then.

        It does (in version 1.9) where all of the text that comes next is certain, and quotes such a token.
        """
        certain = int(allowed.sum()) == 1 and not self._matcher.is_stopped()
        return certain and not self._takes(int(allowed.nonzero()))

    def _takes(self, token: int) -> bool:
        return bool(self._matcher.validate_tokens([token]))

    def _spelled(self, size: int) -> torch.Tensor:
        """The tokens that it takes, asked for one by one."""
        return torch.tensor([self._takes(token) for token in range(size)])


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    if other[: len(one)] == one:
        return len(one)
    return next((place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(other))


def vocabulary(tokenizer: Any, ends: Collection[int]) -> LLTokenizer:
    """The tokens by their bytes. Raises UsageError for a tokenizer that does not tell."""
    _check_installed()
    from llguidance.hf import from_tokenizer

    known, key = _VOCABULARIES.setdefault(tokenizer, {}), tuple(sorted(ends))
    if key not in known:
        try:
            known[key] = from_tokenizer(tokenizer, eos_token=list(key))
        except ValueError as error:
            message = f"replies of this model cannot be held to a form: {_told(str(error))}"
            raise UsageError(message, hint="use a model with a fast tokenizer (tokenizer.json)") from error
    return known[key]


def _check_installed() -> None:
    if find_spec("llguidance") is None:
        message = "replies cannot be held to a form here: llguidance is not installed"
        raise UsageError(message, hint="pip install 'chatbot[local]'")


def _told(wrong: str) -> str:
    """The last line of a report of llguidance, which says what it is."""
    lines = [line.strip() for line in wrong.splitlines() if line.strip()]
    told = next((line for line in lines if line.startswith("error:")), lines[0] if lines else "no reason given")
    return told.removeprefix("error:").strip()
