"""Headers of safetensors files: what they hold, and that a torn file is told as one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from chatbot.errors import CheckpointError
from chatbot.models.local.headers import stored


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    tensors = {"a": torch.ones(3, 5, dtype=torch.bfloat16), "b": torch.ones(7), "c": torch.ones((), dtype=torch.int8)}
    save_file(tensors, path, metadata={"format": "pt"})
    return path


def test_numbers_and_bytes_are_those_of_the_tensors(file: Path) -> None:
    held = stored([file])

    assert held.tensors == 3 and held.parameters == 15 + 7 + 1
    assert held.elements == {"BF16": 15, "F32": 7, "I8": 1}
    assert held.bytes == 15 * 2 + 7 * 4 + 1
    assert held.dtype == "BF16"


def test_several_files_are_counted_together(file: Path) -> None:
    assert stored([file, file]).parameters == 2 * stored([file]).parameters


@given(part=st.floats(0, 0.999))
def test_a_file_that_was_cut_anywhere_is_refused(part: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("cut") / "model.safetensors"
    save_file({"a": torch.ones(40), "b": torch.ones(2, 2)}, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])

    with pytest.raises(CheckpointError, match=r"cut|no header") as caught:
        stored([path])
    assert "\n" not in str(caught.value) and "again" in caught.value.hint


@given(junk=st.binary(max_size=64))
def test_whatever_else_a_file_holds_is_refused(junk: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("junk") / "model.safetensors"
    path.write_bytes(len(junk).to_bytes(8, "little") + junk)

    with pytest.raises(CheckpointError):
        stored([path])


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F99", "shape": [2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2]},
        "a tensor",
        7,
    ],
)
def test_an_entry_that_contradicts_itself_is_refused(tmp_path: Path, entry: object) -> None:
    header = json.dumps({"a": entry}).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))

    with pytest.raises(CheckpointError, match="'a'"):
        stored([path])
