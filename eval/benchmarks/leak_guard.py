"""The leak guard on real word problems: how often it takes two different items for one, and one changed item for two.

    python eval/benchmarks/leak_guard.py

Prints, for thresholds around those in use, the share of items that some other item of the set would be kept from, and
the share of slightly changed copies that would be shown. The sets lie in ../shared/data; without them it says so.
"""

from __future__ import annotations

import json
import random
from functools import partial
from pathlib import Path

from chatbot.prompting.demonstrations import leak

DATA = Path(__file__).parents[3] / "shared" / "data"
SETS = ("gsm8k", "svamp", "multiarith")
FACTORS = (0.5, 0.75, 1.0, 1.25, 1.5)
"""By which both thresholds are changed."""
ITEMS = 300
"""Of each set, since all pairs are compared."""


def changed(text: str, chance: random.Random) -> str:
    """A copy in which one word is another, in other case and spacing."""
    words = text.split()
    at = chance.choice([place for place, word in enumerate(words) if word.isalpha()])
    return "  ".join([*words[:at], "thing", *words[at + 1 :]]).upper()


def main() -> None:
    """Measures and prints."""
    if not DATA.is_dir():
        print(f"the data sets are not at {DATA}")
        return
    chance = random.Random(7)
    print(f"{'set':<12} {'factor':>9} {'items kept from another':>24} {'changed copies shown':>21}")
    for name in SETS:
        with (DATA / name / "items.jsonl").open(encoding="utf-8") as file:
            items = [json.loads(line)["question"] for line in file][:ITEMS]
        copies = [changed(item, chance) for item in items]
        for factor in FACTORS:
            same = partial(
                leak.same,
                same_numbers=factor * leak.SAME_NUMBERS,
                without_numbers=factor * leak.WITHOUT_NUMBERS,
            )
            kept = sum(any(same(item, other) for other in items if other is not item) for item in items)
            shown = sum(not same(item, copy) for item, copy in zip(items, copies, strict=True))
            rates = f"{kept / len(items):>24.1%} {shown / len(items):>21.1%}"
            print(f"{name:<12} {factor:>9} {rates}{'   in use' if factor == 1 else ''}")


if __name__ == "__main__":
    main()
