"""Asks an endpoint which models it serves: one GET of its list, with nothing of the user's in it.

In: an endpoint. Out: names and context lengths, or None where no model server answers. At most a megabyte is read.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from chatbot import portal
from chatbot.errors import ModelError
from chatbot.service.endpoints import Endpoint
from chatbot.service.exchange import Clocks, exchange

LIMIT = 1 << 20
"""Bytes read of a list; the longest one seen, a router's with hundreds of models, takes about half of it."""

_CONTEXT_KEYS = ("max_model_len", "context_length", "context_window", "max_context_length", "loaded_context_length")
"""Where vLLM, OpenRouter and Together, Groq, Mistral, and LM Studio say how much a model reads."""


OWNERS: Mapping[str, str] = {"vllm": "vllm", "sglang": "sglang", "llamacpp": "llamacpp", "library": "ollama"}
"""What the lists of model servers say of a model's owner, and who they are (as `Quirks.server` has it)."""


@dataclass(frozen=True, slots=True)
class Served:
    """A model that an endpoint lists."""

    name: str
    context_tokens: int | None = None
    """None where the endpoint does not tell."""
    owner: str = ""
    """Who owns it, as the list says: of the servers that one runs oneself, the program's own name."""


async def served_at(endpoint: Endpoint, timeout: float) -> tuple[Served, ...] | None:
    """The models that chat, in the endpoint's order, within `timeout` seconds; None where none can be listed."""
    deadline = asyncio.get_running_loop().time() + timeout
    try:
        response = await exchange(endpoint, "GET", "/models", clocks=Clocks(timeout), deadline=deadline)
        try:
            data = json.loads(await response.whole(LIMIT)) if response.raw.status == HTTPStatus.OK else None
        finally:
            response.close()
    except (ModelError, ValueError, RecursionError):
        return None
    entries = data.get("data") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        return None
    return tuple(_read(entry) for entry in entries if _chats(entry))


def list_served(endpoint: Endpoint, timeout: float) -> tuple[Served, ...] | None:
    """The same, for code that is not asynchronous."""
    return portal.wait(served_at(endpoint, timeout))


async def server_of(model: str, endpoint: Endpoint, timeout: float) -> str:
    """The program that serves a model, by what its list says of the owner: one of `OWNERS`; empty if unknown."""
    owners = (each.owner for each in await served_at(endpoint, timeout) or () if each.name == model)
    return OWNERS.get(next(owners, ""), "")


def _chats(entry: object) -> bool:
    """Whether it is a model that writes text, as far as its name and type tell."""
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or not entry["id"]:
        return False
    return "embed" not in entry["id"].lower() and entry.get("type") not in ("embeddings", "embedding", "rerank")


def _read(entry: dict[str, object]) -> Served:
    meta = entry.get("meta")  # llama.cpp keeps what it knows of a model here
    known = [entry.get(key) for key in _CONTEXT_KEYS] + ([meta.get("n_ctx")] if isinstance(meta, dict) else [])
    lengths = [length for length in known if isinstance(length, int) and length > 0]
    return Served(str(entry["id"]), lengths[0] if lengths else None, str(entry.get("owned_by") or ""))
