"""`chatbot search`: the passages a question finds, with their scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.screen import Screen
from chatbot.errors import UsageError
from chatbot.messages import Metadata, Passage

if TYPE_CHECKING:
    from chatbot.retrieval import Knowledge


@click.command("search")
@click.argument("query")
@click.option(
    "-n", "--count", "k", default=5, show_default=True, type=click.IntRange(1, 100), help="How many passages."
)
@click.option("-k", "--knowledge", metavar="PATH", type=click.Path(path_type=Path), help="Folder or file of documents.")
@click.option(
    "--where", default="", metavar="FILTER", help="Look only at documents with these: 'tag:draft path:docs/**'."
)
@click.option("--json", "as_json", is_flag=True, help="Print the passages as JSON lines.")
def command(query: str, k: int, knowledge: Path | None, where: str, as_json: bool) -> None:
    """Show the passages that QUERY finds. QUERY may hold filters too: path:PATTERN, tag:NAME, KEY:VALUE."""
    from chatbot.cli.index_command import refresh_with_progress
    from chatbot.retrieval import open_knowledge
    from chatbot.retrieval.where import parse_filter
    from chatbot.workspace import find_workspace

    workspace = find_workspace()
    documents = open_knowledge(workspace, knowledge or workspace.knowledge)
    refresh_with_progress(documents)
    chosen = parse_filter(where, documents.filters())
    question, among = as_typed(documents, query)
    found = documents.search(question, k, {**chosen, **among})
    screen = Screen(plain=as_json)
    for passage in found:
        if as_json:
            screen.json(as_plain(passage))
        else:
            show_passage(passage, screen)
    if not found and not as_json:
        screen.line(why_nothing(documents, question, {**chosen, **among}))


OTHER_LANGUAGES = (
    "Was it asked in another language than the documents are in? The packaged encoder was trained on English and takes "
    "such a question for one about something else: ask in the language of the documents, or name an encoder of many "
    'languages in chatbot.toml (embedder = "sentence-transformers:NAME").'
)


def as_typed(knowledge: Knowledge, query: str) -> tuple[str, Metadata]:
    """The question and the filters of what somebody typed. Raises UsageError where it holds no question."""
    from chatbot.retrieval.where import parse

    question, where = parse(query, knowledge.filters())
    if not question.strip():
        raise UsageError("there is nothing to search for", hint="write some words beside the filter")
    return question, where


def why_nothing(knowledge: Knowledge, question: str, where: Metadata) -> str:
    """What to say where nothing was found: how near the nearest passage comes, or that none meets the filter."""
    from chatbot.retrieval.english import may_be_english
    from chatbot.retrieval.relevance import PACKAGED

    nearest = knowledge.search(question, 1, where, floor=0)
    if not nearest:
        return "Nothing was found: no document meets the filter." if where else "Nothing was found."
    relevance = f"{nearest[0].ranks['relevance']:.3f} of {knowledge.floor:.3f}"
    why = f"Nothing relevant was found: {nearest[0].place} comes nearest, with a relevance of {relevance} needed."
    if knowledge.stats().embedder.startswith(PACKAGED) and not may_be_english(question):
        why += f" {OTHER_LANGUAGES}"
    return why


def show_passage(passage: Passage, screen: Screen) -> None:
    """A passage with its place, its scores and its beginning."""
    why = ", ".join(f"{name} {value:.3g}" for name, value in passage.ranks.items())
    screen.line(" > ".join((passage.place, *passage.heading)), style="cyan")
    screen.line(f"  score {passage.score:.3f}: {why}", style="dim")
    beginning = " ".join(passage.text.split())
    screen.line(f"  {beginning if len(beginning) <= 300 else beginning[:299] + '…'}\n")


def as_plain(passage: Passage) -> dict[str, object]:
    """A passage as `--json` prints it."""
    return {
        "path": passage.path or passage.record_id,
        "start": passage.start,
        "end": passage.end,
        "line": passage.line,
        "anchor": passage.anchor,
        "heading": list(passage.heading),
        "score": passage.score,
        "ranks": dict(passage.ranks),
        "text": passage.text,
    }
