"""How each kind of answer is read. Every function takes a reply and gives the answer in its normal form, or None."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from chatbot.errors import UsageError
from chatbot.prompting.numbers import numbers, plain
from chatbot.prompting.statements import denies, refuses, sentences, statements

MAX_CHARACTERS = 200_000
"""Of a reply that are read: its end, where answers stand."""

_QUOTES = "\"'“”‘’«»`*_ \t"
_FENCE = re.compile(r"^```[ \t]*([\w+#.-]*)[^\n]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)


def whole_text(text: str) -> str | None:
    """All of it, without white space around it."""
    return text.strip() or None


def last_number(text: str) -> str | None:
    """The number that the reply states as its answer, else the last one of its assertions."""
    text = plain(text[-MAX_CHARACTERS:])
    for statement in statements(text):
        found = list(numbers(statement.rpartition("=")[2]))
        if found:
            return found[0].text
    if refuses(text):
        return None
    asserted = [sentence for sentence in sentences(text) if not denies(sentence)]
    if text.rstrip().endswith("?"):  # the question, told again, unless something is concluded before it
        asserted = [sentence for sentence in asserted if "=" in sentence or _CONCLUDES.search(sentence)]
    found = [number for sentence in asserted for number in numbers(sentence)]
    return found[-1].text if found else None


def number(text: str) -> str | None:
    """A number by itself."""
    found = list(numbers(plain(text)))
    return found[-1].text if found else None


def choice(text: str, letters: str = "ABCDE", options: Mapping[str, str] | Sequence[str] = ()) -> str | None:
    """The letter of the option that the reply chooses."""
    text = text[-MAX_CHARACTERS:].replace("**", "")
    texts = _by_letter(letters, options)
    if bare := letter(text, letters):
        return bare
    for statement in statements(text):
        if found := _stated_letter(statement, letters) or _by_text(statement, texts):
            return found
    if "\n" not in text.strip() and (opening := _opening_letter(text, letters)):
        return opening
    if refuses(text):
        return None
    concluded = [sentence for sentence in sentences(text) if _CONCLUDES.search(sentence)]
    for sentence in reversed(concluded):
        if found := _only_letter(sentence, letters):
            return found
    asserted = [sentence for sentence in sentences(text) if not _REJECTS.search(sentence)]
    opened = {found for sentence in asserted if (found := _opening_letter(sentence, letters))}
    if len(opened) > 1 or not asserted or len(_LISTED.findall(text)) > 1:
        return None  # the options, told again
    if opened:
        return opened.pop()
    told = _by_text(asserted[-1], texts)
    return told if told and 2 * len(texts[told]) >= len(_folded(asserted[-1])) else None


def letter(text: str, letters: str = "ABCDE") -> str | None:
    """A letter by itself, with or without its parenthesis."""
    match = re.fullmatch(
        rf"\W*(?:option|choice)?\W*([{re.escape(letters)}{re.escape(letters.lower())}])\W*", text.strip()
    )
    return match[1].upper() if match else None


def yes_no(text: str) -> str | None:
    """Yes or no."""
    return label(text, ["yes", "no"], {"true": "yes", "false": "no"})


def label(text: str, labels: Sequence[str], also: Mapping[str, str] | None = None) -> str | None:
    """The one of `labels` that the reply states; `also` are other words for them."""
    text = text[-MAX_CHARACTERS:]
    known = {_folded(each): each for each in labels} | {_folded(each): name for each, name in (also or {}).items()}
    bare = text if len(text.split()) <= 3 and not text.rstrip().endswith("?") else ""
    for statement in (bare, *statements(text)):
        if found := _labels(statement, known):
            return found[0]
    if refuses(text):
        return None
    asserted = sentences(text)
    opening = _labels(" ".join(asserted[0].split()[:1]), known) if asserted else []
    if opening:
        return opening[0]
    for sentence in reversed(asserted):
        found = _labels(sentence, known) if _CONCLUDES.search(sentence) else []
        if len(set(found)) == 1:
            return found[0]
    everywhere = set(_labels(" ".join(asserted), known))
    rejected = _REJECTS.search(text) is not None
    return everywhere.pop() if len(everywhere) == 1 and len(text) < 200 and not rejected else None


def short_answer(text: str) -> str | None:
    """The few words that the reply states as its answer, lowercase: a name, a string of letters, a date."""
    text = text[-MAX_CHARACTERS:]
    for statement in statements(text):
        if found := short_text(statement):
            return short_text(_emphasised(statement) or found.split("  ")[0]).lower()  # type: ignore[union-attr]
    if refuses(text):
        return None
    asserted = sentences(text)
    if not asserted:
        return None
    told = _emphasised(asserted[-1]) or (asserted[-1] if len(asserted) == 1 and len(text.split()) <= 5 else "")
    return (short_text(told) or "").lower() or None


def short_name(text: str) -> str | None:
    """A known short answer in the same form."""
    return (short_text(text) or "").lower() or None


def _emphasised(text: str) -> str:
    """The last thing that a sentence puts in quotes or in bold."""
    found = re.findall(r"\*\*([^*\n]+)\*\*|[\"“]([^\"”\n]+)[\"”]|`([^`\n]+)`", text)
    return next(filter(None, found[-1])) if found else ""


def json_path(text: str, path: str = "$") -> str | None:
    """The JSON value at a path such as `$.a.b[0]`: text as it is, everything else as JSON."""
    steps = _path(path)
    for value in _json_values(text[-MAX_CHARACTERS:]):
        try:
            for step in steps:
                value = value[step]
        except (KeyError, IndexError, TypeError):
            continue
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return None


def json_value(text: str) -> str | None:
    """A known JSON value, or text, in the form of `json_path`."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def regex(text: str, pattern: str) -> str | None:
    """The last match of a pattern: its first group, where it has one."""
    try:
        compiled = re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise UsageError(f"{pattern!r} is no regular expression: {error}") from None
    found = list(compiled.finditer(text[-10_000:]))
    return short_text(found[-1][1 if compiled.groups else 0] or "") if found else None


