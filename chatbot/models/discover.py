"""Which models can be used now, and which to take when nobody names one."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

LOCAL_SERVERS: Mapping[str, int] = {"ollama": 11434, "vllm": 8000, "lmstudio": 1234, "llamacpp": 8080}
"""Usual ports of model servers."""

PATIENCE = 0.15
"""Seconds for a server on this machine to list its models."""


@dataclass(frozen=True, slots=True)
class Available:
    """A model that can be named."""

    spec: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model spec, and why it was taken, in one line."""

    spec: str
    reason: str
    found: tuple[Available, ...] = ()
    """Servers on this machine that could be used instead."""


def choose(*, setting: str | None, environment: Mapping[str, str], probe: bool = True) -> Choice:
    """Settings, then OPENAI_API_KEY, then `extractive`; with `probe`, servers on this machine are suggested.

    (CHATBOT_MODEL is part of the settings.) The probe asks for a list of models and sends nothing else.
    """
    if setting:
        return Choice(setting, "from the settings")
    if environment.get("OPENAI_API_KEY"):
        return Choice("openai:gpt-4o-mini", "OPENAI_API_KEY is set")
    found = local_models() if probe else ()
    if found:
        return Choice("extractive", f"none is named; a server here offers {found[0].spec}: --model takes it", found)
    return Choice("extractive", "none is named: it quotes your documents; --model names another")


def list_models() -> tuple[Available, ...]:
    """What can be used now without a key."""
    return (Available("extractive", "quotes the documents; needs nothing"), *local_models())


def local_models() -> tuple[Available, ...]:
    """The models of servers that listen on the usual ports of this machine."""
    with ThreadPoolExecutor(len(LOCAL_SERVERS)) as pool:
        listed = pool.map(lambda server: (server[0], _ask(server[1])), LOCAL_SERVERS.items())
    return tuple(Available(f"{name}:{model}", "on this machine") for name, models in listed for model in models)


def _ask(port: int) -> Sequence[str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/v1/models")
        data = json.loads(connection.getresponse().read(1_000_000))
        return [str(model["id"]) for model in data["data"]]
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return ()  # nothing that speaks the protocol listens there
    finally:
        connection.close()
