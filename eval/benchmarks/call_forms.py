"""How often calls are read out of text: the ground truth of bfcl in many forms, and texts that hold no call.

    python eval/benchmarks/call_forms.py [--texts 5000] [--mutated 100000] [--show 5]

Prints a line for each form: calls of ../shared/data/bfcl, and how many are parsed, matched with their tool, equal in
all arguments, and accepted by the tool's own check. Then the calls found in texts that contain none, with all tools of
bfcl offered, and the texts read in a second; then, of calls that were mutated at random, the slowest and the memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from chatbot.call_text import read
from chatbot.call_text.names import Names
from chatbot.errors import ToolError
from chatbot.messages import ToolCall
from chatbot.tools import Tool, parse_calls

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "call_text"))

from written_calls import FORMS, Call, Write, declared, functions, items, mutated, same, texts, truth, with_positions

LIMIT = 0.1
"""Seconds that no text may take."""

Item = tuple[Mapping[str, object], list[Call], list[Tool]]
"""An item of bfcl, the calls that it wants, and its tools."""


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--texts", type=int, default=5000, help="how many texts without calls to read")
    parser.add_argument("--mutated", type=int, default=100_000, help="how many mutated calls to read")
    parser.add_argument("--show", type=int, default=0, help="how many failures of each kind to print")
    wanted = parser.parse_args()
    print(f"{'form':<28}{'calls':>7}{'equal':>8}{'checked':>9}{'share':>9}")
    all_items = [(item, truth(item), [Tool.from_schema(each) for each in declared(item)]) for item in items()]
    natively(all_items)
    for name, write in FORMS.items():
        chosen = [each for each in all_items if name != "Python by position" or with_positions(each[0], each[1])]
        rates(name, write, chosen, wanted.show)
    false_calls(wanted.texts, wanted.show)
    mutations([calls for _, calls, _ in all_items[::40]], wanted.mutated)


def natively(all_items: Sequence[Item]) -> None:
    """Prints the line of calls that come in the protocol: the dispatcher finds their tool by the protocol's name."""
    total = checked = 0
    for _, calls, tools in all_items:
        by_name = {tool.name: tool for tool in tools}
        for name, given in calls:
            total += 1
            checked += accepted(ToolCall("1", by_name[name].schema.name, json.dumps(given)), tools)
    print(f"{'native':<28}{total:>7}{total:>8}{checked:>9}{1:>9.2%}")


def rates(name: str, write: Write, all_items: Sequence[Item], shown: int) -> None:
    """Prints the line of a form."""
    total = equal = checked = 0
    for _, calls, tools in all_items:
        found = parse_calls(write(calls), tools)
        total += len(calls)
        if len(found) == len(calls) and all(map(is_same, found, calls)):
            equal += len(calls)
            checked += sum(accepted(call, tools) for call in found)
        elif shown:
            shown -= 1
            print(f"  {write(calls)[:600]!r}\n  -> {found}")
    print(f"{name:<28}{total:>7}{equal:>8}{checked:>9}{equal / max(total, 1):>9.2%}")


def is_same(found: ToolCall, wanted: Call) -> bool:
    """Whether a call that was found is the one that was written."""
    return found.name == wanted[0] and same(json.loads(found.arguments), wanted[1])


def accepted(call: ToolCall, tools: Sequence[Tool]) -> bool:
    """Whether the tool's own check takes the arguments."""
    tool = next(tool for tool in tools if call.name in (tool.name, tool.schema.name))
    try:
        tool.arguments.read(call.arguments)
    except ToolError:
        return False
    return True


def mutations(calls: Sequence[Sequence[Call]], count: int) -> None:
    """Prints how long mutated calls take at most, in seconds of the processor."""
    tools = [Tool.from_schema(each) for each in functions()]
    names = Names(tools)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    total = slowest = 0.0
    late = found = 0
    for text in mutated(calls, count):
        started = time.thread_time()
        found += len(read(text, names).calls)
        took = time.thread_time() - started
        total, slowest, late = total + took, max(slowest, took), late + (took > LIMIT)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{count:,} mutated calls: no crash, {found:,} calls read; mean {total / max(count, 1) * 1e6:,.0f} µs,")
    print(f"slowest {slowest * 1e3:,.1f} ms, {late} over {LIMIT * 1e3:.0f} ms; memory grew by {grown:,.1f} MB")


def false_calls(count: int, shown: int) -> None:
    """Prints how many calls are found where there are none."""
    tools = [Tool.from_schema(each) for each in functions()]
    without = texts(count)
    started = time.perf_counter()
    found = [(text, calls) for text in without if (calls := parse_calls(text, tools))]
    seconds = time.perf_counter() - started
    print(f"\n{len(found)} of {len(without)} texts without a call gave one; {len(without) / seconds:,.0f} texts/s")
    for text, calls in found[:shown]:
        print(f"  {text[:400]!r}\n  -> {calls}")


if __name__ == "__main__":
    main()
