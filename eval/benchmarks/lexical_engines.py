"""Engines for lexical search, side by side: FTS5, FTS5 without common words, bm25s, tantivy, and ours.

    python eval/benchmarks/install_peers.py     (once; without it bm25s and tantivy are left out)
    python eval/benchmarks/lexical_engines.py [CHUNKS]

Of 100,000 chunks: seconds to build, size on disk; then in a fresh process seconds to the first answer, memory, the time
of queries of six common words and of real questions, and seconds from a changed document of ten chunks to the first
answer that knows it. Then what each finds by itself on three collections, with its own way to read words. Chunks are
sentences of the collections put together by chance (seven each, 1,000 characters), so words are as common as there;
without ../shared/data they are of the handbook, and nothing is said about quality.

FTS5 and ours write a transaction for each document, since they share it with what else a document is; bm25s and
tantivy, which cannot, write all at once, and bm25s knows no change but building again.
"""

from __future__ import annotations

import json
import random
import re
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

REPOSITORY = Path(__file__).parents[2]
DATA = REPOSITORY / "../shared/data"
COLLECTIONS = {"cranfield": "queries.jsonl", "cisi": "queries.jsonl", "xquad_en": "questions.jsonl"}
PEERS = REPOSITORY / ".cache" / "peers" / "lexical" / "bin" / "python"
LIMIT = 100
"""Chunks that are asked for: as many as the search takes from each side."""
DOCUMENT = 10
"""Chunks of a document."""
ROUNDS = 3


class Engine(Protocol):
    """A lexical index in a folder; chunks are numbered from 0."""

    def __init__(self, folder: Path) -> None: ...

    def build(self, texts: Sequence[str]) -> None:
        """Indexes the chunks, on disk."""

    def search(self, query: str, words: Sequence[str]) -> list[int]:
        """The best chunks; `words` are those of the query without stop words."""

    def change(self, texts: Sequence[str]) -> None:
        """Puts other chunks in the place of the first document."""

    def disk(self) -> int:
        """Bytes of what serves this search alone."""


class Ours:
    """The index of this program."""

    def __init__(self, folder: Path) -> None:
        from chatbot.retrieval.lexical import LexicalIndex
        from chatbot.retrieval.store import Store

        self._store = Store(folder / "index.db", "none")
        self._index = LexicalIndex(self._store)
        self._first = 1
        """The id of the first chunk; later it has been replaced."""

    def build(self, texts: Sequence[str]) -> None:
        for start in range(0, len(texts), DOCUMENT):
            self._put(str(start), texts[start : start + DOCUMENT])
        self._index.write()

    def search(self, query: str, words: Sequence[str]) -> list[int]:
        from chatbot.retrieval.lexical_terms import content_words

        with self._store.snapshot():
            return [key - self._first for key, _ in self._index.search(content_words(query), LIMIT)]

    def change(self, texts: Sequence[str]) -> None:
        self._put("0", texts)

    def disk(self) -> int:
        packed = sum(len(each) for _, some in self._store.terms_after(0) for each in some)
        file = self._store.files.current("lexical")
        return packed + (len(file.data) if file else 0)

    def _put(self, source: str, texts: Sequence[str]) -> None:
        import numpy as np

        from chatbot.retrieval.load import Document
        from chatbot.retrieval.split import Chunk

        starts = [sum(len(text) + 1 for text in texts[:number]) for number in range(len(texts))]
        chunks = [Chunk(start, start + len(text), 1, (), "") for start, text in zip(starts, texts, strict=True)]
        self._store.put(
            Document(source, "\n".join(texts), is_file=False), chunks, np.ones((len(texts), 1), dtype=np.float32)
        )


