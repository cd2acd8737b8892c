"""From a spec to a model."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from chatbot.errors import ModelRefused, NotFoundError, UsageError, nearest
from chatbot.models.discover import LOCAL_SERVERS

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.language_models import BaseChatModel
    from numpy.typing import NDArray

    from chatbot.models.model import Model

Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]

KINDS = ("extractive", "openai:NAME", "ollama:NAME", "vllm:NAME", "lmstudio:NAME", "llamacpp:NAME", "scripted:PATH")


def connect(
    spec: str | Model | BaseChatModel, *, timeout: float = 120.0, embed: Callable[[], Embed] | None = None
) -> Model:
    """The model that `spec` names: `extractive`, `openai:NAME`, `ollama:NAME`, `vllm:NAME`, `lmstudio:NAME`,
    `llamacpp:NAME`, `http://host:port/v1#NAME`, `scripted:PATH`; a `Model` is returned as it is.

    timeout: seconds that one request may take in all. embed: gives the function that turns texts into vectors, which
    `extractive` needs.

    Raises NotFoundError for a spec that means nothing, ModelRefused where a key is missing.
    """
    if not isinstance(spec, str):
        return cast("Model", spec)
    kind, _, name = spec.partition(":")
    if spec == "extractive":
        return _extractive(embed)
    if kind == "openai" and name:
        return _openai(name, timeout)
    if kind in ("http", "https"):
        url, _, model = spec.partition("#")
        return _endpoint(spec, model or "default", url, timeout)
    if kind in LOCAL_SERVERS and name:
        return _endpoint(spec, name, f"http://127.0.0.1:{LOCAL_SERVERS[kind]}/v1", timeout)
    if kind == "scripted" and name:
        from chatbot.models.scripted import Scripted, read_script

        return Scripted(name.removeprefix("text=")) if name.startswith("text=") else read_script(Path(name))
    raise NotFoundError(f"there is no model {spec!r}", hint=nearest(spec, KINDS))


def _extractive(embed: Callable[[], Embed] | None) -> Model:
    from chatbot.models.extractive import Extractive

    if embed is None:
        raise UsageError("the extractive model needs an embedder", hint="connect it through Chatbot('extractive')")
    return Extractive(lambda texts: embed()(texts))


def _openai(name: str, timeout: float) -> Model:
    key = os.environ.get("OPENAI_API_KEY")
    if not key:
        raise ModelRefused(f"openai:{name} needs a key", hint="set OPENAI_API_KEY")
    from chatbot.models.openai_api import OpenAIModel

    url = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")
    return OpenAIModel(f"openai:{name}", name, url, key, timeout)


def _endpoint(spec: str, model: str, url: str, timeout: float) -> Model:
    from chatbot.models.openai_api import OpenAIModel

    return OpenAIModel(spec, model, url.rstrip("/"), os.environ.get("CHATBOT_API_KEY", "none"), timeout)
