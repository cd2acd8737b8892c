"""A suite: which items are asked in which ways, how the answers are judged, and what may be spent.

A YAML file becomes a `Suite`, checked with file and line before anything is asked. What its scorers mean is known where
they are; they are kept as the sections they were written in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from chatbot.errors import NotFoundError, ProjectError, nearest
from chatbot.evaluation.dataset import Source, read_source
from chatbot.evaluation.deciding import EVERYTHING, Deciding, read_deciding
from chatbot.evaluation.deciding import KEYS as DECIDING
from chatbot.models.prices import Price, read_price
from chatbot.models.purse import REPLY_TOKENS, Caps
from chatbot.prompting.frontmatter import OPTIONS, read_sampling, with_decoding
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.section import Section
from chatbot.prompting.strict_yaml import read_yaml
from chatbot.retrieval.search import HYBRID, Ranking
from chatbot.sampling import Sampling

AXES = ("prompts", "strategies", "models", "parameters", "retrieval")
"""Lists whose every combination is a variant."""

OF_AN_AXIS = {"prompts": "prompt", "strategies": "strategy", "models": "model", "retrieval": "retrieval"}

KEYS = (
    "name", "description", "dataset", *AXES, "variants", "scorers", "repeats", "baseline", "margin", "budget", "prices",
    "concurrency", "seed", *DECIDING,
)  # fmt: skip

OF_A_BUDGET = ("dollars", "tokens", "minutes", "reply_tokens")

OF_PARAMETERS = (*OPTIONS, "decode")
OF_RETRIEVAL = ("name", "knowledge", "passages", "search", "expansion", "query_expansion")

OF_A_VARIANT = ("name", "prompt", "strategy", "model", "parameters", "retrieval")

CONCURRENCY = 16
"""Requests in flight where neither suite nor model says: what a hosted endpoint's usual limits bear."""

PASSAGES = 5
"""Passages put before the model where the suite does not say: as in the chat."""


SEARCHES = {"hybrid": HYBRID.dense, "dense": 1.0, "lexical": 0.0}
"""Ways to search by name, with the weight of meaning against words."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Which documents a question is answered from, as a chat would."""

    knowledge: Path | None = None
    """A folder or file of documents, or a JSONL file of records (id, text, perhaps title); None for the workspace's."""
    passages: int = PASSAGES
    ranking: Ranking = HYBRID
    query_expansion: str = ""
    """A prompt by which the model says what to search for beside the question; "" for the question alone."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of asking."""

    name: str
    prompt: str
    """A name, or a path that starts at the suite's folder and stands whole."""
    strategy: str | Mapping[str, object] | None = None
    """None for the one that the prompt names."""
    model: str | None = None
    """None for the workspace's."""
    sampling: Sampling = Sampling()
    """How to draw; what it says goes before the prompt's own."""
    retrieval: Retrieval | None = None
    """What is searched; None where nothing is."""
    places: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """File and line of its parts: of `prompt`, `strategy`, `model` and `retrieval`."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite as it was written."""

    path: Path
    name: str
    dataset: Source
    variants: tuple[Variant, ...]
    scorers: tuple[Section, ...]
    """The first is the one that variants are compared by."""
    baseline: str
    """Name of the variant that others are compared with: the first, where the file does not say."""
    repeats: int = 1
    margin: float | None = None
    """Difference that does not matter."""
    caps: Caps = Caps()
    prices: Mapping[str, Price] = field(default_factory=dict)
    """What models cost, by their names at their endpoints, beside or instead of what is known of them."""
    concurrency: int | None = None
    """Cells asked at once; None leaves it to the models (`Bench.concurrency`)."""
    seed: int = 0
    description: str = ""
    deciding: Deciding = EVERYTHING