class Fts5:
    """SQLite's own, as this program used it before."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "fts5.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("CREATE VIRTUAL TABLE IF NOT EXISTS t USING fts5 (text, tokenize = 'porter unicode61')")

    def build(self, texts: Sequence[str]) -> None:
        for start in range(0, len(texts), DOCUMENT):
            self._put(start, texts[start : start + DOCUMENT])
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def search(self, query: str, words: Sequence[str]) -> list[int]:
        expression = " OR ".join(f'"{word}"' for word in self._wanted(words))
        sql = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?"
        return [row[0] for row in self._database.execute(sql, (expression, LIMIT))]

    def change(self, texts: Sequence[str]) -> None:
        self._put(0, texts)

    def disk(self) -> int:
        return int(self._database.execute("SELECT SUM(pgsize) FROM dbstat").fetchone()[0])

    def _wanted(self, words: Sequence[str]) -> Sequence[str]:
        return words

    def _put(self, start: int, texts: Sequence[str]) -> None:
        with self._database:
            self._database.execute("BEGIN")
            self._database.execute("DELETE FROM t WHERE rowid BETWEEN ? AND ?", (start, start + len(texts) - 1))
            rows = list(enumerate(texts, start))
            self._database.executemany("INSERT INTO t (rowid, text) VALUES (?, ?)", rows)


class PrunedFts5(Fts5):
    """FTS5 that leaves out words which more than a tenth of the chunks have, where others are left."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._common = {word for (word,) in self._rows("SELECT word FROM common")} if self._rows(_HAS_COMMON) else set()

    def build(self, texts: Sequence[str]) -> None:
        super().build(texts)
        found = Counter(word for text in texts for word in set(re.findall(r"[^\W_]+", text.lower())))
        self._common = {word for word, count in found.items() if count > max(50, len(texts) / 10)}
        self._database.execute("CREATE TABLE common (word TEXT)")
        self._database.executemany("INSERT INTO common VALUES (?)", [(word,) for word in self._common])

    def _wanted(self, words: Sequence[str]) -> Sequence[str]:
        return [word for word in words if word not in self._common] or words

    def _rows(self, sql: str) -> list[tuple[str]]:
        return self._database.execute(sql).fetchall()


_HAS_COMMON = "SELECT name FROM sqlite_master WHERE name = 'common'"


class Bm25s:
    """Scores in sparse matrices, computed beforehand."""

    def __init__(self, folder: Path) -> None:
        import bm25s
        import Stemmer

        self._engine, self._folder, self._stemmer = bm25s, folder / "bm25s", Stemmer.Stemmer("english")
        if self._folder.exists():
            self._index = bm25s.BM25.load(str(self._folder), mmap=True)

    def build(self, texts: Sequence[str]) -> None:
        self._texts = list(texts)
        self._index = self._engine.BM25()
        self._index.index(self._tokens(texts), show_progress=False)
        self._index.save(str(self._folder))

    def search(self, query: str, words: Sequence[str]) -> list[int]:
        found, scores = self._index.retrieve(self._tokens([query]), k=LIMIT, show_progress=False, sorted=True)
        return [int(key) for key, score in zip(found[0], scores[0], strict=True) if score > 0]

    def change(self, texts: Sequence[str]) -> None:
        all_texts = json.loads((self._folder.parent / "texts.json").read_text())
        self.build([*texts, *all_texts[len(texts) :]])

    def disk(self) -> int:
        return size_of(self._folder)

    def _tokens(self, texts: Sequence[str]) -> object:
        return self._engine.tokenize(list(texts), stopwords="en", stemmer=self._stemmer, show_progress=False)


