"""Re-indexing: only what changed is embedded, what is gone is removed, nothing is lost or seen by half."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from words import Words

from chatbot.errors import ChatbotError, KnowledgeError
from chatbot.retrieval import building
from chatbot.retrieval.building import Incoming, put_all
from chatbot.retrieval.embed import Progress, Vectors
from chatbot.retrieval.indexing import COMPLETE, refresh
from chatbot.retrieval.load import Document, stamp
from chatbot.retrieval.store import Origin, Store


class Stubborn(Words):
    """Fails after some calls, as a service does."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self._calls = calls

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self._calls -= 1
        if self._calls < 0:
            raise ChatbotError("the service is gone")
        return super().embed(texts, progress)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "documents"
    root.mkdir()
    for number in range(20):
        write(root / f"{number:02}.md", f"# Document {number}\n\nIt is about subject {number}.\n", age=100)
    return root


def write(path: Path, text: str, *, age: float = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if age:
        os.utime(path, (time.time() - age,) * 2)


def sources(store: Store) -> list[str]:
    return [stored.source for stored in store.documents()]


def test_the_first_time_everything_is_added(folder: Path) -> None:
    store, words = Store(None, "words"), Words()

    changes = refresh(folder, store, words)

    assert changes.added == tuple(sources(store)) and len(changes.added) == 20
    assert (changes.updated, changes.removed, changes.unchanged, changes.skipped) == ((), (), 0, ())
    assert store.setting(COMPLETE)


def test_then_only_what_changed_is_embedded(folder: Path) -> None:
    store, words = Store(None, "words"), Words()
    refresh(folder, store, words)
    words.embedded.clear()
    write(folder / "07.md", "# Document 7\n\nNow it is about something else.\n")
    write(folder / "sub" / "new.md", "# New\n\nA new document.\n")
    (folder / "03.md").unlink()

    changes = refresh(folder, store, words)

    assert (changes.added, changes.updated, changes.removed) == (("sub/new.md",), ("07.md",), ("03.md",))
    assert changes.unchanged == 18
    assert [text.split("\n")[0] for text in sorted(words.embedded)] == ["Document 7", "New"]
    assert refresh(folder, store, words).unchanged == 20


def test_of_a_changed_document_only_the_changed_chunks_are_embedded(folder: Path) -> None:
    store, words = Store(None, "words"), Words()
    section = "## Section {}\n\nThis is what stands there.\n\n"
    write(folder / "long.md", "# Long\n\n" + "".join(section.format(number) for number in range(30)))
    refresh(folder, store, words)
    before = len(words.embedded)
    write(folder / "long.md", "# Long\n\n" + "".join(section.format(number) for number in range(31)))

    refresh(folder, store, words)

    assert before == len(set(words.embedded[:before]))
    assert [text.split("\n")[0] for text in words.embedded[before:]] == ["Long > Section 30"]


def test_what_moved_or_was_copied_is_not_embedded_again(folder: Path) -> None:
    store, words = Store(None, "words"), Words()
    refresh(folder, store, words)
    words.embedded.clear()
    (folder / "01.md").rename(folder / "moved.md")
    write(folder / "copy.md", (folder / "02.md").read_text())

    changes = refresh(folder, store, words)

    assert (changes.added, changes.removed) == (("copy.md", "moved.md"), ("01.md",))
    assert words.embedded == []


def test_a_change_within_the_same_tick_of_the_clock_is_seen(folder: Path) -> None:
    store, words = Store(None, "words"), Words()
    path = folder / "00.md"
    write(path, "# A\n\nold\n")
    refresh(folder, store, words)
    status = path.stat()
    write(path, "# A\n\nnew\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert refresh(folder, store, words).updated == ("00.md",)
    assert store.text("00.md") == "# A\n\nnew\n"


def test_a_file_that_was_only_touched_is_unchanged(folder: Path) -> None:
    store, words = Store(None, "words"), Words()
    refresh(folder, store, words)
    generation = store.generation
    os.utime(folder / "00.md")

    assert refresh(folder, store, words).unchanged == 20
    assert store.generation == generation


def test_files_that_cannot_be_read_are_told_and_the_rest_is_indexed(folder: Path) -> None:
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / "program.md").write_bytes(b"MZ\0\1")
    Path(os.fsdecode(os.fsencode(folder) + b"/n\xe9.md")).write_text("text")
    store = Store(None, "words")

    changes = refresh(folder, store, Words())

    assert [reason for _, reason in changes.skipped] == [
        "its name is not UTF-8",
        "files ending in .png are not read",
        "binary data, not text",
    ]
    assert len(sources(store)) == 20


def test_a_document_that_became_unreadable_text_is_gone(folder: Path) -> None:
    store = Store(None, "words")
    refresh(folder, store, Words())
    (folder / "05.md").write_bytes(b"MZ\0\1")

    changes = refresh(folder, store, Words())

    assert changes.removed == ("05.md",)
    assert changes.skipped == (("05.md", "binary data, not text"),)


def test_a_folder_that_disappeared_takes_nothing_with_it(folder: Path) -> None:
    store = Store(None, "words")
    refresh(folder, store, Words())
    folder.rename(folder.with_name("elsewhere"))

    with pytest.raises(KnowledgeError, match="there are no documents at"):
        refresh(folder, store, Words())
    assert len(sources(store)) == 20


def test_an_interrupted_run_keeps_what_it_did_and_the_next_goes_on_there(folder: Path) -> None:
    for number in range(30):
        sections = "".join(f"## S{part}\n\nText {part} of {number}.\n\n" for part in range(40))
        write(folder / f"long-{number:02}.md", f"# L{number}\n\n{sections}")
    store, stubborn = Store(None, "words"), Stubborn(2)

    with pytest.raises(ChatbotError, match="the service is gone"):
        refresh(folder, store, stubborn)
    kept = sources(store)
    assert 0 < len(kept) < 50 and store.setting(COMPLETE) is None
    words = Words()
    refresh(folder, store, words)

    assert len(sources(store)) == 50 and store.setting(COMPLETE)
    assert not set(words.embedded) & set(stubborn.embedded)


def test_progress_grows_to_the_whole(folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    store, words = Store(None, "words"), Words()
    refresh(folder, store, words, lambda done, total: seen.append((done, total)))
    whole = sum(path.stat().st_size for path in folder.iterdir())

    assert {total for _, total in seen} == {whole}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[0][0] == 0 and seen[-1] == (whole, whole)

    seen.clear()
    refresh(folder, store, words, lambda done, total: seen.append((done, total)))
    assert seen == []


def test_two_that_index_at_once_share_the_work(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    words = [Words(), Words()]
    threads = [threading.Thread(target=lambda w=w: refresh(folder, Store(path, "words"), w)) for w in words]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(len(each.embedded) for each in words) == [0, 20]
    assert len(sources(Store(path, "words"))) == 20


def test_a_batch_is_bounded(folder: Path) -> None:
    for number in range(10):
        sections = "".join(f"## S{part}\n\nText {part} of {number}.\n\n" for part in range(100))
        write(folder / f"long-{number:02}.md", f"# L{number}\n\n{sections}")
    sizes: list[int] = []

    class Watched(Words):
        def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
            sizes.append(len(texts))
            return super().embed(texts, progress)

    refresh(folder, Store(None, "words"), Watched())

    assert sum(sizes) == 20 + 1000
    assert max(sizes) < building.BATCH + 101


def test_what_earlier_converters_read_is_read_again_and_embedded_only_where_it_differs() -> None:
    store, words = Store(None, "words"), Words()
    path = Path(building.__file__)  # older than a tick of the clock, so that its stamp tells that it has not changed
    refresh(path, store, words)
    put_all([Incoming(Document(path.name, "Less of it.", "Less"), Origin(stamp(path)))], 1, store, words)

    assert refresh(path, store, words).updated == ()
    store.set_setting("failures_of", "an earlier version")
    assert refresh(path, store, words).updated == (path.name,)
    assert store.text(path.name) == path.read_text()
    store.set_setting("failures_of", "an earlier version")
    assert refresh(path, store, words).updated == ()
