"""Filters of a search: which documents it looks at, by path, tag and metadata.

In: `where` as a mapping, or the words that people type (`tag:draft path:docs/**`). Out: a condition in SQL over the
labels of documents, so that a filter is part of the search and costs no passage that meets it. Keys are all met; of a
key with several values one is enough. Paths are patterns: `docs/**`, `*.md` at any depth, `docs` for all that lies in
it. Tags are the same in capitals. No other value is a pattern, and nothing of the user's becomes SQL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from chatbot.errors import UsageError, nearest
from chatbot.messages import Metadata, Plain
from chatbot.retrieval.embed_tokens import without_surrogates

PATH, TAG = "path", "tag"

_TAG_KEYS = ("tag", "tags", "keywords")
"""What documents call their tags; a text is a list of them, separated by commas."""

_WORD = re.compile(r'(?P<key>[^\W\d][\w.-]*):(?P<value>"[^"]*"|[^\s"]+)(?=\s|\Z)|"[^"]*"|\S+')
_WILD = re.compile(r"[*?\[]")
_GLOB = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\]|.", re.DOTALL)

Read = Callable[[str, Sequence[object]], list[tuple[object, ...]]]
"""Runs a query."""


def labels_of(source: str, metadata: Metadata, *, is_file: bool) -> list[tuple[str, str]]:
    """What a document is found by: its path, its tags, and each value of its metadata."""
    labels = [(key, _label(value)) for key, values in metadata.items() for value in _several(values)]
    if is_file:
        labels = [(PATH, _label(source)), *(each for each in labels if each[0] != PATH)]
    return list(dict.fromkeys([*labels, *((TAG, _label(tag)) for tag in _tags(metadata))]))


def condition(where: Metadata, read: Read) -> tuple[str, list[object]]:
    """SQL that chunks of the wanted documents meet, from WHERE on, and its values; empty for no filter.

    read: used to match patterns against the paths there are. Raises UsageError for a value that is none.
    """
    parts: list[str] = []
    values: list[object] = []
    for key, wanted in where.items():
        alternatives = [_alternative(without_surrogates(key), value, read) for value in _several(wanted)]
        parts.append("(" + (" OR ".join(sql for sql, _ in alternatives) or "FALSE") + ")")
        values += [value for _, found in alternatives for value in found]
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), values


def parse(text: str, keys: Collection[str]) -> tuple[str, Metadata]:
    """The words of a question, and the filter that stands among them as `key:value` or `key:"several words"`.

    keys: those that some document has. A word with another key, such as `error:42`, is a word of the question.
    """
    known = {PATH, TAG, *keys}
    rest: list[str] = []
    where: dict[str, tuple[Plain, ...]] = {}
    for match in _WORD.finditer(text):
        if match["key"] in known:
            where[match["key"]] = (*where.get(match["key"], ()), *_readings(match["key"], match["value"].strip('"')))
        else:
            rest.append(match[0])
    return " ".join(rest), where


def parse_filter(text: str, keys: Collection[str]) -> Metadata:
    """The filter that a text is from end to end. Raises UsageError for what is none, with the nearest key."""
    rest, where = parse(text, keys)
    if rest:
        word = rest.split()[0]
        hint = nearest(word.partition(":")[0], {PATH, TAG, *keys}) if ":" in word else None
        raise UsageError(f"{word!r} is no filter", hint=hint or "write path:PATTERN, tag:NAME or KEY:VALUE")
    return where


def matches(pattern: str, path: str) -> bool:
    """Whether a path is the pattern, lies in the folder it names, or has its form."""
    if path == pattern or path.startswith(pattern.rstrip("/") + "/"):
        return True
    if not _WILD.search(pattern):
        return False
    name = path if "/" in pattern.rstrip("/") else path.rpartition("/")[2]
    return bool(re.fullmatch(_expression(pattern.strip("/")), name, re.DOTALL))


def _alternative(key: str, value: Plain, read: Read) -> tuple[str, list[object]]:
    if value is not None and not isinstance(value, str | int | float):
        raise UsageError(f"{key!r} cannot be compared with {value!r:.40}", hint="use texts, numbers, true, false, None")
    if key == PATH and isinstance(value, str):
        return _of_path(without_surrogates(value), read)
    if key == TAG and isinstance(value, str):
        value = value.casefold()
    return "document IN (SELECT document FROM labels WHERE key = ? AND value = ?)", [key, _label(value)]


def _of_path(pattern: str, read: Read) -> tuple[str, list[object]]:
    """Documents with paths of this form; only those are looked at that begin as it does."""
    fixed = pattern[: match.start()] if (match := _WILD.search(pattern)) else pattern
    anchored = "/" in pattern.rstrip("/") or not match
    lowest = _label(fixed if anchored else "")[:-1]
    span: list[object] = [PATH, lowest, lowest + "\x7f"]  # JSON is ASCII here, so the last is behind all that begin so
    if match and fixed.endswith("/") and pattern[len(fixed) :] == "**":
        return "document IN (SELECT document FROM labels WHERE key = ? AND value >= ? AND value < ?)", span
    rows = read("SELECT document, value FROM labels WHERE key = ? AND value >= ? AND value < ?", span)
    found = [document for document, value in rows if matches(pattern, str(json.loads(str(value))))]
    return "document IN (SELECT value FROM json_each(?))", [json.dumps(found)]


def _expression(pattern: str) -> str:
    """A pattern as a regular expression: `**` goes through folders, `*` and `?` do not."""
    whole = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}

    def piece(found: str) -> str:
        if found in whole:
            return whole[found]
        if len(found) > 2 and found[0] == "[":
            inside = re.sub(r"([\\\[&~|^])", r"\\\1", found[1:-1].removeprefix("!"))
            return f"[{'^/' if found[1] == '!' else ''}{inside}]"
        return re.escape(found)

    return "".join(map(piece, _GLOB.findall(pattern)))


def _tags(metadata: Mapping[str, object]) -> Iterator[str]:
    for key in _TAG_KEYS:
        for value in _several(metadata.get(key) or ()):
            if isinstance(value, str):
                yield from (tag.strip().casefold() for tag in value.split(",") if tag.strip())


def _readings(key: str, written: str) -> tuple[Plain, ...]:
    """What a written value may be: a text, or the number or truth that it looks like."""
    if key in (PATH, TAG):
        return (written,)
    try:
        read = json.loads(written.lower())
    except ValueError:
        return (written,)
    return (written, read) if read is None or isinstance(read, bool | int | float) else (written,)


def _several(values: object) -> Sequence[Plain]:
    return values if isinstance(values, tuple | list) else (values,)


def _label(value: object) -> str:
    """A value as it is compared: 2 and 2.0 are equal, 1 and True are not."""
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value, default=str)
