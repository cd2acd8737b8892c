"""The ways to decode by the names the field has for them, and the short text that says which to use.

    min-p=0.1, temperature=0.8        greedy        beam=4        contrastive        choices="yes|no"

`read_decoding` turns such a text into a `Sampling`, `decoding_text` a sampling into such a text, and `check` says what
is wrong with the values of one. The same text stands in chatbot.toml (`decode`), after `--decode`, and under
`metadata.chatbot.decode` of a prompt file. A name that stands for a whole way of searching (greedy, beam, contrastive)
sets the temperature to 0; what the text says itself goes before that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from chatbot.errors import UsageError, nearest
from chatbot.sampling import Sampling

Kind = Literal["number", "count", "text", "texts", "choices", "biases", "none"]


@dataclass(frozen=True, slots=True)
class Way:
    """One name: what it sets, what a bare name means, and what it is."""

    name: str
    sets: str
    """The field of `Sampling` that its value goes to."""
    about: str
    """What it does, in one line."""
    kind: Kind = "number"
    usual: str = ""
    """The value of a bare name; empty where one has to be given."""
    least: float = 0.0
    most: float = float("inf")
    paper: str = ""
    implies: Mapping[str, object] = field(default_factory=dict, hash=False)
    """What else the name sets, where the text does not; the name of another field stands for that field's value."""


_SEARCH: Mapping[str, object] = {"temperature": 0.0}

WAYS = (
    Way("greedy", "temperature", "always the likeliest token", "none"),
    Way("temperature", "temperature", "below 1 sharpens the distribution, above 1 flattens it", usual="1", most=100),
    Way("top-k", "top_k", "draws from the k likeliest tokens", "count", "50", 1, paper="Fan et al. 2018"),
    Way(
        "top-p",
        "top_p",
        "draws from the likeliest tokens that make up this mass",
        usual="0.9",
        most=1,
        paper="Holtzman et al. 2020",
    ),
    Way(
        "min-p",
        "min_p",
        "draws from tokens at least this part as likely as the likeliest",
        usual="0.1",
        most=1,
        paper="Nguyen et al. 2025",
    ),
    Way(
        "typical",
        "typical_p",
        "draws from the tokens of about the expected surprise that make up this mass",
        usual="0.9",
        most=1,
        paper="Meister et al. 2023",
    ),
    Way(
        "beam", "beams", "keeps so many beginnings and takes the likeliest whole", "count", "4", 1, 64, implies=_SEARCH
    ),
    Way(
        "diverse-beam",
        "beam_groups",
        "beam search in so many groups that are pushed apart",
        "count",
        "4",
        2,
        64,
        "Vijayakumar et al. 2018",
        {**_SEARCH, "beams": "beam_groups", "diversity_penalty": 0.5},
    ),
    Way("diversity-penalty", "diversity_penalty", "how hard groups of beams are pushed apart", usual="0.5", most=100),
    Way(
        "contrastive",
        "contrastive_alpha",
        "likely tokens that are unlike what stands there already",
        usual="0.6",
        most=1,
        paper="Su et al. 2022",
        implies={**_SEARCH, "top_k": 4},
    ),
    Way(
        "repetition-penalty",
        "repetition_penalty",
        "divides the scores of tokens that stand in the text already",
        usual="1.2",
        least=0.01,
        most=10,
        paper="Keskar et al. 2019",
    ),
    Way(
        "frequency-penalty",
        "frequency_penalty",
        "taken off a token for each time the reply has it",
        usual="0.5",
        least=-2,
        most=2,
    ),
    Way(
        "presence-penalty",
        "presence_penalty",
        "taken off a token once the reply has it",
        usual="0.5",
        least=-2,
        most=2,
    ),
    Way(
        "no-repeat-ngram",
        "no_repeat_ngram",
        "no sequence of so many tokens comes twice",
        "count",
        "3",
        1,
        paper="Paulus et al. 2018",
    ),
    Way("logit-bias", "logit_bias", 'added to the score of a token: logit-bias=" Paris:2", or #ID:2', "biases"),
    Way(
        "prompt-lookup",
        "prompt_lookup",
        "guesses ahead from what stands in the prompt; the same answer, sooner",
        "count",
        "10",
        1,
        paper="Saxena 2023",
    ),
    Way(
        "draft",
        "draft",
        "a small local model guesses ahead; the same answer, sooner",
        "text",
        paper="Leviathan et al. 2023",
    ),
    Way("regex", "regex", "the reply matches this regular expression", "text", paper="Willard and Louf 2023"),
    Way("choices", "choices", 'the reply is one of these: choices="yes|no"', "choices"),
    Way("logprobs", "logprobs", "reports the log-probability of each token and of so many others", "count", "5", 0, 20),
    Way("max-tokens", "max_tokens", "most tokens of the reply", "count", least=1),
    Way("seed", "seed", "draws that repeat", "count", least=-(2**63), most=2**63 - 1),
    Way("stop", "stop", "ends the reply before this text", "texts"),
)
"""Every name. Usual values are those of the paper that is named, or what most programs have."""

