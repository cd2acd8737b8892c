"""The documents that variants answer from, and a run over them with the model that quotes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from chatbot.errors import NotFoundError, ProjectError
from chatbot.evaluation.contender import contenders_of
from chatbot.evaluation.dataset import read_dataset
from chatbot.evaluation.documents import documents_at
from chatbot.evaluation.run import Bench, asked, run
from chatbot.evaluation.suite import read_suite
from chatbot.journal import Journal
from chatbot.models import Scripted
from chatbot.models.connect import connect
from chatbot.retrieval.embed import embedder
from chatbot.workspace import Workspace, create_workspace

RECORDS = [
    {"id": "sky", "title": "Sky", "text": "The sky is blue because air scatters short waves of light most."},
    {"id": "grass", "text": "Grass is green because of the chlorophyll in its leaves."},
]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """With two pages of the starter's: to index them all takes longer than everything else here."""
    made = create_workspace(tmp_path / "own")
    for page in (made.root / "knowledge").iterdir():
        if page.name not in ("decoding-strategies.md", "prompting.md"):
            page.unlink()
    return made


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_records_are_searched_by_their_id(workspace: Workspace) -> None:
    knowledge = documents_at(write(workspace.root / "records.jsonl", *RECORDS), workspace)
    assert knowledge.search("Why is grass green?", 1)[0].record_id == "grass"


def test_a_folder_is_searched_by_its_files(workspace: Workspace) -> None:
    assert documents_at(None, workspace).search("What is nucleus sampling?", 1)[0].path == "decoding-strategies.md"


def test_what_is_no_record_is_told_with_its_line(workspace: Workspace) -> None:
    with pytest.raises(ProjectError, match=r"records\.jsonl:2: this is no record"):
        documents_at(write(workspace.root / "records.jsonl", RECORDS[0], "{"), workspace)
    with pytest.raises(NotFoundError, match="there are no documents at"):
        documents_at(workspace.root / "nowhere", workspace)


def test_a_run_over_documents_keeps_what_was_found_and_cited(workspace: Workspace) -> None:
    root = workspace.root
    write(root / "records.jsonl", *RECORDS)
    write(root / "items.jsonl", {"id": "1", "question": "Why is the sky blue?"}, {"id": "2", "question": "Who is Bob?"})
    suite = """\
dataset: {path: items.jsonl}
prompts: [chat]
retrieval: [{knowledge: records.jsonl, passages: 1}, {knowledge: records.jsonl, passages: 2}]
scorers: [{kind: support}]
"""
    (root / "suite.yaml").write_text(suite, encoding="utf-8")
    read = read_suite(root / "suite.yaml")
    model = connect("extractive", embed=lambda: embedder().embed)
    contenders = contenders_of(read, lambda _: model, lambda place: documents_at(place, workspace))
    bench = Bench(read, read_dataset(read.dataset), contenders, Journal(None))
    kept = {(each.item.id, each.cell.variant): each.response for each in asked(bench, asyncio.run(run(bench)).id)}
    assert [variant.name for variant in read.variants] == [
        "knowledge records.jsonl, passages 1",
        "knowledge records.jsonl, passages 2",
    ]
    assert [len(kept["1", variant].passages) for variant in (0, 1)] == [1, 2]
    assert kept["1", 0].citations[0].record_id == "sky"
    assert kept["2", 0].declined and not kept["2", 0].error


def test_a_prompt_that_takes_no_passages_cannot_be_asked_so(workspace: Workspace) -> None:
    root = workspace.root
    write(root / "items.jsonl", {"id": "1", "question": "Why?"})
    suite = (
        "dataset: {path: items.jsonl}\nprompts: [word_problem_direct]\nretrieval: [{}]\nscorers: [{kind: support}]\n"
    )
    (root / "suite.yaml").write_text(suite, encoding="utf-8")
    read = read_suite(root / "suite.yaml")
    with pytest.raises(ProjectError, match="it has no input passages"):
        contenders_of(read, lambda _: Scripted("x"), lambda place: documents_at(place, workspace))


