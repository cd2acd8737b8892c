"""Adapters: one model in memory, and each request answered as peft would with its adapter."""

from __future__ import annotations

import asyncio
import gc
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("peft")

import torch
from tiny_adapters import tiny_adapter
from tiny_models import tiny_model

from chatbot.effects import Generate
from chatbot.errors import CheckpointError
from chatbot.messages import message
from chatbot.models.connect import connect
from chatbot.models.fold import fold
from chatbot.models.local.adapters import split
from chatbot.models.local.loading import load
from chatbot.models.local.model import LocalModel
from chatbot.models.local.options import LocalOptions
from chatbot.sampling import Sampling

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft 0.21 asks for it

PROMPT = "Who asks the king?"
RENDERED = f"<|im_start|>user\n{PROMPT}<|im_end|>\n<|im_start|>assistant\n"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("llama"), "llama", intermediate_size=128)


@pytest.fixture(scope="module")
def one(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_adapter(tmp_path_factory.mktemp("one"), base, seed=1)


@pytest.fixture(scope="module")
def two(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_adapter(
        tmp_path_factory.mktemp("two"), base, seed=2, target_modules="all-linear", modules_to_save=["lm_head"]
    )


def local(spec: str, **options: str) -> LocalModel:
    model = connect(f"local:{spec}", local=LocalOptions(device="cpu", **options))
    assert isinstance(model, LocalModel)
    return model


def request(**sampling: float) -> Generate:
    return Generate(
        (message("user", PROMPT, "user"),), sampling=Sampling(**{"temperature": 0.0, "max_tokens": 16, **sampling})
    )


def reply(model: LocalModel, **sampling: float) -> str:
    return asyncio.run(fold(model.stream(request(**sampling)))).text


def by_peft(base: Path, adapter: Path | None) -> str:
    """What `generate` writes, asked of peft by itself."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model, tokenizer = AutoModelForCausalLM.from_pretrained(base), AutoTokenizer.from_pretrained(base)
    if adapter is not None:
        model = PeftModel.from_pretrained(model, str(adapter)).eval()
    ids = tokenizer.encode(RENDERED, return_tensors="pt")
    written = model.generate(input_ids=ids, max_new_tokens=16, do_sample=False)[0, ids.shape[1] :]
    text: str = tokenizer.decode(written, skip_special_tokens=True)
    return text


def test_each_request_is_answered_with_its_adapter_by_one_model_in_memory(base: Path, one: Path, two: Path) -> None:
    models = [local(str(base)), local(f"{base}+{one}"), local(f"{base}+{two}")]
    expected = [by_peft(base, adapter) for adapter in (None, one, two)]
    assert len(set(expected)) == 3

    assert models[0].weights.model is models[1].weights.model is models[2].weights.model
    for _ in range(2):  # the second time from kept prefixes, of which each adapter has its own
        assert [reply(model) for model in models] == expected


def test_conversations_with_different_adapters_are_answered_side_by_side(base: Path, one: Path, two: Path) -> None:
    models = [local(str(base)), local(f"{base}+{one}"), local(f"{base}+{two}")] * 2
    alone = [reply(model) for model in models]

    async def at_once() -> list[str]:
        return [each.text for each in await asyncio.gather(*(fold(model.stream(request())) for model in models))]

    assert asyncio.run(at_once()) == alone


def test_beams_and_given_choices_are_weighed_with_the_adapter(base: Path, one: Path) -> None:
    plain, adapted = local(str(base)), local(f"{base}+{one}")

    def weighed(model: LocalModel) -> list[float]:
        asked = Generate((message("user", PROMPT, "user"),), candidates=("yes", "no"))
        return [each.logprob for each in asyncio.run(fold(model.stream(asked))).likelihoods]

    assert reply(plain, beams=2) != reply(adapted, beams=2)
    assert weighed(plain) != weighed(adapted)
    assert weighed(adapted) == pytest.approx(weighed(adapted), abs=1e-4)


def test_an_adapter_is_known_by_its_spec(base: Path, one: Path) -> None:
    assert local(f"{base}+{one}").name == f"local:{base}+{one}"


@pytest.mark.parametrize("quantize", ["8bit", "4bit"])
def test_a_model_in_few_bits_takes_adapters_too(base: Path, one: Path, quantize: str) -> None:
    pytest.importorskip("torchao" if quantize == "8bit" else "bitsandbytes")
    plain, adapted = local(str(base), quantize=quantize), local(f"{base}+{one}", quantize=quantize)

    before = reply(plain)
    assert reply(adapted) != before
    assert reply(plain) == before


def test_a_chat_template_that_was_learnt_with_the_adapter_is_taken(base: Path, one: Path, tmp_path: Path) -> None:
    shutil.copytree(one, tmp_path / "chatty")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(base / name, tmp_path / "chatty")
    (tmp_path / "chatty" / "chat_template.jinja").write_text("{% for m in messages %}{{ m.content }}!{% endfor %}")

    assert load(f"{base}+{tmp_path / 'chatty'}").tokenizer.chat_template.endswith("!{% endfor %}")
    assert load(str(base)).tokenizer.chat_template.startswith("{% for message")


def test_an_adapter_that_nobody_holds_leaves_when_another_comes(base: Path, one: Path, tmp_path: Path) -> None:
    held = load(str(base), LocalOptions(batch=3))

    def numbers() -> int:
        return sum(weight.numel() for weight in held.model.parameters())

    bare = numbers()
    load(f"{base}+{one}", LocalOptions(batch=3))
    with_one = numbers()
    gc.collect()
    again = load(f"{base}+{shutil.copytree(one, tmp_path / 'copy')}", LocalOptions(batch=3))
    assert bare < with_one == numbers()
    assert again.model is held.model


def lacking(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def pickled(folder: Path) -> None:
    (folder / "adapter_model.safetensors").unlink()
    torch.save({}, folder / "adapter_model.bin")


def with_config(**values: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "adapter_config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return change


def torn(folder: Path) -> None:
    path = folder / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-10])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lacking("adapter_config.json"), "is no adapter"),
        (lacking("adapter_model.safetensors"), "holds no adapter_model.safetensors"),
        (pickled, "as a pickle (adapter_model.bin)"),
        (torn, "is cut"),
        (with_config(peft_type="IA3"), "of type 'IA3'"),
        (with_config(target_modules=["no_such"]), "does not fit this model"),
        (with_config(r=3), "does not fit this model"),
        (with_config(target_modules=["q_proj"]), "does not fit this model"),
        (with_config(target_modules=["q_proj", "v_proj", "down_proj", "k_proj"]), "does not fit this model"),
    ],
)
def test_a_bad_adapter_is_one_line_and_leaves_the_model_as_it_was(
    base: Path, one: Path, tmp_path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    folder = shutil.copytree(one, tmp_path / "adapter")
    spoil(folder)
    plain, adapted = local(str(base)), local(f"{base}+{one}")
    before, count = reply(plain), sum(1 for _ in plain.weights.model.parameters())

    with pytest.raises(CheckpointError) as caught:
        local(f"{base}+{folder}")

    assert message in str(caught.value) and "\n" not in str(caught.value) and caught.value.hint
    assert reply(plain) == before
    assert sum(1 for _ in plain.weights.model.parameters()) == count
    assert reply(adapted) == by_peft(base, one)


def test_base_and_adapter_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a+b").mkdir()

    assert split("owner/model") == ("owner/model", "")
    assert split("owner/model+owner/adapter") == ("owner/model", "owner/adapter")
    assert split(f"{tmp_path / 'a+b'}") == (str(tmp_path / "a+b"), "")
    assert split(f"{tmp_path / 'a+b'}+x+y") == (str(tmp_path / "a+b"), "x+y")
