"""The terminal as a place under attack: whatever a text holds, and wherever it comes from, it is shown and commands
nothing.

The real program runs in a pseudo-terminal. In plain mode it sends no sequence of its own, so that every one there is
comes out of a text; in the live mode the sequences are those that it sends for harmless text.
"""

from __future__ import annotations

import json
import os
import pty
import random
import re
import subprocess
import sys
import tty
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from chat_server import DONE, SSE, ChatServer, Scene, call, calls, delta, refuses, usage
from hostile_text import ATTACKS, commands, hostile_stream, pieces
from terminal import PROGRAM, Terminal

Start = Callable[..., ChatServer]

SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P_^X].*?(?:\x07|\x1b\\|$)|[ -/]*[0-~]|$)", re.DOTALL)

MOVEMENT = re.compile(rb"(?<=\x1b\[)\d+(?=[A-G]$)")


def counts(normal: int, full: int) -> pytest.MarkDecorator:
    """So many in the normal run, and so many in the slow one."""
    return pytest.mark.parametrize("count", [normal, pytest.param(full, marks=pytest.mark.slow)])


def answer(text: str, chance: random.Random) -> Scene:
    """A reply with this text in events of any size, in chunks that end anywhere: in characters and in sequences."""
    events = []
    while text:
        size = chance.randrange(1, 60)
        part, text = text[:size], text[size:]
        events.append(_event(part) if chance.random() < 0.5 else delta(content=part))
    body = b"".join([*events, delta("stop"), usage(), DONE])
    return Scene(tuple(pieces(body, chance, 40)), headers=SSE)


def lines_of(questions: int, together: int) -> list[str]:
    """What is typed to ask so many, so many of them in one conversation, which is too short then to be summed up."""
    lines = []
    for number in range(questions):
        lines += ["/new"] if number % together == 0 and number else []
        lines.append(f"What is number {number}?")
    return lines


def hostile_text(streams: int, chance: random.Random) -> str:
    """Paragraphs of hostile streams, numbered."""
    return "\n\n".join(f"<{number}> {hostile_stream(chance)}" for number in range(streams))


def _event(text: str) -> bytes:
    """An event whose text is UTF-8 and not escapes, but for what JSON demands."""
    chunk = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]}
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()


