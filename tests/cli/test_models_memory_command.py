"""`chatbot models memory` knows what a model needs before any of it is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from in_process import Done, Run

pytest.importorskip("transformers")


LLAMA_2_7B = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "vocab_size": 32000,
    "max_position_embeddings": 4096,
}


@pytest.fixture
def config_alone(tmp_path: Path) -> Path:
    """The folder of a model of 6.7 billion parameters, without its 13 GB of weights."""
    (tmp_path / "llama").mkdir()
    (tmp_path / "llama" / "config.json").write_text(json.dumps(LLAMA_2_7B))
    return tmp_path / "llama"


def weights_in_gib(done: Done) -> dict[tuple[str, str], float]:
    return {(use["use"], use["weights"]): use["gib"]["weights"] for use in json.loads(done.stdout)["uses"]}


def test_seven_billion_parameters_take_what_the_field_says(here: Run) -> None:
    found = weights_in_gib(here("models", "memory", "7B", "--json"))

    assert [found["answer", kind] for kind in ("float32", "bfloat16", "8bit", "4bit")] == [26.08, 13.04, 6.52, 3.26]
    assert found["lora", "bfloat16"] == 13.04 and found["qlora", "4bit"] == 3.26


def test_all_weights_in_training_take_sixteen_bytes_each(here: Run) -> None:
    (training,) = (
        use for use in json.loads(here("models", "memory", "7B", "--json").stdout)["uses"] if use["use"] == "train"
    )
    assert training["bytes"]["weights"] + training["bytes"]["training"] == 16 * 7_000_000_000


def test_a_config_is_enough_and_counts_every_parameter(here: Run, config_alone: Path) -> None:
    done = here("models", "memory", str(config_alone), "--json")

    assert json.loads(done.stdout)["parameters"] == 6_738_415_616
    assert weights_in_gib(done)["answer", "bfloat16"] == 12.55


def test_the_cache_grows_with_context_and_batch(here: Run, config_alone: Path) -> None:
    def cache(*options: str) -> float:
        done = here("models", "memory", str(config_alone), "--json", *options)
        gib: float = json.loads(done.stdout)["uses"][1]["gib"]["cache"]
        return gib

    assert cache() == cache("--context", "4096") == 2.0  # half a mebibyte for each token, as Llama 2's paper has it
    assert cache("--context", "8192") == cache("--batch", "2") == 4.0


def test_the_table_can_be_read_at_eighty_columns(here: Run, config_alone: Path) -> None:
    done = here("models", "memory", str(config_alone), "--context", "4096", "--batch", "100")
    table = done.stdout.split("\n\n")[1]

    assert "2 texts" not in done.stdout and "100 texts of 4,096 tokens" in done.stdout
    assert all(len(line) <= 80 for line in table.splitlines())
    for word in ("WEIGHTS", "CACHE", "ACTIVATIONS", "LoRA", "QLoRA", "training", "4 bits"):
        assert word in table


@pytest.mark.parametrize("name", ["no-such-folder/", "7Q"])
def test_what_is_no_model_and_no_size_is_one_line(here: Run, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    done = here("models", "memory", name)

    assert done.returncode != 0 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "name " in done.stderr
