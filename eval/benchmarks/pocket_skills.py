"""How often our own small model copies, declines, calls and does not call, on fresh requests of the kind it learnt.

    python eval/benchmarks/pocket_skills.py [--model local:examples/pocket] [--items 200]

Prints a line for each skill with Wilson's 95 % interval: greedy replies, asked side by side in the program's own chat
format. Passages come with the shipped prompt `chat` and with a brief system text. Names, values and combinations are
drawn with a seed that no training has.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import TypeVar, cast

from chatbot.effects import Generate
from chatbot.evaluation.statistics.proportions import wilson
from chatbot.messages import Reply, Role, message
from chatbot.models.connect import connect
from chatbot.models.fold import fold
from chatbot.models.model import Model
from chatbot.sampling import Sampling
from chatbot.tools import Tool

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from pocket.calls import Request, requests
from pocket.conversations import calling, reading
from pocket.passages import DECLINED, Lookup, lookups

SEED = "eval/pocket_skills"
GREEDY = Sampling(temperature=0, max_tokens=80)

Asked = TypeVar("Asked")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="local:examples/pocket")
    parser.add_argument("--items", type=int, default=200, help="of each skill")
    wanted = parser.parse_args()
    model = connect(wanted.model)
    for name, shipped in (("shipped prompt", True), ("brief prompt", False)):
        passages(model, name, wanted.items, shipped=shipped)
    functions(model, wanted.items)


def passages(model: Model, name: str, items: int, *, shipped: bool) -> None:
    """Prints how often answers are copied, and questions without one declined."""

    def found(asked: Sequence[Lookup]) -> list[tuple[Lookup, str]]:
        said = replies(model, [asking(reading(Random(SEED), each, shipped=shipped)) for each in asked])
        return [(each, reply.text) for each, reply in zip(asked, said, strict=True)]

    answered = found(drawn(lookup, lambda each: bool(each.value), items))
    told(f"answered, not declined, {name}", [not text.startswith(DECLINED) for _, text in answered])
    told(f"value copied, {name}", [each.value in text for each, text in answered])
    told(f"answer and source right, {name}", [each.answer == text for each, text in answered])
    others = found(drawn(lookup, lambda each: not each.value, items))
    told(f"declined, {name}", [text.startswith(DECLINED) for _, text in others])


def functions(model: Model, items: int) -> None:
    """Prints how often the right function is called, with the right arguments, or none where none fits."""

    def found(asked: Sequence[Request]) -> list[tuple[Request, list[object]]]:
        said = replies(model, [asking(calling(Random(SEED), each), each.tools) for each in asked])
        return [(each, called(reply)) for each, reply in zip(asked, said, strict=True)]

    fitting = found(drawn(request, lambda each: bool(each.name), items))
    told("a call made", [bool(call) for _, call in fitting])
    given = [(sorted(map(str, each.arguments.values())), values(call)) for each, call in fitting]
    told("right values, whatever the names", [wanted == found for wanted, found in given])
    told("right function called", [call[:1] == [each.name] for each, call in fitting])
    told("right call, every argument", [call == [each.name, each.arguments] for each, call in fitting])
    others = found(drawn(request, lambda each: not each.name, items))
    told("no call where none fits", [not call for _, call in others])


def lookup(draw: Random) -> Lookup:
    return lookups(draw, 1, most=4)[0]


def request(draw: Random) -> Request:
    return requests(draw, 1)[0]


def drawn(make: Callable[[Random], Asked], fits: Callable[[Asked], bool], count: int) -> list[Asked]:
    """As many that fit."""
    draw = Random(SEED)
    return list(islice(filter(fits, iter(lambda: make(draw), None)), count))


def asking(said: Sequence[Mapping[str, object]], tools: Sequence[Mapping[str, object]] = ()) -> Generate:
    """The request for what follows."""
    messages = tuple(message(cast(Role, each["role"]), str(each["content"]), "user") for each in said)
    return Generate(messages, tools=tuple(Tool.from_schema(each).schema for each in tools), sampling=GREEDY)


def replies(model: Model, asked: Sequence[Generate]) -> list[Reply]:
    async def side_by_side() -> list[Reply]:
        return await asyncio.gather(*(fold(model.stream(each)) for each in asked))

    return asyncio.run(side_by_side())


def called(reply: Reply) -> list[object]:
    """The name and the arguments of the only call."""
    if len(reply.tool_calls) != 1:
        return []
    (call,) = reply.tool_calls
    try:
        return [call.name, json.loads(call.arguments)]
    except ValueError:
        return [call.name, None]


def values(call: Sequence[object]) -> list[str]:
    """Of its arguments, sorted."""
    return sorted(map(str, call[1].values())) if call and isinstance(call[1], dict) else []


def told(skill: str, right: Sequence[bool]) -> None:
    reach = wilson(sum(right), len(right))
    print(
        f"{skill:<42}{sum(right):>5} of {len(right)}  {sum(right) / len(right):.3f} [{reach.low:.3f}, {reach.high:.3f}]"
    )


if __name__ == "__main__":
    main()