class Tantivy:
    """An engine of its own in Rust, with a commit of its own."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        self._engine, self._folder = tantivy, folder / "tantivy"
        self._folder.mkdir(exist_ok=True)
        schema = tantivy.SchemaBuilder().add_integer_field("chunk", stored=True, indexed=True, fast=True)
        schema = schema.add_text_field("text", tokenizer_name="en_stem", index_option="freq").build()
        self._index = tantivy.Index(schema, path=str(self._folder))

    def build(self, texts: Sequence[str]) -> None:
        self._write(texts, first=None)

    def search(self, query: str, words: Sequence[str]) -> list[int]:
        searcher = self._index.searcher()
        wanted, _ = self._index.parse_query_lenient(" ".join(words), ["text"])
        return [searcher.doc(address)["chunk"][0] for _, address in searcher.search(wanted, LIMIT).hits]

    def change(self, texts: Sequence[str]) -> None:
        self._write(texts, first=0)

    def disk(self) -> int:
        return size_of(self._folder)

    def _write(self, texts: Sequence[str], first: int | None) -> None:
        writer = self._index.writer(200_000_000, 1)
        for number, text in enumerate(texts, first or 0):
            if first is not None:
                writer.delete_documents("chunk", number)
            writer.add_document(self._engine.Document(chunk=number, text=text))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


ENGINES: dict[str, type[Engine]] = {
    "ours": Ours,
    "FTS5": Fts5,
    "FTS5 pruned": PrunedFts5,
    "bm25s": Bm25s,
    "tantivy": Tantivy,
}


# --- the processes of one engine --------------------------------------------------------------------------------------


def built(engine: type[Engine], folder: Path) -> dict[str, object]:
    """Builds the index of the texts that lie in the folder."""
    texts = json.loads((folder / "texts.json").read_text())
    started = time.perf_counter()
    index = engine(folder)
    index.build(texts)
    return {"build": time.perf_counter() - started, "disk": index.disk() / 1e6}


def used(engine: type[Engine], folder: Path) -> dict[str, object]:
    """Opens the index, asks the queries that lie in the folder, changes a document."""
    queries = json.loads((folder / "queries.json").read_text())
    before = memory()
    started = time.perf_counter()
    index = engine(folder)
    index.search(*queries["common"][0])
    figures: dict[str, object] = {"open": time.perf_counter() - started}
    for kind, asked in queries.items():
        figures[kind] = [seconds_of_search(index, query) for _ in range(ROUNDS) for query in asked]
    figures["memory"] = memory() - before
    started = time.perf_counter()
    index.change(json.loads((folder / "changed.json").read_text()))
    index.search(*queries["common"][0])
    return figures | {"change": time.perf_counter() - started}


def found(engine: type[Engine], folder: Path) -> dict[str, object]:
    """What the engine finds on a collection whose texts and queries lie in the folder."""
    index = engine(folder)
    index.build(json.loads((folder / "texts.json").read_text()))
    return {"found": [index.search(*query) for query in json.loads((folder / "queries.json").read_text())["asked"]]}


def seconds_of_search(index: Engine, query: Sequence[object]) -> float:
    started = time.perf_counter()
    index.search(*query)  # type: ignore[arg-type]
    return time.perf_counter() - started


def memory() -> float:
    """The most this process had in memory so far, pages of mapped files included, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # elsewhere the figure may be that of the process that started this one
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024  # type: ignore[index]
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


STEPS = {"built": built, "used": used, "found": found}


# --- all of them ------------------------------------------------------------------------------------------------------


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        print(f"{count:,} chunks; median of the time of a query, and its 95th percentile")
        for engine in engines():
            folder = Path(name) / engine.replace(" ", "-")
            folder.mkdir()
            write_chunks(folder, count)
            figures = run("built", engine, folder) | run("used", engine, folder)
            print(
                f"{engine:<12} built in {figures['build']:6.1f} s, {figures['disk']:6.1f} MB; first answer after"
                f" {figures['open']:.2f} s, {figures['memory']:4.0f} MB; six common words {times(figures['common'])};"
                f" questions {times(figures['questions'])}; changed after {figures['change']:.3f} s",
                flush=True,
            )
        for collection in COLLECTIONS if DATA.is_dir() else ():
            for engine in engines():
                folder = Path(name) / f"{collection}-{engine.replace(' ', '-')}"
                folder.mkdir()
                print(f"{collection:<12} {engine:<12} {quality(collection, engine, folder)}", flush=True)


def engines() -> list[str]:
    """Those that can run here."""
    if PEERS.exists():
        return list(ENGINES)
    print("bm25s and tantivy are left out: run install_peers.py first", file=sys.stderr)
    return [name for name in ENGINES if name not in ("bm25s", "tantivy")]


def run(step: str, engine: str, folder: Path) -> dict[str, object]:
    """A step in a process of its own: the peers' have their own packages."""
    python = str(PEERS) if engine in ("bm25s", "tantivy") else sys.executable
    command = [python, __file__, "--step", step, engine, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(REPOSITORY)}, check=False)
    if done.returncode:
        raise SystemExit(f"{engine}: {done.stderr}")
    figures: dict[str, object] = json.loads(done.stdout)
    return figures


