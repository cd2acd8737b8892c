"""Hugging Face datasets as items: from a folder in that form, since tests have no network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.errors import ChatbotError, NotFoundError, ProjectError
from chatbot.evaluation.dataset import Dataset, read_dataset
from chatbot.evaluation.huggingface import json_lines
from chatbot.evaluation.suite import read_suite

datasets = pytest.importorskip("datasets", reason="the extra `huggingface` is not installed")


@pytest.fixture(autouse=True)
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dataset folder with two splits."""
    made = tmp_path / "sums"
    made.mkdir()
    for split, numbers in (("train", (1, 2)), ("test", (3, 4, 5))):
        rows = [json.dumps({"id": f"{split}-{n}", "question": f"{n} + {n}?", "answer": str(2 * n)}) for n in numbers]
        (made / f"{split}.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return made


def read(folder: Path, dataset: str) -> Dataset:
    (folder.parent / "suite.yaml").write_text(
        f"dataset: {dataset}\nprompts: [a]\nscorers: [{{kind: answer}}]\n", encoding="utf-8"
    )
    return read_dataset(read_suite(folder.parent / "suite.yaml").dataset)


def test_a_folder_beside_the_suite_is_read_by_its_split(folder: Path) -> None:
    found = read(folder, "{huggingface: sums, limit: 2, rename: {gold: answer}}")
    assert [item.id for item in found.items] == ["test-3", "test-4"]
    assert found.items[0].fields["gold"] == "6"
    assert [item.id for item in read(folder, "{huggingface: sums, split: train}").items] == ["train-1", "train-2"]
    assert read(folder, "{huggingface: sums}").hash == read(folder, "{huggingface: sums}").hash


def test_labels_go_by_their_names(tmp_path: Path) -> None:
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["bad", "good"])}
    )
    made = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "label": [1, 0, -1]}, features=features)
    made.to_parquet(str(tmp_path / "test.parquet"))
    rows = [json.loads(line) for line in json_lines(str(tmp_path), "", "", "").splitlines()]
    assert [row["label"] for row in rows] == ["good", "bad", -1]


def test_what_is_not_there_is_told_with_the_line_of_the_suite(folder: Path) -> None:
    with pytest.raises(NotFoundError, match=r"suite\.yaml:1: the dataset .*sums cannot be loaded"):
        read(folder, "{huggingface: sums, split: validation}")
    with pytest.raises(NotFoundError, match=r"suite\.yaml:1: the dataset nobody/nothing cannot be loaded"):
        read(folder, "{huggingface: nobody/nothing}")


def test_rows_that_are_no_plain_data_are_refused(tmp_path: Path) -> None:
    made = datasets.Dataset.from_dict({"id": ["1"], "raw": [b"\x00"]})
    made.to_parquet(str(tmp_path / "test.parquet"))
    with pytest.raises(ProjectError, match="row 1 is not plain data"):
        json_lines(str(tmp_path), "", "", "")


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        ("{huggingface: sums, path: a.jsonl}", "not both"),
        ("{path: a.jsonl, subset: main}", "only a Hugging Face dataset has subsets"),
        ("{split: test}", "the dataset needs a path"),
    ],
)
def test_a_dataset_is_one_of_both(folder: Path, dataset: str, said: str) -> None:
    with pytest.raises(ChatbotError, match=r"suite\.yaml:1: .*" + said):
        read(folder, dataset)
