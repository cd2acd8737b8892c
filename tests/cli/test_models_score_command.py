"""`chatbot models score` says how well a model predicts a text, and in one line why it cannot."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from in_process import Run

pytest.importorskip("torch")

from tiny_models import tiny_model

TEXT = "Commits: one thought each, imperative, why in the body. 東京 <|im_end|>\r\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"local:{tiny_model(tmp_path_factory.mktemp('llama'), 'llama', context=256)}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a text.txt"
    path.write_bytes(TEXT.encode())
    return path


def test_the_figures_are_those_of_the_models_own_loss(here: Run, model: str, file: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    told = json.loads(here("models", "score", str(file), "--model", model, "--json").stdout)

    folder = model.removeprefix("local:")
    ids = AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt", split_special_tokens=True).input_ids
    with torch.inference_mode():
        loss = float(AutoModelForCausalLM.from_pretrained(folder)(ids, labels=ids).loss)
    (found,) = told["files"]
    assert (found["tokens"], found["bytes"]) == (ids.shape[1] - 1, len(TEXT.encode()) - 1)
    assert found["cross_entropy"] == pytest.approx(loss, rel=1e-4)
    assert found["perplexity"] == pytest.approx(math.exp(loss), rel=1e-3)
    assert found["bits_per_byte"] == pytest.approx(loss * found["tokens"] / math.log(2) / found["bytes"], rel=1e-4)
    assert (told["window"], told["stride"]) == (256, 128)


def test_a_person_sees_a_row_for_each_file_and_one_for_all(here: Run, model: str, file: Path) -> None:
    done = here("models", "score", str(file), str(file), "--model", model, "--window", "32", "--stride", "8")
    heading, columns, first, second, whole, _, note = done.stdout.splitlines()
    assert "windows of 32 tokens, each 8 further on" in heading
    assert columns.split()[:2] == ["TOKENS", "BYTES"]
    assert first == second and first.split()[2:5] == whole.split()[2:5]
    assert "only bits per byte compare" in note and done.stderr == ""


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (b"", (), "too short: there is no token in it that follows another"),
        (b"\x89PNG\r\n", (), "is not UTF-8 text: byte 0 is 0x89"),
        (b"some words", ("--window", "300"), "reads 256 tokens at once, and the window has 300"),
        (b"some words", ("--window", "16", "--stride", "16"), "a window of 16 tokens cannot move on by 16"),
    ],
)
def test_what_cannot_be_scored_is_one_line(
    here: Run, model: str, tmp_path: Path, content: bytes, options: tuple[str, ...], said: str
) -> None:
    (tmp_path / "text").write_bytes(content)
    done = here("models", "score", str(tmp_path / "text"), "--model", model, *options)
    assert done.returncode != 0 and done.stdout == ""
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_a_file_that_is_not_there_and_a_model_that_does_not_tell_are_one_line(here: Run, file: Path) -> None:
    missing = here("models", "score", "nowhere.txt", "--model", "extractive")
    assert "nowhere.txt cannot be read: No such file or directory" in missing.stderr and missing.stderr.count("\n") == 1
    quoting = here("models", "score", str(file), "--model", "extractive")
    assert "extractive does not tell how likely a given text is" in quoting.stderr and quoting.stderr.count("\n") == 1