def run_in_terminal(*arguments: str, folder: Path, lines: str = "", environment: dict[str, str] | None = None) -> bytes:
    """All that a run of the program sends to its terminal, on standard output and error; questions come from a file."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    questions = folder.parent / "questions.txt"
    questions.write_text(lines, encoding="utf-8")
    with questions.open("rb") as stdin:
        child = subprocess.Popen(
            [PROGRAM, *arguments],
            stdin=stdin,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env={**os.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1", **(environment or {})},
        )
    os.close(slave)
    sent = b""
    while True:
        try:
            sent += (data := os.read(master, 1 << 16))
        except OSError:  # Linux ends the terminal of a program that has ended with EIO
            break
        if not data:
            break
    os.close(master)
    child.wait()
    return sent


@counts(300, 8_000)
def test_no_stream_of_a_model_commands_the_terminal(
    folder: Path, chat_server: Start, count: int, figure: Callable[[str], None]
) -> None:
    chance = random.Random(count)
    at_once = 50
    texts = [hostile_text(at_once, chance) for _ in range(count // at_once)]
    server = chat_server(*(answer(text, chance) for text in texts))

    lines = "".join(f"{line}\n" for line in lines_of(len(texts), together=1))
    sent = run_in_terminal("--plain", "--no-knowledge", "-m", f"{server.url}#m", folder=folder, lines=lines)

    figure(f"{count:,} hostile streams: {len(sent):,} bytes sent, {len(commands(sent))} of them commands (0 may be)")
    assert len(server.requests) == len(texts)
    assert sent.count(b"<49>") == len(texts), "nothing is lost with what is made harmless"
    assert commands(sent) == []


@counts(100, 2_000)
def test_live_markdown_sends_what_it_sends_for_harmless_text(
    folder: Path, chat_server: Start, count: int, figure: Callable[[str], None]
) -> None:
    chance = random.Random(count)
    at_once = 10
    texts = [hostile_text(at_once, chance) for _ in range(count // at_once)]
    server = chat_server(*(answer(text, chance) for text in texts))
    own = own_sequences(folder, chat_server)

    with Terminal("--no-knowledge", "-m", f"{server.url}#m", folder=folder) as chat:
        chat.see(lambda text: text.rstrip().endswith("›"))
        asked = 0
        for line in lines_of(len(texts), together=10):
            chat.enter(line)
            asked += line != "/new"
            chat.see(lambda text, so_far=asked: text.count("12 in, 3 out") >= so_far)
            chat.see(lambda text: text.rstrip().endswith("›"))
        chat.enter("/exit")
        assert chat.end() == 0
        title, sent = chat.screen.title, chat.raw

    figure(
        f"{count:,} hostile streams in live Markdown: {len(SEQUENCE.findall(sent)):,} sequences, all of "
        f"{len(own)} known ones"
    )
    assert title == ""
    assert foreign(sent) - own == set()
    assert set(commands(SEQUENCE.sub(b"", sent))) <= {"\r", "\x08"}, "what the input line moves its cursor with"


def own_sequences(folder: Path, chat_server: Start) -> set[bytes]:
    """What a chat sends of itself: for text with all that Markdown knows, harmless."""
    blocks = ("{}", "# {}", "## {}", "> {}", "- {}", "1. {}")
    marks = ("{}", "*{}*", "**{}**", "***{}***", "~~{}~~", "~~*{}*~~", "~~**{}**~~", "~~***{}***~~")
    texts = ("said", "`code`", "<http://x.example>")
    lines = [block.format(mark.format(text)) for block, mark, text in product(blocks, marks, texts)]
    code = ("```python\na = 1\n```", "```\nplain\n```", "    indented", "| a | b |\n|---|---|\n| 1 | 2 |", "---", "end")
    server = chat_server(answer("\n\n".join((*lines, *code)), random.Random(1)))
    with Terminal("--no-knowledge", "-m", f"{server.url}#m", folder=folder) as chat:
        chat.see(lambda text: text.rstrip().endswith("›"))
        for number in range(3):
            chat.enter(f"What is number {number}?")
            chat.see(lambda text, so_far=number + 1: text.count("12 in, 3 out") >= so_far)
            chat.see(lambda text: text.rstrip().endswith("›"))
        chat.enter("/new")
        chat.see(lambda text: text.rstrip().endswith("›"))
        chat.enter("/exit")
        chat.end()
        return foreign(chat.raw)


def foreign(sent: bytes) -> set[bytes]:
    """The kinds of sequences in it: colours are told by theirs, movements without how far."""
    found = {match[0] for match in SEQUENCE.finditer(sent)}
    return {MOVEMENT.sub(b"", each) for each in found}


# --- wherever a text comes from ---------------------------------------------------------------------------------------

ON_A_LINE = "owned" + "".join(attack for attack in ATTACKS if not set(attack) & set("\n\r\x00/")) + "owned"
EVERYTHING = "\n\n".join(ATTACKS)
NAME = "owned\x1b]0;owned\x07\x9b2J\u202e\u200b"


@pytest.fixture
def hostile(folder: Path) -> Path:
    """A workspace in which everything that has a name or a text attacks: documents, prompts, items, settings."""
    knowledge = folder / "knowledge"
    (knowledge / "returns.md").unlink()
    said = "Goods can be returned \x1b]0;owned\x07\x9b2J\u202e within 30 days of delivery."
    others = EVERYTHING.replace("\x00", "")  # with it the file would be no text
    (knowledge / f"returns {NAME}.md").write_text(f"# Returns \x1b[2J\n\n{said}\n\n# Others\n\n{others}\n")
    (knowledge / f"broken {NAME}.pdf").write_bytes(b"%PDF-1.7 \x1b]0;owned\x07")
    prompt = {"name": NAME, "description": ON_A_LINE, "inputs": [{"name": "question", "kind": "string"}]}
    (folder / "prompts" / "attack.prompty").write_text(
        f"---\n{json.dumps(prompt)}\n---\nsystem:\n{ON_A_LINE}\n\nuser:\n{{{{question}}}}\n"
    )
    rows = [{"id": f"{n}{NAME}", "question": f"{n}? {ON_A_LINE}", "answer": ON_A_LINE} for n in range(3)]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / f"note {NAME}.txt").write_text(EVERYTHING)
    return folder


def dumb(*arguments: str, folder: Path, lines: str = "", **environment: str) -> bytes:
    """As `run_in_terminal`, on a terminal for which the program sends no sequence of its own."""
    return run_in_terminal(*arguments, folder=folder, lines=lines, environment={"TERM": "dumb", **environment})


def test_documents_names_tools_titles_and_prompts_command_nothing_in_a_chat(hostile: Path, chat_server: Start) -> None:
    asked = calls(call(0, json.dumps({"expression": ON_A_LINE}), id="1", name="calculate"))
    server = chat_server(asked, answer(EVERYTHING, random.Random(1)))
    lines = (
        f"How long can goods be returned? {ON_A_LINE}",
        *("/sources 1", "/why", "/calls", "/tree", "/sessions", "/prompt", "/tools", "/memory", "/status", "/export"),
        f"/file note {NAME}.txt",
        f"/system {ON_A_LINE}",
        f"/prompt {NAME}",
        f"/load {NAME}",
        f"/{NAME}",
    )
    (hostile / "chatbot.toml").write_text('tools = ["calculate"]\n')

    sent = dumb("-m", f"{server.url}#m", folder=hostile, lines="\n".join(lines))

    assert sent.count(b"owned") > 50
    assert commands(sent) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("index",),
        ("search", "How long can goods be returned?"),
        ("ask", f"How long can goods be returned? {NAME}", "--json"),
        ("prompts", "list"),
        ("prompts", "show", "attack"),
        ("ask", "-p", NAME, "Hello"),
        ("sessions", "show", NAME),
        (NAME,),
        ("--debug", "sessions", "show", NAME),
    ],
    ids=lambda arguments: " ".join(arguments).partition("owned")[0],
)
def test_whatever_a_command_shows_commands_nothing(hostile: Path, arguments: tuple[str, ...]) -> None:
    sent = dumb(*arguments, folder=hostile)

    assert b"owned" in sent
    assert commands(sent) == []


def test_what_a_service_says_of_its_models_and_errors_commands_nothing(hostile: Path, chat_server: Start) -> None:
    server = chat_server(refuses(400, ON_A_LINE), models=({"id": NAME, "owned_by": ON_A_LINE},))
    sent = dumb("ask", "Hello", "-m", f"{server.url}#{NAME}", folder=hostile)
    sent += dumb("models", folder=hostile, OLLAMA_HOST=f"127.0.0.1:{server.port}")

    assert sent.count(b"owned") > 1
    assert commands(sent) == []


def test_items_answers_and_errors_of_a_run_command_nothing(hostile: Path, chat_server: Start) -> None:
    server = chat_server(answer(EVERYTHING, random.Random(1)), refuses(400, ON_A_LINE))
    suite = {
        "name": "sums",
        "dataset": {"path": "items.jsonl"},
        "prompts": ["word_problem_direct"],
        "strategies": ["zero_shot"],
        "models": [f"{server.url}#m"],
        "scorers": [{"kind": "contains", "expect": "{{ answer }}"}],
    }
    (hostile / "suite.yaml").write_text(json.dumps(suite))

    ran = run_in_terminal("eval", "run", "suite.yaml", folder=hostile)
    sent = dumb("eval", "show", "sums", "--item", f"0{NAME}", folder=hostile)

    assert b"owned" in ran + sent
    assert commands(sent) == []
    assert set(commands(SEQUENCE.sub(b"", ran))) <= {"\r"}, "what the bar goes back with"
    assert not re.search(rb"\x1b[\]P_^X(%#c]", ran)


def test_what_a_server_of_tools_writes_to_standard_error_commands_nothing(hostile: Path) -> None:
    pytest.importorskip("mcp")
    program = hostile / "server.py"
    program.write_text(f"import sys; sys.stderr.write({ON_A_LINE!a}); sys.exit(1)")
    (hostile / "chatbot.toml").write_text(f"[mcp.files]\ncommand = {json.dumps([sys.executable, str(program)])}\n")

    sent = dumb("tools", "approve", "files", "--yes", folder=hostile)

    assert b"owned" in sent
    assert commands(sent) == []
