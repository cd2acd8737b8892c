"""From typed functions to tools, beside LangChain's `@tool`: import, registration, schemas, and the check of a call.

    python eval/benchmarks/tool_registration.py

Each row is measured in a fresh interpreter, ours and LangChain's in turn: processor time, which other work on the
machine does not count into, medians of eleven. 20 functions of plain types (text, numbers, lists, tables, literals) and
20 of structured ones (an enum, a dataclass, a date). The first row is all that an app pays until a model is sent its
tools; the others are its parts, with pydantic imported before the clock runs, as LangChain does by itself.
"""

from __future__ import annotations

import subprocess
import sys

from timing import in_turn, report

FUNCTIONS = """
import dataclasses, datetime, enum
from typing import Literal

def plain(title: str, copies: int = 1, price: float = 0.0, tags: list[str] | None = None,
          binding: Literal["hard", "soft"] = "soft", notes: dict[str, str] | None = None) -> str:
    \"\"\"Order a book.

    Args:
        title: As on the cover.
        copies: How many.
        price: At most, in euros.
        tags: To find the order by.
        binding: Hard or soft.
        notes: For the shop.
    \"\"\"
    return title

class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"

@dataclasses.dataclass
class Address:
    street: str
    number: int = 0

def structured(to: Address, due: datetime.date, colour: Colour = Colour.RED) -> str:
    \"\"\"Send a parcel.

    Args:
        to: Where it goes.
        due: When it must be there.
        colour: Of the paper.
    \"\"\"
    return to.street
"""

ROWS = {
    "all: import, register 20 + 20, schemas": (
        "",
        "{imported}\n{more}\nmade = [{plain} for n in range(20)] + [{structured} for n in range(20)]\n"
        "for each in made: {schema}",
    ),
    "import": ("", "{imported}"),
    "import, register 20 plain functions": ("", "{imported}\nmade = [{plain} for n in range(20)]"),
    "register 20 plain functions": ("", "made = [{plain} for n in range(20)]"),
    "register 20 structured functions": ("", "made = [{structured} for n in range(20)]"),
    "schemas of 20 plain": ("made = [{plain} for n in range(20)]", "for each in made: {schema}"),
    "schemas of 20 structured": ("made = [{structured} for n in range(20)]", "for each in made: {schema}"),
    "1,000 checks, plain": ("one = {plain}\n{check_plain}", "for _ in range(1_000): {check_plain}"),
    "1,000 checks, structured": ("one = {structured}\n{check_structured}", "for _ in range(1_000): {check_structured}"),
}
"""What is done before the clock runs, and while it does."""

PLAIN = '{"title": "Emma", "copies": 2, "tags": ["gift", "new"]}'
STRUCTURED = '{"to": {"street": "High St", "number": 3}, "due": "2024-02-29", "colour": "blue"}'

SIDES = {
    "chatbot": {
        "imported": "from chatbot.tools import Tool",
        "more": "",
        "plain": "Tool.from_function(plain, name=f'plain_{n}')",
        "structured": "Tool.from_function(structured, name=f'structured_{n}')",
        "schema": "each.schema",
        "check_plain": "one.arguments.read(PLAIN)",
        "check_structured": "one.arguments.read(STRUCTURED)",
    },
    "LangChain": {
        "imported": "from langchain_core.tools import tool",
        "more": "from langchain_core.utils.function_calling import convert_to_openai_tool",
        "plain": "tool(f'plain_{n}', parse_docstring=True)(plain)",
        "structured": "tool(f'structured_{n}', parse_docstring=True)(structured)",
        "schema": "convert_to_openai_tool(each)",
        "check_plain": "one._parse_input(json.loads(PLAIN), None)",
        "check_structured": "one._parse_input(json.loads(STRUCTURED), None)",
    },
}


def program(side: str, row: str) -> str:
    """A program that prints the seconds of one row, in a fresh interpreter."""
    before, measured = (text.format(**SIDES[side]) for text in ROWS[row])
    ready = (
        ""
        if "import" in row
        else "{imported}\n{more}\nimport pydantic.json_schema, pydantic.type_adapter, chatbot.tools.function_schema"
    )
    lines = [
        "import time, json",
        f"n, PLAIN, STRUCTURED = 0, {PLAIN!r}, {STRUCTURED!r}",
        FUNCTIONS,
        ready.format(**SIDES[side]),
        before,
        "start = time.process_time()",
        measured,
    ]
    return "\n".join([*lines, "print(time.process_time() - start)"])


def seconds(side: str, row: str) -> float:
    """What one run took."""
    done = subprocess.run([sys.executable, "-c", program(side, row)], capture_output=True, text=True, check=True)
    return float(done.stdout)


for row in ROWS:
    print(f"\n{row}")
    report(
        in_turn({side: lambda side=side, row=row: seconds(side, row) for side in SIDES}, rounds=11),
        unit="ms",
        scale=1e3,
    )
