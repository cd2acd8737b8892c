"""Declared functions of a public set as tools: how many become one, and what becomes of right and wrong calls.

    python eval/benchmarks/function_schemas.py

Prints the share of functions that become tools, the share of right calls that are accepted unchanged, and for each way
of making a call wrong the share that is refused with the parameter named, or coerced as promised; then each right call
that was refused, and why. Last, what a check costs. The set lies in ../shared/data/bfcl; without it, it says so.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

from chatbot.errors import ToolArgumentError
from chatbot.tools import Tool

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "tools"))

from declared_calls import DATA, items, measured, named_calls, right_calls


def cost() -> float:
    """Seconds that reading and checking one right call takes, the median over the set."""
    taken = []
    for item in items():
        for function, acceptable in named_calls(item):
            tool, text = Tool.from_schema(function), json.dumps(next(right_calls(acceptable)))
            for _ in range(3):  # the last is no longer the first
                start = time.perf_counter()
                try:
                    tool.arguments.read(text)
                except ToolArgumentError:
                    break
            taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Measures and prints."""
    if not DATA.is_file():
        print(f"the data set is not at {DATA}")
        return
    found = measured(items())
    for kind in found.cases:
        print(f"{kind:<26} {found.right[kind]:>7,} of {found.cases[kind]:>7,}  {found.share(kind):8.2%}")
    print(*found.problems, sep="\n")
    print(f"reading and checking a call: {cost() * 1e6:.0f} microseconds")


if __name__ == "__main__":
    main()
