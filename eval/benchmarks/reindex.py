"""Target S4: bring an index up to date after one of 800 files changed.

    python eval/benchmarks/reindex.py

Prints seconds and passages embedded, in this process and as a whole `chatbot index` process; beside them the floor,
which is hashing the files, a refresh where nothing changed, and what LangChain and LlamaIndex take who look for changes
(index_peers.py), where they are installed. The files are made of the handbook in knowledge/.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from index_peers import Encoder, has_langchain, has_llama_index, langchain_refresh, llama_refresh
from timing import in_turn, report, seconds_of

from chatbot import Knowledge
from chatbot.retrieval.embed import Progress, Vectors
from chatbot.retrieval.embed_minilm import MiniLM

HANDBOOK = Path(__file__).parents[2] / "knowledge"
FILES = 800
ROUNDS = 7
LINES = 40
"""Of each file, from another place of the handbook."""


class Counting(MiniLM):
    """The packaged encoder, counting the passages it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.count += len(texts)
        return super().embed(texts, progress)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        folder = root / "knowledge"
        write_documents(folder)
        (root / "chatbot.toml").write_text('model = "extractive"\n')
        counting = Counting()
        knowledge = Knowledge(folder, embedder=counting)
        started = time.perf_counter()
        knowledge.refresh()
        print(f"{FILES} files, {counting.count} passages, indexed in {time.perf_counter() - started:.1f} s")
        knowledge.refresh()
        counting.count = 0
        command = [str(Path(sys.executable).parent / "chatbot"), "index"]
        works = {
            "floor: hash the files": lambda: seconds(lambda: hash_all(folder)),
            "refresh, nothing changed": lambda: seconds(knowledge.refresh),
            "refresh, one file changed": lambda: change(folder) or seconds(knowledge.refresh),
            "chatbot index, one changed": lambda: change(folder) or seconds_of(command, cwd=root),
        }
        encoders = {name: Encoder() for name in ("LangChain", "LlamaIndex")}
        works |= peers(folder, encoders)
        print("target: under 1 s plus the changed passages; nothing unchanged is embedded again")
        report(in_turn(works, ROUNDS))
        print(f"passages embedded in this process by {ROUNDS} changes: {counting.count}")
        for name in set(encoders) & works.keys():
            print(f"by {name}: {encoders[name].count}")


def peers(folder: Path, encoders: Mapping[str, Encoder]) -> dict[str, Callable[[], float]]:
    """Those that are installed, each with all files indexed."""
    refreshes: dict[str, Callable[[], object]] = {}
    if has_langchain():
        refreshes["LangChain"] = langchain_refresh(folder, encoders["LangChain"])
    if has_llama_index():
        refreshes["LlamaIndex"] = llama_refresh(folder, encoders["LlamaIndex"])
    for name, refresh in refreshes.items():
        encoders[name].is_idle = True  # what the first time takes is the business of indexing_rate.py
        refresh()
        encoders[name].is_idle = False
        encoders[name].embed(["The model is loaded now."])
        encoders[name].count = 0
    return {name: lambda refresh=refresh: change(folder) or seconds(refresh) for name, refresh in refreshes.items()}


def write_documents(folder: Path) -> None:
    """Files that all differ, each a window over the lines of the handbook."""
    folder.mkdir()
    lines = [line for page in sorted(HANDBOOK.glob("*.md")) for line in page.read_text().splitlines(keepends=True)]
    for number in range(FILES):
        at = number * 17 % (len(lines) - LINES)
        text = "".join(lines[at : at + LINES])
        (folder / f"{number:03}.md").write_text(f"# Document {number}\n\n{text}")
    time.sleep(2.5)  # files that changed this very moment are read again to be sure


def change(folder: Path) -> None:
    """Another sentence in one file."""
    with (folder / "400.md").open("a") as file:
        file.write(f"\nChanged at {time.time_ns()}.\n")


def hash_all(folder: Path) -> None:
    for path in folder.iterdir():
        hashlib.sha256(path.read_bytes()).hexdigest()


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
