"""From rendered spans to token ids: special tokens are those that the template wrote, and no others.

A tokenizer looks for its special tokens anywhere in a text, also where a document only quotes one. Here each that it
finds must lie in the template's own spans. Where all do, the ids are the tokenizer's for the whole text, which is what
`apply_chat_template` gives. Where one does not, the text around it is encoded without special tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chatbot.errors import ModelError
from chatbot.prompting.provenance import Span


class AddedToken(Protocol):
    """A token that a tokenizer looks for before it cuts a text."""

    content: str
    special: bool
    lstrip: bool
    rstrip: bool


class Tokenizer(Protocol):
    """What is used of a tokenizer of transformers; it is one of the fast ones, which know where each token stands."""

    is_fast: bool
    chat_template: str | Mapping[str, str] | None
    eos_token_id: int | None

    @property
    def added_tokens_decoder(self) -> Mapping[int, AddedToken]:
        """The added tokens by id."""

    @property
    def special_tokens_map(self) -> Mapping[str, object]:
        """Texts of the named ones: bos_token, eos_token, …"""

    @property
    def backend_tokenizer(self) -> Any:
        """The `tokenizers.Tokenizer` below it."""

    def __call__(self, text: list[str], **options: object) -> Mapping[str, list[list[Any]]]:
        """Ids and offsets of each text."""


_MARK = re.compile(r"<.+>|\[[A-Z_/]+\]|.*[|｜].*", re.DOTALL)
"""The shape of tokens that mean something, unlike white space or words that were added to a vocabulary."""

_BYTE = re.compile(r"<0x[0-9A-F]{2}>")

_KNOWN = re.compile(
    r"tool|call|think|function|\barg|response|action|channel|message|results|observation|CALL_ID|ARGS", re.IGNORECASE
)


def control_tokens(tokenizer: Tokenizer, template: str) -> dict[int, AddedToken]:
    """The tokens that steer a model: special ones, and added marks that its template writes or that delimit calls."""
    return {
        number: token
        for number, token in tokenizer.added_tokens_decoder.items()
        if token.special
        or (_MARK.fullmatch(token.content) and (token.content in template or _KNOWN.search(token.content)))
    }


@dataclass(frozen=True, slots=True)
class _Control:
    """A control token in a text."""

    start: int
    end: int
    id: int


@dataclass(frozen=True, slots=True)
class SpanEncoder:
    """Encodes spans with a tokenizer."""

    tokenizer: Tokenizer
    controls: Mapping[int, AddedToken]
    fallbacks: frozenset[int]
    """Control tokens that also stand for characters no other token has: the unknown one, and bytes."""

    @classmethod
    def of(cls, tokenizer: Tokenizer, template: str = "") -> SpanEncoder:
        """The encoder of a tokenizer whose chat template has this source. Raises ModelError for a slow tokenizer."""
        if not getattr(tokenizer, "is_fast", False):
            raise ModelError(
                "the model's tokenizer does not tell where its tokens stand, so that quoted special tokens would count",
                hint="use a model that comes with a tokenizer.json",
            )
        controls = control_tokens(tokenizer, template)
        unknown = tokenizer.special_tokens_map.get("unk_token")
        fallbacks = [key for key, each in controls.items() if each.content == unknown or _BYTE.fullmatch(each.content)]
        return cls(tokenizer, controls, frozenset(fallbacks))

    def encode(self, spans: Sequence[Span]) -> list[int]:
        """Token ids of the text. Special tokens in spans of any writer but the template are plain text."""
        spans = [Span(_sound(span.text), span.writer) for span in spans]
        text = "".join(span.text for span in spans)
        if not text:
            return []
        written = [span for span in spans if span.writer == "template"]
        (ids, offsets), *own = self._tokens([text, *(span.text for span in written)])
        allowed = list(self._allowed(spans, iter(own)))
        if list(self._controls(text, ids, offsets)) == allowed:
            return ids
        return self._around(text, allowed)

    def _tokens(self, texts: list[str]) -> list[tuple[list[int], list[tuple[int, int]]]]:
        """Ids and offsets of each text."""
        read = self.tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return list(zip(read["input_ids"], read["offset_mapping"], strict=True))

    def _allowed(
        self, spans: Sequence[Span], own: Iterator[tuple[list[int], list[tuple[int, int]]]]
    ) -> Iterator[_Control]:
        """The template's control tokens, by their place in the whole text; `own` are the tokens of its spans."""
        at = 0
        for span in spans:
            if span.writer == "template":
                for found in self._controls(span.text, *next(own)):
                    yield _Control(at + found.start, at + found.end, found.id)
            at += len(span.text)

    def _controls(self, text: str, ids: Sequence[int], offsets: Sequence[tuple[int, int]]) -> Iterator[_Control]:
        """The control tokens among tokens, without the white space around them that some take along."""
        for number, (start, end) in zip(ids, offsets, strict=True):
            if number not in self.controls:
                continue
            inside = text[start:end].strip()
            if number in self.fallbacks and inside != self.controls[number].content:
                continue
            start = text.index(inside, start)
            yield _Control(start, start + len(inside), number)

    # --- texts that hold special tokens which are not the template's --------------------------------------------------

    def _around(self, text: str, allowed: Sequence[_Control]) -> list[int]:
        """The template's control tokens, and all between them as text."""
        ids: list[int] = []
        before: AddedToken | None = None
        at = 0
        for control in allowed:
            token = self.controls[control.id]
            ids += [*self._between(text[at : control.start], before, token), control.id]
            before, at = token, control.end
        return ids + self._between(text[at:], before, None)

    def _between(self, text: str, before: AddedToken | None, after: AddedToken | None) -> list[int]:
        """The ids of a text between two control tokens: the tokenizer's own where it finds no control token in it."""
        text = text.lstrip() if before and before.rstrip else text
        text = text.rstrip() if after and after.lstrip else text
        if not text:
            return []
        opening = before.content if before else ""
        ((ids, offsets),) = self._tokens([opening + text])
        if len(list(self._controls(opening + text, ids, offsets))) > bool(before):
            return self._plain(text, within=bool(before))
        return ids[bool(before) :]

    def _plain(self, text: str, *, within: bool) -> list[int]:
        """The ids of a text in which no token is special: what the tokenizer's parts make of it, below added tokens.

        within: it does not begin the prompt. Some tokenizers put a space before what they are given; a line break in
        front keeps it away, and is taken off again.
        """
        if within:
            line, both = self._pieces("\n"), self._pieces(f"\n{text}")
            ids = both[len(line) :] if both[: len(line)] == line else self._pieces(text)
        else:
            ids = self._pieces(text)
        return [one for number in ids for one in self._letters(number)]

    def _pieces(self, text: str) -> list[int]:
        backend = self.tokenizer.backend_tokenizer
        normal = backend.normalizer.normalize_str(text) if backend.normalizer else text
        words = backend.pre_tokenizer.pre_tokenize_str(normal) if backend.pre_tokenizer else [(normal, None)]
        return [token.id for word, _ in words for token in backend.model.tokenize(word)]

    def _letters(self, number: int) -> list[int]:
        """The token, or its letters where the model of the tokenizer itself knows a control token as a word."""
        if number not in self.controls or number in self.fallbacks:
            return [number]
        model = self.tokenizer.backend_tokenizer.model
        letters = [token.id for letter in self.controls[number].content for token in model.tokenize(letter)]
        return [letter for letter in letters if letter not in self.controls]


def _sound(text: str) -> str:
    """The text with halves of surrogate pairs, which no tokenizer takes, replaced; as long as it was."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
