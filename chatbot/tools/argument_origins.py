"""Which arguments of a call say what somebody said before: the user, a document, or another tool.

In: a call's arguments and the messages that the model read. Out: an `ArgumentOrigin` for each find, with quotation and
place. A model may write anything of its own accord, so what is not found is nobody's; what is found only proves that
the same words stand there. Copies are found from 24 bytes on, also where they are encoded (`encodings`) or spelt with
separators (`shared_text`); whole arguments from three characters on; and in short arguments single words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from chatbot.effects import CallTool
from chatbot.messages import ArgumentOrigin, Evidence, Message, Origin, ToolCall
from chatbot.terms import STOP_WORDS
from chatbot.tools.canonical import leaves
from chatbot.tools.encodings import readings
from chatbot.tools.shared_text import LEAST, Shingles, squeezed, unsqueezed
from chatbot.tools.strict_json import strict_json

UNTRUSTED: frozenset[Origin] = frozenset({"document", "tool"})
"""Whose words may not make a tool act."""

MOST_QUOTED = 200
"""Characters of a quotation; longer ones are cut in the middle."""

_SHORTEST = 3
_HIDDEN = 4
"""Letters of a word that says something where it comes out of decoding: shorter ones come out of anything."""

_WORD = re.compile(r"[^\W_]{3,}|\d{2,}")
_NUMBER = re.compile(r"(?<![\w.,])-?\d+(?:[.,]\d+)*(?![\w]|[.,]\d)")


@dataclass(frozen=True, slots=True)
class _Source:
    text: str
    origin: Origin
    place: str


def call_tool(
    call: ToolCall, messages: Sequence[Message], ledger: Sequence[Evidence] = (), *, tainted: bool = False
) -> CallTool:
    """The effect of a call that a model asked for when it had read these messages.

    ledger: the conversation's passages. tainted: a document or a tool had a say before these messages.
    """
    taint = tainted or any(message.origins & UNTRUSTED for message in messages)
    return CallTool(call, taint, argument_origins(call.arguments, messages, ledger))


def argument_origins(
    arguments: str, messages: Sequence[Message], ledger: Sequence[Evidence] = ()
) -> tuple[ArgumentOrigin, ...]:
    """Where each argument's text stands in the messages. Arguments that are not JSON have no origin.

    ledger: the conversation's passages, to name the place of a document's text.
    """
    try:
        given = strict_json(arguments)
    except ValueError:
        return ()
    if not isinstance(given, Mapping):
        return ()
    sources = _sources(messages, ledger)
    said = [source for source in sources if source.origin == "user"]
    others = [source for source in sources if source.origin != "user"]
    found = list(_whole(given, (*said, *others)))
    if others:
        found += [copy for copy in _copies(given, said, others) if (copy.argument, copy.quote) not in _told(found)]
        found += list(_words(given, said, others, {each.argument for each in found}))
    return tuple(found)


def _told(found: Iterable[ArgumentOrigin]) -> set[tuple[str, str]]:
    return {(each.argument, each.quote) for each in found}


def said_by_user(origins: Iterable[ArgumentOrigin], path: str, value: object) -> bool:
    """Whether the user said this value, which stands at this place of the arguments, word for word."""
    return any(
        each.origin == "user" and each.whole and each.argument == path and _means(each.quote, value) for each in origins
    )


def is_copy(found: ArgumentOrigin) -> bool:
    """Whether it carries a document's or a tool's words along: enough of them, or any that are disguised."""
    return found.origin in UNTRUSTED and (found.encoding != "" or len(squeezed(found.quote)) >= LEAST)


def _sources(messages: Sequence[Message], ledger: Sequence[Evidence]) -> list[_Source]:
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    found: dict[tuple[str, Origin], _Source] = {}
    for message in messages:
        for part in message.parts:
            if part.origin != "user" and part.origin not in UNTRUSTED:
                continue
            place = names.get(message.call_id or "", "") if part.origin == "tool" else _place(part.text, ledger)
            found.setdefault((part.text, part.origin), _Source(part.text, part.origin, place))
    return list(found.values())


def _place(text: str, ledger: Sequence[Evidence]) -> str:
    return next((item.passage.place for item in ledger if item.passage.text == text), "")


def _whole(arguments: Mapping[str, object], sources: Sequence[_Source]) -> Iterator[ArgumentOrigin]:
    """Arguments that a source holds word for word: what the user said is theirs, else the first of each origin."""
    for path, value in leaves(arguments):
        told: set[Origin] = set()
        for source in sources:
            if source.origin not in told and "user" not in told and (quote := _quoted(value, source)):
                told.add(source.origin)
                yield ArgumentOrigin(path, source.origin, quote, source.place, whole=True)


def _quoted(value: object, source: _Source) -> str:
    """The words of the source that are the value; empty where it holds none."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return next((word for word in _NUMBER.findall(source.text) if _means(word, value)), "")
    text = str(value).strip()
    if not text or (source.origin != "user" and len(text) < _SHORTEST):
        return ""
    return next((quote for form in _forms(text) if (quote := standing_in(form, source.text))), "")


