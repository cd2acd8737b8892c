"""Timing for the benchmark scripts: commands and functions run in turn, medians and ratios printed."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence


def seconds_of(command: Sequence[str], **options: object) -> float:
    """Wall time of a whole process. Raises CalledProcessError with its output when it fails."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, **options)  # type: ignore[call-overload]
    return time.perf_counter() - started


def in_turn(works: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Runs each work once per round, in turn, so that noise meets them alike; the seconds each reports."""
    seen: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            seen[name].append(work())
    return seen


def report(seen: Mapping[str, Sequence[float]], *, unit: str = "s", scale: float = 1.0) -> None:
    """A line for each: median, and the range it lies in; then how much longer each takes than the first."""
    first = next(iter(seen))
    for name, values in seen.items():
        median = statistics.median(values) * scale
        low, high = min(values) * scale, max(values) * scale
        ratio = (
            ""
            if name == first
            else f"   {statistics.median(values) / statistics.median(seen[first]):.1f} times {first}"
        )
        print(f"{name:<28} median {median:8.3f} {unit}   ({low:.3f} to {high:.3f}, n={len(values)}){ratio}")


def report_rates(rates: Mapping[str, Sequence[float]], unit: str) -> None:
    """A line for each: median rate, and the range it lies in; then how many times faster the first is."""
    first = statistics.median(next(iter(rates.values())))
    for name, values in rates.items():
        median = statistics.median(values)
        spread = f"({min(values):.0f} to {max(values):.0f}, n={len(values)})"
        print(f"{name:<26} {median:6.0f} {unit}/s  {spread:<24} ours is {first / median:.2f} times as fast")