BY_NAME: Mapping[str, Way] = {way.name: way for way in WAYS}

_BY_FIELD: Mapping[str, Way] = {way.sets: way for way in WAYS if way.kind != "none"}

_ITEM = re.compile(r"""\s*([A-Za-z][\w-]*)\s*(?:=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^,]*))?\s*(,|$)""", re.DOTALL)


def name_of(field: str) -> str:
    """The name that sets this field of `Sampling`."""
    return _BY_FIELD[field].name


@lru_cache(maxsize=64)
def read_decoding(text: str) -> Sampling:
    """The sampling that a text such as `min-p=0.1, temperature=0.8` names. Raises UsageError."""
    said: dict[str, object] = {}
    implied: dict[str, object] = {}
    for name, value in _items(text):
        way = _way(name)
        implied |= way.implies
        read = _value(way, value)
        if way.sets in said and not isinstance(read, tuple):
            raise UsageError(f"decode: {way.name} stands twice in {text!r}")
        said[way.sets] = (*_texts(said.get(way.sets)), *read) if isinstance(read, tuple) else read
    values = {key: said.get(value, value) if isinstance(value, str) else value for key, value in implied.items()}
    sampling = Sampling(**{**values, **said})  # type: ignore[arg-type]  # each value was read as its field's type
    check(sampling)
    return sampling


def sampling_of(decode: str | Sampling) -> Sampling:
    """The sampling that is meant, checked. Raises UsageError."""
    if isinstance(decode, str):
        return read_decoding(decode)
    check(decode)
    return decode


def decoding_text(sampling: Sampling) -> str:
    """The text that `read_decoding` makes this sampling of; empty for one that says nothing."""
    items = [item for name, value in sampling.said().items() for item in _written(_BY_FIELD, name, value)]
    return ", ".join(items)


def check(sampling: Sampling) -> None:
    """Raises UsageError for a value that is out of bounds, or for two that have no meaning together."""
    for name, value in sampling.said().items():
        way = _BY_FIELD[name]
        if isinstance(value, int | float) and not way.least <= value <= way.most:
            raise UsageError(f"decode: {way.name} must be {_range(way)}, not {value:g}")
    for wrong, why in _conflicts(sampling):
        if wrong:
            raise UsageError(f"decode: {why}")


