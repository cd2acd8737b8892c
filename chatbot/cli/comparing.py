"""What a chat shows of strategies: `/compare`, `/trace` and `/strategy`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chatbot.cli.answer import source_lines, usage_parts
from chatbot.cli.chat import Chat
from chatbot.cli.screen import Screen, as_json
from chatbot.comparison import Compared, compare
from chatbot.errors import NotFoundError, ProjectError, UsageError
from chatbot.messages import Answer, Step

USUAL = ("zero_shot", "zero_shot_cot")
"""What is compared where nothing is named: asking directly, and asking for reasoning, which need no demonstrations."""

ITEMS = Path("eval") / "datasets" / "chat.jsonl"
"""Where `/compare save` puts items, in the workspace."""

TEXT_SHOWN = 300
"""Characters of a step that are shown."""


def compare_last(chat: Chat, names: Sequence[str]) -> None:
    """Answers the last question with each variant, and shows the answers, and then a table of what they cost."""
    session = chat.bot.session
    if not session.questions:
        raise UsageError("nothing has been asked in this conversation", hint="ask something first")
    question = session.questions[-1]
    chat.compared = []
    for compared in compare(chat.bot, question.display, names or USUAL, session.before(question)):
        chat.compared.append(compared)
        _show(chat.screen, len(chat.compared), compared)
    rows = [_row(number, each) for number, each in enumerate(chat.compared, 1)]
    chat.screen.table(rows, ("", "VARIANT", "SECONDS", "CALLS", "TOKENS IN", "OUT", "SOURCES CHECKED"))
    chat.screen.line("One question tells how they differ, not which is better. /compare save N keeps it.", style="dim")


def save_item(chat: Chat, number: str) -> None:
    """Makes the compared question an item of a dataset, with the answer of variant `number` as the one to reach."""
    if not chat.compared:
        raise UsageError("nothing has been compared yet", hint="/compare first")
    if not number.isdecimal() or not 1 <= int(number) <= len(chat.compared):
        raise NotFoundError(f"there is no variant {number!r}", hint=f"/compare save 1 to {len(chat.compared)}")
    chosen = chat.compared[int(number) - 1]
    question = chat.bot.session.questions[-1].display
    item = {
        "id": chosen.answer.trace_id,
        "question": question,
        "answer": _answer(chosen.answer),
        "text": chosen.answer.text,
        "sources": sorted({citation.place for citation in chosen.answer.citations}),
        "variant": chosen.name,
        "model": chosen.answer.model,
    }
    path = chat.bot.workspace.root / ITEMS
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(as_json(item))
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror or error}") from error
    chat.screen.line(f"saved to {path}")


def show_trace(screen: Screen, step: Step, depth: int = 0) -> None:
    """A step and those it is made of, indented."""
    marks = [f"answer {step.answer}"] if step.answer is not None and step.answer != step.text else []
    marks += [f"{step.score:.2f}"] if step.score is not None else []
    marks += [step.note] if step.note else []
    head = f"{'  ' * depth}{step.kind}"
    screen.line(f"{head}  {' · '.join(marks)}".rstrip(), style="bold" if depth == 0 else "cyan")
    if step.text and not (step.steps and step.steps[0].text == step.text):
        text = " ".join(step.text.split())
        shown = f"{text[:TEXT_SHOWN]}…" if len(text) > TEXT_SHOWN else text
        screen.hanging("  " * depth + "  ", shown)
    for inner in step.steps:
        show_trace(screen, inner, depth + 1)


def _show(screen: Screen, number: int, compared: Compared) -> None:
    screen.line(f"{number}. {compared.name}", style="bold")
    screen.line(compared.answer.text.strip())
    for line in source_lines(compared.answer.citations):
        screen.line(line, style="cyan")
    screen.line(" · ".join(usage_parts(compared.answer.usage)), style="dim")
    screen.line()


def _row(number: int, compared: Compared) -> tuple[str, ...]:
    usage = compared.answer.usage
    cited = len({citation.number for citation in compared.answer.citations})
    tokens = (f"{usage.input_tokens:,}", f"{usage.output_tokens:,}")
    return str(number), compared.name, f"{compared.seconds:.1f}", str(usage.calls), *tokens, str(cited)


def _answer(answer: Answer) -> str:
    """What the strategy read as the answer, or the whole text."""
    return answer.trace.answer if answer.trace and answer.trace.answer is not None else answer.text
