"""The chat as a person uses it: real keystrokes into a pseudo-terminal, and what its screen shows."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chat_server import DONE, ChatServer, delta, says, streams
from in_process import Run
from pictures import photo
from terminal import Terminal

READY = "Ctrl-D leaves."
PROMPT = "\n›"
SLOW = says(*(f"word{number} " for number in range(400)), pause=0.05)

Start = Callable[..., ChatServer]
Open = Callable[..., Terminal]


@pytest.fixture
def open_chat(folder: Path) -> Iterator[Open]:
    """Opens the chat of the workspace in a terminal, and waits until it is ready; `answer` where it asks first."""
    opened: list[Terminal] = []

    def start(*arguments: str, answer: str = "", **more: object) -> Terminal:
        terminal = Terminal(*arguments, folder=folder, **more)  # type: ignore[arg-type]
        opened.append(terminal)
        if answer:
            terminal.see("[y/N]")
            terminal.enter(answer)
        terminal.see(READY)
        terminal.see(lambda text: text.rstrip().endswith("›"))
        return terminal

    yield start
    for terminal in opened:
        terminal.close()


def ready_again(terminal: Terminal) -> str:
    """All the text, once the chat asks for the next line."""
    terminal.see(lambda text: text.rstrip().endswith("›"))
    return terminal.text


def test_a_terminal_of_another_encoding_shows_what_it_has(folder: Path) -> None:
    environment = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with Terminal(folder=folder, environment=environment) as chat:
        chat.see(lambda text: READY in text and text.rstrip().endswith("?"))  # which the mark of a line has become
        chat.enter("How long can goods be returned?")
        chat.see("Goods can be returned within 30 days of delivery. [1]")
        assert "fault" not in chat.text


# --- answers ----------------------------------------------------------------------------------------------------------


def test_an_answer_quotes_and_its_source_can_be_read_in_its_place(open_chat: Open) -> None:
    chat = open_chat()
    chat.enter("How long can goods be returned?")
    chat.see("Goods can be returned within 30 days of delivery. [1]")
    chat.see("[1] returns.md:3")
    chat.enter("/sources 1")
    text = chat.see("▌")
    assert re.search(r"3 ▌ Goods can be returned within 30 days", text)
    chat.enter("/why")
    chat.see("searched for: How long can goods be returned?")
    chat.see("tokens sent: system")


def test_a_source_whose_file_has_no_lines_is_shown_without_their_numbers(open_chat: Open, folder: Path) -> None:
    rows = "course,date,places\nWelding for beginners,2026-09-23,4\nBicycle brakes,2026-05-06,10\n"
    (folder / "knowledge" / "courses.csv").write_text(rows)
    chat = open_chat()
    chat.enter("On which date is the course on bicycle brakes?")
    chat.see("[1] courses.csv, row 3")
    chat.enter("/sources 1")
    text = chat.see("▌")
    assert re.search(r"^ +▌ \| Bicycle brakes", text, re.MULTILINE)
    assert not re.search(r"^ +\d+ . \|", text, re.MULTILINE)


def test_what_the_documents_do_not_hold_is_declined(open_chat: Open) -> None:
    chat = open_chat()
    chat.enter("Who won the 1998 World Cup?")
    chat.see("The documents do not say")


def test_markdown_of_a_model_is_rendered_and_a_marker_that_points_nowhere_never_shows(
    open_chat: Open, chat_server: Start
) -> None:
    server = chat_server(says("Goods go back within **30", " days**. [1", "] Really. [7", "]\n\n- one\n- two\n"))
    chat = open_chat("--model", f"{server.url}#m")
    chat.enter("How long can goods be returned?")
    chat.see("[1] returns.md:3")
    text = chat.see("12 in, 3 out")
    assert "within 30 days. [1] Really." in text
    assert "**" not in text
    assert "[7" not in text
    assert "• one" in text


def test_a_model_that_thinks_first_is_seen_to_think(open_chat: Open, chat_server: Start) -> None:
    thoughts = [delta(reasoning_content=f"thought {number}") for number in range(3)]
    server = chat_server(streams(*thoughts, 0.3, delta(content="Thirty days."), delta("stop"), DONE))
    chat = open_chat("--model", f"{server.url}#m")
    chat.enter("How long can goods be returned?")
    text = chat.see("Thirty days.")
    assert text.count("· thinking …") == 1
    assert "thought 1" not in text


def test_an_escape_sequence_of_a_model_commands_nothing(open_chat: Open, chat_server: Start) -> None:
    server = chat_server(says("before \x1b]0;owned\x07 \x1b[2J after"))
    chat = open_chat("--model", f"{server.url}#m")
    chat.enter("hello there, what is new?")
    text = chat.see("after")
    assert "before ␛]0;owned␇ ␛[2J after" in text
    assert "owned" not in chat.screen.title


def test_a_source_that_changed_since_it_was_indexed_is_said_in_the_answer(open_chat: Open, folder: Path) -> None:
    chat = open_chat()
    page = folder / "knowledge" / "returns.md"
    page.write_text(page.read_text(encoding="utf-8").replace("30 days", "14 days"), encoding="utf-8")
    chat.enter("How long can goods be returned?")
    chat.see("returns.md:3 (changed since it was indexed)")


def test_a_failed_answer_is_one_line_and_the_chat_goes_on(open_chat: Open) -> None:
    with ChatServer(says("unused")) as server:
        chat = open_chat("--model", f"{server.url}#m")
    chat.enter("Hello!")
    chat.see("cannot be reached")
    text = ready_again(chat)
    assert "Traceback" not in text
    chat.enter("/model extractive")
    ready_again(chat)
    chat.enter("/retry")
    chat.see("Hello! Ask me about your documents")


def test_what_nobody_can_see_in_a_typed_line_is_named_before_it_is_answered(
    open_chat: Open, chat_server: Start
) -> None:
    server = chat_server(says("Thirty days."))
    chat = open_chat("--model", f"{server.url}#m")
    chat.enter("How long\u202e can goods\u200b be returned?")
    text = chat.see("Thirty days.")
    assert "(that held characters nobody can see: ⟨U+202E⟩, ⟨U+200B⟩)" in text


# --- stopping and going on --------------------------------------------------------------------------------------------


def test_ctrl_c_stops_the_answer_keeps_what_was_said_and_continue_goes_on(open_chat: Open, chat_server: Start) -> None:
    server = chat_server(SLOW, says("and the rest."))
    chat = open_chat("--model", f"{server.url}#m")
    chat.enter("Tell me a long story about parcels")
    chat.see("word5")
    chat.type("\x03")
    chat.see("[stopped; /continue goes on]")
    assert server.left()
    chat.enter("/continue")
    chat.see("and the rest.")
    sent = server.bodies[1]["messages"]
    assert isinstance(sent, list)
    assert [message["role"] for message in sent[-2:]] == ["assistant", "user"]
    assert sent[-2]["content"].startswith("word0 word1 word2")
    chat.enter("/exit")
    assert chat.end() == 0


def test_an_answer_that_its_turn_ended_stays_on_the_screen_with_one_line_of_why(
    open_chat: Open, folder: Path, chat_server: Start
) -> None:
    with (folder / "chatbot.toml").open("a") as settings:
        settings.write("turn_seconds = 3\n")
    server = chat_server(SLOW, says("and the rest."))
    chat = open_chat("--model", f"{server.url}#m", "--no-knowledge")
    chat.enter("Tell me a long story about parcels")
    text = chat.see("[the answer was stopped: the time that a turn may take is over; /continue goes on]")
    assert "word0 word1 word2" in text and "I came to no answer" not in text and text.count("is over") == 1
    chat.enter("/continue")
    chat.see("and the rest.")


def test_a_call_that_was_under_way_at_a_kill_is_said_to_be_paid_perhaps(
    open_chat: Open, run: Run, chat_server: Start
) -> None:
    server = chat_server(SLOW, says("Nothing more."))
    line = f"A call to {server.url}#m was under way when the program died, and may have to be paid."
    killed = open_chat("--model", f"{server.url}#m")
    killed.enter("Tell me a long story about parcels")
    killed.see("word5")
    killed.child.kill(signal.SIGKILL)
    killed.child.wait()

    listed = json.loads(run("sessions", "list", "--json").stdout)
    shown = run("sessions", "show", listed[0]["id"])
    assert "word5" in shown.stdout and shown.stderr == f"{line}\n"
    chat = open_chat("--continue", "--model", f"{server.url}#m")
    assert " ".join(chat.text.split()).count(line) == 1
    chat.enter("And then?")
    chat.see("Nothing more.")
    assert run("sessions", "show", listed[0]["id"]).stderr == ""


def test_ctrl_c_at_the_prompt_warns_once_and_ctrl_d_leaves(open_chat: Open) -> None:
    chat = open_chat()
    chat.type("half a question\x03")
    chat.see("Ctrl-C again, Ctrl-D or /exit leaves")
    ready_again(chat)
    chat.type("\x04")
    assert chat.end() == 0


@pytest.mark.parametrize("word", ["quit", "exit", "bye", "/exit", "/quit"])
def test_the_usual_words_leave(open_chat: Open, word: str) -> None:
    chat = open_chat()
    chat.enter(word)
    assert chat.end() == 0


def test_continue_and_resume_pick_a_conversation_up(open_chat: Open, folder: Path) -> None:
    chat = open_chat()
    chat.enter("How long can goods be returned?")
    chat.see("[1] returns.md:3")
    chat.enter("/exit")
    chat.end()
    again = open_chat("--continue")
    assert "Goods can be returned within 30 days" in again.text
    again.enter("/why")
    again.see("searched for: How long can goods be returned?")
    again.enter("and what does shipping to Norway cost?")
    again.see("shipping.md:5")
    again.enter("/sources 1")
    again.see("returns.md:")
    again.enter("/exit")
    again.end()
    with sqlite3.connect(folder / ".chatbot" / "journal.db") as journal:
        [(session_id,)] = journal.execute("SELECT id FROM session").fetchall()
    resumed = open_chat("--resume", session_id[:13])
    assert "and what does shipping to Norway cost?" in resumed.text


def test_what_is_typed_while_an_answer_streams_is_the_next_line_and_disturbs_nothing(
    open_chat: Open, chat_server: Start
) -> None:
    server = chat_server(says(*(f"word{number} " for number in range(20)), pause=0.05))
    chat = open_chat("--model", f"{server.url}#m")
    chat.enter("Tell me a long story about parcels")
    chat.see("word3")
    chat.enter("/cost")
    text = chat.see("2 calls" if len(server.requests) > 1 else "1 calls")
    assert "".join(f"word{number}" for number in range(20)) in "".join(text.split())
    assert "› /cost" in text


# --- which model ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "model"), [("y", "ollama:test-model"), ("n", "extractive")])
def test_a_server_found_nearby_is_offered_once_and_sent_nothing_before(
    open_chat: Open, run: Run, chat_server: Start, folder: Path, answer: str, model: str
) -> None:
    server = chat_server(says("From the server."))
    environment = {"OLLAMA_HOST": f"127.0.0.1:{server.port}"}
    (folder / "chatbot.toml").write_text("", encoding="utf-8")
    chat = open_chat(answer=answer, environment=environment)
    assert "A model server answers on this machine: ollama:test-model" in chat.text
    chat.see(f"{model} · prompt chat")
    assert server.requests == []
    chat.enter("/exit")
    chat.end()
    again = open_chat(environment=environment)
    assert "[y/N]" not in again.text
    again.see(f"{model} · prompt chat")
    assert f"model: {model}" in run("ask", "Hello", environment=environment).stderr
    assert len(server.requests) == (answer == "y")


def test_a_server_found_nearby_is_not_asked_where_nobody_can_say_yes(
    run: Run, chat_server: Start, folder: Path
) -> None:
    server = chat_server(says("From the server."))
    (folder / "chatbot.toml").write_text("", encoding="utf-8")
    done = run("ask", "How long can goods be returned?", environment={"OLLAMA_HOST": f"127.0.0.1:{server.port}"})
    assert "[1] returns.md:3" in done.stdout
    assert "ollama:test-model answers on this machine" in done.stderr
    assert server.requests == []


# --- the input line ---------------------------------------------------------------------------------------------------


def test_a_paste_of_5000_lines_is_one_question(open_chat: Open, chat_server: Start) -> None:
    server = chat_server(says("Read it all."), models=({"id": "m", "max_model_len": 100_000},))
    chat = open_chat("--model", f"{server.url}#m")
    pasted = "\n".join(f"line {number}" for number in range(5000))
    chat.paste(pasted)
    chat.settle()
    chat.type("\r")
    chat.see("Read it all.")
    assert len(server.requests) == 1
    sent = server.bodies[0]["messages"]
    assert isinstance(sent, list)
    assert pasted in sent[-1]["content"]


def test_alt_enter_starts_a_new_line(open_chat: Open, chat_server: Start) -> None:
    server = chat_server(says("Two lines."))
    chat = open_chat("--model", f"{server.url}#m", "--no-knowledge")
    chat.type("first\x1b\rsecond\r")
    chat.see("Two lines.")
    sent = server.bodies[0]["messages"]
    assert isinstance(sent, list)
    assert "first\nsecond" in sent[-1]["content"]


def test_history_comes_back_in_the_next_run(open_chat: Open) -> None:
    chat = open_chat()
    chat.enter("How long can goods be returned?")
    chat.see("[1] returns.md:3")
    chat.enter("/exit")
    chat.end()
    again = open_chat()
    again.type("\x1b[A\x1b[A")
    again.see("› How long can goods be returned?")


def test_tab_completes_commands_and_their_arguments(open_chat: Open) -> None:
    chat = open_chat()
    chat.type("/sou\t")
    chat.see("› /sources")
    chat.type("\x15/set temp\t")
    chat.see("› /set temperature")


def test_a_resize_in_mid_answer_leaves_a_whole_answer(open_chat: Open, chat_server: Start) -> None:
    words = [f"word{number} " for number in range(60)]
    server = chat_server(says(*words, pause=0.03))
    chat = open_chat("--model", f"{server.url}#m")
    chat.enter("Tell me a long story about parcels")
    chat.see("word9")
    chat.resize(24, 60)
    chat.see("3 out")
    chat.enter("/export")
    text = chat.see(lambda text: text.count("word59") >= 2)
    assert "".join(text.split()).count("".join(words).replace(" ", "")) == 2


# --- terminals --------------------------------------------------------------------------------------------------------


def test_no_color_sends_no_colour(open_chat: Open) -> None:
    chat = open_chat(environment={"NO_COLOR": "1"})
    chat.enter("How long can goods be returned?")
    chat.see("[1] returns.md:3")
    ready_again(chat)
    assert not re.search(rb"\x1b\[[0-9;]*3[0-7]m", chat.raw)


def test_what_the_program_draws_itself_is_drawn_and_not_written_out(open_chat: Open, folder: Path) -> None:
    chat = open_chat()
    chat.enter("/help")
    assert "␛" not in ready_again(chat)
    assert b"\x1b[2m" in chat.raw  # its notices are dim


def test_a_dumb_terminal_gets_plain_text(open_chat: Open) -> None:
    chat = open_chat(environment={"TERM": "dumb"})
    chat.enter("How long can goods be returned?")
    chat.see("[1] returns.md:3")
    assert "Goods can be returned within 30 days of delivery. [1]" in chat.text
    assert b"\x1b[2" not in chat.raw


def test_a_narrow_terminal_wraps_and_loses_nothing(open_chat: Open) -> None:
    chat = open_chat(size=(24, 30))
    chat.enter("How long can goods be returned?")
    text = chat.see("[1] returns.md:3")
    assert "Goods can be returned within 30 days of delivery." in " ".join(text.split())


def test_plain_draws_nothing_live(open_chat: Open) -> None:
    chat = open_chat("--plain")
    chat.enter("How long can goods be returned?")
    chat.see("[1] returns.md:3")
    assert "Goods can be returned within 30 days of delivery. [1]" in chat.text


# --- commands ---------------------------------------------------------------------------------------------------------


def test_branches_can_be_made_walked_and_taken_back(open_chat: Open) -> None:
    chat = open_chat()
    chat.enter("How long can goods be returned?")
    chat.see("[1] returns.md:3")
    chat.enter("/edit What does shipping to Norway cost?")
    chat.see("shipping.md:5")
    chat.enter("/tree")
    text = chat.see("● user: What does shipping to Norway cost?")
    assert "○ user: How long can goods be returned?" in text
    chat.enter("/fork")
    chat.see("this is now conversation")
    chat.enter("/undo")
    chat.see("taken back: What does shipping to Norway cost?")
    chat.enter("/new")
    chat.see("a new conversation")
    chat.enter("/sessions")
    chat.see("What does shipping to Norway cost?")


def test_edit_without_text_offers_the_old_question(open_chat: Open) -> None:
    chat = open_chat()
    chat.enter("How long can goods be returned?")
    chat.see("[1] returns.md:3")
    ready_again(chat)
    chat.enter("/edit")
    chat.see(lambda text: text.rstrip().endswith("› How long can goods be returned?"))


def test_settings_files_and_feedback(open_chat: Open, folder: Path, chat_server: Start) -> None:
    server = chat_server(says("Noted."))
    (folder / "note.txt").write_text("The warehouse is in Aarhus.\n", encoding="utf-8")
    chat = open_chat("--model", f"{server.url}#m")
    for line, shown in (
        ("/file note.txt", "attached: note.txt"),
        ("/system Answer in Danish.", "instructions: Answer in Danish."),
        ("/set temperature 0.3", "›"),
        ("Where is the warehouse?", "Noted."),
        ("/good clear", "noted: good"),
        ("/cost", "1 calls"),
        ("/export out.md", "written to out.md"),
        ("/status", "temperature"),
    ):
        chat.enter(line)
        chat.see(shown)
        ready_again(chat)
    body = server.bodies[0]
    assert body["temperature"] == 0.3
    assert "The warehouse is in Aarhus." in str(body["messages"])
    assert "Answer in Danish." in str(body["messages"])
    assert "Noted." in (folder / "out.md").read_text(encoding="utf-8")


def test_a_picture_goes_along_with_the_next_question_and_stays_in_the_conversation(
    open_chat: Open, folder: Path, chat_server: Start
) -> None:
    server = chat_server(says("A beach."), says("What is below the beach?"), says("Sand."))
    (folder / "beach.jpg").write_bytes(photo(4000, 3000))
    chat = open_chat("--model", f"{server.url}#m")
    for line, shown in (
        ("/file beach.jpg", "attached: beach.jpg (2048 x 1536 pixels, made smaller from 4000 x 3000)"),
        ("What is this?", "A beach."),
        ("And below?", "Sand."),
        ("/export out.md", "written to out.md"),
    ):
        chat.enter(line)
        chat.see(shown)
        ready_again(chat)
    first, rewriting, second = ("data:image/jpeg;base64," in str(body["messages"]) for body in server.bodies)
    assert first
    assert second
    assert not rewriting, "a question is rewritten for the search by its words"
    assert "beach.jpg" in (folder / "out.md").read_text(encoding="utf-8")


SLIPS = (
    ("/sorces", "there is no command /sorces"),
    ("/sources 9", "there is no source '9'"),
    ("/load nothing", "there is no session 'nothing'"),
    ("/file missing.txt", "missing.txt"),
    ("/file missing.jpg", "missing.jpg does not exist"),
    ("/set temperature warm", "temperature must be a number from 0 to 100, not 'warm'"),
    ("/set heat 3", "there is nothing to set called 'heat'"),
    ("/model extractiv", "did you mean 'extractive'"),
    ("/prompt caht", "did you mean 'chat'"),
    ("/continue", "the last answer is whole"),
    ("/undo", "there is nothing to take back"),
    ("/good", "there is no answer to judge"),
    ("/why", "nothing has been asked"),
    ("/tree 99", "there is no message '99'"),
    ("/edit 4", "there is no question 4"),
    ("/export /nowhere/x.md", "/nowhere/x.md cannot be written"),
)


def test_a_slip_is_one_line_with_what_to_do(open_chat: Open) -> None:
    chat = open_chat()
    for number, (line, said) in enumerate(SLIPS, 1):
        chat.enter(line)
        chat.see(said)
        text = ready_again(chat)
        assert "Traceback" not in text
        assert text.count("chatbot: ") == number, line
