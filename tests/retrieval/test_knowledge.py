"""`Knowledge`, as apps use it: with the packaged encoder, real files and a real index."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from words import Words

from chatbot import Knowledge
from chatbot.errors import EmbedderMismatch, KnowledgeError, NotFoundError, UsageError
from chatbot.retrieval import passage_of_file

PAGES = {
    "returns.md": "# Returns\n\nThings may be returned within thirty days.\n\n## Sale items\n\nSale items stay sold.\n",
    "shipping/abroad.md": "# Shipping abroad\n\nParcels to other countries take nine days.\n",
    "hours.txt": "The shop is open from nine to five, and closed on Sundays.\n",
    "jobs.html": "<h1>Jobs</h1><p>We are looking for a <b>baker</b>.</p><ul><li>Start in May</li></ul>",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "documents"
    for name, text in PAGES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def knowledge(folder: Path, tmp_path: Path) -> Knowledge:
    return Knowledge(folder, index=tmp_path / "index.db")


def test_a_question_finds_its_passage(knowledge: Knowledge) -> None:
    best = knowledge.search("How long do parcels to France take?")[0]

    assert (best.path, best.record_id, best.line) == ("shipping/abroad.md", None, 1)
    assert best.title == "Shipping abroad"
    assert knowledge.search("When can I start as a baker?", k=1)[0].path == "jobs.html"


def test_a_passage_is_an_exact_slice_of_its_document_and_file(knowledge: Knowledge, folder: Path) -> None:
    for question in ("returned", "sale", "nine days", "open on Sunday", "baker"):
        for passage in knowledge.search(question):
            assert knowledge.document(passage.path)[passage.start : passage.end] == passage.text
            if passage.path != "jobs.html":
                assert (folder / str(passage.path)).read_text()[passage.start : passage.end] == passage.text
    assert knowledge.search("sale items", k=1)[0].heading == ("Returns", "Sale items")
    assert knowledge.search("sale items", k=1)[0].line == 5


def test_opening_is_quick_and_the_first_use_indexes(folder: Path, tmp_path: Path) -> None:
    words = Words()
    knowledge = Knowledge(folder, index=tmp_path / "i.db", embedder=words)
    assert words.embedded == []

    assert knowledge.stats().documents == 4
    embedded = len(words.embedded)
    (folder / "new.md").write_text("new")
    again = Knowledge(folder, index=tmp_path / "i.db", embedder=words)

    assert again.stats().documents == 4, "what is indexed is used as it is until `refresh`"
    assert again.refresh().added == ("new.md",)
    assert len(words.embedded) == embedded + 1


def test_a_single_file_is_knowledge(folder: Path, tmp_path: Path) -> None:
    knowledge = Knowledge(folder / "hours.txt", index=tmp_path / "i.db")
    passage = knowledge.search("When is the shop open?")[0]

    assert (passage.path, knowledge.stats().documents) == ("hours.txt", 1)
    assert not knowledge.is_stale(passage)


def test_a_filter_names_the_path_or_metadata(knowledge: Knowledge) -> None:
    assert {p.path for p in knowledge.search("days", where={"path": "returns.md"})} == {"returns.md"}
    assert knowledge.search("days", where={"path": "nowhere.md"}) == []
    assert knowledge.search("days", where={"colour": "red"}) == []


def test_a_filter_costs_no_recall() -> None:
    records = [
        {"id": str(number), "text": f"Report {number} on the harvest of apples.", "metadata": {"year": number % 400}}
        for number in range(800)
    ]
    knowledge = Knowledge.from_records(records, embedder=Words())

    found = knowledge.search("harvest of apples", k=10, where={"year": 399})

    assert {passage.record_id for passage in found} == {"399", "799"}
    assert {passage.metadata["year"] for passage in found} == {399}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"query": None}, "a NoneType cannot be searched for (write the question as a text)"),
        ({"query": b"days"}, "a bytes cannot be searched for (write the question as a text)"),
        ({"k": "3"}, "'3' passages cannot be searched for (ask for at least one, by a whole number)"),
        ({"k": 1.5}, "1.5 passages cannot be searched for (ask for at least one, by a whole number)"),
        ({"where": "tag:draft"}, """where is a str (write a mapping: where={"tag": "draft"})"""),
        ({"ranking": "hybrid"}, "ranking is a str (make one of chatbot.retrieval.search.Ranking)"),
    ],
)
def test_arguments_of_another_type_get_one_clear_line(
    knowledge: Knowledge, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError) as raised:
        knowledge.search(**{"query": "days", **arguments})

    assert str(raised.value) == said


def test_wrong_questions(knowledge: Knowledge) -> None:
    assert knowledge.search("  \n") == []
    with pytest.raises(UsageError, match="at least one"):
        knowledge.search("days", k=0)
    with pytest.raises(KnowledgeError, match=r"no document 'return\.md' \(did you mean 'returns\.md'"):
        knowledge.document("return.md")
    with pytest.raises(KnowledgeError, match="there are no documents at"):
        Knowledge("nowhere")
    with pytest.raises(NotFoundError, match="did you mean 'minilm'"):
        Knowledge(None, embedder="minilmm")


def test_records_are_searched_added_replaced_and_removed() -> None:
    knowledge = Knowledge.from_records(
        [{"id": "a", "text": "Apples are red.", "title": "Fruit", "metadata": {"kind": "fruit"}}]
    )
    knowledge.add([{"id": "b", "text": "Carrots are orange."}, {"id": "a", "text": "Apples are green."}])

    best = knowledge.search("What colour are apples?")[0]
    assert (best.record_id, best.path, best.text, best.metadata) == ("a", None, "Apples are green.", {})
    assert knowledge.stats().documents == 2

    knowledge.remove(["a", "unknown"])
    assert [passage.record_id for passage in knowledge.search("apples", floor=0)] == ["b"]
    knowledge.remove("b")
    assert knowledge.search("apples") == []


def test_wrong_records_leave_the_index_as_it_was(knowledge: Knowledge) -> None:
    with pytest.raises(KnowledgeError, match="the text of record 'y' is None"):
        knowledge.add([{"id": "x", "text": "fine"}, {"id": "y"}])
    with pytest.raises(KnowledgeError, match=r"the id 'returns\.md' is the path of a file"):
        knowledge.add([{"id": "new", "text": "fine"}, {"id": "returns.md", "text": "t"}])

    assert knowledge.stats().documents == 4


def test_records_beside_files_survive_a_refresh(knowledge: Knowledge, folder: Path) -> None:
    knowledge.refresh()
    knowledge.add([{"id": "note", "text": "The key is under the mat."}])
    (folder / "hours.txt").unlink()

    assert knowledge.refresh().removed == ("hours.txt",)
    assert knowledge.search("Where is the key?")[0].record_id == "note"


def test_records_kept_in_a_file_are_embedded_once(tmp_path: Path) -> None:
    path, words = tmp_path / "records.db", Words()
    records = [{"id": str(number), "text": f"Text number {number}."} for number in range(5)]
    Knowledge.from_records(records, path, embedder=words)
    Knowledge.from_records([*records[1:], {"id": "new", "text": "New."}], path, embedder=words)

    assert len(words.embedded) == 6
    opened = Knowledge(None, index=path, embedder=words)
    assert opened.stats().documents == 5
    assert opened.refresh().unchanged == 5
    with pytest.raises(KnowledgeError, match="no document '0'"):
        opened.document("0")


TEXTS = st.text(st.sampled_from("word gone here. \n#|`é漢🙂\ud800\0"), max_size=200)


@settings(deadline=None, max_examples=50)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.text(max_size=20))
def test_any_record_can_be_searched_and_quoted(texts: list[str], question: str) -> None:
    knowledge = Knowledge.from_records(
        ({"id": str(number), "text": text} for number, text in enumerate(texts)), embedder=Words()
    )

    for passage in knowledge.search(f"word {question}", k=50):
        document = knowledge.document(passage.record_id)
        assert document[passage.start : passage.end] == passage.text
        assert len(document) == len(texts[int(passage.source)])


def test_another_embedder_is_refused_with_the_command_that_mends_it(knowledge: Knowledge, tmp_path: Path) -> None:
    knowledge.refresh()

    with pytest.raises(EmbedderMismatch, match="chatbot index --rebuild"):
        Knowledge(knowledge.path, index=tmp_path / "index.db", embedder=Words())
    rebuilt = Knowledge(knowledge.path, index=tmp_path / "index.db", embedder=Words(), rebuild=True)
    assert len(rebuilt.refresh().added) == 4
    assert rebuilt.stats().embedder == "words"


def test_a_passage_is_stale_when_its_file_changes_or_goes(knowledge: Knowledge, folder: Path) -> None:
    found = {passage.path: passage for passage in knowledge.search("days returned shop baker", k=9)}
    assert not any(map(knowledge.is_stale, found.values()))

    os.utime(folder / "hours.txt", (1, 1))
    (folder / "returns.md").write_text("# Returns\n\nNo returns.\n")
    (folder / "shipping" / "abroad.md").unlink()

    stale = {path for path, passage in found.items() if knowledge.is_stale(passage)}
    assert stale == {"returns.md", "shipping/abroad.md"}

    knowledge.refresh()
    assert knowledge.is_stale(found["returns.md"]), "the passage is of the text that was"
    assert not knowledge.is_stale(knowledge.search("No returns", k=1)[0])


def test_a_record_is_stale_when_it_was_replaced() -> None:
    knowledge = Knowledge.from_records([{"id": "a", "text": "old"}], embedder=Words())
    passage = knowledge.search("old")[0]
    assert not knowledge.is_stale(passage)

    knowledge.add([{"id": "a", "text": "new"}])
    assert knowledge.is_stale(passage)


def test_an_attached_file_is_stale_when_it_changes(knowledge: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text("The code is 1234.\n")
    passage = passage_of_file(path)
    assert (passage.text, passage.start, passage.end) == ("The code is 1234.\n", 0, 18)
    assert not knowledge.is_stale(passage)

    path.write_text("The code is 5678.\n")
    assert knowledge.is_stale(passage)


@pytest.mark.parametrize(("name", "reason"), [("nowhere.md", "not a file"), ("a.bin", "files ending in .bin")])
def test_a_file_that_cannot_go_along_is_refused_with_the_reason(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "a.bin").write_bytes(b"x")

    with pytest.raises(KnowledgeError, match=reason):
        passage_of_file(tmp_path / name)


def test_the_overview_opens_every_document(knowledge: Knowledge) -> None:
    overview = knowledge.overview()

    assert (overview.documents, overview.chunks) == (4, 5)
    assert [passage.path for passage in overview.openings] == sorted(PAGES)
    assert len(knowledge.overview(limit=2).openings) == 2


def test_many_threads_may_search_while_documents_change(knowledge: Knowledge, folder: Path) -> None:
    knowledge.refresh()
    failures: list[str] = []
    stop = threading.Event()

    def search() -> None:
        while not stop.is_set():
            found = knowledge.search("How many days for returns?", k=5)
            if len(found) != 5:
                failures.append(f"{len(found)} passages")

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(20):
        (folder / "hours.txt").write_text(f"The shop is open until {number}.\n")
        knowledge.refresh()
    stop.set()
    for thread in threads:
        thread.join()

    assert failures == []


def test_real_questions_find_the_paragraph_that_answers_them() -> None:
    data = Path(__file__).parents[2] / "../shared/data/xquad_en"
    if not data.is_dir():
        pytest.skip("../shared/data is not here")
    corpus, questions = (
        [json.loads(line) for line in (data / name).read_text().splitlines()]
        for name in ("corpus.jsonl", "questions.jsonl")
    )
    knowledge = Knowledge.from_records(corpus)
    asked = questions[::5]

    found = [{passage.record_id for passage in knowledge.search(each["question"])} for each in asked]

    assert sum(each["passage"] in ids for each, ids in zip(asked, found, strict=True)) / len(asked) > 0.97


PROGRAM = """
import sys
from chatbot import Knowledge
knowledge = Knowledge(sys.argv[1], index=sys.argv[2])
print(len(knowledge.refresh().added), knowledge.stats().documents)
"""


def test_programs_that_index_at_once_leave_one_sound_index(folder: Path, tmp_path: Path) -> None:
    for number in range(60):
        (folder / f"{number}.md").write_text(f"# Page {number}\n\nIt speaks of subject {number}.\n")
    index = tmp_path / "i.db"
    command = [sys.executable, "-c", PROGRAM, str(folder), str(index)]
    programs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    reader = Knowledge(None, index=index)
    seen = []
    while any(program.poll() is None for program in programs):
        with reader._store.snapshot():
            documents, chunks = reader._store.count()
            assert len(reader._store.vectors(reader._store.chunk_ids())) == chunks
        seen.append(documents)
        time.sleep(0.01)

    said = [program.communicate()[0].split() for program in programs]
    assert sorted(int(added) for added, _ in said) == [0, 0, 64]
    assert {documents for _, documents in said} == {"64"}
    assert seen == sorted(seen)
    assert len(reader.search("subject 17", k=100)) == reader.stats().chunks
