"""The letter of the option that a reply chooses, known by its letter or by its text.

`options` are the options' texts, with or without their letters before them. Two letters in one statement, a list of the
options told again, and options that are only weighed choose nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chatbot.prompting.labels import folded
from chatbot.prompting.numbers import numbers
from chatbot.prompting.plain import bare, plain
from chatbot.prompting.statements import LONGEST, Said, Statement, read

Options = Mapping[str, str] | Sequence[str]

_AFTER_A = re.compile(r"\W*(?:because|since|as|which|for|is|was|due|given|based|with|so|and|in|on|if|by)\b|\W*[A-Z(]")
_PREDICATE = re.compile(
    r"\W*(?:is|are|was|looks?|seems?|can|could|does|has|have|would|might|may|says?|gives?|means?|not|isn't)\b",
    re.IGNORECASE,
)
_LESS = re.compile(
    r",?\s*(?:\band\s+)?\b(?:not|rather\s+than|instead\s+of|as\s+opposed\s+to|unlike)\s.*$", re.IGNORECASE
)
_CONCLUDES = re.compile(
    r"(?:^\W*|\b)(?:so|therefore|thus|hence|in\s+conclusion|overall|consequently|finally|must\s+be|has\s+to\s+be"
    r"|(?:that|this|which)\s+leaves|leaving"
    r"|(?:corresponds?|matches?|points?|leads?)\s+(?:us\s+)?(?:to|with)?|best\s+(?:fit|match|option|choice)|it's"
    r"|it\s+is|→|=>)(?!\w)",
    re.IGNORECASE,
)
_REJECTS = re.compile(
    r"\b(?:not|n't|isn't|doesn't|neither|nor|wrong|incorrect|except|unlikely|try|consider|check|test|next|compare"
    r"|look\s+at|either|between|maybe|perhaps|might|could)\b",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"^(?:it is|it s|they are|that is|this is|the|an?|probably|most likely|to|in|at|on|in the|at the|in a|at a|on a)\s+"
)
_BUT = re.compile(r"^.*?\bbut\s+(?:rather\s+|instead\s+|is\s+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Reader:
    """The letters there are, and the texts of the options where they are known."""

    letters: str
    texts: Mapping[str, str] = field(default_factory=dict)
    """Plain, by letter."""

    @property
    def any(self) -> str:
        """A pattern for any letter, small ones too."""
        return f"[{re.escape(''.join(sorted({*self.letters, *self.letters.lower(), *self.letters.upper()})))}]"

    def letter(self, said: str) -> str | None:
        return next((each for each in self.letters if each.casefold() == said.casefold()), None)


def choice(text: str, letters: str = "ABCDE", options: Options = ()) -> str | None:
    """The letter of the option that a reply states, else of the one that it opens or ends with."""
    reader = _reader(letters, options)
    if found := _alone(text, reader):
        return found
    said = read(text)
    for statement in said.stated:
        if found := _stated(statement, reader):
            return found
        if statement.refuses:
            return None
    return _told(said, reader)


def _reader(letters: str, options: Options) -> _Reader:
    if isinstance(options, Mapping):
        texts = {str(name): _option_text(str(text), str(name)) for name, text in options.items()}
        return _Reader("".join(texts) or letters, texts)
    texts = {name: _option_text(str(text), name) for name, text in zip(letters, options, strict=False)}
    return _Reader("".join(texts) or letters, texts)


def _option_text(text: str, letter: str) -> str:
    """Without the letter that may stand before it."""
    return plain(
        re.sub(rf"^\s*\(?{re.escape(letter)}\s?[).:]\s*|^\s*\({re.escape(letter)}\)\s*", "", text, flags=re.IGNORECASE)
    )


# --- letters ----------------------------------------------------------------------------------------------------------


def _alone(text: str, reader: _Reader) -> str | None:
    """A reply that is nothing but a letter, or an option."""
    if len(text) > LONGEST:
        return None
    short = bare(text)
    if match := re.fullmatch(
        rf"(?:(?:the\s+)?(?:option|choice|letter|answer)\s*:?\s*)?\W*({reader.any})\W*", short, re.IGNORECASE
    ):
        return reader.letter(match[1])
    if behind := re.fullmatch(rf"(.{{1,200}}?)\s*[(\[]({reader.any})[)\]]", short):
        return reader.letter(behind[2]) if _exactly(behind[1], reader) == reader.letter(behind[2]) else None
    return _exactly(short, reader) if "\n" not in text.strip() else None


def _leading(text: str, reader: _Reader) -> tuple[str | None, str]:
    """The letter that a statement begins with, and what stands behind it."""
    match = re.match(
        rf"[\s\"'\[{{*:$]*(?:the\s+)?(?P<named>(?:option|choice|letter|answer"
        rf"|alternative)\b\s*:?\s*)?(?P<open>[(\[\"']*)\s*(?P<letter>{reader.any})"
        rf"(?P<close>\s?[)\]\"'.:,;!}}\ue001]+|\s*$|(?=\s)|(?=[—–])|(?=\())",
        text,
        re.IGNORECASE,
    )
    if match is None:
        return None, text
    said, close, behind = match["letter"], match["close"].strip(), text[match.end() :]
    delimited = bool(match["named"] or (match["open"] and close) or close[:1] == ")" or not behind.strip())
    if not delimited and (said.islower() or (not close and said in "AI" and not _AFTER_A.match(behind))):
        return None, text
    return reader.letter(said), behind


def _mentioned(text: str, reader: _Reader) -> set[str]:
    """All letters that a text names as letters."""
    upper = f"[{re.escape(reader.letters)}]"
    pattern = (
        rf"(?<!\w)[(\[]({reader.any})[)\]]|\b(?:option|choice|letter|answer)\s+[(\"']?({reader.any})\b"
        rf"|(?<![\w'(])({upper})\)|(?<![\w'])({upper})(?=[\"')\]]*[.!]*\s*$)"
        rf"|^\W*({upper})[.:](?=\s)"
    )
    return {
        found
        for match in re.finditer(pattern, text, re.IGNORECASE if reader.letters.isdigit() else 0)
        if (found := reader.letter(next(filter(None, match.groups()))))
    }


# --- texts ------------------------------------------------------------------------------------------------------------


def _exactly(text: str, reader: _Reader) -> str | None:
    """The option whose text this is; None where two have it."""
    wanted = _squeezed(text)
    named = [
        letter for letter, option in reader.texts.items() if _squeezed(option) == wanted and not reader.letter(option)
    ]
    if not named and (words := _unfilled(folded(text))):
        named = [
            letter for letter, option in reader.texts.items() if _worded(option) and _unfilled(folded(option)) == words
        ]
    return named[0] if len(named) == 1 else None


def _worded(option: str) -> bool:
    return re.search(r"[^\W\d_]{2}", option) is not None and re.search(r"[=<>+*/^()√π]", option) is None


def _unfilled(words: str) -> str:
    before = ""
    while words != before:
        before, words = words, _FILLER.sub("", words)
    return words


def _squeezed(text: str) -> str:
    tight = re.sub(r"[\s,$]|(?<=\d)\.0+(?!\d)|\.$", "", text.casefold()).replace("×", "*")
    return tight[1:-1] if re.fullmatch(r"\([^()]*\)", tight) else tight


def _begins_with(text: str, reader: _Reader) -> str | None:
    """The longest option with which a statement begins."""
    said = _squeezed(text)
    named: dict[str, list[str]] = {}
    for letter, option in reader.texts.items():
        squeezed = _squeezed(option)
        pattern = rf"[\"'(]*{re.escape(squeezed)}(?![\w.:/^*+(%°<>=-])"
        if squeezed and not reader.letter(option) and re.match(pattern, said):
            named.setdefault(squeezed, []).append(letter)
    if not named:
        return None
    longest = named[max(named, key=len)]
    return longest[0] if len(longest) == 1 else None


def _by_number(text: str, reader: _Reader) -> str | None:
    """The only option of the value with which a statement begins, whatever its unit."""
    first = next(numbers(text), None)
    if first is None or not re.fullmatch(
        r"\W*(?:(?:about|approximately|rs|usd|is|it)\W+)*", text[: first.start], re.IGNORECASE
    ):
        return None
    if re.match(r"\s*(?:[-+*/×÷^:(√π]|or\b|to\b|and\b|[a-z]\b(?!\.))", text[first.end :]):
        return None
    named = []
    for letter, option in reader.texts.items():
        values = list(numbers(option))
        if (
            len(values) == 1
            and re.fullmatch(r"\W*(?:rs|usd|s)?\W*", option[: values[0].start], re.IGNORECASE)
            and re.fullmatch(r"[\s%°]*[a-z/ .]*", option[values[0].end :], re.IGNORECASE)
            and values[0].value == first.value
        ):
            named.append(letter)
    return named[0] if len(named) == 1 else None


def _within(text: str, reader: _Reader) -> str | None:
    """The only option whose words stand in a statement; of those that overlap the longest."""
    said = folded(_LESS.sub("", text))
    found = {
        letter: words
        for letter, option in reader.texts.items()
        if _worded(option)
        and len(words := _unfilled(folded(option))) > 2
        and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", said)
    }
    longest = max(found.values(), key=len, default="")
    if any(words not in longest for words in found.values()):
        return None
    named = [letter for letter, words in found.items() if words == longest]
    return named[0] if len(named) == 1 else None


# --- sentences --------------------------------------------------------------------------------------------------------


def _stated(statement: Statement, reader: _Reader) -> str | None:
    text = statement.text
    if found := _exactly(bare(text), reader):
        return found
    if statement.negated:
        if not (but := _BUT.match(text)):
            return None
        text = text[but.end() :]
    if statement.before:
        named = _mentioned(text, reader) | set(filter(None, [_leading(text, reader)[0]]))
        return named.pop() if len(named) == 1 else _exactly(text, reader) if not named else None
    letter, behind = _leading(text, reader)
    if letter:
        if re.match(
            rf"\W*(?:or|and|&|/|,|to|through)\W*(?:option\s+|choice\s+)?\(?{reader.any}(?![\w'])", behind, re.IGNORECASE
        ) and not re.match(r"\W*and\s+a\s", behind):
            return None
        return letter
    less = _LESS.sub("", text)
    if re.search(rf"(?<!\w){reader.any}\W{{1,3}}(?:or|and|&|/)\W{{1,3}}(?:option\s+)?\(?{reader.any}(?!\w)", less):
        return None
    named = _mentioned(less, reader)
    if named:
        return named.pop() if len(named) == 1 else None
    return (
        None if statement.refuses else _begins_with(text, reader) or _by_number(text, reader) or _within(text, reader)
    )


def _told(said: Said, reader: _Reader) -> str | None:
    """What the reply comes to without stating it: its conclusion, or a line that is an option and no list of them."""
    if not said.told:
        return None
    final = said.told[-1]
    concluding = list(_CONCLUDES.finditer(final))
    tail = final[concluding[-1].end() :] if concluding else ""
    named = _mentioned(tail, reader)
    if len(named) == 1 and not _REJECTS.search(tail) and _closes(tail, reader):
        return named.pop()
    if found := _letter_alone(final, reader):
        return found
    heads = {head for sentence in said.told if (head := _head(sentence, reader))}
    everywhere = set().union(*(_mentioned(sentence, reader) for sentence in said.told))
    if len(heads) == 1 and len(everywhere | heads) == 1 and heads & {_head(said.told[0], reader), _head(final, reader)}:
        return heads.pop()
    return _exactly(bare(final), reader) if len(said.told) == 1 else None


def _letter_alone(sentence: str, reader: _Reader) -> str | None:
    match = re.fullmatch(rf"\W*({reader.any})\W*", sentence)
    return reader.letter(match[1]) if match else None


def _closes(sentence: str, reader: _Reader) -> bool:
    """Whether a letter ends a sentence, with or without the text of its option."""
    for match in re.finditer(rf"(?<![\w'])[(\[]?({reader.any})(?![\w'])[)\].:,]*\s*", sentence):
        rest = bare(sentence[match.end() :])
        letter = reader.letter(match[1])
        if not rest or (letter and reader.texts.get(letter) and folded(rest) == folded(reader.texts[letter])):
            return True
    return False


def _head(sentence: str, reader: _Reader) -> str | None:
    """The letter of an option that a line repeats, with its text where that is known."""
    match = re.match(
        rf"\W*(?:option\s+|choice\s+)?[(\[]?({reader.any})(?:[)\].:]+|\s[-–—](?=\s)|,?(?=\s(?:because|since)\b))\s*",
        sentence,
        re.IGNORECASE,
    )
    if match is None or (match[1].islower() and ")" not in match[0]):
        return None
    letter, rest = reader.letter(match[1]), sentence[match.end() :]
    known = letter and reader.texts.get(letter)
    if _PREDICATE.match(rest) and not (known and folded(rest) == folded(known)):
        return None
    return letter
