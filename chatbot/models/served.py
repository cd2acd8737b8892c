"""Asks an endpoint which models it serves: one GET of its list, with nothing of the user's in it.

In: an endpoint. Out: names and context lengths, or None where no model server answers. It is plain `http.client`, so
that looking around when the program starts costs milliseconds; it follows no redirect and reads at most a megabyte.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from chatbot.service.endpoints import Endpoint

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


def list_served(endpoint: Endpoint, timeout: float) -> tuple[Served, ...] | None:
    """The models that chat, in the endpoint's order, within about `timeout` seconds; None where none can be listed."""
    import http.client

    try:
        data = json.loads(_get(endpoint, timeout))
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        return None
    entries = data.get("data") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        return None
    return tuple(_read(entry) for entry in entries if _chats(entry))


def who_serves(model: str, endpoint: Endpoint, timeout: float) -> str:
    """The program that serves a model, by what its list says of the owner: one of `OWNERS`; empty if unknown."""
    owners = (each.owner for each in list_served(endpoint, timeout) or () if each.name == model)
    return OWNERS.get(next(owners, ""), "")


def _get(endpoint: Endpoint, timeout: float) -> bytes:
    import http.client

    deadline = time.monotonic() + timeout
    parts = urlsplit(endpoint.url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port or (443 if secure else 80), timeout=timeout)
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {})
    try:
        connection.request("GET", f"{parts.path}/models", headers=headers)
        response = connection.getresponse()
        if response.status != http.HTTPStatus.OK:
            raise http.client.HTTPException(f"status {response.status}")
        body = b""
        while piece := response.read1(LIMIT):
            body += piece
            if len(body) > LIMIT or time.monotonic() > deadline:
                raise http.client.HTTPException("the list is too long, or too slow")
        return body
    finally:
        connection.close()


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