def read_suite(path: Path) -> Suite:
    """The suite in a file. Raises NotFoundError where there is none, and ProjectError with file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        known = [each.name for each in path.parent.glob("*.yaml")]
        raise NotFoundError(f"there is no suite {path}", hint=nearest(path.name, known)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path} cannot be read: {error}", hint="a suite is a YAML file in UTF-8") from None
    data, lines = read_yaml(path, text)
    file = PromptFile(path, data if isinstance(data, dict) else {}, "", lines=lines)
    whole = Section(file, file.data)
    if not isinstance(data, dict):
        raise whole.error("a suite is a table of `key: value` lines")
    whole.only(KEYS)
    variants = _variants(whole)
    return Suite(
        path,
        whole.text("name") or path.stem,
        read_source(_needed(whole, "dataset"), path.parent),
        variants,
        _scorers(whole),
        _baseline(whole, variants),
        whole.whole_number("repeats", least=1) or 1,
        whole.number("margin", least=0, most=1),
        _caps(whole.section("budget")),
        _prices(whole.section("prices")),
        whole.whole_number("concurrency", least=1),
        whole.whole_number("seed") or 0,
        whole.text("description") or "",
        read_deciding(whole, len(variants)),
    )


def _needed(section: Section, key: str) -> Section:
    if key not in section.table:
        raise section.error(f"the suite needs `{key}`")
    return section.section(key)


def _scorers(section: Section) -> tuple[Section, ...]:
    entries = section.items("scorers")
    if not entries:
        hint = 'write it as scorers: [{kind: contains, expect: "{{ answer }}"}]'
        raise section.error("the suite needs a scorer", "scorers", hint=hint)
    return tuple(_entry(section, "scorers", number) for number in range(len(entries)))


def _entry(section: Section, key: str, number: int) -> Section:
    entry = section.items(key)[number]
    inner = Section(section.file, entry if isinstance(entry, Mapping) else {}, (*section.at, key, number))
    if not isinstance(entry, Mapping):
        raise inner.error(f"an entry of {key} is a table of `key: value` lines")
    return inner


def _caps(section: Section) -> Caps:
    section.only(OF_A_BUDGET)
    return Caps(
        section.number("dollars", least=0, most=1e9),
        section.whole_number("tokens", least=1),
        section.number("minutes", least=0, most=1e6),
        section.whole_number("reply_tokens", least=1) or REPLY_TOKENS,
    )


def _prices(section: Section) -> dict[str, Price]:
    found = {}
    for name, table in section.table.items():
        try:
            found[name] = read_price(table)
        except ValueError as error:
            raise section.error(f"prices.{name}: {error}", name) from None
    return found


# --- variants ---------------------------------------------------------------------------------------------------------


def _variants(section: Section) -> tuple[Variant, ...]:
    """The list that the suite gives, or every combination of its axes."""
    listed = section.items("variants")
    crossed = [axis for axis in AXES if axis in section.table]
    if listed and crossed:
        raise section.error(f"variants are listed, or crossed from {crossed[0]} and others: not both", "variants")
    if listed:
        made = tuple(_listed(_entry(section, "variants", number), section) for number in range(len(listed)))
    else:
        made = tuple(_crossed(section))
    names = [variant.name for variant in made]
    for name in names:
        if names.count(name) > 1:
            raise section.error(f"two variants are named {name!r}", "variants" if listed else crossed[0])
    return made


def _listed(entry: Section, whole: Section) -> Variant:
    entry.only(OF_A_VARIANT)
    prompt = entry.text("prompt")
    if not prompt:
        raise entry.error("a variant needs a prompt", hint="write it as {name: short, prompt: direct.prompty}")
    strategy = entry.table.get("strategy")
    if not isinstance(strategy, str | Mapping | None):
        raise entry.error("strategy must be a name or a table", "strategy")
    return Variant(
        entry.text("name") or Path(prompt).stem,
        _placed(prompt, whole),
        strategy,
        entry.text("model"),
        _sampling(entry.section("parameters")),
        _retrieval(entry.section("retrieval")) if "retrieval" in entry.table else None,
        {part: entry.place(part) for part in ("prompt", "strategy", "model", "retrieval")},
    )


def _crossed(section: Section) -> list[Variant]:
    if not section.items("prompts"):
        raise section.error("the suite needs prompts", "prompts", hint="write it as prompts: [direct.prompty]")
    prompts = [_of_kind(section, "prompts", number, str) for number in range(len(section.items("prompts")))]
    models = [_of_kind(section, "models", number, str) for number in range(len(section.items("models")))]
    strategies = [
        _of_kind(section, "strategies", number, (str, Mapping)) for number in range(len(section.items("strategies")))
    ]
    parameters, retrieval = (
        [_entry(section, axis, number) for number in range(len(section.items(axis)))]
        for axis in ("parameters", "retrieval")
    )
    axes: list[Sequence[object]] = [prompts, strategies, models, parameters, retrieval]
    numbered = [list(enumerate(axis)) or [(0, None)] for axis in axes]
    return [
        _of_cell(tuple(part for _, part in cell), axes, section, [number for number, _ in cell])
        for cell in product(*numbered)
    ]


def _of_cell(
    cell: tuple[object, ...], axes: Sequence[Sequence[object]], section: Section, numbers: Sequence[int]
) -> Variant:
    """A variant, named by the parts in which it differs from the others; `numbers` are the places of its parts."""
    parts = [_called(part) for part, axis in zip(cell, axes, strict=True) if len(axis) > 1]
    prompt, strategy, model, parameters, retrieval = cell
    assert isinstance(prompt, str)
    return Variant(
        " · ".join(parts) or Path(prompt).stem,
        _placed(prompt, section),
        strategy if isinstance(strategy, str | Mapping) else None,
        model if isinstance(model, str) else None,
        _sampling(parameters) if isinstance(parameters, Section) else Sampling(),
        _retrieval(retrieval) if isinstance(retrieval, Section) else None,
        {
            OF_AN_AXIS[axis]: section.place(axis, number)
            for axis, number in zip(AXES, numbers, strict=True)
            if axis != "parameters"
        },
    )


def _sampling(section: Section) -> Sampling:
    options = Section(section.file, {key: value for key, value in section.table.items() if key != "decode"}, section.at)
    return with_decoding(read_sampling(options), section)


def _retrieval(section: Section) -> Retrieval:
    section.only(OF_RETRIEVAL)
    knowledge = section.text("knowledge")
    place = section.file.path.parent / knowledge if knowledge else None
    passages = section.whole_number("passages", least=1) or PASSAGES
    return Retrieval(place, passages, _ranking(section), _placed(section.text("query_expansion") or "", section))


def _ranking(section: Section) -> Ranking:
    search = section.text("search") or "hybrid"
    if search not in SEARCHES:
        raise section.error(f"there is no search {search!r}", "search", hint=nearest(search, SEARCHES))
    expanded = "expansion" not in section.table or section.flag("expansion")
    return Ranking(SEARCHES[search], HYBRID.feedback if expanded else 0.0)


def _called(part: object) -> str:
    """A part of a variant, in a name."""
    if isinstance(part, Section):
        if name := part.text("name"):
            return name
        part = part.table
    if isinstance(part, Mapping):
        own = dict(part)
        name = str(own.pop("name", ""))
        options = ", ".join(f"{key} {value}" for key, value in own.items())
        return f"{name} ({options})" if name and options else name or options
    text = str(part)
    return Path(text).stem if text.endswith(".prompty") else text


def _of_kind(section: Section, axis: str, number: int, kind: type | tuple[type, ...]) -> object:
    value = section.items(axis)[number]
    if not isinstance(value, kind):
        what = "names" if kind is str else "names or tables"
        raise section.file.error(f"{axis} is a list of {what}, and {value!r} is none", at=(*section.at, axis, number))
    return value


def _placed(prompt: str, section: Section) -> str:
    """A path from the suite's folder; a name as it is."""
    if prompt.endswith(".prompty") or "/" in prompt or "\\" in prompt:
        return str(section.file.path.parent / prompt)
    return prompt


def _baseline(section: Section, variants: Sequence[Variant]) -> str:
    wanted = section.text("baseline")
    names = [variant.name for variant in variants]
    if wanted is not None and wanted not in names:
        raise section.error(f"there is no variant {wanted!r}", "baseline", hint=nearest(wanted, names))
    return wanted or names[0]
