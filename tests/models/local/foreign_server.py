"""A model server of someone else's, on loopback: `transformers serve`, from an environment of its own.

    with serving(Path("examples/pocket")) as spec:
        model = connect(spec)

`eval/benchmarks/install_servers.py` installs it. It renders the chat template, decodes, streams and reads calls from
the text with code that shares nothing with ours. `unstreamed` asks it for a reply in one piece, which our client never
does of itself; `said` is what two replies must have in common.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatbot.effects import Generate
from chatbot.errors import ModelRefused
from chatbot.messages import Reply
from chatbot.models.fold import Fold
from chatbot.models.openai_wire import ReplyReader, request_body
from chatbot.service.endpoints import Quirks

ROOT = Path(__file__).parents[3]
POCKET = ROOT / "examples" / "pocket"
PROGRAM = ROOT / ".cache" / "servers" / "transformers" / "bin" / "transformers"
NOT_INSTALLED = "transformers serve is not installed aside (python eval/benchmarks/install_servers.py)"

HERMES = {
    "defaults": {"role": "assistant"},
    "start_anchor": "<|im_start|>assistant\n",
    "fields": {
        "tool_calls": {
            "open_pattern": r"\s*<tool_call>",
            "close": "</tool_call>",
            "repeats": True,
            "content": "json",
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"close_pattern": r"\s*<\|im_end\|>", "content": "text"},
    },
}
"""How the server is to read a reply of ours (docs of transformers: response templates); it knows Qwen's by itself."""

PATIENCE = 240.0
"""Seconds until a server that does not come up has failed; importing torch takes most of them on a busy machine."""


@contextmanager
def serving(model: Path, *, dtype: str = "float32") -> Iterator[str]:
    """The spec of the ChatML model in this folder, served until the block ends. Raises RuntimeError with its log."""
    with tempfile.TemporaryDirectory() as folder:
        port, told, served = _free_port(), Path(folder) / "log", _with_response_template(model, Path(folder) / "model")
        command = [PROGRAM, "serve", served, "--port", str(port), "--device", "cpu", "--dtype", dtype]
        offline = {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": folder, "HF_HUB_DISABLE_TELEMETRY": "1"}
        with told.open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **offline})
        try:
            _wait(server, f"http://127.0.0.1:{port}/health", told)
            yield f"http://127.0.0.1:{port}/v1#{served}"
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def unstreamed(spec: str, request: Generate) -> Reply:
    """The reply in one piece, read by our client's own reader. Raises ModelError."""
    url, _, name = spec.partition("#")
    body = json.dumps(request_body(request, name) | {"stream": False}).encode()
    asked = urllib.request.Request(f"{url}/chat/completions", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=PATIENCE) as response:
        data = response.read().decode()
    reader, folded = ReplyReader(Quirks(), lambda error: ModelRefused(str(error), hint="look at the request")), Fold()
    for event in [*reader.read(data), *reader.end()]:
        folded.add(event)
    return folded.reply()


def said(reply: Reply) -> tuple[str, str, list[tuple[str, object]], int]:
    """What two replies must have in common: text, ending, calls by name and arguments, and tokens of the prompt.

    Of a character that the limit of tokens cut in two, the server sends a mark in one piece and nothing in a stream.
    """
    calls = [(call.name, json.loads(call.arguments)) for call in reply.tool_calls]
    return reply.text.rstrip("\N{REPLACEMENT CHARACTER}").strip(), reply.finish, calls, reply.usage.input_tokens


def _with_response_template(model: Path, copy: Path) -> Path:
    """A copy of the folder whose tokenizer says how replies are read."""
    shutil.copytree(model, copy)
    file = copy / "tokenizer_config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({"response_template": HERMES} | config), encoding="utf-8")
    return copy


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"transformers serve did not come up:\n{log.read_text(errors='replace')[-2_000:]}")
