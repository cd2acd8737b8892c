"""What tools print is told line by line, and stays off the screen where a terminal wants that."""

from __future__ import annotations

import asyncio
import sys

import pytest

from chatbot.messages import ToolCall
from chatbot.tools import Tool
from chatbot.tools.printing import LONGEST_LINE, Lines, printing_to, tools_kept_off_the_screen
from chatbot.tools.progress import MAX_TOLD
from chatbot.tools.running import run_tool


def told_of(*functions: object) -> list[str]:
    """What is told while these functions run as tools, side by side."""
    told: list[str] = []

    async def run() -> None:
        tools = [Tool.from_function(each, name="made", impact="none") for each in functions]  # type: ignore[arg-type]
        calls = [run_tool(tool, ToolCall("c", "made", "{}"), {}, tell=told.append) for tool in tools]
        results = await asyncio.gather(*calls)
        assert not any(result.failed for result in results)

    asyncio.run(run())
    return told


def prints() -> str:
    print("one")
    print("two ", end="")
    print("three\n\nfour", file=sys.stderr)
    sys.stdout.write("the rest")
    return "done"


async def prints_async() -> None:
    print("async one")
    await asyncio.sleep(0)
    print("async two", end="")


def test_in_a_terminal_what_a_tool_prints_is_its_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with tools_kept_off_the_screen():
        print("before")
        told = told_of(prints, prints_async)
        print("after")
    assert sorted(told) == ["async one", "async two", "four", "one", "the rest", "two three"]
    assert capsys.readouterr() == ("before\nafter\n", "")


def test_elsewhere_a_tool_prints_where_its_program_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert told_of(prints) == []
    assert capsys.readouterr() == ("one\ntwo the rest", "three\n\nfour\n")


def test_the_streams_are_as_they_were_afterwards() -> None:
    before = sys.stdout, sys.stderr
    with tools_kept_off_the_screen():
        assert sys.stdout.isatty() == before[0].isatty()
        assert sys.stdout.encoding == before[0].encoding
    assert (sys.stdout, sys.stderr) == before


def test_who_prints_megabytes_is_told_of_in_part() -> None:
    def floods() -> None:
        for number in range(100_000):
            print(number)
        print("x" * 10_000_000)

    with tools_kept_off_the_screen():
        told = told_of(floods)
    assert told == [str(number) for number in range(MAX_TOLD)]


def test_a_line_is_told_once_it_is_whole_and_cut_where_it_is_long() -> None:
    told: list[str] = []
    lines = Lines(told.append)
    with printing_to(lines):
        lines.write("a")
        assert told == []
        lines.write("b\n  \n" + "c" * 5_000)
        lines.write("c" * 5_000)
        lines.end()
    assert told == ["ab", "c" * LONGEST_LINE]