def after(text: str, marker: str) -> str | None:
    """What follows the last marker, to the end of its line, or the next line where that is empty."""
    found = list(re.finditer(re.escape(marker) + r"[*_\s]*([^\n]*)", text, re.IGNORECASE))
    return next(filter(None, (short_text(match[1]) for match in reversed(found))), None)


def fenced_block(text: str, language: str = "") -> str | None:
    """The content of the last fenced block, of that language where one is given."""
    found = [m for m in _FENCE.finditer(text) if not language or m[1].lower() == language.lower()]
    return found[-1][2].rstrip("\n") if found else None


def short_text(text: str) -> str | None:
    """A short answer without quotes, emphasis and a full stop around it."""
    text = text.strip().strip(_QUOTES)
    return text.removesuffix(".").strip(_QUOTES) or None


# --- parts ------------------------------------------------------------------------------------------------------------

_CONCLUDES = re.compile(
    r"\b(?:so|therefore|thus|hence|must be|conclude|conclusion|choose|chose|pick|select|go with|correct|in summary|"
    r"best|right|answer|overall)\b",
    re.IGNORECASE,
)
_REJECTS = re.compile(
    r"\b(?:not|n['’]t|wrong|incorrect|rule[sd]? out|eliminate[sd]?|neither|nor|except)\b", re.IGNORECASE
)


_PREDICATES = "is|are|was|looks?|seems?|can|could|does|has|would|might|may"
"""After a letter they begin what is said of an option; an option that is chosen is followed by its text."""


_LISTED = re.compile(r"^[ \t]*\(?[A-Za-z][).]", re.MULTILINE)

_NEGATION = re.compile(
    r"\b(?:not|n t|never|neither|nor|isn t|rather than|instead of)(?:\s+(?:a|an|the|at all|really|quite|very))*\s*$"
)
"""Before a label it takes it back."""


