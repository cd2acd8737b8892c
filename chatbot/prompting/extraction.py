"""Answers read from replies, by kind: `extract("last_number", "So she pays $1,029.00.")` is `"1029"`.

What comes out is in a normal form, in which equal answers are equal texts; `normalise` brings a known answer into the
same form. A reply that holds no answer gives None, which is an outcome of its own and never a wrong answer.

    text         the whole reply
    last_number  the number that the reply states as its answer, else the last one that it tells
    choice       a letter of `letters`; `options` are the texts, by which an answer is known too
    yes_no       yes or no, also said as true or false
    label        one of `labels`
    short_answer the few words that the reply states as its answer, in `case` (lower)
    after        what follows the last `marker` (Answer:) on its line, in `case` (keep)
    json_path    the JSON value at `path` ($), in prose or in a fence
    regex        the last match of `pattern`, its first group where it has one
    fenced_block the last fenced block, of `language` where that is given
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chatbot.errors import UsageError, nearest
from chatbot.prompting.choices import choice
from chatbot.prompting.fences import blocks, language_name
from chatbot.prompting.json_values import as_text, at_path, loads, read_path, values
from chatbot.prompting.labels import label
from chatbot.prompting.last_number import last_number, number
from chatbot.prompting.patterns import compiled, last_match
from chatbot.prompting.section import Section
from chatbot.prompting.short_answers import after, name, short_answer, short_name
from chatbot.prompting.yes_no import known_yes_no, yes_no

Read = Callable[..., str | None]


def _text(text: str) -> str | None:
    return text.strip() or None


def _json_path(text: str, *, path: str = "$") -> str | None:
    steps = read_path(path)
    for value in values(text, longest=not steps):
        try:
            return as_text(at_path(value, steps))
        except LookupError:
            continue
    return None


def _json_value(text: str, *, path: str = "$") -> str | None:
    read_path(path)
    return as_text(loads(text))


def _regex(text: str, *, pattern: str) -> str | None:
    return last_match(pattern, text)


def _matched(text: str, *, pattern: str) -> str | None:
    compiled(pattern)
    return _text(text)


def _fenced_block(text: str, *, language: str = "") -> str | None:
    wanted, found = language_name(language), blocks(text)
    named = [block for block in found if not wanted or block.language == wanted]
    fitting = named or [block for block in found if not block.language]
    return _text(fitting[-1].content) if fitting else None


def _block(text: str, *, language: str = "") -> str | None:
    return _fenced_block(text, language=language) or _text(text)


# --- kinds ------------------------------------------------------------------------------------------------------------

OptionCheck = tuple[str, Callable[[object], bool]]
"""What an option must be, in words, and whether a value is."""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str | int | float) for each in value)


_CASE: OptionCheck = ("keep, lower or upper", lambda value: value in ("keep", "lower", "upper"))
_SOME_TEXT: OptionCheck = ("text that is not empty", lambda value: isinstance(value, str) and bool(value.strip()))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of answer."""

    read: Read
    """The answer in a reply."""
    gold: Read
    """A known answer in the same form."""
    options: Mapping[str, OptionCheck] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    """Options without which it cannot do."""


KINDS: Mapping[str, Kind] = {
    "text": Kind(_text, _text),
    "last_number": Kind(last_number, number),
    "choice": Kind(
        choice,
        choice,
        {
            "letters": (
                "different letters or digits, such as ABCDE",
                lambda value: isinstance(value, str) and value.isalnum() and len(set(value.casefold())) == len(value),
            ),
            "options": (
                "a list of texts, or a table from letter to text",
                lambda value: (
                    _are_texts(value) or (isinstance(value, Mapping) and all(len(str(each)) == 1 for each in value))
                ),
            ),
        },
    ),
    "yes_no": Kind(yes_no, known_yes_no),
    "label": Kind(
        label,
        label,
        {"labels": ("a list of different texts", lambda value: _are_texts(value) and bool(value))},
        needs=("labels",),
    ),
    "short_answer": Kind(short_answer, short_name, {"case": _CASE}),
    "after": Kind(after, name, {"marker": _SOME_TEXT, "case": _CASE}),
    "json_path": Kind(_json_path, _json_value, {"path": ("text such as $.name.list[0]", _is_text)}),
    "regex": Kind(_regex, _matched, {"pattern": _SOME_TEXT}, needs=("pattern",)),
    "fenced_block": Kind(_fenced_block, _block, {"language": ("text", _is_text)}),
}
"""All kinds, by name."""


def extract(kind: str, text: str, **options: object) -> str | None:
    """The answer in a reply, normalised; None where there is none.

    Raises UsageError for a kind or an option that does not exist, with the nearest that does.
    """
    return _checked(kind, options).read(text, **options)


def normalise(kind: str, text: str, **options: object) -> str | None:
    """A known answer in the form that `extract` gives; None for one that is none of this kind. Raises UsageError."""
    return _checked(kind, options).gold(text, **options)


@dataclass(frozen=True, slots=True)
class Extraction:
    """How an answer is read: a kind and its options."""

    kind: str
    options: Mapping[str, object] = field(default_factory=dict)

    def of(self, text: str) -> str | None:
        """The answer in a reply; None where there is none."""
        return extract(self.kind, text, **self.options)

    def gold(self, text: str) -> str | None:
        """A known answer in the same form."""
        return normalise(self.kind, text, **self.options)


def read_extraction(section: Section) -> Extraction:
    """What a prompt file says of its answer: `{extract: KIND, …}`. Raises PromptError with the line."""
    kind = section.text("extract")
    if kind is None:
        raise section.error("the answer needs a kind", hint="write it as answer: {extract: last_number}")
    if kind not in KINDS:
        raise section.error(f"there is no kind of answer {kind!r}", "extract", hint=nearest(kind, KINDS))
    section.only(("extract", *KINDS[kind].options))
    options = {key: value for key, value in section.table.items() if key != "extract"}
    for key in options:
        try:
            _check(kind, {key: options[key]})
        except UsageError as error:
            raise section.error(error.message, key, hint=error.hint) from None
    try:
        extract(kind, "", **options)
    except UsageError as error:
        raise section.error(error.message, hint=error.hint) from None
    return Extraction(kind, options)


def _checked(kind: str, options: Mapping[str, object]) -> Kind:
    if kind not in KINDS:
        raise UsageError(f"there is no kind of answer {kind!r}", hint=nearest(kind, KINDS))
    _check(kind, options)
    if missing := [each for each in KINDS[kind].needs if each not in options]:
        raise UsageError(f"{kind} needs {', '.join(missing)}", hint=f"write it as {{extract: {kind}, {missing[0]}: …}}")
    return KINDS[kind]


def _check(kind: str, options: Mapping[str, object]) -> None:
    known = KINDS[kind].options
    for option, value in options.items():
        if option not in known:
            raise UsageError(f"{kind} has no option {option!r}", hint=nearest(option, known))
        wanted, fits = known[option]
        if not fits(value):
            raise UsageError(f"{option} of {kind} must be {wanted}, not {value!r}"[:300])
