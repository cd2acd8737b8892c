"""Weights are known again wherever their folder lies, and told from others of the same shape."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chatbot.models.local.fingerprint import SAMPLE_BYTES, SAMPLES, fingerprint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    (made / "config.json").write_text("{}", encoding="utf-8")
    (made / "model.safetensors").write_bytes(bytes(range(256)) * 8_000)
    return made


def test_a_copy_under_another_name_is_the_same(folder: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(folder, tmp_path / "other")
    (copied / "README.md").write_text("A copy.", encoding="utf-8")
    assert fingerprint(copied) == fingerprint(folder)


@pytest.mark.parametrize("name", ["config.json", "adapter_config.json", "tokenizer.json", "chat_template.jinja"])
def test_another_config_tokenizer_or_template_makes_another_model(folder: Path, name: str) -> None:
    before = fingerprint(folder)
    (folder / name).write_text('{"a": 1}', encoding="utf-8")
    assert fingerprint(folder) != before


def test_weights_that_are_all_a_little_different_make_another_model(folder: Path) -> None:
    before, file = fingerprint(folder), folder / "model.safetensors"
    file.write_bytes(bytes((each + 1) % 256 for each in file.read_bytes()))
    assert fingerprint(folder) != before


def test_a_file_that_is_longer_or_cut_makes_another_model(folder: Path) -> None:
    before, file = fingerprint(folder), folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    assert fingerprint(folder) != before


def test_only_samples_of_a_large_file_are_read(folder: Path) -> None:
    large = folder / "large.safetensors"
    with large.open("wb") as stream:
        stream.truncate(40 * SAMPLES * SAMPLE_BYTES)  # sparse
    before = fingerprint(folder)
    with large.open("r+b") as stream:
        stream.seek(2 * SAMPLE_BYTES)
        stream.write(b"x")
    assert fingerprint(folder) == before


def test_an_empty_folder_has_one_too(tmp_path: Path) -> None:
    assert len(fingerprint(tmp_path)) == 64
