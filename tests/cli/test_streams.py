"""Nothing that commands a terminal gets out of the process, whoever writes it."""

from __future__ import annotations

import ast
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chatbot
from chatbot.cli.streams import GuardedStream, unguarded
from chatbot.visible import readable

PACKAGE = Path(chatbot.__file__).parent
HOSTILE = "\x1b]0;owned\x07 \x9b31m \u202e \U000e0041"
SHOWN = "␛]0;owned␇ ⟨U+009B⟩31m ⟨U+202E⟩ ⟨U+E0041⟩"


@given(st.text(), st.data())
def test_a_stream_that_is_guarded_writes_what_is_readable_wherever_it_is_cut(text: str, data: st.DataObject) -> None:
    out = io.StringIO()
    stream = GuardedStream(out)
    text = text.rstrip("\r")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)))))
    stream.writelines(text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True))

    assert out.getvalue() == readable(text)


def test_what_the_encoding_does_not_have_is_replaced() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    GuardedStream(out).write("a␛é")
    out.flush()

    assert out.buffer.getvalue() == b"a??"  # type: ignore[attr-defined]


def test_the_numbers_of_closed_streams_are_taken() -> None:
    program = """
import os, sys
from chatbot.cli.streams import guard_streams
guard_streams()
with open(os.devnull) as file, open("said", "w") as said:
    said.write(f"{file.fileno() > 2} {sys.stdin.read()!r}")
print("nobody reads this", flush=True)
print("nor this", file=sys.stderr, flush=True)
"""
    with tempfile.TemporaryDirectory() as folder:
        script = f"'{sys.executable}' -c '{program}' <&- >&- 2>&-"
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
        assert subprocess.run(["bash", "-c", script], cwd=folder, env=environment).returncode == 0
        assert (Path(folder) / "said").read_text() == "True ''"


def test_who_draws_gets_the_stream_behind() -> None:
    out = io.StringIO()

    assert unguarded(GuardedStream(out)) is out  # type: ignore[arg-type]
    assert unguarded(out) is out


@pytest.mark.parametrize(
    "writes",
    [
        "import warnings; warnings.warn(text)",
        "import logging; logging.getLogger('x').error(text)",
        "print(text)",
        "import click; click.echo(text, err=True)",
        "raise ValueError(text)",
    ],
)
def test_libraries_logs_and_tracebacks_command_nothing(writes: str) -> None:
    program = f"from chatbot.cli.streams import guard_streams; guard_streams(); text = {HOSTILE!r}; {writes}"
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", program], capture_output=True, encoding="utf-8")

    assert SHOWN in done.stdout + done.stderr
    assert not set(done.stdout + done.stderr) & set("\x1b\x07\x9b\u202e")


# --- nobody in the package writes past the screen ---------------------------------------------------------------------

WRITERS = {
    "chatbot/cli/streams.py": "the streams themselves",
    "chatbot/cli/screen.py": "the screen",
    "chatbot/cli/console.py": "what it draws with",
    "chatbot/cli/__init__.py": "the number of the version, before anything else is imported",
    "chatbot/cli/choice.py": "a question of constant text",
    "chatbot/cli/tools_approve_command.py": "a question, on the guarded stream",
    "chatbot/cli/tools_call_command.py": "a question of constant text",
    "chatbot/cli/eval_progress.py": "a line that is readable, between those of a log",
    "chatbot/tools/printing.py": "puts a stream in the place of another, and writes nothing of its own",
    "chatbot/tools/sql_worker.py": "a program of ours, which speaks to its parent",
}
METHODS = ("echo", "secho", "prompt", "confirm", "style", "write", "writelines")
OF_A_STREAM = ("stdout", "stderr", "__stdout__", "__stderr__", "click")


def writes(source: str) -> Iterator[int]:
    """The lines that write to standard output or error, or make what does."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "rich.console":
            if any(alias.name == "Console" and not _is_for_types(source, node) for alias in node.names):
                yield node.lineno
        elif isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in ("print", "input"):
                yield node.lineno
            elif isinstance(called, ast.Attribute) and called.attr in METHODS:
                owner = called.value
                name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
                if name in OF_A_STREAM:
                    yield node.lineno


def _is_for_types(source: str, node: ast.ImportFrom) -> bool:
    checks = (each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.If))
    return any(getattr(each.test, "id", "") == "TYPE_CHECKING" and node.lineno in _lines(each) for each in checks)


def _lines(node: ast.If) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def test_nothing_in_the_package_writes_to_the_terminal_but_through_the_screen() -> None:
    found = {
        name: lines
        for path in sorted(PACKAGE.rglob("*.py"))
        if (name := path.relative_to(PACKAGE.parent).as_posix()) not in WRITERS
        and (lines := list(writes(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "print(text)",
        "import sys; sys.stderr.write(text)",
        "from sys import stdout; stdout.write(text)",
        "import click; click.echo(text)",
        "from rich.console import Console",
        "def f():\n    return input(text)",
    ],
)
def test_a_write_past_the_screen_is_found(source: str) -> None:
    assert list(writes(source))
