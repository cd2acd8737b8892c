"""Whatever a file does to its reader, the program goes on and says why the file was not read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import nonsense
import pytest
from pdf_files import paragraph, pdf

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.apart import Apart, ours
from chatbot.retrieval.formats.table_of_formats import FORMATS


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    found = Apart(["attacks", "nonsense"], seconds=5, megabytes=300)
    yield found
    found.end()


def said(apart: Apart, attack: str) -> str:
    return apart.convert("attacks", attack.encode()).text


def reason(apart: Apart, attack: str) -> str:
    with pytest.raises(KnowledgeError) as raised:
        apart.convert("attacks", attack.encode())
    return str(raised.value)


def test_a_process_is_kept_for_many_files(apart: Apart) -> None:
    assert said(apart, "process") == said(apart, "process") != str(os.getpid())


def test_what_a_file_says_comes_back_as_it_is(apart: Apart) -> None:
    assert said(apart, "say grün 🎈 \u0000 \u202e") == "grün 🎈 \u0000 \u202e"


@pytest.mark.parametrize("attack", ["crash", "exit"])
def test_a_reader_that_breaks_down_is_begun_anew(apart: Apart, attack: str) -> None:
    before = said(apart, "process")

    assert reason(apart, attack) == "damaged, or reading it takes more than 300 MB"
    assert said(apart, "process") != before


def test_a_library_that_raises_does_not_end_the_reader(apart: Apart) -> None:
    before = said(apart, "process")

    assert reason(apart, "fill nothing").startswith("damaged: ValueError: invalid literal for int()")
    assert reason(apart, "nest") == "damaged: it is nested too deep"
    assert said(apart, "process") == before


@pytest.mark.parametrize("attack", ["spin 60", "sleep 60"])
def test_a_file_that_takes_too_long_is_given_up(attack: str) -> None:
    hasty = Apart(["attacks"], seconds=0.5)
    try:
        said(hasty, "say hello")
        assert reason(hasty, attack) == "reading it takes longer than 0.5 s"
        assert said(hasty, "say hello") == "hello"
    finally:
        hasty.end()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the address space")
def test_memory_is_bounded_and_what_earlier_files_left_does_not_count(apart: Apart) -> None:
    assert reason(apart, "fill 400") == "reading it takes too much memory"
    assert said(apart, "fill 200") == str(200 << 20)

    said(apart, "keep 180")
    assert said(apart, "fill 150") == str(150 << 20)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes cannot be waited for there")
def test_a_process_without_work_ends_and_the_next_file_starts_another() -> None:
    restless = Apart(["attacks"], patience=0.2)
    try:
        first = said(restless, "process")
        while is_alive(int(first)):
            time.sleep(0.01)
        assert said(restless, "process") != first
        time.sleep(0.2)  # it may be ending just now
        assert said(restless, "say hello") == "hello"
    finally:
        restless.end()


def test_what_a_library_prints_is_no_answer(apart: Apart) -> None:
    assert said(apart, "print hello")
    assert said(apart, "say next") == "next"


@pytest.mark.parametrize("name", nonsense.ANSWERS, ids=bytes.decode)
def test_an_answer_that_cannot_be_is_refused(apart: Apart, name: bytes) -> None:
    with pytest.raises(KnowledgeError, match="damaged"):
        apart.convert("nonsense", name)


def test_threads_share_it(apart: Apart) -> None:
    answers: dict[int, str] = {}
    threads = [threading.Thread(target=lambda n=n: answers.update({n: said(apart, f"say {n}")})) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == {n: str(n) for n in range(20)}


def test_the_process_does_not_outlive_the_program(tmp_path: Path) -> None:
    program = """if True:
        import os, signal
        from chatbot.retrieval.formats.apart import Apart
        apart = Apart(["attacks"])
        print(apart.convert("attacks", b"process").text, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    path = os.pathsep.join([str(Path(__file__).parents[3]), str(Path(__file__).parent)])
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    process = int(done.stdout)

    while is_alive(process):
        time.sleep(0.01)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:  # it has gone meanwhile
        return False
    except FileNotFoundError:  # as above, or this system keeps no such file
        return not Path("/proc").is_dir()


def test_an_interrupted_file_does_not_answer_for_the_next(apart: Apart) -> None:
    program = """if True:
        import os, signal, threading
        from chatbot.retrieval.formats.apart import Apart
        apart = Apart(["attacks"])
        apart.convert("attacks", b"say first")
        threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()
        try:
            apart.convert("attacks", b"sleep 20")
        except KeyboardInterrupt:
            print(apart.convert("attacks", b"say second").text)
    """
    path = os.pathsep.join([str(Path(__file__).parents[3]), str(Path(__file__).parent)])
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )

    assert (done.stdout, done.stderr) == ("second\n", "")


def test_it_can_be_ended_while_a_file_is_read() -> None:
    busy, reasons = Apart(["attacks"]), []
    said(busy, "say hello")
    thread = threading.Thread(target=lambda: reasons.append(reason(busy, "sleep 25")))
    thread.start()
    while not busy._lock.locked():
        time.sleep(0.01)
    time.sleep(0.2)  # the file has been handed over

    busy.end()

    thread.join()
    assert reasons == ["interrupted"]


def test_the_reader_is_not_started_before_the_first_such_file() -> None:
    program = """if True:
        import sys
        from chatbot.retrieval.formats.table_of_formats import FORMATS
        FORMATS[".md"].convert(b"text")
        print("subprocess" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_our_formats_are_read_by_it_and_need_no_file_for_it() -> None:
    made = FORMATS[".pdf"].convert(pdf(paragraph("Rinse the filter."), title="Pump"))

    assert (made.text, made.title) == ("Rinse the filter.", "Pump")
    ours.end()
    assert json.dumps(made.text)
