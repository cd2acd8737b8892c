"""The figures of an index agree with what was put into it."""

from __future__ import annotations

from pathlib import Path

import pytest
from words import Words

from chatbot.retrieval import Knowledge
from chatbot.retrieval.indexing import refresh
from chatbot.retrieval.report import figures
from chatbot.retrieval.report.figures import Figures, figures_of
from chatbot.retrieval.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "documents"
    root.mkdir()
    for number in range(12):
        subject = "garden flowers" if number % 2 else "engine oil"
        parts = "".join(f"## Part {part}\n\nWhat {subject} need, {number} {part}.\n\n" for part in range(3))
        (root / f"{number:02}.md").write_text(f"# Page {number}\n\n{parts}")
    (root / "long.txt").write_text("A line of it.\n" * 800)
    for name in ("a.xyz", "b.xyz", "c.zyx"):
        (root / name).write_bytes(b"x")
    return root


def told(folder: Path) -> tuple[Figures, Store]:
    store, words = Store(None, "words"), Words()
    changes = refresh(folder, store, words)
    return figures_of(store, words, place="documents", skipped=changes.skipped), store


def test_every_document_is_counted_once_under_its_type_and_size(folder: Path) -> None:
    found, store = told(folder)
    markdown, text = found.types

    assert (markdown.name, markdown.documents, text.name, text.documents) == ("Markdown", 12, "plain text", 1)
    assert (markdown.sizes[0], text.sizes[2]) == (12, 1)
    assert text.bytes == (folder / "long.txt").stat().st_size
    assert (found.documents, found.chunks) == store.count()
    assert sum(each.chunks for each in found.types) == found.chunks
    assert all(each.seconds > 0 for each in found.types)


def test_what_was_left_out_stands_under_its_reason_the_most_frequent_first(folder: Path) -> None:
    (first, files), (_, others) = told(folder)[0].skipped

    assert ".xyz" in first and files == ("a.xyz", "b.xyz") and others == ("c.zyx",)


def test_every_passage_is_measured_and_on_the_map_while_there_are_few(folder: Path) -> None:
    found, store = told(folder)
    passages = store.passages(store.chunk_ids().tolist()).values()

    assert found.lengths == tuple(Words().count_tokens([passage.text for passage in passages]))
    assert len(found.dots) == found.chunks
    assert any(dot.name == "Page 3 › Part 1 (03.md:7)" for dot in found.dots)


def test_regions_of_the_map_are_named_by_what_sets_them_apart(tmp_path: Path) -> None:
    for number in range(40):
        subject = "garden flowers" if number % 2 else "engine oil"
        (tmp_path / f"{number:02}.md").write_text(f"What {subject} need, by all means {number}.\n")

    named = {word for label in told(tmp_path)[0].labels for word in label.words}
    assert named & {"garden", "flowers"} and named & {"engine", "oil"} and not named & {"means", "need"}


def test_of_many_passages_a_sample_over_all_of_them_is_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MAPPED", 7)
    monkeypatch.setattr(figures, "MEASURED", 9)
    found, _ = told(folder)

    assert (len(found.dots), len(found.lengths)) == (7, 9)
    assert found.dots[0].name.endswith("(00.md:1)") and "long" in found.dots[-1].name


def test_the_slowest_stand_first(folder: Path) -> None:
    seconds = [each.seconds for each in told(folder)[0].slowest]

    assert len(seconds) == figures.SLOWEST and seconds == sorted(seconds, reverse=True)


def test_records_have_figures_too() -> None:
    knowledge = Knowledge.from_records([{"id": "a", "text": "One."}, {"id": "b", "text": "Two."}], embedder=Words())
    found = figures_of(knowledge._store, Words(), place="records")

    assert [(each.name, each.documents, each.bytes) for each in found.types] == [("record", 2, 8)]
    assert [dot.name for dot in found.dots] == ["a", "b"]
