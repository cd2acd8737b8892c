"""Which model is taken when nobody names one, and what is sent while looking: nothing of the user's."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from chat_server import ChatServer, Scene, answers

from chatbot.models.discover import Available, choose, list_models
from chatbot.models.served import Served, list_served
from chatbot.service.endpoints import Endpoint

Start = Callable[..., ChatServer]


def test_what_is_set_is_taken() -> None:
    environment = {"OPENAI_API_KEY": "sk-here"}
    assert choose(setting="ollama:x", environment=environment).spec == "ollama:x"


def test_the_environment_wins_over_the_file_and_the_reason_says_so() -> None:
    choice = choose(setting="ollama:x", environment={"CHATBOT_MODEL": "vllm:y"})
    assert (choice.spec, choice.reason) == ("vllm:y", "CHATBOT_MODEL names it")


def test_a_key_means_openai() -> None:
    choice = choose(setting=None, environment={"OPENAI_API_KEY": "sk-here"})
    assert choice.spec == "openai:gpt-4o-mini"
    assert "OPENAI_API_KEY" in choice.reason
    assert "sk-here" not in choice.reason


def test_else_the_documents_are_quoted() -> None:
    choice = choose(setting=None, environment={"OPENAI_API_KEY": " "}, probe=False)
    assert (choice.spec, choice.found) == ("extractive", ())
    assert "\n" not in choice.reason


def test_a_server_found_is_suggested_and_not_taken(chat_server: Start) -> None:
    server = chat_server(models=("nomic-embed-text", "llama3.2", "qwen3"))
    choice = choose(setting=None, environment={"OLLAMA_HOST": f"127.0.0.1:{server.port}"})
    assert choice.spec == "extractive"
    assert choice.found[0] == Available("ollama:llama3.2", f"Ollama at http://127.0.0.1:{server.port}/v1")
    assert "ollama:llama3.2" in choice.reason


def test_looking_sends_one_get_and_nothing_else(chat_server: Start) -> None:
    server = chat_server()
    choose(setting=None, environment={"OLLAMA_HOST": f"127.0.0.1:{server.port}"})
    assert [(request.method, request.path, request.body) for request in server.listings] == [("GET", "/v1/models", {})]
    assert server.requests == []


def test_nothing_is_asked_where_a_model_is_named(chat_server: Start) -> None:
    server = chat_server()
    here = {"OLLAMA_HOST": f"127.0.0.1:{server.port}"}
    choose(setting="extractive", environment=here)
    choose(setting=None, environment=here, probe=False)
    choose(setting=None, environment=here | {"OPENAI_API_KEY": "sk-here"})
    assert server.connections == 0


def test_another_machine_is_not_looked_at() -> None:
    found = choose(setting=None, environment={"OLLAMA_HOST": "gpu-box.example"}).found
    assert not any(model.spec.startswith("ollama:") for model in found)


def test_a_wrong_ollama_host_stops_nothing() -> None:
    assert choose(setting=None, environment={"OLLAMA_HOST": "host:port"}).spec == "extractive"


def test_all_models_in_reach_are_listed(chat_server: Start) -> None:
    server = chat_server(models=("llama3.2", "qwen3"))
    specs = [model.spec for model in list_models({"OLLAMA_HOST": f"127.0.0.1:{server.port}", "OPENAI_API_KEY": "k"})]
    assert specs[:4] == ["extractive", "openai:gpt-4o-mini", "ollama:llama3.2", "ollama:qwen3"]


# --- asking for the list ----------------------------------------------------------------------------------------------


def listed(server: ChatServer) -> tuple[Served, ...] | None:
    return list_served(Endpoint(server.url, key="sk-here"), 0.3)


def test_the_key_goes_along(chat_server: Start) -> None:
    server = chat_server()
    listed(server)
    assert server.listings[0].headers["authorization"] == "Bearer sk-here"


def test_models_that_do_not_chat_are_left_out(chat_server: Start) -> None:
    rows = ("chat", "text-embedding-3", {"id": "bge", "type": "embeddings"}, {"id": 5}, {}, {"id": ""})
    assert listed(chat_server(models=rows)) == (Served("chat"),)


class Other(ChatServer):
    """A server whose list of models is a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        super().__init__()

    def _listing(self) -> Scene:
        return self._scene


@pytest.mark.parametrize(
    "scene",
    [
        answers("<!doctype html>", "text/html"),
        answers("{nope"),
        answers("[]"),
        answers({"data": None}),
        answers({"data": [{"id": "m"}]}, status=404),
        answers({"data": [{"id": "x" * 100}] * 20_000}),
        Scene((), 307, {"Location": "http://127.0.0.1:9/"}),
        Scene(head=(), end="hang"),
        Scene(head=(b"SSH-2.0-OpenSSH_9.6\r\n",), end="cut"),
        Scene((b'{"data": [', *[b" ", 0.05] * 400, b"]}"), 200, {}),
    ],
    ids=["page", "no JSON", "no object", "no list", "404", "too long", "redirect", "silent", "other protocol", "drip"],
)
def test_what_is_no_model_server_lists_nothing(scene: Scene) -> None:
    with Other(scene) as server:
        assert listed(server) is None


def test_a_closed_port_lists_nothing() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        assert list_served(Endpoint(f"http://127.0.0.1:{probe.getsockname()[1]}/v1"), 0.3) is None
