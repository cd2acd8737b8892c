"""Where prompts go, and which key goes with them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import PlainHttpRefused, UsageError
from chatbot.service.endpoints import (
    LOCAL_SERVERS,
    OPENAI_CONTEXT,
    OPENAI_URL,
    UNKNOWN_CONTEXT,
    Endpoint,
    LocalServer,
    Quirks,
    clean_url,
    local_endpoint,
    openai_endpoint,
    plain_hosts,
    shown,
    url_endpoint,
)

OLLAMA, VLLM = LOCAL_SERVERS[:2]
KEYS = {"OPENAI_API_KEY": "sk-openai", "CHATBOT_API_KEY": "sk-other"}


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1"),
        (" https://models.example/openai/v1/chat/completions ", "https://models.example/openai/v1"),
        ("http://[::1]:8000/v1/", "http://[::1]:8000/v1"),
        ("http://host:1/X/", "http://host:1/X"),
    ],
)
def test_an_address_has_one_spelling(given: str, url: str) -> None:
    assert clean_url(given) == url


@pytest.mark.parametrize(
    "url", ["", "http://", "http://:80", "ftp://host/v1", "host:80", "http://host:port/v1", "http://host:0/v1"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is not the address") as caught:
        clean_url(url)
    assert caught.value.hint


@pytest.mark.parametrize("url", ["http://me:s3cret@127.0.0.1:8000/v1", "https://s3cret@host", "http://@host/v1"])
def test_an_address_that_names_a_user_or_a_password_is_refused_and_not_shown(url: str) -> None:
    for read in (clean_url, lambda url: openai_endpoint({"OPENAI_BASE_URL": url}), lambda url: url_endpoint(url, {})):
        with pytest.raises(UsageError, match=r"names a user or a password.*`Basic `") as caught:
            read(url)
        assert "s3cret" not in str(caught.value)
        assert url.rpartition("@")[2] in caught.value.message and caught.value.hint


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("htp://127.0.0.1:8000/v1#@cf/model", "htp://…@cf/model"),
        ("http://127.0.0.1:8000/v1#m", "http://127.0.0.1:8000/v1#m"),
        ("https://host/v1", "https://host/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("http://[::1", "http://[::1"),
        ("http://host:port/v1", "http://host:…"),
        ("htp://me:s3cret@host/v1#m", "htp://…@host/v1#m"),
        ("me:s3cret@host", "…@host"),
        ("http://me:s3#cret", "http://me:…"),
    ],
)
def test_an_address_is_shown_without_what_may_be_a_password(address: str, said: str) -> None:
    assert shown(address) == said


@given(st.text(), st.sampled_from(["http://me:{}@host:80/v1", "htp://{}@host", "me:{}@host/v1#m"]))
def test_no_password_is_shown_whatever_is_in_it(secret: str, form: str) -> None:
    assert "s3cret" not in shown(form.format(f"s3cret{secret}s3cret"))


def test_a_key_is_not_in_what_an_endpoint_looks_like() -> None:
    assert "sk-other" not in repr(url_endpoint("https://stranger.example/v1", KEYS))


def test_a_key_may_be_a_login_instead() -> None:
    login = url_endpoint("https://stranger.example/v1", {"CHATBOT_API_KEY": "Basic bWU6c2VjcmV0"})
    assert (login.authorization, login.secret) == ("Basic bWU6c2VjcmV0", "bWU6c2VjcmV0")
    token = url_endpoint("https://stranger.example/v1", KEYS)
    assert (token.authorization, token.secret) == ("Bearer sk-other", "sk-other")
    assert Endpoint("https://stranger.example/v1").authorization == ""


def test_openai_gets_its_own_key() -> None:
    endpoint = openai_endpoint(KEYS)
    assert (endpoint.url, endpoint.key, endpoint.key_variable) == (
        "https://api.openai.com/v1",
        "sk-openai",
        "OPENAI_API_KEY",
    )
    assert endpoint.quirks.limit == "max_completion_tokens"


def test_the_address_for_openai_can_be_set() -> None:
    elsewhere = openai_endpoint(KEYS | {"OPENAI_BASE_URL": "https://proxy.example/v1"})
    assert (elsewhere.url, elsewhere.key, elsewhere.quirks.limit) == (
        "https://proxy.example/v1",
        "sk-openai",
        "max_tokens",
    )
    assert openai_endpoint(KEYS, "http://127.0.0.1:9").url == "http://127.0.0.1:9/v1"


def test_all_that_is_known_of_a_service_goes_with_its_address() -> None:
    account = {"OPENAI_API_KEY": "sk-openai", "OPENAI_ORG_ID": " org\n", "OPENAI_PROJECT_ID": " "}
    known = Quirks(limit="max_completion_tokens", samples=True, server="openai")
    openai = Endpoint(OPENAI_URL, "", "OPENAI_API_KEY", "", OPENAI_CONTEXT, known)
    assert openai_endpoint({}) == url_endpoint(OPENAI_URL, {}) == openai
    organization = (("OpenAI-Organization", "org"),)
    assert openai_endpoint(account) == replace(openai, key="sk-openai", headers=organization)
    elsewhere = account | {"OPENAI_BASE_URL": "https://proxy.example/v1"}
    assert openai_endpoint(elsewhere) == Endpoint("https://proxy.example/v1", "sk-openai", "OPENAI_API_KEY")
    assert url_endpoint(OPENAI_URL, elsewhere) == openai_endpoint(account)
    routed = url_endpoint("https://openrouter.ai/api/v1", KEYS)
    assert routed == Endpoint("https://openrouter.ai/api/v1", "sk-other", quirks=Quirks(server="openrouter"))
    assert url_endpoint("https://stranger.example", {}) == Endpoint("https://stranger.example/v1")
    assert url_endpoint("http://localhost:5000", {}) == Endpoint("http://localhost:5000/v1")


@pytest.mark.parametrize("server", LOCAL_SERVERS, ids=lambda server: server.scheme)
def test_all_that_is_known_of_a_server_goes_with_its_name(server: LocalServer) -> None:
    known = {
        "ollama": Quirks(ends_without_reason=True, server="ollama"),
        "vllm": Quirks(samples=True, server="vllm"),
    }
    url, quirks = f"http://127.0.0.1:{server.port}/v1", known.get(server.scheme, Quirks(server=server.scheme))
    context = 4_096 if server.scheme == "ollama" else UNKNOWN_CONTEXT
    expected = Endpoint(url, "sk-other", "CHATBOT_API_KEY", server.start, context, quirks)
    assert local_endpoint(server, KEYS) == expected
    by_port = quirks if server.scheme != "vllm" else replace(quirks, server=None)  # many others listen there too
    assert url_endpoint(url, KEYS) == replace(expected, quirks=by_port)


@pytest.mark.parametrize("hosts", [[], ["other.example", "model"]])
def test_prompt_and_key_go_in_clear_to_this_machine_alone(hosts: list[str]) -> None:
    Endpoint("http://127.0.0.1:8000/v1").allowing(hosts).check()
    Endpoint("https://model.example/v1").allowing(hosts).check()
    with pytest.raises(PlainHttpRefused, match=r"http://model\.example:80/v1 .*in clear") as caught:
        Endpoint("http://model.example:80/v1").allowing(hosts).check()
    assert "CHATBOT_PLAIN_HTTP=model.example," in caught.value.hint


def test_a_host_that_the_user_names_may_be_asked_in_clear() -> None:
    named = plain_hosts({"CHATBOT_PLAIN_HTTP": " Model.Example ,, 10.0.0.7"})
    assert named == ("Model.Example", "10.0.0.7")
    assert plain_hosts({}) == ()
    allowed = Endpoint("http://model.example/v1", "sk-here").allowing(named)
    allowed.check()
    allowed.allowing(["other.example"]).check()
    assert allowed == Endpoint("http://model.example/v1", "sk-here", plain_http=True)


def test_openais_key_goes_to_no_stranger() -> None:
    assert url_endpoint("https://stranger.example/v1", {"OPENAI_API_KEY": "sk-openai"}).key == ""
    assert url_endpoint("https://stranger.example/v1", KEYS).key == "sk-other"


def test_openais_key_goes_where_openais_address_points() -> None:
    environment = KEYS | {"OPENAI_BASE_URL": "https://proxy.example/v1/"}
    assert url_endpoint("https://proxy.example/v1", environment).key == "sk-openai"
    assert url_endpoint("https://api.openai.com/v1", KEYS).key == "sk-openai"


def test_this_machine_may_have_either_key() -> None:
    assert url_endpoint("http://localhost:5000/v1", {"OPENAI_API_KEY": "sk-openai"}).key == "sk-openai"
    assert url_endpoint("http://localhost:5000/v1", KEYS).key == "sk-other"


def test_a_line_end_in_a_key_does_no_harm() -> None:
    assert openai_endpoint({"OPENAI_API_KEY": "sk-openai\n"}).key == "sk-openai"


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:1/v1", True),
        ("http://127.8.8.8:1/v1", True),
        ("http://localhost:1/v1", True),
        ("http://[::1]:1/v1", True),
        ("http://192.168.1.2:1/v1", False),
        ("https://localhost.example/v1", False),
        ("https://api.openai.com/v1", False),
    ],
)
def test_this_machine_is_known(url: str, here: bool) -> None:
    assert Endpoint(url).on_this_machine == here


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434/v1"),
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        ("0.0.0.0:9999", "http://127.0.0.1:9999/v1"),
        (":9999", "http://127.0.0.1:9999/v1"),
        ("gpu-box", "http://gpu-box:11434/v1"),
        ("https://ollama.example", "https://ollama.example:443/v1"),
        ("[::1]:4", "http://[::1]:4/v1"),
        ("[::]:4", "http://127.0.0.1:4/v1"),
    ],
)
def test_ollama_is_where_its_own_variable_says(host: str, url: str) -> None:
    assert local_endpoint(OLLAMA, {"OLLAMA_HOST": host}).url == url


@pytest.mark.parametrize("host", ["host:port", "me:s3cret@host:port", "me:s3cret@host", "http://me:s3cret@host:1"])
def test_a_wrong_ollama_host_is_said_and_a_password_in_it_not(host: str) -> None:
    with pytest.raises(UsageError, match="OLLAMA_HOST") as caught:
        local_endpoint(OLLAMA, {"OLLAMA_HOST": host})
    assert "s3cret" not in str(caught.value)
    assert caught.value.hint


def test_ollama_reads_as_much_as_it_is_told_to() -> None:
    assert local_endpoint(OLLAMA, {}).context_tokens == 4096
    assert local_endpoint(OLLAMA, {"OLLAMA_CONTEXT_LENGTH": "32768"}).context_tokens == 32768


def test_a_known_port_makes_a_known_server() -> None:
    by_address, by_name = url_endpoint("http://localhost:11434", {}), local_endpoint(OLLAMA, {})
    assert (by_address.start, by_address.quirks, by_address.context_tokens) == (
        by_name.start,
        by_name.quirks,
        by_name.context_tokens,
    )
    assert by_address.url == "http://localhost:11434/v1"
    assert url_endpoint("http://127.0.0.1:8000", {}).start == VLLM.start
    assert url_endpoint("http://far.example:8000", {}).start == ""
