"""The figures of an index as one page of HTML that needs nothing else: no request, no script.

In: `Figures`. Out: text. The dots of the map are radio buttons, so that a keyboard walks along them and a finger can
choose one; the name of the one that is chosen or pointed at stands below the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from statistics import median

from chatbot.errors import KnowledgeError
from chatbot.markup import Child, Markup, closed_page, fit, tag
from chatbot.retrieval.report.figures import SIZES, Figures, TypeOfFile, type_of
from chatbot.retrieval.store import Profile

BARS = 24
"""Of the histogram."""

NAMED = 100
"""Files named for one reason; of more there is a count."""

LABEL_WIDTH = 0.32
"""Of the map, at most, as in the style sheet."""

LONG = 90
"""Characters of a file's name that are shown, the last ones."""


def write_page(figures: Figures, path: Path) -> None:
    """Writes the page. Raises KnowledgeError where the file cannot be written."""
    text = page(figures)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise KnowledgeError(f"{path} cannot be written: {error.strerror}", hint="name another file") from None


def page(figures: Figures) -> str:
    """The page as one text."""
    style = fit(files(__package__).joinpath("page.css").read_text("utf-8")) + _places(figures)
    sections = [
        _opening(figures),
        _section("Documents by type and size", "types", _types(figures.types)) if figures.types else None,
        _section("Left out, and why", "skipped", *_skipped(figures)),
        _section("How long the passages are", "lengths", *_lengths(figures)) if figures.lengths else None,
        _section("Map", "map", *_map(figures)) if figures.dots else None,
        _section("Slowest to read", "slowest", _slowest(figures.slowest)) if figures.slowest else None,
    ]
    return closed_page(f"What is indexed of {figures.place}", style, tag("main", sections))


def _places(figures: Figures) -> str:
    """Where the dots and labels of the map stand; the page allows no style but this one sheet."""
    dots = [f"#d{number} {_at(each.x, each.y)}" for number, each in enumerate(figures.dots)]
    labels = [
        f"#r{number} {_at(min(max(each.x, LABEL_WIDTH / 2), 1 - LABEL_WIDTH / 2), each.y)}"
        for number, each in enumerate(figures.labels)
    ]
    return "\n".join([*dots, *labels, ""])


def _at(x: float, y: float) -> str:
    return f"{{ left: {100 * x:.1f}%; top: {100 * y:.1f}%; }}"


def _section(title: str, name: str, *content: Child) -> Markup:
    return tag("section", tag("h2", title, id=name), *content, aria_labelledby=name)


def _opening(figures: Figures) -> Markup:
    return tag(
        "header",
        tag("p", tag("b", "chatbot index"), f" · {figures.place}", class_="title"),
        tag("h1", f"{_counted(figures.documents, 'document')}, {_counted(figures.chunks, 'passage')}"),
        tag("p", f"Embedded by {figures.embedder}", class_="about"),
    )


# --- documents --------------------------------------------------------------------------------------------------------


def _types(types: Sequence[TypeOfFile]) -> Markup:
    classes = [f"< {_bytes(bound)}" for bound in SIZES] + [f"{_bytes(SIZES[-1])} and more"]
    used = [place for place in range(len(classes)) if any(each.sizes[place] for each in types)]
    names = [classes[place] for place in used]
    heads = ("Type", "Documents", *names, "In all", "Passages", "Time to read")
    rows = [
        (each.name, _number(each.documents), *(_number(each.sizes[place]) for place in used), _bytes(each.bytes),
         _number(each.chunks), _seconds(each.seconds))
        for each in types
    ]  # fmt: skip
    return _table(heads, rows)


