"""Where models are served: addresses, keys, and what each kind of server does differently from the protocol.

In: the environment and an address. Out: an `Endpoint`. Nothing is sent from here. A key goes only where it belongs:
OPENAI_API_KEY to api.openai.com, to OPENAI_BASE_URL and to this machine, CHATBOT_API_KEY to any other address.
Addresses stand in errors, logs and the journal: one with a user or a password in it is refused here, where all come in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit, urlunsplit

from chatbot.errors import PlainHttpRefused, UsageError
from chatbot.service.loopback import is_here

_LOGIN = "Basic "
"""How a key begins that is a user and a password, in base64, as HTTP's basic authentication has them."""

OPENAI_URL = "https://api.openai.com/v1"

ACCOUNT: Mapping[str, str] = {"OPENAI_ORG_ID": "OpenAI-Organization", "OPENAI_PROJECT_ID": "OpenAI-Project"}
"""Variables that say for whom a key is used that serves several, as OpenAI's own client has them; for OpenAI alone."""

UNKNOWN_CONTEXT = 8_192
"""Tokens of context to count on where an endpoint does not tell: what small local models are commonly run with."""

OPENAI_CONTEXT = 128_000
"""What all of OpenAI's present chat models read at least; longer prompts are slow and dear."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """Where servers differ. What is not known beforehand is learnt from a refusal (`openai_api`)."""

    limit: str = "max_tokens"
    """Name of the limit on generated tokens; OpenAI's newer models accept `max_completion_tokens` only."""
    asks_usage: bool = True
    """Whether `stream_options` is sent; some servers (Mistral's, for one) refuse a request that carries it."""
    ends_without_reason: bool = False
    """Ollama ends some whole replies with a null finish_reason: then usage and [DONE] together mean complete."""
    samples: bool = False
    """Whether `n` draws several replies at once. Ollama and LM Studio ignore it, others refuse it."""
    server: str | None = None
    """Who serves: openai, ollama, vllm, sglang, llamacpp, lmstudio or openrouter; empty for another. It decides what
    the fields are called that OpenAI's protocol lacks (`sampling_fields`). None where it is to be learnt from the list
    of models, once it matters."""
    schemas: bool = True
    """Whether `response_format` can carry a JSON Schema; those that cannot are known by their refusal."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that speaks the chat-completions protocol."""

    url: str
    """Base address, without a slash at the end: `http://127.0.0.1:8000/v1`."""
    key: str = field(default="", repr=False)
    """Sent as a bearer's, or as it is where it begins with `Basic `."""
    key_variable: str = "CHATBOT_API_KEY"
    """Environment variable that holds the key for this address."""
    start: str = ""
    """How to start a server there, for people; empty where it is not known."""
    context_tokens: int = UNKNOWN_CONTEXT
    """What to count on where the server does not tell."""
    quirks: Quirks = Quirks()
    headers: tuple[tuple[str, str], ...] = ()
    """Sent with every request, beside those of the protocol."""
    plain_http: bool = False
    """The user allows it to be asked without TLS, over a network."""

    @property
    def host(self) -> str:
        """Its name or address, in lower case."""
        return urlsplit(self.url).hostname or ""

    @property
    def authorization(self) -> str:
        """What it is told of who asks, in a header; empty without a key."""
        return self.key if not self.key or self.key.startswith(_LOGIN) else f"Bearer {self.key}"

    @property
    def secret(self) -> str:
        """What of the key nobody else may read; a service may repeat it in what it answers."""
        return self.key.removeprefix(_LOGIN)

    def check(self) -> None:
        """Raises PlainHttpRefused where prompt and key could be read on their way, and the user has not allowed it."""
        if self.plain_http or self.on_this_machine or urlsplit(self.url).scheme == "https":
            return
        raise PlainHttpRefused(
            f"{self.url} would be sent prompt and key in clear over the network, and this host is not allowed for that",
            hint=f"use https, or allow it: CHATBOT_PLAIN_HTTP={self.host}, or for chats also "
            f'plain_http = ["{self.host}"] in chatbot.toml',
        )

    def allowing(self, hosts: Iterable[str]) -> Endpoint:
        """The same, which may be asked without TLS if it is one of these hosts."""
        return replace(self, plain_http=self.plain_http or self.host in {host.strip().lower() for host in hosts})

    @property
    def on_this_machine(self) -> bool:
        """Whether nothing sent there leaves the machine."""
        return is_here(self.host)


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A kind of model server, where it usually listens, and how it is started."""

    scheme: str
    """The word that begins its specs: `ollama:NAME`."""
    title: str
    port: int
    start: str


LOCAL_SERVERS = (
    LocalServer("ollama", "Ollama", 11434, "ollama serve"),
    LocalServer("vllm", "vLLM", 8000, "vllm serve NAME"),
    LocalServer("lmstudio", "LM Studio", 1234, "lms server start"),
    LocalServer("llamacpp", "llama.cpp", 8080, "llama-server -m FILE.gguf"),
)
"""Default ports from each server's own documentation."""


