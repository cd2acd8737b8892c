"""Datasets: what is an item, and every mistake with its line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.errors import NotFoundError, ProjectError
from chatbot.evaluation.dataset import Source, read_dataset


def dataset(folder: Path, *lines: str, name: str = "items.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_row_is_an_item_with_all_its_fields(tmp_path: Path) -> None:
    path = dataset(tmp_path, '{"id": 7, "question": "2+2?", "answer": "4", "tags": ["easy"], "document": "a"}')
    (item,) = read_dataset(Source(path, cluster="document")).items
    assert (item.id, item.cluster, item.tags, item.line) == ("7", "a", ("easy",), 1)
    assert item.fields["question"] == "2+2?"


def test_a_row_without_an_id_goes_by_its_line(tmp_path: Path) -> None:
    path = dataset(tmp_path, '{"question": "a"}', "", '{"question": "b"}')
    assert [item.id for item in read_dataset(Source(path)).items] == ["1", "3"]


def test_csv_is_read_with_its_head(tmp_path: Path) -> None:
    path = dataset(tmp_path, "id,question,tags", '1,"two\nlines","a, b"', "2,x,", name="items.csv")
    first, second = read_dataset(Source(path)).items
    assert (first.fields["question"], first.tags, second.tags) == ("two\nlines", ("a", "b"), ())


def test_a_split_a_limit_and_other_names(tmp_path: Path) -> None:
    rows = [json.dumps({"id": str(n), "prompt": f"q{n}", "split": "test" if n % 2 else "train"}) for n in range(8)]
    source = Source(dataset(tmp_path, *rows), split="test", limit=2, rename={"question": "prompt"})
    assert [(item.id, item.fields["question"]) for item in read_dataset(source).items] == [("1", "q1"), ("3", "q3")]


def test_the_hash_changes_with_the_file(tmp_path: Path) -> None:
    one = read_dataset(Source(dataset(tmp_path, '{"id": "1"}'))).hash
    assert read_dataset(Source(dataset(tmp_path, '{"id": "2"}'))).hash != one


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "this is not JSON"),
        ("[1]", "a row is an object"),
        ('{"id": "1"}', "the id '1' is that of line 1"),
        ('{"id": true}', "id must be a text or a whole number, not True"),
        ('{"id": "2", "tags": 3}', "tags must be texts, not 3"),
    ],
)
def test_every_mistake_is_told_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ProjectError, match=rf"items\.jsonl:2: .*{said}"):
        read_dataset(Source(dataset(tmp_path, '{"id": "1"}', line)))


def test_the_first_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        read_dataset(Source(dataset(tmp_path, *["{"] * 9)))
    assert len(caught.value.message.split("\n")) == 6 and caught.value.message.endswith("and 4 more")


def test_what_the_suite_names_must_be_there(tmp_path: Path) -> None:
    path = dataset(tmp_path, '{"id": "1", "text": "x"}')
    with pytest.raises(ProjectError, match=r"missing: document \(there are: id, text\)"):
        read_dataset(Source(path, cluster="document"))
    with pytest.raises(ProjectError, match="missing: prompt"):
        read_dataset(Source(path, rename={"question": "prompt"}))
    with pytest.raises(ProjectError, match="no items of the split 'test'"):
        read_dataset(Source(path, split="test"))
    with pytest.raises(NotFoundError, match=r"did you mean 'items\.jsonl'"):
        read_dataset(Source(tmp_path / "item.jsonl"))


def test_a_torn_csv_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"items\.csv:3: it has not as many cells as the head"):
        read_dataset(Source(dataset(tmp_path, "id,question", "1,a", "2", name="items.csv")))


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6))
def test_what_csv_writes_is_read(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    path = tmp_path / "made.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("question", "answer"), *rows])
    found = read_dataset(Source(path, tags="none")).items
    assert [(item.fields["question"], item.fields["answer"]) for item in found] == rows
