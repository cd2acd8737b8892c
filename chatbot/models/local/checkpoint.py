"""What lies at a path or under a name of the Hugging Face hub, told from its config and the headers of its files.

In: a folder, or a name like `owner/model`. Out: a `Checkpoint`, of a model that this program can load: the architecture
is known, the weights are safetensors files and whole, a tokenizer is there. No weight is read and no code of the
checkpoint runs. Of a name of the hub the small files are fetched, the weights only by `fetched`; never a pickle.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.errors import CheckpointError, UsageError, nearest
from chatbot.models.local import hub
from chatbot.models.local.headers import Stored, stored
from chatbot.models.local.model_shape import Kind, NoShape, Shape, shape_of

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
ADAPTER = "adapter_config.json"

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")

TOKENIZERS = (
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer.model.v3",
    "tekken.json",
    "tiktoken.model",
    "vocab.json",
    "vocab.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
)
"""Any of these is a tokenizer of some family."""

_WRITERS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
"""How the names of classes end whose files hold what writes text. Of others (a classifier, an encoder) that part would
be made up at random as they are loaded."""

_REFUSALS = (OSError, ValueError, TypeError, LookupError, AttributeError, ImportError, ArithmeticError)
"""What the configs of families raise for values they do not take, beside the hub's own error."""

_ANOTHER = "name a model that was made to chat"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model that can be loaded, and what is known of it beforehand."""

    name: str
    """As the user named it: a path, or a name of the hub."""
    folder: Path
    """Where its files lie on this machine, the weights only where `stored` is known from them."""
    config: PreTrainedConfig
    """As transformers reads it, with the defaults of its family."""
    architecture: str
    """The class of the model: "LlamaForCausalLM"."""
    kind: Kind
    """Whether it sees images as well as text."""
    shape: Shape | None
    """None where its family's config does not say it in the usual words."""
    stored: Stored
    """What its files of weights hold."""
    complete: bool
    """The weights are on this machine."""

    @property
    def quantized(self) -> str:
        """How its weights were quantized before they were stored ("bitsandbytes", "gptq"), or empty."""
        found = getattr(self.config, "quantization_config", None)
        if found is None:
            return ""
        method = found.get("quant_method", "") if isinstance(found, Mapping) else getattr(found, "quant_method", "")
        return str(getattr(method, "value", method)) or "quantized"


def read(name: str, *, trust_remote_code: bool = False, weights: bool = True) -> Checkpoint:
    """What lies at the folder, or under the hub's name, `name`.

    Raises CheckpointError where it is no model or cannot be loaded; its message is one line that says what to do.
    trust_remote_code: take a model that brings its own Python code, which loading it would run. weights: False where
    the config alone will do, because nothing is to be loaded.
    Raises UsageError where transformers is not installed.
    """
    given = Path(name).expanduser()
    if given.is_dir():
        return _in_folder(name, given, trust_remote_code, weights)
    if given.is_file():
        raise CheckpointError(f"{name} is a file, not the folder of a model", hint=_instead_of_file(given))
    if not hub.could_be_name(name):
        raise CheckpointError(
            f"there is no folder {name}", hint="name the folder of a model, or owner/model of the hub"
        )
    folder = hub.kept(name)
    if folder is not None and (hub.offline() or _has_weights(folder)):
        return _in_folder(name, folder, trust_remote_code, weights)
    return _config_of(name, hub.small_files(name), trust_remote_code, hub.stored(name), complete=False)


def fetched(checkpoint: Checkpoint) -> Checkpoint:
    """The same with its weights on this machine: those of a name of the hub are downloaded where they are not.

    Raises CheckpointError where the hub cannot be reached, or what came is not whole.
    """
    if checkpoint.complete:
        return checkpoint
    folder = hub.with_weights(checkpoint.name)
    return replace(checkpoint, folder=folder, stored=stored(_weights(folder)), complete=True)


def _in_folder(name: str, folder: Path, trust_remote_code: bool, weights: bool) -> Checkpoint:
    checkpoint = _config_of(name, folder, trust_remote_code, Stored(0, {}, 0), complete=True)
    if not weights and not _has_weights(folder):
        return replace(checkpoint, complete=False)
    checkpoint = replace(checkpoint, stored=stored(_weights(folder)))
    if not any((folder / file).is_file() for file in TOKENIZERS) and not list(folder.glob("*.tiktoken")):
        raise CheckpointError(
            f"{name} holds no tokenizer (tokenizer.json or its like)", hint="copy it from where the model comes from"
        )
    return checkpoint


def _config_of(name: str, folder: Path, trust_remote_code: bool, held: Stored, *, complete: bool) -> Checkpoint:
    table = _table(name, folder)
    config = _config(name, folder, table, trust_remote_code)
    kind, architecture = _kind(name, config, table)
    try:
        shape = shape_of(config)
    except NoShape:
        shape = None
    return Checkpoint(name, folder, config, architecture, kind, shape, held, complete)


