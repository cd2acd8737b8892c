"""From a spec to a model: the words that users write after `--model`, and what they mean.

In: a spec, a `Model`, or a LangChain chat model. Out: a `Model`. Nothing of the user's is sent anywhere; a server on
this machine, or one whose model is not named, is asked for its list of models.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatbot.errors import ModelRefused, ModelUnreachable, NotFoundError, UsageError, nearest
from chatbot.extras import brought_by
from chatbot.models.local.options import LocalOptions
from chatbot.models.prices import OPENAI_PRICES, Price
from chatbot.models.served import Served, list_served
from chatbot.service import endpoints
from chatbot.service.allowance import Rates
from chatbot.service.endpoints import LOCAL_SERVERS, Endpoint
from chatbot.service.pace import IN_CHAT, Patience

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.language_models import BaseChatModel
    from numpy.typing import NDArray

    from chatbot.models.model import Model

Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]
"""Turns texts into unit vectors, one row each."""

SPECS = (
    "extractive",
    "openai:NAME",
    "http://HOST:PORT/v1#NAME",
    *(f"{server.scheme}:NAME" for server in LOCAL_SERVERS),
    "local:FOLDER_OR_HUB_ID",
    "langchain:PROVIDER:NAME",
    "scripted:FILE",
)
"""All forms of a spec. NAME may be left out where an endpoint serves exactly one model."""

LIST_SECONDS = 1.0
"""Longest wait for a list of models."""


def connect(
    spec: str | Model | BaseChatModel,
    *,
    timeout: float = 120.0,
    embed: Callable[[], Embed] | None = None,
    prices: Mapping[str, Price] | None = None,
    patience: Patience = IN_CHAT,
    rates: Rates = Rates(),  # noqa: B008  # frozen
    plain_http: Sequence[str] = (),
    local: LocalOptions = LocalOptions(),  # noqa: B008  # frozen
) -> Model:
    """The model that `spec` names (see SPECS); a `Model` is returned as it is, a LangChain chat model is adapted.

    timeout: seconds that one request may take in all.
    embed: gives the function that turns texts into vectors, which `extractive` needs; called when first needed.
    prices: US dollars for a million tokens by model name, beside or instead of those in `chatbot.models.prices`.
    patience: how long an endpoint is waited for that has too much to do, or is down.
    rates: what may be asked of it in a minute, by all in this process together.
    plain_http: hosts that may be asked without TLS over a network, beside those that CHATBOT_PLAIN_HTTP names.
    local: device, precision and memory of models in this process.

    Raises NotFoundError for a spec that means nothing, ModelRefused where a key is missing, PlainHttpRefused where
    prompts would cross a network in clear, ModelUnreachable where a server must be asked for its model and does not
    answer, UsageError where a script or a package is missing.
    """
    if not isinstance(spec, str):
        return _adapted(spec, timeout)
    served = _Served(timeout, prices or {}, patience, rates, (*plain_http, *endpoints.plain_hosts(os.environ)))
    scheme, _, rest = spec.strip().partition(":")
    server = next((server for server in LOCAL_SERVERS if server.scheme == scheme), None)
    if spec.strip() == "extractive":
        return _extractive(embed)
    if scheme == "scripted" and rest:
        from chatbot.models.scripted import scripted

        return scripted(rest)
    if scheme == "local" and rest:
        return _local(rest, local)
    if scheme == "langchain" and ":" in rest:
        return _langchain(rest, timeout)
    if scheme == "openai" and rest:
        return served.model(spec.strip(), rest, endpoints.openai_endpoint(os.environ))
    if server is not None and ":" in spec:
        return served.model(f"{scheme}:", rest, endpoints.local_endpoint(server, os.environ))
    if scheme in ("http", "https"):
        url, _, name = spec.strip().partition("#")
        endpoint = endpoints.url_endpoint(url, os.environ)
        return served.model(f"{endpoint.url}#", name, endpoint)
    spec = endpoints.shown(spec)
    raise NotFoundError(f"there is no model {spec!r}", hint=_meant(spec))


def _meant(spec: str) -> str:
    """What a wrong spec was probably meant to be."""
    scheme, _, name = spec.partition(":")
    if re.match(r"gpt-|o\d\b|chatgpt", spec):
        return f"did you mean 'openai:{spec}'?"
    kinds = {known.partition(":")[0]: known for known in SPECS}
    hint = nearest(scheme, kinds)
    meant = next((kind for kind in kinds if hint == f"did you mean {kind!r}?"), None)
    if meant is None:
        return "known: " + ", ".join(SPECS)
    return f"did you mean {f'{meant}:{name}' if name and meant != scheme else kinds[meant]!r}?"


def _extractive(embed: Callable[[], Embed] | None) -> Model:
    from chatbot.models.extractive import Extractive

    if embed is None:
        raise UsageError("the extractive model needs an embedder", hint="use it as Chatbot('extractive')")
    return Extractive(lambda texts: embed()(texts))


@dataclass(frozen=True, slots=True)
class _Served:
    """How models of endpoints are asked."""

    timeout: float
    prices: Mapping[str, Price]
    patience: Patience
    rates: Rates
    plain_http: Sequence[str]

    def model(self, start: str, name: str, endpoint: Endpoint) -> Model:
        """The model of an endpoint. `start` is its spec without the name, or whole where it ends in the name."""
        endpoint = endpoint.allowing(self.plain_http)
        endpoint.check()
        openai = endpoints.is_openai(endpoint.url)
        if openai and not endpoint.key:
            raise ModelRefused(f"{start} needs a key", hint=f"set {endpoint.key_variable} to your key")
        if endpoint.on_this_machine or not name:
            served = list_served(endpoint, LIST_SECONDS)
            model = _only(served, endpoint) if not name else _named(name, served)
            context = model.context_tokens or endpoint.context_tokens
            name, endpoint = model.name, replace(endpoint, context_tokens=context)
        from chatbot.models.openai_api import OpenAIModel

        spec = start if start.endswith(name) else start + name
        known = {**OPENAI_PRICES, **self.prices} if openai else self.prices
        return OpenAIModel(
            spec, name, endpoint, timeout=self.timeout, prices=known, patience=self.patience, rates=self.rates
        )


def _only(served: Sequence[Served] | None, endpoint: Endpoint) -> Served:
    """The one model that an endpoint serves."""
    if served is None:
        hint = f"start it with `{endpoint.start}`" if endpoint.start else "check the address, or name the model"
        raise ModelUnreachable(f"{endpoint.url} does not list its models, and none is named", hint=hint)
    if len(served) != 1:
        raise NotFoundError(
            f"{endpoint.url} serves {len(served)} models, and none is named",
            hint=nearest("", [model.name for model in served]),
        )
    return served[0]


def _named(name: str, served: Sequence[Served] | None) -> Served:
    return next((model for model in served or () if model.name == name), Served(name))


def _local(rest: str, options: LocalOptions) -> Model:
    try:
        from chatbot.models.local.model import connect_local
    except ImportError as error:
        raise UsageError(
            f"local models need torch and transformers: {error}", hint="pip install 'chatbot[local]'"
        ) from error
    return connect_local(rest, options)


def _langchain(rest: str, timeout: float) -> Model:
    with brought_by("langchain", "LangChain's models"):
        from chatbot.models.langchain_chat import LangChainModel, init
    provider, _, name = rest.partition(":")
    return LangChainModel(init(provider, name), name=f"langchain:{rest}", timeout=timeout)


def _adapted(given: Model | BaseChatModel, timeout: float) -> Model:
    """An object as a model. It can only be a LangChain model where langchain_core has been imported already."""
    chat_models = sys.modules.get("langchain_core.language_models.chat_models")
    if chat_models is not None and isinstance(given, chat_models.BaseChatModel):
        from chatbot.models.langchain_chat import LangChainModel

        return LangChainModel(given, name=f"langchain:{type(given).__name__}", timeout=timeout)
    if all(hasattr(given, part) for part in ("name", "abilities", "stream", "count_tokens")):
        return given  # type: ignore[return-value]  # it has what Model asks for
    raise UsageError(f"{type(given).__name__} is no model", hint="give a spec, a Model, or a LangChain chat model")