def openai_endpoint(environment: Mapping[str, str], base_url: str | None = None) -> Endpoint:
    """The endpoint of `openai:` specs: `base_url`, else OPENAI_BASE_URL, else OpenAI itself."""
    url = clean_url(base_url or environment.get("OPENAI_BASE_URL") or OPENAI_URL)
    key = environment.get("OPENAI_API_KEY", "").strip()
    if is_openai(url):
        return Endpoint(
            url,
            key,
            "OPENAI_API_KEY",
            "",
            OPENAI_CONTEXT,
            Quirks(limit="max_completion_tokens", samples=True, server="openai"),
            tuple((header, value) for name, header in ACCOUNT.items() if (value := environment.get(name, "").strip())),
        )
    return Endpoint(url, key, "OPENAI_API_KEY")


def local_endpoint(server: LocalServer, environment: Mapping[str, str]) -> Endpoint:
    """The endpoint of a kind of local server; OLLAMA_HOST and OLLAMA_CONTEXT_LENGTH are heeded as Ollama heeds them."""
    address = f"http://127.0.0.1:{server.port}"
    if server.scheme != "ollama":
        quirks = Quirks(samples=server.scheme == "vllm", server=server.scheme)
        return Endpoint(f"{address}/v1", _own_key(environment), "CHATBOT_API_KEY", server.start, quirks=quirks)
    context = environment.get("OLLAMA_CONTEXT_LENGTH", "")
    return Endpoint(
        clean_url(_ollama_host(environment.get("OLLAMA_HOST", "")) or address),
        _own_key(environment),
        start=server.start,
        context_tokens=int(context) if context.isdigit() else 4_096,
        quirks=Quirks(ends_without_reason=True, server="ollama"),
    )


def url_endpoint(url: str, environment: Mapping[str, str]) -> Endpoint:
    """The endpoint at any address. Raises UsageError where it is none."""
    url = clean_url(url)
    parts = urlsplit(url)
    if is_openai(url) or url == clean_url(environment.get("OPENAI_BASE_URL") or OPENAI_URL):
        return openai_endpoint(environment, url)
    routed = parts.hostname == "openrouter.ai"
    endpoint = Endpoint(url, _own_key(environment), quirks=Quirks(server="openrouter" if routed else None))
    if not endpoint.on_this_machine:
        return endpoint
    server = next((known for known in LOCAL_SERVERS if known.port == parts.port), None)
    endpoint = local_endpoint(server, environment) if server else endpoint
    if server and server.scheme == "vllm":  # many others listen there too
        endpoint = replace(endpoint, quirks=replace(endpoint.quirks, server=None))
    return replace(endpoint, url=url, key=endpoint.key or environment.get("OPENAI_API_KEY", "").strip())


def plain_hosts(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Hosts that may be asked without TLS: CHATBOT_PLAIN_HTTP, names or addresses with commas between them."""
    return tuple(host.strip() for host in environment.get("CHATBOT_PLAIN_HTTP", "").split(",") if host.strip())


def clean_url(url: str) -> str:
    """The base address in one spelling: with `/v1` where it has no path.

    Raises UsageError where it is no address, or names a user or a password.
    """
    try:
        parts = urlsplit(url.strip())
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        said = f"{shown(url)!r} is not the address of a model server"
        raise UsageError(said, hint="it looks like http://127.0.0.1:8000/v1")
    if "@" in parts.netloc:
        raise _names_somebody(repr(shown(url)))
    path = parts.path.rstrip("/").removesuffix("/chat/completions")
    return urlunsplit((parts.scheme, parts.netloc, path or "/v1", "", ""))


def shown(address: str) -> str:
    """An address for people, also one that is none: without what could be a user and a password, or a part of them."""
    without_login = re.sub(r"^(\w+://)?.*@", r"\1…@", address.strip(), flags=re.DOTALL)
    return re.sub(r"(//[^/:\[]*:)(?!\d*(?:[/?#]|$)).*", r"\1…", without_login, flags=re.DOTALL)


def _names_somebody(address: str) -> UsageError:
    return UsageError(
        f"{address} names a user or a password, and addresses are written into logs and the journal",
        hint="leave out what stands before the @; a key such as CHATBOT_API_KEY may be `Basic ` and user:password in "
        "base64",
    )


def is_openai(url: str) -> bool:
    """Whether the address is OpenAI's own, which its price list and its parameter names hold for."""
    return urlsplit(url).hostname == "api.openai.com"


def _own_key(environment: Mapping[str, str]) -> str:
    return environment.get("CHATBOT_API_KEY", "").strip()


def _ollama_host(host: str) -> str:
    """OLLAMA_HOST as an address: it may lack scheme, host or port, and 0.0.0.0 means all interfaces."""
    if not host.strip():
        return ""
    parts = urlsplit(host if "://" in host else f"http://{host}")
    try:
        port = parts.port or {"https": 443}.get(parts.scheme, 11434)
    except ValueError:
        said = f"OLLAMA_HOST is {shown(host)!r}, which is no address"
        raise UsageError(said, hint="unset it, or use HOST:PORT") from None
    if "@" in parts.netloc:
        raise _names_somebody(f"OLLAMA_HOST={shown(host)}")
    name = parts.hostname or "127.0.0.1"
    name = "127.0.0.1" if name in ("0.0.0.0", "::") else name  # noqa: S104  # it is replaced, not listened on
    return f"{parts.scheme}://{f'[{name}]' if ':' in name else name}:{port}"