def standing_in(text: str, whole: str) -> str:
    """The text as it stands in the other, as a word, a name or an address of its own: not `t.co` in `about.com`."""
    found = re.search(rf"(?<![\w.@/\\:%+~-]){_loosely(text)}(?![\w@/\\~%+-]|[.:,]\w)", whole, _case_of(text))
    return found[0] if found else ""


def _forms(text: str) -> Iterator[str]:
    """The text, and for an address what people write for the same: without its scheme, with or without a last `/`."""
    yield text
    if re.match(r"https?://", text):
        bare = text.rstrip("/")
        yield from (bare, f"{bare}/", bare.partition("://")[2])


def _loosely(text: str) -> str:
    """A pattern for the text: in numbers of accounts, telephones and cards spaces and hyphens make no difference."""
    compact = re.sub(r"[\s-]", "", text)
    if len(compact) >= 8 and compact.isalnum() and sum(map(str.isdigit, compact)) >= 5:
        return r"[\s-]?".join(map(re.escape, compact))
    return re.escape(text)


def _case_of(text: str) -> re.RegexFlag:
    """Case counts in paths and nowhere else."""
    return re.NOFLAG if "/" in text or "\\" in text else re.IGNORECASE


def _means(quote: str, value: object) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return any(number == Decimal(str(value)) for number in _readings_of_number(quote))
    return any(re.fullmatch(_loosely(form), quote, _case_of(form)) for form in _forms(str(value).strip()))


def _readings_of_number(word: str) -> Iterator[Decimal]:
    """1,250.50 and 1.250,50: which of the two separates thousands is not known, so both readings count."""
    for thousands, point in ((",", "."), (".", ",")):
        try:
            yield Decimal(word.replace(thousands, "").replace(point, "."))
        except InvalidOperation:
            continue


def _copies(
    arguments: Mapping[str, object], said: Sequence[_Source], others: Sequence[_Source]
) -> Iterator[ArgumentOrigin]:
    """Runs of a document's or a tool's text in the arguments that the user did not say."""
    paths, ways, texts = [], [], []
    for path, way, text in _texts(arguments):
        if len(small := squeezed(text)) >= LEAST:
            paths.append(path)
            ways.append(way)
            texts.append(small)
    shingles = Shingles(texts)
    spoken = b"\0".join(squeezed(source.text) for source in said)
    told: set[tuple[str, str, str]] = set()
    for source in others:
        small = squeezed(source.text)
        for number, run in shingles.shared(small).items():
            path, way = paths[number], ways[number]
            if small[run.start : run.start + run.length] in spoken or (path, source.place, source.text) in told:
                continue
            told.add((path, source.place, source.text))
            quote = unsqueezed(source.text, run.start, run.length)
            yield ArgumentOrigin(path, source.origin, _cut(quote), source.place, encoding=way)


def _words(
    arguments: Mapping[str, object], said: Sequence[_Source], others: Sequence[_Source], known: Set[str]
) -> Iterator[ArgumentOrigin]:
    """Words of a document or a tool in short arguments of which nothing else is known, and that the user did not say.

    A name or a number is worth carrying out too; in an argument of many words one of them says nothing.
    """
    spoken = {word for source in said for word in words(source.text)}
    theirs = [(source, set(words(source.text)) - spoken) for source in others]
    for path, value in leaves(arguments):
        if path in known or isinstance(value, bool) or len(text := str(value)) > MOST_QUOTED:
            continue
        plain = dict.fromkeys(words(text))
        hidden = ((way, each) for way, found in readings(text) for each in words(found) if len(each) >= _HIDDEN)
        for way, word in (*(("", each) for each in plain), *((way, each) for way, each in hidden if each not in plain)):
            source = next((source for source, known_words in theirs if word in known_words), None)
            if source is not None:
                yield ArgumentOrigin(path, source.origin, word, source.place, encoding=way)
                break


def words(text: str) -> Iterator[str]:
    """The words of a text that carry something, in small letters."""
    return (word for word in _WORD.findall(text.casefold()) if word not in STOP_WORDS)


def _texts(arguments: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Path, disguise and text of everything that the arguments say, and of each argument's parts in one."""
    for name, value in arguments.items():
        found = [(path, str(text)) for path, text in leaves(value, name) if not isinstance(text, bool)]
        for path, text in found:
            yield path, "", text
        joined = "".join(text for _, text in found)
        if len(found) > 1:
            yield name, "", joined
        yield from ((name, way, text) for way, text in readings(joined))


def _cut(quote: str) -> str:
    if len(quote) <= MOST_QUOTED:
        return quote
    half = MOST_QUOTED // 2 - 1
    return f"{quote[:half]} … {quote[-half:]}"
