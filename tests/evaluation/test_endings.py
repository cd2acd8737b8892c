"""How replies end: whole, or in one of the ways that are counted apart and never judged."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest
from benches import bench
from chat_server import ChatServer, Scene, delta, refuses, says, streams

from chatbot.evaluation import table
from chatbot.evaluation.endings import Ending, ending_of
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.records import Response, Status
from chatbot.evaluation.run import run
from chatbot.evaluation.scored import summary_of
from chatbot.evaluation.summary import Summary
from chatbot.evaluation.table import notes
from chatbot.messages import ToolCall, ToolResult, ToolUse

CALL = ToolUse(ToolCall("1", "f", "{}"), ToolResult("1", "f", ""))


@pytest.mark.parametrize(
    ("response", "ending"),
    [
        (Response("Yes."), "whole"),
        (Response("Ye", finish="length"), "length"),
        (Response("", finish="length"), "length"),
        (Response("Ye", finish="filtered"), "filtered"),
        (Response("Ye", finish="truncated"), "truncated"),
        (Response("Ye", finish="interrupted"), "interrupted"),
        (Response(" \n"), "empty"),
        (Response("<think>Perhaps.</think>\n"), "empty"),
        (Response("", tool_uses=(CALL,)), "whole"),
        (Response("", value={}), "whole"),
        (Response("", declined=True), "whole"),
        (Response("", error="the service is down"), "error"),
    ],
)
def test_each_way_to_end_has_its_class(response: Response, ending: Ending) -> None:
    assert ending_of(response) == ending


BROKEN: Mapping[Ending, Scene] = {
    "length": says("The sum is 4.", finish="length"),
    "filtered": says("The sum", finish="content_filter"),
    "truncated": streams(delta(content="The sum"), end="close"),
    "empty": says(""),
    "error": refuses(400, "no such thing"),
}


@pytest.mark.parametrize(("each", "headline"), [(4, False), (0, True)])
def test_every_class_is_counted_exactly_and_none_is_judged(
    tmp_path: Path, chat_server: Callable[..., ChatServer], each: int, headline: bool
) -> None:
    """Check 22 of the reliability targets: of 400 replies 5 % are broken, in five ways."""
    scenes = [scene for scene in BROKEN.values() for _ in range(each)]
    scenes += [says("The sum is 4.")] * (400 - len(scenes))
    Random(22).shuffle(scenes)
    made = bench(tmp_path, chat_server(*scenes), items=200)
    record = asyncio.run(run(made))
    found = summary_of(made, record.id, metrics_of(made))
    endings = sum((Counter(variant.endings) for variant in found.variants), Counter[Ending]())
    assert endings == Counter({**dict.fromkeys(BROKEN, each), "whole": 400 - 5 * each})
    statuses = sum((Counter(variant.statuses) for variant in found.variants), Counter[Status]())
    assert statuses == Counter(
        {"scored": 400 - 5 * each, "unscored": 2 * each, "refused": each, "no_answer": each, "error": each}
    )
    assert {variant.headline for variant in found.variants} == {headline}
    told = "\n".join(notes(found))
    assert ("no result, since" in told) != headline
    if each:
        assert sum(variant.asked - variant.endings["whole"] for variant in found.variants) == 20
        assert means_shown(found) == {"–"}


def means_shown(found: Summary) -> set[str]:
    """The means that the table gives as the result."""
    return {row[2].strip() for row in table.headline(found).rows}