def times(seconds: object) -> str:
    assert isinstance(seconds, list)
    ranked = sorted(seconds)
    return f"{statistics.median(ranked) * 1e3:.2f} / {ranked[int(len(ranked) * 0.95)] * 1e3:.2f} ms"


def write_chunks(folder: Path, count: int) -> None:
    """The chunks, the queries and the changed document, the same each time."""
    from chatbot.terms import STOP_WORDS

    chance = random.Random(7)
    texts, asked = collected()
    pieces = [piece for text in texts for piece in re.split(r"(?<=[.?!])\s+", text) if len(piece) > 20]
    chunks = [" ".join(chance.choices(pieces, k=7)) for _ in range(count)]
    often = Counter(word for chunk in chunks[:5_000] for word in set(re.findall(r"[a-z]{3,}", chunk.lower())))
    common = [word for word, _ in often.most_common(120) if word not in STOP_WORDS][:40]
    sixes = [" ".join(chance.sample(common, 6)) for _ in range(20)]
    queries = {"common": map(query_of, sixes), "questions": map(query_of, chance.sample(asked, min(50, len(asked))))}
    write(folder / "texts.json", chunks)
    write(folder / "changed.json", [" ".join(chance.choices(pieces, k=7)) for _ in range(DOCUMENT)])
    write(folder / "queries.json", {kind: list(each) for kind, each in queries.items()})


def collected() -> tuple[list[str], list[str]]:
    """Texts and questions about them."""
    if not DATA.is_dir():
        from questions import HANDBOOK

        return [page.read_text() for page in sorted((REPOSITORY / "knowledge").glob("*.md"))], list(HANDBOOK)
    texts = [str(row["text"]) for name in COLLECTIONS for row in rows(DATA / name / "corpus.jsonl")]
    return texts, [text_of(row) for name, file in COLLECTIONS.items() for row in rows(DATA / name / file)]


def quality(collection: str, engine: str, folder: Path) -> str:
    """nDCG@10, or recall at 1 and 5, of whole documents."""
    documents = list(rows(DATA / collection / "corpus.jsonl"))
    asked = list(rows(DATA / collection / COLLECTIONS[collection]))
    write(folder / "texts.json", [f"{row['title']}\n{row['text']}".replace("_", " ") for row in documents])
    write(folder / "queries.json", {"asked": [query_of(text_of(row)) for row in asked]})
    found = run("found", engine, folder)["found"]
    assert isinstance(found, list)
    ranked = [[documents[number]["id"] for number in each] for each in found]
    if collection == "xquad_en":
        at = [sum(row["passage"] in each[:k] for each, row in zip(ranked, asked, strict=True)) for k in (1, 5)]
        return f"recall@1 {at[0] / len(asked):.3f}  recall@5 {at[1] / len(asked):.3f}"
    gains = [ndcg(each, row["relevant"]) for each, row in zip(ranked, asked, strict=True)]  # type: ignore[arg-type]
    return f"nDCG@10 {statistics.mean(gains):.3f}"


def ndcg(ranked: Sequence[object], relevant: dict[str, object]) -> float:
    """nDCG@10 with binary gain."""
    from math import log2

    gain = sum(1 / log2(place + 2) for place, key in enumerate(ranked[:10]) if key in relevant)
    return gain / sum(1 / log2(place + 2) for place in range(min(10, len(relevant))))


def query_of(text: str) -> tuple[str, list[str]]:
    """A query, and its words without stop words."""
    from chatbot.terms import STOP_WORDS

    words = re.findall(r"[^\W_]+", text.lower())
    return text, list(dict.fromkeys(word for word in words if word not in STOP_WORDS)) or words


def text_of(row: dict[str, object]) -> str:
    return str(row.get("question") or row["text"])


def rows(path: Path) -> Iterator[dict[str, object]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        print(json.dumps(STEPS[sys.argv[2]](ENGINES[sys.argv[3]], Path(sys.argv[4]))))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
