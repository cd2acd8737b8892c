"""A refusal means the same thing whatever server words it, and never shows a key."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from chatbot.errors import (
    AccessRefused,
    ContextOverflow,
    ImagesRefused,
    ModelError,
    ModelProtocolError,
    ModelRefused,
    ModelUnreachable,
    ToolsRefused,
)
from chatbot.service.endpoints import Endpoint, Quirks
from chatbot.service.refusals import quirks_after, refusal

KEY = "sk-test-0123456789abcdef"
ENDPOINT = Endpoint("https://models.example/v1", KEY, "EXAMPLE_KEY")


def error(message: str, **fields: object) -> dict[str, object]:
    """The shape that the client hands over: what stood under `error`."""
    return {"message": message, **fields}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, error("This model's maximum context length is 8192 tokens. However", code="context_length_exceeded")),
        (400, error("Please shorten it.", code="context_length_exceeded")),  # OpenAI
        (400, error("This model's maximum context length is 4096 tokens. However, you requested 5000 tokens")),  # vLLM
        (400, error("The decoder prompt (length 21535) is longer than the maximum model length of 16384.")),  # vLLM
        (400, error("The prompt (total length 25938) is too long to fit into the model (context length 4096)")),
        (400, error("request (4390 tokens) exceeds the available context size (4096 tokens), try increasing it",
                    type="exceed_context_size_error", n_ctx=4096)),  # llama.cpp
        (500, error("Context size has been exceeded.", type="server_error")),  # llama.cpp
        (400, error("Requested tokens (2285) exceed context window of 2048")),  # llama-cpp-python
        (400, error("Trying to keep the first 15857 tokens when context the overflows. However, the model is loaded "
                    "with context length of only 7866 tokens, which is not enough.")),  # LM Studio
        (400, {"error": "Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)"}),  # LM Studio
        (400, {"error": "the input length exceeds the context length"}),  # Ollama
        (422, error("Input is too long", type="exceed_context_size_error")),
        (413, error("Please reduce the length of the messages or completion.")),  # Groq
        (400, error("prompt is too long: 210000 tokens > 200000 maximum")),  # Anthropic
        (400, error("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)")),
        (0, error("the request exceeds the available context size. try increasing the context size")),  # in a stream
    ],
)  # fmt: skip
def test_a_request_that_is_too_long_is_known_in_every_wording(status: int, body: object) -> None:
    assert isinstance(refusal(status, body, ENDPOINT), ContextOverflow)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, error("max_tokens must be at least 1")),
        (400, error("Invalid value for 'messages[0].content'")),
        (429, error("Rate limit reached for model in organization on tokens per min. Limit: 6000")),
        (401, error("maximum context length")),
    ],
)
def test_another_refusal_is_not_taken_for_a_long_request(status: int, body: object) -> None:
    assert not isinstance(refusal(status, body, ENDPOINT), ContextOverflow)


NO_TOOLS = "registry.ollama.ai/library/phi does not support tools"
NO_PICTURES = "This model is not a multimodal model"


@pytest.mark.parametrize("status", [400, 404, 422, 500, 501])
def test_a_model_without_tools_and_one_that_cannot_see_are_known_by_the_words(status: int) -> None:
    assert type(refusal(status, error(NO_TOOLS), ENDPOINT)) is ToolsRefused
    assert type(refusal(status, error(NO_PICTURES), ENDPOINT)) is ImagesRefused


@pytest.mark.parametrize("status", [0, 401, 403, 429, 503])
def test_the_same_words_in_a_refusal_for_another_reason_are_not_taken_for_that(status: int) -> None:
    for words in (NO_TOOLS, NO_PICTURES):
        assert not isinstance(refusal(status, error(words), ENDPOINT), ToolsRefused | ImagesRefused)


def test_a_picture_that_is_no_medium_of_the_server_is_a_model_that_cannot_see() -> None:
    assert type(refusal(415, error(NO_PICTURES), ENDPOINT)) is ImagesRefused


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_names_the_variable_and_not_the_key(status: int) -> None:
    failure = refusal(status, error(f"Incorrect API key provided: {KEY}. Bearer {KEY}"), ENDPOINT)
    assert isinstance(failure, ModelRefused)
    assert "EXAMPLE_KEY" in failure.hint
    assert "refuses the key" in str(failure)
    assert KEY not in str(failure)


def test_what_stands_around_a_key_is_still_shown() -> None:
    assert refusal(400, error(f"no {KEY} or sk-other-secret-1, please"), ENDPOINT).message.endswith(
        ": no … or …, please"
    )


def test_half_masked_keys_are_not_shown_either() -> None:
    assert "abcd" not in str(refusal(401, error("Incorrect API key provided: sk-proj-********abcd."), ENDPOINT))


def test_a_missing_key_is_asked_for() -> None:
    assert "asks for a key" in str(refusal(401, error("no"), Endpoint("http://127.0.0.1:1/v1")))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (
            429,
            error("You exceeded your current quota", code="insufficient_quota", type="insufficient_quota"),
            AccessRefused,
        ),
        (429, error("no more", type="insufficient_quota"), AccessRefused),
        (400, error("Billing hard limit has been reached", code="billing_hard_limit_reached"), AccessRefused),
        (402, error("Insufficient Balance"), AccessRefused),
        (401, error("Invalid token"), AccessRefused),
        (403, error("This request is not allowed"), ModelRefused),
        (400, error("prompt is too long: 9 tokens > 8 maximum"), ContextOverflow),
        (400, error(NO_TOOLS), ToolsRefused),
        (400, error(NO_PICTURES), ImagesRefused),
        (400, error("Invalid 'messages'"), ModelRefused),
        (404, error("The model `x` does not exist"), ModelRefused),
        (422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, ModelRefused),
        (408, error("Request timeout"), ModelUnreachable),
        (409, error("Conflict"), ModelUnreachable),
        (425, error("Too early"), ModelUnreachable),
        (429, error("Rate limit reached"), ModelUnreachable),
        (500, error("The server had an error"), ModelUnreachable),
        (503, error("Loading model"), ModelUnreachable),
        (504, "<html>Gateway Timeout</html>", ModelUnreachable),
        (529, error("Overloaded"), ModelUnreachable),
        (300, "", ModelProtocolError),
        (307, "", ModelProtocolError),
        (0, error("boom"), ModelProtocolError),
    ],
)
def test_a_refusal_is_cut_by_who_must_act(status: int, body: object, kind: type[ModelError]) -> None:
    failure = refusal(status, body, ENDPOINT)
    assert type(failure) is kind
    assert failure.retryable == (kind is ModelUnreachable)
    told = str(status) if 300 <= status < 400 else refusal(418, body, ENDPOINT).message.partition(": ")[2]
    assert told in failure.message
    assert failure.hint


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (error("plain"), "plain"),
        ({"error": {"message": "nested"}}, "nested"),
        ({"error": "a string"}, "a string"),
        ({"object": "error", "message": "vllm", "code": 400}, "vllm"),
        ({"detail": "Not Found"}, "Not Found"),
        ("just text\nin lines", "just text in lines"),
        ({"title": "Bad", "error": {"error": "doubly"}}, "doubly"),
        ("<!DOCTYPE html><html>...", "an HTML page, not the answer of a model server"),
        ("", "it gives no reason"),
        (None, "it gives no reason"),
        ({}, "it gives no reason"),
        ([1, "zwölf"], '[1, "zwölf"]'),
        ([Decimal("1.50")], '["1.50"]'),  # what a LangChain integration hands over
    ],
)
def test_the_reason_is_found_in_any_shape(body: object, said: str) -> None:
    assert refusal(418, body, ENDPOINT).message == f"{ENDPOINT.url} refuses the request (418): {said}"


def test_a_message_is_one_short_line() -> None:
    message = refusal(400, error("long\n" * 5000), ENDPOINT).message
    assert "\n" not in message
    assert len(message) < 500
    assert message.endswith("…")
    assert refusal(400, error("x" * 300), ENDPOINT).message.endswith(": " + "x" * 300)
    assert refusal(400, error("x" * 301), ENDPOINT).message.endswith(": " + "x" * 300 + "…")


@pytest.mark.parametrize("name", ["temperature", "top_p"])
def test_sampling_that_a_model_refuses_has_a_hint(name: str) -> None:
    failure = refusal(400, error(f"Unsupported value: '{name}' does not support 0.2 with this model."), ENDPOINT)
    assert "leave temperature and top_p out" in failure.hint


def test_what_is_refused_with_tools_in_it_has_the_hint_of_a_model_that_takes_none() -> None:
    refused, other = (refusal(400, error(words), ENDPOINT) for words in ("Invalid 'tools[0]'", "Invalid 'messages'"))
    assert refused.hint == refusal(400, error(NO_TOOLS), ENDPOINT).hint != other.hint


ALL = Quirks(samples=True, limit="max_tokens")


@pytest.mark.parametrize(
    ("said", "before", "learnt"),
    [
        ("Unrecognized request argument: stream_options", ALL, {"asks_usage": False}),
        ("extra fields: include_usage", ALL, {"asks_usage": False}),
        ("stream_options: include_usage is not known", ALL, {"asks_usage": False}),
        ("Invalid parameter: 'response_format'", ALL, {"schemas": False}),
        ("'type' json_schema is not supported", ALL, {"schemas": False}),
        ("response_format of type json_schema", ALL, {"schemas": False}),
        ("'n' has to be 1", ALL, {"samples": False}),
        ('{"loc": ["body", "n"]}', ALL, {"samples": False}),
        ("max_tokens is not supported. Use max_completion_tokens", ALL, {"limit": "max_completion_tokens"}),
        ("no max_completion_tokens", replace(ALL, limit="max_completion_tokens"), {"limit": "max_tokens"}),
        ("Invalid 'messages'", ALL, {}),
        ("Invalid 'messages'", replace(ALL, limit="max_completion_tokens"), {}),
        ("stream_options", replace(ALL, asks_usage=False), {}),
        ("response_format", replace(ALL, schemas=False), {}),
        ("'n' has to be 1", replace(ALL, samples=False), {}),
    ],
)
def test_a_refusal_tells_what_a_server_has_no_field_for(said: str, before: Quirks, learnt: dict[str, object]) -> None:
    for status in (400, 422):
        assert quirks_after(status, said, before) == replace(before, **learnt)
    for status in (0, 401, 429, 500):
        assert quirks_after(status, said, before) == before
