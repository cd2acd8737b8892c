"""`chatbot doctor`: one line for each thing that has to work, and what to do where it does not."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from chatbot import __version__
from chatbot.cli.screen import Screen
from chatbot.errors import ChatbotError

if TYPE_CHECKING:
    from chatbot.retrieval.embed import Embedder


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw."""

    check: str
    ok: bool
    seen: str


@click.command("doctor")
@click.option(
    "-m", "--model", metavar="SPEC", help="Measure instead how well this model calls tools, and in which way."
)
@click.option(
    "--seconds", default=300.0, show_default=True, type=click.FloatRange(1), help="Longest that --model takes."
)
@click.option("--repair", is_flag=True, help="Mend what is damaged of conversations, facts and indexes first.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(context: click.Context, model: str | None, seconds: float, repair: bool, as_json: bool) -> None:
    """Check the installation, the workspace and what it can reach. Exits with 1 where something is wrong.

    With --repair: save what can be read of damaged files, keep those beside, and say what is lost.

    With --model: put small tasks to that model in each way in which it can be asked to call tools, show which way
    works best with it, and ask it so from then on.
    """
    if model is not None:
        from chatbot.cli.doctor_calls import examine

        examine(model, seconds=seconds, as_json=as_json)
        return
    mended = [Finding("repair", True, line) for line in _mended()] if repair else []
    findings = [*mended, *_examine()]
    if as_json:
        Screen().json([asdict(finding) for finding in findings])
    else:
        screen = Screen()
        for finding in findings:
            screen.line(
                f"{'ok  ' if finding.ok else 'FAIL'} {finding.check:<10} {finding.seen}", "" if finding.ok else "red"
            )
    context.exit(0 if all(finding.ok for finding in findings) else 1)


def _examine() -> Iterator[Finding]:
    checks: dict[str, Callable[[], str]] = {
        "program": lambda: f"chatbot {__version__}, Python {platform.python_version()} on {sys.platform}",
        "workspace": _workspace,
        "embedder": _embedder,
        "index": _index,
        "prompts": _prompts,
        "model": _model,
    }
    for name, check in checks.items():
        try:
            yield Finding(name, True, check())
        except ChatbotError as error:
            yield Finding(name, False, str(error))
        if name == "workspace":
            yield from _stores()


def _workspace() -> str:
    from chatbot.workspace import find_workspace

    workspace = find_workspace()
    return f"{workspace.root}{' (the starter)' if workspace.starter else ''}, writes to {workspace.state}"


def _stores() -> Iterator[Finding]:
    """The files that hold what cannot be made again."""
    from chatbot.cli.choice import OFFERED
    from chatbot.cli.typed_lines import HISTORY
    from chatbot.models.call_rungs import FOLDER
    from chatbot.tools.mcp.pins import FILE
    from chatbot.upkeep.mending import look
    from chatbot.workspace import find_workspace

    try:
        workspace = find_workspace()
    except ChatbotError:
        return  # which is told already
    for health in look(workspace, _chosen_embedder, {OFFERED, FOLDER, FILE, HISTORY}):
        yield Finding(health.name, health.sound, health.seen)


def _mended() -> Iterator[str]:
    from chatbot.upkeep.mending import mend
    from chatbot.workspace import find_workspace

    yield from mend(find_workspace(), _chosen_embedder)


def _chosen_embedder() -> Embedder:
    from chatbot.retrieval.embed import embedder
    from chatbot.workspace import find_workspace

    return embedder(find_workspace().settings.embedder)


def _embedder() -> str:
    chosen = _chosen_embedder()
    length = chosen.embed(["a sentence"]).shape[1]
    return f"{chosen.name}, {length} dimensions"


def _index() -> str:
    from chatbot.retrieval import open_knowledge
    from chatbot.workspace import find_workspace

    workspace = find_workspace()
    stats = open_knowledge(workspace, workspace.knowledge).stats()
    return f"{stats.documents} documents, {stats.chunks} passages"


def _prompts() -> str:
    from chatbot.prompting import list_prompts
    from chatbot.workspace import find_workspace

    return f"{len(list_prompts(find_workspace().prompts))} prompt files, all readable"


def _model() -> str:
    from chatbot.models import discover
    from chatbot.workspace import find_workspace

    choice = discover.choose(setting=find_workspace().settings.model, environment=os.environ)
    return f"{choice.spec} ({choice.reason})"
