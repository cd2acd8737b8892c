"""What the words after `--model` mean."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from chat_server import ChatServer, says
from langchain_core.language_models import FakeListChatModel

from chatbot.effects import Generate
from chatbot.errors import ModelRefused, ModelUnreachable, NotFoundError, UsageError
from chatbot.messages import message
from chatbot.models.connect import connect
from chatbot.models.fold import fold
from chatbot.models.openai_api import OpenAIModel
from chatbot.models.prices import Price
from chatbot.models.scripted import Scripted

Start = Callable[..., ChatServer]

ASKED = Generate((message("user", "Hello?", "user"),))


def test_extractive_embeds_with_what_it_is_given() -> None:
    asked: list[int] = []

    def embed() -> Callable[[object], np.ndarray]:
        asked.append(1)
        return lambda texts: np.zeros((len(texts), 3), np.float32)  # type: ignore[arg-type]

    assert connect("extractive", embed=embed).name == "extractive"
    assert asked == []  # the encoder is loaded when it is needed, not before


def test_extractive_needs_an_embedder() -> None:
    with pytest.raises(UsageError, match="needs an embedder"):
        connect("extractive")


def test_a_model_is_returned_as_it_is() -> None:
    model = Scripted("Hello")
    assert connect(model) is model


def test_a_langchain_model_is_adapted() -> None:
    model = connect(FakeListChatModel(responses=["Hello"]))
    assert model.name == "langchain:FakeListChatModel"
    assert asyncio.run(fold(model.stream(ASKED))).text == "Hello"


def test_anything_else_is_no_model() -> None:
    with pytest.raises(UsageError, match="dict is no model"):
        connect({})  # type: ignore[arg-type]


def test_a_script_is_a_model() -> None:
    assert asyncio.run(fold(connect("scripted:text=Hello there").stream(ASKED))).text == "Hello there"


def test_openai_is_reached_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-here")
    model = connect("openai:gpt-4o-mini")
    assert isinstance(model, OpenAIModel)
    assert (model.name, model.model, model.endpoint.url) == (
        "openai:gpt-4o-mini",
        "gpt-4o-mini",
        "https://api.openai.com/v1",
    )
    assert model.abilities.context_tokens == 128_000


def test_without_a_key_openai_says_which_variable_to_set() -> None:
    with pytest.raises(ModelRefused, match="OPENAI_API_KEY"):
        connect("openai:gpt-4o-mini")


def test_openai_may_be_elsewhere(monkeypatch: pytest.MonkeyPatch, chat_server: Start) -> None:
    server = chat_server(says("Hello"))
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-here")
    assert asyncio.run(fold(connect("openai:some/model").stream(ASKED))).text == "Hello"
    assert server.bodies[0]["model"] == "some/model"
    assert server.requests[0].headers["authorization"] == "Bearer sk-here"


def test_an_address_and_a_name_make_a_model(chat_server: Start) -> None:
    server = chat_server(says("Hello"), models=("a", "b"))
    model = connect(f"{server.url}#org/b")
    assert model.name == f"{server.url}#org/b"
    assert asyncio.run(fold(model.stream(ASKED))).text == "Hello"
    assert server.bodies[0]["model"] == "org/b"


def test_the_only_model_need_not_be_named(chat_server: Start) -> None:
    server = chat_server(says("Hello"), models=("only", "text-embedding-3"))
    assert connect(server.url).name == f"{server.url}#only"


def test_one_of_several_models_must_be_named(chat_server: Start) -> None:
    server = chat_server(models=("one", "two"))
    with pytest.raises(NotFoundError, match=r"serves 2 models.*known: one, two"):
        connect(server.url)


def test_a_server_that_is_down_cannot_name_its_model() -> None:
    with pytest.raises(ModelUnreachable, match="does not list its models"):
        connect("http://127.0.0.1:9/v1")


def test_a_name_is_enough_while_the_server_is_down() -> None:
    assert connect("http://127.0.0.1:9/v1#some-model").name == "http://127.0.0.1:9/v1#some-model"


@pytest.mark.parametrize(
    "row",
    [
        {"id": "m", "max_model_len": 32768},
        {"id": "m", "context_length": 32768},
        {"id": "m", "meta": {"n_ctx": 32768, "n_ctx_train": 131072}},
    ],
)
def test_the_server_tells_how_much_its_model_reads(chat_server: Start, row: dict[str, object]) -> None:
    assert connect(f"{chat_server(models=(row,)).url}#m").abilities.context_tokens == 32768


@pytest.mark.parametrize("row", [{"id": "m"}, {"id": "m", "max_model_len": None}, {"id": "m", "max_model_len": "x"}])
def test_where_the_server_does_not_tell_little_is_assumed(chat_server: Start, row: dict[str, object]) -> None:
    assert connect(f"{chat_server(models=(row,)).url}#m").abilities.context_tokens == 8192


def test_a_kind_of_local_server_is_enough(monkeypatch: pytest.MonkeyPatch, chat_server: Start) -> None:
    server = chat_server(says("Hello"), models=("llama3.2:latest",))
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{server.port}")
    assert connect("ollama:").name == "ollama:llama3.2:latest"
    assert asyncio.run(fold(connect("ollama:llama3.2").stream(ASKED))).text == "Hello"
    assert server.bodies[0]["model"] == "llama3.2"


def test_prices_can_be_given(chat_server: Start) -> None:
    server = chat_server(says("Hello"))
    model = connect(f"{server.url}#mine", prices={"mine": Price(1e5, 0, 1e5)})
    assert asyncio.run(fold(model.stream(ASKED))).usage.cost == 1.5


def test_the_timeout_bounds_a_request(chat_server: Start) -> None:
    server = chat_server(says("a", "b", pause=20))
    with pytest.raises(ModelUnreachable, match=r"within 0.2 s"):
        asyncio.run(fold(connect(f"{server.url}#m", timeout=0.2).stream(ASKED)))


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("extractiv", "did you mean 'extractive'?"),
        ("olama:llama3.2", "did you mean 'ollama:llama3.2'?"),
        ("openia:gpt-4o", "did you mean 'openai:gpt-4o'?"),
        ("gpt-4o-mini", "did you mean 'openai:gpt-4o-mini'?"),
        ("o3", "did you mean 'openai:o3'?"),
        ("ollama", "did you mean 'ollama:NAME'?"),
        ("zzz", "known: extractive, openai:NAME"),
        ("", "known: extractive"),
        ("openai:", "did you mean 'openai:NAME'?"),
        ("langchain:openai", "did you mean 'langchain:PROVIDER:NAME'?"),
    ],
)
def test_an_unknown_spec_is_answered_with_the_nearest(spec: str, hint: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        connect(spec)
    assert hint in caught.value.hint


@pytest.mark.parametrize("spec", ["http://", "https://host:port/v1#m"])
def test_an_address_that_is_none_is_said(spec: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a model server"):
        connect(spec)


def test_the_way_to_a_model_costs_no_heavy_import() -> None:
    heavy = ("openai", "httpx2", "langchain_core", "numpy", "http.client", "pydantic")
    program = f"""
import sys
import chatbot.models, chatbot.models.connect, chatbot.models.discover
chatbot.models.connect.connect("scripted:text=a")
print([name for name in {heavy!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
