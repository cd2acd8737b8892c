"""How much of a web page's main text is kept, and how much around it goes: ours, trafilatura, readability.

    git clone --depth 1 https://github.com/scrapinghub/article-extraction-benchmark PAGES
    python eval/benchmarks/main_text.py PAGES

The pages are 181 news articles, their texts marked by people (MIT licence). Compared are runs of four words, as that
benchmark does: precision is the share of ours that is in the text, recall the share of the text that is in ours. For
retrieval recall counts more: what is lost cannot be found. A library that is not installed is left out.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from chatbot.html_text import html_text, main_text


def by_trafilatura(page: str) -> str:
    import trafilatura

    return trafilatura.extract(page, include_comments=False) or ""


def by_trafilatura_for_recall(page: str) -> str:
    import trafilatura

    return trafilatura.extract(page, include_comments=False, favor_recall=True) or ""


def by_readability(page: str) -> str:
    from readability import Document

    return html_text(Document(page).summary())


def runs(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(zip(*(words[start:] for start in range(min(4, max(1, len(words))))), strict=False))


def main() -> None:
    folder = Path(sys.argv[1])
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    pages = {key: gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes()).decode("utf-8") for key in truth}
    extractors: tuple[Callable[[str], str], ...] = (
        *(html_text, main_text),
        *(by_trafilatura, by_trafilatura_for_recall, by_readability),
    )
    for extract in extractors:
        rates: list[tuple[float, float]] = []
        lost = 0
        started = time.perf_counter()
        try:
            texts = {key: extract(page) for key, page in pages.items()}
        except ImportError:
            print(f"{extract.__name__}: not installed")
            continue
        seconds = time.perf_counter() - started
        for key, text in texts.items():
            expected, found = runs(truth[key]["articleBody"]), runs(text)
            both = (expected & found).total()
            rates.append((both / max(1, found.total()), both / max(1, expected.total())))
            lost += rates[-1][1] < 0.5
            if "-v" in sys.argv and extract is main_text and (rates[-1][1] < 0.8 or rates[-1][0] < 0.6):
                print("  ", key[:10], *(f"{rate:.2f}" for rate in rates[-1]))
        precision, recall = (sum(rate[side] for rate in rates) / len(rates) for side in (0, 1))
        print(
            f"{extract.__name__:26} precision {precision:.3f}, recall {recall:.3f}, "
            f"F1 {2 * precision * recall / (precision + recall):.3f}; "
            f"{lost} pages lost by half; {1000 * seconds / len(pages):.0f} ms a page"
        )


if __name__ == "__main__":
    main()
