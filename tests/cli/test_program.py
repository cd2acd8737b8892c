"""The command line as scripts use it: what it prints, its exit codes, and what bad input gets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from chat_server import DONE, SILENT, ChatServer, Scene, answers, delta, refuses, says, streams
from in_process import Done, Run
from pictures import photo

Start = Callable[..., ChatServer]


def one_line(failed: Done) -> str:
    """The error message of a run that failed as it should: one line, no traceback, an exit status that says so."""
    assert failed.returncode not in (0, 70), failed
    assert "Traceback" not in failed.stderr + failed.stdout
    said = [line for line in failed.stderr.splitlines() if not line.startswith("model: ")]
    assert len(said) == 1, failed.stderr
    return said[0].removeprefix("chatbot: ")


# --- what it prints ---------------------------------------------------------------------------------------------------


def test_ask_prints_the_answer_and_its_sources(run: Run) -> None:
    done = run("ask", "How long can goods be returned?")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "Goods can be returned within 30 days of delivery. [1]",
        "",
        "[1] returns.md:3",
    ]


def test_ask_json_carries_exact_citations(here: Run, folder: Path) -> None:
    answer = json.loads(here("ask", "How long can goods be returned?", "--json").stdout)
    [citation] = answer["citations"]
    page = (folder / "knowledge" / citation["path"]).read_text(encoding="utf-8")
    assert page[citation["start"] : citation["end"]] == citation["quote"]
    assert (answer["finish"], answer["declined"], answer["model"]) == ("complete", False, "extractive")
    assert {"text", "usage", "trace_id"} <= set(answer)


def test_ask_declines_and_says_so_in_json(here: Run) -> None:
    assert json.loads(here("ask", "Who won the 1998 World Cup?", "--json").stdout)["declined"] is True


def test_what_is_piped_in_joins_the_question(run: Run, chat_server: Start) -> None:
    server = chat_server(says("A list."))
    done = run("ask", "What is this?", "-m", f"{server.url}#m", "--no-knowledge", stdin="milk\neggs\n")
    assert done.stdout == "A list.\n"
    assert "What is this?\n\nmilk\neggs" in str(server.bodies[0]["messages"][-1]["content"])  # type: ignore[index]


def test_files_go_along_with_a_question(here: Run, folder: Path, chat_server: Start) -> None:
    server = chat_server(says("A beach."))
    (folder / "beach.png").write_bytes(photo())
    (folder / "note.txt").write_text("The beach is in Jutland.\n", encoding="utf-8")
    done = here("ask", "What is this?", "-f", "beach.png", "--file", "note.txt", "-m", f"{server.url}#m")
    assert (done.stdout, done.stderr) == ("A beach.\n", "")
    picture, text = server.bodies[0]["messages"][-1]["content"]  # type: ignore[index]
    assert picture["image_url"]["url"].startswith("data:image/jpeg;base64,")
    assert "The beach is in Jutland." in text["text"] and "What is this?" in text["text"]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("beach.png", "this model cannot see, and beach.png is a picture — go on with one that can (--model, /model)"),
        ("gone.png", "gone.png does not exist — name a picture: JPEG, PNG, GIF or WebP"),
        ("song.mp3", "song.mp3: files ending in .mp3 are not read — name a file of a format that is read"),
    ],
)
def test_a_file_that_cannot_go_along_is_one_line(here: Run, folder: Path, file: str, said: str) -> None:
    (folder / "beach.png").write_bytes(photo())
    (folder / "song.mp3").write_bytes(b"ID3")
    assert one_line(here("ask", "What is this?", "--file", file)) == said


def test_piped_lines_are_answered_one_by_one(run: Run) -> None:
    done = run(stdin="How long can goods be returned?\n\nand what does shipping to Norway cost?\nbye\nnever asked\n")
    assert done.returncode == 0
    assert "[1] returns.md:3" in done.stdout
    assert "costs 12 euros. [" in done.stdout
    assert "never asked" not in done.stdout


def test_output_that_is_no_terminal_holds_no_escape_sequence(run: Run) -> None:
    for arguments in (["ask", "How long can goods be returned?"], ["search", "refund"], ["--help"], ["models"]):
        assert "\x1b" not in run(*arguments).stdout


def test_an_index_is_brought_up_to_date_and_says_what_changed(here: Run, folder: Path) -> None:
    assert here("index").stdout.startswith("2 documents, ")
    (folder / "knowledge" / "returns.md").unlink()
    (folder / "knowledge" / "new.txt").write_text("Gift cards never expire.\n", encoding="utf-8")
    changes = json.loads(here("index", "--json").stdout)
    assert (changes["added"], changes["removed"], changes["unchanged"]) == (["new.txt"], ["returns.md"], 1)
    assert "Gift cards never expire. [1]" in here("ask", "Do gift cards expire?").stdout


def test_search_prints_passages_with_scores(here: Run) -> None:
    [best, *_] = [json.loads(line) for line in here("search", "refund to a card", "--json").stdout.splitlines()]
    assert best["path"] == "returns.md"
    assert "refund" in best["text"]
    assert set(best["ranks"]) >= {"dense", "dense_rank"}


def test_a_search_is_narrowed_by_an_option_or_among_its_words(here: Run) -> None:
    for arguments in (["refund", "--where", "path:*.md"], ["path:returns* refund"]):
        found = [json.loads(line) for line in here("search", *arguments, "--json").stdout.splitlines()]
        assert found and all(passage["path"].endswith(".md") for passage in found)
    nowhere = here("search", "refund", "--where", "path:nowhere/**").stdout
    assert nowhere == "Nothing was found: no document meets the filter.\n"
    assert "'pth:x' is no filter — did you mean 'path'?" in here("search", "refund", "--where", "pth:x").stderr
    assert "there is nothing to search for" in here("search", "path:*.md").stderr


def test_prompts_are_listed_shown_and_rendered(run: Run) -> None:
    assert "chat" in {prompt["name"] for prompt in json.loads(run("prompts", "list", "--json").stdout)}
    assert run("prompts", "show", "chat").stdout.startswith("---\n")
    messages = json.loads(run("prompts", "render", "chat", "-v", "question=Why?", "--json").stdout)
    assert (messages[0]["role"], messages[-1]["role"]) == ("system", "user")
    assert "Why?" in messages[-1]["text"]


def test_sessions_are_listed_shown_and_exported(here: Run, folder: Path) -> None:
    here("ask", "How long can goods be returned?")
    [session] = json.loads(here("sessions", "list", "--json").stdout)
    assert session["title"] == "How long can goods be returned?"
    assert "Goods can be returned within 30 days" in here("sessions", "show", session["id"][:13]).stdout
    assert here("sessions", "export", session["id"], "--format", "json", "-o", "out.json").returncode == 0
    messages = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    assert [each["message"]["role"] for each in messages] == ["user", "assistant"]


def test_an_argument_that_is_not_text_survives_the_export(run: Run) -> None:
    run("ask", "caf\udce9?", "--no-knowledge")
    [session] = json.loads(run("sessions", "list", "--json").stdout)
    exported = run("sessions", "export", session["id"], "--format", "json")
    assert ascii(json.loads(exported.stdout)[0]["message"]["parts"][-1]["text"]) == ascii("caf\udce9?")


def test_a_new_workspace_answers(run: Run, tmp_path: Path) -> None:
    assert run("init", str(tmp_path / "new")).returncode == 0
    done = run("ask", "What is nucleus sampling?", "-m", "extractive", cwd=tmp_path / "new")
    assert "decoding-strategies.md" in done.stdout


def test_doctor_and_models_say_what_can_be_used(here: Run) -> None:
    findings = json.loads(here("doctor", "--json").stdout)
    assert all(finding["ok"] for finding in findings)
    assert "extractive" in {model["spec"] for model in json.loads(here("models", "--json").stdout)}


def test_the_module_is_the_program(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "chatbot", "--version"], cwd=folder, capture_output=True, text=True)
    assert done.stdout.startswith("chatbot ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_completion(run: Run, shell: str) -> None:
    assert "chatbot" in run(environment={"_CHATBOT_COMPLETE": f"{shell}_source"}).stdout


def test_flags_come_before_the_environment_and_that_before_the_settings(run: Run) -> None:
    for environment, flags, said in (
        ({}, (), "chatbot.toml names it"),
        ({"CHATBOT_MODEL": "extractive"}, (), "CHATBOT_MODEL names it"),
    ):
        assert said in run("ask", "Hello", *flags, environment=environment).stderr
    environment = {"CHATBOT_MODEL": "openai:nothing"}
    assert run("ask", "Hello", "--model", "extractive", environment=environment).returncode == 0


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "x", "--knowledge", "missing"], "there are no documents at missing"),
        (["index", "missing"], "there are no documents at missing"),
        (["ask", "x", "--model", "extractiv"], "did you mean 'extractive'"),
        (["ask", "x", "--model", "openai:gpt-4o-mini"], "OPENAI_API_KEY"),
        (["ask", "x", "--prompt", "caht"], "did you mean 'chat'"),
        (["prompts", "show", "caht"], "did you mean 'chat'"),
        (["prompts", "render", "chat"], "question"),
        (["prompts", "render", "chat", "-v", "question=x", "-v", "questoin=y"], "did you mean 'question'"),
        (["sessions", "show", "nothing"], "there is no session 'nothing'"),
        (["--resume", "nothing"], "there is no session 'nothing'"),
        (["--continue"], "there is no conversation to go on with"),
        (["init", "."], ". is not empty"),
        (["serach", "x"], "there is no command 'serach' — did you mean 'search'"),
        (["ask"], "there is no question"),
        (["-k", "elsewhere", "ask", "x"], "--knowledge before 'ask' is for the chat and would be overlooked"),
        (["ask", "x", "--timeout", "soon"], "'soon' is not a valid float range — see: chatbot ask --help"),
        (["ask", "x", "--modle", "y"], "--modle"),
        (["ask", "x", "--no-knowledge", "--knowledge", "y"], "exclude each other"),
        (["prompts", "render", "chat", "-v", "question"], "'question' is not KEY=VALUE"),
    ],
)
def test_a_wrong_name_or_path_is_one_line_with_what_to_do(here: Run, arguments: list[str], said: str) -> None:
    assert said in one_line(here(*arguments))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("model = ", "chatbot.toml"),
        ('modle = "extractive"', "did you mean 'model'"),
        ("passages = 'many'", "passages"),
        ("passages = -1", "passages"),
        ('embedder = "minilm2"', "minilm"),
        ('knowledge = "nowhere"', "nowhere"),
        ('tools = ["calculator"]', "calculate"),
        (b"\xff\xfe", "chatbot.toml"),
    ],
)
def test_broken_settings_are_one_line_that_names_them(
    here: Run, folder: Path, settings: str | bytes, said: str
) -> None:
    content = settings if isinstance(settings, bytes) else f"{settings}\n".encode()
    (folder / "chatbot.toml").write_bytes(content)
    done = here("ask", "How long can goods be returned?", environment={"CHATBOT_MODEL": "extractive"})
    assert said in one_line(done)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("---\nname: [x\n---\nuser:\nhi\n", "bad.prompty:2"),
        ("---\nname: x\n---\nuser:\n{{ nothing }}\n", "bad.prompty:5"),
        ("---\nname: x\n---\nuser:\n{% if %}\n", "bad.prompty:5"),
        (b"---\nname: x\n---\nuser:\ncaf\xe9", "not UTF-8"),
    ],
)
def test_a_broken_prompt_file_is_named_with_its_line(here: Run, folder: Path, content: str | bytes, said: str) -> None:
    (folder / "bad.prompty").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert said in one_line(here("ask", "What?", "--prompt", "bad.prompty"))


def test_a_file_that_cannot_be_read_is_reported_and_the_rest_is_indexed(here: Run, folder: Path) -> None:
    (folder / "knowledge" / "latin.txt").write_bytes("café au lait, crème brûlée".encode("latin-1"))
    (folder / "knowledge" / "zip.md").write_bytes(b"PK\x03\x04\0\0")
    done = here("index")
    assert done.returncode == 0
    assert done.stdout.startswith("3 documents"), "a text in another encoding is read"
    assert "skipped zip.md: binary" in done.stdout


def test_a_broken_index_is_named_with_what_to_do(here: Run, folder: Path) -> None:
    here("index")
    [index] = (folder / ".chatbot").glob("knowledge-*.db")
    for file in folder.glob(".chatbot/knowledge-*"):
        file.write_bytes(b"not an index" * 100)
    assert f"{index.name}: it is not a database — run: chatbot index --repair" in one_line(here("ask", "What?"))
    index.unlink()
    assert "[1] returns.md:3" in here("ask", "How long can goods be returned?").stdout


HALF = streams(delta(content="The goods"), end="cut")
NO_FINISH = streams(delta(content="The goods can"), DONE)


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        (refuses(401, "Incorrect API key provided"), "key"),
        (refuses(404, "The model `m` does not exist"), "does not exist"),
        (refuses(500, "the GPU is on fire"), "the GPU is on fire"),
        (answers("{not json"), "JSON"),
        (answers("<html>It works!</html>", "text/html"), "web page"),
        (HALF, "broke the connection off"),
        (NO_FINISH, "broke off"),
    ],
    ids=["key", "model", "error", "malformed", "page", "half", "unfinished"],
)
def test_an_endpoint_that_fails_is_one_line_and_the_question_is_kept(
    here: Run, chat_server: Start, scene: Scene, said: str
) -> None:
    server = chat_server(scene)
    failed = here("ask", "How long can goods be returned?", "-m", f"{server.url}#m", environment=IMPATIENT)
    assert said.lower() in one_line(failed).lower()
    [session] = json.loads(here("sessions", "list", "--json").stdout)
    assert "How long can goods be returned?" in here("sessions", "show", session["id"]).stdout


IMPATIENT: Mapping[str, str] = {"CHATBOT_TIMEOUT": "2"}


def test_an_endpoint_that_is_down_is_one_line(run: Run) -> None:
    with ChatServer() as server:
        url = server.url
    assert "cannot be reached" in one_line(run("ask", "What?", "-m", f"{url}#m"))


def test_an_endpoint_that_never_answers_is_given_up_in_time(here: Run, chat_server: Start) -> None:
    server = chat_server(SILENT)
    assert "no answer within 1 s" in one_line(here("ask", "What?", "-m", f"{server.url}#m", "--timeout", "1"))


def test_a_failed_question_leaves_conversation_and_index_as_they_were(
    here: Run, chat_server: Start, folder: Path
) -> None:
    here("ask", "How long can goods be returned?")
    index = {path: path.read_bytes() for path in (folder / ".chatbot").rglob("*") if "index" in str(path)}
    before = json.loads(here("sessions", "list", "--json").stdout)
    server = chat_server(refuses(500))
    one_line(here("ask", "And a refund?", "-m", f"{server.url}#m", environment=IMPATIENT))
    after = json.loads(here("sessions", "list", "--json").stdout)
    assert [session for session in after if session["id"] == before[0]["id"]] == before
    assert {path: path.read_bytes() for path in index if path.exists()} == index


def test_a_folder_that_cannot_be_written_is_one_line(run: Run, folder: Path) -> None:
    if os.geteuid() == 0:
        (folder / ".chatbot").write_text("a file where the folder should be", encoding="utf-8")
    else:
        folder.chmod(0o555)
    assert ".chatbot" in one_line(run("ask", "What?"))


STOPPED_AS_IT_IS_LOADED = """
import os, signal, sys

