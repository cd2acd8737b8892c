"""What it takes to repeat a run: the command, the versions, the seed, and the hashes of all that it read."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from chatbot import __version__
from chatbot.evaluation.run import Bench
from chatbot.journal.records import RunRecord

PACKAGES = ("numpy", "scipy", "openai", "jinja2")
"""Whose versions can change a figure or a prompt."""


def repeating(bench: Bench, run: RunRecord) -> Mapping[str, object]:
    """By name, in the order in which a reader wants it."""
    suite = bench.suite
    told: dict[str, object] = {
        "Command": f"chatbot eval run {suite.path.name}",
        "Run": run.id,
        "Plan": run.key,
        "Dataset": f"{suite.dataset.path.name}, {len(bench.dataset.items):,} items, sha256 {bench.dataset.hash}",
        "Seed": suite.seed,
        "Repeats": suite.repeats,
        "At once": bench.concurrency,
        "Scorers": "; ".join(_scorer(entry.table) for entry in suite.scorers),
        "Baseline": suite.baseline,
        "Margin": "none" if suite.margin is None else suite.margin,
        "Versions": ", ".join(
            [f"chatbot {__version__}", f"Python {platform.python_version()}", *filter(None, map(_version, PACKAGES))]
        ),
    }
    for each in bench.contenders:
        told[f"Variant {each.name}"] = f"prompt {each.prompt.name}, sha256 {each.prompt.hash}; model {each.model.name}"
    return told


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return ""


def _scorer(table: Mapping[str, object]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in table.items())
