"""Models by their names on the Hugging Face hub: what is kept on this machine, and what is fetched.

Only settings, tokenizers and safetensors files are ever fetched, each to the hub's own cache (HF_HOME), so that no
pickle and no code of a repository comes to this machine. With HF_HUB_OFFLINE=1 nothing is asked over the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatbot.errors import CheckpointError, ModelUnreachable, UsageError
from chatbot.models.local.headers import BITS, Stored

_SMALL = ["*.json", "*.jinja", "*.model", "*.model.v3", "*.txt", "*.tiktoken"]
_WEIGHTS = ["model.safetensors", "model-*.safetensors"]

_NAME = re.compile(r"(?!.*(?:\.\.|--))[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?")

NAME_A_FOLDER = "name the folder of a model, or owner/model of the hub"
NEEDS_EXTRA = "pip install 'chatbot[local]'"


def could_be_name(name: str) -> bool:
    """Whether the hub could know this name: `model` or `owner/model`."""
    return _NAME.fullmatch(name) is not None


def kept(name: str) -> Path | None:
    """The folder of what this machine keeps of a name, whole or not; None where there is nothing."""
    with _translated(name):
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import LocalEntryNotFoundError

        try:
            return Path(snapshot_download(name, local_files_only=True, allow_patterns=_SMALL))
        except LocalEntryNotFoundError:
            return None


def offline() -> bool:
    """Whether the user has said that nothing is to be asked over the network."""
    try:
        from huggingface_hub import is_offline_mode
    except ImportError:
        return True
    return bool(is_offline_mode())


def small_files(name: str) -> Path:
    """The folder to which the settings and the tokenizer of a name were fetched.

    Raises CheckpointError where the hub does not know the name or does not let us in, ModelUnreachable where it does
    not answer.
    """
    with _translated(name):
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(name, allow_patterns=_SMALL))


def with_weights(name: str) -> Path:
    """The folder to which all that loading needs was fetched, with bars of progress. Raises as `small_files`."""
    with _translated(name):
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(name, allow_patterns=[*_SMALL, *_WEIGHTS]))


def adapter(name: str) -> Path:
    """The folder to which an adapter was fetched, without any pickle. Raises as `small_files`."""
    with _translated(name):
        from huggingface_hub import snapshot_download

        return Path(
            snapshot_download(name, allow_patterns=["adapter_config.json", "adapter_model.safetensors", *_SMALL])
        )


def stored(name: str) -> Stored:
    """What the files of weights under a name hold; their headers alone are fetched. Raises as `small_files`."""
    with _translated(name):
        from huggingface_hub import HfApi

        found = HfApi().get_safetensors_metadata(name)
        tensors = [tensor for file in found.files_metadata.values() for tensor in file.tensors.values()]
        size = sum(tensor.data_offsets[1] - tensor.data_offsets[0] for tensor in tensors)
        elements = {dtype: count for dtype, count in found.parameter_count.items() if dtype in BITS}
        return Stored(len(tensors), elements, size)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """What the hub's client raises, as our own errors."""
    try:
        import httpx2  # the hub's client asks with it, and lets its errors through
        from huggingface_hub import errors
    except ImportError as error:
        raise UsageError("local models need packages that are not installed", hint=NEEDS_EXTRA) from error
    try:
        yield
    except errors.GatedRepoError as error:
        hint = f"accept its terms on the hub's page of {name}, then log in with `hf auth login`"
        raise CheckpointError(f"the hub gives {name} to those alone who accepted its terms", hint=hint) from error
    except errors.RepositoryNotFoundError as error:
        message = f"there is no folder {name}, and no model of this name on the hub (or it is private)"
        raise CheckpointError(message, hint=NAME_A_FOLDER) from error
    except errors.NotASafetensorsRepoError as error:
        message = f"{name} has no safetensors files on the hub, and a pickle can run any code when it is loaded"
        raise CheckpointError(message, hint="take a version of the model with .safetensors files") from error
    except (errors.SafetensorsParsingError, errors.HFValidationError) as error:
        raise CheckpointError(f"{name} cannot be read on the hub: {error}", hint=NAME_A_FOLDER) from error
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, OSError, httpx2.HTTPError) as error:
        hint = "check the network, or name a folder that holds the model; HF_ENDPOINT is the hub's address"
        raise ModelUnreachable(f"{name} is not on this machine, and the hub does not answer", hint=hint) from error
