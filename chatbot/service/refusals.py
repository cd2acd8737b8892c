"""What a service's refusal means, and what to do about it: status, body and wording, as one of our errors.

Pure: in goes what was answered, out comes an error to raise. The key never stands in a message, even where the service
repeats it.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

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

OVERFLOW = re.compile(
    r"context_length_exceeded"  # OpenAI: the code
    r"|exceed_context_size_error"  # llama.cpp: the type
    r"|maximum context length"  # OpenAI, vLLM, SGLang
    r"|longer than the maximum model length|too long to fit into the model"  # vLLM
    r"|context (size|length|window)[^.]{0,60}exceed"  # llama.cpp, LM Studio: "Context size has been exceeded"
    r"|exceed\w*[^.]{0,60}context (size|length|window)"  # llama.cpp, llama-cpp-python, Ollama
    r"|n_keep[^.]{0,40}n_ctx|when context the overflows"  # LM Studio
    r"|reduce the length of the (messages|prompt|input)"  # Groq, Together
    r"|(prompt|input)( \([^)]*\))? is too long|input token count[^.]{0,40}exceeds",  # Anthropic and Gemini, compatible
    re.IGNORECASE,
)
"""Wordings that mean "longer than the model reads", as their servers' sources and issue trackers show them."""

TOOLLESS = re.compile(
    r"(does|do|is) not support tools?\b|not support[^.]{0,30}\b(tools|tool use|function call)"  # Ollama, LM Studio
    r"|tools param requires|unsupported param: tools"  # llama.cpp
    r"|requires --enable-auto-tool-choice"  # vLLM
    r"|endpoints found that support tool use",  # OpenRouter
    re.IGNORECASE,
)
"""Wordings that mean "this model, served like this, takes no tools", as their issue trackers show them."""

SIGHTLESS = re.compile(
    r"image_url\W{0,3} is only supported by certain models|invalid content type[^.]{0,20}image_url"  # OpenAI
    r"|unknown variant `image_url`"  # DeepSeek
    r"|(is|are) not a? ?multimodal model|at most 0 image|multimodal data provided, but"  # vLLM
    r"|image input is not supported|image_url is not supported|no multimodal"  # llama.cpp
    r"|not support[^.]{0,30}\b(image|images|vision|image input|multimodal)\b"  # Ollama, LM Studio, others
    r"|missing data required for image input|image input is not enabled"  # Ollama, Mistral
    r"|endpoints found that support image input"  # OpenRouter
    r"|content must be a string",  # Groq, of a model that reads text alone
    re.IGNORECASE,
)
"""Wordings that mean "this model, served like this, cannot see", as their servers' sources and trackers show them."""

TOOLLESS_HINT = "this model may not call tools: name one that does, or switch the tools off"

_SECRET = re.compile(r"\b(sk|gsk|pk)-[\w*.-]{6,}|(?<=Bearer )\S+")


def refusal(status: int, body: object, endpoint: Endpoint) -> ModelError:
    """The error for an answer with this status. 0: the error stood inside a reply that had begun."""
    said, code = _said(body, endpoint)
    if status in (0, 400, 413, 422, 500) and OVERFLOW.search(f"{said} {code}"):
        return ContextOverflow(
            f"the request is longer than the model reads: {said}", hint="ask for less, or begin anew"
        )
    if status in (400, 404, 422, 500, 501) and TOOLLESS.search(said):
        return ToolsRefused(f"{endpoint.url} takes no tools with a request ({status}): {said}", hint=TOOLLESS_HINT)
    if status in (400, 404, 415, 422, 500, 501) and SIGHTLESS.search(said):
        return ImagesRefused(f"{endpoint.url}: this model cannot see pictures: {said}", hint="name one that can")
    if status in (401, 403):
        lack = "refuses the key" if endpoint.key else "asks for a key"
        kind = AccessRefused if status == 401 else ModelRefused  # 403 may mean this one request
        return kind(
            f"{endpoint.url} {lack} ({status}): {said}",
            hint=f"set {endpoint.key_variable} to a key that is valid there",
        )
    if status == 402 or "quota" in code or "billing" in code:
        return AccessRefused(
            f"{endpoint.url} has no quota left: {said}", hint="check the plan and billing of the account"
        )
    if 300 <= status < 400:
        return ModelProtocolError(
            f"it redirects elsewhere ({status}), and a prompt is not sent on",
            hint="name the address that it redirects to, if you trust it",
        )
    if status == 429:
        return ModelUnreachable(f"{endpoint.url} takes no more requests now (429): {said}", hint="wait a little")
    if status in (408, 409, 425) or status >= 500:
        return ModelUnreachable(f"{endpoint.url} failed ({status}): {said}", hint="try again later")
    if status == 0:
        return ModelProtocolError(f"the reply broke off with an error: {said}", hint="try again")
    return ModelRefused(f"{endpoint.url} refuses the request ({status}): {said}", hint=_hint(said))


def quirks_after(status: int, said: str, quirks: Quirks) -> Quirks:
    """What a refusal, by its status and body, tells about the server's habits; the same where it tells nothing."""
    if status not in (400, 422):
        return quirks
    if quirks.asks_usage and ("stream_options" in said or "include_usage" in said):
        return replace(quirks, asks_usage=False)
    if quirks.schemas and ("response_format" in said or "json_schema" in said):
        return replace(quirks, schemas=False)
    if quirks.samples and ("'n'" in said or '"n"' in said):
        return replace(quirks, samples=False)
    if quirks.limit == "max_tokens" and "max_completion_tokens" in said:
        return replace(quirks, limit="max_completion_tokens")
    if quirks.limit == "max_completion_tokens" and "max_completion_tokens" in said:
        return replace(quirks, limit="max_tokens")
    return quirks


def _said(body: object, endpoint: Endpoint) -> tuple[str, str]:
    """The service's words in one short line, and its code and type, from any of the shapes that bodies come in."""
    inner = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(inner, dict):
        message = inner.get("message") or inner.get("detail") or inner.get("error") or ""
        code = f"{inner.get('code') or ''} {inner.get('type') or ''}"
    else:
        message, code = inner or "", ""
    text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False, default=str)
    if re.match(r"\s*<(!doctype|html|\?xml)", text, re.IGNORECASE):
        text = "an HTML page, not the answer of a model server"
    if endpoint.secret:
        text = text.replace(endpoint.secret, "…")
    text = " ".join(_SECRET.sub("…", text).split())
    return (text[:300] + ("…" if len(text) > 300 else "")) or "it gives no reason", code.lower()


def _hint(said: str) -> str:
    if "temperature" in said or "top_p" in said:
        return "this model draws in its own way: leave temperature and top_p out of the prompt"
    if "tool" in said:
        return TOOLLESS_HINT
    return "change the request, or name another model"