class Stops:
    def find_spec(self, name, path=None, target=None):
        if name == "chatbot.cli.program":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Stops())
from chatbot.cli import main
main(["sessions", "list"])
"""


def test_ctrl_c_while_the_program_is_being_loaded_gets_no_traceback(folder: Path) -> None:
    stopped = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler){STOPPED_AS_IT_IS_LOADED}"
    done = subprocess.run([sys.executable, "-c", stopped], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def in_bash(script: str, folder: Path) -> tuple[str, str]:
    """What a line of a shell, in which the program has its name, says and complains of."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = ["bash", "-c", script]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    return done.stdout, done.stderr


@pytest.mark.parametrize("arguments", ["search goods --json", "prompts list", "--version", "--help"])
def test_a_reader_that_leaves_early_gets_no_complaint(folder: Path, run: Run, arguments: str) -> None:
    run("index")
    assert in_bash(f"chatbot {arguments} | true; echo ${{PIPESTATUS[0]}}", folder) == ("0\n", "")


@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_come_closed_lead_nowhere_and_get_no_files_number(folder: Path, run: Run, closed: str) -> None:
    run("index")
    said, complaint = in_bash(f"chatbot search goods --json {closed}; echo $?", folder)
    assert (said.endswith("0\n"), complaint) == (True, "")
    assert (said == "0\n") == (">&-" in closed.split()), "what was found went nowhere, and only then"
    if "<&-" in closed:
        assert in_bash(f"chatbot --model extractive {closed}; echo $?", folder)[0].endswith("0\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only where a device is always full")
def test_an_output_that_is_full_is_one_line(folder: Path, run: Run) -> None:
    run("index")
    for arguments in ("search goods", "prompts list"):
        said, complaint = in_bash(f"chatbot {arguments} > /dev/full; echo $?", folder)
        assert said == "2\n"
        assert complaint == (
            "chatbot: the output cannot be written: No space left on device — check where it goes to\n"
        )
