"""How near the packaged encoder is to the original weights: cosine similarity, and retrieval on public collections.

In: two functions from texts to unit vectors. Out: printed figures, ours beside the original's. The collections lie in
../shared/data and are left out where they are missing; the similarity then is taken over the handbook's paragraphs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]

ROOT = Path(__file__).parents[1]
DATA = ROOT / "../shared/data"
COLLECTIONS = ("cranfield", "cisi")
DEPTH = 10


def print_figures(ours: Embed, original: Embed) -> None:
    """Everything there is data for. Takes some minutes, most of them for the original."""
    ours, original = remembering(ours), remembering(original)
    texts = sample()
    cosines = (ours(texts) * original(texts)).sum(axis=1)
    print(f"cosine to the original, {len(texts)} texts: mean {cosines.mean():.4f}, least {cosines.min():.4f}")
    for name in COLLECTIONS:
        if (DATA / name).is_dir():
            gains = [ndcg(name, embed) for embed in (ours, original)]
            print_pair(f"{name} nDCG@{DEPTH}", *gains)
    if (DATA / "xquad_en").is_dir():
        ranks = [xquad_ranks(embed) for embed in (ours, original)]
        for depth in (1, 5):
            print_pair(f"xquad_en recall@{depth}", *(each < depth for each in ranks))


def print_pair(what: str, ours: NDArray[Any], original: NDArray[Any]) -> None:
    """Both means, and their difference with its standard error over the questions (the same ones for both)."""
    difference = ours.astype(float) - original.astype(float)
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    print(
        f"{what} ({len(ours)} questions): ours {ours.mean():.4f}, original {original.mean():.4f}, "
        f"difference {difference.mean():+.4f} ± {error:.4f}"
    )


def sample() -> list[str]:
    """At least 500 texts of all lengths: abstracts, encyclopedia paragraphs and questions, or our own handbook."""
    if (DATA / "cranfield").is_dir() and (DATA / "xquad_en").is_dir():
        abstracts = [each["text"] for each in rows("cranfield/corpus.jsonl")]
        paragraphs = [each["text"] for each in rows("xquad_en/corpus.jsonl")]
        questions = [each["question"] for each in rows("xquad_en/questions.jsonl")]
        return abstracts[::5] + paragraphs + questions[::5]
    pages = [page.read_text(encoding="utf-8") for page in sorted((ROOT / "knowledge").rglob("*.md"))]
    return [part for page in pages for part in page.split("\n\n")]


def ndcg(collection: str, embed: Embed) -> NDArray[np.float64]:
    """nDCG@10 of each query: whole documents, every listed document relevant alike."""
    documents, queries = rows(f"{collection}/corpus.jsonl"), rows(f"{collection}/queries.jsonl")
    scores = embed([each["text"] for each in queries]) @ embed([whole(each) for each in documents]).T
    ids = [each["id"] for each in documents]
    discounts = 1 / np.log2(np.arange(2, DEPTH + 2))

    def gain(query: dict[str, Any], row: Vectors) -> float:
        best = np.argsort(-row, kind="stable")[:DEPTH]
        found = np.array([ids[place] in query["relevant"] for place in best])
        return float((found * discounts).sum() / discounts[: len(query["relevant"])].sum())

    return np.array([gain(query, row) for query, row in zip(queries, scores, strict=True)])


def xquad_ranks(embed: Embed) -> NDArray[np.int64]:
    """The place, from 0, that each question's own paragraph takes among all."""
    passages, questions = rows("xquad_en/corpus.jsonl"), rows("xquad_en/questions.jsonl")
    scores = embed([each["question"] for each in questions]) @ embed([each["text"] for each in passages]).T
    place = {each["id"]: index for index, each in enumerate(passages)}
    own = scores[np.arange(len(questions)), [place[each["passage"]] for each in questions]]
    ranks: NDArray[np.int64] = (scores > own[:, None]).sum(axis=1)
    return ranks


def whole(document: dict[str, Any]) -> str:
    """Title and text, the title once."""
    title, text = document["title"], document["text"]
    return text if text.startswith(title) else f"{title}\n{text}"


def rows(path: str) -> list[dict[str, Any]]:
    """A file of ../shared/data."""
    with (DATA / path).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def remembering(embed: Embed) -> Embed:
    """The same function, asked for each text once."""
    known: dict[str, Vectors] = {}

    def embed_unknown(texts: Sequence[str]) -> Vectors:
        unknown = [text for text in dict.fromkeys(texts) if text not in known]
        if unknown:
            known.update(zip(unknown, embed(unknown), strict=True))
        return np.stack([known[text] for text in texts])

    return embed_unknown
