"""Weights into memory: a checkpoint, once for each process, on the device and in the numbers that suit the machine.

Only safetensors are read, and no code that comes with a checkpoint is run unless the user names the model for it. What
fails leaves nothing behind: a half-loaded model is let go of before the error is raised.
"""

from __future__ import annotations

import contextlib
import threading
import traceback
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, AutoTokenizer
from transformers.utils import logging

from chatbot.errors import CheckpointError, ModelTooLarge, UsageError
from chatbot.models.local import checkpoint as checkpoints
from chatbot.models.local.forward import is_out_of_memory, release
from chatbot.models.local.memory_needed import check_fits
from chatbot.models.local.options import DTYPES, LocalOptions
from chatbot.models.local.precision import check_layers, loading_arguments
from chatbot.models.local.processors import load_processor

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
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held by whoever computes with the model."""

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
    """The model at a folder or of a hub id; one that is in memory already is given again.

    Raises UsageError or ModelError, in one line that says what to do.
    """
    with _loading:
        if (known := _loaded.get((name, options))) is not None:
            return known
        weights = _load(name, options)
        _loaded[name, options] = weights
        return weights


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


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No progress bars and no warnings of transformers meanwhile: they would be drawn over the chat."""
    shown, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if shown:
            logging.enable_progress_bar()


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
