"""What each of many programs does at one index at the same time. Started as processes, and as threads."""

from __future__ import annotations

from pathlib import Path

import crash_cases as cases
from after_crash import QUESTIONS, expected, scores
from words import Words

from chatbot.retrieval import Knowledge

LEFT = {name: cases.text(name) for name in ("left", "right")}
"""Documents that stay as they are."""


def state(version: int) -> dict[str, str]:
    """The documents at a version, which one of them tells by its words."""
    return {**LEFT, "changing": cases.text("changing", version)}


def read(index: Path, versions: int) -> list[int]:
    """Searches until the last version is seen; the versions in the order in which answers were of them.

    Raises AssertionError for an answer that is of no version.
    """
    knowledge = Knowledge(None, index=index, embedder=Words())
    known = {version: expected(tuple(sorted(state(version).items()))) for version in range(1, versions + 1)}
    seen = [1]
    while seen[-1] < versions:
        for question in QUESTIONS:
            answer = scores(knowledge, question)
            seen.append(_version(answer, question, known, seen[-1]))
    knowledge.close()
    return seen


def _version(answer: dict, question: str, known: dict, least: int) -> int:  # type: ignore[type-arg]
    for version in range(least, len(known) + 1):
        scored = known[version][question][0]
        if answer.keys() == scored.keys() and all(abs(answer[key] - scored[key]) < 1e-5 for key in answer):
            return version
    raise AssertionError(f"an answer that is of no version from {least} on: {answer}")


def write(index: Path, writer: str, count: int) -> None:
    """Adds documents one by one."""
    knowledge = Knowledge(None, index=index, embedder=Words())
    for number in range(count):
        knowledge.add([{"id": f"{writer} {number}", "text": f"Writer {writer} wrote note {number}."}])
    knowledge.close()
