"""What the words mean by which services say why a reply ended: OpenAI's own, and those that others send in their place.

A reply counts as whole only by a word of this table. One that stands nowhere in it (`insufficient_system_resource` of
DeepSeek, `error` of Mistral and OpenRouter, `MALFORMED_FUNCTION_CALL` of Gemini, or one yet unheard of) is no reason to
take a reply for whole, and neither is none at all, but for the servers of `Quirks.ends_without_reason`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chatbot.messages import Finish


@dataclass(frozen=True, slots=True)
class _Said:
    """Words of one sender."""

    by: str
    where: str
    """Where it can be read or was reported."""
    words: Mapping[str, Finish]
    """In lower case."""


_SAID = (
    _Said(
        "OpenAI, and most that speak its protocol",
        "https://platform.openai.com/docs/api-reference/chat/object",
        {
            "stop": "complete",  # also after calls: gpt-4o, Ollama, vLLM (ollama/ollama#7963, vllm-project/vllm#9209)
            "tool_calls": "complete",
            "function_call": "complete",
            "length": "length",
            "content_filter": "filtered",
        },
    ),
    _Said("Together", "openai/openai-dotnet#267, vibrantlabsai/ragas#1548", {"eos": "complete"}),
    _Said(
        "Hugging Face's text-generation-inference until 2.2.1, and watsonx",
        "huggingface/text-generation-inference#2344, spring-projects/spring-ai#4900",
        {"eos_token": "complete"},
    ),
    _Said(
        "Claude, behind gateways that pass its words on and in LangChain's integration",
        "BerriAI/litellm#12481, https://docs.anthropic.com/en/api/handling-stop-reasons",
        {
            "end_turn": "complete",
            "stop_sequence": "complete",
            "tool_use": "complete",
            "max_tokens": "length",
            "model_context_window_exceeded": "length",
            "refusal": "filtered",
        },
    ),
    _Said(
        "Gemini, behind gateways that pass its words on and in LangChain's integration; in capitals",
        "QwenLM/qwen-code#9882, Portkey-AI/gateway#1200, https://ai.google.dev/api/generate-content#FinishReason",
        {
            "stop": "complete",
            "max_tokens": "length",
            "safety": "filtered",
            "recitation": "filtered",
            "blocklist": "filtered",
            "prohibited_content": "filtered",
            "spii": "filtered",
        },
    ),
    _Said("Mistral", "https://docs.mistral.ai/api/#tag/chat", {"model_length": "length"}),
)


def _table() -> Iterator[tuple[str, Finish]]:
    for said in _SAID:
        yield from said.words.items()


_FINISHES: Mapping[str, Finish] = dict(_table())


def finish_of(reason: str) -> Finish | None:
    """What a word means, in capitals or not; None for one that says nothing known."""
    return _FINISHES.get(reason.lower())
