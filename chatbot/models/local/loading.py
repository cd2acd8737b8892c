"""Weights into memory: a checkpoint, once for each process, on the device and in the numbers that suit the machine.

Only safetensors are read, and no code that comes with a checkpoint is run unless the user names the model for it. What
fails leaves nothing behind: a half-loaded model is let go of before the error is raised.
"""

from __future__ import annotations

import threading
import traceback
import weakref
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, AutoTokenizer

from chatbot.errors import CheckpointError, ModelTooLarge, UsageError
from chatbot.models.local import checkpoint as checkpoints
from chatbot.models.local.adapters import Adapter, Adapters, split
from chatbot.models.local.forward import is_out_of_memory, release
from chatbot.models.local.memory_needed import check_fits
from chatbot.models.local.options import DTYPES, LocalOptions
from chatbot.models.local.precision import check_layers, loading_arguments
from chatbot.models.local.processors import load_processor
from chatbot.models.local.quiet import quiet

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase, ProcessorMixin

    from chatbot.models.local.checkpoint import Checkpoint

UNBOUNDED = 1 << 20
"""Context length of a model whose config names none, as recurrent ones have it."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class Weights:
    """A model in memory, shared by all who chat with it."""

    name: str
    """As the spec names it: a folder or a hub id."""
    checkpoint: Checkpoint
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    options: LocalOptions
    context_tokens: int
    processor: ProcessorMixin | None = None
    """What makes tensors of pictures; None for a model that does not see."""
    adapters: Adapters = field(default=None)  # type: ignore[assignment]  # those of the model, unless it is given
    adapter: Adapter | None = None
    """What is at work in this one's turns, of all that lie beside the model."""
    base: Weights | None = None
    """The same without the adapter, where there is one."""

    def __post_init__(self) -> None:
        self.adapters = self.adapters or Adapters(self.model)

    @property
    def lock(self) -> AbstractContextManager[None]:
        """Held by whoever computes with the model; its adapter is at work meanwhile."""
        return self.adapters.turn(self.adapter_key)

    @property
    def adapter_key(self) -> str:
        """What jobs and kept prefixes know the adapter by; empty for none."""
        return self.adapter.key if self.adapter else ""

    @property
    def config(self) -> PreTrainedConfig:
        """Of the whole model."""
        return self.model.config

    @property
    def device(self) -> torch.device:
        """Where the first of its weights lie."""
        return torch.device(self.model.device)

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in."""
        dtype: torch.dtype = self.model.dtype
        return dtype

    def decode(self, ids: Sequence[int]) -> str:
        """The text of tokens as they stand, special ones included."""
        text: str = self.tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        return text


_loaded: weakref.WeakValueDictionary[tuple[str, LocalOptions], Weights] = weakref.WeakValueDictionary()
_loading = threading.Lock()


def load(name: str, options: LocalOptions = LocalOptions()) -> Weights:  # noqa: B008  # frozen
    """The model at a folder or of a hub id, or `BASE+ADAPTER`; a base that is in memory already is given again.

    Raises UsageError or ModelError, in one line that says what to do.
    """
    base, adapter = split(name)
    with _loading:
        weights = _loaded.get((base, options))
        if weights is None:
            weights = _loaded[base, options] = _load(base, options)
        return _adapted(weights, adapter) if adapter else weights


def load_apart(name: str, options: LocalOptions) -> Weights:
    """The same without an adapter, for one caller alone, who may change it."""
    return _load(name, options)


def _adapted(weights: Weights, name: str) -> Weights:
    """The same model with an adapter, and with the chat template that comes with that."""
    adapter = weights.adapters.load(name)
    return replace(
        weights,
        base=weights,
        name=f"{weights.name}+{name}",
        adapter=adapter,
        tokenizer=retrained_tokenizer(adapter.folder, weights.tokenizer),
    )


def retrained_tokenizer(adapter: Path, tokenizer: PreTrainedTokenizerBase) -> PreTrainedTokenizerBase:
    """That of an adapter's folder, where its vocabulary is the same: a chat template is learnt with the adapter."""
    if not (adapter / "tokenizer_config.json").is_file():
        return tokenizer
    try:
        with quiet():
            own: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(adapter)
    except (OSError, ValueError, KeyError, ImportError):
        return tokenizer
    return own if own.get_vocab() == tokenizer.get_vocab() else tokenizer


def _load(name: str, options: LocalOptions) -> Weights:
    trusted = name in options.trust_remote_code
    found = checkpoints.read(name, trust_remote_code=trusted)
    device = choose_device(options.device)
    dtype = _dtype(options.dtype, device, found)
    check_fits(found, str(device), dtype, quantize=options.quantize)
    found = checkpoints.fetched(found)
    arguments = loading_arguments(options.quantize, str(device), dtype)
    model, tokenizer, processor = None, None, None
    family = AutoModelForImageTextToText if found.kind == "vision" else AutoModelForCausalLM
    try:
        with quiet():
            if found.kind == "vision":
                processor = load_processor(found.folder, found.config, trusted=trusted)
            tokenizer = _tokenizer(found, processor, trusted)
            model = family.from_pretrained(found.folder, trust_remote_code=trusted, **arguments)
            model = (model if options.quantize else model.to(device)).eval().requires_grad_(False)
        check_layers(model, name, options.quantize)
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError) as error:
        model = None
        traceback.clear_frames(error.__traceback__)  # they hold what has been loaded of it
        release()
        if is_out_of_memory(error):
            raise ModelTooLarge(
                f"local:{name} does not fit into the memory of {device}",
                hint=f"`chatbot models memory {name}` tells what it needs; [local] quantize makes it smaller",
            ) from error
        raise CheckpointError(
            f"local:{name} cannot be loaded: {' '.join(str(error).split())[:300]}",
            hint="check that its files are whole and that this version of transformers knows it",
        ) from error
    return Weights(name, found, model, tokenizer, options, context_tokens(model.config), processor)


def _tokenizer(found: Checkpoint, processor: ProcessorMixin | None, trusted: bool) -> PreTrainedTokenizerBase:
    """The processor's own, which may have more tokens than the files say; its chat template goes before."""
    if processor is None:
        return AutoTokenizer.from_pretrained(found.folder, trust_remote_code=trusted)
    tokenizer: PreTrainedTokenizerBase = processor.tokenizer
    tokenizer.chat_template = processor.chat_template or tokenizer.chat_template
    return tokenizer


def context_tokens(config: PreTrainedConfig) -> int:
    """Most tokens that a model was made to read."""
    return getattr(config.get_text_config(), "max_position_embeddings", None) or UNBOUNDED


def choose_device(wanted: str) -> torch.device:
    """The device of this name; for `auto` the first GPU that is there, else the CPU. Raises UsageError."""
    if wanted == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(wanted)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise UsageError(f"there is no device {wanted!r} here: {said}", hint="auto, cpu, cuda, cuda:1, mps") from error
    return device


def _dtype(wanted: str, device: torch.device, found: Checkpoint) -> str:
    """The name of the dtype to compute in."""
    if wanted != "auto":
        return wanted
    saved = str(getattr(found.config, "dtype", None) or "bfloat16").removeprefix("torch.")
    return "float32" if device.type == "cpu" else saved if saved in DTYPES else "bfloat16"
