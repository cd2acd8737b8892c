"""LoRA adapters (Hu et al. 2021) of a model in memory: several at once, of which each computation takes one or none.

In: a folder, or a name of the hub, that holds an adapter as peft writes it. It is put beside the layers of the model,
which itself is never changed, so requests with different adapters are answered from one copy of the weights. Only
safetensors are read. An adapter that nobody holds any more is let go of when another one comes.
"""

from __future__ import annotations

import itertools
import json
import threading
import warnings
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from chatbot.errors import CheckpointError, UsageError
from chatbot.models.local import hub
from chatbot.models.local.headers import stored

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"

_AGAIN = "copy or download it again"


class _Switch(Protocol):
    """A layer of peft that adapters lie beside."""

    def enable_adapters(self, enabled: bool) -> None: ...

    def set_adapter(self, adapter_names: list[str], inference_mode: bool = False) -> None: ...


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Adapter:
    """An adapter that lies beside a model for as long as somebody holds this."""

    name: str
    """As the spec names it."""
    folder: Path
    key: str
    """What jobs and kept prefixes know it by; never given twice."""


class Adapters:
    """Those of one model, and who may compute with it."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.lock = threading.RLock()
        """Held by whoever computes with the model or changes its adapters."""
        self._model = model
        self._known: weakref.WeakValueDictionary[str, Adapter] = weakref.WeakValueDictionary()
        self._beside: set[str] = set()
        self._switches: list[_Switch] = []
        self._at_work = ""
        self._numbers = itertools.count(1)

    def load(self, name: str) -> Adapter:
        """The adapter of this name; one that is in memory is given again. Raises CheckpointError or UsageError."""
        with self.lock:
            if (known := self._known.get(name)) is not None:
                return known
            folder = adapter_folder(name)
            adapter = Adapter(name, folder, f"adapter{next(self._numbers)}x")
            with _silence(), _translated(name):
                self._forget()
                try:
                    self._put_beside(adapter)
                    self._known[name] = adapter
                finally:
                    self._forget()  # what came in by halves
            return adapter

    def use(self, key: str) -> None:
        """Puts an adapter to work, by its key, or none for "". By whoever holds the lock."""
        if key == self._at_work:
            return
        for switch in self._switches:
            there = key in _keys(switch)
            switch.enable_adapters(there)
            if there:
                switch.set_adapter([key], inference_mode=True)
        self._at_work = key

    @contextmanager
    def turn(self, key: str) -> Iterator[None]:
        """The lock, with this adapter at work."""
        with self.lock:
            self.use(key)
            yield

    def _put_beside(self, adapter: Adapter) -> None:
        """Raises ValueError for one that does not fit, part of which may lie beside the model then."""
        from peft import PeftConfig
        from safetensors.torch import load_file

        config = PeftConfig.from_pretrained(str(adapter.folder))
        tensors: Mapping[str, torch.Tensor] = load_file(adapter.folder / WEIGHTS)
        self._beside.add(adapter.key)
        found = self._model.load_adapter(peft_config=config, adapter_state_dict=dict(tensors), adapter_name=adapter.key)
        missing = [name for name in found.missing_keys if f".{adapter.key}." in name]
        if odd := next(iter([*missing, *found.unexpected_keys, *found.mismatched_keys]), None):
            raise ValueError(f"{odd} does not fit")

    def _forget(self) -> None:
        """Lets go of the adapters that nobody holds."""
        held = {adapter.key for adapter in self._known.values()}
        for key in self._beside - held:
            if key in getattr(self._model, "peft_config", {}):
                self._model.delete_adapter(key)
        self._beside &= held
        self._look_again()

    def _look_again(self) -> None:
        """Finds the layers that have adapters now, and puts none to work."""
        from peft.tuners.tuners_utils import BaseTunerLayer
        from peft.utils.other import AuxiliaryTrainingWrapper

        self._switches = [
            layer for layer in self._model.modules() if isinstance(layer, BaseTunerLayer | AuxiliaryTrainingWrapper)
        ]
        self._at_work = "?"
        self.use("")


def _keys(switch: _Switch) -> set[str]:
    """The adapters that lie beside a layer."""
    named = getattr(switch, "_adapters", None)
    if named is not None:
        return set(named)
    names: tuple[str, ...] = getattr(switch, "adapter_layer_names", ())
    return {key for name in names for key in getattr(switch, name, {})}


def split(name: str) -> tuple[str, str]:
    """Base and adapter of `BASE+ADAPTER`; no adapter where there is none, or where a folder has this very name."""
    if "+" not in name or Path(name).expanduser().is_dir():
        return name, ""
    cuts = [at for at, letter in enumerate(name) if letter == "+"]
    at = next((at for at in cuts if Path(name[:at]).expanduser().is_dir()), cuts[0])
    return name[:at], name[at + 1 :]


def adapter_folder(name: str) -> Path:
    """Where the files of an adapter lie, checked: its config, and weights that are whole and no pickle.

    Raises CheckpointError in one line; UsageError where peft is not installed.
    """
    try:
        import peft  # noqa: F401  # to say so before anything is fetched
    except ImportError as error:
        raise UsageError("adapters need the package peft", hint=hub.NEEDS_EXTRA) from error
    folder = Path(name).expanduser()
    if not folder.is_dir():
        if not hub.could_be_name(name):
            raise CheckpointError(f"there is no folder {name}", hint="an adapter stands behind its model: BASE+ADAPTER")
        folder = hub.adapter(name)
    config = _config(name, folder)
    if config.get("peft_type") != "LORA":
        raise CheckpointError(f"{name} is an adapter of type {config.get('peft_type')!r}", hint="LoRA adapters only")
    if not (folder / WEIGHTS).is_file():
        pickled = next((file.name for file in folder.glob("adapter_model.*")), "")
        message = f"keeps its weights as a pickle ({pickled})" if pickled else f"holds no {WEIGHTS}"
        hint = "take one with .safetensors files: loading a pickle can run any code" if pickled else _AGAIN
        raise CheckpointError(f"{name} {message}", hint=hint)
    stored([folder / WEIGHTS])
    return folder


def _config(name: str, folder: Path) -> Mapping[str, object]:
    if not (folder / CONFIG).is_file():
        raise CheckpointError(f"{name} holds no {CONFIG}, so it is no adapter", hint="BASE+ADAPTER, in this order")
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder / CONFIG} cannot be read: {error}", hint=_AGAIN) from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{folder / CONFIG} is not the config of an adapter", hint=_AGAIN)
    return config


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing of transformers' nor of peft's, which wonders at a second adapter and at one that goes."""
    from chatbot.models.local.quiet import quiet

    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """What peft and transformers raise, as our own errors."""
    try:
        yield
    except (OSError, ValueError, TypeError, LookupError, RuntimeError, AttributeError, ImportError) as error:
        raise CheckpointError(
            f"{name} does not fit this model: {' '.join(str(error).split())[:200]}",
            hint="base_model_name_or_path in its adapter_config.json names the model it was made for",
        ) from error
