"""What the weight of maximal marginal relevance does: how like the item, and how like each other, the chosen ones are.

    python eval/benchmarks/diverse_demonstrations.py

For each data set, some items are asked with the rest as the pool. Prints, for weights from 1 (nearest alone) downwards,
the mean likeness to the item, that between those chosen, and the share of those chosen that are less like the item
than the pool is on average, and so have no bearing on it. The sets lie in ../shared/data; without them it says so.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from chatbot.prompting.demonstrations import selection
from chatbot.retrieval.embed import embedder

DATA = Path(__file__).parents[3] / "shared" / "data"
SETS = ("gsm8k", "svamp", "multiarith", "commonsenseqa", "strategyqa")
WEIGHTS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3)
POOL, ASKED, SHOWN = 250, 50, 4


def main() -> None:
    """Measures and prints."""
    if not DATA.is_dir():
        print(f"the data sets are not at {DATA}")
        return
    print(f"{'set':<14} {'weight':>6} {'to the item':>12} {'to each other':>14} {'no bearing':>11}")
    for name in SETS:
        with (DATA / name / "items.jsonl").open(encoding="utf-8") as file:
            questions = [json.loads(line)["question"] for line in file][: POOL + ASKED]
        vectors = embedder().embed(questions)
        pool, asked = vectors[:POOL], vectors[POOL:]
        for weight in WEIGHTS:
            relevant, alike, idle = [], [], []
            for item in asked:
                both = np.vstack([item, pool])
                chosen = pool[selection.by_relevance(both, range(POOL), SHOWN, relevance=weight)]
                among = chosen @ chosen.T
                relevant += list(chosen @ item)
                alike.append((among.sum() - np.trace(among)) / (SHOWN * (SHOWN - 1)))
                idle += list(chosen @ item < (pool @ item).mean())
            figures = f"{np.mean(relevant):>12.2f} {np.mean(alike):>14.2f} {np.mean(idle):>11.1%}"
            print(f"{name:<14} {weight:>6} {figures}{'   in use' if weight == selection.RELEVANCE else ''}")


if __name__ == "__main__":
    main()
