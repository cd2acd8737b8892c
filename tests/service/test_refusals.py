"""A refusal means the same thing whatever server words it, and never shows a key."""

from __future__ import annotations

import pytest

from chatbot.errors import (
    AccessRefused,
    ContextOverflow,
    ModelError,
    ModelProtocolError,
    ModelRefused,
    ModelUnreachable,
)
from chatbot.service.endpoints import Endpoint
from chatbot.service.refusals import refusal

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


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_names_the_variable_and_not_the_key(status: int) -> None:
    failure = refusal(status, error(f"Incorrect API key provided: {KEY}. Bearer {KEY}"), ENDPOINT)
    assert isinstance(failure, ModelRefused)
    assert "EXAMPLE_KEY" in failure.hint
    assert "refuses the key" in str(failure)
    assert KEY not in str(failure)


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
        (402, error("Insufficient Balance"), AccessRefused),
        (400, error("Invalid 'messages'"), ModelRefused),
        (404, error("The model `x` does not exist"), ModelRefused),
        (422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, ModelRefused),
        (429, error("Rate limit reached"), ModelUnreachable),
        (500, error("The server had an error"), ModelUnreachable),
        (503, error("Loading model"), ModelUnreachable),
        (504, "<html>Gateway Timeout</html>", ModelUnreachable),
        (529, error("Overloaded"), ModelUnreachable),
        (307, "", ModelProtocolError),
        (0, error("boom"), ModelProtocolError),
    ],
)
def test_a_refusal_is_cut_by_who_must_act(status: int, body: object, kind: type[ModelError]) -> None:
    failure = refusal(status, body, ENDPOINT)
    assert type(failure) is kind
    assert failure.retryable == (kind is ModelUnreachable)
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
        ("<!DOCTYPE html><html>...", "an HTML page"),
        ("", "no reason"),
        (None, "no reason"),
        ({}, "no reason"),
        ([1, 2], "[1, 2]"),
    ],
)
def test_the_reason_is_found_in_any_shape(body: object, said: str) -> None:
    assert said in refusal(400, body, ENDPOINT).message


def test_a_message_is_one_short_line() -> None:
    message = refusal(400, error("long\n" * 5000), ENDPOINT).message
    assert "\n" not in message
    assert len(message) < 500


def test_sampling_that_a_model_refuses_has_a_hint() -> None:
    failure = refusal(400, error("Unsupported value: 'temperature' does not support 0.2 with this model."), ENDPOINT)
    assert "leave temperature and top_p out" in failure.hint