def _table(name: str, folder: Path) -> Mapping[str, object]:
    """The config as it is written."""
    if not (folder / CONFIG).is_file():
        raise CheckpointError(f"{name} holds no {CONFIG}, so it is no model", hint=_instead_of_folder(folder))
    again = "copy or download it again"
    try:
        table = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder / CONFIG} cannot be read: {error}", hint=again) from error
    if not isinstance(table, dict):
        raise CheckpointError(f"{folder / CONFIG} is not the config of a model: no table of settings", hint=again)
    return table


def _instead_of_file(file: Path) -> str:
    if file.suffix == ".gguf":
        return "GGUF files are for Ollama or llama.cpp: serve it there, and name it as ollama:NAME or by its address"
    return "name the folder it lies in" if (file.parent / CONFIG).is_file() else "name the folder of a model"


def _instead_of_folder(folder: Path) -> str:
    if (folder / ADAPTER).is_file():
        return f"it is a LoRA adapter: name it behind its base model, local:BASE+{folder}"
    if list(folder.glob("*.gguf")):
        return _instead_of_file(Path("x.gguf"))
    inner = sorted(each.parent for each in folder.glob(f"*/{CONFIG}"))
    return f"did you mean {inner[0]}?" if inner else f"name the folder that {CONFIG} lies in"


def _config(name: str, folder: Path, table: Mapping[str, object], trust_remote_code: bool) -> PreTrainedConfig:
    """The config with its family's defaults; the checkpoint's own code runs only where it is trusted."""
    try:
        from huggingface_hub.errors import StrictDataclassError
        from transformers import CONFIG_MAPPING, AutoConfig, __version__
    except ImportError as error:
        raise UsageError("local models need packages that are not installed", hint=hub.NEEDS_EXTRA) from error
    family, own_code = table.get("model_type"), table.get("auto_map")
    known = isinstance(family, str) and family in CONFIG_MAPPING
    if not known and own_code and not trust_remote_code:
        raise CheckpointError(
            f"{name} wants to run Python code that it brings along",
            hint=f'where you have read and trust it: trust_remote_code = ["{name}"] in [local] of chatbot.toml',
        )
    if not known and not own_code:
        message = f"{name} is of type {family!r}, which transformers {__version__} does not know"
        hint = nearest(family, CONFIG_MAPPING) if isinstance(family, str) else "its config.json names no model_type"
        raise CheckpointError(message, hint=hint + "; a newer transformers may know it")
    try:
        return AutoConfig.from_pretrained(folder, trust_remote_code=trust_remote_code and not known)
    except (*_REFUSALS, StrictDataclassError) as error:
        raise CheckpointError(
            f"{folder / CONFIG} is not a config that transformers takes: {' '.join(str(error).split())[:200]}",
            hint="copy or download it again",
        ) from error


def _kind(name: str, config: PreTrainedConfig, table: Mapping[str, object]) -> tuple[Kind, str]:
    """Whether it sees, and the class it is loaded as."""
    from transformers.models.auto import modeling_auto

    writes = modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(config.model_type)
    sees = modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES.get(config.model_type)
    named = table.get("architectures")
    named = named[0] if isinstance(named, list) and named and isinstance(named[0], str) else ""
    own_code = table.get("auto_map")
    if isinstance(own_code, Mapping) and "AutoModelForCausalLM" in own_code and not (writes or sees):
        return "text", named
    if (not writes and not sees) or (named and not named.endswith(_WRITERS)):
        raise CheckpointError(f"{name} is a {named or config.model_type}, which does not write text", hint=_ANOTHER)
    if sees and (not writes or named == sees or (named != writes and hasattr(config, "vision_config"))):
        return "vision", sees
    return "text", writes or named


def _has_weights(folder: Path) -> bool:
    try:
        return bool(_weights(folder))
    except CheckpointError:
        return False


def _weights(folder: Path) -> list[Path]:
    """The files of the weights. Raises CheckpointError where one is missing, or all are pickles."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if (folder / INDEX).is_file():
        return _shards(folder)
    if pickles := sorted(file.name for file in folder.iterdir() if file.suffix in PICKLES):
        raise CheckpointError(
            f"{folder} keeps its weights as a pickle ({pickles[0]}), and loading one can run any code",
            hint="take a version of the model with .safetensors files",
        )
    raise CheckpointError(f"{folder} holds no weights: there is no {WEIGHTS}", hint="copy or download it again")


def _shards(folder: Path) -> list[Path]:
    index, again = folder / INDEX, "copy or download it again"
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{index} is no list of files", hint=again) from error
    for name in sorted(map(str, names)):
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise CheckpointError(f"{index} names {name!r}, which is no safetensors file beside it", hint=again)
        if not (folder / name).is_file():
            raise CheckpointError(f"{folder} lacks {name}, one of {len(names)} files of its weights", hint=again)
    return [folder / name for name in sorted(map(str, names))]