def test_variants_search_the_same_documents_in_their_own_ways(workspace: Workspace) -> None:
    root = workspace.root
    write(root / "records.jsonl", *RECORDS)
    write(root / "items.jsonl", {"id": "1", "question": "Why do leaves look that colour?"})
    suite = """\
dataset: {path: items.jsonl}
prompts: [chat]
retrieval: [{knowledge: records.jsonl, search: dense}, {knowledge: records.jsonl, search: lexical}]
scorers: [{kind: support}]
"""
    (root / "suite.yaml").write_text(suite, encoding="utf-8")
    read = read_suite(root / "suite.yaml")
    model = connect("extractive", embed=lambda: embedder().embed)
    contenders = contenders_of(read, lambda _: model, lambda place: documents_at(place, workspace))
    bench = Bench(read, read_dataset(read.dataset), contenders, Journal(None))
    kept = {each.cell.variant: each.response for each in asked(bench, asyncio.run(run(bench)).id)}
    assert {passage.record_id for passage in kept[0].passages} == {"sky", "grass"}
    assert [passage.record_id for passage in kept[1].passages] == ["grass"], "words alone find only what shares one"


def test_a_run_is_another_one_when_its_documents_changed_and_the_same_wherever_they_lie(
    workspace: Workspace, tmp_path: Path
) -> None:
    def key(folder: Path, *records: object) -> str:
        folder.mkdir(exist_ok=True)
        write(folder / "records.jsonl", *records)
        write(folder / "items.jsonl", {"id": "1", "question": "Why is the sky blue?"})
        (folder / "suite.yaml").write_text(
            "dataset: {path: items.jsonl}\nprompts: [chat]\nretrieval: [{knowledge: records.jsonl}]\n"
            "scorers: [{kind: support}]\n",
            encoding="utf-8",
        )
        read = read_suite(folder / "suite.yaml")
        contenders = contenders_of(read, lambda _: Scripted("x"), lambda place: documents_at(place, workspace))
        return Bench(read, read_dataset(read.dataset), contenders, Journal(None)).key

    here, there = key(tmp_path / "here", *RECORDS), key(tmp_path / "there", *RECORDS)
    assert here == there
    assert key(tmp_path / "here", *RECORDS, {"id": "sea", "text": "The sea is blue too."}) != here


EXPANDED = """\
dataset: {path: items.jsonl}
prompts: [chat]
retrieval: [{knowledge: records.jsonl, search: lexical, query_expansion: several_queries}]
scorers: [{kind: support}]
"""


def test_a_variant_may_search_for_what_a_model_says_beside_the_question(workspace: Workspace) -> None:
    root = workspace.root
    write(root / "records.jsonl", *RECORDS)
    write(root / "items.jsonl", {"id": "1", "question": "Where do the heavens get that azure from?"})
    (root / "suite.yaml").write_text(EXPANDED, encoding="utf-8")
    read = read_suite(root / "suite.yaml")
    model = Scripted("blue sky", "Of the air. [1]")
    contenders = contenders_of(read, lambda _: model, lambda place: documents_at(place, workspace))
    [response] = [
        each.response
        for bench in [Bench(read, read_dataset(read.dataset), contenders, Journal(None))]
        for each in asked(bench, asyncio.run(run(bench)).id)
    ]
    assert [passage.record_id for passage in response.passages] == ["sky"], "no word of the question stands in it"
    assert response.usage.calls == 2
    bare = read_suite(write(root / "bare.yaml", EXPANDED.replace(", query_expansion: several_queries", "")))
    [without] = contenders_of(bare, lambda _: model, lambda place: documents_at(place, workspace))
    assert without.key != contenders[0].key


def test_a_model_that_only_quotes_is_not_asked_what_to_search_for(workspace: Workspace) -> None:
    write(workspace.root / "records.jsonl", *RECORDS)
    read = read_suite(write(workspace.root / "suite.yaml", EXPANDED))
    quoting = connect("extractive", embed=lambda: embedder().embed)
    with pytest.raises(ProjectError, match=r"suite\.yaml:3: query_expansion needs a model that writes"):
        contenders_of(read, lambda _: quoting, lambda place: documents_at(place, workspace))
