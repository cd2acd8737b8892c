"""A local model that cannot be had is one line that says what to do, through the program as people use it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from in_process import Run

pytest.importorskip("torch")

import torch
from tiny_models import tiny_model


@pytest.fixture(autouse=True)
def nothing_piped_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny_model(tmp_path / "model", context=256)


def no_model(folder: Path) -> None:
    (folder / "config.json").unlink()


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")


def too_big(folder: Path) -> None:
    """A header that tells of 200 billion numbers, and a file that is as long by its length alone."""
    size = 400_000_000_000
    header = json.dumps({"x": {"dtype": "BF16", "shape": [size // 2], "data_offsets": [0, size]}}).encode()
    with (folder / "model.safetensors").open("wb") as stream:
        stream.write(len(header).to_bytes(8, "little") + header)
        stream.truncate(8 + len(header) + size)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (no_model, "holds no config.json"),
        (no_tokenizer, "holds no tokenizer"),
        (pickled, "as a pickle"),
        (too_big, "are free"),
    ],
)
def test_a_folder_that_cannot_be_used_is_one_line(
    here: Run, model: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(model)
    done = here("ask", "--model", f"local:{model}", "Hello?")

    assert done.returncode in (1, 2) and done.stdout == ""
    assert said in done.stderr and " — " in done.stderr and done.stderr.count("\n") == 1


def test_a_prompt_that_is_too_long_is_one_line(here: Run, model: Path) -> None:
    done = here("ask", "--model", f"local:{model}", "word " * 2000)

    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "the model reads 192" in done.stderr and done.stderr.count("\n") == 1  # a quarter is for the reply


def test_a_model_without_a_template_answers_all_the_same(here: Run, tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "bare", context=4096)
    (model / "chat_template.jinja").unlink(missing_ok=True)

    done = here("ask", "--model", f"local:{model}", "--decode", "max-tokens=8", "Hello?")
    assert done.stdout.strip()
    assert "has no chat template" in done.stdout + done.stderr
    assert done.stderr in (
        "",
        "chatbot: the answer was cut at the token limit — what came is kept: chatbot --continue goes on with it\n",
    )
