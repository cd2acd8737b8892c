"""A merged model says what model and adapter say together, and appears whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("peft")

import torch
from tiny_adapters import tiny_adapter
from tiny_models import tiny_model

from chatbot.errors import CheckpointError, UsageError
from chatbot.models.local.loading import load
from chatbot.models.local.merging import merge

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft 0.21 asks for it

IDS = torch.arange(40, 90)[None]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("llama"), "llama")


@pytest.fixture(scope="module")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_adapter(tmp_path_factory.mktemp("adapter"), base, seed=1)


def test_the_merged_model_says_what_both_say_together(base: Path, adapter: Path, tmp_path: Path) -> None:
    merge(f"{base}+{adapter}", tmp_path / "new" / "merged")

    both, merged = load(f"{base}+{adapter}"), load(str(tmp_path / "new" / "merged"))
    with both.lock, torch.inference_mode():
        together = both.model(IDS).logits
    with merged.lock, torch.inference_mode():
        torch.testing.assert_close(merged.model(IDS).logits, together, atol=1e-3, rtol=1e-3)
    assert merged.tokenizer.chat_template == both.tokenizer.chat_template
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["merged"]


def test_what_cannot_be_merged_is_one_line_and_writes_nothing(base: Path, adapter: Path, tmp_path: Path) -> None:
    other = tiny_model(tmp_path / "other", "llama", hidden_size=32)
    (tmp_path / "there").mkdir()
    before = sorted(tmp_path.iterdir())

    for name, target, kind in (
        (str(base), "new", UsageError),
        (f"{base}+{adapter}", "there", UsageError),
        (f"{base}+{other}", "new", CheckpointError),
        (f"{other}+{adapter}", "new", CheckpointError),
    ):
        with pytest.raises(kind) as caught:
            merge(name, tmp_path / target)
        assert "\n" not in str(caught.value) and caught.value.hint
    assert sorted(tmp_path.iterdir()) == before


def test_nothing_is_merged_into_few_bits(base: Path, adapter: Path, tmp_path: Path) -> None:
    small = tiny_model(tmp_path / "small", "llama")
    config = json.loads((small / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "gptq", "bits": 4}
    (small / "config.json").write_text(json.dumps(config))

    with pytest.raises(CheckpointError, match=r"gptq.*full precision"):
        merge(f"{small}+{adapter}", tmp_path / "new")