def _slowest(profiles: Sequence[Profile]) -> Markup:
    heads = ("File", "Time to read", "Type", "Size", "Passages")
    rows = [
        (_end(each.source), _seconds(each.seconds), type_of(each), _bytes(each.size), _number(each.chunks))
        for each in profiles
    ]
    return _table(heads, rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """On a narrow screen each row is a list, whose entries bear the heads."""
    head = tag("thead", tag("tr", [tag("th", each, scope="col") for each in heads]))
    body = [
        tag("tr", tag("th", row[0], scope="row"), [_cell(*pair) for pair in zip(heads[1:], row[1:], strict=True)])
        for row in rows
    ]
    return tag("table", head, tag("tbody", body))


def _cell(head: str, value: str) -> Markup:
    return tag("td", value, data_label=head)


# --- what is not there ------------------------------------------------------------------------------------------------


def _skipped(figures: Figures) -> list[Markup]:
    if not figures.skipped:
        return [tag("p", "Nothing: every file that was looked at is in the index.")]
    return [_reason(reason, names) for reason, names in figures.skipped]


def _reason(reason: str, names: Sequence[str]) -> Markup:
    more = [tag("li", f"and {len(names) - NAMED:,} more", class_="more")] if len(names) > NAMED else []
    listed = tag("ul", [tag("li", _end(name), class_="file") for name in names[:NAMED]], more)
    return tag("details", tag("summary", tag("b", _counted(len(names), "file")), f": {reason}"), listed)


# --- passages ---------------------------------------------------------------------------------------------------------


def _lengths(figures: Figures) -> list[Markup]:
    lengths, window = sorted(figures.lengths), figures.window
    step = max(1, -(-window // BARS))
    counts = [0] * (window // step + 1)
    for length in lengths:
        counts[min(length // step, len(counts) - 1)] += 1
    long = sum(length > window for length in lengths)
    told = (
        f"Half of them have {round(median(lengths)):,} tokens or fewer, one in ten {_quantile(lengths, 0.1):,} or"
        f" fewer, one in ten {_quantile(lengths, 0.9):,} or more; the longest has {lengths[-1]:,}. The embedder reads"
        f" {window:,}, of which title and headings take some."
    )
    cut = f"{_counted(long, 'passage')} of these cannot be read to the end." if long else None
    sampled = f"Counted on {len(lengths):,} of {figures.chunks:,}." if len(lengths) < figures.chunks else None
    ends = tag("p", tag("span", "0"), tag("span", f"{window // 2:,}"), tag("span", f"{window:,} tokens"), class_="axis")
    chart = tag("figure", _histogram(counts), ends, class_="lengths")
    return (
        [tag("p", part) for part in (told, cut) if part]
        + [chart]
        + ([tag("p", sampled, class_="hint")] if sampled else [])
    )


def _histogram(counts: Sequence[int]) -> Markup:
    highest = max(counts)
    bars = [
        tag("rect", x=place + 0.06, y=100 - 100 * count / highest, width=0.88, height=100 * count / highest)
        for place, count in enumerate(counts)
        if count
    ]
    return tag(
        "svg", bars, viewBox=f"0 0 {len(counts)} 100", preserveAspectRatio="none", role="img",
        aria_label="Histogram of the lengths, as the sentence above tells them",
    )  # fmt: skip


def _map(figures: Figures) -> list[Markup]:
    drawn = f"{len(figures.dots):,} of {figures.chunks:,} passages, evenly drawn" if (
        len(figures.dots) < figures.chunks
    ) else "each dot a passage"  # fmt: skip
    told = (
        f"Passages that say alike are near each other ({drawn}). Point at a dot, or choose one and go on with the arrow"
        " keys, to read what it is. How far apart groups are says little."
    )
    dots = [
        tag(
            "label",
            tag("input", type="radio", name="dot", id=f"d{number}", aria_label=each.name),
            tag("span", each.name, class_="tip"),
        )
        for number, each in enumerate(figures.dots)
    ]
    labels = [
        tag("p", [tag("span", word) for word in each.words], class_="region", id=f"r{number}")
        for number, each in enumerate(figures.labels)
    ]
    return [tag("fieldset", tag("legend", told), tag("div", tag("div", dots, labels, class_="field"), class_="map"))]


# --- words ------------------------------------------------------------------------------------------------------------


def _quantile(values: Sequence[int], share: float) -> int:
    return values[round(share * (len(values) - 1))]


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _number(count: int) -> str:
    return f"{count:,}" if count else "–"


def _bytes(size: int) -> str:
    for unit, bound in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= bound:
            return f"{size / bound:.3g} {unit}" if size < 1000 * bound else f"{size / bound:,.0f} {unit}"
    return f"{size} B"


def _seconds(seconds: float) -> str:
    if seconds >= 60:
        return f"{int(seconds) // 60} min {int(seconds) % 60} s"
    return f"{seconds:.2f} s" if seconds >= 0.01 else "< 0.01 s"


def _end(name: str) -> str:
    return name if len(name) <= LONG else f"…{name[1 - LONG :]}"
