"""What lies at a path: a model that can be loaded, or one line that says what is wrong and what to do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from chatbot.errors import CheckpointError
from chatbot.models.local.checkpoint import read


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a small Llama, as `save_pretrained` writes it, with a tokenizer."""
    from transformers import LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("llama")
    config = LlamaConfig(
        vocab_size=64,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    (folder / "tokenizer.json").write_text("{}")
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "model")


def changed(folder: Path, **values: object) -> None:
    """The folder with a config in which these stand; None takes a key out."""
    path = folder / "config.json"
    table = {**json.loads(path.read_text()), **values}
    path.write_text(json.dumps({key: value for key, value in table.items() if value is not None}))


def test_a_whole_model_is_known_without_its_weights_being_read(whole: Path) -> None:
    from transformers import AutoModelForCausalLM

    checkpoint = read(str(whole))

    assert checkpoint.architecture == "LlamaForCausalLM" and checkpoint.kind == "text" and checkpoint.complete
    assert checkpoint.shape is not None
    assert (checkpoint.shape.layers, checkpoint.shape.heads, checkpoint.shape.kv_heads) == (2, 4, 2)
    assert (checkpoint.shape.hidden, checkpoint.shape.head_dim, checkpoint.shape.intermediate) == (16, 4, 24)
    assert (checkpoint.shape.vocabulary, checkpoint.shape.context_tokens) == (64, 128)
    assert checkpoint.stored.parameters == AutoModelForCausalLM.from_pretrained(whole).num_parameters()
    assert checkpoint.quantized == ""


def test_a_model_in_several_files_is_their_sum(folder: Path) -> None:
    from transformers import AutoModelForCausalLM

    before = read(str(folder)).stored
    model = AutoModelForCausalLM.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="4KB")

    assert len(list(folder.glob("model-*.safetensors"))) > 1
    assert read(str(folder)).stored == before


def gone(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def written(name: str, text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_text(text)

    return write


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({"weight": torch.ones(2)}, folder / "pytorch_model.bin")


def torn(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def lacking_a_shard(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    save_file({"a": torch.ones(2)}, folder / "model-00001-of-00002.safetensors")
    names = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))


def leading_out(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "../x.safetensors"}}))


def adapter_alone(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "adapter_config.json").write_text("{}")


def with_own_code(folder: Path) -> None:
    changed(folder, model_type="mine", auto_map={"AutoConfig": "mine.Mine", "AutoModelForCausalLM": "mine.Model"})
    (folder / "mine.py").write_text("raise SystemExit('this code ran')")


@pytest.mark.parametrize(
    ("spoil", "message", "hint"),
    [
        (gone("config.json"), "holds no config.json", "config.json lies in"),
        (written("config.json", "{"), "cannot be read", "again"),
        (written("config.json", "[]"), "not the config of a model", "again"),
        (written("config.json", "{}"), "of type None", "names no model_type"),
        (lambda folder: changed(folder, model_type="lama"), "type 'lama'", "did you mean 'llama'"),
        (lambda folder: changed(folder, hidden_size="big"), "not a config that transformers takes", "again"),
        (lambda folder: changed(folder, model_type="vit", architectures=None), "does not write text", "to chat"),
        (
            lambda folder: changed(folder, architectures=["LlamaForTokenClassification"]),
            "does not write text",
            "to chat",
        ),
        (with_own_code, "Python code that it brings", "trust_remote_code = ["),
        (gone("tokenizer.json"), "holds no tokenizer", "copy it"),
        (gone("model.safetensors"), "holds no weights", "again"),
        (pickled, "as a pickle (pytorch_model.bin)", ".safetensors"),
        (torn, "is cut", "again"),
        (lacking_a_shard, "lacks model-00002-of-00002.safetensors, one of 2", "again"),
        (leading_out, "'../x.safetensors', which is no safetensors file beside it", "again"),
        (written("model.safetensors", "<html>404</html>"), "no safetensors file", "again"),
        (adapter_alone, "holds no config.json", "local:BASE+"),
    ],
)
def test_a_bad_folder_is_one_line_that_says_what_to_do(
    folder: Path, spoil: Callable[[Path], None], message: str, hint: str
) -> None:
    spoil(folder)

    with pytest.raises(CheckpointError) as caught:
        read(str(folder))

    assert message in caught.value.message
    assert hint in caught.value.hint
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_code_that_a_checkpoint_brings_is_not_needed_where_transformers_knows_its_family(folder: Path) -> None:
    changed(folder, auto_map={"AutoModelForCausalLM": "mine.Model"})

    assert read(str(folder)).architecture == "LlamaForCausalLM"


def test_no_folder_and_no_name_of_the_hub_is_refused_without_asking_anybody() -> None:
    with pytest.raises(CheckpointError, match=r"there is no folder \./nowhere"):
        read("./nowhere")


def test_a_file_is_told_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")

    with pytest.raises(CheckpointError, match=r"is a file.*Ollama"):
        read(str(tmp_path / "model.gguf"))
