"""`chatbot models inspect` says what a model is and what of it fits, and loads nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from in_process import Run

pytest.importorskip("torch")

from tiny_models import tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("llama"), "llama", context=256)


def test_it_says_what_the_model_is(here: Run, model: Path) -> None:
    said = here("models", "inspect", str(model)).stdout
    lines = {line.partition(":")[0]: line.partition(":")[2].strip() for line in said.splitlines()}

    assert (lines["layers"], lines["heads"], lines["key heads"], lines["context"]) == ("2", "4", "2", "256")
    assert lines["architecture"] == "LlamaForCausalLM"
    assert all(len(line) <= 80 for line in said.splitlines() if str(model) not in line)


def test_programs_get_the_same(here: Run, model: Path) -> None:
    from transformers import AutoModelForCausalLM

    found = json.loads(here("models", "inspect", f"local:{model}", "--json").stdout)

    assert found["parameters"] == AutoModelForCausalLM.from_pretrained(model).num_parameters()
    assert found["stored as"] == "F32"
    cpu = [fit for fit in found["fits"] if fit["device"] == "cpu"]
    assert [fit["precision"] for fit in cpu] == ["float32", "bfloat16", "8bit", "4bit"]
    assert all(fit["tokens"] == 256 and fit["whole"] for fit in cpu)


def test_a_folder_that_is_no_model_is_one_line(here: Run, tmp_path: Path) -> None:
    done = here("models", "inspect", str(tmp_path))

    assert done.returncode == 2
    assert "holds no config.json" in done.stderr and done.stderr.count("\n") == 1
