"""`chatbot eval compare`: two variants, item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.eval_show_command import past_of, score_in_words, tell_changes
from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.evaluation.head_to_head import HeadToHead, Side
    from chatbot.evaluation.history import Past
    from chatbot.evaluation.records import Score
    from chatbot.evaluation.run import Asked
    from chatbot.evaluation.statistics.verdict import Comparison

    Replies = Mapping[str, Sequence[tuple[Asked, Score]]]

SHOWN = 5
"""Items on which they differ that are shown where nothing else is said."""


@click.command("compare")
@click.argument("run")
@click.argument("first", metavar="[A", required=False)
@click.argument("second", metavar="[B]]", required=False)
@click.option("--with", "other", metavar="RUN", help="B is a variant of this other run of the same items.")
@click.option("--items", "shown", metavar="N", default=SHOWN, show_default=True, help="Differing items to show.")
@click.option("--suite", type=click.Path(path_type=Path), help="Where the run's suite lies now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    run: str,
    first: str | None,
    second: str | None,
    other: str | None,
    shown: int,
    suite: Path | None,
    as_json: bool,
) -> None:
    """Compare variant B with variant A of RUN, item by item. Nothing is asked.

    Without names A is the suite's baseline, and B the other variant. With --with and one name, the same variant of both
    runs is compared.
    """
    from chatbot.evaluation.head_to_head import head_to_head, replies

    screen, past = Screen(), past_of(run, suite)
    later = past_of(other, suite) if other else past
    for each in dict.fromkeys((past.record.id, later.record.id)):
        tell_changes(past if each == past.record.id else later, screen)
    found = head_to_head(*_sides(past, later, first, second))
    wanted = found.differing[: max(0, shown)]
    texts = [replies(side, wanted) for side in (found.first, found.second)]
    if as_json:
        screen.json(_data(found))
        return
    _show_verdict(found, screen)
    _show_tags(found, screen)
    for key in wanted:
        _show_item(found, key, texts[0], texts[1], screen)
    if len(found.differing) > len(wanted):
        screen.line(f"\n{len(found.differing) - len(wanted)} more items differ: --items N shows more of them", "dim")


def _sides(past: Past, later: Past, first: str | None, second: str | None) -> tuple[Side, Side]:
    from chatbot.errors import UsageError
    from chatbot.evaluation.head_to_head import Side
    from chatbot.evaluation.history import place_of

    bench = past.bench
    one = place_of(bench, first or bench.suite.baseline)
    if later is not past:
        return Side(past, one), Side(later, place_of(later.bench, second or bench.contenders[one].name))
    others = [place for place in range(len(bench.contenders)) if place != one]
    if second is None and len(others) != 1:
        names = ", ".join(repr(bench.contenders[place].name) for place in others)
        if not others:
            raise UsageError(f"run {past.record.id} has one variant", hint="--with RUN compares it with another run")
        raise UsageError("which variants?", hint=f"name one to compare with {bench.contenders[one].name!r}: {names}")
    other = others[0] if second is None else place_of(bench, second)
    if other == one:
        raise UsageError("a variant is not compared with itself", hint="name two, or another run by --with RUN")
    return Side(past, one), Side(past, other)


def called(found: HeadToHead) -> tuple[str, str]:
    """The names of both, with their runs where these differ."""
    runs = found.first.past.record.id, found.second.past.record.id
    if runs[0] == runs[1]:
        return found.first.name, found.second.name
    return f"{found.first.name} of {runs[0]}", f"{found.second.name} of {runs[1]}"


def _show_verdict(found: HeadToHead, screen: Screen) -> None:
    from chatbot.evaluation.statistics.discordance import Table

    judged, comparison = found.judged, found.judged.comparison
    first, second = called(found)
    if found.caution:
        screen.line(f"no verdict on {second} against {first}: {found.caution}", "bold")
    elif judged.verdict == "undecided":
        screen.line(f"undecided: {second} against {first}", "bold")
    else:
        screen.line(
            f"{second} is {judged.verdict} {'to' if judged.verdict == 'equivalent' else 'than'} {first}", "bold"
        )
    screen.line(f"difference {_span(comparison)} on {comparison.difference.n:,} items")
    beside = "" if found.family == 1 else f"; Holm over the run's {found.family} comparisons"
    screen.line(f"p = {judged.p:.3g} ({comparison.test.method}{beside})")
    for line in found.course:
        screen.line(line)
    if judged.more_items is not None:
        screen.line(f"about {judged.more_items:,} items more would tell")
    if found.left_out:
        screen.line(f"{found.left_out} items that only one has a score for are left out")
    if found.recalled:
        screen.line(f"{found.recalled} replies were taken over from earlier runs, as nothing was sent anew: "
                    "--fresh asks again")  # fmt: skip
    table = comparison.table
    if isinstance(table, Table):
        screen.line()
        rows = [
            ("A right", f"{table.both:,}", f"{table.only_second:,}"),
            ("A wrong", f"{table.only_first:,}", f"{table.neither:,}"),
        ]
        screen.table(rows, ("", "B RIGHT", "B WRONG"))
        screen.line(f"A is {first}, B is {second}", "dim")


def _show_tags(found: HeadToHead, screen: Screen) -> None:
    if not found.tags:
        return
    screen.line()
    rows = [(each.tag, f"{each.comparison.difference.n:,}", _span(each.comparison)) for each in found.tags]
    screen.table(rows, ("TAG", "ITEMS", "DIFFERENCE"))
    screen.line("By tag: where to look. With so many looks some interval misses 0 by chance.", "dim")


def _show_item(found: HeadToHead, key: str, one: Replies, other: Replies, screen: Screen) -> None:
    from chatbot.cli.side_by_side import side_by_side

    before, after = one[key], other[key]
    item = before[0][0].item
    screen.line()
    screen.line(f"item {key}: {found.scores[key][0]:g} and {found.scores[key][1]:g}", "bold")
    for name in item.fields:
        if name not in ("id", found.first.past.bench.suite.dataset.id):
            screen.hanging(f"  {name}: ", _brief(item.fields[name]), "dim")
    width = screen.width
    for (came, score), (later, second) in zip(before, after, strict=False):
        left, right = (f"{each.response.text.strip() or each.response.error}" for each in (came, later))
        heads = f"A: {score_in_words(score)}", f"B: {score_in_words(second)}"
        for mark, line in [*side_by_side(*heads, width), *side_by_side(left, right, width)]:
            screen.line(line, "" if mark == " " else "yellow")


def _brief(value: object, most: int = 300) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _span(comparison: Comparison) -> str:
    interval = comparison.difference.interval
    return f"{comparison.difference.value:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"


def _data(found: HeadToHead) -> dict[str, object]:
    from chatbot.evaluation.summary_data import comparison_data

    def data(comparison: Comparison) -> dict[str, object]:
        told = comparison_data(comparison, only_first="only_second", only_second="only_first")
        return {"n": comparison.difference.n, **told}

    judged = found.judged
    return {
        "first": {"run": found.first.past.record.id, "variant": found.first.name},
        "second": {"run": found.second.past.record.id, "variant": found.second.name},
        "verdict": judged.verdict,
        "caution": found.caution,
        "recalled": found.recalled,
        "course": found.course,
        "p_corrected": judged.p,
        "comparisons": found.family,
        "more_items": judged.more_items,
        "left_out": found.left_out,
        **data(judged.comparison),
        "tags": [{"tag": each.tag, **data(each.comparison)} for each in found.tags],
        "differing": [{"item": key, "first": one, "second": other} for key, (one, other) in found.scores.items()],
    }
