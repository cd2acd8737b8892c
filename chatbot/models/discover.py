"""Which model to take when nobody names one, and which could be named: settings, environment, servers on this machine.

Looking for servers sends one GET for a list of models to the usual ports, all at once, and nothing else. A server that
is found is only suggested: it may be anybody's, and questions and documents would go there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatbot import portal
from chatbot.errors import UsageError
from chatbot.models.served import Served, served_at
from chatbot.service.endpoints import LOCAL_SERVERS, Endpoint, LocalServer, local_endpoint

PROBE_SECONDS = 0.15
"""Wait for a server on this machine to list its models: they answer in milliseconds, closed ports at once."""

OPENAI_DEFAULT = "openai:gpt-4o-mini"


@dataclass(frozen=True, slots=True)
class Available:
    """A model that can be named."""

    spec: str
    note: str = ""
    """Where it runs and what it needs, in a few words."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model, and why it was taken."""

    spec: str
    reason: str
    """One line for the screen."""
    found: tuple[Available, ...] = ()
    """Models of servers on this machine, one for each server, that could be used instead if the user says so."""


def choose(*, setting: str | None, environment: Mapping[str, str], probe: bool = True) -> Choice:
    """The model to take: what is set, else OpenAI's where there is a key, else `extractive`.

    setting: the workspace's, which CHATBOT_MODEL wins over. probe: look for servers on this machine, to suggest them.
    """
    if named := environment.get("CHATBOT_MODEL"):
        return Choice(named, "CHATBOT_MODEL names it")
    if setting:
        return Choice(setting, "chatbot.toml names it")
    if environment.get("OPENAI_API_KEY", "").strip():
        return Choice(OPENAI_DEFAULT, "OPENAI_API_KEY is set; --model names another")
    found = _first_of_each(_listening(environment)) if probe else ()
    if found:
        return Choice("extractive", f"none is named; {found[0].spec} answers on this machine: --model takes it", found)
    return Choice("extractive", "no model is named and no key is set: it quotes your documents; see `chatbot models`")


def list_models(environment: Mapping[str, str] = os.environ) -> tuple[Available, ...]:
    """What can be used now: `extractive`, OpenAI's default where there is a key, every model of the servers here."""
    hosted = (Available(OPENAI_DEFAULT, "OPENAI_API_KEY is set; other names of OpenAI's models work too"),)
    return (
        Available("extractive", "quotes your documents; needs nothing"),
        *(hosted if environment.get("OPENAI_API_KEY", "").strip() else ()),
        *(model for models in _listening(environment).values() for model in models),
    )


def _first_of_each(listening: Mapping[str, tuple[Available, ...]]) -> tuple[Available, ...]:
    return tuple(models[0] for models in listening.values() if models)


def _listening(environment: Mapping[str, str]) -> dict[str, tuple[Available, ...]]:
    """The models of each kind of server that answers on this machine, in the order of LOCAL_SERVERS."""
    endpoints: dict[LocalServer, Endpoint] = {}
    for server in LOCAL_SERVERS:
        with contextlib.suppress(UsageError):  # OLLAMA_HOST is no address; `ollama:NAME` says so when it is named
            endpoint = local_endpoint(server, environment)
            if endpoint.on_this_machine:
                endpoints[server] = endpoint

    async def all_of_them() -> list[tuple[Served, ...] | None]:
        return await asyncio.gather(*(served_at(endpoint, PROBE_SECONDS) for endpoint in endpoints.values()))

    found = zip(endpoints.items(), portal.wait(all_of_them()), strict=True)
    return {server.scheme: _available(server, endpoint, models or ()) for (server, endpoint), models in found}


def _available(server: LocalServer, endpoint: Endpoint, models: Sequence[Served]) -> tuple[Available, ...]:
    note = f"{server.title} at {endpoint.url}"
    return tuple(Available(f"{server.scheme}:{model.name}", note) for model in models)
