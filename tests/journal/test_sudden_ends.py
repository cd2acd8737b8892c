"""The journal under kill -9 while answers stream, and under many writers at once: nothing is lost, all of it opens."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from chatbot import conversation
from chatbot.journal import Journal
from chatbot.session import Session

PROGRAMS = Path(__file__).parents[1] / "programs"
REPOSITORY = Path(__file__).parents[2]
WORDS = " ".join(f"word{number}" for number in range(400))


def assert_sound(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


class Answers:
    """Answers that stream in processes of their own, which can be killed."""

    def __init__(self, program: subprocess.Popen[str], folder: Path) -> None:
        self._program, self._folder = program, folder

    def _say(self, line: str) -> int:
        assert self._program.stdin is not None and self._program.stdout is not None
        self._program.stdin.write(f"{line}\n")
        self._program.stdin.flush()
        return int(self._program.stdout.readline())

    def killed(self, question: str, after: float) -> str:
        """What was on the screen of one that is killed so many seconds after its first word."""
        screen = self._folder / f"{question}.txt"
        process = self._say(f"{question}\t{screen}")
        deadline = time.monotonic() + 120
        while not screen.exists() or not screen.stat().st_size:
            assert time.monotonic() < deadline, "nothing was ever shown"
            time.sleep(0.001)
        time.sleep(after)
        os.kill(process, signal.SIGKILL)
        assert self._say("") in (-signal.SIGKILL, 0)
        return screen.read_text()


@contextmanager
def answers(folder: Path) -> Iterator[Answers]:
    (folder / "chatbot.toml").write_text("tools = []\n")
    (folder / "prompts").symlink_to(REPOSITORY / "prompts")
    command = [sys.executable, str(PROGRAMS / "stream_answers.py"), str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as program:  # type: ignore[call-overload]
        yield Answers(program, folder)
        program.stdin.close()


@pytest.mark.parametrize("kills", [15, pytest.param(1_000, marks=pytest.mark.slow)])
def test_an_answer_that_is_killed_while_it_streams_is_kept_as_far_as_it_was_seen(
    tmp_path: Path, kills: int, figure: Callable[[str], None]
) -> None:
    chance = random.Random(15)
    path = tmp_path / ".chatbot" / "journal.db"
    count = Counter[str]()
    with answers(tmp_path) as program:
        for number in range(kills):
            seen = program.killed(f"question {number}", chance.uniform(0, 0.5))
            with closing(Journal(path)) as journal:
                latest = journal.latest_session()
                assert latest is not None
                session = Session(journal, latest.id)
                asked, *said = session.messages
                count["opened"] += 1
                count["questions"] += (asked.display or asked.message.text) == f"question {number}"
                assert len(said) == 1 and said[0].message.text.startswith(seen), "text that was seen is lost"
                assert WORDS.startswith(said[0].message.text)
                whole = said[0].message.text == WORDS
                count["marked"] += said[0].state == ("complete" if whole else "interrupted")
                count["cut"] += not whole
                conversation.check(conversation.close_calls([each.message for each in session.messages]))
    figure(f"{kills} kills while an answer streams: {dict(count)} (95 % bound of a loss {3 / kills:.4f})")
    assert (count["opened"], count["questions"], count["marked"]) == (kills, kills, kills)
    assert count["cut"] > kills // 3, "kills that all come too late prove nothing"
    assert_sound(path)
    with closing(Journal(path)) as journal:
        assert len(journal.sessions(limit=2 * kills)) == kills


@pytest.mark.parametrize("each", [25, pytest.param(1_000, marks=pytest.mark.slow)])
def test_four_threads_and_four_programs_lose_no_message_and_keep_their_order(
    tmp_path: Path, each: int, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    monkeypatch.syspath_prepend(PROGRAMS)
    from write_messages import write

    path = tmp_path / "journal.db"
    Journal(path).close()
    command = [sys.executable, str(PROGRAMS / "write_messages.py"), str(path)]
    programs = [
        subprocess.Popen([*command, f"program {number}", str(each)], stdout=subprocess.PIPE) for number in range(4)
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == b"0\n"  # all of them have begun
    with ThreadPoolExecutor(4) as pool:
        threads = [pool.submit(write, path, f"thread {number}", each) for number in range(4)]
    assert [thread.result() for thread in threads] == [None] * 4
    assert [program.communicate()[0].count(b"\n") for program in programs] == [each - 1] * 4
    assert [program.returncode for program in programs] == [0] * 4, "a lock that anybody was told of"

    found = reordered = 0
    with closing(Journal(path)) as journal:
        infos = journal.sessions()
        assert {info.title for info in infos} == {
            f"{kind} {number}" for kind in ("thread", "program") for number in range(4)
        }
        for info in infos:
            texts = [stored.message.text for stored in journal.path(info.id)]
            found += len(texts)
            reordered += texts != [f"{info.title} {number}" for number in range(each)]
        assert all(journal.left_open() == [] for _ in infos)
    figure(f"8 writers, {8 * each} messages: {8 * each - found} lost, {reordered} conversations reordered")
    assert (found, reordered) == (8 * each, 0)
    assert_sound(path)
