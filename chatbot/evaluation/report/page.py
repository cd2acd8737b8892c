"""The whole page: what is in it, in which order, its style, its script, and the policy that forbids any other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from chatbot.errors import ProjectError
from chatbot.evaluation.judging.report import lines, reports_of
from chatbot.evaluation.metric import SPENDING, metrics_of
from chatbot.evaluation.repeated import Repeated
from chatbot.evaluation.report.curve import Curve, curves
from chatbot.evaluation.report.figures import Measure, counted, money, seconds
from chatbot.evaluation.report.forest import forest
from chatbot.evaluation.report.items import MOST_LETTERS, PART, Browsed, browsed, courses, pack
from chatbot.evaluation.report.repeating import repeating
from chatbot.evaluation.report.scatter import Point, scatter
from chatbot.evaluation.report.sheet import measures, tags, taken, variants
from chatbot.evaluation.report.words import cautions, headline, sentence
from chatbot.evaluation.run import Bench
from chatbot.evaluation.scored import reading, scored, summary_of
from chatbot.evaluation.summary import Summary
from chatbot.journal.records import RunRecord
from chatbot.markup import Markup, closed_page, fit, joined, tag


@dataclass(frozen=True, slots=True)
class Report:
    """All that a page tells."""

    title: str
    description: str
    run: RunRecord
    summary: Summary
    measure: Measure
    margin: float | None
    browsed: Browsed
    judges: tuple[str, ...]
    """What is to be told of those who judged."""
    changed: tuple[str, ...]
    """What is no longer as it was when the run was made."""
    repeating: Mapping[str, object]
    """What it takes to repeat the run, by name."""


def write_report(bench: Bench, run: RunRecord, path: Path, *, changed: tuple[str, ...] = ()) -> None:
    """Writes the page of a run. Raises ProjectError where the file cannot be written."""
    text = page(report_of(bench, run, changed=changed))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror}", hint="name another file with -o") from None


def report_of(bench: Bench, run: RunRecord, *, changed: tuple[str, ...] = (), most: int = MOST_LETTERS) -> Report:
    """The report of a run, worked out from the journal: no model is asked."""
    metrics = metrics_of(bench)
    first = metrics[0]
    course = courses(scored(bench, run.id, first.scorers), len(bench.contenders))
    read = reading(bench, run.id, first.scorers)
    spends = first.kind in SPENDING
    return Report(
        bench.suite.name,
        bench.suite.description,
        run,
        summary_of(bench, run.id, metrics),
        Measure(first.name, share=not spends, less_is_better=spends),
        bench.suite.margin,
        browsed(bench.dataset.items, course, read, bench.journal.trace, most=most),
        tuple(lines(reports_of(bench, run.id))),
        changed,
        repeating(bench, run),
    )


def page(report: Report) -> str:
    """The page as one text."""
    style, script = (fit(files(__package__).joinpath(name).read_text("utf-8")) for name in ("page.css", "page.js"))
    title = f"{report.title}: {headline(report.summary, report.measure)}"
    return closed_page(title, style, _main(report), _data(report), script=script)


def _main(report: Report) -> Markup:
    summary, measure = report.summary, report.measure
    sections = [
        _opening(report),
        _section("Variants", "variants", variants(summary, measure)),
        _section("Differences", "differences", _differences(report)) if summary.against else None,
        _section("What an answer takes", "spending", _spending(report)) if summary.variants else None,
        _section("Samples", "samples", *samples) if (samples := _samples(summary)) else None,
        _section("By tag", "tags", _tagged(report)) if summary.tags else None,
        _section("Further measures", "measures", further) if (further := measures(summary)) else None,
        _section("Judges", "judges", tag("ul", [tag("li", line) for line in report.judges])) if report.judges else None,
        _section("Items", "items", _items(report)),
        _section("To repeat this run", "repeat", _repeat(report)),
    ]
    return tag("main", sections)


def _section(title: str, name: str, *content: Markup) -> Markup:
    return tag("section", tag("h2", title, id=name), *content, aria_labelledby=name)


def _opening(report: Report) -> Markup:
    summary, run = report.summary, report.run
    started = datetime.fromtimestamp(run.started, UTC)
    asked = sum(sum(each.statuses.values()) for each in summary.variants)
    about = f"Run {run.id}, {started:%d %B %Y %H:%M} UTC: {counted(asked, 'cell')} asked"
    return tag(
        "header",
        tag("p", tag("b", report.title), f" · {report.description}" if report.description else None, class_="title"),
        tag("h1", headline(summary, report.measure)),
        tag("p", about, class_="about"),
        [tag("p", caution, class_="caution") for caution in (*cautions(summary), *report.changed)],
    )


# --- figures ----------------------------------------------------------------------------------------------------------


def _differences(report: Report) -> Markup:
    summary, measure = report.summary, report.measure
    told = [tag("li", sentence(each, measure, summary.baseline)) for each in summary.against]
    return joined(forest(summary.against, measure, summary.baseline, margin=report.margin), tag("ul", told))


def _spending(report: Report) -> Markup:
    """The score against cost and time, where more than one variant can be drawn, and what an item takes."""
    summary, measure = report.summary, report.measure
    known = [(each.name, each.estimate, each.spent) for each in summary.variants if each.estimate]
    costs = [Point(name, spent.cost, score) for name, score, spent in known if spent.cost and spent.cost.value > 0]
    times = [Point(name, spent.median, score) for name, score, spent in known if spent.median]
    return joined(
        scatter(costs, measure, "dollars an item", money) if len(costs) > 1 else None,
        scatter(times, measure, "median seconds an item", seconds) if len(times) > 1 else None,
        taken(summary),
    )


def _samples(summary: Summary) -> list[Markup]:
    """Curves of the variants that vote, and of items that were asked several times."""
    voted = [
        curves(
            each.name, {"a vote": [(vote.k, vote.right) for vote in each.curve]}, {v.k: v.tokens for v in each.curve}
        )
        for each in summary.votes
        if each.curve
    ]
    return [*voted, *(_tries(each) for each in summary.repeats if each.tries)]


def _tries(repeated: Repeated) -> Markup:
    tries = repeated.tries
    found: dict[str, Curve] = {
        "one of them": [(each.k, each.one_right) for each in tries],
        "all of them": [(each.k, each.all_right) for each in tries],
        "a vote": [(each.k, each.vote) for each in tries if each.vote],
    }
    return curves(
        repeated.name, {name: curve for name, curve in found.items() if curve}, {e.k: e.tokens for e in tries}
    )


def _tagged(report: Report) -> Markup:
    told = "To look around, and no verdict. * differs from the baseline by its own interval: one tag in twenty does so "
    return joined(tags(report.summary, report.measure), tag("p", f"{told}by chance.", class_="hint"))


# --- items ------------------------------------------------------------------------------------------------------------


def _items(report: Report) -> Markup:
    shown = report.browsed
    less = f"Of {shown.items:,} items the page holds {shown.shown:,}, the most telling first." if (
        shown.shown < shown.items
    ) else ""  # fmt: skip
    return joined(
        tag("p", less) if less else None,
        tag("noscript", tag("p", "The items are shown by this page's script, which is switched off here.")),
        tag("div", id="browser"),
    )


def _data(report: Report) -> Markup:
    """What the script reads: packed, so that nothing of it is markup."""
    shown = report.browsed
    names = [each.name for each in report.summary.variants]
    about = {"variants": names, "baseline": names.index(report.summary.baseline), "part": PART}
    held = [("about", pack(json.dumps(about))), ("index", shown.index)]
    held += [(f"part-{number}", part) for number, part in enumerate(shown.parts)]
    return joined(*(tag("script", Markup(packed), type="application/octet-stream", id=name) for name, packed in held))


def _repeat(report: Report) -> Markup:
    return tag("dl", [(tag("dt", name), tag("dd", str(value))) for name, value in report.repeating.items()])
