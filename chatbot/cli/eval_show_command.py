"""`chatbot eval show`: what a run of the past came to, and what was replied to one of its items."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.eval_judging import judges_data, judges_lines
from chatbot.cli.eval_list_command import when
from chatbot.cli.eval_summary import show_summary
from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.evaluation.history import Past
    from chatbot.evaluation.records import Response, Score


def past_of(word: str, suite: Path | None) -> Past:
    """The run that a word stands for, opened from the workspace's journal."""
    from chatbot.evaluation.history import find_run, open_run
    from chatbot.journal import Journal
    from chatbot.workspace import find_workspace

    journal = Journal(find_workspace().journal)
    return open_run(find_run(journal, word), journal, suite)


def tell_changes(past: Past, screen: Screen) -> None:
    """What is no longer as it was when the run was made, as notices."""
    for sentence in past.changed:
        screen.notice(f"note: {sentence}")


@click.command("show")
@click.argument("run", default="latest")
@click.option("--item", metavar="ID", help="Show what was replied to this item.")
@click.option("--suite", type=click.Path(path_type=Path), help="Where the run's suite lies now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(run: str, item: str | None, suite: Path | None, as_json: bool) -> None:
    """Show what RUN came to. It is scored from the journal: nothing is asked.

    RUN is an id or the beginning of one, a suite (its latest run), or `latest`.
    """
    screen, past = Screen(), past_of(run, suite)
    tell_changes(past, screen)
    if item is not None:
        _show_item(past, item, screen, as_json=as_json)
    else:
        _show_run(past, screen, as_json=as_json)


def _show_run(past: Past, screen: Screen, *, as_json: bool) -> None:
    from chatbot.evaluation.history import state_of
    from chatbot.evaluation.judging.report import reports_of
    from chatbot.evaluation.metric import metrics_of
    from chatbot.evaluation.scored import summary_of
    from chatbot.evaluation.summary_data import as_data

    record, bench = past.record, past.bench
    summary = summary_of(bench, record.id, metrics_of(bench))
    judges = reports_of(bench, record.id)
    if as_json:
        screen.json(
            {
                "run": record.id,
                "name": record.name,
                "plan": record.plan,
                "changed": past.changed,
                **judges_data(judges),
                **as_data(summary),
            }
        )
        return
    state = state_of(record, bench.journal.count_cells(record.id))
    screen.line(f"{record.id}  {record.name}, begun {when(record)}, {state}", "bold")
    for each in record.plan["variants"]:
        screen.line(f"  {each['name']}: prompt {each['prompt']} ({each['hash']}), model {each['model']}")
    show_summary(summary, screen)
    for line in judges_lines(judges):
        screen.hanging("", line)


def _show_item(past: Past, wanted: str, screen: Screen, *, as_json: bool) -> None:
    from chatbot.errors import NotFoundError, nearest
    from chatbot.evaluation.head_to_head import Side, replies

    items = {item.id: item for item in past.bench.dataset.items}
    if wanted not in items:
        raise NotFoundError(f"run {past.record.id} has no item {wanted!r}", hint=nearest(wanted, items))
    sides = [Side(past, place) for place in range(len(past.bench.contenders))]
    found = [
        (side.name, came.cell.repeat, came.response, score)
        for side in sides
        for came, score in replies(side, {wanted}).get(wanted, ())
    ]
    if as_json:
        told = [_reply_data(*each) for each in found]
        screen.json({"run": past.record.id, "item": wanted, "fields": dict(items[wanted].fields), "replies": told})
        return
    for name, value in items[wanted].fields.items():
        screen.hanging(f"{name}: ", str(value))
    for name, repeat, response, score in found:
        screen.line()
        screen.line(f"{name}{f', asked again ({repeat + 1})' if repeat else ''}: {score_in_words(score)}", "bold")
        screen.line(response.text.strip() or response.error)


def score_in_words(score: Score) -> str:
    """A score as a person reads it, with its reason."""
    told = f"{score.value:g}" if score.value is not None else score.status.replace("_", " ")
    return f"{told} ({score.reason})" if score.reason else told


def _reply_data(name: str, repeat: int, response: Response, score: Score) -> dict[str, object]:
    return {
        "variant": name,
        "repeat": repeat,
        "status": score.status,
        "score": score.value,
        "reason": score.reason,
        "answer": response.answer,
        "text": response.text,
        "error": response.error,
    }