def _by_letter(letters: str, options: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    if isinstance(options, Mapping):
        return {str(name).upper(): _folded(text) for name, text in options.items()}
    return {
        name: _folded(re.sub(r"^\(?[A-Za-z][).:]\s*", "", text)) for name, text in zip(letters, options, strict=False)
    }


def _stated_letter(statement: str, letters: str) -> str | None:
    upper = re.escape(letters)
    opening = re.match(
        rf"\W*(?:option|choice|letter)?\W*([{upper}{upper.lower()}])(?![\w'’])", statement, re.IGNORECASE
    )
    if opening and (opening[1].isupper() or not re.match(r"\W*a\s+\w", statement)):
        return opening[1].upper()
    return _only_letter(statement, letters)


def _only_letter(text: str, letters: str) -> str | None:
    one = f"([{re.escape(letters)}])"
    pattern = rf"\({one}\)|\b(?:option|choice)\s*\(?{one}\b|\b{one}[).:]?(?=\W*$)|^\W*{one}(?=\)?\s+is\b)"
    named = {next(filter(None, groups)) for groups in re.findall(pattern, text, re.IGNORECASE)}
    named = {each for each in named if each in letters}
    return named.pop() if len(named) == 1 and not _REJECTS.search(text) else None


def _opening_letter(line: str, letters: str) -> str | None:
    pattern = rf"\W*(?:option|choice)?\W*([{re.escape(letters)}])[).:](?=\s|$)(?!\W*(?:{_PREDICATES})\b)"
    match = re.match(pattern, line, re.IGNORECASE)
    return match[1].upper() if match else None


def _by_text(statement: str, texts: Mapping[str, str]) -> str | None:
    said = _folded(statement)
    exact = [name for name, text in texts.items() if text and text == said]
    within = [name for name, text in texts.items() if text and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", said)]
    longest = sorted(within, key=lambda name: len(texts[name]), reverse=True)
    if exact:
        return exact[0]
    if len(longest) > 1 and not all(texts[other] in texts[longest[0]] for other in longest):
        return None
    return longest[0] if longest else None


def _labels(text: str, known: Mapping[str, str]) -> list[str]:
    """The labels in a text, in order, less those that are negated; longer ones before those they contain."""
    said = _folded(text)
    words = sorted(known, key=len, reverse=True)
    found = []
    for match in re.finditer(
        "|".join(rf"(?<![\w-]){re.escape(word)}(?![\w-])" for word in words if word) or r"(?!)", said
    ):
        before = said[max(0, match.start() - 24) : match.start()]
        if not _NEGATION.search(
            before,
        ):
            found.append(known[match[0]])
    return found


def _folded(text: str) -> str:
    """Lowercase, without accents, with white space and punctuation as single spaces."""
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return re.sub(r"[^\w-]+", " ", text).strip()


def _path(path: str) -> list[str | int]:
    if not re.fullmatch(r"\$?(?:\.?[\w-]+|\[\d+\]|\.|\['[^']*'\])*", path):
        raise UsageError(f"{path!r} is no path", hint="write it as $.name.list[0]")
    steps = re.findall(r"\[(\d+)\]|\['([^']*)'\]|([\w-]+)", path)
    return [int(index) if index else quoted or name for index, quoted, name in steps]


def _json_values(text: str) -> list[Any]:
    """Values in a text, the last fence first, then the whole, then objects and lists in prose, the last first."""
    decoder = json.JSONDecoder()
    found: list[Any] = []
    for block in [match[2] for match in reversed(list(_FENCE.finditer(text)))] + [text]:
        try:
            found.append(json.loads(block))
        except (ValueError, RecursionError):
            continue
    prose, at, tries = [], 0, 0
    while (start := re.compile(r"[\[{]").search(text, at)) and tries < 200:
        tries += 1
        try:
            value, at = decoder.raw_decode(text, start.start())
            prose.append(value)
        except (ValueError, RecursionError):
            at = start.start() + 1
    return found + prose[::-1]
