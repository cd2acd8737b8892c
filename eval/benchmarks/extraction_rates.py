"""How often answers are read: each item's gold answer in the usual forms, and replies that must not be read as it.

    python eval/benchmarks/extraction_rates.py [--show 5]

Prints a line for each set in ../shared/data: its kind, its items, how many of the forms give the gold answer, how many
of the misleading ones do not, and how many replies are read in a second. With `--show`, some of those that fail too.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from chatbot.prompting import extract, normalise

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "prompting"))

from answer_forms import KINDS, items, misleading, options, usual


def main() -> None:
    """Prints the rates."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--show", type=int, default=0, help="how many failures of each set to print")
    shown = parser.parse_args().show
    print(f"{'set':<14}{'kind':<12}{'items':>6}  {'usual forms':>24}  {'misleading forms':>24}  {'replies/s':>9}")
    for name, kind in KINDS.items():
        rates(name, kind, shown)


def rates(name: str, kind: str, shown: int) -> None:
    """Prints the line of a set."""
    read = wrong = forms = traps = 0
    failures: list[str] = []
    started = time.perf_counter()
    for item in items(name):
        known = options(item)
        gold = normalise(kind, str(item["answer"]), **known)
        for reply in usual(kind, item):
            found = extract(kind, reply, **known)
            forms, read = forms + 1, read + (found == gold)
            if found != gold:
                failures.append(f"   usual: {reply!r} gave {found!r}, not {gold!r}; {known}")
        for reply in misleading(kind, item):
            found = extract(kind, reply, **known)
            traps, wrong = traps + 1, wrong + (found == gold)
            if found == gold:
                failures.append(f"   misleading: {reply!r} gave {found!r}")
    if not forms:
        print(f"{name:<14}{kind:<12}  not in ../shared/data")
        return
    seconds = time.perf_counter() - started
    usual_rate = f"{read:,} of {forms:,} {read / forms:8.3%}"
    trap_rate = f"{traps - wrong:,} of {traps:,} {1 - wrong / traps:8.3%}"
    pace = (forms + traps) / seconds
    print(f"{name:<14}{kind:<12}{len(items(name)):>6}  {usual_rate:>24}  {trap_rate:>24}  {pace:>9,.0f}")
    print("\n".join(failures[:: max(1, len(failures) // shown)][:shown]) if shown else "", end="\n" if shown else "")


if __name__ == "__main__":
    main()