def _conflicts(sampling: Sampling) -> Iterator[tuple[object, str]]:
    """What does not go together: whether it is so, and the sentence."""
    beams, groups = sampling.beams or 1, sampling.beam_groups
    searches = beams > 1
    ahead = sampling.draft or sampling.prompt_lookup
    contrasts = sampling.contrastive_alpha is not None
    uneven = f"{beams} beams do not make {groups} groups: beam must be a multiple of diverse-beam"
    yield groups and beams % groups, uneven
    yield sampling.diversity_penalty and not groups, "diversity-penalty needs diverse-beam"
    yield contrasts and sampling.top_k is None, "contrastive needs top-k, the number of tokens to choose from"
    yield contrasts and sampling.temperature, "contrastive search draws nothing: leave out temperature"
    yield groups and sampling.temperature, "diverse beam search draws nothing: leave out temperature"
    yield contrasts and searches, "contrastive and beam are two ways to search: name one"
    yield ahead and searches, "beam search cannot guess ahead: leave out draft and prompt-lookup"
    yield ahead and contrasts, "contrastive search cannot guess ahead: leave out draft and prompt-lookup"
    yield sampling.draft and sampling.prompt_lookup, "draft and prompt-lookup are two ways to guess ahead: name one"
    yield sampling.regex is not None and sampling.choices, "regex and choices are two forms of the reply: name one"


# --- text -------------------------------------------------------------------------------------------------------------


def _items(text: str) -> Iterator[tuple[str, str | None]]:
    """The names of a text, and their values without quotation marks."""
    at = 0
    while at < len(text.rstrip().rstrip(",")):
        match = _ITEM.match(text, at)
        if match is None:
            raise UsageError(
                f"decode: {text[at:].strip()!r} is not NAME or NAME=VALUE",
                hint='write it as "min-p=0.1, temperature=0.8"; a value with a comma goes in quotation marks',
            )
        value = match[2]
        yield match[1], value if value is None else _unquoted(value)
        at = match.end()


def _unquoted(value: str) -> str:
    if value[:1] in ('"', "'") and len(value) > 1:
        return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), value[1:-1])
    return value.strip()


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return value if re.fullmatch(r"[\w.:#/+-]+", value) else f'"{escaped}"'


def _way(name: str) -> Way:
    way = BY_NAME.get(name.lower().replace("_", "-"))
    if way is None:
        raise UsageError(f"decode: there is no {name!r}", hint=nearest(name, BY_NAME))
    return way


def _value(way: Way, text: str | None) -> object:
    if way.kind == "none":
        if text is not None:
            raise UsageError(f"decode: {way.name} takes no value", hint=f"write {way.name}")
        return 0.0
    text = text or way.usual
    if not text:
        raise UsageError(f"decode: {way.name} needs a value", hint=way.about)
    match way.kind:
        case "text":
            return text
        case "texts":
            return (text,)
        case "choices":
            return tuple(each.replace(r"\|", "|") for each in re.split(r"(?<!\\)\|", text) if each)
        case "biases":
            return (_bias(text),)
    try:
        return int(text) if way.kind == "count" else float(text)
    except ValueError:
        raise UsageError(f"decode: {way.name} must be {_range(way)}, not {text!r}", hint=way.about) from None


def _bias(text: str) -> tuple[str, float]:
    token, _, number = text.rpartition(":")
    try:
        bias = float(number)
    except ValueError:
        bias = float("nan")
    if not token or not abs(bias) < float("inf"):
        hint = 'write it as logit-bias=" Paris:2", or with a token\'s id as logit-bias=#11:-100'
        raise UsageError(f"decode: {text!r} is not a token and a number", hint=hint)
    return token, bias


def _texts(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _range(way: Way) -> str:
    what = "a whole number" if way.kind == "count" else "a number"
    if way.most == float("inf"):
        return f"{what} of at least {way.least:g}"
    return what if way.least == -(2**63) else f"{what} from {way.least:g} to {way.most:g}"


def _written(names: Mapping[str, Way], name: str, value: object) -> Iterator[str]:
    way = names[name]
    match value:
        case tuple() if way.kind == "choices":
            yield from (f"{way.name}={_quoted(each.replace('|', chr(92) + '|'))}" for each in value)
        case tuple():
            for each in value:
                yield f"{way.name}={_quoted(each if isinstance(each, str) else f'{each[0]}:{each[1]!r}')}"
        case str():
            yield f"{way.name}={_quoted(value)}"
        case _:
            yield f"{way.name}={value!r}"
